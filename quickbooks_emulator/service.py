"""Answering the API: caller, limits, faults on demand, replay, the operation itself, envelope, log."""

import asyncio
import secrets
import time
from typing import Any
from urllib.parse import unquote_plus

from starlette.requests import Request
from starlette.responses import Response

from quickbooks_emulator import (
    batch,
    errors,
    on_demand,
    query,
    reads,
    replay,
    reports,
    tax_service,
    uploads,
    writes,
)
from quickbooks_emulator.companies import Companies
from quickbooks_emulator.company import LISTS, NAMES, SALES, SINGLES
from quickbooks_emulator.errors import Refusal
from quickbooks_emulator.exchange import Exchange, entities_of, is_utf8, rearrange
from quickbooks_emulator.exchange import cut as cut_connection
from quickbooks_emulator.faults import Rule
from quickbooks_emulator.given_json import NotJson, read_json
from quickbooks_emulator.log import Call
from quickbooks_emulator.on_demand import GatewayRefusal
from quickbooks_emulator.world import World, encoder

_JSON = "application/json"


class Service:
    """One company's responses. Created for each call: what persists is in the World."""

    def __init__(self, world: World, companies: Companies) -> None:
        self.world, self.companies = world, companies

    async def answer(self, request: Request) -> Response:
        exchange = Exchange(request, await request.body())
        started = time.perf_counter()
        world = self.world
        if exchange.payload is None and exchange.method == "POST" and exchange.kind in ("write", "batch"):
            self._read_body(exchange)
        rule = exchange.rule = world.faults.strike(
            entities_of(exchange), exchange.operation, exchange.path, exchange.body
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
                    self.answer_as_told(exchange, rule)
                else:
                    self._serve(exchange)
                    changed = world.company.store.take_changes()
                    self._after(exchange, rule, changed)
                if exchange.kind != "read":
                    self.companies.after_change(world, changed)
        finally:
            world.limits.under_way -= 1
        cut = cut or (rule is not None and rule.action == "lose_answer")
        self.note(exchange, changed, None if cut else exchange.status, time.perf_counter() - started)
        if cut:
            cut_connection(request)
        tid = f"1-{secrets.token_hex(4)}-{secrets.token_hex(12)}"
        return Response(exchange.answer, exchange.status, {**exchange.headers, "intuit_tid": tid})

    def _read_body(self, exchange: Exchange) -> None:
        if exchange.operation == "upload":
            return
        try:
            exchange.payload = read_json(exchange.body) if exchange.body else {}
        except NotJson:
            exchange.payload = None

    # Serving

    def _serve(self, exchange: Exchange) -> None:
        world = self.world
        try:
            self._check_caller(exchange)
            items = batch.items_of(exchange.payload)
            try:
                world.limits.admit(world.switches, len(items) if exchange.kind == "batch" else None)
            except GatewayRefusal:
                if exchange.kind == "batch" and items and world.switches.batch_throttled_items:
                    self._throttle_items(exchange)
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
        if exchange.realm == self.world.realm and self.world.tokens.is_valid(token):
            return
        # A sign-in is for one company: its token opens no other, be there one or not.
        raise (
            on_demand.not_authorized()
            if self.companies.token_is_valid(token)
            else on_demand.not_authenticated(token, self.world.switches)
        )

    def _envelope(self, content: dict[str, Any]) -> bytes:
        return encoder.encode({**content, "time": self.world.clock.answer_time()})

    def _no_such_path(self, exchange: Exchange) -> Refusal:
        relative, cluster = exchange.path, self.world.company.profile.cluster
        return errors.unsupported_operation(
            f"Could not find resource for relative : {relative} of full path: {cluster}{relative}"
        )

    def _read(self, exchange: Exchange) -> bytes:
        company, rest, include = self.world.company, exchange.rest, exchange.query.get("include")
        if exchange.operation == "query":
            rows = query.run(company, self._statement(exchange))
            if "Invoice" in rows:
                rows["Invoice"] = [reads.linked(company, each, include) for each in rows["Invoice"]]
            return self._envelope({"QueryResponse": rows})
        if exchange.operation == "cdc":
            blocks = reads.changes(
                company, exchange.query.get("entities", ""), exchange.query.get("changedSince", "")
            )
            return self._envelope({"CDCResponse": [{"QueryResponse": blocks}]})
        if exchange.operation == "report" and exchange.method == "GET" and len(rest) == 2:
            return encoder.encode(reports.report(company, rest[1], exchange.query))
        if len(rest) == 3 and rest[2] == "pdf" and exchange.entity in (*SALES, "Payment"):
            reads.read(company, exchange.entity, rest[1])
            exchange.headers["content-type"] = "application/pdf"
            return uploads.PDF
        if exchange.entity is None or len(rest) > 2 or (len(rest) < 2 and exchange.entity not in SINGLES):
            raise self._no_such_path(exchange)
        record = reads.read(company, exchange.entity, unquote_plus(rest[1]) if len(rest) > 1 else "")
        return self._envelope({exchange.entity: reads.alone(company, exchange.entity, record, include)})

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
        if [part.lower() for part in rest] == ["taxservice", "taxcode"]:
            return encoder.encode(tax_service.create(company, exchange.payload))
        if exchange.entity is None or len(rest) != 1:
            raise self._no_such_path(exchange)
        if exchange.payload is None:
            raise errors.unreadable_property() if is_utf8(exchange.body) else errors.not_utf8()
        record, did = writes.write(
            self.world.company,
            exchange.entity,
            exchange.payload,
            exchange.query.get("operation"),
            exchange.query.get("include"),
        )
        exchange.operation = did
        shown = reads.alone(company, exchange.entity, record, exchange.query.get("include"))
        return self._envelope({exchange.entity: shown})

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
        answers = [
            batch.refused_item(refusal) | ({"bId": item["bId"]} if "bId" in item else {})
            for item in batch.items_of(exchange.payload)
        ]
        return self._envelope({"BatchItemResponse": answers})

    def _throttle_items(self, exchange: Exchange) -> None:
        entry = errors.entry("3001", on_demand.THROTTLE_MESSAGE, on_demand.THROTTLE_DETAIL)
        exchange.answer = self._all_items(exchange, Refusal([entry], kind="SERVICE"))

    # Refusals and rules

    def _refuse(self, exchange: Exchange, refusal: Refusal) -> None:
        exchange.status, exchange.code = refusal.status, refusal.code
        exchange.headers["content-type"] = _JSON
        content = refusal.content(self.world.switches.language)
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
                    [errors.entry("3001", refusal.message, on_demand.THROTTLE_DETAIL)], kind="SERVICE"
                ).fault()
                exchange.answer = self._envelope({"Fault": fault})
            if self.world.switches.retry_after:
                exchange.headers["retry-after"] = str(self.world.switches.retry_after)

    def _after(self, exchange: Exchange, rule: Rule | None, changed: list[tuple[str, str]]) -> None:
        if rule is None:
            return
        match rule.action:
            case "answer":
                self.answer_as_told(exchange, rule)
            case "late":
                until = self.world.clock.epoch() + rule.seconds
                self.world.company.hidden_until.update(dict.fromkeys(changed, until))
            case "drop_items" | "reorder_items":
                rearrange(exchange, rule)

    def answer_as_told(self, exchange: Exchange, rule: Rule) -> None:
        if outage := on_demand.OUTAGES.get(rule.code or ""):
            exchange.status, exchange.headers["content-type"] = outage.status, outage.content_type
            exchange.answer = outage.body.format(time=self.world.clock.answer_time()).encode()
            return
        if rule.code is not None:
            refusal = on_demand.ON_DEMAND[rule.code]()
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

    def note(
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
