"""The warm process: it has imported everything and loaded the definitions, and carries out short runs at once, each in a process of its own
that is split off from it (a fork): ``python -m rentaxis_pipelines.orchestration.warm_process``.

A run's process begins where a freshly started one would be after seconds of imports, and is the same from then on: its own Dagster
instance, its own connections, the run's lock, signals to its main thread, an end of its own. Settings are read by the run itself
(``Scope.current``). Before each run it is looked whether a file of the program or of a company has changed since; then this process begins
anew, and that run takes the ordinary way. This process itself does nothing but wait, without a thread and with one connection.
Commands are carried out in the same way (``warm_commands``).

Not here: who starts it (``warm_keeper``), who offers runs (``warm_offers``).
"""

import contextlib
import importlib
import logging
import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import dagster as dg
import psycopg
from dagster._core.definitions.repository_definition import RepositoryDefinition  # all pinned exactly
from dagster._core.events import DagsterEvent, DagsterEventType, EngineEventData
from dagster._grpc.impl import core_execute_run
from dagster._utils.hosted_user_process import recon_job_from_origin
from dagster._utils.interrupts import capture_interrupts

from rentaxis_pipelines.orchestration import warm_commands, warm_offers
from rentaxis_pipelines.orchestration.launcher import GONE
from rentaxis_pipelines.orchestration.run_lock import storage_of
from rentaxis_pipelines.orchestration.warm_offers import DECLINED, TAKEN, Offer
from rentaxis_pipelines.settings.file_state import FileState, state_of
from rentaxis_pipelines.settings.scope_cache import files_of_companies

DEFINITIONS: Final = "rentaxis_pipelines.definitions"
COMMAND_LINE: Final = "rentaxis_pipelines.cli.main"
CARRIED_OUT = "Carried out by a process that was warm already"
SHOWN_AS: Final = "rentaxis_pipelines warm process"  # in Postgres' list of connections, with its number
_PACKAGE = Path(__file__).resolve().parents[1]
# What a run would import at its first use of them.
_LATE = (
    "cryptography.fernet",
    "pandera.backends.pandas.builtin_checks",
    "rentaxis_pipelines.cli.push",
    "rentaxis_pipelines.orchestration.launch",
)
_EVERY = 5.0  # seconds between two looks at the files
_MOST = 4  # runs at once; further ones take the ordinary way
_LOG = logging.getLogger(__name__)

States = tuple[tuple[Path, FileState | None], ...]


def main() -> None:
    """Wait for offers until the input closes, which the system does when whoever started this is gone."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s")
    os.umask(0o077)  # what Dagster stores about a run may contain names and amounts
    for told in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(told, lambda *_: sys.exit(0))
    states = states_now()  # before anything is loaded: what changes meanwhile is seen
    jobs = loaded()
    named = f"{SHOWN_AS} {os.getpid()}"
    with psycopg.connect(_address(), autocommit=True, application_name=named) as connection:
        if not warm_offers.take_place(connection):
            _LOG.info("There is a warm process already.")
            return
        with warm_commands.listening() or contextlib.nullcontext() as commands:
            _LOG.info("Warm: %s jobs.", len(jobs))
            changed = _serve(connection, commands, jobs, states)
    if changed:
        _LOG.info("A file of the program or of a company has changed: everything is loaded again.")
        os.execv(sys.executable, [sys.executable, "-m", __spec__.name if __spec__ else __name__])


def loaded() -> Collection[str]:
    """Everything that a run needs, imported; returns the names of the jobs that can be carried out."""
    # Not before the state of the files was noted.
    repository: RepositoryDefinition = importlib.import_module(DEFINITIONS).defs.get_repository_def()
    for late in (COMMAND_LINE, *_LATE):
        importlib.import_module(late)
    # Made when it is first asked for; the runs find it ready.
    short = [name for name in repository.job_names if warm_offers.plain(name) in warm_offers.SHORT]
    for name in short:
        repository.get_job(name)
    return frozenset(short)


def states_now() -> States:
    """The state of every file that what is loaded was made of."""
    program = sorted(_PACKAGE.rglob("*.py"))
    return tuple((file, state_of(file)) for file in (*program, *files_of_companies()))


def _address() -> str:
    """Dagster's own database. The instance is let go of before anything is split off."""
    with dg.DagsterInstance.get() as instance:
        storage = storage_of(instance)
        if storage is None:
            sys.exit("Dagster does not keep its runs in Postgres: there is nobody to offer any.")
        return storage.postgres_url.replace("postgresql+psycopg2://", "postgresql://", 1)


def _serve(
    connection: psycopg.Connection, commands: socket.socket | None, jobs: Collection[str], states: States
) -> bool:
    """Carry out what is offered; True when a file has changed, False when the input has closed."""
    waited_for = [connection, sys.stdin, *([commands] if commands is not None else [])]
    ours = [each.fileno() for each in waited_for]
    told: list[str] = []
    connection.add_notify_handler(lambda notify: told.append(notify.payload))
    going: dict[int, str] = {}  # the runs of its processes
    while True:
        ready, _, _ = select.select(waited_for, [], [], _EVERY)
        if sys.stdin in ready and not os.read(sys.stdin.fileno(), 1_000):
            return False
        connection.execute("select 1")  # whatever was told has arrived then
        for dead in _ended(going):
            _split_off(ours, dead, partial(end_dead, dead))
        changed = states_now() != states
        if commands is not None and commands in ready:
            _take_command(ours, commands, changed=changed)
        for text in _emptied(told):
            offer = Offer.read(text)
            if offer is None:
                continue
            fits = not changed and offer.module == DEFINITIONS and offer.job in jobs and len(going) < _MOST
            if warm_offers.answered(connection, offer, TAKEN if fits else DECLINED) and fits:
                going[_split_off(ours, offer.run_id, partial(carry_out, offer.run_id))] = offer.run_id
        if changed:
            return True


def _take_command(ours: Sequence[int], commands: socket.socket, *, changed: bool) -> None:
    """Carry out the command that somebody hands over, if it is one for this process."""
    there, _ = commands.accept()
    with there:
        asked = warm_commands.asked_by(there)
        if asked is None:
            return
        if changed or not warm_commands.fits(asked):
            warm_commands.decline(there)
        else:
            _split_off(ours, "of a command", partial(obey, there, asked))
        for file in asked.files:
            os.close(file)


def _emptied(told: list[str]) -> Iterator[str]:
    while told:
        yield told.pop(0)


def _ended(going: dict[int, str]) -> Iterator[str]:
    """Forgets the processes that have ended; yields the runs of those that were killed, or ended in an error."""
    with contextlib.suppress(ChildProcessError):  # there is none
        while (ended := os.waitpid(-1, os.WNOHANG))[0] != 0:
            process, status = ended
            run_id = going.pop(process, None)
            if run_id is not None and status:
                yield run_id


def _split_off(ours: Sequence[int], run_id: str, do: Callable[[], None]) -> int:
    """Do that for the run in a process of its own; returns its number. ``ours``: what this process alone listens to."""
    sys.stdout.flush()
    sys.stderr.flush()
    process = os.fork()
    if process:
        return process
    status = 1
    try:
        # They now lead nowhere: the other process speaks on its connection, and neither may end it for the other.
        nowhere = os.open(os.devnull, os.O_RDWR)
        for listened_to in ours:
            os.dup2(nowhere, listened_to)
        for usual in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(usual, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        do()
        status = 0
    except BaseException as error:
        # Its text may hold a name or an amount; where it was does not.
        where = "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))
        _LOG.error("The run %s ended in %s.\n%s", run_id, type(error).__name__, where)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def carry_out(run_id: str) -> None:
    """Do what the process does that Dagster's code server starts for a run, in this one."""
    with capture_interrupts(), dg.DagsterInstance.get() as instance:
        run = instance.get_run_by_id(run_id)
        if run is None or run.job_code_origin is None:
            return
        if run.status is dg.DagsterRunStatus.NOT_STARTED:
            begins = DagsterEvent(DagsterEventType.PIPELINE_STARTING.value, run.job_name)
            instance.report_dagster_event(begins, run_id=run_id)
        elif run.status is not dg.DagsterRunStatus.STARTING:
            return
        process = os.getpid()
        started = EngineEventData.in_process(process)
        instance.report_engine_event(f"{CARRIED_OUT} (pid: {process}).", run, started)
        job = recon_job_from_origin(run.job_code_origin)
        for _ in core_execute_run(job, run, instance, inject_env_vars=False):
            pass
        instance.report_engine_event(f"Process for run exited (pid: {process}).", run)


def obey(there: socket.socket, asked: warm_commands.Asked) -> None:
    """Carry the command out as the process would in which it was given: in its place, with its input, output and environment."""
    if not warm_commands.take(there, os.getpid()):
        return
    warm_commands.end_with(there)
    for number, file in enumerate(asked.files):
        os.dup2(file, number)
    os.environ.clear()
    os.environ.update(asked.environment)
    for name, number in (("stdin", 0), ("stdout", 1), ("stderr", 2)):
        is_input, errors = name == "stdin", "backslashreplace" if name == "stderr" else "strict"
        opened = os.fdopen(number, "r" if is_input else "w", encoding="utf-8", errors=errors, closefd=False, buffering=-1 if is_input else 1)  # fmt: skip
        setattr(sys, name, opened)
    logging.getLogger().handlers.clear()
    logging.getLogger().setLevel(logging.WARNING)
    program = importlib.import_module(COMMAND_LINE).main
    code: object = 0
    try:
        program.main(asked.words, prog_name=warm_commands.PROGRAM)
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        traceback.print_exc()  # as Python does with what nobody caught; a text without values (``cli.group``)
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    warm_commands.end(there, code if isinstance(code, int) else 0 if code is None else 1)
    os._exit(0)


def end_dead(run_id: str) -> None:
    """Say at once that the run's process is gone, as Dagster's code server does of its own; otherwise the run monitoring would, later."""
    with dg.DagsterInstance.get() as instance:
        run = instance.get_run_by_id(run_id)
        if run is not None and not run.is_finished:
            instance.report_run_failed(run, GONE)


if __name__ == "__main__":
    main()
