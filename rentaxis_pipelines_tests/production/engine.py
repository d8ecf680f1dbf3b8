"""A Docker engine as far as Dagster's launcher speaks to one: a container is created, started, looked at and stopped over its socket.

Its containers are processes on this machine that see and may write what the container would (``containers``). Here: the API. Anything that
it is asked and does not know is an error, so that no request is passed over.
"""

import contextlib
import json
import os
import re
import signal
import socketserver
import subprocess
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from rentaxis_pipelines_tests.production.containers import Host

API = "1.47"
_CREATE, _ONE = (
    re.compile(r"/v[\d.]+/containers/create"),
    re.compile(r"/v[\d.]+/containers/(\w+)/(start|json|stop)"),
)


@dataclass
class Container:
    """One that was created: what was asked for, and its process once it is started."""

    number: str
    asked: Mapping[str, Any]
    process: subprocess.Popen[bytes] | None = None

    @property
    def state(self) -> dict[str, Any]:
        if self.process is None:
            return {"Status": "created"}
        code = self.process.poll()
        return {"Status": "running"} if code is None else {"Status": "exited", "ExitCode": code}


@dataclass
class Engine:
    """``image``: the name of the only image there is, and the target of the Dockerfile that it was built from."""

    host: Host
    image: tuple[str, str]
    containers: list[Container] = field(default_factory=list)

    def create(self, asked: Mapping[str, Any]) -> Container:
        assert asked["Image"] == self.image[0], asked["Image"]
        container = Container(f"{len(self.containers) + 1:064x}", asked)
        self.containers.append(container)
        return container

    def start(self, container: Container) -> None:
        asked, kept = container.asked, container.asked["HostConfig"]
        settings = {"user": asked["User"], "read_only": kept["ReadonlyRootfs"], "volumes": kept["Binds"]}
        given = dict(pair.split("=", 1) for pair in asked["Env"])
        with (self.host.folder / f"run-{container.number[-4:]}.log").open("wb") as output:
            container.process = subprocess.Popen(
                self.host.words(asked["Cmd"], settings),
                env=self.host.variables(self.image[1], given),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def end(self) -> None:
        """No container outlives the engine."""
        for container in self.containers:
            if container.process is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(container.process.pid, signal.SIGKILL)
                container.process.wait()


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


@contextlib.contextmanager
def listening(engine: Engine, socket: Path, group: int) -> Iterator[None]:
    """The engine answers on its socket, which its group may use."""

    class Api(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path.endswith("/version"):
                self._answer(200, {"ApiVersion": API, "MinAPIVersion": "1.24", "Version": "28"})
            else:
                container, _ = self._container("json")
                self._answer(200, {"Id": container.number, "State": container.state, "Config": {}})

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length") or 0))
            if _CREATE.match(self.path):
                self._answer(201, {"Id": engine.create(json.loads(content)).number, "Warnings": []})
                return
            container, what = self._container("start", "stop")
            if what == "start":
                engine.start(container)
            elif container.process is not None:
                container.process.send_signal(signal.SIGTERM)
            self._answer(204, None)

        def _container(self, *known: str) -> tuple[Container, str]:
            found = _ONE.match(self.path)
            assert found, self.path
            assert found[2] in known, self.path
            return next(one for one in engine.containers if one.number == found[1]), found[2]

        def _answer(self, status: int, content: Any) -> None:
            body = b"" if content is None else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with _Server(str(socket), Api) as server:
        os.chown(socket, 0, group)
        socket.chmod(0o660)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()
            engine.end()
