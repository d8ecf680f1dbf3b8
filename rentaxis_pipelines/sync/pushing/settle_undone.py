"""Writing down what an undo did to a row: the link as it was before the run, and the record held until a person includes it again.

All of it belongs to the transaction of ``settle``. Not here: what is undone, and what goes back to what (``sync.undoing``).
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from rentaxis_pipelines.ledger import decisions, links, runs, transactions, versions
from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.model.decisions import NOTHING_DECIDED, Decision
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.payload import INACTIVE_HASH
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.previews import SHORT
from rentaxis_pipelines.model.record_types import DECIDABLE, whole_key, whole_of
from rentaxis_pipelines.model.requests import Request, RequestRow
from rentaxis_pipelines.model.versions import LinkVersion
from rentaxis_pipelines.quickbooks.entities import total_of
from rentaxis_pipelines.sync.known_links import decision_states
from rentaxis_pipelines.sync.run import Run


class Undone(msgspec.Struct, frozen=True):
    """A row of an undo that QuickBooks carried out; ``object`` as it stands now, or its id and status where it was deleted."""

    request: Request
    request_row: RequestRow
    row: PlannedRow
    object: dict[str, Any]

    @property
    def key(self) -> Key:
        return self.row.source_type, self.row.source_id


def settle_undone(run: Run, undone: Sequence[Undone]) -> set[Key]:
    """Put back the links of these rows as far as they stood before the run, and hold the records; returns whose links are settled by it.

    The links of the others are those of an ordinary change. The caller commits.
    """
    settled: set[Key] = set()
    by_run: dict[str, list[Undone]] = {}
    for answer in undone:
        by_run.setdefault(answer.row.undoes or "", []).append(answer)
    for run_id, answers in by_run.items():
        ids = [answer.row.source_id for answer in answers]
        stood = _Stood(versions.first_of_run(run.connection, run.realm, run_id, ids))
        settled |= _forget_deleted(
            run, [answer for answer in answers if answer.row.action == "delete"], stood
        )
        settled |= _put_back(run, [answer for answer in answers if answer.row.action != "delete"], stood)
        _hold(run, run_id, [answer for answer in answers if stood.was_written(answer)])
    return settled


class _Stood:
    """The links of before the run, by the object's address; what was made anew since has another, and is known by its record and type."""

    def __init__(self, first: Sequence[LinkVersion]) -> None:
        self._by_address = {
            (version.quickbooks_type, version.quickbooks_id): version.link for version in first
        }
        self._by_record = {
            (version.quickbooks_type, whole_of(version.source_type), version.source_id): version.link
            for version in first
        }

    def was_written(self, answer: Undone) -> bool:
        """Whether the run wrote it. A payment that only has to be applied again is no row of the run, and is not held."""
        return _address(answer) in self._by_address or _record(answer) in self._by_record

    def link(self, answer: Undone) -> Link | None:
        """The link it had before, or None."""
        address = _address(answer)
        return (
            self._by_address[address] if address in self._by_address else self._by_record.get(_record(answer))
        )


def _address(answer: Undone) -> tuple[str, str]:
    return answer.row.quickbooks_type or "", answer.row.quickbooks_id or ""


def _record(answer: Undone) -> tuple[str, str, str]:
    return answer.row.quickbooks_type or "", whole_of(answer.row.source_type), answer.row.source_id


def _forget_deleted(run: Run, answers: Sequence[Undone], stood: _Stood) -> set[Key]:
    """What was deleted has no link, or again that to an object which had gone from QuickBooks before."""
    links.drop(run.connection, run.realm, map(_address, answers))
    for entity in {answer.row.quickbooks_type or "" for answer in answers}:
        ids = [_address(answer)[1] for answer in answers if answer.row.quickbooks_type == entity]
        transactions.note_gone(run.connection, run.realm, entity, ids, run.now())
    earlier = [link for answer in answers if (link := stood.link(answer)) is not None]
    links.save_links(run.connection, earlier)
    return {answer.key for answer in answers}


def _put_back(run: Run, answers: Sequence[Undone], stood: _Stood) -> set[Key]:
    """What was changed has the link of before the run."""
    restored = [
        (answer, before)
        for answer in answers
        if answer.row.action != "void"
        and answer.row.content_hash != INACTIVE_HASH
        and (before := stood.link(answer)) is not None
    ]
    put = [_as_before(run, answer, before) for answer, before in restored]
    moved = [
        link
        for link, (_, before) in zip(put, restored, strict=True)
        if link.source_type != before.source_type
    ]
    links.put_under(run.connection, moved)
    links.save_links(run.connection, [link for link in put if link not in moved])
    return {answer.key for answer, _ in restored}


def _as_before(run: Run, answer: Undone, before: Link) -> Link:
    """The link of before the run, to the object as it stands now: its SyncToken is another, and its id if it had to be made anew."""
    row, now = answer.row, answer.object
    return msgspec.structs.replace(
        before,
        source_type=row.source_type,
        quickbooks_id=str(now["Id"]),
        sync_token=str(now["SyncToken"]),
        mapped=before.mapped if row.mapped is None else row.mapped,
        content_hash=before.content_hash if row.content_hash is None else row.content_hash,
        state="live" if before.state == "gone" else before.state,
        total=total_of(now),
        generation=answer.request_row.generation,
        run_id=answer.request.run_id,
        updated_at=run.now(),
    )


def _hold(run: Run, run_id: str, answers: Sequence[Undone]) -> None:
    """Leave the records out until a person includes them; or, where what is undone is an undo itself, include them again."""
    if not answers:
        return
    pushed, undos = runs.undone_in_the_end(run.connection, run.realm, run_id)
    lifts = undos % 2 == 1  # what is undone is an undo: the push stands again
    request = answers[0].request
    held = _records(answers)
    states = decision_states(run.connection, run.realm, held)
    excluded = {key: states.get(key, NOTHING_DECIDED).excluded for key in held}
    decided = [
        Decision(
            realm=run.realm,
            source_type=source_type,
            source_id=source_id,
            kind="include" if lifts else "undo",
            why=f"Run {pushed[:SHORT]} was undone",
            who=request.requested_by,
            decided_at=run.now(),
            run_id=None if lifts else pushed,
        )
        for (source_type, source_id), decision in excluded.items()
        if (decision is not None and decision.kind == "undo" if lifts else decision is None)
    ]
    decisions.append_all(run.connection, decided)


def _records(answers: Iterable[Undone]) -> list[Key]:
    """The records a person decides about: the payment of a bill is held with its expense. Classes and locations follow what needs them."""
    keys = (whole_key((answer.row.source_type, answer.row.source_id)) for answer in answers)
    return sorted({key for key in keys if key[0] in DECIDABLE})
