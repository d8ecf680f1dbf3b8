"""A year of days without a record, as a person launches it: what a range costs in Dagster itself.

The real way of production: the UI's call to the webserver, the daemon, a run in a process of its own, ``dagster.yaml`` as it
is, Dagster's events and our ledger in a durable Postgres.
"""

import datetime as dt
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from rentaxis_pipelines.demo import services, stack
from rentaxis_pipelines_bench import launching
from rentaxis_pipelines_bench.figures import Figure

FIRST_DAY = dt.date(2024, 1, 1)  # two years before the first record of the demo portfolio
DAYS = 365
TARGET = 60
LONGEST = 600  # seconds
GROUP = "365 days without a record in one run"


def measure() -> list[Figure]:
    """From the launch in the UI to the end of the run, and where the time goes."""
    days = [(FIRST_DAY + dt.timedelta(days=number)).isoformat() for number in range(DAYS)]
    with _dagster() as url:

        def ask(query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
            body = {"query": query, "variables": dict(variables)}
            return requests.post(f"{url}/graphql", json=body, timeout=60).json()["data"]

        launched = time.time()
        backfill_id = launching.launch(ask, "bulk_sync__demo", days, "benchmark")
        run = _ended(ask, backfill_id)
    made, started, ended = run["creationTime"], run["startTime"], run["endTime"]
    return [
        Figure(group=GROUP, name="from the run's creation to its end", value=ended - made, unit="s", target=f"{TARGET}",
               met=ended - made < TARGET, note=f"the run itself {ended - started:.1f} s; before it, what is planned is written down, the queue, a new process"),
        Figure(group=GROUP, name="from the click to the end", value=ended - launched, unit="s",
               note=f"with {made - launched:.1f} s until the daemon had made the run: it looks every 30 s"),
    ]  # fmt: skip


def _ended(ask: launching.Ask, backfill_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        runs = launching.runs_of(ask, backfill_id)
        if runs and all(run["status"] in launching.RUN_ENDED for run in runs):
            if [run["status"] for run in runs] != ["SUCCESS"]:
                raise RuntimeError(f"A range of days is one run that succeeds; there are {runs}.")
            return runs[0]
        time.sleep(0.5)
    raise RuntimeError(f"The run has not ended within {LONGEST} s.")


@contextmanager
def _dagster() -> Iterator[str]:
    """The demo's stack and Dagster's services, with days two years back; yields the UI's address."""
    folder = Path(tempfile.mkdtemp(prefix="rentaxis-bench-"))
    before = dict(os.environ)
    try:
        with stack.running(folder, durable=True):
            company = stack.COMPANY_FILE.read_text().replace(
                "first_day: 2026-01-01", f"first_day: {FIRST_DAY}"
            )
            (folder / "company.yaml").write_text(company)
            os.environ["RENTAXIS_COMPANY_FILE"] = str(folder / "company.yaml")
            with services.dagster_services(folder / "logs") as url:
                yield url
    finally:
        os.environ.clear()
        os.environ.update(before)
        shutil.rmtree(folder, ignore_errors=True)
