"""The way from a day's short list to every row of the run: a link in the UI where results are kept, else the command that writes them."""

from collections.abc import Sequence
from urllib.parse import quote

import dagster as dg

from rentaxis_pipelines.render.characters import one_line
from rentaxis_pipelines.reports.run_files import RunRows, file_name, write_xlsx
from rentaxis_pipelines.safety.private_files import private_folder
from rentaxis_pipelines.settings import Environment


def results_file(
    context: dg.AssetExecutionContext | dg.OpExecutionContext,
    environment: Environment,
    run: RunRows,
    days: Sequence[str] | None = None,
) -> dg.MetadataValue:
    """Keep the run's results as an Excel file, if a folder for them is set, and say how to open them.

    ``days``: those of the run, first to last; its partitions if left out.

    The rows are in the ledger whatever becomes of the file, so a folder that cannot be written is said and fails nothing.
    """
    folder, url = environment.pipelines_results_folder, environment.pipelines_results_url
    command = dg.MetadataValue.text(f"rentaxis-sync results --run {run.run_id} --xlsx results.xlsx")
    if folder is None:
        return command
    days = days or context.partition_keys
    name = file_name(run.run_id, days[0], days[-1])
    try:
        private_folder(folder)
        write_xlsx(folder / name, run)
    except OSError as error:
        said = f"The run's results could not be saved in {folder}: {error}. They are in the ledger."
        context.log.warning(one_line(said))
        return command
    return dg.MetadataValue.url(f"{url}/{quote(name)}") if url else dg.MetadataValue.path(folder / name)
