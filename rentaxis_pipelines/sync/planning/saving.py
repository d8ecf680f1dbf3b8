"""Writing a plan down: the end of every planning, whatever it was made of.

Here: what all plans go through before they are saved - parents that an earlier plan of the run makes already, what stands in QuickBooks,
the plan that was approved - and saving. Not here: the rows themselves (``planner``, ``plan_customers``), any of these rules
(``standing``, ``approval``).
"""

import hashlib
import uuid
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from rentaxis_pipelines.ledger import plans, requests
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


def save(
    context: PlanContext, record_type: str, rows: Sequence[PlannedRow], source: Sequence[Subject]
) -> str:
    """Write the plan down and commit; returns its id. ``source``: every record read, before any rule looked at it.

    Raises QuickBooksError where what stands in QuickBooks cannot be read.
    """
    if context.request.ahead:
        rows = _not_planned_before(context.run, rows)
    if context.approved is not None and context.approved.only_these:
        approved = context.approved.rows
        rows = [row for row in rows if (row.source_type, row.source_id) in approved]
        source = [each for each in source if (each.source_type, each.source_id) in approved]
    if context.request.ahead or context.asks_to_overwrite:
        rows = as_they_stand(context, rows)
    if context.approved is not None:
        rows = _as_approved(context, context.approved, rows)
    elif context.asks_to_overwrite:
        rows = [_asking(context.run, row) for row in rows]
    return _saved(context, record_type, rows, [subject.amount for subject in source])


def save_decided(context: PlanContext, record_type: str, rows: Sequence[PlannedRow]) -> str:
    """Write down rows that are decided already, of records nothing was read of; returns the plan's id. Commits."""
    return _saved(context, record_type, rows, [row.amount for row in rows])


def overwrites_id(run_id: str) -> str:
    """The id of the plan that holds what force would overwrite, of that run."""
    return hashlib.sha256(f"overwrites of {run_id}".encode()).hexdigest()[:32]


def _not_planned_before(run: Run, rows: Sequence[PlannedRow]) -> list[PlannedRow]:
    """Without the customers, vendors, classes and locations that an earlier plan of this run makes or changes already."""
    before = plans.planned_for(run.connection, run.realm, run.run_id, to_send=True)
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


def _saved(
    context: PlanContext, record_type: str, rows: Sequence[PlannedRow], amounts: Sequence[Decimal]
) -> str:
    run, request = context.run, context.request
    plan_id = uuid.uuid4().hex
    plan = Plan(
        plan_id=plan_id,
        realm=run.realm,
        run_id=run.run_id,
        record_type=record_type,
        first_day=context.days.first_day,
        last_day=context.days.last_day,
        forced=request.force,
        dry_run=request.preview,
        one_record=request.record is not None,
        settings=context.settings,
        requested_by=run.requested_by,
        rows_in=len(amounts),
        money_in=sum(amounts, Decimal("0.00")),
        created_at=run.now(),
        undoes=None if request.undo is None else request.undo.run_id,
    )
    generations = _generations(run, rows)
    ordered = sorted(rows, key=lambda row: row.phase)
    run.progress.add(planned=len(rows))
    plans.save_plan(
        run.connection,
        plan,
        (
            msgspec.structs.replace(
                row,
                plan_id=plan_id,
                position=position,
                generation=generations.get((row.source_type, row.source_id), 0),
            )
            for position, row in enumerate(ordered)
        ),
    )
    run.connection.commit()
    return plan_id


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
