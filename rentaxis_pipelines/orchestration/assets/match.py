"""Matching: how every payer of the chosen days resolves to a QuickBooks customer."""

import datetime as dt
from collections.abc import Mapping

import dagster as dg
import msgspec
import pyarrow as pa

from rentaxis_pipelines.matching.customers import Match
from rentaxis_pipelines.model.record_types import CHOSEN
from rentaxis_pipelines.model.source_records import Payer
from rentaxis_pipelines.orchestration.assets.extract import extract_keys
from rentaxis_pipelines.orchestration.assets.snapshot import customers_key
from rentaxis_pipelines.orchestration.company_types import models_with_extracts
from rentaxis_pipelines.orchestration.failures import step
from rentaxis_pipelines.orchestration.io_manager import (
    AS_STORED,
    MAY_BE_UNREAD,
    STAGING,
    Kept,
    ReadByAnotherRun,
    Staging,
    read_by_another_run,
)
from rentaxis_pipelines.orchestration.names import extract_key, group, matches_key
from rentaxis_pipelines.orchestration.partitions import SINGLE_RUN, daily
from rentaxis_pipelines.orchestration.session import NEEDS, SyncSession, selected_assets, session_of
from rentaxis_pipelines.orchestration.stored_rows import StoredRows
from rentaxis_pipelines.rentaxis.frames import records_from_frame, struct_schema, to_frame
from rentaxis_pipelines.settings import Scope
from rentaxis_pipelines.storage.derived import Naming, named
from rentaxis_pipelines.storage.frames import connected, texts_as_table

# Whose records are, or name, tenants and programs.
_CLASSES = {
    source.model: source.record_class
    for record_type in CHOSEN
    if record_type.has_payer
    for source in record_type.sources
}


def match_asset(scope: Scope) -> dg.AssetsDefinition:
    """Who is whose customer, for one company."""

    @dg.asset(
        key=matches_key(scope),
        ins={
            # Each job extracts only what it pushes; whoever is not among it is not matched.
            name: dg.AssetIn(key=extract_key(scope, name), metadata={**MAY_BE_UNREAD, **AS_STORED})
            for name in models_with_extracts(scope)
            if name in _CLASSES
        },
        deps=[customers_key(scope)],
        partitions_def=daily(scope),
        backfill_policy=SINGLE_RUN,
        io_manager_key=STAGING,
        group_name=group(scope, "2_match"),
        kinds={"postgres", "pandas"},
        required_resource_keys={*NEEDS, STAGING},
    )
    @step
    def customer_matches(context: dg.AssetExecutionContext, **records: StoredRows) -> Kept:
        """How each tenant or program of the day resolves: linked, matched by e-mail, waiting for a decision, or new."""
        return _matched(context, session_of(context, scope), records)

    return customer_matches


def _matched(
    context: dg.AssetExecutionContext, session: SyncSession, records: Mapping[str, StoredRows]
) -> Kept:
    if not selected_assets(context) & extract_keys(session.scope):
        days = [dt.date.fromisoformat(day) for day in context.partition_keys]
        raise ReadByAnotherRun(read_by_another_run("rentaxis", days))
    run_id, company = context.run.run_id, session.scope.environment.company_key
    (days,) = {rows.days for rows in records.values()}
    for rows in records.values():
        rows.refuse_another(company)
    namings = [
        Naming(rows.table, None if _CLASSES[name] is Payer else "payer", Payer.__struct_fields__)
        for name, rows in records.items()
    ]
    somebody = next(iter(records.values()))
    with connected(somebody.database_url) as connection:
        texts = named(connection, somebody.store, days, run_id, namings)
    payers = texts_as_table(texts, struct_schema(Payer), "the extracts")
    matches = session.engine(context).matches_of(records_from_frame(to_frame(payers), Payer))
    said = [msgspec.to_builtins(matches[key]) for key in sorted(matches)]
    staging: Staging = getattr(context.resources, STAGING)
    return staging.derive(
        context.asset_key, days, run_id, pa.Table.from_pylist(said, schema=struct_schema(Match)), namings
    )
