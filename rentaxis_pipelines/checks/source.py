"""What a run needs from the RentAxis database: that it is reachable, that its user may read the tables, that the staging SQL fits.

Postgres only describes each model here and does not run it: ``rentaxis-sync source check`` checks the rows.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from rentaxis_pipelines.checks.clock import clock_findings
from rentaxis_pipelines.checks.facts import Facts, NotChecked, company_of
from rentaxis_pipelines.checks.finding import Finding, ok, soon, stops
from rentaxis_pipelines.rentaxis.all_models import parameters_for
from rentaxis_pipelines.rentaxis.contract import FOR_REPORTS, MAY_BE_ABSENT, MODELS, IntegrationSettings
from rentaxis_pipelines.rentaxis.database import SourceError
from rentaxis_pipelines.rentaxis.described import column_breaches, described, plan_breaches, plan_of
from rentaxis_pipelines.rentaxis.folder import models_in, source_of
from rentaxis_pipelines.rentaxis.frames import RECORD_TYPES
from rentaxis_pipelines.rentaxis.integration import integration_settings
from rentaxis_pipelines.rentaxis.not_pushed import PREFIX
from rentaxis_pipelines.rentaxis.sql_models import SqlModelError, SqlModels, in_file
from rentaxis_pipelines.sync.choice import refuse_wrong_company

_FILES_SHOWN = 3


def source_database(facts: Facts) -> list[Finding]:
    before = dt.datetime.now(dt.UTC)
    with source_of(facts.environment) as connection:
        statement = (
            "select clock_timestamp(), current_setting('server_encoding'), current_setting('server_version')"
        )
        theirs, encoding, version = connection.execute(sa.text(statement)).one()
    findings = list(clock_findings("the RentAxis database", theirs, before, dt.datetime.now(dt.UTC)))
    if encoding == "SQL_ASCII":
        findings.append(
            stops(
                "RentAxis database: its encoding is SQL_ASCII, so the characters of names are ambiguous.",
                "Use a copy of it that is in UTF8.",
            )
        )
    return [*findings, ok(f"RentAxis database: connection accepted (Postgres {version}, {encoding}).")]


def rights(facts: Facts) -> list[Finding]:
    """A finding for each table that may not be read or does not exist."""
    return facts.once(_rights) or [ok("RentAxis database: every table used by the staging SQL can be read.")]


def organization(facts: Facts) -> list[Finding]:
    settings = facts.once(integration)
    refuse_wrong_company(settings, facts.environment, facts.once(company_of))
    return [ok(f"RentAxis: organization {settings.organization_name} can be read.")]


def integration(facts: Facts) -> IntegrationSettings:
    """The organization's integration settings in RentAxis. Raises SourceError."""
    _refuse_without_rights(facts)
    with source_of(facts.environment) as connection:
        return integration_settings(connection, facts.environment.rentaxis_organization_id)


def staging(facts: Facts) -> list[Finding]:
    """A finding for each breach of the contract that Postgres' description of a model shows."""
    _refuse_without_rights(facts)
    models = models_in(facts.environment.rentaxis_sql_folder)
    remedy = "See docs/adapter.md, and run `rentaxis-sync source check`."
    findings: dict[str, Finding] = {}
    helpers = (name for name in models.names if name not in MODELS and not _is_listing(name))
    needed = (name for name in MODELS if name not in FOR_REPORTS)
    checked = [name for name in (*needed, *helpers) if name in models.models or name not in MAY_BE_ABSENT]
    for model in checked:
        try:
            sentences = list(_breaches(facts, models, model))
        except (SourceError, SqlModelError) as error:
            sentences = [str(error).removesuffix(" Nothing was written.")]
        for sentence in sentences:  # an error in a helper shows up in every model built on it
            findings.setdefault(sentence, stops(f"Staging: {sentence}", remedy))
    good = f"Staging: the {len(checked)} models in {models.folder} return the required columns; `rentaxis-sync source check` checks their rows."
    return list(findings.values()) or [ok(good)]


def _breaches(facts: Facts, models: SqlModels, model: str) -> Iterator[str]:
    with source_of(facts.environment) as connection, in_file(models, model):
        statement = models.render(model)
        bound = parameters_for(statement, facts.environment.rentaxis_organization_id)
        columns_found = described(
            connection, statement, bound
        )  # Postgres rejects invalid SQL and names that do not exist
        breaches = list(column_breaches(models, model, columns_found)) if model in MODELS else []
        yield from (breach.sentence for breach in breaches)
        if model in RECORD_TYPES and not breaches:
            plan = plan_of(connection, models, model, bound)
            yield from (breach.sentence for breach in plan_breaches(connection, models, model, plan))


def _refuse_without_rights(facts: Facts) -> None:
    if any(finding.severity == "stops" for finding in facts.once(_rights)):
        raise NotChecked


def _rights(facts: Facts) -> list[Finding]:
    models = models_in(facts.environment.rentaxis_sql_folder)
    readers = _readers(models)
    names = [table.rpartition(".")[::2] for table in readers]
    bound = {
        "schemas": [schema or models.source_schema for schema, _ in names],
        "tables": [table for _, table in names],
        "read_by": list(readers.values()),
    }
    with source_of(facts.environment) as connection:
        rows = connection.execute(_MAY, bound).mappings().all()
    findings = {finding.text: finding for row in rows for finding in _about_table(row)}
    return list(findings.values())


def _readers(models: SqlModels) -> dict[str, str]:
    """Each table that a model names in ``source()``, with a phrase listing the files that name it."""
    files: dict[str, list[str]] = {}
    for name, model in models.models.items():
        for table in model.sources:
            files.setdefault(table, []).append(name)
    return {table: _in_words(sorted(names, key=_is_listing)) for table, names in files.items()}


def _is_listing(model: str) -> bool:
    """Whether it is read for a report alone: the list of records not pushed, or the proof of the statements."""
    return model.startswith(PREFIX) or model in FOR_REPORTS


def _in_words(names: list[str]) -> str:
    shown = ", ".join(f"{name}.sql" for name in names[:_FILES_SHOWN])
    return shown if len(names) <= _FILES_SHOWN else f"{shown} and {len(names) - _FILES_SHOWN} more"


# From the catalog, which everybody may read: looking up a table by name fails without usage on its schema.
_MAY = sa.text(
    """select wanted.schema, wanted.name, wanted.read_by, current_user as role,
              namespace.oid is not null as schema_there, class.oid is not null as there,
              coalesce(has_schema_privilege(namespace.oid, 'usage'), false) as may_enter,
              coalesce(has_any_column_privilege(class.oid, 'select'), false) as may_read,
              coalesce(row_security_active(class.oid), false) as filtered
       from unnest(cast(:schemas as text[]), cast(:tables as text[]), cast(:read_by as text[])) as wanted (schema, name, read_by)
       left join pg_namespace as namespace on namespace.nspname = wanted.schema
       left join pg_class as class
           on class.relnamespace = namespace.oid and class.relname = wanted.name and class.relkind in ('r', 'v', 'm', 'p', 'f')
       order by 1, 2"""
)


def _about_table(row: Mapping[Any, Any]) -> Iterator[Finding]:
    schema, role = row["schema"], row["role"]
    table, read_by = f"{schema}.{row['name']}", str(row["read_by"])
    only_listed = _is_listing(read_by.partition(".sql")[0])
    if not row["schema_there"]:
        if not only_listed:
            yield stops(
                f"RentAxis database: there is no schema {schema}, which the staging SQL reads from.",
                "Write the SQL for your own schema: docs/adapter.md.",
            )
        return
    if not row["may_enter"]:
        yield stops(
            f"RentAxis database: {role} may not use the schema {schema}.",
            f"grant usage on schema {schema} to {role};",
        )
    if not row["there"]:
        if not only_listed:
            yield stops(
                f"RentAxis database: there is no table {table}, which {read_by} reads.",
                "Write the SQL for your own tables: docs/adapter.md.",
            )
    elif not row["may_read"]:
        text = f"RentAxis database: {role} may not read {table}, which {read_by} reads."
        remedy = f"grant select on {table} to {role};"
        yield soon(text, remedy) if only_listed else stops(text, remedy)
    elif row["filtered"]:
        yield soon(
            f"RentAxis database: row security is on for {table}, so rows may be hidden from {role}, and would never be pushed.",
            f"Make sure its policies show {role} every row of the organization, or: alter role {role} bypassrls;",
        )
