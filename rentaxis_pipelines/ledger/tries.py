"""Automatic retries and how often each was made, so that nothing is retried forever. The caller commits."""

import datetime as dt
from collections.abc import Iterable, Sequence

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.ledger.sql import execute, fetch, insert


class Try(msgspec.Struct, frozen=True, kw_only=True):
    """The last try of one record (or of one day: ``subject_type`` is then "day").

    ``tries`` counts those of this ``version``: what made it worth trying.
    """

    realm: str
    sensor: str
    subject_type: str
    subject_id: str
    version: str
    tries: int
    requested_at: dt.datetime

    @property
    def key(self) -> Key:
        return self.subject_type, self.subject_id


def tries_of(connection: sa.Connection, realm: str, sensor: str) -> dict[Key, Try]:
    """The last retry of each record or day by this sensor."""
    tries = fetch(
        connection,
        Try,
        "select * from ledger.tries where realm = :realm and sensor = :sensor",
        realm=realm,
        sensor=sensor,
    )
    return {last_try.key: last_try for last_try in tries}


def save_tries(connection: sa.Connection, tries: Sequence[Try]) -> None:
    """Record that these are being retried."""
    insert(
        connection,
        "tries",
        tries,
        """on conflict (realm, sensor, subject_type, subject_id) do update set
             version = excluded.version, tries = excluded.tries, requested_at = excluded.requested_at""",
    )


def forget_tries(connection: sa.Connection, realm: str, sensor: str, keys: Iterable[Key]) -> None:
    """Delete what is settled: if it ever comes back, the count starts over."""
    wanted = list(keys)
    statement = """delete from ledger.tries t using unnest(cast(:types as text[]), cast(:ids as text[])) as w (subject_type, subject_id)
                   where t.realm = :realm and t.sensor = :sensor
                     and t.subject_type = w.subject_type and t.subject_id = w.subject_id"""
    execute(
        connection,
        statement,
        realm=realm,
        sensor=sensor,
        types=[source_type for source_type, _ in wanted],
        ids=[source_id for _, source_id in wanted],
    )
