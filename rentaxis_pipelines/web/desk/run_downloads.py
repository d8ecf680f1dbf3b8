"""A run's rows as files: Excel and CSV. Here: sending them. Not here: what is in them (``reports.run_download``, ``reports.run_files``)."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import BaseRoute

from rentaxis_pipelines.ledger.run_list import ListedRun
from rentaxis_pipelines.render import file_names
from rentaxis_pipelines.reports import run_words
from rentaxis_pipelines.reports.run_download import all_rows, days_of, run_book
from rentaxis_pipelines.reports.run_files import csv_parts, write_xlsx
from rentaxis_pipelines.reports.run_reading import RunRead, read_run
from rentaxis_pipelines.web.desk.forms import page
from rentaxis_pipelines.web.desk.visit import Visit
from rentaxis_pipelines.web.people import RequestRefused

_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def routes() -> list[BaseRoute]:
    """The addresses of these files."""
    return [page("/runs/{run}/results.xlsx", _excel), page("/runs/{run}/results.csv", _csv)]


def _excel(visit: Visit) -> Response:
    read = _read(visit)
    folder = Path(tempfile.mkdtemp(prefix="rentaxis-run-"))  # for its owner alone
    try:
        with visit.ledger() as connection:
            write_xlsx(folder / "run.xlsx", run_book(connection, visit.realm, read.run, read.sums))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return FileResponse(
        folder / "run.xlsx",
        headers=_headers(visit, read.run, "xlsx"),
        media_type=_EXCEL,
        background=BackgroundTask(shutil.rmtree, folder, ignore_errors=True),
    )


def _csv(visit: Visit) -> Response:
    read = _read(visit)

    def parts() -> Iterator[bytes]:
        with visit.ledger() as connection:
            yield from csv_parts(all_rows(connection, visit.realm, read.run.run_id, read.sums))

    return StreamingResponse(
        parts(), headers=_headers(visit, read.run, "csv"), media_type="text/csv; charset=utf-8"
    )


def _read(visit: Visit) -> RunRead:
    with visit.ledger() as connection:
        read = read_run(connection, visit.realm, visit.path["run"])
    if read is None:
        raise RequestRefused(404, "There is no such run, or it wrote nothing, so there is no file of it.")
    return read


def _headers(visit: Visit, run: ListedRun, kind: str) -> dict[str, str]:
    started = run.started_at.astimezone(visit.zone)
    name = file_names.file_name(f"{days_of(run)}, {run_words.name_of(run)} of {started:%Y-%m-%d %H%M}", kind)
    return {
        "content-disposition": f"attachment; filename*=utf-8''{quote(name)}",
        "cache-control": "no-store",
    }
