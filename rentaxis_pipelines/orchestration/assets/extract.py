"""The extracts: RentAxis' records of the chosen days, one frame a type, all as of one snapshot of its database.

A record that stands as it was when it was last read is not read again: it is known by its fingerprint (``storage.renewed``). Whoever asks for
``full`` has all of them read anew.

A run that goes on to match or push holds its QuickBooks company before it reads, so that what it read is never older than what was
pushed. Extraction by itself holds nothing and needs no QuickBooks: no other run is given its frames.
"""

from collections.abc import Iterator

import dagster as dg

from rentaxis_pipelines.model.record_types import SOURCES
from rentaxis_pipelines.orchestration.arriving import Arriving
from rentaxis_pipelines.orchestration.checks import extract_check_specs, schema_broken, schema_holds
from rentaxis_pipelines.orchestration.company_types import models_with_extracts, types_without_assets
from rentaxis_pipelines.orchestration.failures import step
from rentaxis_pipelines.orchestration.io_manager import STAGING, Kept, Staging
from rentaxis_pipelines.orchestration.names import extract_key, group, named
from rentaxis_pipelines.orchestration.partitions import SINGLE_RUN, daily
from rentaxis_pipelines.orchestration.run_tags import tag_beginning
from rentaxis_pipelines.orchestration.session import (
    NEEDS,
    SyncSession,
    request_of,
    selected_assets,
    session_of,
)
from rentaxis_pipelines.rentaxis.all_models import refuse_broken_models
from rentaxis_pipelines.rentaxis.database import SourceShapeChanged
from rentaxis_pipelines.rentaxis.extract import check_model
from rentaxis_pipelines.rentaxis.folder import source_of
from rentaxis_pipelines.rentaxis.frames import RecordType
from rentaxis_pipelines.settings import Scope
from rentaxis_pipelines.sync.companies import refuse_unconfirmed_company

_DESCRIPTIONS = {source.model: source.description for source in SOURCES}


def extract_keys(scope: Scope) -> frozenset[dg.AssetKey]:
    """All extracts of the company."""
    return frozenset(extract_key(scope, name) for name in models_with_extracts(scope))


def extract_asset(scope: Scope) -> dg.AssetsDefinition:
    """The company's extracts, read in one step."""

    @dg.multi_asset(
        name=named(scope, "rentaxis_records"),
        outs={
            name: dg.AssetOut(
                key=extract_key(scope, name),
                io_manager_key=STAGING,
                is_required=False,
                group_name=group(scope, "1_extract"),
                description=f"{_DESCRIPTIONS[name]} Rows that cannot be pushed are kept, with the reason.",
                kinds={"postgres", "pandas"},
            )
            for name in models_with_extracts(scope)
        },
        check_specs=extract_check_specs(scope),
        partitions_def=daily(scope),
        backfill_policy=SINGLE_RUN,
        can_subset=True,
        required_resource_keys={*NEEDS, STAGING},
    )
    @step
    # Dagster takes a return annotation of several outputs for a tuple, so there is none.
    def rentaxis_records(context: dg.AssetExecutionContext):
        """Read the chosen record types for the chosen days."""
        yield from _read(context, session_of(context, scope))

    return rentaxis_records


def _read(
    context: dg.AssetExecutionContext, session: SyncSession
) -> Iterator[dg.Output[Kept] | dg.AssetCheckResult]:
    scope, environment = session.scope, session.scope.environment
    request = request_of(context, scope)
    (chosen_days,) = request.days
    chosen = context.op_execution_context.selected_output_names
    checked = {key.asset_key for key in context.selected_asset_check_keys}
    kept: dict[RecordType, Kept] = {}
    staging: Staging = getattr(context.resources, STAGING)
    goes_on = selected_assets(context) - extract_keys(scope)
    run = None
    if goes_on:
        tag_beginning(context, scope, request)
        run = session.engine(context, request).run
    days, whose = chosen_days.days, (environment.rentaxis_organization_id, scope.company.zone)
    with source_of(environment, idles=True) as connection:
        refuse_unconfirmed_company(environment, connection)
        for prepare in (
            True,
            False,
        ):  # the SQL of all of them is held to the contract before rows of any are kept
            for name in (name for name in models_with_extracts(scope) if name in chosen):
                try:
                    if prepare:
                        check_model(connection, name, days, *whose)
                        continue
                    key, size = extract_key(scope, name), environment.pipelines_chunk_records
                    rows = Arriving(connection, name, days, environment.company_key, scope.company.zone, size)
                    kept[name] = staging.renew(key, days, rows, context.run.run_id, full=request.full)
                except SourceShapeChanged as error:
                    if extract_key(scope, name) in checked:
                        yield schema_broken(extract_key(scope, name), str(error))
                    raise
                if run is not None:
                    run.progress.add(read=kept[name].rows)
        # The models this run does not read as well: what the sensors and the matching read next must hold too.
        refuse_broken_models(connection, environment.rentaxis_organization_id, types_without_assets(scope))
    for name, stored in kept.items():
        yield dg.Output(stored, output_name=name)
        if extract_key(scope, name) in checked:
            yield schema_holds(extract_key(scope, name), stored.rows, stored.refused)
