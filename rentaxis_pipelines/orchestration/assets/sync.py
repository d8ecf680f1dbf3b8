"""The pushes: for each record type of the registry a graph of three ops, plan -> push -> record, handing on a plan.

The rows themselves live in the ledger. Plan writes down what would be done, push sends it, record proves that every row has its
result. Not here: any of the three (``sync.engine``).
"""

from collections.abc import Sequence
from typing import Any

import dagster as dg
import pandas as pd

from rentaxis_pipelines.mapping.preflight import SettingsProblem
from rentaxis_pipelines.model.record_types import CHOSEN, RECORD_TYPES, RecordType
from rentaxis_pipelines.orchestration.assets import preview_output
from rentaxis_pipelines.orchestration.failures import step
from rentaxis_pipelines.orchestration.markdown_metadata import md
from rentaxis_pipelines.orchestration.options import SyncOptions
from rentaxis_pipelines.orchestration.partitions import DAILY, SINGLE_RUN
from rentaxis_pipelines.orchestration.session import SyncSession, dated, matches_of, request_of
from rentaxis_pipelines.render.characters import one_line
from rentaxis_pipelines.render.markdown import Markdown, money, table
from rentaxis_pipelines.sync.planning.planned import PlanMade

_PLAN = dg.Out(io_manager_key="plan_id", description="The plan, which is in the ledger.")
_MATCHES = "matches"


def say_what_is_missing(context: dg.OpExecutionContext, problems: Sequence[SettingsProblem]) -> None:
    """Before anything of the plan is sent: each mapping its records need and cannot use, once, with the rows behind it.

    The rows that need it fail by themselves, the others go. The money is in the step's metadata, not in the log.
    """
    for problem in problems:
        context.log.warning(one_line(f"{problem.key_path}: {problem.rows} rows cannot go. {problem.remedy}"))
    if problems:
        context.add_output_metadata({"mappings_to_mend": md(missing_markdown(problems))})


def missing_markdown(problems: Sequence[SettingsProblem]) -> Markdown:
    """A table of them, those with most rows first."""
    cells = ((one.key_path, one.rows, money(one.money), one.reason, one.remedy) for one in problems)
    return table(("mapping", "rows", "money", "what is missing", "remedy"), cells, right=("rows", "money"))


@dg.op(out=_PLAN, pool="quickbooks", description="Send what the plan holds to QuickBooks, in batches.")
@step
def push_op(
    context: dg.OpExecutionContext, session: SyncSession, options: SyncOptions, plan: PlanMade
) -> PlanMade:
    session.push(context, request_of(context, options), plan)
    return plan


@dg.op(
    out=dg.Out(dg.Nothing),
    description="Prove that every row has its result: rows in = created + updated + skipped + failed.",
)
@step
def record_op(
    context: dg.OpExecutionContext, session: SyncSession, options: SyncOptions, plan: PlanMade
) -> dg.Output[None]:
    proof = session.engine(context, request_of(context, options)).finish(plan)
    context.log.info(f"{proof.rows_out} rows have their result; counts and money add up.")
    return preview_output.output(dry_run=options.dry_run)


def _plan_op(record_type: RecordType) -> dg.OpDefinition:
    classes = {source.model: source.record_class for source in record_type.sources}

    @dg.op(
        name=f"plan_{record_type.name}_op",
        ins={name: dg.In(pd.DataFrame) for name in _frames(record_type)} | _after_ins(record_type),
        out=_PLAN,
        description=f"Decide for each of the {record_type.name} what to do, and write it down.",
    )
    @step
    def plan(
        context: dg.OpExecutionContext, session: SyncSession, options: SyncOptions, **frames: pd.DataFrame
    ) -> PlanMade:
        engine = session.engine(context, request_of(context, options))
        matches = matches_of(session, frames.pop(_MATCHES)) if _MATCHES in frames else {}
        records = [one for name, kind in classes.items() for one in dated(session, frames[name], kind)]
        made = engine.plan(record_type.name, records, matches)
        say_what_is_missing(context, made.problems)
        return made

    return plan


def _frames(record_type: RecordType) -> list[str]:
    return [*record_type.models, *([_MATCHES] if record_type.has_payer else [])]


def _after(record_type: RecordType) -> str | None:
    """The type that is pushed right before it, because its records may need one of those."""
    return next((name for name in reversed(RECORD_TYPES) if name in record_type.parents), None)


def _after_ins(record_type: RecordType) -> dict[str, dg.In]:
    before = _after(record_type)
    return {} if before is None else {f"{before}_pushed": dg.In(dg.Nothing)}


def _asset(record_type: RecordType) -> dg.AssetsDefinition:
    plan, before = _plan_op(record_type), _after(record_type)
    ins = {name: dg.AssetIn(key=["rentaxis", name]) for name in record_type.models}
    if record_type.has_payer:
        ins[_MATCHES] = dg.AssetIn(key=["matching", "customer_matches"])
    if before is not None:
        ins[f"{before}_pushed"] = dg.AssetIn(key=["sync", before], dagster_type=dg.Nothing)

    @dg.graph_asset(
        key=["sync", record_type.name],
        description=record_type.description,
        ins=ins,
        group_name="3_push",
        kinds={"quickbooks"},
        partitions_def=DAILY,
        backfill_policy=SINGLE_RUN,
    )
    def asset(**given: Any) -> Any:
        return record_op(push_op(plan(**given)))

    return asset


sync_assets = [_asset(record_type) for record_type in CHOSEN]

SYNC_KEYS = {name: dg.AssetKey(["sync", name]) for name in RECORD_TYPES}
