"""Dagster's own services for the demo stack: the web UI and the daemon, as processes that end with us."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path

import requests

from rentaxis_pipelines.demo import tethered
from rentaxis_pipelines.demo.postgres import free_port
from rentaxis_pipelines.demo.stack import Stack
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.orchestration.names import BULK_SYNC, named
from rentaxis_pipelines.safety.private_files import close_to_others, private_folder
from rentaxis_pipelines.settings.companies import COMPANIES_FOLDER, scopes_from_environment
from rentaxis_pipelines.settings.shipped import ROOT, WORKSPACE_FILE

_SECONDS_TO_START = 300
# The daemon waits a minute for the code server to start a run's process, and fails the run then; a busy small machine takes longer.
_PATIENT = {"DAGSTER_GRPC_TIMEOUT_SECONDS": "300"}


class ServiceError(CannotLaunch):
    """A service did not start; the text says which one and where its log is."""


def end_politely() -> None:
    """A kill or a closed terminal ends this process as Ctrl-C does, with all cleanup.

    Ctrl-C is included because a shell starts background jobs that ignore it.
    """
    for told in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(told, signal.default_int_handler)


def refuse_taken_port(port: int) -> None:
    """Raises ServiceError if something already listens on the port, such as another demo stack; 0 is any free port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port just closed is free
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ServiceError(
                f"Port {port} is taken. Is `up` running already? Choose another port with --port."
            ) from error


@contextlib.contextmanager
def dagster_services(
    log_folder: Path, port: int = 0, *, daemon: bool = True, code_server: bool = False
) -> Generator[str]:
    """The UI (and the daemon) with this process' environment; yields the UI's address once it answers.

    ``code_server``: the definitions are loaded by a process of their own, once for both, as in production; else by each of them.
    """
    port = port or free_port()
    close_to_others(private_folder(log_folder))
    with tethered.tether() as tied:
        started: list[subprocess.Popen[bytes]] = []
        try:
            workspace = ["-w", str(WORKSPACE_FILE)]
            if code_server:
                workspace = ["-w", str(_start_code_server(started, log_folder, tied))]
            serve = ["rentaxis-sync", "serve", "--port", str(port), *workspace]
            started.append(_start(serve, log_folder / "webserver.log", tied))
            if daemon:
                run = ["dagster-daemon", "run", *workspace]
                started.append(_start(run, log_folder / "daemon.log", tied))
            url = f"http://127.0.0.1:{port}"
            _wait_until(
                "Dagster UI", started, log_folder, lambda: requests.get(f"{url}/server_info", timeout=5).ok
            )
            yield url
        finally:
            _end(started)


def _start_code_server(
    started: list[subprocess.Popen[bytes]], log_folder: Path, tied: Mapping[str, str]
) -> Path:
    """The code server, added to ``started``; returns the workspace file that leads to it."""
    port = free_port()
    serve = ["dagster", "code-server", "start", "--host", "127.0.0.1", "--port", str(port)]
    named = ["--location-name", "rentaxis_pipelines", "--module-name", "rentaxis_pipelines.definitions"]
    started.append(_start([*serve, *named], log_folder / "code_server.log", tied))
    # It listens once the definitions are loaded.
    _wait_until("code server", started, log_folder, lambda: _listens(port))
    workspace = log_folder / "workspace.yaml"
    server = f"{{host: 127.0.0.1, port: {port}, location_name: rentaxis_pipelines}}"
    workspace.write_text(f"load_from:\n  - grpc_server: {server}\n", encoding="utf-8")
    return workspace


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _end(started: Sequence[subprocess.Popen[bytes]]) -> None:
    """Ask all of them to end, those first that use the others; kill what does not."""
    for process in reversed(started):
        process.send_signal(signal.SIGTERM)
    for process in reversed(started):
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(30)
        process.kill()
        process.wait()


def serve_dagster(stack: Stack, port: int, announce: Callable[[str], None]) -> None:
    """Run the UI and the daemon until interrupted or terminated."""
    announce("Starting the sync desk, the Dagster UI and its daemon ...")
    scopes = scopes_from_environment()
    several = len(scopes) > 1
    logs = Path(stack.environment["DAGSTER_HOME"]) / "logs"
    with dagster_services(logs, port, code_server=several) as url:
        job = named(scopes[0], BULK_SYNC)
        announce(f"Sync desk: {url}/desk")
        if several:
            announce(f"{len(scopes)} companies, a folder each: {os.environ[COMPANIES_FOLDER]}")
        announce(f"Dagster UI: {url}/overview    (jobs: {url}/locations/rentaxis_pipelines/jobs/{job})")
        announce(f"QuickBooks (emulated): {stack.quickbooks.base_url}/_emulator/")
        announce("Press Ctrl-C to stop everything.")
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()


def _start(command: Sequence[str], log: Path, tied: Mapping[str, str]) -> subprocess.Popen[bytes]:
    program = Path(sys.executable).parent / command[0]
    log.unlink(missing_ok=True)  # one from an earlier start may be readable by others
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as words:
        return subprocess.Popen(
            [str(program), *command[1:]],
            env={**_PATIENT, **os.environ, **tied},
            stdout=words,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            start_new_session=True,
            umask=0o077,  # Dagster's logs and the output of runs may contain names
        )


def _wait_until(
    what: str, started: Sequence[subprocess.Popen[bytes]], log_folder: Path, answers: Callable[[], bool]
) -> None:
    """Raises ServiceError where one of the processes ends, or the service does not answer in time."""
    deadline = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < deadline:
        if any(process.poll() is not None for process in started):
            raise ServiceError(f"A Dagster service ended while starting; see the logs in {log_folder}.")
        with contextlib.suppress(requests.RequestException):
            if answers():
                return
        time.sleep(0.2)
    raise ServiceError(
        f"The {what} did not answer within {_SECONDS_TO_START} seconds; see the logs in {log_folder}."
    )
