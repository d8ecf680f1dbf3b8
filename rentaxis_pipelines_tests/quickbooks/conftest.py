"""A QuickBooks that does exactly what a test says, on a real socket, and a clock that moves when told to."""

import datetime as dt
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from rentaxis_pipelines.quickbooks.auth import FixedToken
from rentaxis_pipelines.quickbooks.client import QuickBooksClient, RealmAddress
from rentaxis_pipelines.quickbooks.limits import UNLIMITED, Limits


@dataclass(frozen=True)
class Received:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Behaviour = Callable[[socket.socket, Received], bool]


@dataclass
class ScriptedServer:
    """Answers the first request with the first behaviour, and so on; the last one answers all the rest."""

    behaviours: list[Behaviour] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    tls: ssl.SSLContext | None = None

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        scheme = "https" if self.tls else "http"
        self.base_url = f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def does(self, *behaviours: Behaviour) -> None:
        self.behaviours = list(behaviours)
        self.received.clear()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        if self.tls:
            try:
                connection = self.tls.wrap_socket(connection, server_side=True)
            except OSError:
                connection.close()
                return
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stream = connection.makefile("rb")
            while request := _read_request(stream):
                with self._lock:
                    behaviour = self.behaviours[min(len(self.received), len(self.behaviours) - 1)]
                    self.received.append(request)
                try:
                    if not behaviour(connection, request):
                        return
                except OSError:
                    return


def _read_request(stream) -> Received | None:
    line = stream.readline().decode()
    if not line:
        return None
    method, path, _ = line.split(" ", 2)
    headers = {}
    while (header := stream.readline().decode().strip()) != "":
        name, _, value = header.partition(":")
        headers[name.lower()] = value.strip()
    return Received(method, path, headers, stream.read(int(headers.get("content-length", 0))))


class Behaviours:
    """What the scripted server can do with a request."""

    @staticmethod
    def answer(status: int, body: object, **headers: str) -> Behaviour:
        """Answers; a dict or list as JSON, text as HTML."""
        raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        kind = "text/html" if isinstance(body, str) else "application/json"

        def behave(connection: socket.socket, _: Received) -> bool:
            lines = [f"HTTP/1.1 {status} Whatever", f"Content-Type: {kind}", f"Content-Length: {len(raw)}"]
            lines += [f"{name.replace('__', '-')}: {value}" for name, value in headers.items()]
            connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + raw)
            return True

        return behave

    @staticmethod
    def reset(connection: socket.socket, _: Received) -> bool:
        """Reads the request, then cuts the connection: whether it was executed, nobody can tell."""
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    @staticmethod
    def close(_connection: socket.socket, _: Received) -> bool:
        """Reads the request and hangs up politely, without an answer."""
        return False

    @staticmethod
    def half(connection: socket.socket, _: Received) -> bool:
        """Hangs up in the middle of the answer."""
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"Invoice":')
        return False

    @staticmethod
    def silence(connection: socket.socket, _: Received) -> bool:
        """Never answers; ends when the client gives up."""
        connection.recv(1)
        return False


@pytest.fixture
def behaviours() -> type[Behaviours]:
    return Behaviours


@pytest.fixture
def server_kind() -> type[ScriptedServer]:
    return ScriptedServer


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    yield server
    server.close()


class MovedClock:
    """Seconds that pass only when somebody sleeps; shared by all threads of a test."""

    def __init__(self) -> None:
        self.seconds = 1_800_000_000.0
        self.slept: list[float] = []
        self._lock = threading.Lock()

    def __call__(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.seconds += seconds
            self.slept.append(seconds)
        time.sleep(0)  # lets the other threads run

    def now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.seconds, dt.UTC)


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def client(server: ScriptedServer, clock: MovedClock) -> QuickBooksClient:
    """A client of the scripted server, without limits, that sleeps on the moved clock."""
    limits = Limits(quota=UNLIMITED, clock=clock, sleep=clock.sleep, jitter=lambda: 1.0)
    return QuickBooksClient(
        RealmAddress(server.base_url, "9130"),
        FixedToken("secret-access-token"),
        limits=limits,
        timeouts=(0.5, 0.15),
        now=clock.now,
        sleep=clock.sleep,
        jitter=lambda: 0.5,
    )
