"""Holding a plan to the one that was approved: pure, rows as they were seen and as they are planned now in, rows that may be sent out.

Not here: reading either (``sync.previews``), the state in QuickBooks (``standing``), which rows a person chose (``sync.selection``).
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

import msgspec

from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.payload import as_ordered
from rentaxis_pipelines.model.phases import RECORDS
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.refusal import Refusal, decided_by, refusal
from rentaxis_pipelines.quickbooks.compare import changes_between, in_words, same_content
from rentaxis_pipelines.sync.pushing.push import PENDING, pending_id

_DONE = {
    "create": "created",
    "update": "updated",
    "void": "voided",
    "delete": "deleted",
    "none": "left as it is",
}


class Approved(msgspec.Struct, frozen=True, kw_only=True):
    """What a person approved. ``rows``: those of the stored plan, by record; where a record has several, the one that was to be sent.

    ``held_first``: why a record that has several was held at first. ``chosen``: the records that may be sent. ``only_these``: records
    that are not in the plan are no part of the run at all. ``earlier_runs``: runs that pushed some of it and died. ``who``: the person.
    """

    short_id: str
    rows: Mapping[Key, PlannedRow]
    held_first: Mapping[Key, str]
    chosen: frozenset[Key]
    only_these: bool
    made_at: dt.datetime
    earlier_runs: frozenset[str]
    who: str


def by_record(rows: Iterable[PlannedRow]) -> dict[Key, PlannedRow]:
    """The rows of all plans of a preview by their record; of several the one that was to be sent."""
    known: dict[Key, PlannedRow] = {}
    for row in rows:
        key = (row.source_type, row.source_id)
        if key not in known or row.status is None:
            known[key] = row
    return known


def held_first(rows: Sequence[PlannedRow]) -> dict[Key, str]:
    """Why rows were held for which another one was to be sent later in the plan: an invoice that follows its payments."""
    sent = {(row.source_type, row.source_id) for row in rows if row.status is None}
    return {
        key: row.reason_code
        for row in rows
        if row.reason_code is not None and row.status and (key := (row.source_type, row.source_id)) in sent
    }


def by_record_type(rows: Iterable[PlannedRow]) -> dict[str, list[PlannedRow]]:
    """Rows by record type."""
    by_type: dict[str, list[PlannedRow]] = {}
    for row in rows:
        by_type.setdefault(row.record_type, []).append(row)
    return by_type


def parents_named(rows: Iterable[PlannedRow]) -> set[Key]:
    """The parents that approved rows name and that the plan was to make first."""
    named = {parent for row in rows for parent in row.pending}
    return {cast(Key, tuple(parent.split("/", 1))) for parent in named}


def held_to(approved: Approved, rows: Sequence[PlannedRow], links: Mapping[Key, Link]) -> list[PlannedRow]:
    """The rows of which only those are still to be sent that were approved just so. ``links``: of the records, and of the parents
    that approved rows name.
    """
    ids = {
        pending_id(*key): link.quickbooks_id
        for key, link in links.items()
        if link.origin == "created" and link.state == "live"
    }
    return [_held(approved, row, links, ids) for row in rows]


def _held(
    approved: Approved, row: PlannedRow, links: Mapping[Key, Link], ids: Mapping[str, str]
) -> PlannedRow:
    key = (row.source_type, row.source_id)
    seen, link = approved.rows.get(key), links.get(key)
    if row.status is None:
        why = _why_not(approved, seen, row, link, ids)
        return row if why is None else msgspec.structs.replace(row, **decided_by(why))
    # What an undo deleted has no link any more.
    pushed_since = row.undoes is not None or (link is not None and link.updated_at > approved.made_at)
    follows = row.reason_code is not None and approved.held_first.get(key) == row.reason_code
    done = row.reason_code == ReasonCode.UNCHANGED and pushed_since
    if seen is None or seen.status is not None or follows or done:
        return row
    if key not in approved.chosen:
        return msgspec.structs.replace(row, **decided_by(_left_out(approved, row)))
    now = f"it would now be {_DONE['none']}: {row.reason or ''}"
    return msgspec.structs.replace(row, **decided_by(_changed(approved, seen, now)))


def _why_not(
    approved: Approved,
    seen: PlannedRow | None,
    row: PlannedRow,
    link: Link | None,
    ids: Mapping[str, str],
) -> Refusal | None:
    """Why a row that would be sent now is not, or None where it is just what was approved."""
    key = (row.source_type, row.source_id)
    if seen is None:
        return refusal(
            ReasonCode.NOT_APPROVED,
            f"{row.source_label} was not in plan {approved.short_id} when it was approved.",
        )
    if seen.status is None and key not in approved.chosen:
        return _left_out(approved, row)
    if seen.status is not None:
        return _changed(approved, seen, f"it would now be {_DONE[row.action]}")
    fields = _differing(seen, row, ids)
    moved = seen.action != row.action or not _same_target(seen, row)
    stood = row.standing is None or same_content(seen.standing or {}, row.standing)
    if not stood and link is not None and link.run_id in approved.earlier_runs and not moved and not fields:
        return refusal(
            ReasonCode.UNCHANGED, f"{row.source_label} was pushed by the run that was interrupted."
        )
    if moved or fields:
        return _changed(approved, seen, f"it would now be {_DONE[row.action]}{_saying(row, fields)}", fields)
    if not stood:
        changed = changes_between(seen.standing or {}, row.standing or {})
        return refusal(
            ReasonCode.CHANGED_SINCE_PREVIEW,
            f"{row.source_label} was changed in QuickBooks since plan {approved.short_id} was made ({in_words(changed)}): "
            f"then it was{_values(seen.standing, changed)}, now it is{_values(row.standing, changed)}.",
        )
    return None


def _left_out(approved: Approved, row: PlannedRow) -> Refusal:
    return refusal(
        ReasonCode.NOT_APPROVED,
        f"{row.source_label} was left out when {approved.who} approved plan {approved.short_id}.",
    )


def _changed(approved: Approved, seen: PlannedRow, now: str, fields: Sequence[str] = ()) -> Refusal:
    then = (
        f"to be {_DONE[seen.action]}{_saying(seen, fields)}"
        if seen.status is None
        else f"to be {_DONE['none']}: {(seen.reason or '').rstrip('.')}"
    )
    return refusal(
        ReasonCode.CHANGED_SINCE_PREVIEW,
        f"In plan {approved.short_id}, {seen.source_label} was {then}; {now.rstrip('.')}.",
    )


def not_planned(approved: Approved, planned: Collection[Key], links: Mapping[Key, Link]) -> list[PlannedRow]:
    """Approved rows of records that are not planned any more, each with the reason. ``planned``: all that are; ``links``: of the others."""
    rows: list[PlannedRow] = []
    for key, row in approved.rows.items():
        if row.status is not None or key not in approved.chosen or key in planned:
            continue
        link = links.get(key)
        if link is not None and link.updated_at > approved.made_at:
            why = refusal(
                ReasonCode.UNCHANGED,
                f"{row.source_label} was pushed since plan {approved.short_id} was made.",
            )
        else:
            why = _changed(approved, row, "nothing is to be done about it any more")
        rows.append(msgspec.structs.replace(row, phase=RECORDS, **decided_by(why)))
    return rows


def _same_target(seen: PlannedRow, row: PlannedRow) -> bool:
    return (seen.quickbooks_type, seen.quickbooks_id) == (row.quickbooks_type, row.quickbooks_id)


def _differing(seen: PlannedRow, row: PlannedRow, ids: Mapping[str, str]) -> list[str]:
    """The fields in which what was seen is not what would be sent now. A parent made since stands for the one that was to be made."""
    fields: list[str] = []
    for then, now in ((seen.payload, row.payload), (seen.release, row.release)):
        if then == now:
            continue
        before, after = as_ordered(_filled(then or {}, ids)), as_ordered(_filled(now or {}, ids))
        names = [*before, *(name for name in after if name not in before)]
        fields += [name for name in names if before.get(name) != after.get(name)]
    return fields


def _filled(value: Any, ids: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {name: _filled(inner, ids) for name, inner in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_filled(inner, ids) for inner in cast("Sequence[Any]", value)]
    return ids.get(value, value) if isinstance(value, str) and value.startswith(PENDING) else value


def _saying(row: PlannedRow, fields: Sequence[str]) -> str:
    return f" with{_values(row.payload, fields)}" if fields else ""


def _values(said: Mapping[str, Any] | None, fields: Sequence[str]) -> str:
    """The fields' values, each in a few words."""
    return " " + ", ".join(f"{in_words([name])} {_in_a_few_words((said or {}).get(name))}" for name in fields)


def _in_a_few_words(value: Any) -> str:
    if value in (None, "", [], {}):
        return "empty"
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    if isinstance(value, list):
        lines = cast("list[Any]", value)
        total = sum((Decimal(str(line.get("Amount") or 0)) for line in lines), Decimal(0))
        return f"of {len(lines)} for {total:,.2f}"
    if isinstance(value, Mapping):
        inner = cast("Mapping[str, Any]", value)
        return str(inner.get("name") or inner.get("value") or ", ".join(str(part) for part in inner.values()))
    return str(value)
