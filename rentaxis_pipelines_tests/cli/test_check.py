"""``check`` looks at all a run needs: one line a missing thing, with what mends it, worst and dearest first. Real databases and roles;
what a finding says to do is done, and mends it.
"""

import datetime as dt
import json
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.checks.clock import clock_findings
from rentaxis_pipelines.checks.finding import Finding, in_order
from rentaxis_pipelines.cli.main import main
from rentaxis_pipelines.demo.postgres import Server
from rentaxis_pipelines.ledger.database import engine
from rentaxis_pipelines.quickbooks.clock import time_of
from rentaxis_pipelines.rentaxis.folder import STAGING_FOLDER
from rentaxis_pipelines_tests.cli.roles import as_role, execute, ordinary_role

STOPS, ROWS = 2, 1  # exit codes; some rows of the demo lack a mapping on purpose
DAGSTER_YAML = Path(__file__).parents[2] / "dagster.yaml"


def check() -> tuple[list[dict[str, Any]], int]:
    result = CliRunner().invoke(main, ["check", "--json"], catch_exceptions=False)
    assert "Traceback" not in result.output
    assert "ordinary-word" not in result.output
    return json.loads(result.stdout), result.exit_code


def wrong() -> list[dict[str, Any]]:
    """What stops a run."""
    found, exit_code = check()
    stopping = [one for one in found if one["severity"] == "stops"]
    assert bool(stopping) == (exit_code == STOPS)
    return stopping


def test_the_shape_of_json_is_the_documented_one(stack: Emulator) -> None:
    """A list of objects with these keys; money is text with two decimals; what fails rows comes before what is good, dearest first."""
    found, exit_code = check()
    assert exit_code == ROWS, found
    for one in found:
        assert set(one) == {"check", "severity", "good", "text", "how_to_fix", "rows", "money"}
        assert one["severity"] in ("stops", "rows", "soon", "ok")
        assert one["good"] == (one["severity"] in ("soon", "ok"))
        assert Decimal(one["money"]) == Decimal(one["money"]).quantize(Decimal("0.01"))
    costs = [Decimal(one["money"]) for one in found if one["severity"] == "rows"]
    assert costs == sorted(costs, reverse=True)
    assert all(costs)
    assert [one["severity"] for one in found] == sorted(
        (one["severity"] for one in found), key=("stops", "rows", "soon", "ok").index
    )
    assert {one["check"] for one in found} >= {
        "Settings", "Dagster", "RentAxis database", "Rights", "Organization", "Staging", "Pipelines database", "Ledger", "QuickBooks", "Mappings",
    }  # fmt: skip


@given(
    st.lists(
        st.builds(
            Finding,
            severity=st.sampled_from(("stops", "rows", "soon", "ok")),
            text=st.text(),
            money=st.decimals(0, 10**6, places=2),
        )
    )
)
def test_worst_first_then_dearest(findings: list[Finding]) -> None:
    """Whatever was found: nothing is lost, and no finding stands before a worse one, or before a dearer one as bad."""
    ordered = in_order(findings)
    assert sorted(map(repr, ordered)) == sorted(map(repr, findings))
    ranks = [(("stops", "rows", "soon", "ok").index(one.severity), -one.money) for one in ordered]
    assert ranks == sorted(ranks)


# ---- the RentAxis database ----


@pytest.fixture
def reader(stack: Emulator, rentaxis_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A role that may read all that README.md grants, and is the one in use."""
    with ordinary_role(rentaxis_database) as role:
        execute(
            rentaxis_database,
            f"grant usage on schema rentaxis to {role}",
            f"grant select on all tables in schema rentaxis to {role}",
        )
        monkeypatch.setenv("RENTAXIS_DATABASE_URL", as_role(rentaxis_database, role))
        yield role


def test_every_table_that_may_not_be_read_is_a_line_with_its_grant(
    reader: str, rentaxis_database: str
) -> None:
    """Not the first of them alone; the statements printed are all it takes."""
    assert not wrong()
    tables = ("payments", "invoice_lines", "vendors")
    execute(rentaxis_database, *(f"revoke select on rentaxis.{table} from {reader}" for table in tables))
    found = wrong()
    assert {one["how_to_fix"] for one in found} == {
        f"grant select on rentaxis.{table} to {reader};" for table in tables
    }
    assert all(one["check"] == "Rights" for one in found)
    assert "which " in found[0]["text"]
    assert ".sql" in found[0]["text"]
    execute(rentaxis_database, *(one["how_to_fix"] for one in found))
    assert not wrong()


def test_a_schema_that_may_not_be_entered_is_one_line(reader: str, rentaxis_database: str) -> None:
    execute(rentaxis_database, f"revoke usage on schema rentaxis from {reader}")
    (found,) = wrong()
    assert found["how_to_fix"] == f"grant usage on schema rentaxis to {reader};"
    execute(rentaxis_database, found["how_to_fix"])
    assert not wrong()


def test_row_security_that_may_hide_rows_is_said(reader: str, rentaxis_database: str) -> None:
    execute(rentaxis_database, "alter table rentaxis.expenses enable row level security")
    (found,) = [one for one in check()[0] if "row security" in one["text"]]
    assert "rentaxis.expenses" in found["text"]
    assert found["severity"] == "soon"


def test_what_rentaxis_switches_on_besides_is_asked_for_its_mappings(
    stack: Emulator, rentaxis_database: str
) -> None:
    """As if the company file named it under ``also_push``."""

    def asked() -> list[str]:
        found, _ = check()
        return [one["text"] for one in found if one["text"].startswith("mappings.ledger_accounts.")]

    assert asked() == []
    execute(
        rentaxis_database,
        "update rentaxis.quickbooks_connections set enabled_types = array_append(enabled_types, 'journal_entries')",
    )
    assert asked()


def test_a_missing_table_names_the_files_that_read_it(stack: Emulator, rentaxis_database: str) -> None:
    execute(rentaxis_database, "alter table rentaxis.payment_allocations rename to kept")
    found = wrong()
    assert any("no table rentaxis.payment_allocations, which " in one["text"] for one in found)


def _adapter(folder: Path, monkeypatch: pytest.MonkeyPatch, file: str, old: str, new: str) -> None:
    shutil.copytree(STAGING_FOLDER, folder)
    path = folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    monkeypatch.setenv("RENTAXIS_SQL_FOLDER", str(folder))


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            "expenses.sql",
            "expense.amount",
            "(expense.amount * 100)::int as amount",
            "sql/expenses.sql returns amount as int4",
        ),
        ("expenses.sql", "expense.amount", "expense.amounnt", "column expense.amounnt does not exist"),
        ("payer_versions.sql", "select", "selekt", "payer_versions.sql"),
    ],
    ids=["money in cents", "a column that is not there", "no SQL"],
)
def test_a_broken_adapter_is_never_ok(
    stack: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: str, old: str, new: str, said: str
) -> None:
    """Said with its file, and where Postgres points, its line; without a row being read."""
    _adapter(tmp_path / "sql", monkeypatch, file, old, new)
    found = [one for one in wrong() if one["check"] == "Staging"]
    assert any(said in one["text"] and file in one["text"] for one in found), found
    if "does not exist" in said:
        number = next(
            number
            for number, line in enumerate((tmp_path / "sql" / file).read_text().splitlines(), 1)
            if new in line
        )
        assert any(f"sql/{file}, line {number}" in one["text"] for one in found)


# ---- the pipelines' own database ----


def test_an_ordinary_role_that_may_make_schemas_is_all_it_takes(
    stack: Emulator, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a database that nobody has used: what is missing is a statement, and with it everything is made."""
    fresh = postgres.create_database(f"fresh_{os.getpid()}", template="template0")
    try:
        with ordinary_role(fresh) as role:
            monkeypatch.setenv("PIPELINES_DATABASE_URL", as_role(fresh, role))
            (found,) = wrong()
            assert found["how_to_fix"] == f"grant create on database fresh_{os.getpid()} to {role};"
            execute(fresh, found["how_to_fix"])
            (found,) = wrong()
            assert "No QuickBooks company is connected" in found["text"]
    finally:
        postgres.drop_database(f"fresh_{os.getpid()}")


def test_tables_of_another_owner_are_said_with_whom(
    stack: Emulator, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a first start by an administrator."""
    with ordinary_role(database) as role:
        execute(database, f"grant create on database {database.rpartition('/')[2]} to {role}")
        execute(database, f"alter schema ledger owner to {role}")
        monkeypatch.setenv("PIPELINES_DATABASE_URL", as_role(database, role))
        (found,) = wrong()
        assert "tables in the schema ledger belong to rentaxis" in found["text"]
        assert found["how_to_fix"].endswith(f"grant rentaxis to {role};")
        execute(database, f"reassign owned by {role} to current_user")


def test_an_encoding_that_does_not_hold_every_name_is_a_sentence(
    stack: Emulator, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"latin_{os.getpid()}"
    execute(
        postgres.url("postgres"),
        f"create database {name} encoding 'LATIN1' template template0 locale_provider libc locale 'C'",
    )
    try:
        monkeypatch.setenv("PIPELINES_DATABASE_URL", postgres.url(name))
        (found,) = wrong()
        assert "its encoding is LATIN1, which cannot store every name" in found["text"]
        assert "encoding 'UTF8' template template0;" in found["how_to_fix"]
        with psycopg.connect(postgres.url(name)) as connection:
            made = connection.execute("select from pg_namespace where nspname = 'ledger'").fetchall()
        assert made == []
    finally:
        postgres.drop_database(name)


def test_a_database_that_takes_no_writing_is_a_sentence(stack: Emulator, database: str) -> None:
    execute(database, f"alter database {database.rpartition('/')[2]} set default_transaction_read_only = on")
    engine(database).dispose()  # sessions begun before are as they were
    (found,) = wrong()
    assert "it is read-only" in found["text"]


def test_a_ledger_of_a_newer_version_is_a_line(stack: Emulator, database: str) -> None:
    execute(database, "update ledger.ledger_version set version_num = '9999'")
    (found,) = wrong()
    assert "its tables are at 9999" in found["text"]
    assert any(one["text"].startswith("Not checked") for one in check()[0])


# ---- Dagster, results, settings, several at once ----


def _home(folder: Path, settings: str = "") -> Path:
    folder.mkdir(mode=0o700)
    (folder / "dagster.yaml").write_text(settings or DAGSTER_YAML.read_text())
    return folder


def _dagster_database(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    parts = conninfo_to_dict(url)
    for name, key in (
        ("HOST", "host"),
        ("PORT", "port"),
        ("USERNAME", "user"),
        ("PASSWORD", "password"),
        ("DB", "dbname"),
    ):
        monkeypatch.setenv(f"DAGSTER_PG_{name}", str(parts[key]))


HOMES: dict[str, tuple[Callable[[Path], str], str]] = {
    "not there": (lambda folder: str(folder / "none"), "there is no such folder"),
    "a file": (lambda folder: str(DAGSTER_YAML), "there is no such folder"),
    "not absolute": (lambda folder: "dagster-home", "not an absolute path"),
    "a setting that is none": (
        lambda folder: str(_home(folder / "home", "no_such_setting: 1\n")),
        "does not accept",
    ),
    "no YAML": (lambda folder: str(_home(folder / "home", "storage: [\n")), "cannot be read as YAML"),
    "no variables": (lambda folder: str(_home(folder / "home")), "DAGSTER_PG_HOST is not set"),
}


@pytest.mark.parametrize("case", HOMES)
def test_a_home_that_dagster_cannot_use_stops(
    stack: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, case: str
) -> None:
    """A line a variable that is missing; and a run says the same before it starts, in one sentence."""
    make, said = HOMES[case]
    for name in list(os.environ):
        if name.startswith("DAGSTER_PG_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("DAGSTER_HOME", make(tmp_path))
    found = wrong()
    assert any(said in one["text"] for one in found), found
    assert len(found) == (5 if case == "no variables" else 1)
    result = CliRunner().invoke(
        main, ["bulk", "--from", "2026-05-01", "--to", "2026-05-01"], catch_exceptions=False
    )
    assert result.exit_code == STOPS
    assert "Nothing was started." in result.output
    assert "Traceback" not in result.output


def test_dagsters_database_that_is_away_or_takes_no_tables_stops(
    stack: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, postgres: Server
) -> None:
    """Since Postgres 15 an ordinary role may make nothing in the schema public of somebody else's database."""
    monkeypatch.setenv("DAGSTER_HOME", str(_home(tmp_path / "home")))
    name = f"dagster_{os.getpid()}"
    fresh = postgres.create_database(name, template="template0")
    try:
        with ordinary_role(fresh) as role:
            _dagster_database(monkeypatch, as_role(fresh, role))
            (found,) = wrong()
            assert f"the user '{role}' may not create tables there" in found["text"]
            execute(fresh, found["how_to_fix"].partition(";")[0])
            assert not wrong()
    finally:
        postgres.drop_database(name)
    (found,) = wrong()
    assert f"Dagster's database '{name}'" in found["text"]
    assert "cannot be reached or refused the connection" in found["text"]


def test_a_home_without_dagster_yaml_is_said_and_stops_nothing(
    stack: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    found, exit_code = check()
    assert exit_code == ROWS
    assert any("has no dagster.yaml" in one["text"] and one["severity"] == "soon" for one in found)


def test_a_home_of_an_earlier_version_that_never_ends_dead_runs_is_said(
    stack: Emulator, database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its dagster.yaml was copied there once, and names no launcher; Dagster starts with it all the same."""
    _dagster_database(monkeypatch, database)
    settings = yaml.safe_load(DAGSTER_YAML.read_text())
    monkeypatch.setenv("DAGSTER_HOME", str(_home(tmp_path / "home")))
    assert not any("whose process is gone" in one["text"] for one in check()[0])
    for part in ("run_launcher", "run_monitoring"):
        old = {name: value for name, value in settings.items() if name != part}
        monkeypatch.setenv("DAGSTER_HOME", str(_home(tmp_path / part, yaml.safe_dump(old))))
        found, exit_code = check()
        assert exit_code == ROWS
        assert any("whose process is gone" in one["text"] and one["severity"] == "soon" for one in found)


def test_a_folder_of_results_is_tried(
    stack: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PIPELINES_RESULTS_FOLDER", str(tmp_path / "kept" / "results"))
    assert not wrong()
    (tmp_path / "file").touch()
    monkeypatch.setenv("PIPELINES_RESULTS_FOLDER", str(tmp_path / "file" / "results"))
    (found,) = wrong()
    assert found["check"] == "Results"
    assert "cannot be written (Not a directory)" in found["text"]


def test_several_missing_things_are_a_line_each(stack: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables, each its own; and databases that are away hold up neither each other nor the rest."""
    with monkeypatch.context() as patched:
        for name in ("QUICKBOOKS_CLIENT_ID", "PIPELINES_SECRET_KEY"):
            patched.delenv(name)
        assert sorted(one["text"].split()[3] for one in wrong()) == [
            "PIPELINES_SECRET_KEY",
            "QUICKBOOKS_CLIENT_ID",
        ]
    for name in ("RENTAXIS", "PIPELINES"):
        monkeypatch.setenv(f"{name}_DATABASE_URL", "postgresql://nobody:ordinary-word@127.0.0.1:9/none")
    monkeypatch.setenv("PIPELINES_RESULTS_FOLDER", "/dev/null/results")
    assert [one["check"] for one in wrong()] == ["Results", "RentAxis database", "Pipelines database"]


# ---- clocks ----

NOW = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("theirs", "severity"),
    [
        (0, None),
        (29, None),
        (-29, None),
        (31, "soon"),
        (-33, "soon"),
        (299, "soon"),
        (301, "stops"),
        (-400, "stops"),
        (-86_400, "stops"),
    ],
)
def test_clocks_that_differ_are_said_and_far_apart_stop(theirs: float, severity: str | None) -> None:
    found = list(clock_findings("QuickBooks", NOW + dt.timedelta(seconds=theirs), NOW, NOW))
    assert [one.severity for one in found] == ([severity] if severity else [])
    if found:
        assert ("behind" if theirs < 0 else "ahead of") in found[0].text


@given(st.floats(0, 600), st.floats(0, 1))
def test_a_slow_answer_is_no_wrong_clock(took: float, at: float) -> None:
    """Whatever the moment of an answer, and cut to its second: between question and answer it agrees."""
    after = NOW + dt.timedelta(seconds=took)
    moment = (NOW + dt.timedelta(seconds=took * at)).replace(microsecond=0)
    assert list(clock_findings("QuickBooks", moment, NOW, after)) == []


def test_quickbooks_tells_its_time_without_a_sign_in(quickbooks: Emulator) -> None:
    """A header of any answer."""
    told = time_of(quickbooks.base_url)
    assert told is not None
    assert abs(told - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)


def test_a_clock_that_is_ten_minutes_behind_quickbooks_stops(
    stack: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server whose answers carry a later day; said although nothing else of it can be used."""

    class Ahead(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.send_response_only(404)
            self.send_header(
                "Date", format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=10), usegmt=True)
            )
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_HEAD = do_GET = answer  # noqa: N815 - the server's names

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Ahead) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        monkeypatch.setenv("QUICKBOOKS_BASE_URL", f"http://127.0.0.1:{server.server_port}")
        found = wrong()
        server.shutdown()
    (clock,) = [one for one in found if one["check"] == "Clock"]
    assert re.search(r"QuickBooks is (59\d|60\d) seconds ahead of this machine\.", clock["text"])
    assert any(one["check"] == "QuickBooks" for one in found)
