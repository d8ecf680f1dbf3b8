"""What the machine around the command line does wrong is one sentence and exit code 2 too; a fault of ours shows whole, but for values."""

import os
import stat
import traceback

import psycopg
import pytest
from click.testing import CliRunner

from rentaxis_pipelines.cli.main import main
from rentaxis_pipelines.safety.unexpected import Unexpected

WHO = ["--why", "Zyxwell asked", "--who", "Dana"]


def run(*arguments: str):
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


def said(*arguments: str) -> str:
    """The one sentence of a command that could not run."""
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    return result.output


@pytest.mark.parametrize(
    "words",
    [
        ["exclude", "expense", "12\0", *WHO],
        ["exclude", "expense", "12", "--why", "asked\0", "--who", "Dana"],
        ["links", "confirm", "vendor", "1", "58\0", *WHO],
        ["record", "tenant", "1\0"],
        ["record", "tenant", "\udc80"],
        ["results", "--run", "1\0"],
    ],
    ids=["an id", "a reason", "a QuickBooks id", "a record", "half a character", "a run"],
)
def test_a_zero_byte_is_one_sentence(stack, words):
    assert "holds a zero byte or half a character" in said(*words)


def test_a_ledger_of_a_newer_version_is_one_sentence(stack, database):
    with psycopg.connect(database) as connection:
        connection.execute("update ledger.ledger_version set version_num = '9999'")
    assert "its tables are at 9999" in said("links", "list")


def test_a_role_that_may_not_create_is_one_sentence(stack, database, monkeypatch):
    with psycopg.connect(database) as connection:
        connection.execute("create role looks_on login password 'looks-only'; drop schema ledger cascade")
    try:
        monkeypatch.setenv(
            "PIPELINES_DATABASE_URL", f"postgresql://looks_on:looks-only@{database.split('@')[1]}"
        )
        sentence = said("links", "list")
        assert "The user 'looks_on' of the pipelines' database may not do what the ledger needs" in sentence
        assert "looks-only" not in sentence
    finally:
        with psycopg.connect(database) as connection:
            connection.execute("drop role looks_on")


def test_an_address_that_cannot_be_read_does_not_show_the_password(stack, monkeypatch):
    monkeypatch.setenv("PIPELINES_DATABASE_URL", "postgresql://ann:pass@wo:rd@127.0.0.1:5432/books")
    sentence = said("links", "list")
    assert "PIPELINES_DATABASE_URL" in sentence
    assert "wo:rd" not in sentence


def test_a_fault_of_ours_shows_its_place_and_no_value(stack, database):
    with psycopg.connect(database) as connection:
        connection.execute("alter table ledger.decisions add constraint no_why check (why = '') not valid")
    with pytest.raises(Unexpected, match=r"IntegrityError: SQLSTATE 23514 .*constraint no_why") as caught:
        run("exclude", "expense", "12", *WHO)
    printed = "".join(traceback.format_exception(caught.value))
    assert "sync/decisions.py" in printed
    assert "Zyxwell" not in printed


def test_what_the_command_line_leaves_behind_is_its_owners_alone(stack, tmp_path):
    """Also what Dagster and other libraries write while it runs, and a work-paper written over a file that was open to all."""
    before = os.umask(0o022)
    paper = tmp_path / "proof.xlsx"
    paper.touch(mode=0o644)
    try:
        assert run("reconcile", "--xlsx", str(paper)).exit_code in (0, 1)
        assert os.umask(0o022) == 0o077
    finally:
        os.umask(before)
    assert stat.S_IMODE(paper.stat().st_mode) == 0o600
    assert paper.stat().st_size > 0
    assert f"{tmp_path / 'nowhere' / 'proof.xlsx'} could not be written" in said(
        "reconcile", "--xlsx", str(tmp_path / "nowhere" / "proof.xlsx")
    )
