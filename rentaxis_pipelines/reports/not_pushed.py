"""What RentAxis holds and no run pushes automatically: one list, in accounting terms, with count and money. Nothing is silent.

Here: what each kind is called, why it is not pushed, what to do, and the list as people read it. Not here: how it is collected
(``dbt_like_sql/staging``, ``rentaxis.not_pushed``).
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.record_types import CHOSEN
from rentaxis_pipelines.render.markdown import Markdown, blocks, paragraph, table, text
from rentaxis_pipelines.rentaxis.database import snapshot
from rentaxis_pipelines.rentaxis.not_pushed import (
    UNREADABLE,
    NotPushed,
    NotPushedRecord,
    not_pushed,
    not_pushed_records,
)

NAMES = {
    **{one.name: one.name for one in CHOSEN if one.dated},
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
    "waived": ("waived, but their invoices are still open", "Void the fee's invoice in RentAxis, or credit it in QuickBooks by hand."),
    "not_billed": ("never billed", "Bill the fee in RentAxis; its invoice is pushed."),
    UNREADABLE: (
        "that cannot be read",
        "Grant the database user SELECT on these tables; without it their contents are unknown.",
    ),
}  # fmt: skip
_NEVER = {
    "journal_entries": "Enter the entry in QuickBooks by hand (+ New, Journal entry).",
    "bank_transactions": "Categorize the line in QuickBooks' own bank feed too.",
    "deposit_settlements": "Enter the refund and what was deducted in QuickBooks by hand, against the deposit liability account.",
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
    rows = connection.execute(
        sa.text(
            """select source_type || '/' || source_id from ledger.links
               where realm = :realm and source_type = any(:dated) and state <> 'gone'"""
        ),
        {"realm": realm, "dated": [name for one in CHOSEN if one.dated for name in one.source_types]},
    )
    return set(rows.scalars())


def read_groups(
    connection: sa.Connection,
    realm: str,
    rentaxis_url: str,
    organization_id: str,
    reach: DateRange,
    timezone: ZoneInfo,
) -> list[NotPushed]:
    """The list as it is now, largest amount first. ``connection`` is the ledger's. Raises SourceError."""
    known = known_to_the_ledger(connection, realm)
    with snapshot(rentaxis_url) as source:
        found = not_pushed(source, reach, organization_id, timezone, known)
    return sorted(found, key=lambda one: (-one.money, -one.records, one.kind, one.reason))


def read_both(
    connection: sa.Connection,
    realm: str,
    rentaxis_url: str,
    organization_id: str,
    reach: DateRange,
    timezone: ZoneInfo,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The list and its records, from one snapshot, as rows for the report tables. Raises SourceError."""
    known = known_to_the_ledger(connection, realm)
    with snapshot(rentaxis_url) as source:
        groups = not_pushed(source, reach, organization_id, timezone, known)
        records = not_pushed_records(source, reach, organization_id, timezone, known)
    return [_row(one) | {"examples": ", ".join(one.examples)} for one in groups], [
        _row(one) for one in records
    ]


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
