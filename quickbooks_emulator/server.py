"""Starting the emulator: in a process of its own for tests and the demo, or in this one for a command line."""

import argparse
import asyncio
import contextlib
import gc
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

import msgspec
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from quickbooks_emulator import oauth
from quickbooks_emulator.app import build
from quickbooks_emulator.companies import Companies, Wanted
from quickbooks_emulator.seeds import REALM
from quickbooks_emulator.state_file import attach
from quickbooks_emulator.switches import read_switches

SUITE_SWITCHES = "QUICKBOOKS_EMULATOR_SWITCHES"  # the environment variable with a file of switches


def suite_switches() -> dict[str, Any]:
    """The switches of every emulator of a test suite, unless a test sets others: the JSON file that the variable names.

    Raises ValueError, OSError.
    """
    path = os.environ.get(SUITE_SWITCHES)
    return read_switches(Path(path)) if path else {}


class Door(NamedTuple):
    """How to reach one company of an emulator: its ID, its initial tokens, and the parameters that name it in a call
    of the control plane.
    """

    realm_id: str
    access_token: str
    refresh_token: str
    control_params: dict[str, str]


class Emulator:
    """A running emulator; a context manager. All credentials are fixed, public demo values; these are the first
    company's.
    """

    client_id = oauth.CLIENT_ID
    client_secret = oauth.CLIENT_SECRET
    refresh_token = oauth.REFRESH_TOKEN
    access_token = oauth.ACCESS_TOKEN
    realm_id = REALM

    def __init__(self, process: subprocess.Popen[str], base_url: str, realm: str = REALM) -> None:
        self.process = process
        self.realm_id = realm
        self.base_url = base_url
        self.auth_base_url = base_url
        self.control_url = f"{base_url}/_emulator"

    def company(self, realm: str) -> Door:
        """Another company of this emulator."""
        return Door(realm, *oauth.well_known(realm), {"realm": realm})

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def kill(self) -> None:
        """As kill -9 does."""
        self.process.kill()
        self.process.wait()
        self.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start(
    seed: str = "demo",
    port: int = 0,
    host: str = "127.0.0.1",
    state_file: str | Path | None = None,
    switches: dict[str, Any] | None = None,
    realm: str = REALM,
    companies: Sequence[dict[str, Any]] = (),
) -> Emulator:
    """Run the emulator in its own process; returns when it answers. It ends with this process, even after kill
    -9.

    Port 0 picks a free one; ``realm`` is the company's id. ``companies`` are served beside it: {"realm": id, "seed": name,
    "switches": {...}} each, the last two optional; see `Emulator.company`.
    Each starts with the suite's switches (`suite_switches`).
    Raises RuntimeError with the child's message if it does not start, ValueError if the suite's file is wrong.
    """
    suite = suite_switches()
    switches = {**suite, **(switches or {})}
    order = {"seed": seed, "port": port, "host": host, "switches": switches, "realm": realm}
    order["companies"] = [{**each, "switches": {**suite, **each.get("switches", {})}} for each in companies]
    order["state_file"] = str(state_file) if state_file else None
    root = str(Path(__file__).resolve().parents[1])
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")])),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "quickbooks_emulator.server", "--child", json.dumps(order)],
        stdin=subprocess.PIPE,  # its end tells the child that we are gone
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    try:
        ready = json.loads(line)
    except ValueError:
        process.kill()
        process.communicate()
        raise RuntimeError(f"the emulator did not start: {line.strip() or 'see its output above'}") from None
    if "error" in ready:
        process.communicate()
        raise RuntimeError(f"the emulator did not start: {ready['error']}")
    return Emulator(process, ready["base_url"], realm)


def serve(
    port: int = 0,
    seed: str = "demo",
    state_file: str | Path | None = None,
    switches: dict[str, Any] | None = None,
    *,
    host: str = "127.0.0.1",
    realm: str = REALM,
    companies: Sequence[dict[str, Any]] = (),
    announce: Any = None,
) -> None:
    """Run the emulator here until interrupted. `announce(base_url)` is called once it answers.

    Raises ValueError for an unknown seed, an unfit realm or a wrong switch, OSError for a taken port.
    """
    served = Companies(seed, switches, realm, [msgspec.convert(each, Wanted) for each in companies])
    if state_file:
        attach(served, Path(state_file))
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        base_url = f"http://{host}:{listener.getsockname()[1]}"
        # Stored objects hold no cycles; looking through all of them for some would slow a full company down.
        gc.set_threshold(20_000, 1_000_000, 1_000_000)
        config = uvicorn.Config(
            build(served),
            http=_Protocol,
            loop="uvloop",
            log_level="error",
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        _Server(config, lambda: announce(base_url) if announce else None).run(sockets=[listener])


class _Protocol(HttpToolsProtocol):
    """uvicorn's own, handing the transport to the app, which must be able to cut a connection."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["emulator.transport"] = self.transport  # type: ignore[typeddict-unknown-key] - ASGI allows more keys


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, announce: Any) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        asyncio.get_running_loop().call_soon(self._announce)


def _die_with_parent() -> None:
    """Exit as soon as the parent is gone: its end of our stdin closes, and our parent process changes."""
    parent = os.getppid()

    def watch_pipe() -> None:
        with contextlib.suppress(OSError, ValueError):
            while os.read(0, 1024):
                pass
        os._exit(0)

    def watch_parent() -> None:  # a fork of the parent may hold the pipe open
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(0)

    for watch in (watch_pipe, watch_parent):
        threading.Thread(target=watch, daemon=True).start()


def _child(order: dict[str, Any]) -> None:
    _die_with_parent()

    def tell(message: dict[str, str]) -> None:
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()

    try:
        serve(announce=lambda base_url: tell({"base_url": base_url}), **order)
    except (ValueError, OSError) as problem:
        tell({"error": str(problem)})
        raise SystemExit(2) from None


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--child", required=True)
    _child(json.loads(parser.parse_args().child))
