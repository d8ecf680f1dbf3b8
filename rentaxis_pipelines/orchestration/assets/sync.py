"""The pushes: for each record type of the registry a graph of three ops, plan -> push -> record, handing on a plan.

The rows themselves live in the ledger. Plan writes down what would be done, push sends it, record proves that every row has its
result. Not here: any of the three (``sync.engine``).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
import pandas as pd

from rentaxis_pipelines.mapping.preflight import SettingsProblem
from rentaxis_pipelines.model.record_types import CHOSEN, RECORD_TYPES, RecordType
from rentaxis_pipelines.orchestration.assets import preview_output
from rentaxis_pipelines.orchestration.failures import step
from rentaxis_pipelines.orchestration.markdown_metadata import md
from rentaxis_pipelines.orchestration.names import extract_key, group, matches_key, named, pool, sync_key
from rentaxis_pipelines.orchestration.partitions import SINGLE_RUN, daily
from rentaxis_pipelines.orchestration.session import (
    SyncSession,
    dated,
    matches_in_frame,
    needs,
    options_of,
    request_of,
    session_of,
)
from rentaxis_pipelines.render.characters import one_line
from rentaxis_pipelines.render.markdown import Markdown, money, table
from rentaxis_pipelines.settings import Scope
from rentaxis_pipelines.sync.planning.planned import PlanMade

_PLAN = dg.Out(io_manager_key="plan_id", description="The plan, which is in the ledger.")
_MATCHES = "matches"


def say_what_is_missing(context: dg.OpExecutionContext, problems: Sequence[SettingsProblem]) -> None:
    """Before anything of the plan is sent: each mapping its records need and cannot use, once, with the rows behind it.

    The rows that need it fail by themselves, the others go. The money is in the step's metadata, not in the log.
    """
    for problem in problems:
        context.log.warning(
            one_line(f"{problem.key_path}: {problem.rows} rows cannot be pushed. {problem.remedy}")
        )
    if problems:
        context.add_output_metadata({"mappings_to_mend": md(missing_markdown(problems))})


def missing_markdown(problems: Sequence[SettingsProblem]) -> Markdown:
    """A table of them, those with most rows first."""
    cells = ((one.key_path, one.rows, money(one.money), one.reason, one.remedy) for one in problems)
    return table(("mapping", "rows", "money", "what is missing", "remedy"), cells, right=("rows", "money"))


def sync_assets(scope: Scope) -> list[dg.AssetsDefinition]:
    """The company's pushes, one asset a record type."""
    push, record = _push_op(scope), _record_op(scope)
    return [_asset(scope, record_type, push, record) for record_type in CHOSEN]


def _asset(
    scope: Scope, record_type: RecordType, push: dg.OpDefinition, record: dg.OpDefinition
) -> dg.AssetsDefinition:
    plan, before = _plan_op(scope, record_type), _after(record_type)
    ins = {name: dg.AssetIn(key=extract_key(scope, name)) for name in record_type.models}
    if record_type.has_payer:
        ins[_MATCHES] = dg.AssetIn(key=matches_key(scope))
    if before is not None:
        ins[f"{before}_pushed"] = dg.AssetIn(key=sync_key(scope, before), dagster_type=dg.Nothing)

    @dg.graph_asset(
        key=sync_key(scope, record_type.name),
        description=record_type.description,
        ins=ins,
        group_name=group(scope, "3_push"),
        kinds={"quickbooks"},
        partitions_def=daily(scope),
        backfill_policy=SINGLE_RUN,
    )
    def asset(**given: Any) -> Any:
        return record(push(plan(**given)))

    return asset


def _plan_op(scope: Scope, record_type: RecordType) -> dg.OpDefinition:
    @dg.op(
        name=named(scope, f"plan_{record_type.name}"),
        ins={name: dg.In(pd.DataFrame) for name in _frames(record_type)} | _after_ins(record_type),
        out=_PLAN,
        description=f"Decide for each of the {record_type.name} what to do, and write it down.",
        required_resource_keys=needs(scope),
    )
    @step
    def plan(context: dg.OpExecutionContext, **frames: pd.DataFrame) -> PlanMade:
        return _planned(context, session_of(context, scope), record_type, frames)

    return plan


def _planned(
    context: dg.OpExecutionContext,
    session: SyncSession,
    record_type: RecordType,
    frames: Mapping[str, pd.DataFrame],
) -> PlanMade:
    engine = session.engine(context, request_of(context, options_of(context)))
    matches = matches_in_frame(session, frames[_MATCHES]) if record_type.has_payer else {}
    records = [
        dated_record
        for source in record_type.sources
        for dated_record in dated(session, frames[source.model], source.record_class)
    ]
    made = engine.plan(record_type.name, records, matches)
    say_what_is_missing(context, made.problems)
    return made


def _push_op(scope: Scope) -> dg.OpDefinition:
    @dg.op(
        name=named(scope, "push"),
        out=_PLAN,
        pool=pool(scope),
        description="Send what the plan holds to QuickBooks, in batches.",
        required_resource_keys=needs(scope),
    )
    @step
    def push(context: dg.OpExecutionContext, plan: PlanMade) -> PlanMade:
        session_of(context, scope).push(context, request_of(context, options_of(context)), plan)
        return plan

    return push


def _record_op(scope: Scope) -> dg.OpDefinition:
    @dg.op(
        name=named(scope, "record"),
        out=dg.Out(dg.Nothing),
        description="Prove that every row has its result: rows in = created + updated + skipped + failed.",
        required_resource_keys=needs(scope),
    )
    @step
    def record(context: dg.OpExecutionContext, plan: PlanMade) -> dg.Output[None]:
        options = options_of(context)
        proof = session_of(context, scope).engine(context, request_of(context, options)).finish(plan)
        context.log.info(f"{proof.rows_out} rows have their result; counts and money add up.")
        return preview_output.output(dry_run=options.dry_run)

    return record


def _frames(record_type: RecordType) -> list[str]:
    return [*record_type.models, *([_MATCHES] if record_type.has_payer else [])]


def _after(record_type: RecordType) -> str | None:
    """The type that is pushed right before it, because its records may need one of those."""
    return next((name for name in reversed(RECORD_TYPES) if name in record_type.parents), None)


def _after_ins(record_type: RecordType) -> dict[str, dg.In]:
    before = _after(record_type)
    return {} if before is None else {f"{before}_pushed": dg.In(dg.Nothing)}
