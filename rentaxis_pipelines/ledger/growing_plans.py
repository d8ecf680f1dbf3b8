"""A plan that is written down chunk by chunk: rows added, taken back or put in another order while nothing of it was sent. The caller commits.

Not here: a plan that is whole (``plans``), what was settled for it without being read (``settled``).
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import batched, execute, fetch, insert
from rentaxis_pipelines.model.plans import Plan, PlannedRow

_AT_A_TIME = 3_000


def add_rows(connection: sa.Connection, rows: Iterable[PlannedRow]) -> None:
    """Save rows of a plan that is saved already."""
    for some in batched(rows, _AT_A_TIME):
        insert(connection, "planned_rows", some)


def count_in(connection: sa.Connection, plan_id: str, rows: int, money: Decimal) -> None:
    """Count records that were read for the plan, and what they come to."""
    statement = "update ledger.plans set rows_in = rows_in + :rows, money_in = money_in + :money where plan_id = :plan_id"
    execute(connection, statement, plan_id=plan_id, rows=rows, money=money)


def count_settled(connection: sa.Connection, plan_id: str) -> None:
    """Count what was settled for the plan without being read, and nothing else."""
    statement = """update ledger.plans set rows_in = settled.rows, money_in = settled.amount
                   from (select coalesce(sum(rows), 0) as rows, coalesce(sum(amount), 0.00) as amount
                         from ledger.unchanged_results u join ledger.plans p using (plan_id)
                         where p.plan_id = :plan_id and u.record_type = p.record_type) settled
                   where plan_id = :plan_id"""
    execute(connection, statement, plan_id=plan_id)


def drop_rows(connection: sa.Connection, plan_id: str) -> None:
    """Forget all rows; what was settled without being read stays, and is counted."""
    execute(connection, "delete from ledger.planned_rows where plan_id = :plan_id", plan_id=plan_id)
    count_settled(connection, plan_id)


def close(connection: sa.Connection, plan_id: str, settings: str) -> None:
    """Every record of the plan has its row: from here on it says which settings it was made under (``is_whole``)."""
    execute(
        connection,
        "update ledger.plans set settings = :settings where plan_id = :plan_id",
        plan_id=plan_id,
        settings=settings,
    )


def is_whole(plan: Plan) -> bool:
    """Whether its run got as far as the last record, and did not die before."""
    return plan.settings != ""


def rows_after(connection: sa.Connection, plan_id: str, position: int, limit: int) -> list[PlannedRow]:
    """So many rows after that position, in plan order."""
    statement = """select * from ledger.planned_rows where plan_id = :plan_id and position > :position
                   order by position limit :limit"""
    return fetch(connection, PlannedRow, statement, plan_id=plan_id, position=position, limit=limit)


def rows_sharing(connection: sa.Connection, plan_id: str, keys: Iterable[str]) -> list[PlannedRow]:
    """The rows to send that have one of these conflict keys, in plan order."""
    statement = """select * from ledger.planned_rows
                   where plan_id = :plan_id and status is null and conflict_keys && cast(:keys as text[]) order by position"""
    return fetch(connection, PlannedRow, statement, plan_id=plan_id, keys=list(keys))


def replace_rows(
    connection: sa.Connection, plan_id: str, positions: Iterable[int], rows: Iterable[PlannedRow]
) -> None:
    """Save these rows in place of those that stood at these positions."""
    statement = "delete from ledger.planned_rows where plan_id = :plan_id and position = any(:positions)"
    execute(connection, statement, plan_id=plan_id, positions=list(positions))
    add_rows(connection, rows)


def to_be_sent(
    connection: sa.Connection, realm: str, run_id: str, keys: Sequence[tuple[str, str]]
) -> set[tuple[str, str]]:
    """Those of these records, by source type and id, that the run's plans have a row to send for, as far as they are whole."""
    statement = """select distinct p.source_type, p.source_id
                   from unnest(cast(:types as text[]), cast(:ids as text[])) as wanted (source_type, source_id)
                   join ledger.planned_rows p on p.source_type = wanted.source_type and p.source_id = wanted.source_id
                   join ledger.plans l on l.plan_id = p.plan_id
                   where l.realm = :realm and l.run_id = :run_id and p.status is null and l.settings <> ''"""
    rows = execute(
        connection,
        statement,
        realm=realm,
        run_id=run_id,
        types=[source_type for source_type, _ in keys],
        ids=[source_id for _, source_id in keys],
    )
    return {(row.source_type, row.source_id) for row in rows}
