"""Rows in doubt: look into QuickBooks before anything is sent again.

A create whose answer is missing is looked for by its readable key, and is ours only if it carries our marker (a customer
or vendor, which has none: if it says all we sent). Found: adopted. A change is read again by its id and compared with what we
wrote. What is not found proves nothing while a request may still be running, or while QuickBooks' reads lag behind its writes: so
we wait until it cannot, and look a second time.

Here: reading and deciding. Not here: what is written down then (``settle``), sending again (``push``).
"""

import dataclasses
import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from rentaxis_pipelines.ledger import links, requests
from rentaxis_pipelines.model.marker import parse_marker
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.record_types import KEY_FIELD, PARTY_ENTITIES, PLACE_ENTITIES
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.model.requests import RequestRow
from rentaxis_pipelines.quickbooks.compare import changes_between, differences, in_words
from rentaxis_pipelines.quickbooks.entities import is_void
from rentaxis_pipelines.quickbooks.upload import ATTACHABLE
from rentaxis_pipelines.sync.edits import paid_invoice
from rentaxis_pipelines.sync.known_links import links_of_keys
from rentaxis_pipelines.sync.pushing.batching import Prepared
from rentaxis_pipelines.sync.pushing.settle import Final
from rentaxis_pipelines.sync.pushing.verdicts import (
    How,
    NameInUse,
    NotExecuted,
    NotWritten,
    Stale,
    Unknown,
    Written,
    deleted,
    gone_refusal,
    not_written,
)
from rentaxis_pipelines.sync.run import Run, RunStopped

log = logging.getLogger(__name__)

InDoubt = Unknown | NameInUse | Stale | NotExecuted
Key = tuple[str, str]  # source_type, source_id
Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class InDoubtRow:
    """A row of a request whose fate is not settled. ``since``: nothing of it was sent after that instant."""

    prepared: Prepared
    request_row: RequestRow
    row: PlannedRow
    verdict: InDoubt
    since: dt.datetime

    @property
    def key(self) -> Key:
        return self.row.source_type, self.row.source_id


@dataclass(frozen=True, slots=True)
class Resend:
    """Not carried out; to be sent again."""

    row: PlannedRow
    how: How
    seen: Object | None = None  # the object it changes, where it is not as the row was planned for


def look_up(run: Run, in_doubt: Sequence[InDoubtRow]) -> list[Final | Resend]:
    """What became of each doubtful row, in the order given. Reads QuickBooks, writes nothing.

    Raises RunStopped if the run is asked to stop meanwhile, QuickBooksError if QuickBooks cannot be read: then nothing is decided.
    """
    asked = [doubtful for doubtful in in_doubt if not isinstance(doubtful.verdict, NotExecuted)]
    current = _read_in_quickbooks(run, asked)
    late = [doubtful for doubtful in asked if _may_come_late(doubtful, current.get(doubtful.key))]
    if late:
        _wait_until_settled(run, max(doubtful.since for doubtful in late))
        current |= _read_in_quickbooks(run, late)
    for key in _names_of_others(run, asked):
        current.pop(key, None)
    changes = [doubtful.key for doubtful in asked if doubtful.row.action != "create"]
    ours = _written_before(run, changes)
    seen = _seen(run, [doubtful.row for doubtful in in_doubt])
    return [
        _decide(doubtful, current.get(doubtful.key), ours.get(doubtful.key, {}), seen.get(doubtful.key))
        for doubtful in in_doubt
    ]


def _names_of_others(run: Run, in_doubt: Sequence[InDoubtRow]) -> set[Key]:
    """Customers and vendors whose name was taken when they were sent for the first time: by somebody else, for certain.

    Theirs may say all that ours does, where ours says no more than a name; a name alone never links.
    """
    taken = [
        doubtful
        for doubtful in in_doubt
        if isinstance(doubtful.verdict, NameInUse)
        and doubtful.row.action == "create"
        and doubtful.row.quickbooks_type in PARTY_ENTITIES
    ]
    by_plan: dict[str, list[InDoubtRow]] = defaultdict(list)
    for doubtful in taken:
        by_plan[doubtful.row.plan_id].append(doubtful)
    others: set[Key] = set()
    for group in by_plan.values():
        sends = requests.sends_of(run.connection, [doubtful.request_row for doubtful in group])
        others |= {doubtful.key for doubtful in group if sends.get(doubtful.row.position, 1) == 1}
    return others


def _read_in_quickbooks(run: Run, in_doubt: Sequence[InDoubtRow]) -> dict[Key, Object]:
    creates = [doubtful.row for doubtful in in_doubt if doubtful.row.action == "create"]
    changes = [doubtful.row for doubtful in in_doubt if doubtful.row.action != "create"]
    return find_own(run, creates) | read_current(run, changes)


def find_own(run: Run, rows: Iterable[PlannedRow]) -> dict[Key, Object]:
    """Objects in QuickBooks that are these rows' own. One query for many keys."""
    own: dict[Key, Object] = {}
    for entity, wanted in _by_type(rows).items():
        field = KEY_FIELD[entity]
        keys = sorted({row.readable_key for row in wanted if row.readable_key})
        whether_active = _whether_active_or_not(entity)
        if entity in PLACE_ENTITIES:
            candidates = list(run.client.query_all(entity, whether_active))
        else:
            candidates = run.client.query_in(entity, field, keys, whether_active)
        ids = [str(candidate["Id"]) for candidate in candidates]
        owners = links.owners_of(run.connection, run.realm, entity, ids)
        for row in wanted:
            key = (row.source_type, row.source_id)
            for candidate in candidates:
                if owners.get(str(candidate["Id"]), key) == key and _is_ours(row, candidate, field):
                    own[key] = candidate
    return own


def read_current(run: Run, rows: Iterable[PlannedRow]) -> dict[Key, Object]:
    """The objects these rows change, as they stand; those that are gone are absent."""
    by_key: dict[Key, Object] = {}
    for entity, wanted in _by_type(rows).items():
        ids = sorted({row.quickbooks_id or "" for row in wanted})
        objects = run.client.query_in(entity, "Id", ids, _whether_active_or_not(entity))
        by_id = {str(entry["Id"]): entry for entry in objects}
        for row in wanted:
            if row.quickbooks_id in by_id:
                by_key[row.source_type, row.source_id] = by_id[row.quickbooks_id]
    return by_key


def _by_type(rows: Iterable[PlannedRow]) -> dict[str, list[PlannedRow]]:
    by_type: dict[str, list[PlannedRow]] = defaultdict(list)
    for row in rows:
        by_type[row.quickbooks_type or ""].append(row)
    return by_type


def _whether_active_or_not(entity: str) -> str:
    return "Active IN (true, false)" if entity in (*PARTY_ENTITIES, *PLACE_ENTITIES) else ""


def _is_ours(row: PlannedRow, candidate: Object, field: str) -> bool:
    if str(candidate.get(field, "")).casefold() != (row.readable_key or "").casefold():
        return False
    if row.quickbooks_type in PLACE_ENTITIES and ("ParentRef" in candidate) != (
        "ParentRef" in (row.payload or {})
    ):
        return False  # of that name, below another or below none
    if row.quickbooks_type in (*PARTY_ENTITIES, *PLACE_ENTITIES):
        # A name list has no marker. The plan made sure the name was free, so an object of that name that says all we sent is ours.
        return not differences(row.payload or {}, candidate)
    if row.quickbooks_type == ATTACHABLE:
        return _says_the_same_file(row, str(candidate.get("Note", "")))
    return parse_marker(str(candidate.get("PrivateNote", ""))) == (row.source_type, row.source_id)


def _says_the_same_file(row: PlannedRow, note: str) -> bool:
    """Of a file the marker is not enough: the bytes have to be the same too."""
    ours = str((row.payload or {}).get("Note", "")).splitlines()
    return parse_marker(note) == (row.source_type, row.source_id) and set(ours) <= set(note.splitlines())


def _may_come_late(doubtful: InDoubtRow, current: Object | None) -> bool:
    """Whether QuickBooks may yet show something else."""
    open_ended = isinstance(doubtful.verdict, Unknown)
    if doubtful.row.action == "delete" and current is None:
        return False  # nothing brings it back
    if doubtful.row.action == "create":
        return current is None and (open_ended or doubtful.prepared.request.attempts > 1)
    if current is None:
        return True
    called_stale = isinstance(doubtful.verdict, Stale) and doubtful.verdict.otherwise is None
    return (open_ended or called_stale) and str(current["SyncToken"]) == doubtful.row.sync_token


def _wait_until_settled(run: Run, since: dt.datetime) -> None:
    until = since + dt.timedelta(seconds=run.settle_seconds)
    if (left := (until - run.now()).total_seconds()) > 0:
        log.info(
            "Waiting %.0f seconds for QuickBooks to finish requests that may still be in progress.", left
        )
    pause(run, until)


def pause(run: Run, until: dt.datetime) -> None:
    """Wait until that instant. Raises RunStopped if the run is asked to stop meanwhile."""
    run.connection.commit()  # no transaction stays open while we sleep
    while (left := (until - run.now()).total_seconds()) > 0:
        if run.stop_requested():
            raise RunStopped
        run.sleep(min(left, 1.0))


def compared_with_books(
    run: Run, rows: Sequence[PlannedRow]
) -> list[tuple[PlannedRow, Object | None, list[str], Final | Resend]]:
    """Rows that change something, before any of them is sent: each with the object as it stands, the fields somebody changed in it
    since our last write, and what pushing the row would come to. Metered reads, many rows in one.
    """
    current = read_current(run, rows)
    ours = _written_before(run, [(row.source_type, row.source_id) for row in rows])
    compared: list[tuple[PlannedRow, Object | None, list[str], Final | Resend]] = []
    for row in rows:
        key = (row.source_type, row.source_id)
        standing, mine = current.get(key), ours.get(key, {})
        untouched = standing is None or str(standing["SyncToken"]) == row.sync_token
        edited = [] if untouched else differences(mine, standing or {})
        compared.append((row, standing, edited, _decide_change(row, Stale(), mine, standing, "new", None)))
    return compared


def _written_before(run: Run, changed: Iterable[Key]) -> dict[Key, Object]:
    """What we own of the objects of these records, as it should still stand."""
    ours: dict[Key, Object] = {
        key: {name: link.mapped[name] for name in link.owned if name in link.mapped}
        for key, link in links_of_keys(run.connection, run.realm, changed).items()
    }
    return _without_voided_invoices(run, ours)


def _seen(run: Run, rows: Iterable[PlannedRow]) -> dict[Key, Object]:
    """What the rows' objects were when a person looked at them, as our own first steps and voids have left them since."""
    seen = {
        (row.source_type, row.source_id): {**row.standing, **(row.release or {})}
        for row in rows
        if row.standing is not None
    }
    return _without_voided_invoices(run, seen)


def _without_voided_invoices(run: Run, ours: dict[Key, Object]) -> dict[Key, Object]:
    """Voiding an invoice takes it off its payments: a line we took off that way is nobody else's change."""
    paid = {paid_invoice(line) for written in ours.values() for line in written.get("Line", [])}
    voided = links.voided_among(
        run.connection, run.realm, "Invoice", [invoice_id for invoice_id in paid if invoice_id]
    )
    if not voided:
        return ours
    return {
        key: {**written, "Line": [line for line in written["Line"] if paid_invoice(line) not in voided]}
        if "Line" in written
        else written
        for key, written in ours.items()
    }


def _decide(
    doubtful: InDoubtRow, current: Object | None, ours: Object, seen: Object | None
) -> Final | Resend:
    row, verdict = doubtful.row, doubtful.verdict
    if isinstance(verdict, NotExecuted):
        return _resend(row, verdict.how)
    # The same id once more where no answer came: if QuickBooks did carry it out after all, it repeats its answer, not the work.
    how: How = "same" if isinstance(verdict, Unknown) and not verdict.answered else "new"
    if row.action != "create":
        return _decide_change(row, verdict, ours, current, how, seen)
    if current is not None:
        return Written(current)
    if isinstance(verdict, NameInUse):
        return verdict.otherwise
    return _resend(row, how)


def _decide_change(
    row: PlannedRow, verdict: InDoubt, ours: Object, current: Object | None, how: How, seen: Object | None
) -> Final | Resend:
    """A change QuickBooks refused, or never answered, against the object as it stands now.

    ``ours``: what we wrote last, as it should still stand. ``seen``: what a person saw when the row was planned, as it should.
    Repeating it is safe: QuickBooks carries out one change for a SyncToken at most.
    """
    if current is None:
        return deleted(row) if row.action == "delete" else gone_refusal(row)
    if _is_done(row, current):
        return Written(current)
    if current.get("Active") is False and not (row.payload or {}).get("Active"):
        return _whose_name(row, current)
    if isinstance(verdict, Stale | NameInUse) and verdict.otherwise is not None:
        return verdict.otherwise
    token = str(current["SyncToken"])
    if token == row.sync_token:
        return _resend(row, how)
    first_step = {"PrivateNote"} if row.action == "void" else set[str]()
    if seen is not None and set(changes_between(seen, current)) - first_step:
        return not_written(
            ReasonCode.CHANGED_SINCE_PREVIEW,
            f"Somebody changed {row.source_label} in QuickBooks after the plan was made; it was not overwritten.",
        )
    changed = differences(ours, current)
    if changed and not row.forced:
        did = f"voided {row.source_label}" if is_void(current) else f"changed {in_words(changed)}"
        remedy = "Undo the change in QuickBooks, or run again with force to put RentAxis' version back."
        if row.undoes is not None:
            remedy = (
                "Undo the change in QuickBooks, then undo the run again; or correct the record there by hand."
            )
        return not_written(
            ReasonCode.CHANGED_IN_QUICKBOOKS,
            f"Somebody {did} in QuickBooks after it was pushed; it was not overwritten.",
            remedy,
        )
    resend = _resend(msgspec.structs.replace(row, sync_token=token), "new")
    return dataclasses.replace(resend, seen=current)


def _whose_name(row: PlannedRow, current: Object) -> NotWritten:
    """A customer, vendor, class or location that is inactive: QuickBooks changes no such one, and one merged into another reads just so."""
    if row.quickbooks_type in PLACE_ENTITIES:
        why = Refusal(
            ReasonCode.INACTIVE_REFERENCE,
            f"{row.source_label} was made inactive in QuickBooks or merged into another.",
            "Make it active again in QuickBooks, or map the place in company.yaml, then run again.",
        )
        return NotWritten(why, inactive=current)
    what = (row.quickbooks_type or "").lower()
    why = Refusal(
        ReasonCode.INACTIVE_REFERENCE,
        f"{row.source_label} is linked to {what} '{current.get('DisplayName', '')}' (number {current['Id']}), which was made "
        "inactive in QuickBooks or merged into another.",
        f"Link the {what} it was merged into (rentaxis-sync links relink {row.source_type} '{row.source_id}' ID), or make it "
        "active again in QuickBooks, then run again.",
    )
    return NotWritten(why, inactive=current)


def _resend(row: PlannedRow, how: How) -> Resend:
    if how == "same":
        return Resend(row, how)
    return Resend(msgspec.structs.replace(row, generation=row.generation + 1), how)


def _is_done(row: PlannedRow, current: Object) -> bool:
    if row.action == "delete":
        return False  # it stands
    if row.action == "void":
        return is_void(current)
    return str(current["SyncToken"]) != row.sync_token and not differences(row.payload or {}, current)
