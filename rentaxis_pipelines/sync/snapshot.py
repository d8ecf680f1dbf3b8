"""QuickBooks' lists as last seen, brought up to date once a run by as few metered reads as possible.

The first time everything is read; after that one change-data-capture call, and one read of the preferences (the closing
date stands there). What changed between two reads is read again, so clocks need not agree.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from rentaxis_pipelines.ledger import snapshots
from rentaxis_pipelines.mapping.references import References
from rentaxis_pipelines.model.snapshot import SnapshotObject
from rentaxis_pipelines.sync.edits import note_deletions, note_edits
from rentaxis_pipelines.sync.removed_papers import note_removed_papers
from rentaxis_pipelines.sync.run import Run

PEOPLE = ("Customer", "Vendor", "Employee")
LISTS = ("Item", "Account", "Class", "Department", "PaymentMethod", "Term")
PREFERENCES = "Preferences"
_ALL = "Active IN (true, false)"  # QuickBooks hides inactive objects unless asked (recorded traffic)
_OVERLAP = dt.timedelta(minutes=5)


def bring_up_to_date(run: Run) -> None:
    """Read what changed since the last time, unless this run has done so already; commits."""
    state = snapshots.state_of(run.connection, run.realm)
    if state is not None and state[1] == run.run_id:
        return
    started = run.now()
    if state is None:
        for entity in (*PEOPLE, *LISTS):
            _replace(run, entity, run.client.query_all(entity, _ALL))
    else:
        _read_changes(run, state[0])
        note_removed_papers(run, state[0])
    _replace(run, PREFERENCES, [{"Id": "1", **run.client.preferences()}])
    snapshots.save_state(run.connection, run.realm, started - _OVERLAP, run.run_id)
    run.connection.commit()


def _read_changes(run: Run, since: dt.datetime) -> None:
    changes = run.client.changes_since((*PEOPLE, *LISTS), since)
    if not changes.complete:
        # More changed than one call can say. The long lists are asked for what changed; the short ones are read whole.
        for entity in PEOPLE:
            stamp = since.isoformat(timespec="seconds")
            _keep(
                run, entity, run.client.query_all(entity, f"{_ALL} AND MetaData.LastUpdatedTime >= '{stamp}'")
            )
        for entity in LISTS:
            _replace(run, entity, run.client.query_all(entity, _ALL))
        return
    for entity, objects in changes.objects.items():
        _keep(run, entity, objects)
    for entity, ids in changes.deleted.items():
        note_deletions(run, entity, ids)
        snapshots.forget_objects(run.connection, run.realm, entity, ids)


def _keep(run: Run, entity: str, objects: Iterable[Mapping[str, Any]]) -> None:
    snapshots.save_objects(run.connection, _entries(run, entity, objects))


def _replace(run: Run, entity: str, objects: Iterable[Mapping[str, Any]]) -> None:
    snapshots.replace_entity(run.connection, run.realm, entity, _entries(run, entity, objects))


def _entries(run: Run, entity: str, objects: Iterable[Mapping[str, Any]]) -> list[SnapshotObject]:
    """What was read, as it is kept; what somebody changed in ours is noted before."""
    listed = list(objects)
    note_edits(run, entity, listed)
    return [snapshots.entry_of(run.realm, entity, current) for current in listed]


def references_of(connection: sa.Connection, realm: str) -> References:
    """The lists as mapping wants them."""
    return References.from_snapshot(snapshots.objects_by_entity(connection, realm, (*LISTS, PREFERENCES)))
