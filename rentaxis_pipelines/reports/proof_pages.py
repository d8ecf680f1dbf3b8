"""The reconciliation from its sums down to its records, a page at a time: by record type, account, customer or vendor, and row.

Every list has what differs first, largest difference first. ``connection`` looks into the company's reports; every function raises
NotProved where the marts are not there. Not here: whether a month is ready (``months``), and open balances (``proof_lists``).
"""

import datetime as dt
from collections.abc import Mapping
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


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the reconciliation: what both sides post, and ``difference``: RentAxis minus QuickBooks.

    ``entries`` make it up; ``differing`` of them do not agree. The other fields name the line; those it is not split by are None.
    """

    record_type: str | None = None
    account: str | None = None
    month: dt.date | None = None
    party: str | None = None
    in_short: str | None = None
    entries: int
    differing: int
    rentaxis: Decimal
    quickbooks: Decimal
    difference: Decimal


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """What the rows of a list have in common; what is None is not asked."""

    record_type: str | None = None
    account: str | None = None
    month: dt.date | None = None
    party: str | None = None


class CellRow(msgspec.Struct, frozen=True, kw_only=True):
    """One record's part of a cell: RentAxis' amount, as pushed, QuickBooks' amount, and why they differ."""

    record: str
    label: str
    entity: str | None
    quickbooks_id: str | None
    rentaxis_day: dt.date | None
    quickbooks_day: dt.date | None
    rentaxis: Decimal
    written: Decimal
    quickbooks: Decimal
    difference: Decimal
    agrees: bool
    meaning: str
    reason: str | None
    remedy: str


# A name may be longer than an index can hold, so the beginning of one that is indexed is compared as well.
_ASKED = {
    "record_type": "record_type = :record_type",
    "account": "account = :account",
    "month": "month = :month",
    "party": f"{beginning('party')} = left(:party, 100) and party = :party",
}
_SUMS = "sum(rentaxis) as rentaxis, sum(quickbooks) as quickbooks, sum(difference) as difference"
_DIFFERING = "coalesce(sum({count}) filter (where explanation <> 'agrees'), 0)::bigint as differing"
_TOTALS = f"sum(entries)::bigint as entries, {_DIFFERING.format(count='entries')}, {_SUMS}"


def by_type(connection: sa.Connection, cell: Cell) -> list[Sums]:
    """The sums of a month, an account or both, by record type: a handful of lines."""
    where, values = _where(cell)
    statement = f"select record_type, {_TOTALS} from account_totals where {where} group by record_type order by record_type"  # noqa: S608 - constants of this module
    return _rows(connection, Sums, statement, values)


def by_explanation(connection: sa.Connection, cell: Cell) -> list[Sums]:
    """The same by reason, in words; what agrees comes last."""
    where, values = _where(cell)
    statement = f"""select code.in_short, totals.* from (
                      select explanation, {_TOTALS} from account_totals where {where} group by explanation) totals
                    join explanations code on code.code = totals.explanation
                    order by totals.explanation = 'agrees', abs(totals.difference) desc, code.in_short"""  # noqa: S608 - constants of this module
    return _rows(connection, Sums, statement, values)


def by_account(connection: sa.Connection, cell: Cell, number: int, size: int = ROWS_A_PAGE) -> Page[Sums]:
    """By record type and account, of one month or of all."""
    where, values = _where(cell)
    statement = f"""select record_type, account, {_TOTALS} from account_totals where {where} group by record_type, account
                    order by abs(sum(difference)) desc, differing desc, record_type, account"""  # noqa: S608 - constants of this module
    return _page(connection, Sums, statement, values, number, size)


def by_month(connection: sa.Connection, cell: Cell, number: int, size: int = ROWS_A_PAGE) -> Page[Sums]:
    """One account of one record type by month, newest first."""
    where, values = _where(cell)
    statement = f"""select record_type, account, month, {_TOTALS} from account_totals where {where}
                    group by record_type, account, month order by month desc"""  # noqa: S608 - constants of this module
    return _page(connection, Sums, statement, values, number, size)


def by_party(connection: sa.Connection, number: int, size: int = ROWS_A_PAGE) -> Page[Sums]:
    """By customer or vendor and record type, over all months."""
    statement = f"""select record_type, party, entries, differing, rentaxis, quickbooks, difference from party_totals
                    order by abs(difference) desc, differing desc, {beginning("party")}, party, record_type"""  # noqa: S608 - constants of this module
    return _page(connection, Sums, statement, {}, number, size)


def party_sums(connection: sa.Connection, party: str) -> list[Sums]:
    """One customer or vendor by record type, over all months; empty where the reconciliation has no such name."""
    where, values = _where(Cell(party=party))
    statement = f"""select record_type, party, entries, differing, rentaxis, quickbooks, difference from party_totals
                    where {where} order by record_type"""  # noqa: S608 - constants of this module
    return _rows(connection, Sums, statement, values)


def lines_of_account(
    connection: sa.Connection, cell: Cell, number: int, size: int = ROWS_A_PAGE
) -> Page[Sums]:
    """The lines of one record type, account and month, by customer or vendor and reason."""
    order = "listed.explanation = 'agrees', abs(listed.difference) desc, listed.party, listed.explanation"
    return _lines(connection, cell, order, number, size)


def lines_of_party(connection: sa.Connection, party: str, number: int, size: int = ROWS_A_PAGE) -> Page[Sums]:
    """The lines of one customer or vendor by month, account and reason, newest month first."""
    order = "listed.month desc, listed.record_type, listed.account, listed.explanation"
    return _lines(connection, Cell(party=party), order, number, size)


def rows_of_cell(
    connection: sa.Connection, cell: Cell, number: int, size: int = ROWS_A_PAGE
) -> Page[CellRow]:
    """The records behind one line: of one record type, account, month and party."""
    where, values = _where(cell)
    statement = f"""
        select listed.record, record.label, record.entity, record.quickbooks_id, record.strange_number, record.rentaxis_day, record.quickbooks_day,
               listed.rentaxis, listed.written, listed.quickbooks, listed.rentaxis - listed.quickbooks as difference,
               listed.explanation = 'agrees' as agrees, code.meaning, record.reason, coalesce(differing.remedy, code.how_to_fix) as remedy
        from (select * from cells where {where}
              order by explanation = 'agrees', abs(rentaxis - quickbooks) desc, record limit :limit offset :offset) listed
        join records record on record.record = listed.record
        join explanations code on code.code = listed.explanation
        left join differences differing on differing.record = listed.record
        order by agrees, abs(listed.rentaxis - listed.quickbooks) desc, listed.record"""  # noqa: S608 - constants of this module
    values |= {"limit": size + 1, "offset": offset_of(number, size)}
    with missing_explained():
        listed = execute(connection, statement, **values).mappings()
        rows = [_cell_row(row) for row in listed]
    return page_of(rows, number, size=size)


def _cell_row(row: Mapping[Any, Any]) -> CellRow:
    named = dict(row)
    named["label"] = title_of(row["record"], row["label"], row["entity"], named.pop("strange_number"))
    named["reason"] = row["reason"] and for_the_desk(row["reason"])
    return CellRow(**{**named, "remedy": for_the_desk(row["remedy"])})


def _lines(connection: sa.Connection, cell: Cell, order: str, number: int, size: int) -> Page[Sums]:
    where, values = _where(cell)
    statement = f"""
        select listed.record_type, listed.account, listed.month, listed.party, code.in_short, listed.records as entries,
               case listed.explanation when 'agrees' then 0 else listed.records end as differing,
               listed.rentaxis, listed.quickbooks, listed.difference
        from (select * from reconciliation as listed where {where} order by {order} limit :limit offset :offset) listed
        join explanations code on code.code = listed.explanation order by {order}"""  # noqa: S608 - constants of this module
    return _page(connection, Sums, statement, values, number, size, is_limited=True)


def _where(cell: Cell) -> tuple[str, dict[str, Any]]:
    """The condition for what the cell asks, and the values bound in it."""
    values = {name: value for name, value in msgspec.structs.asdict(cell).items() if value is not None}
    return " and ".join(_ASKED[name] for name in values) or "true", values


def _page(
    connection: sa.Connection,
    kind: type[Row],
    statement: str,
    values: dict[str, Any],
    number: int,
    size: int,
    *,
    is_limited: bool = False,
) -> Page[Row]:
    limited = statement if is_limited else f"{statement} limit :limit offset :offset"
    asked = {**values, "limit": size + 1, "offset": offset_of(number, size)}
    return page_of(_rows(connection, kind, limited, asked), number, size=size)


def _rows(connection: sa.Connection, kind: type[Row], statement: str, values: dict[str, Any]) -> list[Row]:
    fields = set(kind.__struct_fields__)
    with missing_explained():
        rows = execute(connection, statement, **values).mappings()
        return [kind(**{name: row[name] for name in row if name in fields}) for row in rows]
