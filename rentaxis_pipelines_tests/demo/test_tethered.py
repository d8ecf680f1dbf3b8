"""What we start ends with us, even when we are killed without a moment to say so: children, their children, the deaf ones."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil

from rentaxis_pipelines.demo import postgres, tethered

# A service that starts a server of its own, in a session of its own; both are deaf to SIGTERM, as is Dagster's code server now and then.
SERVICE = """
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
words = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"
server = subprocess.Popen([sys.executable, "-c", words], start_new_session=True, stdout=subprocess.PIPE)
server.stdout.readline()
print(server.pid, flush=True)
signal.pause()
"""
PARENT = f"""
import os, signal, subprocess, sys
from rentaxis_pipelines.demo import tethered
with tethered.tether() as tied:
    service = subprocess.Popen([sys.executable, "-c", {SERVICE!r}], env={{**os.environ, **tied}}, stdout=subprocess.PIPE, text=True)
    print(service.pid, service.stdout.readline().strip(), flush=True)
    sys.stdin.readline()
"""


def begun() -> tuple[subprocess.Popen[str], list[psutil.Process]]:
    """A parent in a process group of its own, with its service and the server of that."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert parent.stdout is not None
    started = [psutil.Process(int(one)) for one in parent.stdout.readline().split()]
    assert len(started) == 2
    return parent, started


def test_nothing_outlives_its_parent() -> None:
    """Killed, killed with its process group, or ended: neither the service nor what that started, in whatever session, deaf or not."""
    ends: list[Callable[[subprocess.Popen[str]], object]] = [
        lambda parent: parent.kill(),
        lambda parent: os.killpg(parent.pid, signal.SIGKILL),
        lambda parent: parent.stdin and parent.stdin.close(),
    ]
    with contextlib.ExitStack() as stack:
        families = [begun() for _ in ends]
        parents = [stack.enter_context(parent) for parent, _ in families]
        all_started = [one for _, started in families for one in started]
        try:
            assert all(one.is_running() for one in all_started)
            for parent, end in zip(parents, ends, strict=True):
                end(parent)
            _, alive = psutil.wait_procs(all_started, timeout=60)
            assert [one for one in alive if one.status() != psutil.STATUS_ZOMBIE] == []
        finally:
            for one in all_started:
                with contextlib.suppress(psutil.Error):
                    one.kill()


def test_who_is_not_tied_is_left_alone() -> None:
    """Neither others' processes nor those of another block."""
    with (
        tethered.tether() as other,
        subprocess.Popen(
            [sys.executable, "-c", "input()"], env={**os.environ, **other}, stdin=subprocess.PIPE
        ) as neighbor,
    ):
        with tethered.tether():
            pass
        assert neighbor.poll() is None
        assert psutil.pid_exists(os.getpid())
        neighbor.kill()


def test_the_database_of_a_killed_stack_is_stopped(tmp_path: Path) -> None:
    """It is no child of ours, and is stopped as Postgres wishes, so that nothing has to be recovered."""
    code = (
        "import pathlib, sys\nfrom rentaxis_pipelines.demo import postgres, tethered\nfolder = pathlib.Path(sys.argv[1])\n"
        "with tethered.tether(folder):\n    postgres.start(folder, durable=False)\n    print('up', flush=True)\n    input()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    assert parent.stdin is not None
    try:
        assert parent.stdout.readline() == "up\n"
        # The first line of Postgres' own file is its process id.
        server = psutil.Process(int((tmp_path / "postgres" / "postmaster.pid").read_text().split()[0]))
        parent.kill()
        parent.wait(10)
        psutil.wait_procs([server], timeout=30)
        assert not server.is_running()
        assert "was not properly shut down" not in (tmp_path / "postgres" / "server.log").read_text()
        assert postgres.join(tmp_path) is None
    finally:
        parent.stdout.close()
        parent.stdin.close()
