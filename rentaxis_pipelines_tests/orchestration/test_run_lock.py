"""The lock that shows a run's process to live: held from the first step, gone with the process, taken again after the database was away."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable

import dagster as dg
import pytest
import sqlalchemy as sa
from dagster._core.utils import make_new_run_id
from dagster_postgres import PostgresRunStorage

from rentaxis_pipelines.demo.postgres import Server
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.orchestration import run_lock
from rentaxis_pipelines.orchestration.executor import one_process, shown_to_live
from rentaxis_pipelines_tests.orchestration.conftest import cut_off

OFTEN = 0.02  # seconds between the keeper's looks
LONGEST = 120.0
HOLDER = """select pid from pg_locks where locktype = 'advisory'
            and database = (select oid from pg_database where datname = current_database())"""
A_PROCESS = """
    import signal, sys, threading
    import dagster as dg
    from rentaxis_pipelines.orchestration.executor import shown_to_live

    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts background jobs with it ignored; Dagster's runs set it too
    with dg.DagsterInstance.from_config(sys.argv[1]) as instance, shown_to_live(instance, sys.argv[2], every=0.05):
        try:
            print("holding", flush=True)
            threading.Event().wait(600)
        except KeyboardInterrupt:
            print("stopped", flush=True)
    """


@dg.op
def nothing() -> None:
    pass


@dg.job(executor_def=one_process)
def job() -> None:
    nothing()


@dg.op
def look_at_the_lock(context: dg.OpExecutionContext) -> None:
    storage = run_lock.storage_of(context.instance)
    assert storage is not None
    context.log.info(f"held: {run_lock.is_held(storage, context.run_id)}")


@dg.job(executor_def=one_process)
def looking() -> None:
    look_at_the_lock()


def storage_of(instance: dg.DagsterInstance) -> PostgresRunStorage:
    storage = run_lock.storage_of(instance)
    assert storage is not None
    return storage


def a_run(instance: dg.DagsterInstance) -> str:
    return instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED).run_id


def until(what: str, look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONGEST
    while not look():
        assert time.monotonic() < deadline, f"still waiting for {what}"
        time.sleep(OFTEN)


def test_a_run_holds_its_lock_while_its_steps_run_and_says_so(instance: dg.DagsterInstance):
    """Carried out by Dagster itself with the project's executor; afterwards the lock is free and the run is marked."""
    with dg.instance_for_test() as other:
        assert run_lock.storage_of(other) is None  # runs kept in files have no lock, and go all the same
    result = dg.execute_job(dg.reconstructable(looking), instance)
    assert result.success
    said = [event.user_message for event in instance.all_logs(result.run_id)]
    assert "held: True" in said
    assert not run_lock.is_held(storage_of(instance), result.run_id)
    run = instance.get_run_by_id(result.run_id)
    assert run is not None
    assert run_lock.is_marked(run)


def test_the_mark_of_a_run_says_nothing_of_a_run_that_repeats_it(instance: dg.DagsterInstance):
    """A repeated run inherits the tags of the first: that one's mark is not its own."""
    first = instance.create_run_for_job(job, run_id=make_new_run_id())
    instance.add_run_tags(first.run_id, run_lock.mark(first.run_id))
    marked = instance.get_run_by_id(first.run_id)
    assert marked is not None
    assert run_lock.is_marked(marked)
    assert not run_lock.is_marked(instance.create_run_for_job(job, tags=marked.tags))


def test_a_lock_that_was_given_back_is_free_at_once(instance: dg.DagsterInstance):
    """Not only when Postgres notices that the connection was closed: its process for that connection is held up here."""
    storage = storage_of(instance)
    lock = run_lock.RunLock(storage, a_run(instance))
    assert lock.take()
    with storage.connect() as connection:
        holder = connection.execute(sa.text(HOLDER)).scalar_one()
    os.kill(holder, signal.SIGSTOP)
    going_on = threading.Timer(5 * OFTEN, os.kill, [holder, signal.SIGCONT])
    going_on.start()
    lock.drop()
    assert not run_lock.is_held(storage, lock.run_id)
    going_on.join()


@pytest.mark.parametrize("instance", ["plain"], indirect=True)
def test_a_killed_process_is_gone_at_once_and_one_that_is_asked_stops_by_itself(instance: dg.DagsterInstance):
    """Two processes hold the locks of two runs: one is killed, the other is asked to stop through the database."""
    runs = [a_run(instance) for _ in range(2)]
    words = [sys.executable, "-c", textwrap.dedent(A_PROCESS), instance.root_directory]
    started = [subprocess.Popen([*words, run], stdout=subprocess.PIPE, text=True) for run in runs]
    try:
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == "holding\n"
        assert all(run_lock.is_held(storage_of(instance), run) for run in runs)

        started[0].kill()
        until("the killed one to be gone", lambda: not run_lock.is_held(storage_of(instance), runs[0]))
        assert run_lock.is_held(storage_of(instance), runs[1])

        run_lock.ask_to_stop(instance, runs[1])
        assert started[1].communicate(timeout=LONGEST)[0] == "stopped\n"
        assert not run_lock.is_held(storage_of(instance), runs[1])
    finally:
        for process in started:
            process.kill()
            process.communicate()


def test_two_processes_never_carry_out_one_run(instance: dg.DagsterInstance):
    """The second is refused with a sentence, before its first step; the first keeps its lock."""
    run = a_run(instance)
    with shown_to_live(instance, run, every=OFTEN):
        with (
            pytest.raises(CannotLaunch, match=r"Another process carries out the run .* Nothing was sent"),
            shown_to_live(instance, run),
        ):
            pytest.fail("went on")
        assert run_lock.is_held(storage_of(instance), run)


def test_a_database_that_was_away_gets_its_lock_back(instance: dg.DagsterInstance, postgres: Server):
    """Its connections are cut and none can be made for a while: the process goes on, and shows itself again afterwards."""
    run, stopped = a_run(instance), threading.Event()
    with shown_to_live(instance, run, every=OFTEN, stop=stopped.set):
        with cut_off(postgres):
            time.sleep(5 * OFTEN)
        until("the lock to be back", lambda: run_lock.is_held(storage_of(instance), run))
    assert not stopped.is_set()


def test_a_process_declared_dead_while_it_was_cut_off_stops_when_it_is_back(
    instance: dg.DagsterInstance, postgres: Server
):
    """Its run was ended meanwhile, and another may have taken its place: it stops once, and keeps its lock until it is done."""
    run, stops = a_run(instance), []
    with shown_to_live(instance, run, every=OFTEN, stop=lambda: stops.append(1)):
        # Ended by somebody while it is in sight: Dagster tells the process itself, a second signal would cut a request off.
        instance.report_run_failed(instance.get_run_by_id(run))  # pyright: ignore[reportArgumentType]
        time.sleep(10 * OFTEN)
        assert not stops
        with cut_off(postgres):
            pass
        until("the process to be stopped", lambda: bool(stops))
        assert run_lock.is_held(storage_of(instance), run)
        time.sleep(10 * OFTEN)
    assert stops == [1]
    assert not run_lock.is_held(storage_of(instance), run)
