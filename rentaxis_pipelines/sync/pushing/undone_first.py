"""Rows of an undo that follow others: an invoice is not voided while a payment that could not be undone is applied to it.

Such a row names what it follows among its ``pending`` parents, as "undone:payment/12". Here: whether that has been undone by now, and what is
said of those that it has not. Not here: which rows follow which (``sync.undoing``).
"""

from collections.abc import Mapping, Sequence

import msgspec

from rentaxis_pipelines.ledger import plans, results
from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.record_types import PARTY_ENTITIES, PLACE_ENTITIES
from rentaxis_pipelines.model.results import WRITTEN, RowResult
from rentaxis_pipelines.sync.pushing.verdicts import NotWritten, not_written
from rentaxis_pipelines.sync.run import Run

_PREFIX = "undone:"


def undone_first(source_type: str, source_id: str) -> str:
    """What a row that follows another one says of it."""
    return f"{_PREFIX}{source_type}/{source_id}"


def _key(wanted: str) -> Key:
    source_type, _, source_id = wanted.removeprefix(_PREFIX).partition("/")
    return source_type, source_id


def held_rows(run: Run, rows: Sequence[PlannedRow]) -> tuple[list[PlannedRow], dict[int, NotWritten]]:
    """The rows whose forerunners have been undone, without naming them any more, and why each of the others stays, by position."""
    if not any(wanted.startswith(_PREFIX) for row in rows for wanted in row.pending):
        return list(rows), {}
    plan_id = rows[0].plan_id
    released = plans.released(run.connection, plan_id)
    outcomes = {(row.source_type, row.source_id): row for row in results.of_plan(run.connection, plan_id)}
    free: list[PlannedRow] = []
    held: dict[int, NotWritten] = {}
    for row in rows:
        wanted = [_key(name) for name in row.pending if name.startswith(_PREFIX)]
        missing = [key for key in wanted if key not in released and not _is_undone(outcomes.get(key))]
        if missing:
            held[row.position] = _held(row, missing, outcomes)
        else:
            others = [name for name in row.pending if not name.startswith(_PREFIX)]
            free.append(msgspec.structs.replace(row, pending=others))
    return free, held


def _is_undone(result: RowResult | None) -> bool:
    return result is not None and result.status in WRITTEN


def _held(row: PlannedRow, missing: Sequence[Key], outcomes: Mapping[Key, RowResult]) -> NotWritten:
    in_use = row.quickbooks_type in (*PARTY_ENTITIES, *PLACE_ENTITIES)
    result = next((outcomes[key] for key in missing if key in outcomes), None)
    named = result.source_label if result is not None else " ".join(missing[0])
    because = f": {result.reason}" if result is not None and result.reason else "."
    return not_written(
        ReasonCode.IN_USE if in_use else ReasonCode.HELD_BY_PAYMENT,
        f"{row.source_label} stays as it is, because {named} could not be undone{because}",
        f"See what is said of {named}, then undo the run again.",
    )
