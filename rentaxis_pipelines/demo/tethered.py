"""Processes we start end when we do, however we end: ``kill -9`` gives no warning, and some of them start others and ignore SIGTERM.

Here: ``tether``, and the watcher behind it (``python -m rentaxis_pipelines.demo.tethered TOKEN [POSTGRES_FOLDER]``). A watcher is a
process in its own session that waits for its input to close, which the system does when this process is gone. Everything started with
the token in its environment, by us or by what we started, is then asked to end, and killed if it does not. Not here: stopping services
the usual way (``services``).
"""

import contextlib
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Generator
from pathlib import Path

import psutil

VARIABLE = "RENTAXIS_TETHER"
_SECONDS_TO_END = 5.0
_SECONDS_IN_ALL = 20.0


@contextlib.contextmanager
def tether(postgres_folder: Path | None = None) -> Generator[dict[str, str]]:
    """Yields the variable that ties a process, and all it starts, to this block: none of them outlives it.

    ``postgres_folder``: the embedded Postgres server of this folder is stopped too (it has no variable of ours).
    """
    token = uuid.uuid4().hex
    watcher = subprocess.Popen(
        [sys.executable, "-m", __name__, token, *([str(postgres_folder)] if postgres_folder else [])],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env={name: value for name, value in os.environ.items() if name != VARIABLE},  # it must not end itself
        start_new_session=True,  # not reached by Ctrl-C or a kill of our process group
    )
    assert watcher.stdin is not None
    try:
        yield {VARIABLE: token}
    finally:
        watcher.stdin.close()
        watcher.wait()


def end_all(token: str, seconds: float = _SECONDS_TO_END) -> None:
    """Ask every process with the token to end; kill those still there after ``seconds``, and what they started meanwhile."""
    told = _tied(token)
    for process in told:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    psutil.wait_procs(told, timeout=seconds)
    deadline = time.monotonic() + _SECONDS_IN_ALL
    while (left := _tied(token)) and time.monotonic() < deadline:
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(left, timeout=1)


def _tied(token: str) -> list[psutil.Process]:
    tied: list[psutil.Process] = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):  # gone, or another user's
            if process.environ().get(VARIABLE) == token:
                tied.append(process)
    return tied


def _watch(token: str, postgres_folder: str | None) -> None:
    sys.stdin.buffer.read()
    end_all(token)
    if postgres_folder is not None:
        from rentaxis_pipelines.demo import postgres  # noqa: PLC0415 - a watcher without one does not need it

        server = postgres.join(Path(postgres_folder))
        if server is not None:
            server.stop()


if __name__ == "__main__":
    _watch(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
