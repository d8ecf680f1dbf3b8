"""A stored plan as people read it: who asked for what, what to look at first, the sums, what it costs, and every row. Pure.

Here: what is on the page and in which order. Not here: reading it (``plan_reading``), accounts (``plan_accounts``), fields
(``plan_changes``), and how it is laid out in Markdown, a file or on a terminal.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final, Literal

import msgspec

from rentaxis_pipelines.ledger.attention import need_of
from rentaxis_pipelines.model.plans import Plan, PlannedRow
from rentaxis_pipelines.model.previews import SHORT, Preview, PreviewState
from rentaxis_pipelines.model.reasons import REASONS, ReasonCode
from rentaxis_pipelines.model.record_types import BY_NAME
from rentaxis_pipelines.model.registry import REGISTRY
from rentaxis_pipelines.quickbooks.compare import in_words
from rentaxis_pipelines.reports.plan_accounts import (
    AccountChange,
    account_changes,
    changes_unknown_accounts,
)
from rentaxis_pipelines.reports.plan_changes import FieldChange, Words, changes_of, words_for
from rentaxis_pipelines.reports.plan_cost import Cost, cost_of
from rentaxis_pipelines.reports.plan_lists import Lists
from rentaxis_pipelines.sync.outcomes import Cause

Look = Literal["overwrites", "failed", "waiting", "to_apply", ""]
Doing = Literal["create", "update", "void", "delete", "not sent"]
DOINGS: Final[tuple[Doing, ...]] = ("create", "update", "void", "delete", "not sent")
_LOOKS: Final[tuple[Look, ...]] = ("overwrites", "failed", "waiting", "to_apply", "")
_ORDER: Final = (
    "void",
    "delete",
    "update",
    "create",
    "the same",
    "not sent",
)  # what takes away first; what force repeats late
_PLACE_OF_TYPE: Final = {kind.name: place for place, kind in enumerate(REGISTRY)}


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """``facts``: each with its heading, in the order they are read."""

    preview_id: str
    short_id: str
    title: str
    state_code: PreviewState
    state: str
    facts: list[tuple[str, str]]


class PlanRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row as it is shown. ``look``: why a person should look at it first; ``changes``: field by field."""

    look: Look
    doing: Doing
    record_type: str
    record: str
    day: dt.date
    amount: Decimal
    reason: str
    what_to_do: str
    changes: list[FieldChange]
    row: PlannedRow


class TypeSum(msgspec.Struct, frozen=True):
    """Rows and money of a record type by what would be done with them; ``rows[doing]``, ``money[doing]`` for each of ``DOINGS``."""

    record_type: str
    rows: dict[str, int]
    money: dict[str, Decimal]


class PlanPage(msgspec.Struct, frozen=True, kw_only=True):
    """``unknown_accounts``: changes whose effect on accounts cannot be told; ``why_not_sent``: why rows are not sent, most rows first."""

    head: Head
    rows: list[PlanRow]
    by_type: list[TypeSum]
    why_not_sent: list[Cause]
    by_account: list[AccountChange]
    unknown_accounts: int
    cost: Cost

    @property
    def looks(self) -> Counter[Look]:
        """How many rows there are of each reason to look first."""
        return Counter(row.look for row in self.rows if row.look)

    @property
    def sent(self) -> int:
        """Rows that would be sent."""
        return sum(row.doing != "not sent" for row in self.rows)


def plan_page(preview: Preview, plans: Sequence[Plan], rows: Sequence[PlannedRow], lists: Lists) -> PlanPage:
    """The page of a plan. ``rows``: all of them, plan by plan in the order they would be sent."""
    words = words_for(rows, lists)
    shown = sorted((row_shown(row, words) for row in rows), key=_place)
    return PlanPage(
        head=_head(preview, plans, rows),
        rows=shown,
        by_type=_by_type(shown),
        why_not_sent=_why_not_sent(shown),
        by_account=account_changes(rows, lists),
        unknown_accounts=sum(map(changes_unknown_accounts, rows)),
        cost=cost_of(rows),
    )


def doing_of(row: PlannedRow) -> Doing:
    """What would be done with it."""
    return "not sent" if row.status is not None or row.action == "none" else row.action


def row_shown(row: PlannedRow, words: Words) -> PlanRow:
    """One row as a person reads it."""
    overwrites = (
        f"Overwrites what a person changed in QuickBooks: {in_words(row.edited)}." if row.edited else ""
    )
    return PlanRow(
        look=_look(row),
        doing=doing_of(row),
        record_type=row.record_type,
        record=row.source_label,
        day=row.day,
        amount=row.amount,
        reason=" ".join(filter(None, (overwrites, row.reason))),
        what_to_do=row.how_to_fix or "",
        changes=changes_of(row, words),
        row=row,
    )


def _look(row: PlannedRow) -> Look:
    if row.edited and row.status is None:
        return "overwrites"
    return need_of(row.status or "created", row.reason_code) or ""


def place_of_type(record_type: str) -> int:
    """Sort key: where the type stands in the order of the registry, which is that of pushing."""
    return _PLACE_OF_TYPE.get(record_type, len(_PLACE_OF_TYPE))


def _place(row: PlanRow) -> tuple[object, ...]:
    """Sort key: what to look at first, then what takes something away or changes it, then what is new; the largest amount first."""
    return (
        _LOOKS.index(row.look),
        _ORDER.index("the same" if row.doing == "update" and not row.changes else row.doing),
        -abs(row.amount),
        place_of_type(row.record_type),
        row.record,
    )


def _by_type(rows: Iterable[PlanRow]) -> list[TypeSum]:
    sums: dict[str, TypeSum] = {}
    for row in rows:
        of_type = sums.setdefault(
            row.record_type,
            TypeSum(row.record_type, dict.fromkeys(DOINGS, 0), dict.fromkeys(DOINGS, Decimal("0.00"))),
        )
        of_type.rows[row.doing] += 1
        of_type.money[row.doing] += row.amount
    return sorted(sums.values(), key=lambda of_type: place_of_type(of_type.record_type))


def _why_not_sent(rows: Iterable[PlanRow]) -> list[Cause]:
    """By reason: what needs attention first, then what is rightly left alone; most rows first."""
    amounts: dict[tuple[bool, str], list[Decimal]] = {}
    for row in rows:
        if row.doing == "not sent":
            amounts.setdefault((not row.look, row.row.reason_code or ""), []).append(row.amount)
    causes = [
        (settled, Cause(code, _meaning(code), len(of_code), sum(of_code, Decimal(0))))
        for (settled, code), of_code in amounts.items()
    ]
    return [cause for _, cause in sorted(causes, key=lambda entry: (entry[0], -entry[1].rows, entry[1].code))]


def _meaning(code: str) -> str:
    return REASONS[ReasonCode(code)].meaning if code else ""


def _head(preview: Preview, plans: Sequence[Plan], rows: Sequence[PlannedRow]) -> Head:
    facts = [
        ("What", _kind(preview, rows)),
        ("Days", _days(preview, plans)),
        ("Requested by", f"{preview.requested_by}, {_at(preview.created_at)}"),
        ("Why it was made", WHY[preview.why]),
        *_choice(preview),
    ]
    return Head(
        preview_id=preview.preview_id,
        short_id=preview.short_id,
        title=f"Plan {preview.short_id}",
        state_code=preview.state,
        state=state_in_words(preview),
        facts=[(name, said) for name, said in facts if said],
    )


WHY: Final = {
    "asked": "A person asked for a preview.",
    "policy": "The company's settings ask for approval before a run like this (policies.approval).",
    "guard": "It is far more than usual, so the run was held back (policies.guard).",
    "overwrites": "It would overwrite what a person changed in QuickBooks (policies.overwrite_edits).",
}


def state_in_words(preview: Preview) -> str:
    """What became of it, in a sentence."""
    approved = f"Approved by {preview.approved_by}, {_at(preview.approved_at)}"
    run = f" by run {preview.pushed_by_run[:SHORT]}" if preview.pushed_by_run else ""
    match preview.state:
        case "planned":
            return "Not approved yet. Nothing has been sent to QuickBooks."
        case "superseded":
            newer = (
                f" by plan {preview.superseded_by[:SHORT]}" if preview.superseded_by else " by a newer plan"
            )
            return f"Superseded{newer}, made for the same request. It cannot be approved any more."
        case "approved":
            return f"{approved}. It is being planned again{run}; nothing has been sent yet."
        case "pushing":
            return f"{approved}. It is being pushed{run}."
        case "done":
            return f"{approved}. Pushed{run}, finished {_at(preview.done_at)}."


def _at(instant: dt.datetime | None) -> str:
    return f"{instant.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC" if instant else "at an unknown time"


def _kind(preview: Preview, rows: Sequence[PlannedRow]) -> str:
    request = preview.request
    if request.undo is not None:
        return f"Undo of run {request.undo.run_id[:SHORT]}"
    if request.record is not None:
        source_type, source_id = request.record
        label = next(
            (row.source_label for row in rows if (row.source_type, row.source_id) == request.record), ""
        )
        return f"Push of one record: {label or f'{source_type} {source_id}'}" + (
            ", forced" if request.force else ""
        )
    return "Push, forced: records go again even if nothing changed" if request.force else "Push"


def _days(preview: Preview, plans: Sequence[Plan]) -> str:
    """Each range with its record types where these are not all; of a record or an undo, the days of its plans."""
    if not preview.request.days:
        if not plans:
            return ""
        first, last = min(plan.first_day for plan in plans), max(plan.last_day for plan in plans)
        return f"{first}" if first == last else f"{first} to {last}"
    every = [name for name, kind in BY_NAME.items() if kind.sources]
    said: list[str] = []
    for chosen in preview.request.days:
        types = "" if set(chosen.record_types) >= set(every) else f" ({', '.join(chosen.record_types)})"
        said.append(f"{chosen.days}{types}")
    return "; ".join(said)


def _choice(preview: Preview) -> list[tuple[str, str]]:
    return [
        ("Approved only", ", ".join(preview.only_rows)),
        ("Approved without", ", ".join(preview.without_rows)),
    ]
