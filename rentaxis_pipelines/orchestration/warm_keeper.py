"""Keeps a warm process (``warm_process``) beside whoever launches runs: the front door, or Dagster's own web server from its first short run on.

Here: starting it, starting it again when it has ended, ending it. Not here: what it does. It ends by itself when this process is gone.
"""

import atexit
import contextlib
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Generator

import dagster as dg

from rentaxis_pipelines.orchestration.launcher import WatchedRunLauncher
from rentaxis_pipelines.orchestration.run_lock import storage_of

VARIABLE = "PIPELINES_WARM_PROCESS"
_AGAIN_AFTER = 10.0  # seconds; the database may be away, or another one be warm already
_SECONDS_TO_END = 5.0
_LOG = logging.getLogger(__name__)


def is_wanted(instance: dg.DagsterInstance) -> bool:
    """Whether runs of this instance are carried out on this machine, by processes of this program, and nobody switched it off."""
    switched_off = os.environ.get(VARIABLE, "").strip().lower() in ("off", "no", "0", "false")
    here = isinstance(instance.run_launcher, WatchedRunLauncher)
    return not switched_off and here and storage_of(instance) is not None


class Keeper:
    """One process at a time, as long as ``stop`` is not called."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._lock = threading.Lock()

    def start(self) -> None:
        """Begin, unless it has begun."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._keep, name="warm-process", daemon=True)
                self._thread.start()
                atexit.register(self.stop)

    def stop(self) -> None:
        """End it, and start no other. Runs that it has split off come to their own end."""
        self._stopping.set()
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            _end(process)

    def _keep(self) -> None:
        while not self._stopping.is_set():
            with self._lock:
                if self._stopping.is_set():
                    return
                process = self._process = _started()
            process.wait()
            self._stopping.wait(_AGAIN_AFTER)


KEEPER = Keeper()  # of this process


@contextlib.contextmanager
def kept_warm(instance: dg.DagsterInstance) -> Generator[None]:
    """Inside the block a warm process is kept for the instance, if it is wanted."""
    if is_wanted(instance):
        KEEPER.start()
    try:
        yield
    finally:
        KEEPER.stop()


def _started() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "rentaxis_pipelines.orchestration.warm_process"],
        stdin=subprocess.PIPE,  # it closes with this process, however that ends
        # Only the main thread ever splits off; the threads of a library would not come along.
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    with contextlib.suppress(OSError):
        process.stdin.close()
    try:
        process.wait(_SECONDS_TO_END)
    except subprocess.TimeoutExpired:  # it is loading
        process.kill()
        process.wait()
