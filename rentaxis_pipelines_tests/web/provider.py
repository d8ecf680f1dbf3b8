"""A small OpenID Connect provider over real HTTP: discovery, authorization, token and keys. One person is always signed in there.

It can be told to misbehave, each time in one way. Not here: a sign-in page, refresh tokens, anything the door does not use.
"""

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT_ID, CLIENT_SECRET = "rentaxis", "a secret of the client"


@dataclass
class Provider:
    """``claims`` are said of whoever signs in, beside or instead of the usual ones. ``key`` signs; ``published`` is shown."""

    claims: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    key: RSAKey = field(
        default_factory=lambda: RSAKey.generate_key(
            2048, parameters={"kid": "one", "use": "sig", "alg": "RS256"}
        )
    )
    foreign: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, parameters={"kid": "one"}))
    signs_with_foreign_key: bool = False
    down: bool = False

    def application(self, port: int) -> Starlette:
        issuer = f"http://127.0.0.1:{port}"

        async def discovery(_: Request) -> Response:
            if self.down:
                return Response("no", 503)
            return JSONResponse(
                {
                    "issuer": issuer,
                    "authorization_endpoint": f"{issuer}/authorize",
                    "token_endpoint": f"{issuer}/token",
                    "jwks_uri": f"{issuer}/keys",
                    "id_token_signing_alg_values_supported": ["RS256"],
                    "code_challenge_methods_supported": ["S256"],
                }
            )

        async def authorize(request: Request) -> Response:
            asked = dict(request.query_params)
            assert asked["response_type"] == "code"
            assert asked["client_id"] == CLIENT_ID
            assert "openid" in asked["scope"].split()
            if self.error:
                return RedirectResponse(
                    f"{asked['redirect_uri']}?error={self.error}&state={asked['state']}", 302
                )
            code = secrets.token_urlsafe(16)
            self.codes[code] = asked
            return RedirectResponse(f"{asked['redirect_uri']}?code={code}&state={asked['state']}", 302)

        async def token(request: Request) -> Response:
            async with request.form() as form:
                given = {key: str(value) for key, value in form.items()}
            basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
            asked = self.codes.pop(given.get("code", ""), None)
            if request.headers.get("authorization") != f"Basic {basic}" or asked is None:
                return JSONResponse({"error": "invalid_grant"}, 400)
            challenge = hashlib.sha256(given["code_verifier"].encode()).digest()
            assert base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() == asked["code_challenge"]
            assert given["redirect_uri"] == asked["redirect_uri"]
            now = int(time.time())
            claims = {
                "iss": issuer,
                "sub": "4711",
                "aud": CLIENT_ID,
                "iat": now,
                "exp": now + 300,
                "nonce": asked["nonce"],
                "email": "oscar",
                "email_verified": True,
                **self.claims,
            }
            key = self.foreign if self.signs_with_foreign_key else self.key
            id_token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, key)
            return JSONResponse(
                {"access_token": "a", "token_type": "Bearer", "expires_in": 300, "id_token": id_token}
            )

        async def keys(_: Request) -> Response:
            return JSONResponse({"keys": [self.key.as_dict(private=False)]})

        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", discovery),
                Route("/authorize", authorize),
                Route("/token", token, methods=["POST"]),
                Route("/keys", keys),
            ]
        )
