"""The OAuth endpoints, which Intuit has on hosts of their own, on the emulator's one port. No secret enters the log."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from quickbooks_emulator import oauth
from quickbooks_emulator.exchange import GOOD_JSON, Exchange
from quickbooks_emulator.exchange import cut as cut_connection
from quickbooks_emulator.service import Service
from quickbooks_emulator.world import World, decoder, encoder


def routes(world: World, service: Service) -> list[Route]:
    def logged(
        handler: Callable[[Request, bytes], tuple[int, Any, dict[str, str]]],
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            exchange = Exchange(request, await request.body())
            rule = exchange.rule = world.faults.strike(set(), "token", exchange.path, b"")
            if rule and rule.action == "delay":
                await asyncio.sleep(rule.seconds)
            if rule and rule.action == "answer" and not rule.commit:
                service.answer_as_told(exchange, rule)
            elif not (rule and rule.action == "reset"):
                exchange.status, content, headers = handler(request, exchange.body)
                exchange.answer = encoder.encode(content) if content is not None else b""
                exchange.headers = {
                    "content-type": GOOD_JSON,
                    "cache-control": "no-cache, no-store",
                    **headers,
                }
            cut = rule is not None and rule.action in ("reset", "lose_answer")
            shown, exchange.body = exchange.answer, b""  # no secret in the log
            exchange.answer = b""
            service.after_change([])
            service.note(exchange, [], None if cut else exchange.status, 0.0)
            if cut:
                cut_connection(request)
            tid = f"1-{secrets.token_hex(4)}-{secrets.token_hex(12)}"
            return Response(shown, exchange.status, {**exchange.headers, "intuit_tid": tid})

        return endpoint

    def token(request: Request, body: bytes) -> tuple[int, Any, dict[str, str]]:
        form = {key: values[0] for key, values in parse_qs(body.decode()).items()}
        hard_end = request.headers.get("x-include-refresh-token-hard-expires-in", "").lower() == "true"
        status, content = world.tokens.token(
            world.switches, request.headers.get("authorization", ""), form, tell_hard_end=hard_end
        )
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
