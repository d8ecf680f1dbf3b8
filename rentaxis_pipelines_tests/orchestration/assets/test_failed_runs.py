"""What a failed run shows and leaves behind: its sentence, first and alone; and of nobody a name, of nothing an amount or a secret.

The real definitions in a Dagster kept on disk, a real Postgres and the emulated QuickBooks, everything logged at debug level.
"""

import contextlib
import logging
import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster import DagsterEventType
from dagster._core.events import RunFailureReason
from dagster._core.execution.retries import auto_reexecution_should_retry_run

from rentaxis_pipelines.demo import postgres as embedded
from rentaxis_pipelines.demo.stack import COMPANY_FILE
from rentaxis_pipelines.ledger.database import engine
from rentaxis_pipelines.settings import load_environment
from rentaxis_pipelines_tests.orchestration.assets import failing
from rentaxis_pipelines_tests.orchestration.assets.failing import Break, Company
from rentaxis_pipelines_tests.support import company_jobs
from rentaxis_pipelines_tests.support.connected import connect_environment

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

DAGSTER_YAML = """
telemetry: {enabled: false}
run_retries: {enabled: true, max_retries: 3}  # a user's own: without our retry_on_asset_or_op_failure
"""
QUOTING = {
    "Fault": {
        "Error": [{"Message": "Zyxwell", "Detail": "Zyxwell owes 7654.31", "code": "2010"}],
        "type": "ValidationFault",
    }
}
TORN = {
    "CDCResponse": [
        {"QueryResponse": [{"Customer": [{"Id": "990", "SyncToken": "0", "DisplayName": "Zyxwell\0"}]}]}
    ]
}
NO_ZYX = "check ({column}::text not like '%Zyx%') not valid"
TABLE = "rentaxis.expenses"

# How the run is made to fail, and the sentence it must show.
FOR_PEOPLE: dict[str, tuple[Break, dict[str, str], str]] = {
    "a tag with a wrong value": (failing.nothing, {"preview": "jes"}, r"The tag preview has the value 'jes'\. Set it to yes or no\."),
    "the wrong QuickBooks company": (
        failing.variable("QUICKBOOKS_REALM_ID", lambda _: "123"),
        {},
        r"QUICKBOOKS_REALM_ID is now 123\. Set QUICKBOOKS_REALM_ID back",
    ),
    "a QuickBooks id that is none": (
        failing.variable("QUICKBOOKS_REALM_ID", lambda _: "12-34"), {}, r"QUICKBOOKS_REALM_ID .* must be digits only",
    ),
    "a variable that is not set": (
        failing.variable("PIPELINES_DATABASE_URL", lambda _: None), {}, r"PIPELINES_DATABASE_URL is not set",
    ),
    "the wrong password of the pipelines' database": (
        failing.variable("PIPELINES_DATABASE_URL", lambda url: re.sub(r":[^:@]+@", ":wrong-word@", url)),
        {},
        r"cannot be reached or refused the connection\. Check PIPELINES_DATABASE_URL",
    ),
    "an address with an unescaped password": (
        failing.variable("PIPELINES_DATABASE_URL", lambda url: re.sub(r":[^:@]+@", ":wrong@wo:rd@", url)),
        {},
        r"PIPELINES_DATABASE_URL",
    ),
    "the wrong password of RentAxis": (
        failing.variable("RENTAXIS_DATABASE_URL", lambda url: re.sub(r":[^:@]+@", ":wrong-word@", url)),
        {},
        r"refused user 'rentaxis' access to database",
    ),
    "an alias to itself in the company file": (
        failing.company_file(lambda text: text + "\nnotice: &again\n  email: *again\n"), {}, r"an alias \(\*name\) refers to something that contains it",
    ),
    "a guard that holds back": (
        failing.company_file(lambda text: text.replace("first_rows: null", "first_rows: 1")), {},
        r"The expenses of 2026-05-04 would write \d+ rows: .*policies\.guard\.first_rows",
    ),
    "another run under way": (failing.somebody_else_pushes, {}, r"Another run is pushing to QuickBooks company"),
    "a ledger of a newer version": (
        failing.ledger(
            "alter table ledger.ledger_version rename to kept; create table ledger.ledger_version as select '9999' as version_num",
            "drop table ledger.ledger_version; alter table ledger.kept rename to ledger_version",
        ),
        {},
        r"its tables are at 9999",
    ),
    "a role that may not create": (failing.a_role_that_may_not_create, {}, r"The pipelines database user 'looker_\w+' lacks permissions the ledger needs"),
    "a role that may not keep frames": (failing.a_role_that_may_not_keep_frames, {}, r"lacks a privilege that storing the extracted frames needs"),
    "RentAxis' rows of another shape": (
        failing.rentaxis(f"alter table {TABLE} rename column amount to kept", f"alter table {TABLE} rename column kept to amount"),
        {},
        r"column expense\.amount does not exist\), in dbt_like_sql/staging/expenses\.sql, line \d+\)",
    ),
    "a cast of a name to a number": (
        failing.rentaxis(
            f"alter table {TABLE} rename to kept; create view {TABLE} as "
            "select kept.*, description::numeric as number from rentaxis.kept where description::numeric > 0",
            f"drop view {TABLE}; alter table rentaxis.kept rename to expenses",
        ),
        {},
        r"a value that the staging SQL reads as a different type \(SQLSTATE 22P02 \(InvalidTextRepresentation\), in dbt_like_sql/staging/expenses\.sql\)",
    ),
    "rows that come twice": (
        failing.rentaxis(
            f"alter table {TABLE} rename to kept; create view {TABLE} as select * from rentaxis.kept union all select * from rentaxis.kept",
            f"drop view {TABLE}; alter table rentaxis.kept rename to expenses",
        ),
        {},
        r"occurs more than once",
    ),
    "QuickBooks refusing with a name": (failing.quickbooks(status=400, body=QUOTING), {}, r"QuickBooks refused the request: code 2010"),
    "QuickBooks' gateway with a page": (
        failing.quickbooks(status=502, body="<html>Zyxwell 7654.31</html>"), {}, r"QuickBooks answered HTTP 502",
    ),
    "QuickBooks with no JSON": (failing.quickbooks(status=200, body='{"Zyxwell": 7654.31'), {}, r"something that is not JSON"),
    "QuickBooks out of reach": (
        failing.variable("QUICKBOOKS_BASE_URL", lambda _: "http://127.0.0.1:9"), {}, r"QuickBooks could not be reached",
    ),
    "QuickBooks with a zero byte in a name": (failing.quickbooks(operation="cdc", status=200, body=TORN), {}, r"contains a zero byte"),
}  # fmt: skip

MEANT_TO_HOLD_NAMES = {
    "ledger.link_versions",
    "ledger.links", "ledger.plan_lines", "ledger.planned_rows", "ledger.previews", "ledger.quickbooks_transactions", "ledger.requests", "ledger.single_results", "ledger.settled_records",
    "ledger.snapshot_objects", failing.STAGED,
}  # fmt: skip
ABOUT_DAYS = {
    "a tag with a wrong value", "the wrong QuickBooks company", "a variable that is not set", "the wrong password of RentAxis",
    "an alias to itself in the company file", "a guard that holds back", "RentAxis' rows of another shape", "a cast of a name to a number", "rows that come twice",
    "a role that may not keep frames",
}  # fmt: skip

# Faults of ours, as no sentence foresees them: shown whole, but for what the database says of the row.
FAULTS_OF_OURS: dict[str, tuple[Break, str]] = {
    "the ledger breaking a rule": (
        failing.ledger(
            f"alter table ledger.planned_rows add constraint no_zyx {NO_ZYX.format(column='source_label')}",
            "alter table ledger.planned_rows drop constraint no_zyx",
        ),
        r"SQLSTATE 23514 \(CheckViolation\), schema ledger, table planned_rows, constraint no_zyx",
    ),
    "a ledger's value too long": (
        failing.ledger(
            "create domain short as varchar(3); alter table ledger.planned_rows alter column source_label type short using 'abc'",
            "alter table ledger.planned_rows alter column source_label type text; drop domain short",
        ),
        r"SQLSTATE 22001 \(StringDataRightTruncation\)",
    ),
    "a trigger's own words": (
        failing.ledger(
            "create function ledger.speak() returns trigger language plpgsql as "
            "$$ begin raise exception 'refused: %', new; end $$; "
            "create trigger speak before insert on ledger.planned_rows for each row execute function ledger.speak()",
            "drop trigger speak on ledger.planned_rows; drop function ledger.speak()",
        ),
        r"SQLSTATE P0001 \(RaiseException\)",
    ),
    "a COPY breaking a rule": (
        failing.ledger(
            f"truncate {failing.STAGED}; alter table {failing.STAGED} add constraint no_zyx {NO_ZYX.format(column='description')}",
            f"alter table {failing.STAGED} drop constraint no_zyx",
        ),
        r"SQLSTATE 23514 \(CheckViolation\), schema staging_\d+, table rentaxis__expenses, constraint no_zyx",
    ),
    "a COPY of a value too long": (
        failing.ledger(
            f"truncate {failing.STAGED}; alter table {failing.STAGED} alter column description type varchar(3)",
            f"alter table {failing.STAGED} alter column description type text",
        ),
        r"SQLSTATE 22001 \(StringDataRightTruncation\)",
    ),
}


@pytest.fixture(scope="module")
def company(
    postgres: embedded.Server, rentaxis_template: str, quickbooks_server, tmp_path_factory
) -> Iterator[Company]:
    """Pushed to once already, as a preview, so that every table is there. The cases take turns."""
    home: Path = tmp_path_factory.mktemp("dagster_home")
    (home / "dagster.yaml").write_text(DAGSTER_YAML)
    names = [f"{kind}_of_zyx_{uuid.uuid4().hex}" for kind in ("rentaxis", "pipelines")]
    urls = [
        postgres.create_database(name, template=of)
        for name, of in zip(names, (rentaxis_template, "template0"), strict=True)
    ]
    with pytest.MonkeyPatch.context() as environment:
        connect_environment(environment, *urls, quickbooks_server)
        environment.setenv("RENTAXIS_COMPANY_FILE", str(COMPANY_FILE))
        environment.setenv("DAGSTER_HOME", str(home))
        environment.setenv("PIPELINES_RESULTS_FOLDER", str(home / "results"))
        settings = load_environment()
        secrets = (
            postgres.password, "wrong-word", "wrong@wo", "wo:rd", "looks-only", quickbooks_server.access_token, quickbooks_server.refresh_token,
            quickbooks_server.client_secret, settings.pipelines_secret_key.get_secret_value(),
        )  # fmt: skip
        with dg.DagsterInstance.get() as instance:
            made = Company(
                quickbooks_server, instance, home, home / "results", urls[1], urls[0],
                company_jobs.definitions({"session": failing.HardlyWaits}),
                environment, secrets,
            )  # fmt: skip
            made.rentaxis(failing.NAMES)
            with _everything_heard(made.log):
                first = made.launch(preview="yes")
                assert first.success
                yield made
    for name, url in zip(names, urls, strict=True):
        engine(url).dispose()
        postgres.drop_database(name)


@contextlib.contextmanager
def _everything_heard(said: list[str]) -> Iterator[None]:
    heard = failing.Heard(said)
    # The two hold back by a level of their own, which a person who looks for a fault lifts.
    loggers = [logging.getLogger(name) for name in (None, "sqlalchemy", "psycopg")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    loggers[0].addHandler(heard)
    try:
        yield
    finally:
        loggers[0].removeHandler(heard)
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


def step_failure(company: Company, run_id: str) -> dg.DagsterEvent:
    """The run's one failed step, as Dagster keeps it; read back from its storage."""
    kept = company.instance.get_records_for_run(run_id, of_type=DagsterEventType.STEP_FAILURE).records
    (event,) = [record.event_log_entry.dagster_event for record in kept]
    assert event is not None
    return event


@pytest.mark.parametrize("case", FOR_PEOPLE)
def test_a_failed_step_shows_the_sentence_for_people_first_and_alone(company, case):
    """No class, no trace, no cause; nothing is sent, and Dagster does not start the run again by itself, whatever its settings are."""
    breaking, tags, sentence = FOR_PEOPLE[case]
    job = "bulk_sync" if case in ABOUT_DAYS else failing.NO_DAYS
    with breaking(company):
        ended = company.launch(job, **tags)

    assert not ended.success
    failure = step_failure(company, ended.run_id).step_failure_data
    assert re.search(sentence, failure.error.message), failure.error.message
    assert failure.user_failure_data.description == failure.error.message
    assert "Traceback" not in failure.error.message
    assert "Error:" not in failure.error.message
    assert (failure.error.stack, failure.error.cause, failure.error.context) == ([], None, None)

    run = company.instance.get_run_by_id(ended.run_id)
    assert run.tags["dagster/will_retry"] == "false"
    assert not auto_reexecution_should_retry_run(company.instance, run, RunFailureReason.STEP_FAILURE)
    died = auto_reexecution_should_retry_run(company.instance, run, RunFailureReason.UNKNOWN)
    assert died, "a run whose process died is started again"


@pytest.mark.parametrize("case", FAULTS_OF_OURS)
def test_a_fault_of_ours_is_shown_whole_but_for_values(company, case):
    """Its place and its cause's code, table and constraint are there; what the row held is not."""
    breaking, said = FAULTS_OF_OURS[case]
    with breaking(company):
        ended = company.launch()
    assert not ended.success
    shown = step_failure(company, ended.run_id).step_failure_data.error.to_string()
    assert re.search(said, shown), shown
    assert "rentaxis_pipelines/" in shown, "the trace leads to the place"
    assert [word for word in failing.OF_SOMEBODY if word in shown] == []


def test_after_all_that_nobody_is_named_in_an_error_or_a_log_and_no_secret_is_anywhere(company):
    """Events, compute logs, Python's log, files and database of every failing run above. Run last: pytest keeps the file's order."""
    company.control("faults", {"clear": True})
    pushed = company.launch()
    assert pushed.success
    runs = company.instance.get_runs()
    assert len(runs) >= 2

    said = {
        "events": [text for run in runs for text in _words_of_events(company.instance, run.run_id)],
        "python's log": company.log,
        "compute logs": [
            path.read_text(errors="replace")
            for path in company.home.rglob("compute_logs/**/*")
            if path.is_file()
        ],
    }
    assert any("SQL parameters hidden" in line for line in company.log), "everything is heard, SQLAlchemy too"
    for place, texts in said.items():
        assert texts, place
        assert _found((*failing.OF_SOMEBODY, *company.secrets), "\n".join(texts)) == {}, place

    everything = {path: path.read_bytes() for path in company.home.rglob("*") if path.is_file()}
    assert any(path.suffix == ".xlsx" for path in everything)
    assert {
        str(path): one for path, body in everything.items() for one in company.secrets if one.encode() in body
    } == {}

    tables = {
        f"{schema}.{name}": str(company.ledger(f'select t::text from "{schema}"."{name}" t'))
        for schema, name in company.ledger(
            "select schemaname, tablename from pg_tables where schemaname not in ('pg_catalog', 'information_schema') and not starts_with(schemaname::text, 'pg_temp')"
        )
    }
    assert _found(company.secrets, "\n".join(tables.values())) == {}
    holding = {table for table, rows in tables.items() if _found(failing.OF_SOMEBODY, rows)}
    assert holding == MEANT_TO_HOLD_NAMES


def _words_of_events(instance: dg.DagsterInstance, run_id: str) -> Iterator[str]:
    """The message and the error, with all its causes, of each event. Metadata is where the results are shown."""
    for entry in instance.all_logs(run_id):
        yield entry.user_message
        event = entry.dagster_event
        if event is not None:
            yield event.message or ""
            error = getattr(event.event_specific_data, "error", None)
            if error is not None:
                yield error.to_string()
        if entry.error_info is not None:
            yield entry.error_info.to_string()


def _found(words: tuple[str, ...], text: str) -> dict[str, str]:
    """The words that are there, each with what stands around it."""
    return {
        word: text[max(0, text.index(word) - 200) : text.index(word) + 50] for word in words if word in text
    }
