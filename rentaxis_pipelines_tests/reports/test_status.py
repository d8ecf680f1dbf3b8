"""How several companies stand: read from one ledger in few questions, each one's trouble its own, nothing written, nothing upgraded."""

import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from sqlalchemy import event

from rentaxis_pipelines.cli.main import main
from rentaxis_pipelines.ledger import moved_away, plans, requests, results
from rentaxis_pipelines.ledger.database import connect, engine, migrate, newest_version
from rentaxis_pipelines.ledger.locks import realm_lock
from rentaxis_pipelines.ledger.metered_reads import count_read
from rentaxis_pipelines.model.plans import Plan
from rentaxis_pipelines.model.record_types import RECORD_TYPES
from rentaxis_pipelines.model.requests import Request
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.quickbooks.tokens import Token, encrypt
from rentaxis_pipelines.reports.nights import NIGHTLY
from rentaxis_pipelines.reports.status import CompanyStatus, statuses_of
from rentaxis_pipelines.settings import scopes_from_environment
from rentaxis_pipelines_tests.support.company_folders import KEY, add_company_folder

NOW = dt.datetime(2026, 6, 20, 3, tzinfo=dt.UTC)
NIGHT = dt.date(2026, 6, 19)
DAY = 86400.0
NOWHERE = "postgresql://nobody:secret@127.0.0.1:1/nothing"


@pytest.fixture
def url(ledger_database: str) -> Iterator[str]:
    yield ledger_database
    engine(ledger_database).dispose()


@pytest.fixture
def companies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "companies"
    folder.mkdir()
    monkeypatch.setenv("RENTAXIS_COMPANIES_FOLDER", str(folder))
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    return folder


def statuses() -> dict[str, CompanyStatus]:
    return {status.slug: status for status in statuses_of(scopes_from_environment(), NOW)}


def connect_company(url: str, realm: str, *, ends_in_days: float = 100) -> None:
    ends = NOW.timestamp() + ends_in_days * DAY
    token = Token("access", "refresh", NOW.timestamp() + 3600, realm, grant_expires_at=ends)
    with psycopg.connect(url) as connection:
        statement = "insert into ledger.oauth_tokens (realm, encrypted) values (%s, %s)"
        connection.execute(statement, [realm, encrypt(token, KEY)])


def pushed_a_night(
    connection: sa.Connection, realm: str, *, open_of: dt.date | None = None, finished: bool = True
) -> None:
    """A nightly run of the realm; with ``open_of`` an invoice of that day failed in it."""
    for record_type in RECORD_TYPES:
        plan = Plan(
            plan_id=f"{realm} {record_type}", realm=realm, run_id=f"run {realm}", record_type=record_type, first_day=NIGHT,
            last_day=NIGHT, forced=False, dry_run=False, requested_by=NIGHTLY, rows_in=1, money_in=Decimal(5), created_at=NOW,
            finished_at=NOW if finished else None,
        )  # fmt: skip
        plans.save_plan(connection, plan, [])
    if open_of is not None:
        row = RowResult(
            realm=realm, plan_id=f"{realm} invoices", run_id=f"run {realm}", day=open_of, record_type="invoices",
            source_type="invoice", source_id="7", source_label="Invoice 7", amount=Decimal(5), currency="USD", action="create",
            status="failed", reason_code="missing_mapping", reason="-", how_to_fix="-", forced=False, requested_by=NIGHTLY,
            finished_at=NOW,
        )  # fmt: skip
        results.save_results(connection, [row])


def test_each_company_has_its_own_state_and_nothing_of_anothers(url, companies) -> None:
    """Two companies of one ledger and one that never ran: nights, open records, open requests, lock, connection and reads are each one's."""
    for number, slug in enumerate(("birch", "elm", "oak"), 1):
        add_company_folder(companies, slug, str(number), url)
    connect_company(url, "1")
    connect_company(url, "2", ends_in_days=-1)
    count_read(url, "1")
    count_read(url, "1")
    with connect(url) as connection:
        pushed_a_night(connection, "1")
        pushed_a_night(connection, "2", open_of=dt.date(2026, 6, 3), finished=False)
        request = Request(
            request_id="open", realm="2", plan_id="2 invoices", run_id="run 2", requested_by="ann", path="batch", body="{}",
            state="sending", written_at=NOW, sent_at=NOW,
        )  # fmt: skip
        requests.write_down(connection, [request], [])
        connection.commit()
    with realm_lock(url, "2", wait_seconds=1):
        birch, elm, oak = (statuses()[slug] for slug in ("birch", "elm", "oak"))
    assert (birch.standing, birch.last_good_night, birch.open_records, birch.open_requests) == (
        "good",
        NIGHT,
        0,
        0,
    )
    assert (birch.reads_this_month, birch.pushing, birch.organization) == (2, False, "1")
    assert birch.last_run == birch.last_finished_run
    assert birch.last_run is not None
    assert birch.last_run.run_id == "run 1"
    assert (elm.standing, elm.last_good_night, elm.needs_attention) == ("stopped", None, {"invoices": 1})
    assert (elm.oldest_open_day, elm.open_requests, elm.oldest_request_at) == (dt.date(2026, 6, 3), 1, NOW)
    assert (elm.pushing, elm.reads_this_month, elm.last_finished_run) == (True, 0, None)
    assert elm.connection is not None
    assert elm.connection.expired
    assert (oak.standing, oak.problem, oak.last_run, oak.open_records) == ("stopped", None, None, 0)
    assert oak.connection is not None
    assert "is not connected" in str(oak.connection.warning)
    assert {status.ledger_version for status in (birch, elm, oak)} == {newest_version()}


def test_a_broken_company_takes_none_of_the_others_with_it(url, companies) -> None:
    """A database that is gone, a company file that is none, another key: each says its own sentence, and no secret."""
    add_company_folder(companies, "birch", "1", url)
    add_company_folder(companies, "dead", "2", NOWHERE)
    (add_company_folder(companies, "wrong", "3", url) / "company.yaml").write_text(
        "slug: wrong\nfirst_dya: 2026-01-01\n"
    )
    add_company_folder(companies, "key", "4", url, PIPELINES_SECRET_KEY="hush")
    connect_company(url, "1")
    seen = statuses()
    assert seen["birch"].standing == "good"
    for slug, words in (("dead", "cannot be reached"), ("wrong", "first_dya"), ("key", "is not a key")):
        assert seen[slug].standing == "stopped"
        assert words in str(seen[slug].problem)
        assert "hush" not in str(seen[slug].problem)
        assert "secret" not in str(seen[slug].problem).replace("SECRET", "")


def test_a_company_that_was_taken_to_another_database_is_stopped_here(url, companies) -> None:
    for number, slug in enumerate(("birch", "elm"), 1):
        add_company_folder(companies, slug, str(number), url)
        connect_company(url, str(number))
    with connect(url) as connection:
        moved_away.note(
            connection, moved_away.Departure(realm="2", moved=True, who="ann", why="its own server", at=NOW)
        )
        connection.commit()
    seen = statuses()
    assert seen["birch"].standing == "good"
    assert seen["elm"].standing == "stopped"
    assert "taken to another pipelines database" in str(seen["elm"].problem)


def test_fifty_companies_of_one_database_are_read_together(url, companies) -> None:
    """As many questions as for one of them."""
    asked: list[str] = []

    def count(*arguments: object) -> None:
        asked.append(str(arguments[2]))

    event.listen(engine(url), "before_cursor_execute", count)
    numbers: list[int] = []
    for wanted in (1, 50):
        for number in range(len(list(companies.iterdir())), wanted):
            add_company_folder(companies, f"company_{number}", str(number), url)
        asked.clear()
        assert len(statuses()) == wanted
        numbers.append(len(asked))
    assert numbers[0] == numbers[1] <= 8


@pytest.mark.parametrize(
    ("version", "words"),
    [("0018", "rentaxis-sync migrate"), ("9999", "newer version"), (None, None)],
)
def test_an_older_or_newer_ledger_is_said_and_left_as_it_is(
    database, companies, version: str | None, words: str | None
) -> None:
    """Looking upgrades nothing, and an empty database stays empty."""
    add_company_folder(companies, "birch", "1", database)
    if version:
        migrate(database)
        with psycopg.connect(database) as connection:
            connection.execute("update ledger.ledger_version set version_num = %s", [version])
    (status,) = statuses().values()
    assert status.standing == "stopped"
    assert status.ledger_version == version
    assert (words or "") in (status.problem or "")
    assert (status.problem is None) == (version is None)
    with psycopg.connect(database) as connection:
        found = connection.execute("select to_regclass('ledger.ledger_version') is not null").fetchone()
    assert found == (version is not None,)
    engine(database).dispose()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


def test_the_command_shows_all_companies_or_one_and_its_exit_code_is_the_worst(url, companies) -> None:
    for number, slug in enumerate(("birch", "elm"), 1):
        add_company_folder(companies, slug, str(number), url)
        connect_company(url, str(number), ends_in_days=100 * 365)
    with connect(url) as connection:
        pushed_a_night(connection, "2", open_of=NIGHT)
        connection.commit()
    both = run("status", "--json")
    report = json.loads(both.stdout)
    assert both.exit_code == 1
    assert [(company["slug"], company["standing"]) for company in report["companies"]] == [
        ("birch", "good"),
        ("elm", "attention"),
    ]
    assert report["ledger_version"] == newest_version()
    assert run("--company", "birch", "status").exit_code == 0
    elm = run("--company", "elm", "status").output
    assert f"Records that need attention: 1 (invoices 1), the oldest of {NIGHT}." in elm
    assert "The last finished run" in elm
    assert "DAGSTER_HOME is not set" in elm
    add_company_folder(companies, "dead", "3", NOWHERE)
    everything = run("status")
    assert everything.exit_code == 2
    assert "dead: The pipelines database" in everything.output
    assert run("--company", "ash", "status").exit_code == 2
