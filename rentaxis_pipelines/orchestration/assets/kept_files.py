"""The way from a page of Dagster to a file that holds everything: a link where files are kept, else the command that writes one."""

from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote

import dagster as dg
import sqlalchemy as sa

from rentaxis_pipelines.orchestration.session import StepContext
from rentaxis_pipelines.render import file_names
from rentaxis_pipelines.render.characters import one_line
from rentaxis_pipelines.reports.plan_files import plan_file_name, write_plan_xlsx
from rentaxis_pipelines.reports.plan_page import PlanPage
from rentaxis_pipelines.reports.reconcile import Summary
from rentaxis_pipelines.reports.run_files import RunBook, file_name, write_xlsx
from rentaxis_pipelines.reports.work_paper import write_work_paper
from rentaxis_pipelines.safety.private_files import private_folder
from rentaxis_pipelines.settings import Environment


def results_file(
    context: StepContext,
    environment: Environment,
    run_id: str,
    days: Sequence[str],
    book: Callable[[], RunBook],
) -> dg.MetadataValue:
    """The run's results in Excel. ``days``: those of the run, first to last; ``book`` is only read if the file is kept."""
    command = f"rentaxis-sync results --run {run_id} --xlsx results.xlsx"
    name = file_name(run_id, days[0], days[-1])
    return _kept(context, environment, name, lambda path: write_xlsx(path, book()), command)


def plan_file(context: StepContext, environment: Environment, page: PlanPage) -> dg.MetadataValue:
    """A stored plan in Excel."""
    command = f"rentaxis-sync plans {page.head.short_id} --xlsx plan.xlsx"
    return _kept(
        context, environment, plan_file_name(page), lambda path: write_plan_xlsx(path, page), command
    )


def work_paper(
    context: StepContext, environment: Environment, connection: sa.Connection, summary: Summary
) -> dg.MetadataValue:
    """A reconciliation's work paper in Excel."""
    title = f"Reconciliation {summary.first_day} to {summary.last_day}, run {summary.run_id[:8]}"
    return _kept(
        context,
        environment,
        file_names.file_name(title, "xlsx"),
        lambda path: write_work_paper(connection, path),
        "rentaxis-sync reconcile --xlsx reconciliation.xlsx",
    )


def _kept(
    context: StepContext, environment: Environment, name: str, write: Callable[[Path], object], command: str
) -> dg.MetadataValue:
    """Keep the file, if a folder for files is set, and say how to open it.

    What is in it stands in the database whatever becomes of the file, so a folder that cannot be written is logged and fails nothing.
    """
    folder, url = environment.pipelines_results_folder, environment.pipelines_results_url
    if folder is None:
        return dg.MetadataValue.text(command)
    try:
        private_folder(folder)
        write(folder / name)
    except OSError as error:
        context.log.warning(
            one_line(f"{name} could not be saved in {folder}: {error}. To write it elsewhere: {command}")
        )
        return dg.MetadataValue.text(command)
    return dg.MetadataValue.url(f"{url}/{quote(name)}") if url else dg.MetadataValue.path(folder / name)
