"""What is open, what waits for its deposit, and what no run pushes, as the last proof found it, a page at a time.

``connection`` looks into the company's reports; every function raises NotProved where the marts are not there. Not here: the
reconciliation (``proof_pages``).
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.paging import ROWS_A_PAGE, Page, offset_of, page_of
from rentaxis_pipelines.ledger.sql import execute
from rentaxis_pipelines.reports.desk_words import for_the_desk
from rentaxis_pipelines.reports.marts import beginning
from rentaxis_pipelines.reports.proof_names import title_of
from rentaxis_pipelines.reports.proof_state import missing_explained

Row = TypeVar("Row", bound=msgspec.Struct)
# Columns of the mart receivables_by_party, as people call them.
AGES: Mapping[str, str] = {
    "not_due": "Not due yet",
    "to_30_days": "1 to 30 days",
    "to_60_days": "31 to 60 days",
    "to_90_days": "61 to 90 days",
    "over_90_days": "Over 90 days",
    "unapplied": "Unapplied payments",
}
_BUCKETS = {
    "current": "Not due yet",
    "1-30": "1 to 30 days",
    "31-60": "31 to 60 days",
    "61-90": "61 to 90 days",
    "over 90": "Over 90 days",
    "unapplied payments": "Unapplied payments",
}


class Aged(msgspec.Struct, frozen=True):
    """What is open of one age, past due as of the day of the proof."""

    age: str
    rentaxis: Decimal
    quickbooks: Decimal

    @property
    def difference(self) -> Decimal:
        return self.rentaxis - self.quickbooks


class Receivables(msgspec.Struct, frozen=True):
    """What one customer has open; of all customers together ``party`` is empty. ``ages``: in the order of ``AGES``."""

    party: str
    documents: int
    ages: Sequence[Aged]
    rentaxis: Decimal
    quickbooks: Decimal
    difference: Decimal


class OpenDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One open invoice, or one payment with a rest that is not applied (negative)."""

    record: str
    label: str
    entity: str | None
    quickbooks_id: str | None
    due_day: dt.date | None
    age: str
    rentaxis: Decimal
    quickbooks: Decimal
    difference: Decimal
    meaning: str


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """One payment that is in no deposit. ``days_there``: since its date, as of the day of the proof."""

    record: str
    label: str
    party: str | None
    account: str
    day: dt.date
    days_there: int
    amount: Decimal


class WaitingIn(msgspec.Struct, frozen=True):
    """The payments that wait in one account; ``long`` of them for more than 30 days."""

    account: str
    payments: int
    amount: Decimal
    oldest_days: int
    long: int
    long_amount: Decimal


class TypedDeposit(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a bank deposit that was entered by hand although a payment of that amount, ``label``, still waits."""

    day: dt.date
    account: str | None
    amount: Decimal
    record: str
    label: str
    party: str | None


class Duplicate(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction in QuickBooks that looks like one of our records, ``label``, and is linked to none. ``why``: what they have in common;
    ``ours_is_pushed``: then it may be there twice.
    """

    entity: str
    quickbooks_id: str
    number: str | None
    day: dt.date
    total: Decimal
    record: str
    label: str
    why: str
    ours_is_pushed: bool


class NeverPushed(msgspec.Struct, frozen=True, kw_only=True):
    """Records of one kind that no run pushes, and why."""

    kind: str
    reason: str
    kind_name: str
    why: str
    records: int
    money: Decimal
    first_day: dt.date | None
    last_day: dt.date | None
    what_to_do: str


class NeverPushedRecord(msgspec.Struct, frozen=True):
    """One of them."""

    record: str
    label: str
    day: dt.date | None
    amount: Decimal


_ALL_AGES = ", ".join(f"coalesce(sum({side}{age}), 0) as {side}{age}" for side in ("", "quickbooks_") for age in AGES)  # fmt: skip


def receivables_in_all(connection: sa.Connection) -> Receivables:
    """What all customers together have open, by age."""
    statement = f"""select '' as party, coalesce(sum(documents), 0)::bigint as documents, {_ALL_AGES},
                           coalesce(sum(rentaxis), 0) as rentaxis, coalesce(sum(quickbooks), 0) as quickbooks,
                           coalesce(sum(difference), 0) as difference
                    from receivables_by_party"""  # noqa: S608 - constants of this module
    with missing_explained():
        return _receivables(execute(connection, statement).mappings().one())


def receivables_by_customer(
    connection: sa.Connection, number: int, size: int = ROWS_A_PAGE
) -> Page[Receivables]:
    """Customer by customer: those whose sides differ first, then the largest amount first."""
    statement = f"""select * from receivables_by_party
                    order by abs(difference) desc, abs(rentaxis) desc, {beginning("party")}, party limit :limit offset :offset"""  # noqa: S608 - constants of this module
    with missing_explained():
        rows = execute(connection, statement, limit=size + 1, offset=offset_of(number, size)).mappings()
        return page_of([_receivables(row) for row in rows], number, size=size)


def receivables_of(connection: sa.Connection, party: str) -> Receivables | None:
    """What one customer has open; None if nothing."""
    statement = f"select * from receivables_by_party where {beginning('party')} = left(:party, 100) and party = :party"  # noqa: S608 - constants of this module
    with missing_explained():
        row = execute(connection, statement, party=party).mappings().one_or_none()
    return None if row is None else _receivables(row)


def open_documents(
    connection: sa.Connection, party: str, number: int, size: int = ROWS_A_PAGE
) -> Page[OpenDocument]:
    """A customer's open invoices and unapplied payments, the longest due first."""
    statement = f"""select listed.*, code.meaning, record.entity, record.quickbooks_id, record.strange_number
                    from (select record, label, due_day, bucket as age, rentaxis, quickbooks, difference, explanation from receivables
                          where {beginning("party")} = left(:party, 100) and party = :party
                          order by due_day, record limit :limit offset :offset) listed
                    join explanations code on code.code = listed.explanation
                    left join records record on record.record = listed.record
                    order by listed.due_day, listed.record"""  # noqa: S608 - constants of this module
    asked = {"party": party, "limit": size + 1, "offset": offset_of(number, size)}
    with missing_explained():
        rows = execute(connection, statement, **asked).mappings()
        return page_of([_open_document(row) for row in rows], number, size=size)


def waiting_by_account(connection: sa.Connection) -> list[WaitingIn]:
    """The accounts payments wait in, most money first."""
    statement = """select account, payments, amount, oldest_days, long, long_amount from undeposited_by_account
                   order by amount desc, account"""
    with missing_explained():
        return [WaitingIn(**row) for row in execute(connection, statement).mappings()]


def waiting(connection: sa.Connection, number: int, size: int = ROWS_A_PAGE) -> Page[Waiting]:
    """Payments that are in no deposit, the oldest first."""
    statement = (
        "select record, label, party, account, day, days_there, amount from undeposited order by day, record"
    )
    return _page(connection, Waiting, statement, {}, number, size)


def typed_deposits(connection: sa.Connection, number: int, size: int = ROWS_A_PAGE) -> Page[TypedDeposit]:
    """Deposits that were entered by hand instead of choosing the payment, largest amount first."""
    statement = """select day, account, amount, looks_like as record, label, party from typed_deposits
                   order by amount desc, deposit, number"""
    return _page(connection, TypedDeposit, statement, {}, number, size)


def duplicates(connection: sa.Connection, number: int, size: int = ROWS_A_PAGE) -> Page[Duplicate]:
    """What may be in QuickBooks twice, or by hand before it is pushed, largest amount first."""
    statement = """select entity, quickbooks_id, number, day, total, looks_like as record, label, why, ours_is_pushed
                   from duplicates order by total desc, record"""
    page = _page(connection, Duplicate, statement, {}, number, size)
    named = [
        msgspec.structs.replace(row, label=title_of(row.record, row.label, None, None)) for row in page.rows
    ]
    return msgspec.structs.replace(page, rows=named)


def never_pushed(connection: sa.Connection) -> list[NeverPushed]:
    """What no run pushes, by kind and reason, most money first."""
    statement = """select kind, reason, kind_name, why, records, money, first_day, last_day, what_to_do
                   from not_pushed order by money desc, records desc, kind, reason"""
    with missing_explained():
        rows = execute(connection, statement).mappings()
        return [NeverPushed(**{**row, "what_to_do": for_the_desk(row["what_to_do"])}) for row in rows]


def never_pushed_records(
    connection: sa.Connection, kind: str, reason: str, number: int, size: int = ROWS_A_PAGE
) -> Page[NeverPushedRecord]:
    """The records of one kind and reason, largest amount first; the proof lists at most 10,000 of each kind."""
    statement = """select record, label, day, amount from not_pushed_records where kind = :kind and reason = :reason
                   order by amount desc, record"""
    return _page(connection, NeverPushedRecord, statement, {"kind": kind, "reason": reason}, number, size)


def _open_document(row: Mapping[Any, Any]) -> OpenDocument:
    named = {name: row[name] for name in row if name in OpenDocument.__struct_fields__}
    named["label"] = title_of(row["record"], row["label"], row["entity"], row["strange_number"])
    return OpenDocument(**{**named, "age": _BUCKETS.get(row["age"], row["age"])})


def _receivables(row: Mapping[Any, Any]) -> Receivables:
    ages = [Aged(name, row[age], row[f"quickbooks_{age}"]) for age, name in AGES.items()]
    return Receivables(
        row["party"], row["documents"], ages, row["rentaxis"], row["quickbooks"], row["difference"]
    )


def _page(
    connection: sa.Connection, kind: type[Row], statement: str, values: dict[str, Any], number: int, size: int
) -> Page[Row]:
    asked = {**values, "limit": size + 1, "offset": offset_of(number, size)}
    with missing_explained():
        rows = execute(connection, f"{statement} limit :limit offset :offset", **asked).mappings()
        return page_of([kind(**row) for row in rows], number, size=size)
