"""The extracts: RentAxis' records of the chosen days, one frame a type, all read in one snapshot of its database.

A run that goes on to match or push holds its QuickBooks company before it reads, so that what it read is never older than what was
pushed. Extraction by itself holds nothing and needs no QuickBooks: no other run is given its frames.
"""

import dagster as dg
import pandas as pd

from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.record_types import SOURCES
from rentaxis_pipelines.orchestration.checks import extract_check_specs, schema_broken, schema_holds
from rentaxis_pipelines.orchestration.failures import step
from rentaxis_pipelines.orchestration.options import SyncOptions
from rentaxis_pipelines.orchestration.partitions import DAILY, SINGLE_RUN, TIME_ZONE
from rentaxis_pipelines.orchestration.run_tags import tag_beginning
from rentaxis_pipelines.orchestration.session import SyncSession, request_of, selected_assets
from rentaxis_pipelines.rentaxis.all_models import refuse_broken_models
from rentaxis_pipelines.rentaxis.database import SourceShapeChanged, snapshot
from rentaxis_pipelines.rentaxis.extract import extract
from rentaxis_pipelines.rentaxis.frames import RECORD_TYPES, RecordType
from rentaxis_pipelines.storage.frames import belonging_to
from rentaxis_pipelines.sync.companies import refuse_unconfirmed_company

_DESCRIPTIONS = {source.model: source.description for source in SOURCES}

EXTRACTS = frozenset(dg.AssetKey(["rentaxis", name]) for name in RECORD_TYPES)


@dg.multi_asset(
    name="rentaxis_records",
    outs={
        name: dg.AssetOut(
            key=["rentaxis", name],
            io_manager_key="staging",
            is_required=False,
            group_name="1_extract",
            description=f"{_DESCRIPTIONS[name]} Rows that cannot be pushed are kept and say why.",
            kinds={"postgres", "pandas"},
        )
        for name in RECORD_TYPES
    },
    check_specs=extract_check_specs,
    partitions_def=DAILY,
    backfill_policy=SINGLE_RUN,
    can_subset=True,
)
@step
# Dagster takes a return annotation of several outputs for a tuple, so there is none.
def rentaxis_records(context: dg.AssetExecutionContext, session: SyncSession, options: SyncOptions):
    """Read the chosen record types for the chosen days."""
    environment = session.environment
    start, end = context.partition_time_window
    days = DateRange.between(start, end, TIME_ZONE)
    chosen = context.op_execution_context.selected_output_names
    checked = {key.asset_key for key in context.selected_asset_check_keys}
    frames: dict[RecordType, pd.DataFrame] = {}
    goes_on = selected_assets(context) - EXTRACTS
    run = None
    if goes_on:
        request = request_of(context, options)
        tag_beginning(context, request)
        run = session.engine(context, request).run
    with snapshot(environment.rentaxis_database_url.get_secret_value()) as connection:
        refuse_unconfirmed_company(environment, connection)
        for name in RECORD_TYPES:
            if name not in chosen:
                continue
            try:
                frames[name] = extract(
                    connection, name, days, environment.rentaxis_organization_id, TIME_ZONE
                )
            except SourceShapeChanged as error:
                if dg.AssetKey(["rentaxis", name]) in checked:
                    yield schema_broken(name, str(error))
                raise
            if run is not None:
                run.progress.add(read=len(frames[name]))
        # The models this run does not read as well: what the sensors and the matching read next must hold too.
        refuse_broken_models(connection, environment.rentaxis_organization_id)
    for name, frame in frames.items():
        yield dg.Output(belonging_to(environment.company_key, frame), output_name=name)
        if dg.AssetKey(["rentaxis", name]) in checked:
            yield schema_holds(name, frame)
