"""``rentaxis-sync plans``: the stored plans, one of them on the screen and as files, and what is said of one that is not there."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import openpyxl
import psycopg
import pytest
from click.testing import CliRunner, Result

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.cli.main import main
from rentaxis_pipelines.ledger import plans, previews
from rentaxis_pipelines.ledger.database import connect, engine
from rentaxis_pipelines_tests.support.planned import PLAN_ID, invoice_of, plan, planned, preview

OTHER = "1a2b9999"  # begins as the other one does


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


@pytest.fixture
def realm(stack: Emulator, database: str) -> Iterator[str]:
    """Two plans of the company, one of which the other superseded, and one of another company."""
    rows = [
        planned("invoice", "INV-7", amount=Decimal("12.50"), payload=invoice_of("12.50")),
        planned("invoice", "INV-8", "none", position=1, status="failed", reason_code="rejected", reason="It was refused."),
    ]  # fmt: skip
    with connect(database) as connection:
        for preview_id, of_realm in (
            (OTHER, stack.realm_id),
            (PLAN_ID, stack.realm_id),
            ("ffff0000", "another realm"),
        ):
            kept = plan(plan_id=f"plan of {preview_id}", run_id=preview_id, realm=of_realm)
            of_plan = [planned_row(row, kept.plan_id) for row in rows]
            plans.save_plan(connection, kept, of_plan)
            previews.save(connection, preview(preview_id=preview_id, realm=of_realm))
        connection.commit()
    yield stack.realm_id
    engine(database).dispose()


def planned_row(row, plan_id):
    return planned(row.source_type, row.source_id, **{name: getattr(row, name) for name in
        ("action", "amount", "payload", "position", "status", "reason_code", "reason")} | {"plan_id": plan_id})  # fmt: skip


def test_the_list_says_of_each_plan_its_days_who_asked_its_state_rows_and_money(realm):
    shown = run("plans")
    assert shown.exit_code == 0
    for said in (
        "1a2b3c4d",
        "1a2b9999",
        "2026-05-01",
        "to 2026-05-31",
        "Dana Reyes",
        "1 of 2",
        "12.50",
        "not approved",
    ):
        assert said in shown.stdout, said
    assert re.search(r"superseded by +│.*\n.*1a2b3c4d|superseded by 1a2b3c4d", shown.stdout)
    assert "ffff0000" not in shown.stdout, "another company's"
    listed = {entry["plan"]: entry for entry in json.loads(run("plans", "--json").stdout)}
    assert {entry: listed[entry]["state"] for entry in listed} == {PLAN_ID: "planned", OTHER: "superseded"}
    assert (listed[PLAN_ID]["rows"], listed[PLAN_ID]["to_send"], listed[PLAN_ID]["amount"]) == (2, 1, "12.50")


def test_one_plan_is_shown_by_the_beginning_of_its_id_with_how_to_go_on(realm):
    shown = run("plans", "1a2b3")
    assert shown.exit_code == 0
    assert "Plan 1a2b3c4d: Not approved yet. Nothing has been sent to QuickBooks." in shown.stdout
    assert "Invoice INV-7" in shown.stdout
    assert "It was refused." in shown.stdout
    assert shown.stdout.rstrip().endswith("To push exactly this: rentaxis-sync approve 1a2b3c4d")
    assert "To push" not in run("plans", OTHER).stdout, "it cannot be approved any more"


def test_a_plan_goes_to_files_and_to_programs(realm, tmp_path: Path):
    shown = run("plans", PLAN_ID, "--xlsx", str(tmp_path / "p.xlsx"), "--csv", str(tmp_path / "p.csv"))
    assert shown.exit_code == 0
    assert "Plan 1a2b3c4d, 2 rows, written to" in shown.stderr
    assert openpyxl.load_workbook(tmp_path / "p.xlsx")["Rows"].max_row == 3
    assert len((tmp_path / "p.csv").read_text(encoding="utf-8-sig").splitlines()) == 3
    made = json.loads(run("plans", PLAN_ID, "--json").stdout)
    assert [row["record"] for row in made["rows"]] == ["Invoice INV-8", "Invoice INV-7"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["nothing"], "There is no plan nothing; rentaxis-sync plans lists them all."),
        (["1a2b"], "Several plans begin with 1a2b: 1a2b3c4d5e6f, 1a2b9999. Write more of the id."),
        (["ffff0000"], "Plan ffff0000 belongs to another QuickBooks company than"),
        ([""], "Name a plan by its id"),
        (["\0"], "Name a plan by its id"),
        (["\udc80"], "Name a plan by its id"),
        (["--xlsx", "p.xlsx"], "Say which plan to write: rentaxis-sync plans PLAN --xlsx FILE."),
        ([PLAN_ID, "--xlsx", "/nowhere/p.xlsx"], "/nowhere/p.xlsx could not be written"),
    ],
)  # fmt: skip
def test_what_cannot_be_shown_is_one_sentence(realm, typed, said):
    shown = run("plans", *typed)
    assert shown.exit_code == 2
    assert said in shown.stderr
    assert not shown.stdout


def test_a_database_without_plans_says_so(stack: Emulator, database: str):
    with psycopg.connect(database) as connection:
        connection.execute("drop table ledger.previews cascade")
    assert "No plan is stored yet" in run("plans").stdout
    assert "No plan is stored yet" in run("plans", "1a2b").stderr
