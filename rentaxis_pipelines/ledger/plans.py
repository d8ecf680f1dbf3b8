"""What a run would do, saved before anything is sent. Reads and writes of plans and planned rows; the caller commits."""

import datetime as dt
from collections.abc import Iterable, Iterator
from decimal import Decimal

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.database import PlanUnknown, RunOfAnotherCompany
from rentaxis_pipelines.ledger.sql import as_json, batched, execute, fetch, insert
from rentaxis_pipelines.model.phases import RECORDS
from rentaxis_pipelines.model.plans import Plan, PlannedRow
from rentaxis_pipelines.model.reasons import HELD, ReasonCode
from rentaxis_pipelines.model.refusal import UNDECIDED

_CHUNK = 3_000  # a multiple of 30, so that batches are full


def save_plan(connection: sa.Connection, plan: Plan, rows: Iterable[PlannedRow]) -> None:
    """Save the plan and all its rows."""
    insert(connection, "plans", [plan])
    for chunk in batched(rows, _CHUNK):
        insert(connection, "planned_rows", chunk)


def plan_of(connection: sa.Connection, realm: str, plan_id: str) -> Plan:
    """The plan's head. Raises PlanUnknown if the realm has no such plan, though another realm may."""
    statement = "select * from ledger.plans where plan_id = :plan_id and realm = :realm"
    plans = fetch(connection, Plan, statement, plan_id=plan_id, realm=realm)
    if not plans:
        raise PlanUnknown(
            f"QuickBooks company {realm} has no plan {plan_id}, so nothing was sent. Launch the range again for this "
            "company: it is then planned again."
        )
    return plans[0]


def refuse_run_of_another_realm(connection: sa.Connection, realm: str, run_id: str) -> None:
    """Raises RunOfAnotherCompany if a run of that id has planned for another realm: a run is about one company."""
    statement = "select realm from ledger.plans where run_id = :run_id and realm <> :realm limit 1"
    other = execute(connection, statement, run_id=run_id, realm=realm).scalar_one_or_none()
    if other is not None:
        raise RunOfAnotherCompany(
            f"Run {run_id} has planned for QuickBooks company {other}, but the settings are now those of {realm}. "
            "Nothing was sent. Launch the range again."
        )


def phases(connection: sa.Connection, plan_id: str) -> list[int]:
    """The phases with something to send, in order."""
    statement = "select distinct phase from ledger.planned_rows where plan_id = :plan_id and status is null order by phase"
    rows = execute(connection, statement, plan_id=plan_id)
    return [row.phase for row in rows]


# Each row is looked up by its record: by the plan alone, which no index is asked for this way, all results of it would be read for each.
_WITHOUT_RESULT = """not exists (
  select from ledger.single_results r
  where r.realm = (select l.realm from ledger.plans l where l.plan_id = :plan_id)
    and r.source_type = p.source_type and r.source_id = p.source_id and r.plan_id is not distinct from p.plan_id)"""


def how_many_to_send(connection: sa.Connection, plan_id: str) -> int:
    """The number of rows ``rows_to_send`` would return, over all phases."""
    statement = sa.text(
        f"""select count(*) from ledger.planned_rows p
            where p.plan_id = :plan_id and p.status is null and {_WITHOUT_RESULT}"""  # noqa: S608 - a constant of this module
    )
    return connection.execute(statement, {"plan_id": plan_id}).scalar_one()


def rows_to_send(connection: sa.Connection, plan_id: str, phase: int) -> Iterator[list[PlannedRow]]:
    """Rows to send of a phase, without a result yet, in plan order, one chunk at a time."""
    last = -1
    while True:
        statement = f"""select p.* from ledger.planned_rows p
                        where p.plan_id = :plan_id and p.phase = :phase and p.status is null and p.position > :last
                          and {_WITHOUT_RESULT}
                        order by p.position limit :limit"""  # noqa: S608 - a constant of this module
        chunk = fetch(
            connection, PlannedRow, statement, plan_id=plan_id, phase=phase, last=last, limit=_CHUNK
        )
        if not chunk:
            return
        last = chunk[-1].position
        yield chunk


def rows_with_release(connection: sa.Connection, plan_id: str) -> list[PlannedRow]:
    """Rows to send that unapply something before anything else of the plan is sent, in plan order."""
    statement = """select * from ledger.planned_rows
                   where plan_id = :plan_id and status is null and release is not null order by position"""
    return fetch(connection, PlannedRow, statement, plan_id=plan_id)


def released(connection: sa.Connection, plan_id: str) -> set[tuple[str, str]]:
    """The records of the plan that QuickBooks has unapplied something for."""
    statement = """select distinct source_type, source_id from ledger.request_rows
                   where plan_id = :plan_id and operation = 'release' and outcome = 'answered'"""
    rows = execute(connection, statement, plan_id=plan_id)
    return {(row.source_type, row.source_id) for row in rows}


def planned_for(connection: sa.Connection, realm: str, run_id: str) -> set[tuple[str, str]]:
    """Records, by source type and id, that the run's plans have a row for."""
    statement = """select p.source_type, p.source_id from ledger.planned_rows p join ledger.plans l using (plan_id)
                   where l.realm = :realm and l.run_id = :run_id"""
    rows = execute(connection, statement, realm=realm, run_id=run_id)
    return {(row.source_type, row.source_id) for row in rows}


def copy_asking(connection: sa.Connection, plan_id: str, run_id: str, at: dt.datetime) -> int:
    """Copy the rows of the plan that wait for an approval into a plan of their own under ``run_id``, undecided; returns how many."""
    rows = fetch(
        connection,
        PlannedRow,
        "select * from ledger.planned_rows where plan_id = :plan_id and reason_code = :code order by position",
        plan_id=plan_id,
        code=ReasonCode.NEEDS_APPROVAL.value,
    )
    if not rows:
        return 0
    (plan,) = fetch(connection, Plan, "select * from ledger.plans where plan_id = :plan_id", plan_id=plan_id)
    copy_id = f"{run_id[:16]}{plan_id[:16]}"
    chosen = [row for row in rows if row.phase == RECORDS]
    copy = msgspec.structs.replace(
        plan,
        plan_id=copy_id,
        run_id=run_id,
        dry_run=True,
        rows_in=len(chosen),
        money_in=sum((row.amount for row in chosen), Decimal("0.00")),
        finished_at=at,
    )
    save_plan(connection, copy, (msgspec.structs.replace(row, plan_id=copy_id, **UNDECIDED) for row in rows))
    return len(rows)


def rows_at(connection: sa.Connection, plan_id: str, positions: Iterable[int]) -> dict[int, PlannedRow]:
    """Planned rows by position."""
    statement = "select * from ledger.planned_rows where plan_id = :plan_id and position = any(:positions)"
    rows = fetch(connection, PlannedRow, statement, plan_id=plan_id, positions=list(positions))
    return {row.position: row for row in rows}


def waiting_changes(connection: sa.Connection, realm: str, run_id: str, source_type: str) -> list[PlannedRow]:
    """This run's planned changes of such records that were held because of what is applied to them, or that QuickBooks refused."""
    statement = """select p.* from ledger.single_results r
                   join ledger.planned_rows p on p.plan_id = r.plan_id and p.source_type = r.source_type and p.source_id = r.source_id
                   where r.realm = :realm and r.run_id = :run_id and r.source_type = :source_type
                     and r.status = 'failed' and r.reason_code = any(:held) and r.action in ('update', 'void')
                     and p.payload is not null
                   order by p.position"""
    return fetch(
        connection,
        PlannedRow,
        statement,
        realm=realm,
        run_id=run_id,
        source_type=source_type,
        held=list(HELD),
    )


def complete_rows(connection: sa.Connection, rows: Iterable[PlannedRow]) -> None:
    """Save the payload of rows whose parents have been created in the meantime, before they are sent."""
    for chunk in batched(rows, _CHUNK):
        statement = """update ledger.planned_rows p set payload = n.payload, mapped = n.mapped, content_hash = n.content_hash, pending = n.pending
                       from json_populate_recordset(null::ledger.planned_rows, :rows) n
                       where p.plan_id = n.plan_id and p.position = n.position"""
        execute(connection, statement, rows=as_json(chunk))


def finish_plan(connection: sa.Connection, plan_id: str, at: dt.datetime) -> None:
    """Record that every row of the plan has its result."""
    execute(
        connection,
        "update ledger.plans set finished_at = :at where plan_id = :plan_id",
        plan_id=plan_id,
        at=at,
    )


def unfinished_plans(connection: sa.Connection, realm: str, besides_run: str) -> list[str]:
    """Plans of other runs that never finished: those runs died."""
    statement = """select plan_id from ledger.plans where realm = :realm and run_id <> :run_id and finished_at is null
                   order by created_at, plan_id"""
    rows = execute(connection, statement, realm=realm, run_id=besides_run)
    return [row.plan_id for row in rows]


class PushedRun(msgspec.Struct, frozen=True):
    """A run with its first and last day, both inclusive. ``finished_at``: when its last plan ended, None if a plan did not end."""

    run_id: str
    first_day: dt.date
    last_day: dt.date
    started_at: dt.datetime
    finished_at: dt.datetime | None


class MeantRun(msgspec.Struct, frozen=True):
    """A run whose id begins as somebody wrote. ``preview``: it only showed what would be done."""

    run_id: str
    realm: str
    preview: bool


def runs_meant(connection: sa.Connection, beginning: str) -> list[MeantRun]:
    """The runs of any realm whose id begins so, newest first."""
    statement = """select run_id, realm, bool_and(dry_run) as preview from ledger.plans
                   where left(run_id, length(:beginning)) = :beginning
                   group by run_id, realm order by min(created_at) desc"""
    return fetch(connection, MeantRun, statement, beginning=beginning)
