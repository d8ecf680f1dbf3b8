"""How a run is carried out: all its steps in one process, which shows from the first step to the last that it lives (``run_lock``).

A thread keeps the lock: it takes it again after the database was away, and stops the process as Terminate does, between two requests,
where that was asked for and the code server that would pass it on is gone; or where the run was declared dead while the process could
not show its lock. Not here: who declares a run dead (``launcher``).
"""

import contextlib
import signal
import threading
from collections.abc import Callable, Generator, Iterator

import dagster as dg
from dagster._core.execution.context.system import PlanOrchestrationContext  # pinned exactly
from dagster._core.execution.plan.plan import ExecutionPlan
from dagster._core.executor.in_process import InProcessExecutor

from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.orchestration import run_lock
from rentaxis_pipelines.orchestration.run_lock import DATABASE_AWAY, RunLock

EVERY = 5.0  # seconds between two looks
_SECONDS_TO_END = 10.0  # where the database is away; then the lock ends with the process


class OneProcess(InProcessExecutor):
    """Dagster's in-process executor, with the run's lock held around it."""

    def execute(
        self, plan_context: PlanOrchestrationContext, execution_plan: ExecutionPlan
    ) -> Iterator[dg.DagsterEvent]:
        """Raises CannotLaunch where another process carries out the same run."""
        run_id = plan_context.run_id
        with shown_to_live(plan_context.instance, run_id):
            plan_context.instance.add_run_tags(run_id, run_lock.mark(run_id))
            yield from super().execute(plan_context, execution_plan)


@dg.executor(name="in_process", config_schema=dg.in_process_executor.config_schema.as_field())
def one_process(context: dg.InitExecutorContext) -> OneProcess:
    """One process a run: the realm's lock and the snapshot of RentAxis are held across its steps."""
    made = dg.in_process_executor.executor_creation_fn
    assert made is not None  # Dagster's own definition has one
    plain = made(context)
    assert isinstance(plain, InProcessExecutor)
    return OneProcess(plain.retries, plain.step_dependency_config, plain.marker_to_close)


def stop_this_process() -> None:
    """What Dagster's own terminate does to a run's process (``dagster._utils.interrupts``), certainly seen by its main thread."""
    main = threading.main_thread().ident
    assert main is not None  # it is running
    signal.pthread_kill(main, signal.SIGINT)


@contextlib.contextmanager
def shown_to_live(
    instance: dg.DagsterInstance,
    run_id: str,
    *,
    every: float = EVERY,
    stop: Callable[[], None] = stop_this_process,
) -> Generator[None]:
    """Inside the block the run's lock is held, as far as the database allows; every ``every`` seconds it is looked whether it still is.
    The caller marks the run (``run_lock.mark``).

    Nothing at all where Dagster keeps its runs elsewhere than in Postgres. Raises CannotLaunch where another process holds the lock,
    and one of DATABASE_AWAY where Dagster's database is.
    """
    storage = run_lock.storage_of(instance)
    if storage is None:
        yield
        return
    lock = RunLock(storage, run_id)
    if not lock.take():
        lock.drop()
        raise CannotLaunch(f"Another process carries out the run {run_id}. Nothing was sent by this one.")
    done = threading.Event()
    keeper = threading.Thread(
        target=_keep, args=(instance, lock, done, every, stop), name="run-lock", daemon=True
    )
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join(_SECONDS_TO_END)


def _keep(
    instance: dg.DagsterInstance,
    lock: RunLock,
    done: threading.Event,
    every: float,
    stop: Callable[[], None],
) -> None:
    was_away = stopped = False
    while not done.wait(every):
        with contextlib.suppress(*DATABASE_AWAY):
            if not lock.holds():
                was_away = True
                lock.take()
            if not stopped and _is_to_stop(instance, lock.run_id, was_away):
                stopped = True  # a second signal would end it in the middle of a request
                stop()
    lock.drop()


def _is_to_stop(instance: dg.DagsterInstance, run_id: str, was_away: bool) -> bool:
    """Ended by somebody else while the lock could not be seen: then nobody told the process. Otherwise Dagster did."""
    if run_lock.is_asked_to_stop(instance, run_id):
        return True
    run = instance.get_run_by_id(run_id) if was_away else None
    return run is not None and run.is_finished
