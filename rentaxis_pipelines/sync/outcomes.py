"""What became of rows, counted: by outcome, and why what was skipped was skipped. Pure; used by the UI, the screen and files.

Rows of a preview are skipped as ``preview`` and say in ``action`` what would be done: those are outcomes of their own here.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from rentaxis_pipelines.model.reasons import REASONS, ReasonCode
from rentaxis_pipelines.model.results import RowResult

Outcome = Literal["created", "updated", "would_create", "would_update", "would_void", "skipped", "failed"]
DONE: tuple[Outcome, ...] = ("created", "updated", "skipped", "failed")
WOULD: tuple[Outcome, ...] = ("would_create", "would_update", "would_void", "skipped", "failed")
_WOULD: dict[str, Outcome] = {
    "create": "would_create",
    "update": "would_update",
    "void": "would_void",
    "delete": "would_void",  # it leaves the books in the same way
}


class Tally(msgspec.Struct, frozen=True):
    """Rows of one outcome or cause, and their money."""

    rows: int
    money: Decimal


class Cause(msgspec.Struct, frozen=True):
    """Rows that share a reason code; ``meaning`` is a sentence for an accountant."""

    code: str
    meaning: str
    rows: int
    money: Decimal


def outcome_of(row: RowResult) -> Outcome:
    """The outcome of one row."""
    if row.reason_code == ReasonCode.PREVIEW:
        return _WOULD.get(row.action, "skipped")
    return row.status


def is_preview(rows: Iterable[RowResult]) -> bool:
    """Whether the rows are those of a preview that would have done something."""
    return any(row.reason_code == ReasonCode.PREVIEW for row in rows)


def tally(rows: Sequence[RowResult]) -> dict[Outcome, Tally]:
    """Rows and money by outcome; an outcome that no row has is left out."""
    by_outcome: dict[Outcome, list[Decimal]] = {}
    for row in rows:
        by_outcome.setdefault(outcome_of(row), []).append(row.amount)
    return {outcome: Tally(len(amounts), sum(amounts, Decimal(0))) for outcome, amounts in by_outcome.items()}


def why(rows: Sequence[RowResult], outcome: Outcome) -> list[Cause]:
    """Why rows have that outcome, most rows first."""
    by_code: dict[str, list[Decimal]] = {}
    for row in rows:
        if outcome_of(row) == outcome:
            by_code.setdefault(row.reason_code or "", []).append(row.amount)
    causes = [
        Cause(code, _meaning(code), len(amounts), sum(amounts, Decimal(0)))
        for code, amounts in by_code.items()
    ]
    return sorted(causes, key=lambda cause: (-cause.rows, cause.code))


def nothing_pushed(rows: Sequence[RowResult]) -> list[str]:
    """For each record type of which a run that was no preview pushed nothing, though none of it stands in QuickBooks as it should: why.

    A run that passed over all that was chosen has no failed row, and must not look as if everything went through.
    """
    if not rows:
        return ["Nothing was pushed: RentAxis has no matching records."]
    if is_preview(rows):
        return []
    by_type: dict[str, list[RowResult]] = {}
    for row in rows:
        by_type.setdefault(row.record_type, []).append(row)
    said: list[str] = []
    for record_type, rows_of_type in by_type.items():
        if any(row.status != "skipped" or row.reason_code == ReasonCode.UNCHANGED for row in rows_of_type):
            continue
        causes = " ".join(f"{cause.rows:,}: {cause.meaning}" for cause in why(rows_of_type, "skipped"))
        said.append(f"No {record_type} were pushed. {causes}")
    return said


def _meaning(code: str) -> str:
    return REASONS[ReasonCode(code)].meaning if code else ""
