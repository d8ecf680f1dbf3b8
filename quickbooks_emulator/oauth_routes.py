"""The OAuth endpoints, which Intuit serves from separate hosts, on the emulator's port. No secret is logged."""

import asyncio
import html
import secrets
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs, quote, urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from quickbooks_emulator import oauth
from quickbooks_emulator.companies import Companies
from quickbooks_emulator.exchange import GOOD_JSON, Exchange
from quickbooks_emulator.exchange import cut as cut_connection
from quickbooks_emulator.given_json import NotJson, read_json
from quickbooks_emulator.service import Service
from quickbooks_emulator.world import World, encoder

# (companies, world, request, body) -> (status, content, headers)
Answer = tuple[int, Any, dict[str, str]]
Handler = Callable[[Companies, World, Request, bytes], Answer]
Owner = Callable[[Companies, Request, bytes], World]  # the company a call concerns
_URL_SIGNS = ":/%#?=@[]!$&'()*+,;~"


def routes(companies: Companies) -> list[Route]:
    def route(path: str, handler: Handler, owner: Owner, *methods: str) -> Route:
        return Route(path, _logged(companies, handler, owner), methods=list(methods or ("GET",)))

    return [
        route("/oauth2/v1/tokens/bearer", _token, _of_form, "POST"),
        route("/oauth2/v1/tokens/revoke", _revoke, _of_revoked, "POST"),
        route("/v2/oauth2/tokens/revoke", _revoke, _of_revoked, "POST"),
        route("/connect/oauth2", _authorize, _of_sign_in),
        route("/.well-known/openid_configuration", _discovery, _first),
        route("/.well-known/openid_sandbox_configuration", _discovery, _first),
        route("/.well-known/openid_sandbox_configuration/", _discovery, _first),
        route("/v1/openid_connect/userinfo", _user, _of_bearer),
    ]


def _logged(companies: Companies, handler: Handler, owner: Owner) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        exchange = Exchange(request, await request.body())
        world = owner(companies, request, exchange.body)
        service = Service(world, companies)
        rule = exchange.rule = world.faults.strike(set(), "token", exchange.path, b"")
        if rule and rule.action == "delay":
            await asyncio.sleep(rule.seconds)
        if rule and rule.action == "answer" and not rule.commit:
            service.answer_as_told(exchange, rule)
        elif not (rule and rule.action == "reset"):
            exchange.status, content, headers = handler(companies, world, request, exchange.body)
            page = isinstance(content, str)
            exchange.answer = (
                content.encode() if page else encoder.encode(content) if content is not None else b""
            )
            exchange.headers = {
                "content-type": "text/html;charset=utf-8" if page else GOOD_JSON,
                "cache-control": "no-cache, no-store",
                **headers,
            }
        cut = rule is not None and rule.action in ("reset", "lose_answer")
        shown, exchange.body = exchange.answer, b""  # no secret in the log
        exchange.answer = b""
        companies.after_change(world, [])
        service.note(exchange, [], None if cut else exchange.status, 0.0)
        if cut:
            cut_connection(request)
        tid = f"1-{secrets.token_hex(4)}-{secrets.token_hex(12)}"
        return Response(shown, exchange.status, {**exchange.headers, "intuit_tid": tid})

    return endpoint


# Whose call it is: no address names a company here, but what it was given does.


def _form(body: bytes) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(body.decode(errors="replace")).items()}


def _first(companies: Companies, _request: Request, _body: bytes) -> World:
    return companies.first


def _of_form(companies: Companies, _request: Request, body: bytes) -> World:
    form = _form(body)
    return companies.of_secret(form.get("code") or form.get("refresh_token", ""))


def _of_revoked(companies: Companies, _request: Request, body: bytes) -> World:
    return companies.of_secret(_revoked_token(body))


def _of_bearer(companies: Companies, request: Request, _body: bytes) -> World:
    return companies.of_secret(request.headers.get("authorization", "")[7:])


def _of_sign_in(companies: Companies, request: Request, _body: bytes) -> World:
    return companies.of(request.query_params.get("realm") or companies.signing_in or "")


# The endpoints


def _token(_companies: Companies, world: World, request: Request, body: bytes) -> Answer:
    hard_end = request.headers.get("x-include-refresh-token-hard-expires-in", "").lower() == "true"
    given = request.headers.get("authorization", "")
    status, content = world.tokens.token(world.switches, given, _form(body), tell_hard_end=hard_end)
    return status, content, {}


def _revoked_token(body: bytes) -> str:
    """From JSON or a form, as clients send it."""
    try:
        given = read_json(body)
    except NotJson:
        given = _form(body)
    token = given.get("token") if isinstance(given, dict) else None
    return token if isinstance(token, str) else ""


def _revoke(_companies: Companies, world: World, request: Request, body: bytes) -> Answer:
    given = request.headers.get("authorization", "")
    status, content = world.tokens.revoke(given, _revoked_token(body))
    return status, content or None, {}


def _authorize(companies: Companies, world: World, request: Request, _body: bytes) -> Answer:
    """The sign-in page: approves automatically, but asks which company if there are several and none is specified."""
    params = request.query_params
    if params.get("client_id") != oauth.CLIENT_ID or "redirect_uri" not in params:
        return 400, {"error": "invalid_request"}, {}
    named = params.get("realm")
    if named and named not in companies.worlds:
        return 400, {"error": "invalid_request", "error_description": f"There is no company {named}"}, {}
    if not named and companies.signing_in is None and len(companies.worlds) > 1:
        return 200, _choice(companies, params), {}
    back = params["redirect_uri"]
    given = {"code": world.tokens.new_code(), "state": params.get("state", ""), "realmId": world.realm}
    where = f"{back}{'&' if '?' in back else '?'}{urlencode(given)}"
    return 302, None, {"location": quote(where, safe=_URL_SIGNS)}


def _choice(companies: Companies, params: QueryParams) -> str:
    links = "".join(
        f'<li><a href="?{html.escape(urlencode([*params.multi_items(), ("realm", realm)]))}">{realm}</a></li>'
        for realm in companies.worlds
    )
    return f"<!doctype html><title>QuickBooks (emulated)</title><h1>Which company?</h1><ul>{links}</ul>"


def _discovery(_companies: Companies, _world: World, request: Request, _body: bytes) -> Answer:
    return 200, oauth.discovery(str(request.base_url).rstrip("/")), {}


def _user(_companies: Companies, world: World, request: Request, _body: bytes) -> Answer:
    if not world.tokens.is_valid(request.headers.get("authorization", "")[7:]):
        return 401, {"error": "invalid_token"}, {}
    user = {"sub": "demo-user", "givenName": "Demo", "email": "demo@example.com", "emailVerified": True}
    return 200, user, {}
