"""systemd's part, for a machine without it: starts what the units say, as they say it. Only the keys our units use are known.

What they may write is kept by the kernel where root runs the tests (``contained``).
"""

import contextlib
import os
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from rentaxis_pipelines_tests.production.contained import contained, possible
from rentaxis_pipelines_tests.production.debian import Ordinary

SYSTEM_PATH = (
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"  # of a service: no virtual environment is in it
)
KNOWN = {
    "User", "WorkingDirectory", "EnvironmentFile", "UMask", "ExecStart", "Restart", "RestartSec", "TimeoutStopSec",
    "ProtectSystem", "ReadWritePaths", "PrivateTmp", "NoNewPrivileges", "CapabilityBoundingSet",
    "KillMode",  # it only spares a run of one record that is under way, and none is when the services are stopped here
}  # fmt: skip
_COLOR = re.compile("\x1b\\[[0-9;]*m")


def settings_of(unit: Path) -> dict[str, str]:
    """The section [Service]. Fails for a key that this module would pass over in silence."""
    section = unit.read_text().split("[Service]\n")[1].split("\n[")[0]
    lines = [line for line in section.splitlines() if line and not line.startswith("#")]
    settings = dict(line.split("=", 1) for line in lines)
    assert set(settings) <= KNOWN, f"{unit.name}: {set(settings) - KNOWN} is not tried here"
    return settings


def environment_of(file: Path) -> dict[str, str]:
    """An EnvironmentFile: lines NAME=VALUE, a value in quotes or not."""
    lines = [line for line in file.read_text().splitlines() if line and not line.startswith("#")]
    pairs = [line.split("=", 1) for line in lines]
    return {name: "".join(shlex.split(value)) for name, value in pairs}


@dataclass(frozen=True)
class Service:
    """A started unit, what it prints, and how long systemd waits for its end."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    seconds_to_stop: float

    def last_words(self) -> str:
        said = self.log.read_text(errors="replace")[-9000:]
        return f"--- {self.name}: {re.sub(_COLOR, '', said)}"


@contextlib.contextmanager
def running(folder: Path, names: list[str], user: Ordinary, base: Mapping[str, str]) -> Iterator[list[Service]]:  # fmt: skip
    """The units, started in this order; told to end with the block, the last first, within the time they ask for."""
    started: list[Service] = []
    try:
        for name in names:
            started.append(_started(folder / f"{name}.service", user, base))
        yield started
    finally:
        for service in reversed(started):
            _tell(service.process, signal.SIGTERM)  # every process of the unit, as systemd does
            try:
                service.process.wait(service.seconds_to_stop)
            except subprocess.TimeoutExpired:
                _tell(service.process, signal.SIGABRT)  # each of its processes says where it is
                with contextlib.suppress(subprocess.TimeoutExpired):
                    service.process.wait(10)
                raise AssertionError(f"It did not stop in time. {service.last_words()}") from None
            finally:
                _tell(service.process, signal.SIGKILL)
                service.process.wait()  # nothing of it is left for the tests that come after


def memory(services: list[Service]) -> int:
    """Bytes, of all their processes; what several share is counted once."""
    held = 0
    for service in services:
        top = psutil.Process(service.process.pid)
        for one in (top, *top.children(recursive=True)):
            with contextlib.suppress(psutil.Error):  # it has just ended
                held += one.memory_full_info().pss
    return held


def _tell(process: subprocess.Popen[bytes], what: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, what)


def _started(unit: Path, user: Ordinary, base: Mapping[str, str]) -> Service:
    settings = settings_of(unit)
    home = Path(settings["WorkingDirectory"])
    log = unit.parent / f"{unit.stem}.log"
    command, identity = shlex.split(settings["ExecStart"]), user.identity
    if possible():
        command, identity = _protected(command, settings, user), {}
    with log.open("wb") as words:
        process = subprocess.Popen(
            # Whoever runs the tests in the background ignores Ctrl-C, and Dagster then ignores SIGTERM; systemd passes no such thing on.
            ["/usr/bin/env", "--default-signal", *command],
            env={
                **base,
                "PATH": SYSTEM_PATH,
                "PYTHONFAULTHANDLER": "1",
                **environment_of(Path(settings["EnvironmentFile"])),
            },
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=subprocess.STDOUT,
            umask=int(settings["UMask"], 8),
            start_new_session=True,
            **identity,
        )
    return Service(unit.stem, process, log, float(settings["TimeoutStopSec"]))


def _protected(command: list[str], settings: Mapping[str, str], user: Ordinary) -> list[str]:
    """As ProtectSystem=strict, ReadWritePaths= and PrivateTmp= have it; the user's home lies below /tmp here, so it is left in sight."""
    expected = {"ProtectSystem": "strict", "PrivateTmp": "true", "NoNewPrivileges": "true", "CapabilityBoundingSet": ""}  # fmt: skip
    assert {name: settings[name] for name in expected} == expected
    writable = {path: (Path(path), True) for path in settings["ReadWritePaths"].split()}
    return contained(
        command,
        user.home.stat().st_uid,
        seen=[user.home],
        mounts=writable,
        folder=settings["WorkingDirectory"],
    )
