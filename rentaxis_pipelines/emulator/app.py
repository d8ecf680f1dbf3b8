"""The HTTP face: which path is what, authentication, limits, faults on demand, replay, the answer's envelope,
the log.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs, unquote_plus

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rentaxis_pipelines.emulator import batch, control, errors, oauth, query, reads, replay, uploads, writes
from rentaxis_pipelines.emulator.company import ENTITIES, LISTS, NAMES, SALES, SINGLES
from rentaxis_pipelines.emulator.errors import GatewayRefusal, Refusal
from rentaxis_pipelines.emulator.faults import Rule
from rentaxis_pipelines.emulator.log import Call
from rentaxis_pipelines.emulator.schema import TYPES
from rentaxis_pipelines.emulator.world import World, decoder, encoder

_BY_LOWER = {name.lower(): name for name in ENTITIES if name in TYPES}
_JSON = "application/json"
_GOOD_JSON = "application/json;charset=utf-8"


class Exchange:
    """One call on its way through: what came, what it is, what goes back."""

    def __init__(self, request: Request, body: bytes) -> None:
        self.request = request
        self.method = request.method
        self.path = request.url.path
        self.query = dict(request.query_params)
        self.body = body
        parts = [part for part in self.path.split("/") if part]
        self.realm = parts[2] if parts[:2] == ["v3", "company"] and len(parts) > 2 else ""
        self.rest = parts[3:] if self.realm else parts
        self.requestid = self.query.get("requestid") or None
        self.kind, self.operation, self.entity = _classify(self)
        self.payload: Any = None
        self.status = 200
        self.answer = b""
        self.headers: dict[str, str] = {"content-type": _GOOD_JSON}
        self.code: str | None = None
        self.replayed = False
        self.rule: Rule | None = None


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
    "batch": ("batch", "batch", None),
    "upload": ("write", "upload", "Attachable"),
}


class Cut(Exception):
    """The connection is to be closed without an answer."""


class Service:
    def __init__(self, world: World) -> None:
        self.world = world
        self.after_change: Callable[[list[tuple[str, str]]], None] = lambda _: None

    async def answer(self, request: Request) -> Response:
        exchange = Exchange(request, await request.body())
        started = time.perf_counter()
        world = self.world
        if exchange.payload is None and exchange.method == "POST" and exchange.kind in ("write", "batch"):
            self._read_body(exchange)
        rule = exchange.rule = world.faults.strike(
            _entities(exchange), exchange.operation, exchange.path, exchange.body
        )
        wait = world.switches.latency_ms / 1000 + (rule.seconds if rule and rule.action == "delay" else 0)
        world.limits.under_way += 1
        changed: list[tuple[str, str]] = []
        cut = rule is not None and rule.action == "reset"
        try:
            if wait:
                await asyncio.sleep(wait)
            if not cut:
                if rule and rule.action == "answer" and not rule.commit:
                    self._canned(exchange, rule)
                else:
                    self._serve(exchange)
                    changed = world.company.store.take_changes()
                    self._after(exchange, rule, changed)
                if exchange.kind != "read":
                    self.after_change(changed)
        finally:
            world.limits.under_way -= 1
        cut = cut or (rule is not None and rule.action == "lose_answer")
        self._log(exchange, changed, None if cut else exchange.status, time.perf_counter() - started)
        if cut:
            _cut(request)
        tid = f"1-{secrets.token_hex(4)}-{secrets.token_hex(12)}"
        return Response(exchange.answer, exchange.status, {**exchange.headers, "intuit_tid": tid})

    def _read_body(self, exchange: Exchange) -> None:
        if exchange.operation == "upload":
            return
        try:
            exchange.payload = decoder.decode(exchange.body) if exchange.body else {}
        except (msgspec.DecodeError, UnicodeDecodeError):
            exchange.payload = None

    # Serving

    def _serve(self, exchange: Exchange) -> None:
        world = self.world
        try:
            self._check_caller(exchange)
            items = exchange.payload.get("BatchItemRequest") if isinstance(exchange.payload, dict) else None
            size = len(items) if isinstance(items, list) else 0
            try:
                world.limits.admit(world.switches, size if exchange.kind == "batch" else None)
            except GatewayRefusal:
                if exchange.kind == "batch" and items and world.switches.batch_throttled_items:
                    self._throttle_items(exchange, items)
                    return
                raise
            if exchange.kind == "read":
                world.limits.admit_read(world.switches)
                exchange.answer = self._read(exchange)
                world.limits.count_read()
            else:
                self._write(exchange)
        except Refusal as refusal:
            self._refuse(exchange, refusal)
        except GatewayRefusal as refusal:
            self._refuse_at_gateway(exchange, refusal)

    def _check_caller(self, exchange: Exchange) -> None:
        given = exchange.request.headers.get("authorization", "")
        token = given[7:].strip() if given.lower().startswith("bearer ") else ""
        if not self.world.tokens.is_valid(token):
            raise errors.not_authenticated(token)
        if exchange.realm != self.world.company.profile.realm:
            raise errors.not_authorized()

    def _envelope(self, content: dict[str, Any]) -> bytes:
        return encoder.encode({**content, "time": self.world.clock.answer_time()})

    def _no_such_path(self, exchange: Exchange) -> Refusal:
        relative, cluster = exchange.path, self.world.company.profile.cluster
        return errors.unsupported_operation(
            f"Could not find resource for relative : {relative} of full path: {cluster}{relative}"
        )

    def _read(self, exchange: Exchange) -> bytes:
        company, rest = self.world.company, exchange.rest
        if exchange.operation == "query":
            return self._envelope({"QueryResponse": query.run(company, self._statement(exchange))})
        if exchange.operation == "cdc":
            blocks = reads.changes(
                company, exchange.query.get("entities", ""), exchange.query.get("changedSince", "")
            )
            return self._envelope({"CDCResponse": [{"QueryResponse": blocks}]})
        if len(rest) == 3 and rest[2] == "pdf" and exchange.entity in (*SALES, "Payment"):
            reads.read(company, exchange.entity, rest[1])
            exchange.headers["content-type"] = "application/pdf"
            return uploads.PDF
        if exchange.entity is None or len(rest) > 2 or (len(rest) < 2 and exchange.entity not in SINGLES):
            raise self._no_such_path(exchange)
        record = reads.read(company, exchange.entity, unquote_plus(rest[1]) if len(rest) > 1 else "")
        return self._envelope({exchange.entity: reads.alone(company, exchange.entity, record)})

    def _statement(self, exchange: Exchange) -> str:
        if exchange.method == "GET":
            return exchange.query.get("query", "")
        text = exchange.body.decode(errors="replace")
        longest = self.world.switches.longest_post_query
        if longest and len(text) > longest:
            raise GatewayRefusal(413, "Request Entity Too Large", None, "413", "SERVICE")
        return text or exchange.query.get("query", "")

    def _write(self, exchange: Exchange) -> None:
        world, switches = self.world, self.world.switches
        if exchange.method != "POST":
            raise self._no_such_path(exchange)
        in_batch = exchange.kind == "batch"
        replay.check_length(exchange.requestid, in_batch)
        listed = exchange.entity in (*NAMES, *LISTS)
        key = None if in_batch and switches.requestid_batch == "ignored" else exchange.requestid
        now = world.clock.epoch()
        known = world.replay.recall(switches, key, exchange.body, now=now, listed=listed)
        if known is not None:
            exchange.replayed = True
            exchange.status, exchange.answer = known.status, known.answer
            if in_batch and switches.requestid_batch == "answers_6000":
                exchange.answer = self._all_items(exchange, errors.business(errors.UNEXPECTED))
            return
        try:
            exchange.answer = self._run_batch(exchange) if in_batch else self._run_single(exchange)
        except Refusal as refusal:
            self._refuse(exchange, refusal)
        world.replay.remember(
            switches,
            key,
            exchange.body,
            now=now,
            listed=listed,
            status=exchange.status,
            answer=exchange.answer,
        )

    def _run_single(self, exchange: Exchange) -> bytes:
        company, rest = self.world.company, exchange.rest
        if exchange.operation == "upload":
            kind = exchange.request.headers.get("content-type", "")
            return self._envelope({"AttachableResponse": uploads.upload(company, kind, exchange.body)})
        if len(rest) == 3 and rest[2] == "send" and exchange.entity in (*SALES, "Payment"):
            record = reads.read(company, exchange.entity, rest[1])
            sent = uploads.send(company, exchange.entity, record, exchange.query.get("sendTo"))
            return self._envelope({exchange.entity: sent})
        if exchange.entity is None or len(rest) != 1:
            raise self._no_such_path(exchange)
        if exchange.payload is None:
            raise errors.unreadable_property() if _is_utf8(exchange.body) else errors.not_utf8()
        record, did = writes.write(
            self.world.company,
            exchange.entity,
            exchange.payload,
            exchange.query.get("operation"),
            exchange.query.get("include"),
        )
        exchange.operation = did
        return self._envelope({exchange.entity: reads.alone(company, exchange.entity, record)})

    def _run_batch(self, exchange: Exchange) -> bytes:
        if exchange.payload is None:
            raise errors.unreadable_property()
        rule = exchange.rule
        spoiled = (
            {position: rule.item_fault() for position in rule.items}
            if rule and rule.action == "fault_items"
            else {}
        )
        answers = batch.run(self.world.company, exchange.payload, exchange.requestid, spoiled)
        self.world.limits.count_read(sum("QueryResponse" in answer for answer in answers))
        return self._envelope({"BatchItemResponse": answers})

    def _all_items(self, exchange: Exchange, refusal: Refusal) -> bytes:
        items = exchange.payload.get("BatchItemRequest", []) if isinstance(exchange.payload, dict) else []
        answers = [
            batch.refused_item(refusal) | ({"bId": item["bId"]} if "bId" in item else {}) for item in items
        ]
        return self._envelope({"BatchItemResponse": answers})

    def _throttle_items(self, exchange: Exchange, _items: list[Any]) -> None:
        entry = errors.entry("3001", errors.THROTTLE_MESSAGE, errors.THROTTLE_DETAIL)
        exchange.answer = self._all_items(exchange, Refusal([entry], kind="SERVICE"))

    # Refusals and rules

    def _refuse(self, exchange: Exchange, refusal: Refusal) -> None:
        exchange.status, exchange.code = refusal.status, refusal.code
        exchange.headers["content-type"] = _JSON
        content = {"Fault": refusal.fault(language=self.world.switches.language)}
        exchange.answer = self._envelope(content) if refusal.timed else encoder.encode(content)

    def _refuse_at_gateway(self, exchange: Exchange, refusal: GatewayRefusal) -> None:
        exchange.status, exchange.code = refusal.status, refusal.code
        exchange.headers["content-type"] = _JSON
        exchange.answer = encoder.encode(refusal.body(int(self.world.clock.epoch() * 1000)))
        if refusal.status == 401:
            exchange.headers["www-authenticate"] = 'Bearer realm="Intuit", error="invalid_token"'
        if refusal.code == "3001":
            if self.world.switches.throttle_shape == "service":
                fault = Refusal(
                    [errors.entry("3001", refusal.message, refusal.detail or "")], kind="SERVICE"
                ).fault()
                exchange.answer = self._envelope({"Fault": fault})
            if self.world.switches.retry_after:
                exchange.headers["retry-after"] = str(self.world.switches.retry_after)

    def _after(self, exchange: Exchange, rule: Rule | None, changed: list[tuple[str, str]]) -> None:
        if rule is None:
            return
        match rule.action:
            case "answer":
                self._canned(exchange, rule)
            case "late":
                until = self.world.clock.epoch() + rule.seconds
                self.world.company.hidden_until.update(dict.fromkeys(changed, until))
            case "drop_items" | "reorder_items":
                _rearrange(exchange, rule)

    def _canned(self, exchange: Exchange, rule: Rule) -> None:
        if rule.code is not None:
            refusal = errors.ON_DEMAND[rule.code]()
            if isinstance(refusal, Refusal):
                self._refuse(exchange, refusal)
            else:
                self._refuse_at_gateway(exchange, refusal)
            return
        exchange.status = rule.status
        exchange.answer = rule.body.encode() if isinstance(rule.body, str) else encoder.encode(rule.body)
        html = isinstance(rule.body, str) and rule.body.lstrip().startswith("<")
        exchange.headers = {"content-type": "text/html" if html else _JSON}
        exchange.headers.update({name.lower(): value for name, value in rule.headers.items()})

    def _log(
        self, exchange: Exchange, changed: list[tuple[str, str]], status: int | None, seconds: float
    ) -> None:
        world = self.world
        world.counted += 1
        bodies = world.switches.log_bodies and exchange.operation != "upload"
        call = Call(
            number=world.counted,
            at=world.clock.answer_time(),
            kind=exchange.kind,
            method=exchange.method,
            path=exchange.path,
            query=exchange.query,
            entity=exchange.entity,
            operation=exchange.operation,
            status=status,
            code=exchange.code,
            request_id=exchange.requestid,
            replayed=exchange.replayed,
            fault=exchange.rule.action if exchange.rule else None,
            request_bytes=len(exchange.body),
            answer_bytes=len(exchange.answer),
            request_body=exchange.body.decode(errors="replace") if bodies else None,
            answer_body=exchange.answer.decode(errors="replace") if bodies else None,
            changed=changed,
            milliseconds=round(seconds * 1000, 3),
        )
        world.log.add(call, world.switches.keep_log)


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _entities(exchange: Exchange) -> set[str]:
    if exchange.kind != "batch":
        return {exchange.entity.lower()} if exchange.entity else set()
    items = exchange.payload.get("BatchItemRequest", []) if isinstance(exchange.payload, dict) else []
    return {key.lower() for item in items if isinstance(item, dict) for key in item}


def _rearrange(exchange: Exchange, rule: Rule) -> None:
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


def _cut(request: Request) -> None:
    """Close the connection without a byte of answer; the server puts the transport into the scope."""
    request.scope["emulator.transport"].abort()
    raise Cut


# OAuth on the same port


def _oauth_routes(world: World, service: Service) -> list[Route]:
    def logged(
        handler: Callable[[Request, bytes], tuple[int, Any, dict[str, str]]],
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            exchange = Exchange(request, await request.body())
            rule = exchange.rule = world.faults.strike(set(), "token", exchange.path, b"")
            if rule and rule.action == "delay":
                await asyncio.sleep(rule.seconds)
            if rule and rule.action == "answer" and not rule.commit:
                service._canned(exchange, rule)
            elif not (rule and rule.action == "reset"):
                exchange.status, content, headers = handler(request, exchange.body)
                exchange.answer = encoder.encode(content) if content is not None else b""
                exchange.headers = {
                    "content-type": _GOOD_JSON,
                    "cache-control": "no-cache, no-store",
                    **headers,
                }
            cut = rule is not None and rule.action in ("reset", "lose_answer")
            shown, exchange.body = exchange.answer, b""  # no secret in the log
            exchange.answer = b""
            service.after_change([])
            service._log(exchange, [], None if cut else exchange.status, 0.0)
            if cut:
                _cut(request)
            return Response(shown, exchange.status, exchange.headers)

        return endpoint

    def token(request: Request, body: bytes) -> tuple[int, Any, dict[str, str]]:
        form = {key: values[0] for key, values in parse_qs(body.decode()).items()}
        status, content = world.tokens.token(world.switches, request.headers.get("authorization", ""), form)
        return status, content, {}

    def revoke(request: Request, body: bytes) -> tuple[int, Any, dict[str, str]]:
        try:
            given = decoder.decode(body).get("token", "")
        except msgspec.DecodeError:
            given = parse_qs(body.decode()).get("token", [""])[0]
        status, content = world.tokens.revoke(request.headers.get("authorization", ""), given)
        return status, content or None, {}

    def authorize(request: Request, _body: bytes) -> tuple[int, Any, dict[str, str]]:
        params = request.query_params
        if params.get("client_id") != oauth.CLIENT_ID or "redirect_uri" not in params:
            return 400, {"error": "invalid_request"}, {}
        code, realm = world.tokens.new_code(), world.company.profile.realm
        joined = "&" if "?" in params["redirect_uri"] else "?"
        where = f"{params['redirect_uri']}{joined}code={code}&state={params.get('state', '')}&realmId={realm}"
        return 302, None, {"location": where}

    def discovery(request: Request, _body: bytes) -> tuple[int, Any, dict[str, str]]:
        return 200, oauth.discovery(str(request.base_url).rstrip("/")), {}

    def user(request: Request, _body: bytes) -> tuple[int, Any, dict[str, str]]:
        if not world.tokens.is_valid(request.headers.get("authorization", "")[7:]):
            return 401, {"error": "invalid_token"}, {}
        return (
            200,
            {"sub": "demo-user", "givenName": "Demo", "email": "demo@example.com", "emailVerified": True},
            {},
        )

    return [
        Route("/oauth2/v1/tokens/bearer", logged(token), methods=["POST"]),
        Route("/oauth2/v1/tokens/revoke", logged(revoke), methods=["POST"]),
        Route("/v2/oauth2/tokens/revoke", logged(revoke), methods=["POST"]),
        Route("/connect/oauth2", logged(authorize)),
        Route("/.well-known/openid_configuration", logged(discovery)),
        Route("/.well-known/openid_sandbox_configuration", logged(discovery)),
        Route("/.well-known/openid_sandbox_configuration/", logged(discovery)),
        Route("/v1/openid_connect/userinfo", logged(user)),
    ]


def build(world: World) -> Starlette:
    service = Service(world)
    app = Starlette(
        routes=[
            *_oauth_routes(world, service),
            *control.routes(world),
            Route("/v3/{rest:path}", service.answer, methods=["GET", "POST", "PUT", "DELETE", "PATCH"]),
        ]
    )
    app.state.service = service
    return app
