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
from rentaxis_pipelines.settings import load_scope
from rentaxis_pipelines.settings.shipped import ROOT, WORKSPACE_FILE

_SECONDS_TO_START = 120


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
def dagster_services(log_folder: Path, port: int = 0, *, daemon: bool = True) -> Generator[str]:
    """The UI (and the daemon) with this process' environment; yields the UI's address once it answers."""
    port = port or free_port()
    close_to_others(private_folder(log_folder))
    workspace = ["-w", str(WORKSPACE_FILE)]
    commands = {"webserver": ["rentaxis-sync", "serve", "--port", str(port), *workspace]}
    if daemon:
        commands["daemon"] = ["dagster-daemon", "run", *workspace]
    with tethered.tether() as tied:
        started: list[subprocess.Popen[bytes]] = []
        try:
            for name, command in commands.items():
                started.append(_start(command, log_folder / f"{name}.log", tied))
            url = f"http://127.0.0.1:{port}"
            _wait_until_up(url, started, log_folder)
            yield url
        finally:
            for process in started:
                process.send_signal(signal.SIGTERM)
            for process in started:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(30)
                process.kill()
                process.wait()


def serve_dagster(stack: Stack, port: int, announce: Callable[[str], None]) -> None:
    """Run the UI and the daemon until interrupted or terminated."""
    announce("Starting the sync desk, the Dagster UI and its daemon ...")
    with dagster_services(Path(stack.environment["DAGSTER_HOME"]) / "logs", port) as url:
        job = named(load_scope(), BULK_SYNC)
        announce(f"Sync desk: {url}/desk")
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
            env={**os.environ, **tied},
            stdout=words,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            start_new_session=True,
            umask=0o077,  # Dagster's logs and the output of runs may contain names
        )


def _wait_until_up(url: str, started: Sequence[subprocess.Popen[bytes]], log_folder: Path) -> None:
    deadline = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < deadline:
        if any(process.poll() is not None for process in started):
            raise ServiceError(f"A Dagster service ended while starting; see the logs in {log_folder}.")
        with contextlib.suppress(requests.RequestException):
            if requests.get(f"{url}/server_info", timeout=5).ok:
                return
        time.sleep(0.2)
    raise ServiceError(
        f"The Dagster UI did not answer within {_SECONDS_TO_START} seconds; see the logs in {log_folder}."
    )
