"""Matching: how every payer of the chosen days resolves to a QuickBooks customer."""

import datetime as dt
from collections.abc import Mapping

import dagster as dg
import msgspec
import pandas as pd
import pyarrow as pa

from rentaxis_pipelines.matching.customers import Match
from rentaxis_pipelines.model.record_types import CHOSEN
from rentaxis_pipelines.orchestration.assets.extract import extract_keys
from rentaxis_pipelines.orchestration.assets.snapshot import customers_key
from rentaxis_pipelines.orchestration.failures import step
from rentaxis_pipelines.orchestration.io_manager import (
    MAY_BE_UNREAD,
    STAGING,
    ReadByAnotherRun,
    read_by_another_run,
)
from rentaxis_pipelines.orchestration.names import extract_key, group, matches_key
from rentaxis_pipelines.orchestration.partitions import SINGLE_RUN, daily
from rentaxis_pipelines.orchestration.session import NEEDS, SyncSession, dated, selected_assets, session_of
from rentaxis_pipelines.rentaxis.frames import DAY, struct_schema, to_frame
from rentaxis_pipelines.settings import Scope
from rentaxis_pipelines.storage.frames import belonging_to
from rentaxis_pipelines.sync.planning.resolve_payers import payer_of

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
            name: dg.AssetIn(key=extract_key(scope, name), metadata=MAY_BE_UNREAD)
            for name in _CLASSES
        },
        deps=[customers_key(scope)],
        partitions_def=daily(scope),
        backfill_policy=SINGLE_RUN,
        io_manager_key=STAGING,
        group_name=group(scope, "2_match"),
        kinds={"postgres", "pandas"},
        required_resource_keys=NEEDS,
    )
    @step
    def customer_matches(context: dg.AssetExecutionContext, **frames: pd.DataFrame) -> pd.DataFrame:
        """How each tenant or program of the day resolves: linked, matched by e-mail, waiting for a decision, or new."""
        return _matched(context, session_of(context, scope), frames)

    return customer_matches


def _matched(
    context: dg.AssetExecutionContext, session: SyncSession, frames: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    if not selected_assets(context) & extract_keys(session.scope):
        days = [dt.date.fromisoformat(day) for day in context.partition_keys]
        raise ReadByAnotherRun(read_by_another_run("rentaxis", days))
    engine = session.engine(context)
    payers = [
        (day, payer)
        for name, kind in _CLASSES.items()
        for day, record in dated(session, frames[name], kind)
        if (payer := payer_of(record)) is not None
    ]
    matches = engine.matches_of(payer for _, payer in payers)
    rows = {(day, payer.kind, payer.source_id): matches[payer.kind, payer.source_id] for day, payer in payers}
    table = pa.Table.from_pylist(
        [{DAY: key[0], **msgspec.to_builtins(match)} for key, match in sorted(rows.items())],
        schema=pa.schema([pa.field(DAY, pa.date32()), *struct_schema(Match)]),
    )
    return belonging_to(session.scope.environment.company_key, to_frame(table))
