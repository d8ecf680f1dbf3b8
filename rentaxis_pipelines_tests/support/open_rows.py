"""Records that need attention, put into the ledger of a connected company as a sync would leave them, without a sync."""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger import companies, decisions, results, snapshots
from rentaxis_pipelines.ledger.companies import Registration
from rentaxis_pipelines.ledger.plans import save_plan
from rentaxis_pipelines.model.decisions import Candidate, Question
from rentaxis_pipelines.model.plans import Plan
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.model.snapshot import SnapshotObject

TRIED = dt.datetime(2026, 11, 2, 8, tzinfo=dt.UTC)
DAY = dt.date(2026, 10, 5)
RUN = "5eed0000-0000-4000-8000-000000000000"


def register(connection: sa.Connection, realm: str, organization_id: str) -> None:
    """As after the company's first run."""
    registration = Registration(
        realm=realm, organization_id=organization_id, registered_at=TRIED, registered_by="a test"
    )
    companies.register(connection, registration)


def leave_open(connection: sa.Connection, realm: str, *rows: RowResult, run_id: str = RUN) -> None:
    """A run with these results. Each may be of any record type."""
    plan = Plan(
        plan_id=run_id, realm=realm, run_id=run_id, record_type="invoices", first_day=DAY, last_day=DAY, forced=False, dry_run=False,
        requested_by="a test", rows_in=len(rows), money_in=Decimal(0), created_at=TRIED, finished_at=TRIED,
    )  # fmt: skip
    save_plan(connection, plan, [])
    results.save_results(
        connection, [msgspec.structs.replace(row, realm=realm, plan_id=run_id, run_id=run_id) for row in rows]
    )


def row(number: int, amount: str = "100.00", **more: Any) -> RowResult:
    """Invoice INV-0007 that failed since its charge is not mapped, unless ``more`` says otherwise."""
    made = RowResult(
        realm="", plan_id="", run_id="", day=DAY, record_type="invoices", source_type="invoice", source_id=str(number),
        source_label=f"Invoice INV-{number:04d}", amount=Decimal(amount), currency="USD", action="none", status="failed",
        reason_code="missing_mapping", reason="Invoice account 4999 (Pet rent) is not mapped.",
        how_to_fix="Add mappings.invoice_accounts.4999 to company.yaml, then run again.", forced=False, requested_by="a test",
        finished_at=TRIED,
    )  # fmt: skip
    return msgspec.structs.replace(made, **more)


def ask_about(
    connection: sa.Connection, realm: str, number: int, name: str, *customers: tuple[str, str]
) -> None:
    """A tenant of that name who waits: may it be one of these customers, by id and name?"""
    label, reason = f"Tenant {name}", f"Tenant {name} may be the QuickBooks customer."
    remedy = f"Confirm it (rentaxis-sync links confirm tenant {number} ID), then run again."
    waiting = row(
        number, "0", source_type="tenant", record_type="customers", source_label=label, status="skipped",
        reason_code="waiting_for_confirmation", reason=reason, how_to_fix=remedy,
    )  # fmt: skip
    leave_open(connection, realm, waiting, run_id=f"tenant{number:02d}-0000-4000-8000-000000000000")
    objects = [
        SnapshotObject(
            realm=realm, entity="Customer", quickbooks_id=customer, active=True,
            object={"Id": customer, "SyncToken": "0", "DisplayName": called, "Active": True},
        )
        for customer, called in customers
    ]  # fmt: skip
    snapshots.save_objects(connection, objects)
    candidates = [Candidate(customer, called, "same name", True, 100) for customer, called in customers]
    question = Question(
        realm=realm, source_type="tenant", source_id=str(number), label=label, reason_code="waiting_for_confirmation",
        reason=reason, how_to_fix=remedy, candidates=candidates, asked_at=TRIED,
    )  # fmt: skip
    decisions.keep_questions(connection, realm, [("tenant", str(number))], [question])
