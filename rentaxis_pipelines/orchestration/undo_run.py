"""A run that is taken back: what it created is voided, what it changed goes back to what stood before.

Here: the form and the tags that say which run. Not here: what is undone and what is refused (``sync.undo``).
"""

from collections.abc import Mapping

import dagster as dg
from pydantic import Field

from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.model.sync_request import UndoneRun
from rentaxis_pipelines.orchestration.approval_tags import ONLY, UNDO, chosen, names_in
from rentaxis_pipelines.orchestration.assets.days_shown import show_days
from rentaxis_pipelines.orchestration.jobs import push_tags
from rentaxis_pipelines.orchestration.names import UNDO_RUN, named
from rentaxis_pipelines.orchestration.options import SyncOptions
from rentaxis_pipelines.orchestration.push_days import nothing_held_back
from rentaxis_pipelines.orchestration.run_tags import tag_beginning
from rentaxis_pipelines.orchestration.session import SyncSession, asked, company_op, options_of, session_of
from rentaxis_pipelines.settings import Scope
from rentaxis_pipelines.sync.which_run import run_meant

OP = "undo_the_run"  # what the form of the job stands under


class RunToUndo(dg.Config):
    """Which run. Each line may be left empty and be a tag of the run instead."""

    undo: str = Field(
        default="",
        description="The run to take back: its id, or the 8 characters the list of runs shows. Or the tag undo.",
    )
    only: str = Field(
        default="",
        description="Take back these rows only: record types such as invoices, or numbers such as INV-0042, separated by commas.",
    )


def undo_run_job(scope: Scope) -> dg.JobDefinition:
    """The company's job that takes a run back."""

    @company_op(
        scope,
        OP,
        out=dg.Out(io_manager_key="plan_id", description="What the guard held back, a sentence each."),
        description="Void what the run created, put back what it changed, and show the result.",
    )
    def undo_run_op(context: dg.OpExecutionContext, config: RunToUndo) -> list[str]:
        return _undo(context, session_of(context, scope), options_of(context), config)

    @dg.job(
        name=named(scope, UNDO_RUN),
        description="Take a run back: give this run the tag undo with the id of that one. With the tag preview set to yes it only shows "
        "what would be done. What somebody has changed since, or the bank knows of, is left alone, and listed.",
        tags=push_tags(scope),
    )
    def job() -> None:
        nothing_held_back(undo_run_op.alias(OP)())

    return job


def run_to_undo(form: Mapping[str, str], tags: Mapping[str, str]) -> UndoneRun:
    """What the form and the tags of a run choose, as it was typed. Raises CannotLaunch where they name no run."""
    said = chosen(UNDO_RUN, form, tags)
    if UNDO not in said:
        raise CannotLaunch(
            "Which run? Give this run the tag undo with the id of the run to take back, or fill in the form. Nothing was sent."
        )
    return UndoneRun(run_id=said[UNDO], only=names_in(said.get(ONLY, "")))


def _undo(
    context: dg.OpExecutionContext, session: SyncSession, options: SyncOptions, config: RunToUndo
) -> list[str]:
    typed = run_to_undo(config.model_dump(), context.run.tags)
    undone = UndoneRun(run_id=run_meant(session.scope.environment, typed.run_id), only=typed.only)
    request = asked(context, options, undo=undone, force=False)
    tag_beginning(context, session.scope, request)
    done = session.engine(context, request).sync()
    show_days(context, session, ())
    return done.held
