"""QuickBooks' transactions brought up to date by as few metered reads as possible.

What we wrote is kept as it was answered; the first time everything else is read (one read a thousand), after that one
change-data-capture call says what changed. Not here: how they are kept (``ledger.transactions``).
"""

import datetime as dt
import itertools
from collections.abc import Iterable

from rentaxis_pipelines.ledger import transactions as kept
from rentaxis_pipelines.ledger.transactions import TRANSACTIONS, State
from rentaxis_pipelines.quickbooks.client import Changes
from rentaxis_pipelines.quickbooks.query import MAX_PAGE, literal
from rentaxis_pipelines.sync.run import Run

_OVERLAP = dt.timedelta(minutes=5)  # read again, so that clocks need not agree
# What is read again of it where five minutes hold more than one call can say: those are our own last pushes, which were
# there before the last reading began. QuickBooks' limits let us write some 600 records meanwhile, which one call can say.
_SHORT_OVERLAP = dt.timedelta(seconds=30)


def bring_up_to_date(run: Run, first_day: dt.date) -> int:
    """Read what changed since the last time, of transactions dated ``first_day`` or later; commits.

    Returns how many metered reads it took.
    """
    before = run.client.calls.reads
    started = run.now()
    state = kept.state_of(run.connection, run.realm)
    if state is None or first_day < state.first_day:
        for entity in TRANSACTIONS:
            _read_all(run, entity, first_day)
    else:
        first_day = state.first_day
        _read_changes(run, state)
    _look_for_the_unseen(run)
    kept.save_state(run.connection, run.realm, State(started - _OVERLAP, first_day))
    run.connection.commit()
    return run.client.calls.reads - before


def _read_changes(run: Run, state: State) -> None:
    changes = run.client.changes_since(TRANSACTIONS, state.as_of)
    if changes.complete:
        _keep_changes(run, changes)
        return
    changes = run.client.changes_since(TRANSACTIONS, state.as_of + _OVERLAP - _SHORT_OVERLAP)
    if changes.complete:
        _keep_changes(run, changes)
    else:
        stamp = literal(state.as_of.isoformat(timespec="seconds"))
        for entity in TRANSACTIONS:
            _keep(run, entity, run.client.query_all(entity, f"MetaData.LastUpdatedTime >= {stamp}"))
    # A query does not name what was deleted, and clocks may be further apart: the numbers have to agree.
    for entity in TRANSACTIONS:
        there = run.client.count(entity, _dated(state.first_day))
        if there != kept.count_of(run.connection, run.realm, entity, state.first_day):
            _read_all(run, entity, state.first_day)
        else:
            _look_for_the_early(run, entity, state.first_day)


def _keep_changes(run: Run, changes: Changes) -> None:
    for entity, objects in changes.objects.items():
        kept.keep_transactions(run.connection, run.realm, entity, objects, run.now())
    for entity, ids in changes.deleted.items():
        kept.note_gone(run.connection, run.realm, entity, ids, run.now())


def _read_all(run: Run, entity: str, first_day: dt.date) -> None:
    ids = _keep(run, entity, run.client.query_all(entity, _dated(first_day)))
    kept.note_all_gone_but(run.connection, run.realm, entity, ids, first_day, run.now())
    _look_for_the_early(run, entity, first_day)


def _look_for_the_early(run: Run, entity: str, first_day: dt.date) -> None:
    """Objects of ours that no list from the first day on can name, because they are dated before it or were moved there: asked for by id."""
    ids = kept.linked_and_early(run.connection, run.realm, entity, first_day)
    there = set(_keep(run, entity, run.client.query_in(entity, "Id", ids))) if ids else set[str]()
    kept.note_gone(run.connection, run.realm, entity, [one for one in ids if one not in there], run.now())


def _look_for_the_unseen(run: Run) -> None:
    """Objects of ours dated before the first day, say because somebody changed the date: asked for by id."""
    for entity, ids in kept.linked_but_never_seen(run.connection, run.realm).items():
        _keep(run, entity, run.client.query_in(entity, "Id", ids))


def _keep(run: Run, entity: str, objects: Iterable[dict[str, object]]) -> list[str]:
    """A thousand at a time, so that a large company does not have to fit into memory; returns the ids."""
    ids: list[str] = []
    remaining = iter(objects)
    while page := list(itertools.islice(remaining, MAX_PAGE)):
        kept.keep_transactions(run.connection, run.realm, entity, page, run.now())
        ids += [str(one["Id"]) for one in page]
        run.progress.add(read=len(page))
    return ids


def _dated(first_day: dt.date) -> str:
    return f"TxnDate >= {literal(first_day.isoformat())}"
