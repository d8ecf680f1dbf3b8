"""Who is who: how every payer of the chosen days resolves to a QuickBooks customer."""

import datetime as dt

import dagster as dg
import msgspec
import pandas as pd
import pyarrow as pa

from rentaxis_pipelines.matching.customers import Match
from rentaxis_pipelines.model.record_types import CHOSEN
from rentaxis_pipelines.orchestration.assets.extract import EXTRACTS
from rentaxis_pipelines.orchestration.failures import step
from rentaxis_pipelines.orchestration.io_manager import MAY_BE_UNREAD, ReadByAnotherRun, read_by_another_run
from rentaxis_pipelines.orchestration.partitions import DAILY, SINGLE_RUN
from rentaxis_pipelines.orchestration.session import SyncSession, dated, selected_assets
from rentaxis_pipelines.rentaxis.frames import DAY, struct_schema, to_frame
from rentaxis_pipelines.storage.frames import belonging_to
from rentaxis_pipelines.sync.planning.resolve_payers import payer_of

# Whose records are, or name, tenants and programs.
_CLASSES = {source.model: source.record_class for one in CHOSEN if one.has_payer for source in one.sources}


@dg.asset(
    key=["matching", "customer_matches"],
    ins={
        # Each job extracts only what it pushes; whoever is not among it is not matched.
        name: dg.AssetIn(key=["rentaxis", name], metadata=MAY_BE_UNREAD)
        for name in _CLASSES
    },
    deps=[["quickbooks", "customers"]],
    partitions_def=DAILY,
    backfill_policy=SINGLE_RUN,
    io_manager_key="staging",
    group_name="2_match",
    kinds={"postgres", "pandas"},
)
@step
def customer_matches(
    context: dg.AssetExecutionContext, session: SyncSession, **frames: pd.DataFrame
) -> pd.DataFrame:
    """How each tenant or program of the day resolves: linked, matched by e-mail, waiting for a person, or new."""
    if not selected_assets(context) & EXTRACTS:
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
    return belonging_to(session.environment.company_key, to_frame(table))
