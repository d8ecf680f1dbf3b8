"""What a run needs of the pipelines' own database: that it answers, holds every name, may be written, and is of this version."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from rentaxis_pipelines.checks.clock import clock_findings
from rentaxis_pipelines.checks.facts import Facts, NotLookedAt, pipelines_url
from rentaxis_pipelines.checks.finding import Finding, ok, stops
from rentaxis_pipelines.ledger.database import connect, ledger_version, migrate
from rentaxis_pipelines.sync.companies import REPORTS, STAGING, refuse_another_company_at

LEDGER = "ledger"


def pipelines_database(facts: Facts) -> list[Finding]:
    """A finding for each right that is missing, and for an encoding that does not hold every name."""
    found = facts.once(_database)
    if any(one.severity == "stops" for one in found):
        return found
    return [*found, ok("Pipelines database: it lets us in, and may be written.")]


def ledger(facts: Facts) -> list[Finding]:
    return [ok(f"Ledger: its tables are those of this version ({facts.once(ready)}).")]


def companies(facts: Facts) -> list[Finding]:
    facts.once(ready)
    refuse_another_company_at(facts.environment)
    return []


def ready(facts: Facts) -> str:
    """The revision of the ledger's tables, once they are up to date. Raises LedgerError."""
    if any(one.severity == "stops" for one in facts.once(_database)):
        raise NotLookedAt
    migrate(pipelines_url(facts))
    return ledger_version(pipelines_url(facts))


def _database(facts: Facts) -> list[Finding]:
    company = facts.environment.company_key
    schemas = [LEDGER, company.schema(STAGING), company.schema(REPORTS)]
    with connect(pipelines_url(facts)) as connection:
        before = dt.datetime.now(dt.UTC)
        theirs = connection.execute(sa.text("select clock_timestamp()")).scalar_one()
        after = dt.datetime.now(dt.UTC)
        database = connection.execute(_DATABASE).mappings().one()
        there = connection.execute(_SCHEMAS, {"schemas": schemas}).mappings().all()
    return [
        *clock_findings("the pipelines database", theirs, before, after),
        *_about_database(database),
        *_about_schemas(database, there, schemas),
    ]


_DATABASE = sa.text(
    """select current_user as role, current_database() as name, current_setting('server_encoding') as encoding,
              pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as read_only,
              has_database_privilege(current_database(), 'create') as may_make"""
)
# A table is changed by its owner alone, and by who has the owner's role.
_SCHEMAS = sa.text(
    """select namespace.nspname as schema, has_schema_privilege(namespace.oid, 'usage, create') as may_enter,
              coalesce(array_agg(distinct pg_get_userbyid(class.relowner)::text)
                  filter (where not pg_has_role(class.relowner, 'usage')), '{}') as owners
       from pg_namespace as namespace
       left join pg_class as class on class.relnamespace = namespace.oid and class.relkind in ('r', 'p', 'v', 'm', 'S')
       where namespace.nspname = any(:schemas)
       group by namespace.oid, namespace.nspname
       order by namespace.nspname"""
)


def _about_database(database: Mapping[Any, Any]) -> Iterator[Finding]:
    if database["encoding"] != "UTF8":
        yield stops(
            f"Pipelines database: its encoding is {database['encoding']}, which cannot hold every name.",
            f"Make it anew: create database {database['name']} encoding 'UTF8' template template0;",
        )
    if database["read_only"]:
        yield stops(
            "Pipelines database: it takes no writing: it is a read-only copy, or default_transaction_read_only is on.",
            "Name the database itself in PIPELINES_DATABASE_URL.",
        )


def _about_schemas(
    database: Mapping[Any, Any], there: "list[Any] | Any", schemas: list[str]
) -> Iterator[Finding]:
    role = database["role"]
    if len(there) < len(schemas) and not database["may_make"]:
        yield stops(
            f"Pipelines database: {role} may not make schemas in it, and {_listed(schemas, there)}.",
            f"grant create on database {database['name']} to {role};",
        )
    for row in there:
        if not row["may_enter"]:
            yield stops(
                f"Pipelines database: {role} may not write in the schema {row['schema']}.",
                f"alter schema {row['schema']} owner to {role};",
            )
        for owner in row["owners"]:
            yield stops(
                f"Pipelines database: tables in the schema {row['schema']} belong to {owner}, so {role} may not change them.",
                f"Let the same role run everything, or: grant {owner} to {role};",
            )


def _listed(schemas: list[str], there: "list[Any] | Any") -> str:
    missing = [name for name in schemas if name not in {row["schema"] for row in there}]
    return f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not there yet"
