"""What was pushed and decided for a company since a moment. Reads only.

Not here: what changed in RentAxis or QuickBooks since, which only a read of both can tell.
"""

import datetime as dt

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import execute


class Since(msgspec.Struct, frozen=True):
    """``runs``: runs that pushed, or are pushing. ``decided``: whether a person decided something about a record."""

    runs: int
    decided: bool

    @property
    def nothing(self) -> bool:
        """Whether nothing happened."""
        return self.runs == 0 and not self.decided


def changed_since(connection: sa.Connection, realm: str, moment: dt.datetime) -> Since:
    """What happened after ``moment``; previews count for nothing."""
    runs = """select count(distinct run_id) from ledger.plans
              where realm = :realm and not dry_run and (created_at > :moment or finished_at > :moment)"""
    # Decisions are numbered as they are made: the newest one is at the end of the key.
    newest = "select decided_at from ledger.decisions where realm = :realm order by decision_id desc limit 1"
    decided_at = execute(connection, newest, realm=realm).scalar_one_or_none()
    return Since(
        runs=execute(connection, runs, realm=realm, moment=moment).scalar_one(),
        decided=decided_at is not None and decided_at > moment,
    )
