"""What RentAxis holds and no run pushes automatically: one list, in accounting terms, with count and money. Nothing is silent.

Here: what each kind is called, why it is not pushed, what to do, and the list as people read it. Not here: how it is collected
(``dbt_like_sql/staging``, ``rentaxis.not_pushed``).
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import execute
from rentaxis_pipelines.model.record_type import CREDITS
from rentaxis_pipelines.model.record_types import CHOSEN
from rentaxis_pipelines.render.markdown import Markdown, blocks, paragraph, table, text
from rentaxis_pipelines.rentaxis.folder import source_of
from rentaxis_pipelines.rentaxis.integration import integration_settings
from rentaxis_pipelines.rentaxis.not_pushed import (
    UNREADABLE,
    NotPushed,
    NotPushedRecord,
    not_pushed,
    not_pushed_records,
)
from rentaxis_pipelines.reports.reach import reach
from rentaxis_pipelines.settings import Company, Environment
from rentaxis_pipelines.sync.choice import enabled_types
from rentaxis_pipelines.sync.run import Run

NAMES = {
    **{record_type.name: record_type.name for record_type in CHOSEN if record_type.dated},
    "deposits": "bank deposits",
    "payable_invoices": "payable invoices",
    "journal_entries": "journal entries",
    "bank_transactions": "categorized bank lines",
    "deposit_settlements": "security deposit settlements",
    "tenant_credits": "credits without a payment",
    "late_fees": "late fees",
}
_ONE_BY_ONE = "Push each one individually (rentaxis-sync record), or enter it in QuickBooks by hand."
_REASONS = {
    "before_first_day": ("dated before the company's first day", _ONE_BY_ONE),
    "after_last_day": (
        "dated further ahead than a date range can reach",
        "Correct the date in RentAxis if it is a mistake. If not, it can be chosen when its date is closer.",
    ),
    "no_day": ("without a date", "Enter the date in RentAxis; then a date range includes it."),
    "from_quickbooks": ("imported from QuickBooks", "Nothing to do; it is already there."),
    "no_expense": (
        "without an expense",
        "Enter the expense in RentAxis and name the invoice on it; it is pushed as a bill. Or enter the bill in QuickBooks by hand.",
    ),
    "waived": ("waived, but their invoices are still open", "Add credits and credit_applications to also_push in company.yaml, void the fee's invoice in RentAxis, or credit it in QuickBooks by hand."),
    "not_billed": ("never billed", "Bill the fee in RentAxis; its invoice is pushed."),
    UNREADABLE: (
        "that cannot be read",
        "Grant the database user SELECT on these tables; without it their contents are unknown.",
    ),
}  # fmt: skip
_NEVER = {
    "journal_entries": "Add journal_entries to also_push in company.yaml, or enter the entry in QuickBooks by hand (+ New, Journal entry).",
    "refunds": "Add refunds to also_push in company.yaml, or enter the refund in QuickBooks by hand.",
    "deposits": "Add deposits to also_push in company.yaml, or gather the payments in QuickBooks (+ New, Bank deposit).",
    "bank_transactions": "Categorize the line in QuickBooks' own bank feed too.",
    "deposit_settlements": "Add deposit_settlements, credits and credit_applications to also_push in company.yaml, or enter the refund and what was deducted in QuickBooks by hand, against the deposit liability account.",
    "credits": "Add credits and credit_applications to also_push in company.yaml, or enter a credit memo in QuickBooks by hand.",
    "tenant_credits": "Enter a credit memo in QuickBooks by hand.",
}


_NOTHING = "Every record in RentAxis can be pushed by a run."


def kind_name(group: NotPushed | NotPushedRecord) -> str:
    """``payable invoices``."""
    return NAMES.get(group.kind, group.kind.replace("_", " "))


def why(group: NotPushed | NotPushedRecord) -> str:
    """Why it is not pushed, worded to follow its name."""
    return _REASONS.get(group.reason, ("of a kind that is never pushed", ""))[0]


def what_to_do(group: NotPushed | NotPushedRecord) -> str:
    """One sentence for a person."""
    remedy = _REASONS.get(group.reason, ("", ""))[1]
    return remedy or _NEVER.get(group.kind, "Enter it in QuickBooks by hand.")


def known_to_the_ledger(connection: sa.Connection, realm: str) -> set[str]:
    """Records that were pushed or linked, whatever their date: no list needs to name them."""
    statement = """select source_type || '/' || source_id from ledger.links
                   where realm = :realm and source_type = any(:dated) and state <> 'gone'"""
    dated = [name for record_type in CHOSEN if record_type.dated for name in record_type.source_types]
    rows = execute(connection, statement, realm=realm, dated=dated)
    return set(rows.scalars())


def read_groups(run: Run, environment: Environment, company: Company) -> list[NotPushed]:
    """The list as it is now, largest amount first. Raises SourceError."""
    known, days = known_to_the_ledger(run.connection, run.realm), reach(company, run.now())
    with source_of(environment) as source:
        groups = not_pushed(source, days, environment.rentaxis_organization_id, company.zone, known)
        pushed = _pushed(source, environment, company)
    groups = [group for group in groups if not _is_pushed(group, pushed)]
    return sorted(groups, key=lambda group: (-group.money, -group.records, group.kind, group.reason))


def read_both(
    run: Run, environment: Environment, company: Company
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The list and its records, from one snapshot, as rows for the report tables. Raises SourceError."""
    known, days = known_to_the_ledger(run.connection, run.realm), reach(company, run.now())
    with source_of(environment) as source:
        asked = (source, days, environment.rentaxis_organization_id, company.zone, known)
        groups, records = not_pushed(*asked), not_pushed_records(*asked)
        pushed = _pushed(source, environment, company)
    rows = [
        _row(group) | {"examples": ", ".join(group.examples)}
        for group in groups
        if not _is_pushed(group, pushed)
    ]
    return rows, [_row(record) for record in records if not _is_pushed(record, pushed)]


def _pushed(source: sa.Connection, environment: Environment, company: Company) -> frozenset[str]:
    """The record types that this company pushes."""
    return enabled_types(integration_settings(source, environment.rentaxis_organization_id), company)


def _is_pushed(listed: NotPushed | NotPushedRecord, pushed: frozenset[str]) -> bool:
    """Whether it is of a type that is pushed here: a model says of it that it never is, as most companies do not push such records."""
    as_credit = (listed.kind, listed.reason) == ("late_fees", "waived") and CREDITS in pushed
    return as_credit or (listed.reason == "never_pushed" and listed.kind in pushed)


def _row(group: NotPushed | NotPushedRecord) -> dict[str, Any]:
    description = {"kind_name": kind_name(group), "why": why(group), "what_to_do": what_to_do(group)}
    return msgspec.structs.asdict(group) | description


def one_line(groups: Sequence[NotPushed]) -> str:
    """``12 records in RentAxis not pushed by any run, 3,400.00: ...``."""
    if not groups:
        return _NOTHING
    records, money = (
        sum(group.records for group in groups),
        sum((group.money for group in groups), Decimal(0)),
    )
    kinds = "; ".join(
        f"{kind_name(group)} {why(group)}: {group.records:,}, {group.money:,.2f}" for group in groups
    )
    return f"{_counted(records)} in RentAxis not pushed by any run, {money:,.2f}: {kinds}."


def describe_rows(rows: Sequence[Mapping[str, Any]]) -> str:
    """The list as plain text, from the rows of the mart: a line for each kind and reason, with what to do."""
    if not rows:
        return _NOTHING
    records, money = sum(row["records"] for row in rows), sum((row["money"] for row in rows), Decimal(0))
    lines = [f"{_counted(records)} in RentAxis not pushed by any run, {money:,.2f}:"]
    for row in rows:
        examples = f" ({row['examples']})" if row["examples"] else ""
        what = f"{row['kind_name']} {row['why']}: {row['records']:,}, {row['money']:,.2f}{examples}"
        lines.append(f"  {what}. {row['what_to_do']}")
    return "\n".join(lines)


def _counted(records: int) -> str:
    return f"{records:,} {'record' if records == 1 else 'records'}"


def as_markdown(groups: Sequence[NotPushed]) -> Markdown:
    """The summary line, and a table row for each kind and reason with what to do."""
    if not groups:
        return text(one_line(groups))
    heads = ("what", "why", "records", "money", "first day", "last day", "for example", "what to do")
    cells = (
        (kind_name(group), why(group), group.records, group.money, group.first_day, group.last_day, ", ".join(group.examples), what_to_do(group))
        for group in groups
    )  # fmt: skip
    return blocks(paragraph(one_line(groups)), table(heads, cells, right=("records", "money")))
