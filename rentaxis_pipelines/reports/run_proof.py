"""The proof of one run, at its end, from the ledger alone: nothing lost, nothing counted twice, and QuickBooks returned the intended totals.

Not here: what QuickBooks holds later (``dbt_like_sql/marts/run_proof.sql``).
"""

from decimal import Decimal

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.model.phases import RECORDS
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.results import WRITTEN
from rentaxis_pipelines.model.sql_values import sql_list

_NAMED = 50  # rows that differ, largest amount first


class TypeProof(msgspec.Struct, frozen=True, kw_only=True):
    """One record type of one run. ``meant`` and ``held``: money of the rows created, updated or voided, as RentAxis has it
    and as QuickBooks returned it.
    """

    record_type: str
    rows_in: int
    rows_out: int
    money_in: Decimal
    money_out: Decimal
    meant: Decimal
    held: Decimal

    @property
    def holds(self) -> bool:
        return self.rows_in == self.rows_out and self.money_in == self.money_out and self.meant == self.held


class RowOff(msgspec.Struct, frozen=True, kw_only=True):
    """A row that breaks the proof: QuickBooks has a different total than intended, or the row was planned and got no result."""

    label: str
    meant: Decimal
    held: Decimal
    why: str = "QuickBooks has a different total."


def prove_run(connection: sa.Connection, realm: str, run_id: str) -> tuple[list[TypeProof], list[RowOff]]:
    """Rows in = created + updated + skipped + failed, in count and money, and QuickBooks returned the intended totals.

    Returns the proofs by record type, and up to 50 rows that are off or lost, largest difference first. Bill payments and the customers
    and vendors that records needed are in addition to the rows in; their money is compared, their rows are not counted. Of a run that is
    undone every row counts.
    """
    parameters = {"realm": realm, "run_id": run_id, "limit": _NAMED, "records": RECORDS}
    proofs = connection.execute(sa.text(_PROOFS), parameters).mappings()
    rows = connection.execute(sa.text(f"{_WRITTEN} {_OFF}"), parameters).mappings()
    return [TypeProof(**row) for row in proofs], [RowOff(**row) for row in rows]


# A failed row may have been written anyway: QuickBooks computed a different total (total_mismatch).
_WRITTEN = f"""
    with written as (
      select r.record_type, r.source_label as label, case r.action when 'void' then 0 else r.amount end as meant, l.total as held
      from ledger.single_results r
      join ledger.links l on l.realm = r.realm and l.source_type = r.source_type and l.source_id = r.source_id
      where r.realm = :realm and r.run_id = :run_id and l.run_id = r.run_id and l.total is not null
        and r.action <> 'none' and (r.status in {sql_list(WRITTEN)} or r.reason_code = '{ReasonCode.TOTAL_MISMATCH}')
    )
"""  # noqa: S608 - constants of this program
_OFF = """,
    off as (
      select label, meant, held, 'QuickBooks has a different total.' as why from written where meant <> held
      union all
      select p.source_label, coalesce(p.amount, 0), 0, 'It was planned but got no result.'
      from ledger.plans l
      join ledger.planned_rows p on p.plan_id = l.plan_id and (p.phase = :records or l.undoes is not null)
      where l.realm = :realm and l.run_id = :run_id
        and not exists (select from ledger.single_results r
                        where r.run_id = l.run_id and r.source_type = p.source_type and r.source_id = p.source_id)
    )
    select label, meant, held, why from off order by abs(meant - held) desc, label limit :limit
"""
_PROOFS = (
    _WRITTEN  # noqa: S608 - built from constants of this module
    + """, money as (select record_type, sum(meant) as meant, sum(held) as held from written group by record_type),
    outcomes as (
      select p.plan_id, count(r.source_id) as rows_out, coalesce(sum(r.amount), 0) as money_out
      from ledger.plans l
      join ledger.planned_rows p on p.plan_id = l.plan_id and (p.phase = :records or l.undoes is not null)
      left join ledger.single_results r
        on r.run_id = l.run_id and r.source_type = p.source_type and r.source_id = p.source_id
      where l.realm = :realm and l.run_id = :run_id
      group by p.plan_id
    ),
    -- settled without a row of the plan: counted among what was read, so among what came out
    settled as (
      select plan_id, record_type, sum(rows) as rows_out, sum(amount) as money_out from ledger.unchanged_results
      where realm = :realm and run_id = :run_id group by plan_id, record_type
    )
    select l.record_type, sum(l.rows_in)::bigint as rows_in,
           (coalesce(sum(o.rows_out), 0) + coalesce(sum(s.rows_out), 0))::bigint as rows_out,
           sum(l.money_in) as money_in, coalesce(sum(o.money_out), 0) + coalesce(sum(s.money_out), 0) as money_out,
           coalesce(max(m.meant), 0) as meant, coalesce(max(m.held), 0) as held
    from ledger.plans l
    left join outcomes o using (plan_id)
    left join settled s using (plan_id, record_type)
    left join money m using (record_type)
    where l.realm = :realm and l.run_id = :run_id
    group by l.record_type order by l.record_type
"""
)
