"""Brings the stored QuickBooks transactions up to date with as few metered reads as possible.

What we wrote is stored as QuickBooks returned it; what a person changed or deleted in ours becomes a version (``ledger.versions``). The first time, everything else is read (one read per thousand); after that, one
change-data-capture call returns what changed. Not here: how they are stored (``ledger.transactions``).
"""

import datetime as dt
import itertools
from collections.abc import Iterable, Sequence

from rentaxis_pipelines.ledger import transactions as kept
from rentaxis_pipelines.ledger import versions
from rentaxis_pipelines.ledger.transactions import TRANSACTIONS, State
from rentaxis_pipelines.model.record_types import BASIC_TYPES
from rentaxis_pipelines.quickbooks.client import Changes
from rentaxis_pipelines.quickbooks.query import MAX_PAGE, literal
from rentaxis_pipelines.reports.proved_types import entities_of
from rentaxis_pipelines.sync.edits import note_edits
from rentaxis_pipelines.sync.run import Run

_ALWAYS = frozenset(entities_of(frozenset(BASIC_TYPES)))
_OVERLAP = dt.timedelta(minutes=5)  # read again, in case clocks differ
# The overlap used if five minutes contain more changes than one call can return. Those are our own last pushes, which were
# written before the last read began. QuickBooks' limits allow about 600 writes in this time, which one call can return.
_SHORT_OVERLAP = dt.timedelta(seconds=30)


def bring_up_to_date(run: Run, first_day: dt.date, entities: Sequence[str] = TRANSACTIONS) -> int:
    """Read what changed since the last time in transactions of these entities dated ``first_day`` or later; commits.

    Returns how many metered reads it took.
    """
    before = run.client.calls.reads
    started = run.now()
    state = kept.state_of(run.connection, run.realm)
    if state is None or first_day < state.first_day:
        for entity in entities:
            _read_all(run, entity, first_day)
    else:
        first_day = state.first_day
        _read_changes(run, state, entities)
        for entity in entities:  # of a type that is pushed since a short time
            if entity not in _ALWAYS and not kept.is_kept(run.connection, run.realm, entity):
                _read_all(run, entity, first_day)
    _read_linked_never_seen(run)
    versions.save_deletions(run.connection, run.realm)
    kept.save_state(run.connection, run.realm, State(started - _OVERLAP, first_day))
    run.connection.commit()
    return run.client.calls.reads - before


def _read_changes(run: Run, state: State, entities: Sequence[str]) -> None:
    changes = run.client.changes_since(entities, state.as_of)
    if changes.complete:
        _keep_changes(run, changes)
        return
    changes = run.client.changes_since(entities, state.as_of + _OVERLAP - _SHORT_OVERLAP)
    if changes.complete:
        _keep_changes(run, changes)
    else:
        stamp = literal(state.as_of.isoformat(timespec="seconds"))
        for entity in entities:
            _keep(run, entity, run.client.query_all(entity, f"MetaData.LastUpdatedTime >= {stamp}"))
    # A query does not return deleted objects, and clocks may differ by more: so compare the counts.
    for entity in entities:
        in_quickbooks = run.client.count(entity, _dated(state.first_day))
        if in_quickbooks != kept.count_of(run.connection, run.realm, entity, state.first_day):
            _read_all(run, entity, state.first_day)
        else:
            _read_linked_and_early(run, entity, state.first_day)


def _keep_changes(run: Run, changes: Changes) -> None:
    for entity, objects in changes.objects.items():
        note_edits(run, entity, objects)
        kept.keep_transactions(run.connection, run.realm, entity, objects, run.now())
    for entity, ids in changes.deleted.items():
        kept.note_gone(run.connection, run.realm, entity, ids, run.now())


def _read_all(run: Run, entity: str, first_day: dt.date) -> None:
    ids = _keep(run, entity, run.client.query_all(entity, _dated(first_day)))
    kept.note_all_gone_but(run.connection, run.realm, entity, ids, first_day, run.now())
    _read_linked_and_early(run, entity, first_day)


def _read_linked_and_early(run: Run, entity: str, first_day: dt.date) -> None:
    """Read by id our objects dated before the first day, or moved there: a query by date does not return them."""
    ids = kept.linked_and_early(run.connection, run.realm, entity, first_day)
    seen = set(_keep(run, entity, run.client.query_in(entity, "Id", ids))) if ids else set[str]()
    kept.note_gone(
        run.connection,
        run.realm,
        entity,
        [quickbooks_id for quickbooks_id in ids if quickbooks_id not in seen],
        run.now(),
    )


def _read_linked_never_seen(run: Run) -> None:
    """Read by id our objects that no read has returned yet, for example because somebody changed their date."""
    for entity, ids in kept.linked_but_never_seen(run.connection, run.realm).items():
        _keep(run, entity, run.client.query_in(entity, "Id", ids))


def _keep(run: Run, entity: str, objects: Iterable[dict[str, object]]) -> list[str]:
    """Store the objects, a thousand at a time so that a large company need not fit into memory; returns the ids."""
    ids: list[str] = []
    remaining = iter(objects)
    while page := list(itertools.islice(remaining, MAX_PAGE)):
        note_edits(run, entity, page)
        kept.keep_transactions(run.connection, run.realm, entity, page, run.now())
        ids += [str(transaction["Id"]) for transaction in page]
        run.progress.add(read=len(page))
    return ids


def _dated(first_day: dt.date) -> str:
    return f"TxnDate >= {literal(first_day.isoformat())}"
