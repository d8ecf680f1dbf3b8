"""``rentaxis-sync history``: the record as people name it, its versions newest last, as text and as JSON."""

import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.cli.main import main
from rentaxis_pipelines.ledger import versions
from rentaxis_pipelines.ledger.database import connect, engine
from rentaxis_pipelines.ledger.versions import SOMEBODY, NewVersion

AT = dt.datetime(2026, 10, 3, 2, 5, tzinfo=dt.UTC)
STOOD = {"Id": "145", "SyncToken": "0", "TotalAmt": Decimal("1200.00"), "PrivateNote": "October"}
HOSTILE = "\x1b[31mred\x1b[0m\nforged: line"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


@pytest.fixture
def invoice(stack: Emulator, rentaxis_database: str) -> tuple[str, str]:
    """Id and number of an invoice that nothing was done to."""
    with psycopg.connect(rentaxis_database, options="-c search_path=rentaxis") as connection:
        found = connection.execute(
            "select id::text, invoice_number from invoices where organization_id = 1 and type = 'receivable' and status = 'paid'"
            " order by id limit 1"
        ).fetchone()
    assert found is not None
    return found


@pytest.fixture
def changed(invoice: tuple[str, str], database: str) -> Iterator[None]:
    """The invoice was pushed by a run, then edited by a person."""
    facts: dict[str, Any] = {
        "realm": Emulator.realm_id,
        "source_type": "invoice",
        "source_id": invoice[0],
        "source_label": f"Invoice {invoice[1]}",
        "quickbooks_type": "Invoice",
        "quickbooks_id": "145",
        "at": AT,
    }
    ours = NewVersion(
        **facts, action="create", run_id="1a2b3c4d-5e6f-7081", who="Dana Reyes", sync_token="0", after=STOOD
    )
    edited = STOOD | {"SyncToken": "1", "PrivateNote": HOSTILE, "TotalAmt": Decimal("1300.5")}
    theirs = NewVersion(**facts, action="edited", who=SOMEBODY, sync_token="1", before=STOOD, after=edited)
    with connect(database) as connection:
        for version in (ours, theirs):
            versions.save_versions(connection, [version])
        connection.commit()
    yield
    engine(database).dispose()


def test_every_version_is_shown_with_run_person_time_and_fields(invoice, changed) -> None:
    """In the company's zone, money with cents, and outside text as text on its line."""
    said = run("history", "invoice", invoice[1])
    assert said.exit_code == 0, said.output
    shown = said.stdout.splitlines()
    assert shown[0] == f"Invoice {invoice[1]}: 2 versions, newest last"
    assert shown[1].endswith("Run 1a2b3c4d, requested by Dana Reyes: invoice 145 created")
    assert shown[1].startswith("2026-10-02 22:05 EDT")
    assert "  amount: 1,200.00" in shown
    assert shown[4].endswith("Somebody in QuickBooks changed invoice 145")
    assert "  amount: 1,200.00 -> 1,300.50" in shown
    assert "  memo: October -> \u241b[31mred\u241b[0m forged: line" in shown
    assert "\x1b" not in said.stdout


def test_for_programs_there_is_one_json_object(invoice, changed) -> None:
    told = json.loads(run("history", "invoice", f"id:{invoice[0]}", "--json").stdout)
    assert [(entry["action"], entry["run_id"], entry["who"]) for entry in told["versions"]] == [
        ("create", "1a2b3c4d-5e6f-7081", "Dana Reyes"),
        ("edited", None, "somebody in QuickBooks"),
    ]
    assert told["versions"][1]["changes"][0] == {"field": "amount", "before": "1,200.00", "after": "1,300.50"}


def test_a_record_that_nothing_was_done_to_says_so(invoice) -> None:
    said = run("history", "invoice", invoice[1])
    assert said.exit_code == 0, said.output
    assert f"Nothing has been done to Invoice {invoice[1]} in QuickBooks." in said.stdout


def test_an_unknown_record_is_one_sentence_and_exit_code_2(stack: Emulator) -> None:
    said = run("history", "invoice", "INV-999999")
    assert said.exit_code == 2
    assert "RentAxis has no invoice with the number or id INV-999999 in this organization." in said.output
    assert run("history", "lease", "1").exit_code == 2
