"""A night of many companies in one code location, with the real daemon: at its hour each company's schedule asks for its run.

Of one company the RentAxis database is gone, of one the QuickBooks connection was revoked, of one a mapping names a product that is not
there. A person launches two more runs of a company whose nightly run waits.
"""

import datetime as dt
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
import yaml

from rentaxis_pipelines.demo.small_companies import TIMEZONE, SmallCompany
from rentaxis_pipelines.orchestration.names import REALM_TAG
from rentaxis_pipelines.settings.shipped import DAGSTER_FILE
from rentaxis_pipelines_bench.launching import RUN_ENDED
from rentaxis_pipelines_tests.e2e.companies.installation import (
    OBJECTS_OF_A_DAY,
    PERSON,
    Installation,
    foreign_objects,
)

NIGHTLY = "nightly schedule"
MOST_AT_ONCE = yaml.safe_load(DAGSTER_FILE.read_text())["concurrency"]["runs"]["max_concurrent_runs"]
LONGEST_RUN = 120.0  # seconds; the machine may be busy


@dataclass(frozen=True)
class Night:
    """The runs, and when each held a place among those under way: by Dagster's own event log."""

    runs: list[dict[str, Any]]
    places: list[tuple[float, float, str]]  # from, until, realm

    def of(self, company: SmallCompany, requested_by: str = NIGHTLY) -> list[dict[str, Any]]:
        """The company's runs that this one asked for."""
        return [
            run
            for run in self.runs
            if run["jobName"] == f"bulk_sync__{company.slug}" and run["tags"]["requested_by"] == requested_by
        ]


def break_three(installation: Installation) -> None:
    gone = installation.running.stack.postgres.url("no_such_database")
    secrets = installation.folder / installation.broken["database"].slug / "environment"
    secrets.write_text(f"RENTAXIS_DATABASE_URL={gone}\n")
    secrets.chmod(0o600)
    installation.control(installation.broken["token"], "tokens", {"revoke": True})
    installation.change_settings(installation.broken["mapping"], '"4000": Rent$', '"4000": No Such Product')


def let_the_night_come(installation: Installation) -> None:
    """Set the hour of all companies to one that is close, and wait for the first run.

    A schedule is new to the daemon after a reload, and its first look is where it begins: where the machine is so slow that the hour
    passed before, there is a later one.
    """
    for company in installation.everyone:
        installation.change_settings(
            company, "^  switched_on: false", "  nightly_at: '00:00'\n  switched_on: true"
        )
    began = time.monotonic()
    installation.reload()
    reload = time.monotonic() - began
    for times in (2, 4, 8):
        # Two minutes more: the daemon looks once a minute, and what it sees for the first time it does not start at that minute.
        at = dt.datetime.now(ZoneInfo(TIMEZONE)) + dt.timedelta(seconds=180 + times * reload)
        for company in installation.everyone:
            installation.change_settings(company, "^  nightly_at: '.*'$", f"  nightly_at: '{at:%H:%M}'")
        installation.reload()
        while dt.datetime.now(ZoneInfo(TIMEZONE)) < at + dt.timedelta(minutes=1):
            if installation.runs():
                return
            time.sleep(1)
    installation.running.fail("No schedule has asked for a run.")


def ended(installation: Installation, expected: int) -> list[dict[str, Any]]:
    def look() -> list[dict[str, Any]] | None:
        runs = installation.runs()
        all_ended = len(runs) >= expected and all(run["status"] in RUN_ENDED for run in runs)
        return runs if all_ended else None

    return installation.running.until("the runs of the night", look, LONGEST_RUN * expected)


def places(installation: Installation) -> list[tuple[float, float, str]]:
    """From when until when each run was under way, by Dagster's event log, and the books it worked on."""
    realms = {run["id"]: run["tags"][REALM_TAG] for run in installation.runs()}
    with psycopg.connect(installation.running.stack.postgres.url("dagster")) as connection:
        events = connection.execute(
            """select run_id, extract(epoch from min(timestamp) filter (where dagster_event_type = 'PIPELINE_STARTING')),
                      extract(epoch from max(timestamp) filter (where dagster_event_type in
                        ('PIPELINE_SUCCESS', 'PIPELINE_FAILURE', 'PIPELINE_CANCELED')))
               from event_logs group by run_id"""
        ).fetchall()
    return [(float(begin), float(end), realms[run_id]) for run_id, begin, end in events if run_id in realms]


def most_at_once(spans: list[tuple[float, float, str]]) -> int:
    """How many of the spans share a moment, at most; one that begins as another ends does not."""
    steps = sorted([(end, -1) for _, end, _ in spans] + [(begin, 1) for begin, _, _ in spans])
    under_way = most = 0
    for _, change in steps:
        under_way += change
        most = max(most, under_way)
    return most


@pytest.fixture(scope="module")
def night(installation: Installation) -> Night:
    """The whole night, once."""
    break_three(installation)
    let_the_night_come(installation)
    twice = installation.companies[0]
    for _ in range(2):
        installation.launch(twice)
    runs = ended(installation, len(installation.everyone) + 2)
    return Night(runs, places(installation))


def test_every_company_has_its_night_and_those_that_can_are_done(
    installation: Installation, night: Night
) -> None:
    """One run each, of yesterday; every record of an unharmed company is created."""
    for company in installation.everyone:
        (run,) = night.of(company)
        assert run["tags"]["dagster/partition"] == installation.day
        if company in installation.companies:
            assert run["status"] == "SUCCESS", installation.why(run["id"])
            of_the_night = Counter(
                status for run_id, status, *_ in installation.rows(company) if status == "created"
            )
            assert of_the_night == {"created": OBJECTS_OF_A_DAY}, company


def test_no_more_run_at_once_than_may_and_never_two_on_the_same_books(
    installation: Installation, night: Night
) -> None:
    """By the event log, from the moment a run takes a place to its end; one company has three runs in this night."""
    assert len(night.places) == len(night.runs)
    assert 1 < most_at_once(night.places) <= MOST_AT_ONCE
    by_realm: dict[str, list[tuple[float, float, str]]] = defaultdict(list)
    for place in night.places:
        by_realm[place[2]].append(place)
    assert set(by_realm) == {company.realm for company in installation.everyone}
    assert len(by_realm[installation.companies[0].realm]) == 3
    assert all(most_at_once(spans) == 1 for spans in by_realm.values())
    for run in night.of(installation.companies[0], PERSON):
        assert run["status"] == "SUCCESS"


def test_no_row_is_in_anothers_books(installation: Installation, night: Night) -> None:
    """Object by object: each is a record of the company's own organization, by name, marker and cent. Nobody's books stay as they were."""
    for company in installation.companies:
        assert len(installation.written(company.realm)) == OBJECTS_OF_A_DAY, company
    for company in (*installation.everyone, installation.spare):
        assert foreign_objects(installation, company) == []
    for company in (installation.broken["database"], installation.broken["token"], installation.spare):
        assert installation.written(company.realm) == {}, company


def test_the_three_say_what_is_wrong(installation: Installation, night: Night) -> None:
    """Two runs could not begin, and their pages say why; in the third the rows that need the product say it, the others are created, the payment with nothing to apply it to."""
    (database,) = night.of(installation.broken["database"])
    assert database["status"] == "FAILURE"
    assert "RentAxis" in installation.why(database["id"])
    assert "no_such_database" in installation.why(database["id"])
    (token,) = night.of(installation.broken["token"])
    assert token["status"] == "FAILURE"
    assert "connect" in installation.why(token["id"])
    rows = installation.rows(installation.broken["mapping"])
    assert Counter(status for _, status, *_ in rows) == {"failed": 2, "created": OBJECTS_OF_A_DAY - 2}
    for _, _, code, reason, remedy in (row for row in rows if row[1] == "failed"):
        assert code == "missing_mapping"
        assert "No Such Product" in (reason or "")
        assert remedy
