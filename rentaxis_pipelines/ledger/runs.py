"""The runs of a company, as their plans tell of them: who asked for each, when, and which run it took back. Reads only.

Not here: the days they were about (``ledger.plans``), what they wrote (``ledger.versions``).
"""

import datetime as dt
from collections.abc import Iterable

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import execute, fetch
from rentaxis_pipelines.model.previews import SHORT


class KnownRun(msgspec.Struct, frozen=True):
    """``previewed``: it only said what it would do. ``undoes``: the run it took back."""

    run_id: str
    realm: str
    requested_by: str
    started_at: dt.datetime
    previewed: bool
    undoes: str | None

    @property
    def short_id(self) -> str:
        """How people name it."""
        return self.run_id[:SHORT]


_RUNS = """select run_id, realm, min(requested_by) as requested_by, min(created_at) as started_at, bool_and(dry_run) as previewed,
                  max(undoes) as undoes
           from ledger.plans"""


def known(connection: sa.Connection, realm: str, run_ids: Iterable[str]) -> dict[str, KnownRun]:
    """These runs of the realm, by id; those that never planned are absent."""
    statement = f"{_RUNS} where realm = :realm and run_id = any(:ids) group by run_id, realm"
    runs = fetch(connection, KnownRun, statement, realm=realm, ids=list(set(run_ids)))
    return {run.run_id: run for run in runs}


def undone_by(connection: sa.Connection, realm: str, run_id: str) -> str | None:
    """The run that this one took back, or None where it is no undo."""
    statement = "select max(undoes) from ledger.plans where realm = :realm and run_id = :run_id"
    return execute(connection, statement, realm=realm, run_id=run_id).scalar_one()


def undone_in_the_end(connection: sa.Connection, realm: str, run_id: str) -> tuple[str, int]:
    """The push that a run is about, by its id, and how many undos lie between: 0 for the push itself, 1 for its undo, 2 for the undo of that."""
    undos = 0
    while (earlier := undone_by(connection, realm, run_id)) is not None:
        run_id, undos = earlier, undos + 1
    return run_id, undos


def undos_of(connection: sa.Connection, realm: str, run_id: str) -> list[KnownRun]:
    """The runs that took it back, all of it or in part, newest first; previews are none of them."""
    statement = f"{_RUNS} where realm = :realm and undoes = :run_id and not dry_run group by run_id, realm order by min(created_at) desc"
    return fetch(connection, KnownRun, statement, realm=realm, run_id=run_id)
