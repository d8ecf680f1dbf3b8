"""OAuth 2 as on Intuit's platform: codes, access tokens, rolling refresh tokens, revocation,
discovery.
"""

import base64
import secrets
from typing import Any, NamedTuple

from quickbooks_emulator.clock import Clock
from quickbooks_emulator.switches import Switches

CLIENT_ID = "demo-client-id"
CLIENT_SECRET = "demo-client-secret"
REFRESH_TOKEN = "demo-refresh-token"
ACCESS_TOKEN = "demo-access-token"
REFRESH_SECONDS = 100 * 86400  # rolling 100 days


class WellKnown(NamedTuple):
    """The tokens every new company has, so that a test needs no sign-in."""

    access: str
    refresh: str


WELL_KNOWN = WellKnown(ACCESS_TOKEN, REFRESH_TOKEN)


def well_known(realm: str) -> WellKnown:
    """The tokens of another company."""
    return WellKnown(f"{ACCESS_TOKEN}-{realm}", f"{REFRESH_TOKEN}-{realm}")


class Tokens:
    """`refresh` maps a token to when its grant was born, when it was issued itself, and after when a newer one has replaced it
    (None: not yet); `access` to the epoch at which it dies.
    """

    def __init__(self, clock: Clock, well_known: WellKnown = WELL_KNOWN) -> None:
        self.clock = clock
        self.well_known = well_known
        now = clock.epoch()
        self.access: dict[str, float] = {well_known.access: now + 3600}
        self.refresh: dict[str, dict[str, float | None]] = {well_known.refresh: _fresh(now, now)}
        self.codes: dict[str, float] = {}

    def is_valid(self, token: str) -> bool:
        return self.access.get(token, 0) > self.clock.epoch()

    def knows(self, secret: str) -> bool:
        return secret in self.access or secret in self.refresh or secret in self.codes

    def own_well_known(self) -> None:
        """After loading: a company that became, or is no longer, the first one gets the matching tokens."""
        if self.well_known.access not in self.access:
            self.renew_well_known()
            now = self.clock.epoch()
            self.refresh[self.well_known.refresh] = _fresh(now, now)
        if self.well_known != WELL_KNOWN:
            self.access.pop(ACCESS_TOKEN, None)
            self.refresh.pop(REFRESH_TOKEN, None)

    def renew_well_known(self) -> None:
        """Another hour for the initial access token."""
        self.access[self.well_known.access] = self.clock.epoch() + 3600

    def expire_access(self) -> None:
        """Every access token has expired from now on (for tests)."""
        self.access = dict.fromkeys(self.access, 0.0)

    def new_code(self) -> str:
        code = f"code-{secrets.token_hex(12)}"
        self.codes[code] = self.clock.epoch() + 600
        return code

    def token(
        self, switches: Switches, authorization: str, form: dict[str, str], *, tell_hard_end: bool = False
    ) -> tuple[int, dict[str, Any]]:
        """The token endpoint. Returns (status, body). `tell_hard_end`: name the end of the whole grant too (a header asks for it)."""
        if not client_is_known(authorization, form):
            return 401, {"error": "invalid_client"}
        now = self.clock.epoch()
        if form.get("grant_type") == "authorization_code":
            if self.codes.pop(form.get("code", ""), 0) <= now:
                return 400, {"error": "invalid_grant", "error_description": "Invalid authorization code"}
            return 200, self._grant(switches, self._new_refresh(now, now), now, tell_hard_end)
        if form.get("grant_type") != "refresh_token":
            return 400, {"error": "unsupported_grant_type"}
        token = form.get("refresh_token", "")
        facts = self.refresh.get(token)
        if facts is None or not self._is_alive(switches, facts, now):
            return 400, {"error": "invalid_grant", "error_description": "Incorrect or invalid refresh token"}
        if switches.refresh_rotation == "every_use" or now - (facts["issued"] or 0) >= 86400:
            if facts["dead_after"] is None:
                facts["dead_after"] = now + switches.refresh_grace_seconds
            token = self._new_refresh(facts["born"] or now, now)
        return 200, self._grant(switches, token, now, tell_hard_end)

    def _is_alive(self, switches: Switches, facts: dict[str, float | None], now: float) -> bool:
        retired = facts["dead_after"]
        return _dies(switches, facts) > now and (retired is None or retired > now)

    def _new_refresh(self, born: float, now: float) -> str:
        token = f"refresh-{secrets.token_hex(20)}"
        self.refresh[token] = _fresh(born, now)
        return token

    def _grant(self, switches: Switches, refresh: str, now: float, tell_hard_end: bool) -> dict[str, Any]:
        access = f"access-{secrets.token_hex(32)}"
        self.access[access] = now + switches.access_token_seconds
        facts = self.refresh[refresh]
        answer = {
            "token_type": "bearer",
            "access_token": access,
            "expires_in": int(switches.access_token_seconds),
            "refresh_token": refresh,
            "x_refresh_token_expires_in": int(_dies(switches, facts) - now),
        }
        if tell_hard_end:
            answer["x_refresh_token_hard_expires_in"] = int(_grant_dies(switches, facts) - now)
        return answer

    def revoke(self, authorization: str, token: str) -> tuple[int, dict[str, Any]]:
        """Either kind of token disconnects the app from the company: its access tokens expire at once, too."""
        if not client_is_known(authorization, {}):
            return 401, {"error": "invalid_client"}
        if token not in self.refresh and token not in self.access:
            return 400, {"error": "invalid_request"}
        self.refresh.clear()
        self.codes.clear()
        self.expire_access()
        return 200, {}


def _fresh(born: float, now: float) -> dict[str, float | None]:
    return {
        "born": born,
        "issued": now,
        "dead_after": None,
    }


def _dies(switches: Switches, facts: dict[str, float | None]) -> float:
    return min((facts["issued"] or 0) + REFRESH_SECONDS, _grant_dies(switches, facts))


def _grant_dies(switches: Switches, facts: dict[str, float | None]) -> float:
    return (facts["born"] or 0) + switches.grant_seconds


def client_is_known(authorization: str, form: dict[str, str]) -> bool:
    """HTTP Basic, or the credentials in the form."""
    if authorization.lower().startswith("basic "):
        try:
            given = base64.b64decode(authorization[6:].strip()).decode()
        except ValueError:
            return False
        return given == f"{CLIENT_ID}:{CLIENT_SECRET}"
    return (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)


def discovery(base_url: str) -> dict[str, Any]:
    return {
        "issuer": f"{base_url}/op/v1",
        "authorization_endpoint": f"{base_url}/connect/oauth2",
        "token_endpoint": f"{base_url}/oauth2/v1/tokens/bearer",
        "userinfo_endpoint": f"{base_url}/v1/openid_connect/userinfo",
        "revocation_endpoint": f"{base_url}/v2/oauth2/tokens/revoke",
        "jwks_uri": f"{base_url}/op/v1/jwks",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "profile", "address", "phone"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "claims_supported": ["aud", "exp", "iat", "iss", "realmid", "sub"],
    }
