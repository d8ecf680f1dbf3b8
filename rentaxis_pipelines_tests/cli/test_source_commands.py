"""``source check``, ``source new`` and ``source contract``: what whoever fits the SQL to a database sees."""

import json
import os
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from rentaxis_pipelines.cli.main import main
from rentaxis_pipelines.rentaxis.folder import STAGING_FOLDER

README = Path(__file__).parents[2] / "dbt_like_sql" / "README.md"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


def test_the_document_says_what_the_code_asks_for() -> None:
    """The tables of dbt_like_sql/README.md are what the command prints, and both are made from the contract."""
    printed = run("source", "contract").output.strip()
    assert "| `total_amount` | numeric(12,2) | no | the sum of the lines that are not deleted |" in printed
    text = README.read_text(encoding="utf-8")
    _, _, after = text.partition("`rentaxis-sync source contract` prints. -->")
    assert after.partition("<!-- The end of it. -->")[0].strip() == printed


def test_a_folder_of_ones_own_is_made_and_never_written_over(tmp_path: Path, monkeypatch) -> None:
    """It holds every file, the counts too; what is there already stays; the variable is printed whole."""
    folder = tmp_path / "a folder" / "of ours"
    made = run("source", "new", str(folder))
    assert made.exit_code == 0
    assert f"RENTAXIS_SQL_FOLDER={folder}" in made.output.splitlines()
    files = {file.relative_to(STAGING_FOLDER) for file in STAGING_FOLDER.rglob("*.sql")}
    assert {file.relative_to(folder) for file in folder.rglob("*.sql")} == files
    again = run("source", "new", str(folder))
    assert again.exit_code == 2
    assert "is not empty" in again.output
    assert run("source", "new", str(folder / "invoices.sql")).exit_code == 2
    monkeypatch.setenv("RENTAXIS_SQL_FOLDER", str(tmp_path / "nowhere"))
    monkeypatch.setenv("RENTAXIS_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    monkeypatch.setenv("RENTAXIS_ORGANIZATION_ID", "1")
    missing = run("source", "check")
    assert missing.exit_code == 2
    assert "there is no such folder" in missing.output


def test_the_look_at_the_demo_shows_rows_money_counts_refusals_limits_and_mappings(stack) -> None:
    """Everything a person compares with the source; the demo's bad rows and its two missing mappings are in it."""
    shown = run("source", "check", "--json")
    found = json.loads(shown.stdout)
    assert shown.exit_code == 1, "rows would be refused, and a run can go"
    assert found["breaches"] == []
    looks = {look["model"]: look for look in found["looks"]}
    with psycopg.connect(os.environ["RENTAXIS_DATABASE_URL"]) as connection:
        rows, money, largest, first = (
            connection.execute(
                "select count(*), sum(amount)::text, max(amount)::text, min(expense_date)::text from rentaxis.expenses where organization_id = 1"
            ).fetchone()
            or ()
        )
    expenses = looks["expenses"]
    assert (expenses["rows"], expenses["first_day"]) == (rows, first)
    (amount,) = expenses["money"]
    assert (amount["sum"], amount["largest"]) == (money, largest)
    assert expenses["counted"] == {"rows": rows, "money": money}
    assert expenses["seconds"] > 0
    assert " of " in expenses["worst_node"]
    assert any(one["code"] == "unknown_source_value" for one in looks["invoices"]["refused"])
    assert found["refused"] > 0
    assert found["limits"]["rows"] > 0
    assert found["mappings"], "the demo lacks two"
    text = run("source", "check").output
    for said in (
        "What the staging models return",
        "Rows that would be refused",
        "policies.guard",
        "meets the contract",
    ):
        assert said in text


def test_a_broken_folder_is_sentences_and_never_a_traceback(stack, tmp_path: Path, monkeypatch) -> None:
    """One that does not parse, one with a column the database has not, a count that says more: file and line, exit code 2."""
    folder = tmp_path / "mine"
    run("source", "new", str(folder))
    monkeypatch.setenv("RENTAXIS_SQL_FOLDER", str(folder))
    expenses = folder / "expenses.sql"
    expenses.write_text(expenses.read_text().replace("expense.due_date,", "expense.due_by,"))
    counts = folder / "counts" / "payments.sql"
    counts.write_text(counts.read_text().replace("count(*)", "count(*) + 1"))
    (folder / "accounts.sql").write_text("selekt 1")
    shown = run("source", "check")
    assert shown.exit_code == 2
    said = " ".join(shown.output.split())
    assert "mine/accounts.sql" in said
    assert "the table itself, according to mine/counts/payments.sql" not in said, (
        "a model that cannot be read is not counted"
    )
    (folder / "accounts.sql").write_text((STAGING_FOLDER / "accounts.sql").read_text())
    said = " ".join(run("source", "check").output.split())
    assert "column expense.due_by does not exist" in said
    assert "mine/expenses.sql, line 34" in said
    assert "the table itself, according to mine/counts/payments.sql, has" in said
    (folder / "places.sql").write_text("{{ nothing() }}")
    broken = run("source", "check")
    assert broken.exit_code == 2
    assert "places.sql cannot be rendered" in broken.output


@pytest.mark.parametrize(
    "types", [["Customers", " INVOICES", "Payments"], ["customers", "invoices", "payments"]]
)
def test_capitals_in_what_is_enabled_change_nothing(stack, types: list[str]) -> None:
    """They made a run say that everything went through with nothing pushed. What is switched off is said first."""
    with psycopg.connect(os.environ["RENTAXIS_DATABASE_URL"], autocommit=True) as connection:
        connection.execute(
            "alter table rentaxis.quickbooks_connections drop constraint if exists quickbooks_connections_sync_direction_check"
        )
        connection.execute(
            "update rentaxis.quickbooks_connections set enabled_types = %s, sync_direction = 'To_QuickBooks' where organization_id = 1",
            [types],
        )
    shown = run("bulk", "--from", "2026-05-01", "--to", "2026-05-05", "--types", "invoices,expenses")
    assert shown.exit_code in (0, 1)
    lines = shown.stdout.splitlines()
    (said,) = (number for number, line in enumerate(lines) if line.startswith("No expenses were pushed."))
    assert lines[said + 1].startswith("Run "), "it stands before the table of its run"
    assert "No invoices were pushed" not in shown.output
    assert "Nothing needs attention." not in "".join(lines[said:])
