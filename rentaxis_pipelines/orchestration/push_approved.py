"""A plan that a person looked at and approved: exactly its rows, or those that were chosen of them.

Here: the form and the tags that say which plan. Not here: planning again, comparing and sending (``sync.engine``).
"""

from collections.abc import Mapping

import dagster as dg
from pydantic import Field

from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.model.sync_request import ApprovedPlan
from rentaxis_pipelines.orchestration.approval_tags import ONLY, PLAN, WITHOUT, chosen, names_in
from rentaxis_pipelines.orchestration.assets.days_shown import show_days
from rentaxis_pipelines.orchestration.assets.sync import say_what_is_missing
from rentaxis_pipelines.orchestration.jobs import push_tags
from rentaxis_pipelines.orchestration.names import PUSH_APPROVED, named
from rentaxis_pipelines.orchestration.options import SyncOptions
from rentaxis_pipelines.orchestration.push_days import nothing_held_back
from rentaxis_pipelines.orchestration.run_tags import tag_beginning
from rentaxis_pipelines.orchestration.session import SyncSession, asked, company_op, options_of, session_of
from rentaxis_pipelines.settings import Scope

OP = "push_the_plan"  # what the form of the job stands under


class PlanToPush(dg.Config):
    """Which plan. Each line may be left empty and be a tag of the run instead."""

    plan: str = Field(
        default="",
        description="The plan's number as its page shows it, such as 1a2b3c4d. Or the run's tag plan.",
    )
    only: str = Field(
        default="",
        description="Push these rows only: record types such as invoices, or numbers such as INV-0042, separated by commas.",
    )
    without: str = Field(default="", description="Push all rows but these, named in the same way.")


def push_approved_job(scope: Scope) -> dg.JobDefinition:
    """The company's job for an approved plan."""

    @company_op(
        scope,
        OP,
        out=dg.Out(io_manager_key="plan_id", description="What the guard held back, a sentence each."),
        description="Plan everything again, push the rows that are still as they were approved, and show the result of each day.",
    )
    def push_approved_op(context: dg.OpExecutionContext, config: PlanToPush) -> list[str]:
        return _push(context, session_of(context, scope), options_of(context), config)

    @dg.job(
        name=named(scope, PUSH_APPROVED),
        description="Push a plan that you have looked at: give the run the tag plan with the plan's number. The tags only and without "
        "choose some of its rows. What has changed since you looked is not sent.",
        tags=push_tags(scope),
    )
    def job() -> None:
        nothing_held_back(push_approved_op.alias(OP)())

    return job


def plan_to_push(form: Mapping[str, str], tags: Mapping[str, str], options: SyncOptions) -> ApprovedPlan:
    """What the form and the tags of a run choose. Raises CannotLaunch where they name no plan, or ask for what a plan cannot do."""
    said = chosen(PUSH_APPROVED, form, tags)
    if PLAN not in said:
        raise CannotLaunch(
            "Which plan? Give the run the tag plan with the plan's number, such as 1a2b3c4d, or fill in the form. Nothing was sent."
        )
    for name in ("preview", "force"):
        if getattr(options, name):
            raise CannotLaunch(
                f"A plan is pushed as it was approved, so the tag {name} means nothing here. To look first, open the plan; to plan "
                "again, launch a preview. Nothing was sent."
            )
    return ApprovedPlan(
        preview_id=said[PLAN],
        only=names_in(said.get(ONLY, "")),
        without=names_in(said.get(WITHOUT, "")),
    )


def _push(
    context: dg.OpExecutionContext, session: SyncSession, options: SyncOptions, config: PlanToPush
) -> list[str]:
    approved = plan_to_push(config.model_dump(), context.run.tags, options)
    request = asked(context, options, approved=approved)
    tag_beginning(context, session.scope, request)
    engine = session.engine(context, request)
    done = engine.sync()
    say_what_is_missing(context, done.problems)
    show_days(context, session, engine.request.days)
    return done.held
