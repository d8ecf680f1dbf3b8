"""Which RentAxis organization belongs to which QuickBooks company. Append only; the caller commits.

Not here: whether a pair may be used or changed, and the sentences (``sync.companies``).
"""

import datetime as dt

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import execute, fetch


class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """From ``registered_at`` on, the organization is pushed to the realm. ``why`` is empty for the first use."""

    registration_id: int = 0
    realm: str
    organization_id: str
    registered_at: dt.datetime
    registered_by: str
    why: str | None = None


def has_companies(connection: sa.Connection) -> bool:
    """Whether the table exists; reading does not create it."""
    return execute(connection, "select to_regclass('ledger.companies') is not null").scalar_one()


def newest_of_realm(connection: sa.Connection, realm: str) -> Registration | None:
    """The organization whose records are in the realm, or None if nothing was ever pushed there."""
    return _newest(connection, "realm", realm)


def newest_of_organization(connection: sa.Connection, organization_id: str) -> Registration | None:
    """Where the organization is pushed to, or None if it never was."""
    return _newest(connection, "organization_id", organization_id)


def _newest(connection: sa.Connection, column: str, value: str) -> Registration | None:
    statement = (
        f"select * from ledger.companies where {column} = :value order by registration_id desc limit 1"  # noqa: S608 - a constant of this module
    )
    rows = fetch(connection, Registration, statement, value=value)
    return rows[0] if rows else None


def all_registrations(connection: sa.Connection) -> list[Registration]:
    """Every registration, oldest first."""
    return fetch(connection, Registration, "select * from ledger.companies order by registration_id")


def lock_registrations(connection: sa.Connection) -> None:
    """Block other registrations until the transaction ends: each realm has its own lock, but organizations have none."""
    execute(connection, "select pg_advisory_xact_lock(hashtextextended('rentaxis_pipelines companies', 0))")


def register(connection: sa.Connection, registration: Registration) -> None:
    """Save the registration."""
    statement = """insert into ledger.companies (realm, organization_id, registered_at, registered_by, why)
                   values (:realm, :organization_id, :registered_at, :registered_by, :why)"""
    execute(connection, statement, **msgspec.structs.asdict(registration))


def is_used(connection: sa.Connection, realm: str) -> bool:
    """Whether the ledger has anything of the realm that contains source ids: a plan, a link or a decision."""
    statement = """select exists (select from ledger.plans where realm = :realm)
                       or exists (select from ledger.links where realm = :realm)
                       or exists (select from ledger.decisions where realm = :realm)"""
    return execute(connection, statement, realm=realm).scalar_one()
