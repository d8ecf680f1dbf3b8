"""Deciding about all open records of a cause at once: what it would do is said first, and what changed meanwhile is not taken along unseen.

Here: which of the group an action reaches, and the checks. Not here: the statements (``ledger.open_groups``), one record (``decisions``).
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from decimal import Decimal

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger import open_groups
from rentaxis_pipelines.ledger.open_groups import Group, GroupSize
from rentaxis_pipelines.model.record_types import DECIDABLE
from rentaxis_pipelines.sync.decision_rules import DecisionRefused


class Excluding(msgspec.Struct, frozen=True, kw_only=True):
    """What excluding a group would do. ``left``: records it does not reach, by source type."""

    size: GroupSize
    left: Mapping[str, int]


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What a person was told that an action does, to be held against what it would do now."""

    rows: int
    amount: Decimal
    newest: dt.datetime


class GroupChanged(DecisionRefused):
    """The group is not what it was when the person looked at it; nothing was written."""


def excluding(connection: sa.Connection, realm: str, group: Group) -> Excluding:
    """What excluding the group would do now. Reads only."""
    types = list(DECIDABLE)
    return Excluding(
        size=open_groups.size_of(connection, realm, group, types),
        left=open_groups.others_in(connection, realm, group, types),
    )


def exclude_group(
    connection: sa.Connection,
    realm: str,
    group: Group,
    seen: Seen,
    *,
    who: str,
    why: str,
    at: dt.datetime,
) -> int:
    """Exclude every record of the group; commits and returns how many. The caller holds the realm.

    Raises GroupChanged where it is not what was ``seen``, DecisionRefused where who or why is missing.
    """
    who, why = who.strip(), why.strip()
    if not who or not why:
        raise DecisionRefused("A decision is stored with who made it and why: give both.")
    now = excluding(connection, realm, group).size
    if (now.rows, now.amount, now.newest) != (seen.rows, seen.amount, seen.newest):
        raise GroupChanged(
            f"The group has changed since you looked: it was {_records(seen.rows)} and {seen.amount:,.2f}, now it is {_records(now.rows)} and "
            f"{now.amount:,.2f}. Look at it again, then confirm."
        )
    return _write_exclusions(connection, realm, group, seen.newest, who, why, at)


def exclude_what_is_left(
    connection: sa.Connection,
    realm: str,
    group: Group,
    until: dt.datetime,
    *,
    who: str,
    why: str,
    at: dt.datetime,
) -> int:
    """Exclude what is still open of the group as it was at ``until``; a record that was tried since is left out. Commits; how many.

    For a decision that waited for a run to end: the person agreed to the group as it was before. Raises DecisionRefused where who or why
    is missing.
    """
    if not who.strip() or not why.strip():
        raise DecisionRefused("A decision is stored with who made it and why: give both.")
    return _write_exclusions(connection, realm, group, until, who, why, at)


def include_batch(
    connection: sa.Connection, realm: str, batch: str, *, who: str, why: str, at: dt.datetime
) -> int:
    """Undo excluding many at once: include again what is still excluded by it; commits and returns how many. The caller holds the realm.

    Raises DecisionRefused where nothing is left of it.
    """
    if not open_groups.standing_in(connection, realm, batch):
        raise DecisionRefused("These records are included again already.")
    try:
        included = open_groups.include_again(
            connection, realm, batch, own=uuid.uuid4().hex, who=who, why=why, at=at
        )
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return included


def _write_exclusions(
    connection: sa.Connection,
    realm: str,
    group: Group,
    until: dt.datetime,
    who: str,
    why: str,
    at: dt.datetime,
) -> int:
    try:
        excluded = open_groups.exclude(
            connection, realm, group, list(DECIDABLE), until=until, batch=uuid.uuid4().hex, who=who, why=why, at=at,
        )  # fmt: skip
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return excluded


def _records(rows: int) -> str:
    return "1 record" if rows == 1 else f"{rows:,} records"
