"""The pushes: for each record type of the registry a graph of three ops, plan -> push -> record, handing on a plan.

A record type that the run's tag leaves out hands on no plan, and its days are not materialized. The rows themselves live in the ledger. Plan writes down what would be done, push sends it, record proves that every row has its
result. Not here: any of the three (``sync.engine``).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dagster as dg

from rentaxis_pipelines.mapping.preflight import SettingsProblem
from rentaxis_pipelines.model.record_type import RecordType
from rentaxis_pipelines.model.record_types import BY_NAME
from rentaxis_pipelines.orchestration.assets.preview_output import NOT_MATERIALIZED
from rentaxis_pipelines.orchestration.company_types import types_with_assets
from rentaxis_pipelines.orchestration.io_manager import AS_STORED, ReadByAnotherRun, read_by_another_run
from rentaxis_pipelines.orchestration.known_tags import TYPES_TAG
from rentaxis_pipelines.orchestration.markdown_metadata import md
from rentaxis_pipelines.orchestration.names import extract_key, group, matches_key, sync_key
from rentaxis_pipelines.orchestration.partitions import SINGLE_RUN, daily
from rentaxis_pipelines.orchestration.run_tags import tag_beginning
from rentaxis_pipelines.orchestration.session import (
    SyncSession,
    company_op,
    request_of,
    session_of,
)
from rentaxis_pipelines.orchestration.stored_rows import StoredReading, StoredRows, stored_matches
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
        context.add_output_metadata({"mappings_to_fix": md(missing_markdown(problems))})


def missing_markdown(problems: Sequence[SettingsProblem]) -> Markdown:
    """A table of them, those with most rows first."""
    cells = (
        (problem.key_path, problem.rows, money(problem.money), problem.reason, problem.remedy)
        for problem in problems
    )
    return table(("mapping", "rows", "money", "what is missing", "remedy"), cells, right=("rows", "money"))


def sync_assets(scope: Scope) -> list[dg.AssetsDefinition]:
    """The company's pushes, one asset a record type."""
    push, record = _push_op(scope), _record_op(scope)
    return [_asset(scope, BY_NAME[name], push, record) for name in types_with_assets(scope)]


def _asset(
    scope: Scope, record_type: RecordType, push: dg.OpDefinition, record: dg.OpDefinition
) -> dg.AssetsDefinition:
    frames = {name: extract_key(scope, name) for name in record_type.models}
    if record_type.has_payer:
        frames[_MATCHES] = matches_key(scope)
    # The parents' types that are pushed right before it, because its records may need one of those; what comes before them, comes before it.
    # An optional one may not be in the run: what comes before that one is named as well.
    always = (BY_NAME[parent] for parent in record_type.parents if not BY_NAME[parent].optional)
    before_those = {name for parent in always for name in parent.parents}
    parents = [
        name for name in types_with_assets(scope) if name in record_type.parents and name not in before_those
    ]
    pushed_before = {f"{name}_pushed": sync_key(scope, name) for name in parents}
    plan = _plan_op(scope, record_type, frames, pushed_before)

    @dg.graph_asset(
        key=sync_key(scope, record_type.name),
        description=record_type.description,
        ins={
            **{name: dg.AssetIn(key=key) for name, key in frames.items()},
            **{name: dg.AssetIn(key=key, dagster_type=dg.Nothing) for name, key in pushed_before.items()},
        },
        group_name=group(scope, "3_push"),
        kinds={"quickbooks"},
        partitions_def=daily(scope),
        backfill_policy=SINGLE_RUN,
    )
    def asset(**given: Any) -> Any:
        return record(push(plan(**given)))

    return asset


def _plan_op(
    scope: Scope, record_type: RecordType, frames: Iterable[str], pushed_before: Iterable[str]
) -> dg.OpDefinition:
    @company_op(
        scope,
        f"plan_{record_type.name}",
        ins=dict.fromkeys(frames, dg.In(StoredRows, metadata=AS_STORED))
        | dict.fromkeys(pushed_before, dg.In(dg.Nothing)),
        out=_PLAN,
        description=f"Decide what to do with each of the {record_type.name}, and write it down.",
    )
    def plan(context: dg.OpExecutionContext, **stored: StoredRows) -> PlanMade | None:
        return _planned(context, session_of(context, scope), record_type, stored)

    return plan


def _planned(
    context: dg.OpExecutionContext,
    session: SyncSession,
    record_type: RecordType,
    stored: Mapping[str, StoredRows],
) -> PlanMade | None:
    request = request_of(context, session.scope)
    engine = session.engine(context, request)
    if record_type.name not in request.record_types_in_push_order:
        context.log.info(f"The tag {TYPES_TAG} leaves {record_type.name} out: nothing of them is pushed.")
        return None
    company = session.scope.environment.company_key
    for rows in stored.values():
        rows.refuse_another(company)
    matches = stored_matches(stored[_MATCHES]) if record_type.has_payer else {}
    with StoredReading({model: stored[model] for model in record_type.models}) as reading:
        for model, days in reading.others.items():  # since the step was given them
            raise ReadByAnotherRun(
                read_by_another_run(extract_key(session.scope, model).to_user_string(), [*days])
            )
        made = engine.plan(record_type.name, matches=matches, reading=reading)
    say_what_is_missing(context, made.problems)
    return made


def _push_op(scope: Scope) -> dg.OpDefinition:
    @company_op(
        scope,
        "push",
        out=_PLAN,
        description="Send the plan to QuickBooks in batches.",
    )
    def push(context: dg.OpExecutionContext, plan: PlanMade | None) -> PlanMade | None:
        if plan is None:
            return None
        session = session_of(context, scope)
        engine = session.engine(context, request_of(context, session.scope))
        tag_beginning(context, session.scope, engine.request)
        engine.push(plan)
        return plan

    return push


def _record_op(scope: Scope) -> dg.OpDefinition:
    @company_op(
        scope,
        "record",
        out=dg.Out(dg.Nothing),
        description="Prove that every row has a result: rows in = created + updated + skipped + failed.",
    )
    def record(context: dg.OpExecutionContext, plan: PlanMade | None) -> dg.Output[None]:
        if plan is None:
            return dg.Output(None, metadata=NOT_MATERIALIZED)
        session = session_of(context, scope)
        proof = session.engine(context, request_of(context, session.scope)).finish(plan)
        context.log.info(f"{proof.rows_out} rows have their result; counts and money add up.")
        # Its days are materialized, unless nothing was sent.
        return dg.Output(None, metadata=NOT_MATERIALIZED if session.is_preview else {})

    return record
