"""The results of a run, read from the ledger for the command line. Writes nothing to the ledger."""

import contextlib
from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rentaxis_pipelines.ledger import results
from rentaxis_pipelines.ledger.database import connect
from rentaxis_pipelines.ledger.sql import as_json
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.reports import run_files, run_results
from rentaxis_pipelines.reports.run_files import RunBook, summed
from rentaxis_pipelines.reports.run_results import RunResults
from rentaxis_pipelines.reports.run_rows import by_record_type
from rentaxis_pipelines.settings import Environment
from rentaxis_pipelines.sync.outcomes import is_preview, tally

__all__ = ["RunResults", "json_parts", "results_of_run", "summary", "summed", "write_csv", "write_xlsx"]


@contextlib.contextmanager
def results_of_run(environment: Environment, run_id: str | None, status: str | None) -> Generator[RunResults]:
    """The results of a run, the latest if none is named, to be read in the block. Raises CannotLaunch if there is no such run."""
    with connect(environment.pipelines_database_url.get_secret_value()) as connection:
        if not results.has_ledger(connection):
            raise CannotLaunch("Nothing has been synced yet: the ledger is empty.")
        realm = environment.quickbooks_realm_id
        chosen_run = run_id or results.last_run(connection, realm)
        if chosen_run is None:
            raise CannotLaunch("Nothing has been synced yet: the ledger is empty.")
        if not results.is_run(connection, realm, chosen_run):
            raise CannotLaunch(f"The ledger has no rows of run {chosen_run} for QuickBooks company {realm}.")
        yield run_results.of_run(connection, realm, chosen_run, status)


def summary(run: RunResults) -> dict[str, Any]:
    """Counts and money of a run by record type; for a preview also the plan's id, and what would be done, by outcome, under ``would``."""
    result: dict[str, Any] = {"run_id": run.run_id, "results": summed(run.sums)}
    if is_preview(run.sums):
        result["plan"] = run.run_id
        result["would"] = {
            record_type: {
                outcome: {"rows": total.rows, "amount": f"{total.money:.2f}"}
                for outcome, total in tally(sums).items()
            }
            for record_type, sums in by_record_type(run.sums).items()
        }
    return result


def json_parts(run: RunResults) -> Iterator[str]:
    """Every row as one JSON list, in parts."""
    between = "["
    for rows in run.rows_in_turn():
        yield between + as_json(rows)[1:-1]
        between = ","
    yield "[]" if between == "[" else "]"


def write_csv(path: Path, rows: Iterable[Sequence[RowResult]]) -> None:
    """Every row with every column. Raises CannotLaunch if the file cannot be written."""
    with write_errors_explained(path):
        run_files.write_csv(path, rows)


def write_xlsx(path: Path, run: RunBook) -> None:
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
