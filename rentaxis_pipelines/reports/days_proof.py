"""How the days of a run stand after it, by the newest result of each record, whichever run wrote it. Reads only.

Here: what is left failed, and our sums against QuickBooks' under our links. Not here: what this run wrote (``run_proof``), or what
QuickBooks holds today (``reconcile``).
"""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.reports.run_proof import RowOff

_NAMED = 50


class LeftFailed(msgspec.Struct, frozen=True, kw_only=True):
    """Records of one type that failed for one reason, in count and money."""

    record_type: str
    reason_code: str
    rows: int
    money: Decimal


class TypeTotals(msgspec.Struct, frozen=True, kw_only=True):
    """The records of one type that are marked done: their money as RentAxis has it, and as QuickBooks answered it."""

    record_type: str
    rows: int
    rentaxis: Decimal
    quickbooks: Decimal
    differing: int


# A record may have moved to another day: only its newest result counts. A dry run says nothing of what stands.
_NEWEST = """
    with newest as (
      select n.* from (
        select distinct source_type, source_id from ledger.row_results
        where realm = :realm and day = any(:days)) w
      cross join lateral (
        select r.* from ledger.row_results r join ledger.plans p on p.plan_id = r.plan_id and not p.dry_run
        where r.realm = :realm and r.source_type = w.source_type and r.source_id = w.source_id
        order by r.finished_at desc limit 1) n
      where n.day = any(:days)
    )
"""
_FAILED = """
    select record_type, reason_code, count(*) as rows, sum(abs(amount)) as money from newest
    where status = 'failed' group by record_type, reason_code order by money desc, rows desc, record_type, reason_code
"""
_DONE = """, done as (
      select n.record_type, n.source_label as label, n.amount as rentaxis, l.total as quickbooks from newest n
      join ledger.links l on l.realm = n.realm and l.source_type = n.source_type and l.source_id = n.source_id
      where l.state = 'live' and l.total is not null and (n.status in ('created', 'updated') or n.reason_code = 'unchanged')
    )
"""
_TOTALS = """
    select record_type, count(*) as rows, sum(rentaxis) as rentaxis, sum(quickbooks) as quickbooks,
           count(*) filter (where rentaxis <> quickbooks) as differing
    from done group by record_type order by record_type
"""
_OFF = """
    select label, rentaxis as meant, quickbooks as held from done where rentaxis <> quickbooks
    order by abs(rentaxis - quickbooks) desc, label limit :limit
"""


def left_failed(connection: sa.Connection, realm: str, days: Sequence[dt.date]) -> list[LeftFailed]:
    """What is left failed of these days, dearest first."""
    found = connection.execute(sa.text(_NEWEST + _FAILED), {"realm": realm, "days": list(days)})
    return [LeftFailed(**row) for row in found.mappings()]


def totals(
    connection: sa.Connection, realm: str, days: Sequence[dt.date]
) -> tuple[list[TypeTotals], list[RowOff]]:
    """Sums by record type, and the records whose totals differ, at most 50, furthest apart first."""
    parameters = {"realm": realm, "days": list(days)}
    found = connection.execute(sa.text(_NEWEST + _DONE + _TOTALS), parameters).mappings()
    sums = [TypeTotals(**row) for row in found]
    if not any(one.differing for one in sums):
        return sums, []
    off = connection.execute(sa.text(_NEWEST + _DONE + _OFF), {**parameters, "limit": _NAMED}).mappings()
    return sums, [RowOff(**row) for row in off]
