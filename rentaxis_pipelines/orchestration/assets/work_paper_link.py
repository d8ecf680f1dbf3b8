"""The way from a reconciliation's page to its Excel work-paper: a link where results are kept, else the command that writes it."""

from urllib.parse import quote

import dagster as dg
import sqlalchemy as sa

from rentaxis_pipelines.render import file_names
from rentaxis_pipelines.render.characters import one_line
from rentaxis_pipelines.reports.reconcile import Summary
from rentaxis_pipelines.reports.work_paper import write_work_paper
from rentaxis_pipelines.safety.private_files import private_folder
from rentaxis_pipelines.settings import Environment


def work_paper(
    context: dg.AssetExecutionContext, environment: Environment, connection: sa.Connection, found: Summary
) -> dg.MetadataValue:
    """Keep the work-paper, if a folder for results is set, and say how to open it.

    The reports stand in the database whatever becomes of the file, so a folder that cannot be written is said and fails nothing.
    """
    folder, url = environment.pipelines_results_folder, environment.pipelines_results_url
    command = dg.MetadataValue.text("rentaxis-sync reconcile --xlsx reconciliation.xlsx")
    if folder is None:
        return command
    name = file_names.file_name(
        f"Reconciliation {found.first_day} to {found.last_day}, run {found.run_id[:8]}", "xlsx"
    )
    try:
        private_folder(folder)
        write_work_paper(connection, folder / name)
    except OSError as error:
        context.log.warning(one_line(f"The work paper could not be saved in {folder}: {error}."))
        return command
    return dg.MetadataValue.url(f"{url}/{quote(name)}") if url else dg.MetadataValue.path(folder / name)
