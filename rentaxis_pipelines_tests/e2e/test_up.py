"""``rentaxis-sync up`` where it cannot start."""

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from rentaxis_pipelines.demo import stack as demo_stack
from rentaxis_pipelines.model.errors import CannotLaunch


def test_a_taken_port_is_one_sentence_before_anything_starts():
    """A second ``up`` must not make the databases of the first anew: it is refused before it touches any."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = subprocess.run(
            [sys.executable, "-m", "rentaxis_pipelines.cli.main", "up", "--fresh", "--port", str(port)],
            env=dict(os.environ),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert said.returncode == 2
    assert said.stderr.strip() == (
        f"Port {port} is taken. Is `up` running already? Choose another port with --port."
    )
    assert said.stdout == ""


def test_what_the_demo_keeps_is_its_owners_alone(running):
    """Folders, logs, Dagster's home and the token's key: whatever the umask of whoever started it."""
    folder = Path(running.stack.environment["DAGSTER_HOME"]).parent
    for each in (folder, folder / "dagster", running.logs, folder / "results"):
        assert stat.S_IMODE(each.stat().st_mode) == 0o700, each
    kept = [folder / "secret.key", *running.logs.glob("*.log"), *(folder / "results").iterdir()]
    assert len(kept) >= 3
    for each in kept:
        assert stat.S_IMODE(each.stat().st_mode) == 0o600, each


def test_two_stacks_never_share_their_data(running):
    """The second would make databases anew that the first one's daemon still works on."""
    folder = Path(running.stack.environment["DAGSTER_HOME"]).parent
    with pytest.raises(CannotLaunch, match="already running on"), demo_stack.running(folder=folder):
        pass
