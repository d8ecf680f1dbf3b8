"""The results of a run, read from the ledger for the command line. Writes nothing to the ledger."""

import contextlib
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

from rentaxis_pipelines.ledger import results
from rentaxis_pipelines.ledger.database import connect
from rentaxis_pipelines.ledger.sql import as_json
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.reports import run_files
from rentaxis_pipelines.reports.run_files import RunRows, summed
from rentaxis_pipelines.reports.run_rows import by_record_type
from rentaxis_pipelines.settings import Environment
from rentaxis_pipelines.sync.outcomes import is_preview, tally

__all__ = ["RunRows", "as_json", "results_of_run", "summary", "summed", "write_csv", "write_xlsx"]


def results_of_run(environment: Environment, run_id: str | None, status: str | None) -> RunRows:
    """The rows of a run, the latest if none is named. Raises CannotLaunch if there is no such run."""
    with connect(environment.pipelines_database_url.get_secret_value()) as connection:
        if not results.has_ledger(connection):
            raise CannotLaunch("Nothing has been synced yet: the ledger is empty.")
        realm = environment.quickbooks_realm_id
        chosen_run = run_id or results.last_run(connection, realm)
        if chosen_run is None:
            raise CannotLaunch("Nothing has been synced yet: the ledger is empty.")
        if not results.is_run(connection, realm, chosen_run):
            raise CannotLaunch(f"The ledger has no rows of run {chosen_run} for QuickBooks company {realm}.")
        rows = results.results_of(connection, realm, run_id=chosen_run, status=status)
    return RunRows(chosen_run, status, rows)


def summary(run: RunRows) -> dict[str, Any]:
    """Counts and money of a run by record type; for a preview also the plan's id, and what would be done, by outcome, under ``would``."""
    result: dict[str, Any] = {"run_id": run.run_id, "results": summed(run.rows)}
    if is_preview(run.rows):
        result["plan"] = run.run_id
        result["would"] = {
            record_type: {
                outcome: {"rows": total.rows, "amount": f"{total.money:.2f}"}
                for outcome, total in tally(rows).items()
            }
            for record_type, rows in by_record_type(run.rows).items()
        }
    return result


def write_csv(path: Path, rows: Sequence[RowResult]) -> None:
    """Every row with every column. Raises CannotLaunch if the file cannot be written."""
    with write_errors_explained(path):
        run_files.write_csv(path, rows)


def write_xlsx(path: Path, run: RunRows) -> None:
    """The run as an Excel file. Raises CannotLaunch if it cannot be written."""
    with write_errors_explained(path):
        run_files.write_xlsx(path, run)


@contextlib.contextmanager
def write_errors_explained(path: Path) -> Generator[None]:
    """Turns an OSError inside the block into CannotLaunch, naming the file and the reason."""
    try:
        yield
    except OSError as error:
        raise CannotLaunch(f"{path} could not be written: {error.strerror or error}.") from error
