"""Sending the requests of `fuzz`: into the application itself, which is fast, or through sockets to a running emulator.

A failure is an answer of 500 or above that no rule asked for, no answer, an exception, or an API answer that is no JSON.
"""

import asyncio
import http.client
import json
import traceback
from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

from quickbooks_emulator.app import build
from quickbooks_emulator.companies import Companies, Wanted
from quickbooks_emulator.exchange import Cut
from quickbooks_emulator.server import Emulator
from rentaxis_pipelines_tests.emulator.fuzz import OTHER, Gunner, Shot
from rentaxis_pipelines_tests.support.quickbooks import started

_FRESH = 400  # requests after which the companies are as new, so that books stay small


class _NoTransport:
    def __init__(self) -> None:
        self.aborted = False

    def abort(self) -> None:
        self.aborted = True


def shoot(seed: int, requests: int) -> tuple[list[int], list[str]]:
    """(the statuses, what failed: each with its request)"""
    return asyncio.run(_shoot(seed, requests))


async def _shoot(seed: int, requests: int) -> tuple[list[int], list[str]]:
    gunner, statuses, failures = Gunner(seed), [], []
    for number in range(requests):
        if number % _FRESH == 0:
            companies = Companies(others=[Wanted(realm=OTHER, seed="empty")])
            app = build(companies)
        shot = gunner.shot(number)
        try:
            status, body, cut = await _asked(app, shot)
        except Exception:
            failures.append(f"request {number}: {shot.shown()}\n{traceback.format_exc()[-3000:]}")
            statuses.append(500)
            continue
        statuses.append(status)
        asked_for = cut or _a_rule_struck(companies)
        if not asked_for and (status >= 500 or not _is_fine(shot, status, body)):
            failures.append(f"request {number}: {shot.shown()}\n{status} {body[:3000]!r}")
        _calm(companies)
    return statuses, failures


async def _asked(app: Any, shot: Shot) -> tuple[int, bytes, bool]:
    path, _, query = shot.path.partition(b"?")
    transport = _NoTransport()
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": shot.method, "scheme": "http",
        "path": unquote(path.decode("ascii")), "raw_path": path, "query_string": query.partition(b"#")[0], "root_path": "",
        "headers": list(shot.headers), "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2),
        "emulator.transport": transport,
    }  # fmt: skip
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": shot.body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    with suppress(Cut):
        await app(scope, receive, send)
    if transport.aborted:
        return 0, b"", True
    return sent[0]["status"], b"".join(each.get("body", b"") for each in sent[1:]), False


def _a_rule_struck(companies: Companies) -> bool:
    return any(world.log.calls and world.log.calls[-1].fault for world in companies.worlds.values())


def _is_fine(shot: Shot, status: int, body: bytes) -> bool:
    """Answers of the API and the control plane are JSON, whatever was sent."""
    parts = [part for part in shot.path.partition(b"?")[0].split(b"/") if part]
    if shot.method in ("HEAD", "OPTIONS", "BREW") or body.startswith(b"%PDF") or status in (404, 405, 307):
        return True
    if parts[:2] != [b"v3", b"company"] and parts[:1] != [b"_emulator"]:
        return True
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


def _calm(companies: Companies) -> None:
    """What only takes time is taken back, and companies that were made: the next requests shall be as fast."""
    for realm in list(companies.worlds):
        world = companies.worlds[realm]
        world.switches.latency_ms = 0.0
        for rule in world.faults.rules:
            rule.seconds = 0.0
        if len(world.faults.rules) > 2:
            world.faults.replace([])
        if world is not companies.first and realm != OTHER:
            companies.remove(realm)
        world.tokens.renew_well_known()


def shoot_http(seed: int, requests: int) -> tuple[list[int], list[str]]:
    """As `shoot`, through sockets. What takes time or cuts connections is not asked for: no request to the control plane."""
    with started() as emulator:
        return shoot_at(emulator, seed, range(requests))


def shoot_at(emulator: Emulator, seed: int, numbers: Iterable[int]) -> tuple[list[int], list[str]]:
    gunner, statuses, failures = Gunner(seed), [], []
    host = emulator.base_url.removeprefix("http://")
    for number in numbers:
        shot = gunner.shot(number)
        if number % 50 == 0:  # somebody may have revoked the tokens
            http_post(host, "/_emulator/reset")
        if b"_emulator" in shot.path:
            continue
        try:
            status, body = _asked_http(host, shot)
        except (OSError, http.client.HTTPException) as problem:
            failures.append(f"request {number}: {shot.shown()}\n{problem!r}")
            continue
        statuses.append(status)
        if status >= 500 or not (status == 400 or _is_fine(shot, status, body)):
            failures.append(f"request {number}: {shot.shown()}\n{status} {body[:500]!r}")
    return statuses, failures


def http_post(host: str, path: str) -> None:
    connection = http.client.HTTPConnection(host, timeout=30)
    try:
        connection.request("POST", path)
        connection.getresponse().read()
    finally:
        connection.close()


def _asked_http(host: str, shot: Shot) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(host, timeout=30)
    try:
        connection.putrequest(shot.method, "/", skip_accept_encoding=True)
        # The address as it is: http.client refuses odd ones.
        connection._buffer[0] = b"%s %s HTTP/1.1" % (shot.method.encode(), shot.path)  # type: ignore[attr-defined]
        for name, value in shot.headers:
            connection.putheader(name, value)
        connection.putheader("content-length", str(len(shot.body)))
        connection.endheaders(shot.body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
