"""Docker's part, for a machine without it: the services of compose.yaml as processes that see, and may write, what their container would.

The kernel keeps to it (``contained``): a read-only file system, an empty /tmp, the volumes, the user of the image. What is not Docker's here:
all share this machine's network, so their ports are free ones instead of those printed, and their host names lead to this machine.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rentaxis_pipelines.settings.shipped import DEPLOY
from rentaxis_pipelines_tests.production import compose
from rentaxis_pipelines_tests.production.contained import contained
from rentaxis_pipelines_tests.production.units import Service

SOCKET = "/var/run/docker.sock"
PRINTED_PORTS = ("4266", "3000")
STOP_SECONDS = 10  # of docker compose, where a service says nothing else
HOSTS = ("postgres", "code", "front-door")


@dataclass
class Host:
    """A Docker host: the folder of its volumes, the virtual environment of the images, what the two files beside compose.yaml say."""

    folder: Path
    programs: Path
    socket: Path
    ports: Mapping[str, int]
    dotenv: Mapping[str, str]
    environment: Mapping[str, str]
    started: list[Service] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.services: dict[str, dict[str, Any]] = compose.composed(self.dotenv)["services"]
        self._write("hosts", f"127.0.0.1 localhost {' '.join(HOSTS)}\n")
        user = compose.image("host").user
        self._write(
            "passwd", f"{Path('/etc/passwd').read_text()}rentaxis:x:{user}::/nonexistent:/usr/sbin/nologin\n"
        )
        self._write("workspace.yaml", self._port((DEPLOY / "dagster" / "workspace.yaml").read_text()))

    def _write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)
        (self.folder / name).chmod(0o644)

    def _port(self, text: str) -> str:
        """With the free ports instead of those printed."""
        for printed in PRINTED_PORTS:
            text = re.sub(rf"\b{printed}\b", str(self.ports[printed]), text)
        return text

    def volume(self, name: str) -> Path:
        """The folder of a volume, as its image's folder: the program's user alone may see it."""
        folder = self.folder / "volumes" / name
        if not folder.exists():
            folder.mkdir(parents=True, mode=0o700)
            user, group = map(int, compose.image("host").user.split(":"))
            os.chown(folder, user, group)
        return folder

    def variables(self, target: str, given: Mapping[str, str]) -> dict[str, str]:
        """The environment of a container of the image."""
        image = compose.image(target).environment
        path = {"PATH": f"{self.programs}:/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent"}
        return {**image, **path, **given}

    def words(self, command: Sequence[str], settings: Mapping[str, Any]) -> list[str]:
        """The command in a container with these ``user``, ``volumes`` and ``groups``; it has to be read only, without privileges."""
        assert settings["read_only"] is True
        user, group = map(int, settings["user"].split(":"))
        assert user == group
        return contained(
            [self._port(word) for word in command],
            user,
            groups=[int(each) for each in settings.get("group_add", ())],
            seen=[self.programs.parent, Path(sys.base_prefix), Path(sysconfig.get_path("purelib"))],
            mounts={
                "/etc/hosts": (self.folder / "hosts", False),
                "/etc/passwd": (self.folder / "passwd", False),
                **dict(map(self._mount, settings.get("volumes", ()))),
            },
        )

    def _mount(self, said: str) -> tuple[str, tuple[Path, bool]]:
        source, place, *options = said.split(":")
        if place == SOCKET:
            return place, (self.socket, True)
        if source == "./dagster/workspace.yaml":
            return place, (self.folder / "workspace.yaml", False)
        path = DEPLOY / source if source.startswith(".") else self.volume(source.removeprefix("rentaxis_"))
        return place, (path, "ro" not in options)

    def run(self, name: str, command: Sequence[str], said: str = "", *, code: int = 0) -> str:
        """``docker compose run --rm NAME COMMAND``: what it printed."""
        settings = self.services[name]
        done = subprocess.run(
            self.words(command, settings),
            env=self.variables("host", {**self.environment, **settings.get("environment", {})}),
            input=said, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=900, check=False,
        )  # fmt: skip
        assert done.returncode == code, f"{command}: {done.stdout[-4000:]}"
        return done.stdout

    def opened(self, name: str, command: Sequence[str]) -> subprocess.Popen[str]:
        """As ``run``, for a command that asks: who calls reads and answers."""
        settings = self.services[name]
        return subprocess.Popen(
            self.words(command, settings),
            env=self.variables("host", {**self.environment, **settings.get("environment", {})}),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1,
        )  # fmt: skip

    @contextlib.contextmanager
    def up(self) -> Iterator[list[Service]]:
        """``docker compose up``, but for Postgres; and ``down``. A service begins when those it depends on are healthy, or have succeeded."""
        try:
            for name in ("migrate", "code", "daemon", "front-door"):
                self._begin(name)
            yield self.started
        finally:
            for service in reversed(self.started):
                _tell(service.process, signal.SIGTERM)
                with contextlib.suppress(subprocess.TimeoutExpired):  # its code then says that it was killed
                    service.process.wait(service.seconds_to_stop)
                _tell(service.process, signal.SIGKILL)
                service.process.wait()

    def _begin(self, name: str) -> None:
        settings = self.services[name]
        target = re.split("[-:]", settings["image"])[1]
        image = compose.image(target)
        command = settings.get("command") or image.command
        if settings["restart"] == "no":
            self.run(name, command)
            return
        log = self.folder / f"{name}.log"
        words = self.words(command, settings)
        variables = self.variables(target, {**self.environment, **settings.get("environment", {})})
        with log.open("wb") as output:
            process = subprocess.Popen(
                words, env=variables, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )  # fmt: skip
        seconds = float(str(settings.get("stop_grace_period", STOP_SECONDS)).removesuffix("s"))
        service = Service(name, process, log, seconds)
        self.started.append(service)
        health = settings["healthcheck"]["test"][1:] if "healthcheck" in settings else image.health
        self._healthy(service, self.words(health, settings), variables)

    def _healthy(
        self, service: Service, words: list[str], variables: Mapping[str, str], seconds: float = 900
    ) -> None:
        """Waits for its health check to pass."""
        deadline = time.monotonic() + seconds
        while subprocess.run(words, env=dict(variables), capture_output=True, check=False).returncode:
            assert service.process.poll() is None, service.last_words()
            assert time.monotonic() < deadline, service.last_words()
            time.sleep(0.5)


def _tell(process: subprocess.Popen[Any], what: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, what)
