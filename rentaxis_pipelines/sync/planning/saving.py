"""Writing a plan down, all at once or chunk by chunk: the end of every planning, whatever it was made of.

Here: what all plans go through before they are saved - parents that an earlier plan of the run makes already, what stands in QuickBooks,
the plan that was approved - and saving. Not here: the rows themselves (``planner``, ``plan_customers``), any of these rules
(``standing``, ``approval``).
"""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from rentaxis_pipelines.ledger import growing_plans, plans, requests
from rentaxis_pipelines.model.phases import RECORDS
from rentaxis_pipelines.model.plans import Plan, PlannedRow
from rentaxis_pipelines.model.previews import SHORT
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.refusal import Refusal, decided_by
from rentaxis_pipelines.quickbooks.compare import in_words
from rentaxis_pipelines.sync.known_links import ids_by_type, links_of_keys
from rentaxis_pipelines.sync.planning.approval import Approved, held_to, parents_named
from rentaxis_pipelines.sync.planning.plan_context import PlanContext
from rentaxis_pipelines.sync.planning.planned import Subject
from rentaxis_pipelines.sync.planning.standing import as_they_stand
from rentaxis_pipelines.sync.run import Run

_LOOKED_AT = 5_000  # rows at most: with each comes its object as QuickBooks has it


@dataclass
class OpenPlan:
    """A plan that is being written down. ``at``: the position of its next row, which is how many it has."""

    context: PlanContext
    plan_id: str
    record_type: str
    at: int = 0


def open_plan(context: PlanContext, record_type: str) -> OpenPlan:
    """A plan without a row yet; commits. Should its run die now, the next one closes it as any other (``recover``)."""
    run, request = context.run, context.request
    plan = Plan(
        plan_id=uuid.uuid4().hex,
        realm=run.realm,
        run_id=run.run_id,
        record_type=record_type,
        first_day=context.days.first_day,
        last_day=context.days.last_day,
        forced=request.force,
        dry_run=request.preview,
        one_record=request.record is not None,
        settings="",  # those of a plan that is whole
        requested_by=run.requested_by,
        rows_in=0,
        money_in=Decimal("0.00"),
        created_at=run.now(),
        undoes=None if request.undo is None else request.undo.run_id,
    )
    plans.save_plan(run.connection, plan, ())
    run.connection.commit()
    return OpenPlan(context, plan.plan_id, record_type)


def save(
    context: PlanContext, record_type: str, rows: Sequence[PlannedRow], source: Sequence[Subject]
) -> str:
    """Write a whole plan down and commit; returns its id. ``source``: every record read, before any rule looked at it.

    Raises QuickBooksError where what stands in QuickBooks cannot be read.
    """
    opened = open_plan(context, record_type)
    save_all(opened, rows, source)
    return opened.plan_id


def save_all(opened: OpenPlan, rows: Sequence[PlannedRow], source: Sequence[Subject]) -> None:
    """The same for a plan that is open: these are all its rows."""
    rows, source = chosen_of(opened.context, rows, source)
    add(opened, as_they_may_go(opened.context, rows), [subject.amount for subject in source])
    close(opened)


def save_decided(context: PlanContext, record_type: str, rows: Sequence[PlannedRow]) -> str:
    """Write down rows that are decided already, of records nothing was read of; returns the plan's id. Commits."""
    opened = open_plan(context, record_type)
    add(opened, rows, [row.amount for row in rows])
    close(opened)
    return opened.plan_id


def chosen_of(
    context: PlanContext, rows: Sequence[PlannedRow], source: Sequence[Subject]
) -> tuple[Sequence[PlannedRow], Sequence[Subject]]:
    """Of these rows and records those that belong to this plan: not what an earlier plan of the run makes already, nor what was not
    chosen.
    """
    if context.request.ahead:
        rows = _not_planned_before(context.run, rows)
    if context.approved is not None and context.approved.only_these:
        approved = context.approved.rows
        rows = [row for row in rows if (row.source_type, row.source_id) in approved]
        source = [each for each in source if (each.source_type, each.source_id) in approved]
    return rows, source


def is_looked_at(context: PlanContext) -> bool:
    """Whether rows are compared with QuickBooks, or with an approved plan, before they are written down."""
    return context.request.ahead or context.asks_to_overwrite or context.approved is not None


def as_they_may_go(context: PlanContext, rows: Sequence[PlannedRow]) -> Sequence[PlannedRow]:
    """The rows, with those decided that may not go as they are. Raises QuickBooksError."""
    if context.request.ahead or context.asks_to_overwrite:
        rows = as_they_stand(context, rows)
    if context.approved is not None:
        return _as_approved(context, context.approved, rows)
    if context.asks_to_overwrite:
        return [_asking(context.run, row) for row in rows]
    return rows


def add(opened: OpenPlan, rows: Sequence[PlannedRow], amounts: Sequence[Decimal]) -> None:
    """Write these rows down behind those the plan has, and count the records they are about, in one commit."""
    run = opened.context.run
    generations = _generations(run, rows)
    ordered = sorted(rows, key=lambda row: row.phase)
    growing_plans.add_rows(
        run.connection,
        (
            msgspec.structs.replace(
                row,
                plan_id=opened.plan_id,
                position=position,
                generation=generations.get((row.source_type, row.source_id), 0),
            )
            for position, row in enumerate(ordered, start=opened.at)
        ),
    )
    growing_plans.count_in(run.connection, opened.plan_id, len(amounts), sum(amounts, Decimal("0.00")))
    run.connection.commit()
    opened.at += len(ordered)
    run.progress.add(planned=len(ordered))


def look_at_all(opened: OpenPlan, size: int) -> None:
    """``as_they_may_go`` for rows that are written down already, so many at a time. Commits. Raises QuickBooksError."""
    context, last = opened.context, -1
    while rows := growing_plans.rows_after(context.connection, opened.plan_id, last, min(size, _LOOKED_AT)):
        looked_at = as_they_may_go(context, rows)
        changed = [row for row, was in zip(looked_at, rows, strict=True) if row != was]
        positions = [row.position for row in changed]
        growing_plans.replace_rows(context.connection, opened.plan_id, positions, changed)
        context.connection.commit()
        last = rows[-1].position


def close(opened: OpenPlan) -> None:
    """The plan is whole from here on; commits."""
    connection = opened.context.connection
    growing_plans.close(connection, opened.plan_id, opened.context.settings)
    connection.commit()


def start_over(opened: OpenPlan) -> None:
    """Take back all rows that were added: nothing of them was sent. Commits. What was settled without being read stays."""
    run = opened.context.run
    growing_plans.drop_rows(run.connection, opened.plan_id)
    run.connection.commit()
    run.progress.add(planned=-opened.at)
    opened.at = 0


def overwrites_id(run_id: str) -> str:
    """The id of the plan that holds what force would overwrite, of that run."""
    return hashlib.sha256(f"overwrites of {run_id}".encode()).hexdigest()[:32]


def _not_planned_before(run: Run, rows: Sequence[PlannedRow]) -> list[PlannedRow]:
    """Without the customers, vendors, classes and locations that an earlier plan of this run makes or changes already."""
    parents = [(row.source_type, row.source_id) for row in rows if row.phase < RECORDS]
    before = growing_plans.to_be_sent(run.connection, run.realm, run.run_id, parents)
    return [row for row in rows if row.phase >= RECORDS or (row.source_type, row.source_id) not in before]


def _as_approved(context: PlanContext, approved: Approved, rows: Sequence[PlannedRow]) -> list[PlannedRow]:
    """The rows held to the plan that was approved."""
    keys = {(row.source_type, row.source_id) for row in rows}
    parents = parents_named(approved.rows[key] for key in keys if key in approved.rows)
    return held_to(approved, rows, links_of_keys(context.connection, context.realm, keys | parents))


def _asking(run: Run, row: PlannedRow) -> PlannedRow:
    """The row, which waits for an approval where force would overwrite what a person changed."""
    if row.status is not None or not row.edited:
        return row
    plan = overwrites_id(run.run_id)[:SHORT]
    why = Refusal(
        ReasonCode.NEEDS_APPROVAL,
        f"Somebody changed {row.source_label} in QuickBooks ({in_words(row.edited)}), and force would overwrite that.",
        f"It is stored in plan {plan}: review it (rentaxis-sync plans {plan}); if RentAxis' version is right, approve it "
        f"(rentaxis-sync approve {plan}).",
    )
    return msgspec.structs.replace(row, **decided_by(why))


def _generations(run: Run, rows: Sequence[PlannedRow]) -> dict[tuple[str, str], int]:
    """The generation of each row to be sent: one more than was ever sent, so that no request id is used again.

    Every earlier request is settled before a run plans (``recover``); an old id would only bring an old answer back.
    """
    to_send = ids_by_type((row.source_type, row.source_id) for row in rows if row.status is None)
    return {
        (source_type, source_id): generation + 1
        for source_type, ids in to_send.items()
        for source_id, generation in requests.generations(run.connection, run.realm, source_type, ids).items()
    }
