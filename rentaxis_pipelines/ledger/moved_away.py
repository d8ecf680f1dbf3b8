"""Companies that were taken to another database, and must not be written here any more. Append only.

Not here: whether one may go or stay, and the sentences (``sync.company_moves``).
"""

import datetime as dt

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import execute, fetch


class Departure(msgspec.Struct, frozen=True, kw_only=True):
    """``moved``: whether the company is gone from ``at`` on; False: it stays here after all."""

    move_id: int = 0
    realm: str
    moved: bool
    who: str
    why: str
    at: dt.datetime


def departure_of(connection: sa.Connection, realm: str) -> Departure | None:
    """The one by which the company is gone from this database, or None. Reads only, also where there are no tables yet."""
    if not execute(connection, "select to_regclass('ledger.moved_away') is not null").scalar_one():
        return None
    statement = "select * from ledger.moved_away where realm = :realm order by move_id desc limit 1"
    newest = fetch(connection, Departure, statement, realm=realm)
    return newest[0] if newest and newest[0].moved else None


def note(connection: sa.Connection, departure: Departure) -> None:
    """Save it and commit. Waits for whatever writes of the company meanwhile: it is in the ledger before, or is refused."""
    execute(
        connection,
        "select pg_advisory_xact_lock(hashtextextended('rentaxis_pipelines moving ' || :realm, 0))",
        realm=departure.realm,
    )
    statement = (
        "insert into ledger.moved_away (realm, moved, who, why, at) values (:realm, :moved, :who, :why, :at)"
    )
    values = msgspec.structs.asdict(departure)
    del values["move_id"]
    execute(connection, statement, **values)
    connection.commit()
