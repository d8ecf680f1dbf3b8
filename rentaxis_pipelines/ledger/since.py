"""What was pushed, decided and set up for a company since a moment. Reads only.

Not here: what changed in RentAxis or QuickBooks since, which only a read of both can tell.
"""

import datetime as dt

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import execute


class Since(msgspec.Struct, frozen=True):
    """``runs``: runs that pushed, or are pushing. ``decided``: whether a person decided something about a record; ``set_up``: whether
    the settings were changed at the desk.
    """

    runs: int
    decided: bool
    set_up: bool

    @property
    def nothing(self) -> bool:
        """Whether nothing happened."""
        return not (self.runs or self.decided or self.set_up)


def changed_since(connection: sa.Connection, realm: str, moment: dt.datetime) -> Since:
    """What happened after ``moment``; previews count for nothing."""
    runs = """select count(distinct run_id) from ledger.plans
              where realm = :realm and not dry_run and (created_at > :moment or finished_at > :moment)"""
    # Both are numbered as they are made: the newest one is at the end of the key.
    decided = "select decided_at from ledger.decisions where realm = :realm order by decision_id desc limit 1"
    set_up = "select at from ledger.settings_versions where realm = :realm order by version_id desc limit 1"
    return Since(
        runs=execute(connection, runs, realm=realm, moment=moment).scalar_one(),
        decided=_is_later(execute(connection, decided, realm=realm).scalar_one_or_none(), moment),
        set_up=_is_later(execute(connection, set_up, realm=realm).scalar_one_or_none(), moment),
    )


def _is_later(happened: dt.datetime | None, moment: dt.datetime) -> bool:
    return happened is not None and happened > moment
