"""Every version of a company's settings file, with who made it and why. Append only; the caller commits.

Not here: what a version may say (``settings.company_edit``), when one is kept (``sync.company_settings``).
"""

import datetime as dt

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.paging import Page, offset_of
from rentaxis_pipelines.ledger.sql import execute, fetch


class SettingsVersion(msgspec.Struct, frozen=True, kw_only=True):
    """``text``: the whole file from ``at`` on. ``who``: empty where it was changed outside the desk."""

    version_id: int = 0
    realm: str
    text: str
    who: str
    why: str
    at: dt.datetime


def lock_settings(connection: sa.Connection, realm: str) -> None:
    """Block other changes of the company's settings until the transaction ends."""
    execute(
        connection,
        "select pg_advisory_xact_lock(hashtextextended(:name, 0))",
        name=f"rentaxis_pipelines settings {realm}",
    )


def save(connection: sa.Connection, version: SettingsVersion) -> None:
    """Add a version; its id is given by the ledger."""
    statement = """insert into ledger.settings_versions (realm, text, who, why, at)
                   values (:realm, :text, :who, :why, :at)"""
    values = msgspec.structs.asdict(version)
    del values["version_id"]
    execute(connection, statement, **values)


def newest(connection: sa.Connection, realm: str) -> SettingsVersion | None:
    """The company's newest version; None before the first."""
    statement = "select * from ledger.settings_versions where realm = :realm order by version_id desc limit 1"
    rows = fetch(connection, SettingsVersion, statement, realm=realm)
    return rows[0] if rows else None


def page(connection: sa.Connection, realm: str, number: int, size: int) -> Page[SettingsVersion]:
    """The company's versions, newest first. The page holds one more than ``size``, where there is one: what its last one changed."""
    statement = """select * from ledger.settings_versions where realm = :realm
                   order by version_id desc limit :limit offset :offset"""
    rows = fetch(
        connection,
        SettingsVersion,
        statement,
        realm=realm,
        limit=size + 1,
        offset=offset_of(number, size),
    )
    return Page(rows=rows, number=number, has_more=len(rows) > size)


def version(connection: sa.Connection, realm: str, version_id: int) -> SettingsVersion | None:
    """One of the company's versions, or None where it has none of that number."""
    statement = "select * from ledger.settings_versions where realm = :realm and version_id = :version_id"
    rows = fetch(connection, SettingsVersion, statement, realm=realm, version_id=version_id)
    return rows[0] if rows else None
