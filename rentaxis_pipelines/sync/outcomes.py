"""What became of rows, from their sums: by outcome, and why what was skipped was skipped. Pure; used by the UI, the screen and files.

Rows of a preview are skipped as ``preview`` and say in ``action`` what would be done: those are outcomes of their own here.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from rentaxis_pipelines.ledger.run_results import DaySum
from rentaxis_pipelines.model.reasons import REASONS, ReasonCode

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


def outcome_of(rows: DaySum) -> Outcome:
    """The outcome of these rows."""
    if rows.reason_code == ReasonCode.PREVIEW:
        return _WOULD.get(rows.action, "skipped")
    return rows.status  # pyright: ignore[reportReturnType] - the ledger has no other status


def is_preview(sums: Iterable[DaySum]) -> bool:
    """Whether the rows are those of a preview that would have done something."""
    return any(each.reason_code == ReasonCode.PREVIEW for each in sums)


def whole(sums: Iterable[DaySum]) -> Tally:
    """All rows, and their money."""
    rows, money = 0, Decimal(0)
    for each in sums:
        rows, money = rows + each.rows, money + each.amount
    return Tally(rows, money)


def tally(sums: Iterable[DaySum]) -> dict[Outcome, Tally]:
    """Rows and money by outcome; an outcome that no row has is left out."""
    by_outcome: dict[Outcome, list[DaySum]] = {}
    for each in sums:
        by_outcome.setdefault(outcome_of(each), []).append(each)
    return {outcome: whole(group) for outcome, group in by_outcome.items()}


def why(sums: Iterable[DaySum], outcome: Outcome) -> list[Cause]:
    """Why rows have that outcome, most rows first."""
    by_code: dict[str, list[DaySum]] = {}
    for each in sums:
        if outcome_of(each) == outcome:
            by_code.setdefault(each.reason_code, []).append(each)
    totals = {code: whole(group) for code, group in by_code.items()}
    causes = [Cause(code, _meaning(code), total.rows, total.money) for code, total in totals.items()]
    return sorted(causes, key=lambda cause: (-cause.rows, cause.code))


def nothing_pushed(sums: Sequence[DaySum]) -> list[str]:
    """For each record type of which a run that was no preview pushed nothing, though none of it stands in QuickBooks as it should: why.

    A run that passed over all that was chosen has no failed row, and must not look as if everything went through.
    """
    if not sums:
        return ["Nothing was pushed: RentAxis has no matching records."]
    if is_preview(sums):
        return []
    said: list[str] = []
    for record_type in dict.fromkeys(each.record_type for each in sums):
        of_type = [each for each in sums if each.record_type == record_type]
        if any(each.status != "skipped" or each.reason_code == ReasonCode.UNCHANGED for each in of_type):
            continue
        causes = " ".join(f"{cause.rows:,}: {cause.meaning}" for cause in why(of_type, "skipped"))
        said.append(f"No {record_type} were pushed. {causes}")
    return said


def _meaning(code: str) -> str:
    return REASONS[ReasonCode(code)].meaning if code else ""
