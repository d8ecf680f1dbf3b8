"""One call to the emulator: what was received, what kind of call it is, what is returned."""

from typing import Any

from starlette.requests import Request

from quickbooks_emulator.batch import items_of
from quickbooks_emulator.company import ENTITIES
from quickbooks_emulator.faults import Rule
from quickbooks_emulator.schema import TYPES
from quickbooks_emulator.world import decoder, encoder

GOOD_JSON = "application/json;charset=utf-8"
_BY_LOWER = {name.lower(): name for name in ENTITIES if name in TYPES}


class Exchange:
    """One call: what was received, what it is, what is returned."""

    def __init__(self, request: Request, body: bytes) -> None:
        self.request = request
        self.method = request.method
        self.path = request.url.path
        self.query = dict(request.query_params)
        self.body = body
        self.realm = realm_of(self.path)
        parts = _parts(self.path)
        self.rest = parts[3:] if self.realm else parts
        self.requestid = self.query.get("requestid") or None
        self.kind, self.operation, self.entity = _classify(self)
        self.payload: Any = None
        self.status = 200
        self.answer = b""
        self.headers: dict[str, str] = {"content-type": GOOD_JSON}
        self.code: str | None = None
        self.replayed = False
        self.rule: Rule | None = None


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def realm_of(path: str) -> str:
    """The company that an address names; empty if it names none."""
    parts = _parts(path)
    return parts[2] if parts[:2] == ["v3", "company"] and len(parts) > 2 else ""


def _classify(exchange: Exchange) -> tuple[str, str, str | None]:
    """(kind for the log, operation for rules, entity)"""
    if not exchange.realm:
        return "auth", "token", None
    name = exchange.rest[0].lower() if exchange.rest else ""
    if name in _SERVICES:
        return _SERVICES[name]
    entity = _BY_LOWER.get(name)
    if exchange.method == "GET":
        return "read", "read", entity
    operation = "void" if exchange.query.get("include") == "void" else exchange.query.get("operation", "")
    return "write", operation if operation in ("delete", "void") else "write", entity


_SERVICES: dict[str, tuple[str, str, str | None]] = {
    "query": ("read", "query", None),
    "cdc": ("read", "cdc", None),
    "reports": ("read", "report", None),
    "batch": ("batch", "batch", None),
    "upload": ("write", "upload", "Attachable"),
}


class Cut(Exception):
    """The connection must be closed without a response."""


def is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def entities_of(exchange: Exchange) -> set[str]:
    if exchange.kind != "batch":
        return {exchange.entity.lower()} if exchange.entity else set()
    return {key.lower() for item in items_of(exchange.payload) for key in item}


def rearrange(exchange: Exchange, rule: Rule) -> None:
    content = decoder.decode(exchange.answer)
    answers = content.get("BatchItemResponse")
    if answers is None:
        return
    if rule.action == "drop_items":
        answers = [answer for position, answer in enumerate(answers) if position not in rule.items]
    elif rule.items:
        answers = [answers[position] for position in rule.items if position < len(answers)]
    else:
        answers = answers[::-1]
    exchange.answer = encoder.encode({**content, "BatchItemResponse": answers})


def cut(request: Request) -> None:
    """Close the connection without a response; the server puts the transport into the scope."""
    request.scope["emulator.transport"].abort()
    raise Cut
