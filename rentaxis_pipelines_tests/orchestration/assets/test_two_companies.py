"""Two organizations on one pipelines database, step by step in turns: nothing of the one ever reaches the other's books."""

import dataclasses
import datetime as dt
import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from click.testing import CliRunner, Result
from cryptography.fernet import Fernet
from dagster._core.test_utils import create_run_for_test  # Dagster has no public way to make a run record

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.cli.main import main
from rentaxis_pipelines.demo import postgres as embedded
from rentaxis_pipelines.demo.stack import COMPANY_FILE
from rentaxis_pipelines.ledger.database import engine, migrate
from rentaxis_pipelines.ledger.read_rows import RowChunk
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.orchestration import sensors
from rentaxis_pipelines.orchestration.definitions import build_defs
from rentaxis_pipelines.orchestration.names import key, named
from rentaxis_pipelines.orchestration.stored_rows import StoredReading, StoredRows
from rentaxis_pipelines.settings import CompanyKey, Scope, load_scope
from rentaxis_pipelines.storage.tables import FramesOfAnotherCompany, Store
from rentaxis_pipelines.sync.resync.sensor_context import both_databases
from rentaxis_pipelines_tests.orchestration.assets.conftest import Ended
from rentaxis_pipelines_tests.orchestration.assets.two_companies import (
    RANGE_END,
    RANGE_START,
    Company,
    Turns,
    make_second,
)
from rentaxis_pipelines_tests.support.quickbooks import started

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning", "ignore::DeprecationWarning")

SECOND_REALM = "4620816365180000001"
FIRST_DAY, LAST_DAY = "2026-10-01", "2026-10-03"
EXTRACT = "key:rentaxis/*"
PUSH = "key:sync/* or key:sync_results"
EVERYTHING = f"{EXTRACT} or key:matching/customer_matches or {PUSH}"

Pair = tuple[Company, Company]


@pytest.fixture(scope="module")
def second_quickbooks() -> Iterator[Emulator]:
    with started(seed="demo", realm=SECOND_REALM) as running:
        yield running


@pytest.fixture(scope="module")
def rentaxis_of_both(postgres: embedded.Server, rentaxis_template: str) -> Iterator[tuple[str, str]]:
    """Only read by the tests."""
    names = [f"rentaxis_of_the_{which}_{uuid.uuid4().hex}" for which in ("first", "second")]
    first, second = (postgres.create_database(name, template=rentaxis_template) for name in names)
    make_second(second, SECOND_REALM)
    yield first, second
    for name in names:
        postgres.drop_database(name)


@pytest.fixture
def both(
    rentaxis_of_both: tuple[str, str],
    database: str,
    quickbooks: Emulator,
    second_quickbooks: Emulator,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Pair]:
    """The two deployments, nothing pushed yet."""
    migrate(database)
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    with dg.DagsterInstance.ephemeral() as one, dg.DagsterInstance.ephemeral() as other:
        places = zip(rentaxis_of_both, ("1", "7"), (quickbooks, second_quickbooks), (one, other), strict=True)
        companies = [
            Company(
                _variables(url, database, organization, books),
                books,
                instance,
                monkeypatch,
                is_second=books is second_quickbooks,
            )
            for url, organization, books, instance in places
        ]
        for company in companies:
            company.start_over()
        yield companies[0], companies[1]
    engine(database).dispose()


def _variables(rentaxis: str, database: str, organization: str, books: Emulator) -> dict[str, str]:
    return {
        "RENTAXIS_DATABASE_URL": rentaxis,
        "RENTAXIS_ORGANIZATION_ID": organization,
        "RENTAXIS_COMPANY_FILE": str(COMPANY_FILE),
        "PIPELINES_DATABASE_URL": database,
        "PIPELINES_SECRET_KEY": Fernet.generate_key().decode(),
        "QUICKBOOKS_BASE_URL": books.base_url,
        "QUICKBOOKS_AUTH_BASE_URL": books.auth_base_url,
        "QUICKBOOKS_REALM_ID": books.realm_id,
        "QUICKBOOKS_CLIENT_ID": books.client_id,
        "QUICKBOOKS_CLIENT_SECRET": books.client_secret,
        "QUICKBOOKS_LIMITS": "off",
    }


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["first, second", "second, first"])
def test_two_runs_in_turns_step_by_step_each_in_its_own_books(both: Pair, order: tuple[int, int]) -> None:
    """Both at once, handing over at every step from extraction to push; then once more; then the proof of both, and what the
    commands say: every object is its own company's, to the cent.
    """
    ordered = [both[number] for number in order]
    turns = Turns(ordered)
    for ended in turns.run(lambda company, at: company.materialize(EVERYTHING, FIRST_DAY, LAST_DAY, at)):
        assert ended.success, ended.why
    assert [number for number, _ in turns.steps[:6]] == [0, 1, 0, 1, 0, 1]
    assert {point for number, point in turns.steps if number == 0} == {
        point for number, point in turns.steps if number == 1
    }
    assert min(company.check_object_by_object(FIRST_DAY, LAST_DAY) for company in both) > 50

    writes = [company.writes() for company in ordered]
    for ended in Turns(ordered).run(
        lambda company, at: company.materialize(EVERYTHING, FIRST_DAY, LAST_DAY, at)
    ):
        assert ended.success, ended.why
    assert [company.writes() for company in ordered] == writes, "nothing is left to do"

    for company in ordered:
        ended = company.reconcile()
        assert ended.success, ended.why
    for company in both:  # read only after both were made
        _reports_are_its_own(company)
    for company, other in (both, both[::-1]):
        _commands_see_only_their_own(company, other)


def _reports_are_its_own(company: Company) -> None:
    (asked,) = company.ledger(f"select * from reports_{company.realm}.parameters")
    assert asked["realm"] == company.realm
    rows = company.ledger(
        f"""select r.rentaxis_total, r.quickbooks_total, split_part(r.record, '/', 2) as source_id from reports_{company.realm}.records r
            where r.record_type = 'payments' and r.explanation = 'agrees' and r.rentaxis_total <> 0"""
    )
    assert rows
    mine = {
        str(row["id"]): row["amount"] for row in company.rentaxis("select id, amount from rentaxis.payments")
    }
    assert all(row["rentaxis_total"] == row["quickbooks_total"] == mine[row["source_id"]] for row in rows)


def _commands_see_only_their_own(company: Company, other: Company) -> None:
    """The newest run, a run by its id, and the marts made again, although the other company ran last."""
    company.use()
    mine = {
        row["run_id"]
        for row in company.ledger("select run_id from ledger.plans where realm = %s", company.realm)
    }
    newest = _command("results", "--json")
    assert {row["run_id"] for row in json.loads(newest.stdout)} < mine
    assert {row["realm"] for row in json.loads(newest.stdout)} == {company.realm}
    (theirs,) = company.ledger("select run_id from ledger.row_results where realm = %s limit 1", other.realm)
    for more in ([], ["--status", "created"]):
        refused = _command("results", "--run", theirs["run_id"], *more)
        assert refused.exit_code == 2
        assert f"no rows of run {theirs['run_id']} for QuickBooks company {company.realm}" in _line(refused)
    before = _proof(other)
    again = _command("reconcile", "--select", "+records")
    assert again.exit_code == 0, again.output
    assert _proof(other) == before


def _proof(company: Company) -> list[Any]:
    return company.ledger(f"select xmin::text, r.* from reports_{company.realm}.records r order by record")


def _command(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def _line(result: Result) -> str:
    return " ".join(result.output.split())


def _changed(to: Company, what: str) -> dict[str, str]:
    """The environment with all of the other company's variables, or with one of them: a slip."""
    names = {
        "both": [name for name in to.variables if name != "PIPELINES_SECRET_KEY"],
        "organization": ["RENTAXIS_ORGANIZATION_ID"],
        "realm": ["QUICKBOOKS_REALM_ID"],
    }
    return {name: to.variables[name] for name in names[what]}


@pytest.mark.parametrize("what", ["both", "organization", "realm"])
def test_a_company_changed_between_two_runs_is_refused_with_a_sentence(both: Pair, what: str) -> None:
    """Extracted for the first; then the process that pushes works for the second, or for half of it. Nothing is sent to either,
    and once the environment is as it was it all goes through.
    """
    first, second = both
    assert first.materialize(EXTRACT, FIRST_DAY, LAST_DAY).success
    ended = first.materialize(PUSH, FIRST_DAY, LAST_DAY, **_changed(second, what))
    assert not ended.success
    assert "RentAxis organization 1" in ended.why
    assert "organization 7" in ended.why or SECOND_REALM in ended.why
    assert "Nothing was" in ended.why
    for company in both:
        assert company.writes() == 0
        assert not set(company.objects()) - company.seeded
    assert first.ledger("select count(*) as rows from ledger.planned_rows") == [{"rows": 0}]
    ended = first.materialize(EVERYTHING, FIRST_DAY, LAST_DAY)
    assert ended.success, ended.why
    assert first.check_object_by_object(FIRST_DAY, LAST_DAY) > 50
    assert second.writes() == 0


@pytest.mark.parametrize(
    ("point", "what"),
    [
        ("under the lock", "both"),
        ("before rentaxis/invoices is kept", "organization"),
        ("after matching/customer_matches is kept", "realm"),
        ("before the push", "both"),
    ],
)
def test_a_company_changed_between_two_steps_of_a_run_changes_nothing_of_that_run(
    both: Pair, point: str, what: str
) -> None:
    """A run reads its settings once: what it has in hand is the first company's, and all of it goes into the first company's books.

    Once they were read, that is; the frames of before are refused by whoever reads other settings.
    """
    first, second = both

    def change(now: str) -> None:
        if now == point:
            first.use(**_changed(second, what))

    ended = first.materialize(EVERYTHING, FIRST_DAY, LAST_DAY, change)
    assert ended.success, ended.why
    assert second.writes() == 0
    assert not first.ledger("select from pg_namespace where nspname = %s", f"staging_{SECOND_REALM}")
    assert first.check_object_by_object(FIRST_DAY, LAST_DAY) > 50


def test_stored_rows_are_refused_by_a_run_of_any_other_company(both: Pair) -> None:
    """Should a run ever be handed them: where they are stored says whose they are, and the store itself says so too."""
    first, second = both
    assert second.materialize(EXTRACT, FIRST_DAY, LAST_DAY).success
    theirs = CompanyKey("7", SECOND_REALM)
    days = DateRange(dt.date(2026, 10, 1), dt.date(2026, 10, 4))
    url = second.variables["PIPELINES_DATABASE_URL"]
    rows = StoredRows(url, Store.of(theirs, "staging"), "rentaxis__invoices", days, "a run")
    first.use()
    ours = load_scope().environment.company_key
    with pytest.raises(FramesOfAnotherCompany, match=r"organization 7 .*those of RentAxis organization 1 "):
        rows.refuse_another(ours)
    disguised = dataclasses.replace(rows, store=Store(rows.store.schema, ours))
    with pytest.raises(FramesOfAnotherCompany), StoredReading({"invoices": disguised}):
        pass
    second.use()
    rows.refuse_another(load_scope().environment.company_key)
    with StoredReading({"invoices": rows}) as reading:
        assert reading.others, "they are another run's"
        assert len(reading.records("invoices", RowChunk(days, None, 1))) > 0


WAYS: dict[str, Callable[[Company, dict[str, str]], str]] = {
    "bulk, by command": lambda one, changed: one.command(["bulk", "--from", FIRST_DAY, "--to", LAST_DAY], **changed),
    "bulk, by job": lambda one, changed: one.job("bulk_sync", {}, {RANGE_START: FIRST_DAY, RANGE_END: LAST_DAY}, **changed),
    "one record": lambda one, changed: one.job("push_record", {"push_one_record": {"record_type": "tenant", "source_id": "1"}}, **changed),
    "a decision, by job": lambda one, changed: one.job("decide", {"decision": {"exclude": {**RECORD, "why": "x", "who": "y"}}}, **changed),
    "a decision, by command": lambda one, changed: one.command(["exclude", "tenant", "1", "--why", "x"], **changed),
    "the proof, by job": lambda one, changed: one.job("reconcile", {}, **changed),
    "the proof, by command": lambda one, changed: one.command(["reconcile"], **changed),
    "marts again": lambda one, changed: one.command(["reconcile", "--select", "+records"], **changed),
    "QuickBooks' lists": lambda one, changed: one.job("push_days", {}, **changed),
    "signing in": lambda one, changed: one.command(["connect"], **changed),
    "a look before": lambda one, changed: one.command(["check"], **changed),
    "missed nights": lambda one, changed: one.tick("missed_nights", **changed),
    "records mended": lambda one, changed: one.tick("fixed_records", **changed),
    "records edited": lambda one, changed: one.tick("edited_records", **changed),
}  # fmt: skip
RECORD = {"record_type": "tenant", "source_id": "1"}


def test_no_way_in_takes_a_changed_pair(both: Pair) -> None:
    """Once the first was used, neither its organization with the second QuickBooks company nor its QuickBooks company with the
    second organization: each way says so in a sentence, and nothing is written, here or there.
    """
    first, second = both
    assert "success" in first.job("push_days", {})
    first_kept = _everything(first)
    theirs = {name: second.variables[name] for name in second.variables if name != "PIPELINES_SECRET_KEY"}
    organization = {name: theirs[name] for name in ("RENTAXIS_DATABASE_URL", "RENTAXIS_ORGANIZATION_ID")}
    quickbooks = {name: value for name, value in theirs.items() if name.startswith("QUICKBOOKS_")}
    for changed, names in (
        (organization, ("organization 1 ", "is now 7")),
        (quickbooks, (first.realm, f"is now {SECOND_REALM}")),
    ):
        for way, attempt in WAYS.items():
            said = " ".join(attempt(first, changed).split())
            assert all(name in said for name in names), f"{way}: {said}"
            assert "Nothing was written." in said, way
    assert _everything(first) == first_kept
    assert first.writes() == second.writes() == 0


def _everything(company: Company) -> dict[str, Any]:
    """How many rows each table of the pipelines database holds, and the registrations."""
    tables = company.ledger(
        "select format('%%I.%%I', schemaname, tablename) as name from pg_tables where schemaname !~ '^(pg_|information_schema)'"
    )
    counted = {row["name"]: company.ledger(f"select count(*) as rows from {row['name']}") for row in tables}
    return {**counted, "companies": company.ledger("select * from ledger.companies")}


@pytest.fixture
def side_by_side(
    both: Pair, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[tuple[Pair, list[Scope]]]:
    """Both companies in this one process, by variables that begin with a company's name; nothing is set without one."""
    scopes: list[Scope] = []
    for company, slug, time_zone in zip(both, ("elm", "birch"), ("New_York", "Los_Angeles"), strict=True):
        file = tmp_path / f"{slug}.yaml"
        settings = COMPANY_FILE.read_text().replace("slug: demo", f"slug: {slug}")
        file.write_text(settings.replace("America/New_York", f"America/{time_zone}"))
        for name, value in {**company.variables, "RENTAXIS_COMPANY_FILE": str(file)}.items():
            monkeypatch.delenv(name, raising=False)
            monkeypatch.setenv(f"{slug.upper()}_{name}", value)
        scopes.append(load_scope(f"{slug.upper()}_"))
    both[1].rentaxis("update rentaxis.organizations set timezone = 'America/Los_Angeles'")
    yield both, scopes
    both[1].rentaxis("update rentaxis.organizations set timezone = 'America/New_York'")


def test_both_in_one_process_each_run_in_its_own_books(side_by_side: tuple[Pair, list[Scope]]) -> None:
    """One set of definitions, one Dagster instance, no variable of any company but its own: every job finds its company's database,
    ledger and QuickBooks, and a run of assets of both is refused before anything is sent.
    """
    companies, scopes = side_by_side
    instance, definitions = companies[0].instance, build_defs(scopes)
    days = {RANGE_START: FIRST_DAY, RANGE_END: LAST_DAY}

    def run(job: dg.JobDefinition, tags: dict[str, str]) -> Ended:
        return Ended(
            job.execute_in_process(
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                instance=instance,
                tags=tags,
                raise_on_error=False,
            )
        )

    for scope in scopes:
        ended = run(definitions.resolve_job_def(named(scope, "bulk_sync")), days)
        assert ended.success, ended.why
        realms = instance.get_run_by_id(ended.run_id).tags["quickbooks/realm"]
        assert realms == scope.environment.quickbooks_realm_id
    assert min(company.check_object_by_object(FIRST_DAY, LAST_DAY) for company in companies) > 50

    writes = [company.writes() for company in companies]
    both_lists = {key(scope, "reports", name) for scope in scopes for name in ("reconciliation", "open_problems", "drift")}  # fmt: skip
    mixed = definitions.resolve_implicit_global_asset_job_def().get_subset(asset_selection=both_lists)
    refused = run(mixed, {})
    assert "A run is for one company, but assets of" in refused.why
    assert [company.writes() for company in companies] == writes

    elm, birch = scopes
    under_way = create_run_for_test(
        instance, job_name=named(elm, "bulk_sync"), status=dg.DagsterRunStatus.STARTED, tags=days
    )
    for scope, busy in ((elm, True), (birch, False)):
        tick = sensors.Tick(dg.build_sensor_context(instance=instance))
        with both_databases(scope.environment) as (ledger, source):
            situation = sensors.sensor_context(tick, scope.current(), ledger, source)
            assert bool(situation.busy) == busy, under_way.run_id
            assert situation.environment.company_key == scope.environment.company_key
