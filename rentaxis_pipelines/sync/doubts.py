"""Rows in doubt: look into QuickBooks before anything is sent again.

A create whose answer is missing is looked for by its readable key, and is ours only if it carries our marker (a customer
or vendor: if it was made after we wrote the request down). Found: adopted. Not found, and nothing can still be running: sent
again. Changes are safe to repeat, because QuickBooks carries out one change for a SyncToken at most; they are read
again and compared with what we wrote.

Here: reading and deciding. Not here: what is written down then (``settle``), sending again (``push``).
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from rentaxis_pipelines.ledger import links
from rentaxis_pipelines.ledger.reasons import ReasonCode
from rentaxis_pipelines.ledger.rows import Link, PlannedRow, RequestRow
from rentaxis_pipelines.mapping.text import parse_marker
from rentaxis_pipelines.sync.batching import Prepared
from rentaxis_pipelines.sync.compare import differences
from rentaxis_pipelines.sync.run import Run
from rentaxis_pipelines.sync.settle import NAME_LISTS, Final
from rentaxis_pipelines.sync.verdicts import NotExecuted, Refused, Stale, Taken, Unknown, Written, refusal

# How QuickBooks can be asked for a record by a key we gave it (Intuit's reference: these are filterable).
READABLE_FIELD = {
    "Customer": "DisplayName",
    "Vendor": "DisplayName",
    "Invoice": "DocNumber",
    "Payment": "PaymentRefNum",
    "Purchase": "DocNumber",
    "Bill": "DocNumber",
    "BillPayment": "DocNumber",
}

# Clocks differ: an object counts as made after we wrote the request if it is not older than this before it.
_CLOCK_SKEW = dt.timedelta(minutes=5)

InDoubt = Unknown | Taken | Stale | NotExecuted


@dataclass(frozen=True, slots=True)
class Doubt:
    """A row of a request whose fate is not settled."""

    prepared: Prepared
    request_row: RequestRow
    row: PlannedRow
    verdict: InDoubt


@dataclass(frozen=True, slots=True)
class Again:
    """Not carried out; to be sent again. ``how``: the same bytes, or in a new request (of one row where it must be)."""

    row: PlannedRow
    how: Literal["same", "new", "alone"]


def decide(run: Run, doubts: Sequence[Doubt]) -> list[Final | Again]:
    """What became of each doubtful row, in the order given. Reads QuickBooks, writes nothing."""
    creates = [
        doubt
        for doubt in doubts
        if doubt.row.action == "create" and isinstance(doubt.verdict, Unknown | Taken)
    ]
    found = look_for(run, [doubt.row for doubt in creates], _wait_until(run, creates))
    changes = [
        doubt
        for doubt in doubts
        if doubt.row.action != "create" and not isinstance(doubt.verdict, NotExecuted)
    ]
    standing = read_again(run, [doubt.row for doubt in changes])
    known = {
        source_type: _links(run, source_type, changes)
        for source_type in {doubt.row.source_type for doubt in changes}
    }
    decided: list[Final | Again] = []
    for doubt in doubts:
        key = (doubt.row.source_type, doubt.row.source_id)
        if isinstance(doubt.verdict, NotExecuted):
            decided.append(Again(doubt.row, "alone" if doubt.verdict.send_alone else "same"))
        elif doubt.row.action == "create":
            decided.append(_decide_create(doubt, found.get(key)))
        else:
            link = known[doubt.row.source_type].get(doubt.row.source_id)
            decided.append(
                decide_change(
                    doubt.row, link, standing.get((doubt.row.quickbooks_type, doubt.row.quickbooks_id))
                )
            )
    return decided


def look_for(
    run: Run, rows: Sequence[PlannedRow], wait_until: dt.datetime | None
) -> dict[tuple[str, str], dict[str, Any]]:
    """Objects in QuickBooks that are these rows' own, by (source_type, source_id).

    One query for many keys. If some are missing and a request may still be running, looks again once it cannot.
    """
    found = _look_once(run, rows)
    missing = [row for row in rows if (row.source_type, row.source_id) not in found]
    if missing and wait_until is not None:
        run.sleep(max(0.0, (wait_until - run.now()).total_seconds()))
        found |= _look_once(run, missing)
    return found


def _look_once(run: Run, rows: Sequence[PlannedRow]) -> dict[tuple[str, str], dict[str, Any]]:
    by_type: dict[str, list[PlannedRow]] = defaultdict(list)
    for row in rows:
        by_type[row.quickbooks_type or ""].append(row)
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for entity, wanted in by_type.items():
        field = READABLE_FIELD[entity]
        keys = {row.readable_key for row in wanted if row.readable_key}
        where = "Active IN (true, false)" if entity in NAME_LISTS else ""
        candidates = run.client.query_in(entity, field, sorted(keys), where)
        owners = links.linked_objects(run.connection, run.realm, entity)
        for row in wanted:
            for candidate in candidates:
                if str(candidate["Id"]) not in owners and _is_ours(row, candidate, field):
                    found[row.source_type, row.source_id] = candidate
    return found


def _is_ours(row: PlannedRow, candidate: dict[str, Any], field: str) -> bool:
    if str(candidate.get(field, "")).casefold() != (row.readable_key or "").casefold():
        return False
    if row.quickbooks_type in NAME_LISTS:
        # A name list has no marker. The plan made sure the name was free, so an object of that name that says all we sent is ours.
        return not differences(row.payload or {}, candidate)
    return parse_marker(str(candidate.get("PrivateNote", ""))) == (row.source_type, row.source_id)


def _wait_until(run: Run, doubts: Iterable[Doubt]) -> dt.datetime | None:
    sent = [
        doubt.prepared.request.sent_at
        for doubt in doubts
        if isinstance(doubt.verdict, Unknown) and doubt.verdict.still_running
    ]
    return max(sent) + dt.timedelta(seconds=run.settle_seconds) if sent else None


def _decide_create(doubt: Doubt, found: dict[str, Any] | None) -> Final | Again:
    if found is not None:
        return Written(found)
    if isinstance(doubt.verdict, Taken):
        return doubt.verdict.refusal
    if isinstance(doubt.verdict, Unknown) and doubt.verdict.still_running:
        # The same id once more: if QuickBooks did carry it out after all, it repeats its answer instead of the work.
        return Again(doubt.row, "same")
    return Again(msgspec.structs.replace(doubt.row, generation=doubt.row.generation + 1), "new")


def read_again(run: Run, rows: Sequence[PlannedRow]) -> dict[tuple[str | None, str | None], dict[str, Any]]:
    """The objects these rows change, as they stand, by (type, id); those that are gone are absent."""
    by_type: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        by_type[row.quickbooks_type or ""].add(row.quickbooks_id or "")
    return {
        (entity, str(found["Id"])): found
        for entity, ids in by_type.items()
        for found in run.client.query_in(
            entity, "Id", sorted(ids), "Active IN (true, false)" if entity in NAME_LISTS else ""
        )
    }


def _links(run: Run, source_type: str, doubts: Sequence[Doubt]) -> dict[str, Link]:
    ids = [doubt.row.source_id for doubt in doubts if doubt.row.source_type == source_type]
    return links.links_of(run.connection, run.realm, source_type, ids)


def decide_change(row: PlannedRow, link: Link | None, standing: dict[str, Any] | None) -> Final | Again:
    """A change QuickBooks refused as stale, or never answered, against the object as it stands now."""
    if standing is None:
        return refusal(ReasonCode.GONE_IN_QUICKBOOKS)
    if _is_done(row, standing):
        return Written(standing)
    token = str(standing["SyncToken"])
    if token == row.sync_token:
        return Again(row, "same")
    changed = (
        differences({name: link.mapped[name] for name in link.owned if name in link.mapped}, standing)
        if link
        else []
    )
    if changed and not row.forced:
        return Refused(
            ReasonCode.CHANGED_IN_QUICKBOOKS,
            f"Somebody changed {', '.join(changed)} in QuickBooks since it was pushed; it was not overwritten.",
            "Undo the change in QuickBooks, or run again with force to put RentAxis' version back.",
        )
    return Again(msgspec.structs.replace(row, sync_token=token), "new")


def _is_done(row: PlannedRow, standing: dict[str, Any]) -> bool:
    if row.action == "void":
        return standing.get("TotalAmt") == 0 and str(standing.get("PrivateNote", "")).startswith("Voided")
    return str(standing["SyncToken"]) != row.sync_token and not differences(row.payload or {}, standing)
