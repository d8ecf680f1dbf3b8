"""Results of a run from the ledger, for the command line. Reads; writes nothing there."""

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
from rentaxis_pipelines.settings import load_environment
from rentaxis_pipelines.sync.outcomes import is_preview, tally

__all__ = ["RunRows", "as_json", "results_of_run", "summary", "summed", "write_csv", "write_xlsx"]


def results_of_run(run_id: str | None, status: str | None) -> RunRows:
    """The rows of a run, the newest if none is named. Raises CannotLaunch where there is no such run."""
    environment = load_environment()
    with connect(environment.pipelines_database_url.get_secret_value()) as connection:
        if not results.has_ledger(connection):
            raise CannotLaunch("Nothing has been synced yet: the ledger is empty.")
        realm = environment.quickbooks_realm_id
        found = run_id or results.last_run(connection, realm)
        if found is None:
            raise CannotLaunch("Nothing has been synced yet: the ledger is empty.")
        if not results.is_run(connection, realm, found):
            raise CannotLaunch(f"The ledger has no rows of a run {found} of the QuickBooks company {realm}.")
        rows = results.results_of(connection, realm, run_id=found, status=status)
    return RunRows(found, status, rows)


def summary(run: RunRows) -> dict[str, Any]:
    """Counts and money of a run by record type; of a dry run also, under ``would``, what would be done, by outcome."""
    told: dict[str, Any] = {"run_id": run.run_id, "results": summed(run.rows)}
    if is_preview(run.rows):
        told["would"] = {
            record_type: {
                one: {"rows": found.rows, "amount": f"{found.money:.2f}"}
                for one, found in tally(rows).items()
            }
            for record_type, rows in by_record_type(run.rows).items()
        }
    return told


def write_csv(path: Path, rows: Sequence[RowResult]) -> None:
    """Every row with every column. Raises CannotLaunch where the file cannot be written."""
    with said_if_not_written(path):
        run_files.write_csv(path, rows)


def write_xlsx(path: Path, run: RunRows) -> None:
    """The run as an Excel file. Raises CannotLaunch where it cannot be written."""
    with said_if_not_written(path):
        run_files.write_xlsx(path, run)


@contextlib.contextmanager
def said_if_not_written(path: Path) -> Generator[None]:
    """Raises CannotLaunch, with the file and the reason, for an OSError inside the block."""
    try:
        yield
    except OSError as error:
        raise CannotLaunch(f"{path} could not be written: {error.strerror or error}.") from error
