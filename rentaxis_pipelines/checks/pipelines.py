"""What a run needs from the pipelines' own database: that it is reachable and writable, can store every name, and has this version's tables."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from rentaxis_pipelines.checks.clock import clock_findings
from rentaxis_pipelines.checks.facts import Facts, NotChecked, pipelines_url
from rentaxis_pipelines.checks.finding import Finding, ok, stops
from rentaxis_pipelines.ledger.database import connect, ledger_version, migrate
from rentaxis_pipelines.sync.companies import refuse_another_company_at, schemas_of

LEDGER = "ledger"


def pipelines_database(facts: Facts) -> list[Finding]:
    """A finding for each missing permission, and for an encoding that cannot store every name."""
    findings = facts.once(_database)
    if any(finding.severity == "stops" for finding in findings):
        return findings
    return [*findings, ok("Pipelines database: connection accepted, and it is writable.")]


def ledger(facts: Facts) -> list[Finding]:
    return [ok(f"Ledger: its tables match this version ({facts.once(ready)}).")]


def companies(facts: Facts) -> list[Finding]:
    facts.once(ready)
    refuse_another_company_at(facts.environment)
    return []


def ready(facts: Facts) -> str:
    """The revision of the ledger's tables, once they are up to date. Raises LedgerError."""
    if any(finding.severity == "stops" for finding in facts.once(_database)):
        raise NotChecked
    migrate(pipelines_url(facts))
    return ledger_version(pipelines_url(facts))


def _database(facts: Facts) -> list[Finding]:
    company = facts.environment.company_key
    schemas = [LEDGER, *schemas_of(company)]
    with connect(pipelines_url(facts)) as connection:
        before = dt.datetime.now(dt.UTC)
        theirs = connection.execute(sa.text("select clock_timestamp()")).scalar_one()
        after = dt.datetime.now(dt.UTC)
        database = connection.execute(_DATABASE).mappings().one()
        existing = connection.execute(_SCHEMAS, {"schemas": schemas}).mappings().all()
    return [
        *clock_findings("the pipelines database", theirs, before, after),
        *_about_database(database),
        *_about_schemas(database, existing, schemas),
    ]


_DATABASE = sa.text(
    """select current_user as role, current_database() as name, current_setting('server_encoding') as encoding,
              pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as read_only,
              has_database_privilege(current_database(), 'create') as may_create"""
)
# Only a table's owner, or a role that is a member of the owner, can change it. Of the ledger's tables, which rentaxis-sync migrate may look
# after as another user, the rows are enough.
_SCHEMAS = sa.text(
    """select namespace.nspname as schema, has_schema_privilege(namespace.oid, 'usage, create') as may_enter,
              coalesce(array_agg(distinct pg_get_userbyid(class.relowner)::text)
                  filter (where not pg_has_role(class.relowner, 'usage')
                          and not (namespace.nspname = 'ledger' and case
                            when class.relkind = 'S' then has_sequence_privilege(class.oid, 'usage')
                            when class.relname = 'ledger_version' then has_table_privilege(class.oid, 'select')
                            else has_table_privilege(class.oid, 'select') and has_table_privilege(class.oid, 'insert')
                              and has_table_privilege(class.oid, 'update') and has_table_privilege(class.oid, 'delete') end)),
                '{}') as owners
       from pg_namespace as namespace
       left join pg_class as class on class.relnamespace = namespace.oid and class.relkind in ('r', 'p', 'v', 'm', 'S')
       where namespace.nspname = any(:schemas)
       group by namespace.oid, namespace.nspname
       order by namespace.nspname"""
)


def _about_database(database: Mapping[Any, Any]) -> Iterator[Finding]:
    if database["encoding"] != "UTF8":
        yield stops(
            f"Pipelines database: its encoding is {database['encoding']}, which cannot store every name.",
            f"Create it again: create database {database['name']} encoding 'UTF8' template template0;",
        )
    if database["read_only"]:
        yield stops(
            "Pipelines database: it is read-only: it is a standby, or default_transaction_read_only is on.",
            "Set PIPELINES_DATABASE_URL to the primary database.",
        )


def _about_schemas(
    database: Mapping[Any, Any], existing: "list[Any] | Any", schemas: list[str]
) -> Iterator[Finding]:
    role = database["role"]
    if len(existing) < len(schemas) and not database["may_create"]:
        yield stops(
            f"Pipelines database: {role} may not create schemas in it, and {_listed(schemas, existing)}.",
            f"grant create on database {database['name']} to {role};",
        )
    for row in existing:
        if not row["may_enter"]:
            yield stops(
                f"Pipelines database: {role} may not write to the schema {row['schema']}.",
                f"alter schema {row['schema']} owner to {role};",
            )
        for owner in row["owners"]:
            yield stops(
                f"Pipelines database: tables in the schema {row['schema']} belong to {owner}, so {role} may not change them.",
                f"Use the same role for everything, or: grant {owner} to {role};",
            )


def _listed(schemas: list[str], existing: "list[Any] | Any") -> str:
    missing = [name for name in schemas if name not in {row["schema"] for row in existing}]
    return f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing"
