"""Bringing a pipelines database up to date with a user that may change it, so that the runs' own user need not.

A run writes rows of the ledger, and makes tables in the schemas that are its company's own. Everything else is done here: the ledger's tables,
those schemas, and what the runs' user is granted. Where it is the same user, nothing is granted.
Here: what is made and granted. Not here: the ledger's tables themselves (``ledger.database``), what is in the schemas.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from rentaxis_pipelines.ledger.database import (
    LedgerAccessDenied,
    connect,
    ledger_version_on,
    migrate,
    newest_version,
)
from rentaxis_pipelines.ledger.sql import execute
from rentaxis_pipelines.settings import Environment
from rentaxis_pipelines.sync.companies import schemas_of


def upgrade(companies: Sequence[Environment], admin_url: str) -> str:
    """Bring the database of these companies, which is one, up to date as the user of ``admin_url``; returns what was done, as a sentence.

    Can be repeated at any time. Raises LedgerError, also where the user may not do it.
    """
    runs_as = sa.make_url(companies[0].pipelines_database_url.get_secret_value()).username
    with connect(admin_url) as connection:
        before = ledger_version_on(connection)
    migrate(admin_url)
    with connect(admin_url) as connection:
        signed_in = execute(
            connection, "select current_user::text as name, current_database()::text as database"
        ).one()
        admin, database = str(signed_in.name), str(signed_in.database)
        owner = runs_as or admin
        if owner != admin:
            _refuse_stranger(connection, owner, admin)
            _grant(connection, owner)
        for company in companies:
            for schema in schemas_of(company.company_key):
                _make_schema(connection, schema, owner)
        connection.commit()
    was = "were there already" if before == newest_version() else f"are now at {newest_version()}"
    also = f", and {owner} may write to them" if owner != admin else ""
    return f"Database {database}: the ledger's tables {was}{also}; {len(companies)} companies have their schemas."


def _refuse_stranger(connection: sa.Connection, owner: str, admin: str) -> None:
    """Only a member of a role can hand something over to it."""
    known = "select exists (select from pg_roles where rolname = :owner)"
    if not execute(connection, known, owner=owner).scalar_one():
        raise LedgerAccessDenied(
            f"There is no database user {owner}, which PIPELINES_DATABASE_URL names. Create it first."
        )
    if not execute(
        connection, "select pg_has_role(cast(:owner as name), 'member')", owner=owner
    ).scalar_one():
        raise LedgerAccessDenied(
            f"The database user {admin} must be a member of {owner}, so that it can give it the companies' schemas: grant {owner} to {admin};"
        )


def _grant(connection: sa.Connection, owner: str) -> None:
    """What a run does with the ledger: rows alone."""
    role = _quoted(connection, owner)
    for statement in (
        f"grant usage on schema ledger to {role}",
        f"grant select, insert, update, delete on all tables in schema ledger to {role}",
        f"revoke insert, update, delete on ledger.ledger_version from {role}",
        f"grant usage on all sequences in schema ledger to {role}",
    ):
        execute(connection, statement)


def _make_schema(connection: sa.Connection, schema: str, owner: str) -> None:
    """The schema, owned by the runs' user with all that is in it."""
    name, role = _quoted(connection, schema), _quoted(connection, owner)
    found = execute(
        connection,
        "select pg_get_userbyid(nspowner)::text from pg_namespace where nspname = :schema",
        schema=schema,
    ).scalar_one_or_none()
    if found is None:
        execute(connection, f"create schema {name} authorization {role}")
        return
    if found == owner:
        return
    execute(connection, f"alter schema {name} owner to {role}")
    tables = execute(
        connection,
        "select relname::text from pg_class where relnamespace = cast(:name as regnamespace) and relkind = 'r'",
        name=name,
    )
    for table in tables.scalars().all():
        execute(connection, f"alter table {name}.{_quoted(connection, table)} owner to {role}")


def _quoted(connection: sa.Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote_identifier(name)
