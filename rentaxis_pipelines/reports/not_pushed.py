"""What RentAxis holds and no run pushes by itself: one list, in an accountant's words, with count and money. Nothing is silent.

Here: what each kind is called, why it is not pushed, what to do, and the list as people read it. Not here: how it is found
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
_BY_ITSELF = "Push each by itself (rentaxis-sync record), or book it in QuickBooks by hand."
_REASONS = {
    "before_first_day": ("dated before the company's first day", _BY_ITSELF),
    "after_last_day": (
        "dated further ahead than a range reaches",
        "Correct the date in RentAxis if it is a slip. If not, it can be chosen once its day comes near.",
    ),
    "no_day": ("without a date", "Enter the date in RentAxis; then a range holds it."),
    "from_quickbooks": ("imported from QuickBooks", "Nothing to do; it stands there already."),
    "no_expense": (
        "without an expense",
        "Enter the expense in RentAxis and name the invoice on it; it is pushed as a bill. Or enter the bill in QuickBooks by hand.",
    ),
    "waived": ("waived, and their invoices stand", "Void the fee's invoice in RentAxis, or credit it in QuickBooks by hand."),
    "not_billed": ("never billed", "Bill the fee in RentAxis; its invoice is pushed."),
    UNREADABLE: (
        "that may not be read",
        "Grant the database user SELECT on these tables, or nobody can say what they hold.",
    ),
}  # fmt: skip
_NEVER = {
    "journal_entries": "Enter the entry in QuickBooks by hand (+ New, Journal entry).",
    "bank_transactions": "Categorize the line in QuickBooks' own bank feed too.",
    "deposit_settlements": "Enter the refund and what was deducted in QuickBooks by hand, against the deposit liability account.",
    "tenant_credits": "Enter a credit memo in QuickBooks by hand.",
}


def kind_name(found: NotPushed | NotPushedRecord) -> str:
    """``payable invoices``."""
    return NAMES.get(found.kind, found.kind.replace("_", " "))


def why(found: NotPushed | NotPushedRecord) -> str:
    """Why it is not pushed, to follow its name."""
    return _REASONS.get(found.reason, ("of a kind that is never pushed", ""))[0]


def what_to_do(found: NotPushed | NotPushedRecord) -> str:
    """One sentence for a person."""
    remedy = _REASONS.get(found.reason, ("", ""))[1]
    return remedy or _NEVER.get(found.kind, "Enter it in QuickBooks by hand.")


def known_to_the_ledger(connection: sa.Connection, realm: str) -> set[str]:
    """Records that were pushed, or linked, whatever their day: no list has to name them."""
    rows = connection.execute(
        sa.text(
            """select source_type || '/' || source_id from ledger.links
               where realm = :realm and source_type in ('invoice', 'payment', 'expense') and state <> 'gone'"""
        ),
        {"realm": realm},
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
    """The list as it is now, dearest first. ``connection`` is the ledger's. Raises SourceError."""
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
    """The list, and its records, of one moment, as rows for the tables of the reports. Raises SourceError."""
    known = known_to_the_ledger(connection, realm)
    with snapshot(rentaxis_url) as source:
        groups = not_pushed(source, reach, organization_id, timezone, known)
        records = not_pushed_records(source, reach, organization_id, timezone, known)
    return [_row(one) | {"examples": ", ".join(one.examples)} for one in groups], [
        _row(one) for one in records
    ]


def _row(found: NotPushed | NotPushedRecord) -> dict[str, Any]:
    said = {"kind_name": kind_name(found), "why": why(found), "what_to_do": what_to_do(found)}
    return msgspec.structs.asdict(found) | said


def one_line(found: Sequence[NotPushed]) -> str:
    """``12 records in RentAxis that no run pushes, 3,400.00: ...``."""
    if not found:
        return "RentAxis holds nothing that no run pushes."
    records, money = sum(one.records for one in found), sum((one.money for one in found), Decimal(0))
    kinds = "; ".join(f"{kind_name(one)} {why(one)}: {one.records:,}, {one.money:,.2f}" for one in found)
    return f"{_counted(records)} in RentAxis that no run pushes, {money:,.2f}: {kinds}."


def said_of_rows(rows: Sequence[Mapping[str, Any]]) -> str:
    """The list for a terminal, from the rows of the mart: a line for each kind and reason, with what to do."""
    if not rows:
        return "RentAxis holds nothing that no run pushes."
    records, money = sum(row["records"] for row in rows), sum((row["money"] for row in rows), Decimal(0))
    lines = [f"{_counted(records)} in RentAxis that no run pushes, {money:,.2f}:"]
    for row in rows:
        examples = f" ({row['examples']})" if row["examples"] else ""
        what = f"{row['kind_name']} {row['why']}: {row['records']:,}, {row['money']:,.2f}{examples}"
        lines.append(f"  {what}. {row['what_to_do']}")
    return "\n".join(lines)


def _counted(records: int) -> str:
    return f"{records:,} {'record' if records == 1 else 'records'}"


def as_markdown(found: Sequence[NotPushed]) -> Markdown:
    """The line, and a row for each kind and reason with what to do."""
    if not found:
        return text(one_line(found))
    heads = ("what", "why", "records", "money", "first day", "last day", "for example", "what to do")
    cells = (
        (kind_name(one), why(one), one.records, one.money, one.first_day, one.last_day, ", ".join(one.examples), what_to_do(one))
        for one in found
    )  # fmt: skip
    return blocks(paragraph(one_line(found)), table(heads, cells, right=("records", "money")))
