"""The time up to which the ledger knows QuickBooks' transactions, by QuickBooks' own clock. The caller commits.

Here: storing that time. Not here: looking for later changes (``sync.planning.take_back``).
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import execute, write


class KnownUntil(msgspec.Struct, frozen=True):
    """``changed_at``: the latest known change; ``run_id``: the run that last looked for later ones."""

    changed_at: dt.datetime
    run_id: str | None


def known_until(connection: sa.Connection, realm: str) -> KnownUntil | None:
    """None if the ledger never knew any: a new ledger, or one that was lost."""
    statement = "select changed_at, run_id from ledger.known_until where realm = :realm"
    row = execute(connection, statement, realm=realm).one_or_none()
    return None if row is None else KnownUntil(row.changed_at, row.run_id)


def looked(connection: sa.Connection, realm: str, changed_at: dt.datetime, run_id: str) -> None:
    """Record that the run has looked for all changes up to then."""
    statement = """insert into ledger.known_until as known (realm, changed_at, run_id) values (:realm, :at, :run_id)
                   on conflict (realm) do update
                     set changed_at = greatest(known.changed_at, excluded.changed_at), run_id = excluded.run_id"""
    execute(connection, statement, realm=realm, at=changed_at, run_id=run_id)


def wrote(connection: sa.Connection, realm: str, run_id: str, objects: Iterable[Mapping[str, Any]]) -> None:
    """Record the time of a run's own writes; only for a run that looked before, or it would skip changes it never saw."""
    newest = newest_change(objects)
    if newest is not None:
        statement = """update ledger.known_until set changed_at = greatest(changed_at, :at)
                       where realm = :realm and run_id = :run_id"""
        write(connection, statement, realm=realm, at=newest, run_id=run_id)


def newest_change(objects: Iterable[Mapping[str, Any]]) -> dt.datetime | None:
    """The latest change among these objects; None if none has a time."""
    stamps = (quickbooks_object.get("MetaData", {}).get("LastUpdatedTime") for quickbooks_object in objects)
    return max((dt.datetime.fromisoformat(stamp) for stamp in stamps if stamp), default=None)
