"""Handing a run over to a process that is warm already (``warm_process``), through Dagster's own database.

Like the lock that shows a run's process to live (``run_lock``) it needs no port and no process list: whoever reads Dagster's database can
offer, on one machine and in containers. The warm process holds a lock as long as it is there; an offer is a notification; the first of
the two who writes the answer decides it, so that a run is never begun twice and never forgotten between them.

Here: offer and answer, both sides. Not here: which runs are offered (``coordinator``, ``launcher``), carrying them out.
"""

import hashlib
import json
import logging
import time
import uuid
from collections.abc import Callable
from typing import Final, NamedTuple

import dagster as dg
import psycopg
import sqlalchemy as sa
from dagster._core.code_pointer import ModuleCodePointer  # pinned exactly
from dagster_postgres import PostgresRunStorage

from rentaxis_pipelines.orchestration.names import DECIDE, PUSH_RECORD, plain
from rentaxis_pipelines.orchestration.run_lock import DATABASE_AWAY, storage_of

_LOG = logging.getLogger(__name__)
CHANNEL: Final = "rentaxis_pipelines_warm"
TAKEN, DECLINED, WITHDRAWN = "taken", "declined", "withdrawn"
# Runs of one record: nobody should wait longer for their start than for themselves. Others are long, and outlive the front door.
SHORT: Final = (PUSH_RECORD, DECIDE)
_NAME = "rentaxis_pipelines offer"
_SECONDS = 1.0  # that an answer is waited for; the warm process does nothing else
_BETWEEN_LOOKS = 0.01
_OLD = 3_600  # seconds, after which no answer to an offer can come any more
_STALE = 30  # seconds, after which an offer is not answered

_PLACE = int.from_bytes(hashlib.sha256(b"rentaxis_pipelines warm process").digest()[:8], "big", signed=True)
_NOW_AND_THERE = sa.text(
    """select extract(epoch from clock_timestamp())::bigint,
              exists (select from pg_locks
                      where locktype = 'advisory' and objsubid = 1 and granted
                        and database = (select oid from pg_database where datname = current_database())
                        and (classid::bigint << 32 | objid::bigint) = :place)"""
)
_NOTIFY = sa.text("select pg_notify(:channel, :offer)")
_ANSWER = sa.text("select value from kvs where key = :key")
_FIRST = sa.text("insert into kvs (key, value) values (:key, :value) on conflict (key) do nothing")
_FORGET = sa.text("delete from kvs where key = :key")
_FORGET_OLD = sa.text(
    "delete from kvs where key like :name || ' %' and split_part(key, ' ', 3)::bigint < :now - :old"
)
_TAKE = """insert into kvs (key, value)
           select %(key)s, %(value)s where extract(epoch from clock_timestamp()) - %(at)s < %(stale)s
           on conflict (key) do nothing"""


class Offer(NamedTuple):
    """A run that somebody may carry out. ``module``: where its definitions are; ``at``: the database's clock, in seconds."""

    run_id: str
    job: str
    module: str
    at: int
    number: str

    @property
    def key(self) -> str:
        """Under which its answer is written."""
        return f"{_NAME} {self.at} {self.number}"

    @classmethod
    def read(cls, text: str) -> "Offer | None":
        """The offer in a notification; None for what is none, as after an upgrade."""
        try:
            return cls(**json.loads(text))
        except (TypeError, ValueError):
            return None


def is_short(run: dg.DagsterRun) -> bool:
    """Whether it is about one record."""
    return plain(run.job_name) in SHORT


def module_of(run: dg.DagsterRun) -> str | None:
    """The module that holds the run's definitions; None for one that is not found by its module's name alone."""
    pointer = run.job_code_origin.repository_origin.code_pointer if run.job_code_origin else None
    return pointer.module if isinstance(pointer, ModuleCodePointer) else None


def is_there(instance: dg.DagsterInstance) -> bool:
    """Whether a warm process waits for offers. Raises one of DATABASE_AWAY."""
    storage = storage_of(instance)
    if storage is None:
        return False
    with storage.connect() as connection:
        return connection.execute(_NOW_AND_THERE, {"place": _PLACE}).one()[1]


def hand_over(
    instance: dg.DagsterInstance, run: dg.DagsterRun, *, clock: Callable[[], float] = time.monotonic
) -> bool:
    """Whether the warm process carries the run out now; False where there is none, or where it cannot: then nothing has happened.

    Raises one of DATABASE_AWAY, only before anything was offered.
    """
    storage, module = storage_of(instance), module_of(run)
    if storage is None or module is None:
        return False
    with storage.connect() as connection:
        now, there = connection.execute(_NOW_AND_THERE, {"place": _PLACE}).one()
        if not there:
            return False
        connection.execute(_FORGET_OLD, {"name": _NAME, "now": now, "old": _OLD})
        offer = Offer(run.run_id, run.job_name, module, now, uuid.uuid4().hex)
        connection.execute(_NOTIFY, {"channel": CHANNEL, "offer": json.dumps(offer._asdict())})
    try:
        return _is_taken(storage, offer, clock)
    except DATABASE_AWAY:
        # It may have been taken, and must not be begun twice. If nobody began it, Dagster's run monitoring ends it.
        _LOG.warning("Dagster's database did not say whether the run %s was begun.", run.run_id)
        return True


def _is_taken(storage: PostgresRunStorage, offer: Offer, clock: Callable[[], float]) -> bool:
    with storage.connect() as connection:
        until = clock() + _SECONDS
        while (answer := _answer(connection, offer)) is None and clock() < until:
            time.sleep(_BETWEEN_LOOKS)
        if answer is None:
            connection.execute(_FIRST, {"key": offer.key, "value": WITHDRAWN})
            answer = _answer(connection, offer)
        if answer != WITHDRAWN:  # that one stays, for whoever wants to answer late
            connection.execute(_FORGET, {"key": offer.key})
        return answer == TAKEN


def _answer(connection: sa.Connection, offer: Offer) -> str | None:
    return connection.execute(_ANSWER, {"key": offer.key}).scalar_one_or_none()


def take_place(connection: psycopg.Connection) -> bool:
    """Whether this process is the warm one from now on, as long as the connection lasts; False if another one is."""
    row = connection.execute("select pg_try_advisory_lock(%s)", [_PLACE]).fetchone()
    if row is None or not row[0]:
        return False
    connection.execute(f"listen {CHANNEL}")
    return True


def answered(connection: psycopg.Connection, offer: Offer, answer: str) -> bool:
    """Whether the answer counts; False where the offer was withdrawn, or is too old."""
    values = {"key": offer.key, "value": answer, "at": offer.at, "stale": _STALE}
    return connection.execute(_TAKE, values).rowcount == 1
