"""Two people press a button about the same record at the same moment, on two pages: one decision is made, and the other person is told."""

import threading
from concurrent.futures import ThreadPoolExecutor

import requests

from rentaxis_pipelines.ledger import decisions
from rentaxis_pipelines.ledger.database import connect
from rentaxis_pipelines_tests.support.open_rows import leave_open, register, row
from rentaxis_pipelines_tests.web.desk.conftest import Office, words

RECORDS = 6


def test_of_two_people_at_once_one_wins_and_the_other_is_told_by_whom(office: Office) -> None:
    """Oscar excludes from the list, Ann from the record's own page, both having opened it before either pressed."""
    environment = office.chain.environment
    url, realm = environment.pipelines_database_url.get_secret_value(), environment.quickbooks_realm_id
    with connect(url) as connection:
        register(connection, realm, environment.rentaxis_organization_id)
        leave_open(connection, realm, *(row(number, "100.00") for number in range(1, RECORDS + 1)))
        connection.commit()
    together = threading.Barrier(2)

    def press(who: str, number: int) -> requests.Response:
        together.wait(60)
        if who == "oscar":
            fields = {
                "kind": "exclude",
                "source_type": "invoice",
                "source_id": str(number),
                "back": "attention",
                "seen": "0",
            }
            return office.post("/decide", who, form_on="/attention", **fields, why=f"{who} says so")
        return office.post(
            f"/records/invoice/{number}/exclude", who, form_on="/sync", why=f"{who} says so", seen="0"
        )

    with ThreadPoolExecutor(2) as people:
        for number in range(1, RECORDS + 1):
            pressed = {who: people.submit(press, who, number) for who in ("oscar", "ann")}
            answers = {who: each.result(120) for who, each in pressed.items()}
            with connect(url) as connection:
                made = [
                    each for each in decisions.history(connection, realm) if each.source_id == str(number)
                ]
            assert [each.kind for each in made] == ["exclude"]
            winner = made[0].who
            (loser,) = {"oscar", "ann"} - {winner}
            assert answers[winner].status_code == 303, words(answers[winner])
            told = answers[loser]
            said = words(office.follow(told, loser)) if told.status_code == 303 else words(told)
            assert f"{winner} excluded" in said
            assert made[0].why == f"{winner} says so"
