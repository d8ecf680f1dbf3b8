"""How far the ledger knows QuickBooks' transactions, by QuickBooks' own clock. The caller commits.

Here: keeping that instant. Not here: looking for what came after it (``sync.planning.take_back``).
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa


class KnownUntil(msgspec.Struct, frozen=True):
    """``changed_at``: the newest change known of; ``run_id``: the run that looked for later ones last."""

    changed_at: dt.datetime
    run_id: str | None


def known_until(connection: sa.Connection, realm: str) -> KnownUntil | None:
    """None for a ledger that never knew any: a new one, or one that was lost."""
    row = connection.execute(
        sa.text("select changed_at, run_id from ledger.known_until where realm = :realm"), {"realm": realm}
    ).one_or_none()
    return None if row is None else KnownUntil(row.changed_at, row.run_id)


def looked(connection: sa.Connection, realm: str, changed_at: dt.datetime, run_id: str) -> None:
    """Note that the run has looked for all that changed until then."""
    connection.execute(
        sa.text(
            """insert into ledger.known_until as known (realm, changed_at, run_id) values (:realm, :at, :run_id)
               on conflict (realm) do update
                 set changed_at = greatest(known.changed_at, excluded.changed_at), run_id = excluded.run_id"""
        ),
        {"realm": realm, "at": changed_at, "run_id": run_id},
    )


def wrote(connection: sa.Connection, realm: str, run_id: str, objects: Iterable[Mapping[str, Any]]) -> None:
    """Note how far a run's own writes go; only of a run that looked before, or it would step over what it never saw."""
    newest = newest_change(objects)
    if newest is not None:
        connection.execute(
            sa.text(
                """update ledger.known_until set changed_at = greatest(changed_at, :at)
                   where realm = :realm and run_id = :run_id"""
            ),
            {"realm": realm, "at": newest, "run_id": run_id},
        )


def newest_change(objects: Iterable[Mapping[str, Any]]) -> dt.datetime | None:
    """When the newest of these objects was changed last; None where none says so."""
    stamps = (one.get("MetaData", {}).get("LastUpdatedTime") for one in objects)
    return max((dt.datetime.fromisoformat(stamp) for stamp in stamps if stamp), default=None)
