"""One run in a process of its own: carries it out and prints in JSON what this process took. Started by ``books`` with ``python -P``.

It runs on the code that stands first on PYTHONPATH, which may be that of an older commit: so only what both have is used, and nothing of
this package. What Postgres and QuickBooks took, ``books`` sees from outside.
"""

import datetime as dt
import json
import os
import sys
import time
import uuid
from pathlib import Path
from types import SimpleNamespace
from typing import Any

BEGAN = time.perf_counter()


def main(what: str, first_day: str, last_day: str, ahead: str) -> None:
    """``what``: prepare, sync, force, reconcile, dagster or dagster_force; ``ahead``: seconds that this run's clock is ahead."""
    days = (dt.date.fromisoformat(first_day), dt.date.fromisoformat(last_day))
    act = {
        "prepare": _prepare,
        "sync": lambda: _sync(days, force=False, ahead=float(ahead)),
        "force": lambda: _sync(days, force=True, ahead=float(ahead)),
        "reconcile": lambda: _reconcile(float(ahead)),
        "dagster": lambda: _dagster(days, force=False),
        "dagster_force": lambda: _dagster(days, force=True),
    }[what]
    sys.stdout.write(json.dumps(act()) + "\n")


def _prepare() -> dict[str, Any]:
    """The ledger's tables, as this code has them, and the sign-in at QuickBooks."""
    from rentaxis_pipelines.demo.stack import sign_in  # noqa: PLC0415
    from rentaxis_pipelines.ledger.database import migrate  # noqa: PLC0415
    from rentaxis_pipelines.settings import load_environment  # noqa: PLC0415

    environment = load_environment()
    migrate(environment.pipelines_database_url.get_secret_value())
    token = os.environ["BENCHMARK_REFRESH_TOKEN"]
    sign_in(environment, SimpleNamespace(refresh_token=token, realm_id=environment.quickbooks_realm_id))  # pyright: ignore[reportArgumentType]  # all it asks for
    return {}


def _sync(days: tuple[dt.date, dt.date], *, force: bool, ahead: float) -> dict[str, Any]:
    """All records of the days, as ``rentaxis-sync bulk`` pushes them, without Dagster."""
    from rentaxis_pipelines.ledger import results  # noqa: PLC0415
    from rentaxis_pipelines.model.sync_request import SyncRequest, over  # noqa: PLC0415

    request = SyncRequest(requested_by="benchmark", confirm_unusual=True, days=over(*days), force=force)
    run_id = uuid.uuid4().hex
    opened = _opened(request, run_id, ahead)
    taken = _Taken()
    with opened as engine:
        engine.sync()
        taken.end()
        run = engine.run
        sums: dict[str, int] = {}
        for group in results.sums_of_run(run.connection, run.realm, run_id):
            sums[group.status] = sums.get(group.status, 0) + group.rows
    return {**taken.told, "statuses": sums}


def _reconcile(ahead: float) -> dict[str, Any]:
    """The proof of all days. Raises RuntimeError if it does not hold."""
    from rentaxis_pipelines.model.sync_request import NOTHING_ASKED  # noqa: PLC0415
    from rentaxis_pipelines.reports.reconcile import context_of, reconcile  # noqa: PLC0415
    from rentaxis_pipelines.settings import load_environment  # noqa: PLC0415

    opened = _opened(NOTHING_ASKED, uuid.uuid4().hex, ahead)
    taken = _Taken()
    with opened as engine:
        summary = reconcile(engine.run, load_environment(), context_of(engine.run, engine.company))
        taken.end()
    if not summary.proved:
        raise RuntimeError(f"The proof does not hold: {summary}")
    return {**taken.told, "statuses": {"agreeing": summary.agreeing, "differing": summary.differing}}


def _dagster(days: tuple[dt.date, dt.date], *, force: bool) -> dict[str, Any]:
    """The job bulk_sync in this process, its events in Postgres, as ``rentaxis-sync bulk`` runs it."""
    from rentaxis_pipelines.model.dates import DateRange  # noqa: PLC0415
    from rentaxis_pipelines.orchestration import launch  # noqa: PLC0415
    from rentaxis_pipelines.settings import load_scope  # noqa: PLC0415

    taken = _Taken()
    with launch.instance() as instance:
        done = launch.run_range(
            load_scope(), DateRange.of_days(*days), instance=instance, force=force, confirm_unusual=True
        )
        taken.end()
    if done.error:
        raise RuntimeError(f"The Dagster run stopped: {done.error}")
    return {**taken.told, "statuses": {}}


def _opened(request: Any, run_id: str, ahead: float) -> Any:
    """Everything is imported and read; the company is opened where the block begins."""
    from rentaxis_pipelines.settings import load_company, load_environment  # noqa: PLC0415
    from rentaxis_pipelines.sync.engine import open_engine  # noqa: PLC0415

    environment = load_environment()
    company = load_company(environment.rentaxis_company_file)
    clock = lambda: dt.datetime.now(dt.UTC) + dt.timedelta(seconds=ahead)  # noqa: E731 - the one line it is
    return open_engine(environment, company, request, run_id=run_id, now=clock)


class _Taken:
    """What goes by from here to ``end``; imports came before, so a run's own time does not hold them."""

    def __init__(self) -> None:
        self.told: dict[str, float] = {}
        self._imported = time.perf_counter() - BEGAN
        self._from = time.perf_counter(), time.process_time()

    def end(self) -> None:
        began, worked = self._from
        self.told = {
            "seconds": time.perf_counter() - began,
            "processor_seconds": time.process_time() - worked,
            "imported": self._imported,
            "memory": _most_memory(),
        }


def _most_memory() -> int:
    """The most bytes this process ever held. Not ``ru_maxrss``, in which a child of a large process begins with that one's size."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("This system does not say how much memory a process held at most (VmHWM).")


if __name__ == "__main__":
    main(*sys.argv[1:])
