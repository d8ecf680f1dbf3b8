"""The running demo stack from another shell: its variables in a file while it runs, printed as shell commands.

Not here: which variables there are (``stack``).
"""

import contextlib
import fcntl
import json
import os
import shlex
import sys
from collections.abc import Generator, Mapping
from pathlib import Path

from rentaxis_pipelines.demo.postgres import programs_folder
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.safety.private_files import written_privately

IN_USE = "in_use"  # the file that a running stack keeps locked
_KEPT = "environment.json"


@contextlib.contextmanager
def kept(folder: Path, environment: Mapping[str, str]) -> Generator[None]:
    """Keep the variables in a file of the folder, readable only by its owner, until the block ends."""
    file = folder / _KEPT
    with written_privately(file) as beside:
        beside.write_text(json.dumps(dict(environment)))
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def exports(folder: Path) -> str:
    """Lines for ``eval`` in a shell: the variables of the stack in this folder, and a PATH with its programs.

    Raises CannotLaunch if no stack is running there.
    """
    file = folder / _KEPT
    if not _held(folder / IN_USE) or not file.exists():
        raise CannotLaunch("No demo stack is running. Start one with `make up`, in another terminal.")
    environment: dict[str, str] = json.loads(file.read_text())
    lines = [f"export {name}={shlex.quote(value)}" for name, value in sorted(environment.items())]
    places = os.pathsep.join(map(str, (Path(sys.executable).parent, programs_folder())))
    return "\n".join([*lines, f'export PATH={shlex.quote(places)}:"$PATH"'])


def _held(lock: Path) -> bool:
    """Whether a process holds the lock; a killed process holds none."""
    try:
        with lock.open("r") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
