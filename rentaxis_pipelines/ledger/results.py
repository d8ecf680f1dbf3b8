"""The result of each record in each run. Reads of ``ledger.row_results``, writes of ``ledger.single_results``; the caller commits.

What only a result of its own can be (written, failed, refused) is asked of ``single_results``; the results of unchanged records are kept
together (``unchanged_results``). Not here: a whole run's rows (``run_results``).
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.attention import Need, need_sql
from rentaxis_pipelines.ledger.sql import execute, fetch, insert
from rentaxis_pipelines.ledger.unchanged_results import newest_of_each
from rentaxis_pipelines.model.phases import RECORDS
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.record_type import DEPOSIT
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.model.results import WRITTEN, RowResult
from rentaxis_pipelines.model.sql_values import sql_list


class Sum(msgspec.Struct, frozen=True):
    """Rows and money of one group."""

    record_type: str
    status: str
    rows: int
    amount: Decimal


class Proof(msgspec.Struct, frozen=True):
    """Rows in against rows out of one plan; ``holds`` only if both count and money agree and nothing is missing."""

    plan_id: str
    rows_in: int
    money_in: Decimal
    rows_out: int
    money_out: Decimal
    without_result: int

    @property
    def holds(self) -> bool:
        return self.without_result == 0 and self.rows_in == self.rows_out and self.money_in == self.money_out


# The plan of a bank deposit itself, after the one of payments that it let go of.
_OWN_PLAN = f"single_results.source_type = '{DEPOSIT}' and single_results.plan_id <> excluded.plan_id"


def save_results(connection: sa.Connection, results: Sequence[RowResult]) -> None:
    """Save results; a record has one result per run.

    A ``not_reached`` may be replaced by what was found out later, and a record that was not written by one that was (a customer that
    one plan of the run could not create and a later plan could). A bank deposit that let go of payments in their plan has a plan of its
    own after it, whose word counts.
    """
    insert(
        connection,
        "single_results",
        results,
        f"""on conflict (run_id, source_type, source_id) do update set
             status = excluded.status, reason_code = excluded.reason_code, reason = excluded.reason, how_to_fix = excluded.how_to_fix,
             quickbooks_id = excluded.quickbooks_id, quickbooks_number = excluded.quickbooks_number,
             quickbooks_type = excluded.quickbooks_type, action = excluded.action,
             quickbooks_url = excluded.quickbooks_url, fault_code = excluded.fault_code, intuit_tid = excluded.intuit_tid,
             request_id = excluded.request_id, attempts = excluded.attempts, finished_at = excluded.finished_at,
             plan_id = case when {_OWN_PLAN} then excluded.plan_id else single_results.plan_id end,
             amount = case when {_OWN_PLAN} then excluded.amount else single_results.amount end
           where single_results.reason_code = '{ReasonCode.NOT_REACHED}'
              or (single_results.status not in {sql_list(WRITTEN)} and excluded.status in {sql_list(WRITTEN)})
              or ({_OWN_PLAN})""",
    )


def save_decided(connection: sa.Connection, plan_id: str, at: dt.datetime) -> None:
    """Save results for the rows the plan already decided, and in a preview what would become of all others."""
    statement = """insert into ledger.single_results
                   select l.realm, p.plan_id, l.run_id, p.day, p.record_type, p.source_type, p.source_id, p.source_label,
                          p.amount, p.currency, p.action, coalesce(p.status, 'skipped'),
                          case when p.status is null then :preview else p.reason_code end,
                          case when p.status is null
                               then 'Preview: this record would be ' ||
                                    case p.action when 'create' then 'created' when 'void' then 'voided' when 'delete' then 'deleted' else 'updated' end || ' in QuickBooks.'
                                    || coalesce(' ' || p.reason, '')
                               else p.reason end,
                          case when p.status is null then 'Approve the plan to push it.' else p.how_to_fix end,
                          p.quickbooks_type, p.quickbooks_id, p.quickbooks_number, null, null, 0, null, null, p.forced, l.requested_by, :at
                   from ledger.planned_rows p join ledger.plans l using (plan_id)
                   where p.plan_id = :plan_id and (p.status is not null or l.dry_run)
                     and not exists (select from ledger.single_results r where r.run_id = l.run_id
                                     and r.source_type = p.source_type and r.source_id = p.source_id
                                     and not (p.source_type = :deposit and r.plan_id <> p.plan_id
                                              and (p.status = 'failed' or p.amount <> r.amount)))
                   on conflict (run_id, source_type, source_id) do update set
                     plan_id = excluded.plan_id, day = excluded.day, amount = excluded.amount, status = excluded.status,
                     reason_code = excluded.reason_code, reason = excluded.reason, how_to_fix = excluded.how_to_fix, finished_at = excluded.finished_at"""
    execute(connection, statement, plan_id=plan_id, at=at, preview=ReasonCode.PREVIEW.value, deposit=DEPOSIT)


def save_unreached(connection: sa.Connection, plan_id: str, why: Refusal, at: dt.datetime) -> int:
    """Save this failure for every row that was to be sent and has no result; returns how many. A bank deposit that let go of its payments in
    a plan of those has a result of that, which is not its own record's.
    """
    statement = """insert into ledger.single_results
                   select l.realm, p.plan_id, l.run_id, p.day, p.record_type, p.source_type, p.source_id, p.source_label,
                          p.amount, p.currency, p.action, 'failed', :code, :reason, :how_to_fix,
                          p.quickbooks_type, p.quickbooks_id, p.quickbooks_number, null, null, 0, null, null, p.forced, l.requested_by, :at
                   from ledger.planned_rows p join ledger.plans l using (plan_id)
                   where p.plan_id = :plan_id and p.status is null
                     and not exists (select from ledger.single_results r where r.run_id = l.run_id
                                     and r.source_type = p.source_type and r.source_id = p.source_id
                                     and not (p.source_type = :deposit and p.record_type = l.record_type and r.plan_id <> p.plan_id))
                   on conflict (run_id, source_type, source_id) do update set
                     plan_id = excluded.plan_id, day = excluded.day, amount = excluded.amount, action = excluded.action,
                     status = excluded.status, reason_code = excluded.reason_code, reason = excluded.reason,
                     how_to_fix = excluded.how_to_fix, finished_at = excluded.finished_at"""
    inserted = execute(
        connection,
        statement,
        plan_id=plan_id,
        deposit=DEPOSIT,
        code=why.code.value,
        reason=why.reason,
        how_to_fix=why.remedy,
        at=at,
    )
    return inserted.rowcount


def proof(connection: sa.Connection, plan_id: str) -> Proof:
    """Rows in = created + updated + skipped + failed, in count and in money, as the ledger has it."""
    statement = """select l.rows_in, l.money_in, o.rows_out + u.rows_out as rows_out, o.money_out + u.money_out as money_out, o.without_result
                   from ledger.plans l,
                        lateral (
                          select coalesce(sum(rows), 0) as rows_out, coalesce(sum(amount), 0) as money_out
                          from ledger.unchanged_results where plan_id = l.plan_id and record_type = l.record_type) u,
                        lateral (
                          -- the records themselves; customers, vendors and bill payments come on top, but where a run is undone
                          select count(r.source_id) filter (where p.phase = :records or l.undoes is not null) as rows_out,
                                 coalesce(sum(r.amount) filter (where p.phase = :records or l.undoes is not null), 0) as money_out,
                                 count(*) filter (where r.source_id is null) as without_result
                          from ledger.planned_rows p
                          left join ledger.single_results r
                            on r.run_id = l.run_id and r.source_type = p.source_type and r.source_id = p.source_id
                          where p.plan_id = l.plan_id) o
                   where l.plan_id = :plan_id"""
    row = execute(connection, statement, plan_id=plan_id, records=RECORDS).one()
    return Proof(plan_id, row.rows_in, row.money_in, row.rows_out, row.money_out, row.without_result)


def of_plan(connection: sa.Connection, plan_id: str) -> list[RowResult]:
    """The results of the rows of the plan so far; not of records that were settled without a row."""
    return fetch(
        connection, RowResult, "select * from ledger.single_results where plan_id = :plan_id", plan_id=plan_id
    )


def written_by_undos(connection: sa.Connection, realm: str, run_id: str) -> set[tuple[str, str]]:
    """The records, by source type and id, that undos of that run have written."""
    statement = f"""select distinct r.source_type, r.source_id from ledger.single_results r join ledger.plans p using (plan_id)
                    where p.realm = :realm and p.undoes = :run_id and r.status in {sql_list(WRITTEN)}"""  # noqa: S608 - a constant
    rows = execute(connection, statement, realm=realm, run_id=run_id)
    return {(row.source_type, row.source_id) for row in rows}


def results_of(
    connection: sa.Connection,
    realm: str,
    *,
    run_id: str,
    status: str | None = None,
    limit: int | None = None,
) -> list[RowResult]:
    """Results of a run, failed first, then largest amount first; all at once, so for ``limit`` of them or a short run (else ``run_results``)."""
    statement = """select * from ledger.row_results
                   where realm = :realm and run_id = :run_id and (cast(:status as text) is null or status = :status)
                   order by status = 'failed' desc, abs(amount) desc, day, source_type, source_id limit :limit"""
    return fetch(connection, RowResult, statement, realm=realm, run_id=run_id, status=status, limit=limit)


def newest_of(
    connection: sa.Connection, realm: str, run_id: str, source_type: str, source_ids: Iterable[str]
) -> dict[str, RowResult]:
    """The latest result of each of these records, by source id; of previews, only this run's own counts."""
    statement = f"""select newest.* from (select cast(:source_type as text) as source_type, wanted as source_id
                                          from unnest(cast(:ids as text[])) as wanted) w
                    cross join lateral ({newest_of_each("(not p.dry_run or p.run_id = :run_id)")}) newest"""  # noqa: S608 - a constant
    results = fetch(
        connection,
        RowResult,
        statement,
        realm=realm,
        run_id=run_id,
        source_type=source_type,
        ids=list(set(source_ids)),
    )
    return {result.source_id: result for result in results}


def refused_before(
    connection: sa.Connection, realm: str, source_type: str, source_ids: Iterable[str], reason: ReasonCode
) -> set[str]:
    """Which of these records were refused for that reason in any run. Not for ``unchanged``, which refuses nothing."""
    statement = """select distinct source_id from ledger.single_results
                   where realm = :realm and source_type = :type and source_id = any(:ids) and reason_code = :reason"""
    rows = execute(
        connection, statement, realm=realm, type=source_type, ids=list(source_ids), reason=reason.value
    )
    return {row.source_id for row in rows}


def sums_of_run(connection: sa.Connection, realm: str, run_id: str) -> list[Sum]:
    """Rows and money of a run by record type and status."""
    statement = """select record_type, status, sum(rows) as rows, sum(amount) as amount from ledger.run_sums
                   where realm = :realm and run_id = :run_id and rows > 0 group by record_type, status order by record_type, status"""
    return fetch(connection, Sum, statement, realm=realm, run_id=run_id)


def has_written(connection: sa.Connection, realm: str) -> bool:
    """Whether any run has written anything to that company's books."""
    statement = (
        "select exists (select from ledger.single_results where realm = :realm and status = any(:written))"
    )
    return execute(connection, statement, realm=realm, written=list(WRITTEN)).scalar_one()


def has_unreached(connection: sa.Connection, realm: str, run_id: str) -> bool:
    """Whether the run ended before all its rows were sent."""
    statement = """select exists (select from ledger.single_results
                   where realm = :realm and run_id = :run_id and reason_code = :code)"""
    code = ReasonCode.NOT_REACHED.value
    return execute(connection, statement, realm=realm, run_id=run_id, code=code).scalar_one()


def is_run(connection: sa.Connection, realm: str, run_id: str) -> bool:
    """Whether the run planned anything, even if only days without records."""
    statement = "select exists (select from ledger.plans where realm = :realm and run_id = :run_id)"
    return execute(connection, statement, realm=realm, run_id=run_id).scalar_one()


def needs_of_runs(
    connection: sa.Connection, realm: str, run_ids: Sequence[str]
) -> tuple[dict[Need, int], int]:
    """How many rows of the runs need attention, by what they need; and how many rows they have."""
    statement = f"""select {need_sql("r")} as need, sum(r.rows) as rows from ledger.run_sums r
                    where r.realm = :realm and r.run_id = any(:runs) and r.rows > 0 group by 1"""  # noqa: S608 - constants of this program
    rows = execute(connection, statement, realm=realm, runs=list(run_ids))
    counts: dict[Need | None, int] = {row.need: int(row.rows) for row in rows}
    return {need: count for need, count in counts.items() if need}, sum(counts.values())


def last_run(connection: sa.Connection, realm: str) -> str | None:
    """The run that wrote the newest result, if any."""
    of_table = (
        "(select run_id, finished_at from ledger.{} where realm = :realm order by finished_at desc limit 1)"
    )
    statement = f"""select run_id from ({of_table.format("single_results")} union all {of_table.format("unchanged_results")}) newest
                    order by finished_at desc limit 1"""  # noqa: S608 - constants of this module
    return execute(connection, statement, realm=realm).scalar_one_or_none()


def has_ledger(connection: sa.Connection) -> bool:
    """Whether the ledger's tables exist; a read does not make them."""
    return execute(connection, "select to_regclass('ledger.row_results') is not null").scalar_one()
