"""Handing a whole command over to the warm process (``warm_process``), so that nobody waits for its imports.

A socket in Dagster's folder, open to its owner alone. The command's own process stays as long as the command goes on: it gave away its input
and output, passes signals on, and ends with the same code; when it is gone, so is the other one, as if the command had been killed itself.
Where nobody listens, or the two do not agree on the settings, the command goes on where it was given.

Here: both sides. Not here: which commands there are, and what they do (``cli``). Imports nothing but the standard library: a command waits for it.
"""

import contextlib
import json
import os
import signal
import socket
import threading
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, Final, NamedTuple

PROGRAM: Final = "rentaxis-sync"
COMMANDS: Final = ("bulk", "record")
_SOCKET: Final = "warm.sock"
_HOME: Final = "DAGSTER_HOME"
_LONGEST_ADDRESS: Final = 100  # bytes; Linux takes 107, macOS 103
# What definitions and runs are made of. The rest is of a terminal, or of the front door alone.
_SETTINGS: Final = ("DAGSTER_", "HEARTBEAT_", "PIPELINES_", "QUICKBOOKS_", "RENTAXIS_")
_OF_A_PROCESS: Final = (
    "DAGSTER_EVENT_BATCH_SIZE",
    "DAGSTER_GRPC_SHUTDOWN_GRACE_PERIOD",
    "DAGSTER_GRPC_TIMEOUT_SECONDS",
    "RENTAXIS_COMPANY",
    "RENTAXIS_TETHER",
)
_SECONDS: Final = 1.0  # for the other side to say anything
_PASSED_ON: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_TAKEN, _DECLINED, _ENDED, _GO = "taken", "declined", "ended", b"go\n"
KILLED: Final = 128 + signal.SIGKILL  # as a shell says it


class Asked(NamedTuple):
    """A command that somebody gave in another process. ``files``: its input, output and error output."""

    words: list[str]
    folder: str
    environment: dict[str, str]
    files: list[int]


def is_warm(words: Sequence[str]) -> bool:
    """Whether a command with these words is one that is handed over: it is itself the first word, but for ``--company``."""
    rest = list(words)
    while rest and rest[0].startswith("--company"):
        del rest[: 1 if "=" in rest[0] else 2]
    return bool(rest) and rest[0] in COMMANDS and not {"-h", "--help"} & set(rest)


def carried_out(words: Sequence[str]) -> int | None:
    """The code that the command ended with, carried out by the warm process; None where there is none, or where it did not take it."""
    path = _path(os.environ)
    if path is None or not is_warm(words):
        return None
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as there:
        try:
            there.settimeout(_SECONDS)
            there.connect(str(path))
            asked = {"words": list(words), "folder": str(Path.cwd()), "environment": dict(os.environ)}
            socket.send_fds(there, [_line(asked)], [0, 1, 2])
            lines = there.makefile("r", encoding="utf-8")
            answer, process = _read(lines.readline())
        except OSError:
            return None
        if answer != _TAKEN:
            return None
        with _signals_to(process) as told:
            try:
                there.sendall(_GO)
            except OSError:
                return None
            there.settimeout(None)
            answer, code = _read(lines.readline())
        if answer != _ENDED and told:
            os.kill(os.getpid(), told[-1])  # that one ended by it, and so does this one
        return code if answer == _ENDED else KILLED


def listening() -> socket.socket | None:
    """Where commands are handed over; None where Dagster has no folder for it that can be written to. Only the warm process calls this."""
    path = _path(os.environ)
    if path is None:
        return None
    there = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()  # of one that was killed
        there.bind(str(path))
        path.chmod(0o600)
    except OSError:
        there.close()
        return None
    there.listen()
    return there


def asked_by(there: socket.socket) -> Asked | None:
    """The command that comes over this connection; None for what is none."""
    there.settimeout(_SECONDS)
    files: list[int] = []
    try:
        text, files, *_ = socket.recv_fds(there, 65_536, 3)
        while text and not text.endswith(b"\n") and (more := there.recv(65_536)):
            text += more
        return Asked(**json.loads(text), files=files)
    except (OSError, TypeError, ValueError):
        for file in files:
            os.close(file)
        return None


def fits(asked: Asked) -> bool:
    """Whether it was given under the settings that this process has, in the folder that they may be relative to."""
    return asked.folder == str(Path.cwd()) and _settings(asked.environment) == _settings(os.environ)


def take(there: socket.socket, process: int) -> bool:
    """Say that this process carries it out; False where nobody waits for that any more: then it is carried out where it was given."""
    there.settimeout(_SECONDS)
    try:
        there.sendall(_line([_TAKEN, process]))
        return there.recv(len(_GO), socket.MSG_WAITALL) == _GO
    except OSError:
        return False


def decline(there: socket.socket) -> None:
    """Say that it is to go on where it was given."""
    with contextlib.suppress(OSError):
        there.sendall(_line([_DECLINED, 0]))


def end(there: socket.socket, code: int) -> None:
    """Say how it ended."""
    with contextlib.suppress(OSError):
        there.sendall(_line([_ENDED, code]))


def end_with(there: socket.socket) -> None:
    """From here on this process is killed as soon as the one that the command was given in is gone."""

    def wait() -> None:
        there.settimeout(None)
        with contextlib.suppress(OSError):
            there.recv(1)  # it says nothing more
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=wait, name="command-given", daemon=True).start()


def _path(environment: Mapping[str, str]) -> Path | None:
    home = environment.get(_HOME)
    if not home or not hasattr(socket, "AF_UNIX"):
        return None
    path = Path(home).absolute() / _SOCKET
    return path if path.parent.is_dir() and len(os.fsencode(path)) <= _LONGEST_ADDRESS else None


def _settings(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environment.items()
        if name.startswith(_SETTINGS) and name not in _OF_A_PROCESS
    }


@contextlib.contextmanager
def _signals_to(process: int) -> Generator[list[int]]:
    """Inside the block what this process is told is told to that one, and kept in the list."""
    told: list[int] = []

    def pass_on(number: int, _frame: FrameType | None) -> None:
        told.append(number)
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, number)

    before = {each: signal.signal(each, pass_on) for each in _PASSED_ON}
    try:
        yield told
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _line(said: Any) -> bytes:
    return json.dumps(said).encode() + b"\n"


def _read(line: str) -> tuple[str, int]:
    """What the other side said; nothing, if it is gone."""
    if not line:
        return "", 0
    answer, number = json.loads(line)
    return answer, number
