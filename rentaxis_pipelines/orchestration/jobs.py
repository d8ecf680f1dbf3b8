"""The jobs an accountant starts over a range of days: the plain one, one that forces a re-sync and one that only looks, neither of which
needs a line of configuration; and the proof of the books.

One record type alone is no job of its own: its assets are chosen (``keys_of``), or the run's tag ``record_types`` names it (``known_tags``).
"""

from collections.abc import Sequence

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import (
    UnresolvedAssetJobDefinition as AssetJob,  # pinned exactly; it has no public name
)

from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.model.record_types import BY_NAME, RECORD_TYPES, listed
from rentaxis_pipelines.orchestration.assets.reports import DRIFT, OPEN_PROBLEMS, RECONCILIATION
from rentaxis_pipelines.orchestration.company_types import pushed_by, types_with_assets, types_without_assets
from rentaxis_pipelines.orchestration.failures import NOT_RETRIED
from rentaxis_pipelines.orchestration.known_tags import types_from_tags
from rentaxis_pipelines.orchestration.names import (
    BULK_JOBS,
    BULK_SYNC,
    BULK_SYNC_FORCE,
    BULK_SYNC_PREVIEW,
    RECONCILE,
    extract_key,
    job_tags,
    matches_key,
    named,
    plain,
    report_key,
    results_key,
    sync_key,
)
from rentaxis_pipelines.orchestration.options import OPTIONS, SyncOptions
from rentaxis_pipelines.settings import Scope

_DESCRIPTIONS = {
    BULK_SYNC: "Push all records of the chosen days to QuickBooks. The tag record_types chooses some of them, such as invoices, payments.",
    BULK_SYNC_FORCE: "Push all records of the chosen days to QuickBooks again, changed or not. "
    "Records are updated in place; nothing is created twice. The tag record_types chooses some of them.",
    BULK_SYNC_PREVIEW: "Only show what would be created, updated or skipped on the chosen days, and why. Nothing is sent to QuickBooks. "
    "(Every other job that pushes does the same when its run has the tag preview with the value yes.)",
}
_PRESETS = {BULK_SYNC_FORCE: SyncOptions(force=True), BULK_SYNC_PREVIEW: SyncOptions(preview=True)}


def push_tags(scope: Scope) -> dict[str, str]:
    """The tags of a job that pushes."""
    return {
        **job_tags(scope),
        # A run whose process died is started again whole: its plan was closed with it, and is never taken up by another run.
        "dagster/retry_strategy": "ALL_STEPS",
        **NOT_RETRIED,
    }


def bulk_jobs(scope: Scope) -> dict[str, AssetJob]:
    """The company's jobs over a range of days, by plain name."""
    return {name: _bulk_job(scope, name) for name in BULK_JOBS}


def _bulk_job(scope: Scope, name: str) -> AssetJob:
    preset = _PRESETS.get(name)
    return dg.define_asset_job(
        named(scope, name),
        selection_of(scope, types_with_assets(scope)),
        description=_DESCRIPTIONS[name],
        tags=push_tags(scope),
        config=None if preset is None else dg.RunConfig(resources={OPTIONS: preset}),
    )


def selection_of(scope: Scope, record_types: Sequence[str]) -> dg.AssetSelection:
    """``keys_of`` as Dagster's selection, with the checks of those assets."""
    return dg.AssetSelection.assets(*keys_of(scope, record_types))


def keys_of(scope: Scope, record_types: Sequence[str]) -> list[dg.AssetKey]:
    """The assets that a run makes which pushes exactly these record types, of those that the company has assets of."""
    keys = [results_key(scope)]
    for record_type in (name for name in types_with_assets(scope) if name in record_types):
        keys += [
            *(extract_key(scope, name) for name in BY_NAME[record_type].models),
            sync_key(scope, record_type),
        ]
        if BY_NAME[record_type].has_payer:
            keys.append(matches_key(scope))
    return list(dict.fromkeys(keys))


def assets_chosen(scope: Scope, record_types: Sequence[str]) -> list[dg.AssetKey] | None:
    """The assets to choose for a run of these record types; None for a run of all, also of what is switched on before it begins.

    Raises CannotLaunch for a type that the company has no assets of.
    """
    if tuple(record_types) == RECORD_TYPES:
        return None
    if missing := [name for name in types_without_assets(scope) if name in record_types]:
        raise CannotLaunch(
            f"The company file does not name {listed(missing)}. Add what should be pushed to also_push in company.yaml. Nothing was sent."
        )
    return keys_of(scope, record_types)


def types_of_run(scope: Scope, run: dg.DagsterRun) -> tuple[str, ...]:
    """The record types that a run over a range of days pushes, by its assets and its tag; none for a run of another kind, or of another
    company, and for one that is refused for its tag.
    """
    if run.asset_selection:
        chosen = pushed_by(scope, run.asset_selection)
    else:
        chosen = RECORD_TYPES if plain(run.job_name) in BULK_JOBS else ()
    try:
        named_by_tag = types_from_tags(run.tags) or chosen
    except CannotLaunch:
        return ()
    return tuple(name for name in chosen if name in named_by_tag)


def reconcile_job(scope: Scope) -> AssetJob:
    """The proof of the company's books."""
    return dg.define_asset_job(
        named(scope, RECONCILE),
        dg.AssetSelection.assets(
            *(report_key(scope, name) for name in (RECONCILIATION, OPEN_PROBLEMS, DRIFT))
        ),
        description="Prove that RentAxis and QuickBooks agree, and say why where they do not. Writes nothing to QuickBooks.",
        tags={**job_tags(scope), **NOT_RETRIED},
    )
