"""The status of a run's days after it, by the latest result of each record, whichever run wrote it. Read-only.

Here: what needs attention, and RentAxis' totals against QuickBooks' for linked records. Not here: what this run wrote (``run_proof``),
or what QuickBooks holds today (``reconcile``).
"""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.attention import Need
from rentaxis_pipelines.model.reasons import REASONS, ReasonCode
from rentaxis_pipelines.model.results import WRITTEN
from rentaxis_pipelines.model.sql_values import sql_list
from rentaxis_pipelines.reports.run_proof import RowOff

_NAMED = 50


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """Records of one type that need attention for one reason, with count and money. ``remedy`` is set if they all share it."""

    record_type: str
    need: Need
    reason_code: str
    remedy: str | None
    rows: int
    money: Decimal

    @property
    def words(self) -> str:
        """The reason in accounting terms."""
        return REASONS[ReasonCode(self.reason_code)].meaning

    @property
    def how_to_fix(self) -> str:
        return self.remedy or REASONS[ReasonCode(self.reason_code)].remedy


class TypeTotals(msgspec.Struct, frozen=True, kw_only=True):
    """The records of one type that were pushed: their total in RentAxis, and as QuickBooks returned it."""

    record_type: str
    rows: int
    rentaxis: Decimal
    quickbooks: Decimal
    differing: int


# A record may have moved to another day: only its latest result of its own counts. A preview changes nothing. Results of unchanged records
# that are kept together repeat what that one said (``ledger.unchanged_results``): it was pushed whole, or found unchanged.
# Said so that Postgres may choose: by index for a day, all at once for years.
_NEWEST = """
    with newest as (
      select r.* from ledger.single_results r join ledger.plans p on p.plan_id = r.plan_id and not p.dry_run
      where r.realm = :realm and r.day = any(:days)
        and not exists (
          select from ledger.single_results n join ledger.plans q on q.plan_id = n.plan_id and not q.dry_run
          where n.realm = r.realm and n.source_type = r.source_type and n.source_id = r.source_id and n.finished_at > r.finished_at)
    )
"""
# As kept while results are written (migration 0014).
_OPEN = """
    select record_type, need, reason_code, count(*) as rows, sum(abs(amount)) as money,
           case when count(distinct how_to_fix) = 1 then min(how_to_fix) end as remedy
    from ledger.open_records where realm = :realm and (cast(:days as date[]) is null or day = any(:days))
    group by record_type, need, reason_code order by need, money desc, rows desc, record_type, reason_code
"""
_DONE = f""", done as (
      select n.record_type, n.source_label as label, n.amount as rentaxis, l.total as quickbooks from newest n
      join ledger.links l on l.realm = n.realm and l.source_type = n.source_type and l.source_id = n.source_id
      where l.state = 'live' and l.total is not null and (n.status in {sql_list(WRITTEN)} or n.reason_code = '{ReasonCode.UNCHANGED}')
    )
"""  # noqa: S608 - constants of this program
_TOTALS = """
    select record_type, count(*) as rows, sum(rentaxis) as rentaxis, sum(quickbooks) as quickbooks,
           count(*) filter (where rentaxis <> quickbooks) as differing
    from done group by record_type order by record_type
"""
_OFF = """
    select label, rentaxis as meant, quickbooks as held from done where rentaxis <> quickbooks
    order by abs(rentaxis - quickbooks) desc, label limit :limit
"""


def needs_attention(connection: sa.Connection, realm: str, days: Sequence[dt.date]) -> list[Open]:
    """What needs attention on these days: failed first, then by largest amount."""
    return _open(connection, realm, list(days))


def needs_attention_of_any_day(connection: sa.Connection, realm: str) -> list[Open]:
    """The same for all days: a later run of other days hides nothing."""
    return _open(connection, realm, None)


def _open(connection: sa.Connection, realm: str, days: list[dt.date] | None) -> list[Open]:
    rows = connection.execute(sa.text(_OPEN), {"realm": realm, "days": days})
    return [Open(**row) for row in rows.mappings()]


def totals(
    connection: sa.Connection, realm: str, days: Sequence[dt.date]
) -> tuple[list[TypeTotals], list[RowOff]]:
    """Totals by record type, and up to 50 records whose totals differ, largest difference first."""
    parameters = {"realm": realm, "days": list(days)}
    rows = connection.execute(sa.text(_NEWEST + _DONE + _TOTALS), parameters).mappings()
    sums = [TypeTotals(**row) for row in rows]
    if not any(row_total.differing for row_total in sums):
        return sums, []
    off = connection.execute(sa.text(_NEWEST + _DONE + _OFF), {**parameters, "limit": _NAMED}).mappings()
    return sums, [RowOff(**row) for row in off]
