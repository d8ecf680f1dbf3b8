"""What loading many companies costs: a process of its own that loads the definitions of so many folders, and says in JSON what it took.

``python -m rentaxis_pipelines_bench.definitions_cost 50``. ``process``: what each run's process does before its first step; ``code server``:
the same, and the description that it hands to the UI and the daemon.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple, cast

from dagster._core.remote_representation.external_data import RepositorySnap  # pinned exactly
from dagster_shared.serdes import serialize_value

from rentaxis_pipelines.demo.companies import add_company
from rentaxis_pipelines.demo.small_companies import small_companies
from rentaxis_pipelines.orchestration.definitions import build_defs
from rentaxis_pipelines.orchestration.names import BULK_SYNC
from rentaxis_pipelines.settings.companies import COMPANIES_FOLDER, scopes_from_environment


class Cost(NamedTuple):
    """Seconds of a processor, megabytes of the whole process at most, and how much there is of what costs them."""

    companies: int
    import_seconds: float
    process_seconds: float
    code_server_seconds: float
    memory_mb: float
    snapshot_mb: float
    jobs: int
    assets: int
    schedules: int
    sensors: int


def of(companies: int) -> Cost:
    """Measured in a process of its own, on so many new folders. Raises CalledProcessError if they do not load."""
    with tempfile.TemporaryDirectory(prefix="rentaxis-bench-") as folder:
        for company in small_companies(companies):
            add_company(Path(folder) / company.slug, str(company.number), company.realm)
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", __name__],
            env={**os.environ, COMPANIES_FOLDER: folder},
            stdout=subprocess.PIPE,
            check=True,
        )
    return Cost(**cast("dict[str, int]", json.loads(done.stdout)))


def _measure() -> Cost:
    """In this process, whose environment names the folder."""
    imported = time.process_time()
    repository = build_defs(scopes_from_environment()).get_repository_def()
    schedules = list(repository.schedule_defs)
    repository.get_job(f"{BULK_SYNC}__{schedules[0].name.rpartition('__')[2]}")
    ready = time.process_time()
    serialize_value(RepositorySnap.from_def(repository, defer_snapshots=True))  # as the code server is asked
    described, memory = time.process_time(), _peak_mb()
    snapshot = serialize_value(RepositorySnap.from_def(repository))  # job by job, when somebody opens it
    return Cost(
        companies=len(schedules),
        import_seconds=imported,
        process_seconds=ready,
        code_server_seconds=described,
        memory_mb=memory,
        snapshot_mb=len(snapshot) / 1e6,
        jobs=sum(not job.name.startswith("__") for job in repository.get_all_jobs()),
        assets=len(repository.asset_graph.get_all_asset_keys()),
        schedules=len(schedules),
        sensors=len(repository.sensor_defs),
    )


def _peak_mb() -> float:
    """Of this process alone; what getrusage says of a child begins with its parent's."""
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 1024


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_measure()._asdict()))
