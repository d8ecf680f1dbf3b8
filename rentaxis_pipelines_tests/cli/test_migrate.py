"""``migrate`` is the only command that needs rights on tables: after it, runs and reports work with a role that may change none."""

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.cli.main import main
from rentaxis_pipelines.ledger.database import newest_version
from rentaxis_pipelines_tests.cli.roles import as_role, execute, ordinary_role


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.fixture
def runs_role(database: str) -> Iterator[str]:
    """A role that may sign in to the pipelines database and nothing else."""
    with ordinary_role(database) as role:
        yield role


@pytest.fixture
def separated(stack: Emulator, database: str, runs_role: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Runs are made as the role, and only ``migrate`` as the owner of the tables."""
    monkeypatch.setenv("PIPELINES_MIGRATION_URL", database)
    monkeypatch.setenv("PIPELINES_DATABASE_URL", as_role(database, runs_role))
    return runs_role


def test_runs_and_proof_work_with_a_role_that_may_change_no_table(separated: str, database: str) -> None:
    """It may not make a schema, nor alter, drop or make a table of the ledger: pushing, proving, undoing and looking need none of it."""
    done = run("migrate")
    assert done.exit_code == 0, done.output
    assert f"{separated} may write to them" in done.output
    as_runs = as_role(database, separated)
    for forbidden in (
        "create schema something",
        "create table ledger.something (id integer)",
        "alter table ledger.plans add column something text",
        "drop table ledger.api_calls",
        "update ledger.ledger_version set version_num = '0001'",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), psycopg.connect(as_runs) as connection:
            connection.execute(forbidden)  # pyright: ignore[reportArgumentType]
    assert checked() == []
    pushed = json.loads(run("bulk", "--from", "2026-05-01", "--to", "2026-05-02", "--json").stdout)
    assert any(row["status"] == "created" for row in results_in(pushed))
    for _ in range(2):  # the second finds the tables of the first
        proof = run("reconcile", "--json")
        assert proof.exit_code in (0, 1), proof.output
    again = json.loads(run("bulk", "--from", "2026-05-01", "--to", "2026-05-02", "--json").stdout)
    assert not any(row["status"] == "created" for row in results_in(again))
    assert run("status").exit_code in (0, 1)


def checked() -> list[dict[str, Any]]:
    findings = json.loads(run("check", "--json").stdout)
    return [finding for finding in findings if finding["severity"] == "stops"]


def results_in(printed: Any) -> list[dict[str, Any]]:
    del printed
    return json.loads(run("results", "--json").stdout)


def test_without_migrate_such_a_role_is_told_to_run_it(separated: str, database: str) -> None:
    """Where something is to do, and where it is done already and nothing was granted: one sentence each, and nothing changed."""
    refused = run("links", "list")
    assert refused.exit_code == 2
    assert "rentaxis-sync migrate" in refused.output
    execute(
        database,
        f"grant usage on schema ledger to {separated}",
        f"grant select, update on ledger.ledger_version to {separated}",
        "update ledger.ledger_version set version_num = '0018'",
    )
    refused = run("links", "list")
    assert refused.exit_code == 2
    assert f"are at 0018, and this version of the program needs them at {newest_version()}" in refused.output
    assert "rentaxis-sync migrate" in refused.output


def test_a_database_of_one_role_is_taken_over_by_two_and_migrate_can_be_repeated(
    separated: str, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What earlier runs made as the owner is handed to the runs' role; a second time there is nothing to do."""
    monkeypatch.setenv("PIPELINES_DATABASE_URL", database)
    run("bulk", "--from", "2026-05-01", "--to", "2026-05-01", "--types", "expenses")
    monkeypatch.setenv("PIPELINES_DATABASE_URL", as_role(database, separated))
    for _ in range(2):
        done = run("migrate")
        assert done.exit_code == 0, done.output
        assert "were there already" in done.output
    run("bulk", "--from", "2026-05-01", "--to", "2026-05-01", "--types", "expenses")
    assert results_in(None), "the second run kept its results"
    with psycopg.connect(database) as connection:
        owners = connection.execute(
            "select distinct pg_get_userbyid(relowner)::text from pg_class "
            "where relnamespace::regnamespace::text ~ '^(staging|reports)_' and relkind = 'r'"
        ).fetchall()
    assert owners == [(separated,)]


def test_an_owner_that_cannot_hand_over_is_told_what_to_grant(
    stack: Emulator, database: str, runs_role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ordinary_role(database) as owner:
        execute(database, f"grant create on database {database.rpartition('/')[2]} to {owner}")
        execute(
            database,
            f"alter schema ledger owner to {owner}",
            f"grant select on ledger.ledger_version to {owner}",
        )
        monkeypatch.setenv("PIPELINES_MIGRATION_URL", as_role(database, owner))
        monkeypatch.setenv("PIPELINES_DATABASE_URL", as_role(database, runs_role))
        refused = run("migrate")
        assert refused.exit_code == 2
        assert f"grant {runs_role} to {owner};" in refused.output
        execute(database, "alter schema ledger owner to current_user")
