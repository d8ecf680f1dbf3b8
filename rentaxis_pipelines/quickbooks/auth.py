"""A valid access token whenever a call needs one, even with concurrent users.

Here: the protocol ``TokenSource``, and the one that refreshes tokens.
Not here: the first grant (``connect``), storage (``tokens``).

QuickBooks rotates the refresh token, so two parallel refreshes may each store a different one and lose
the valid one (a field note). So: one refresh at a time across threads and processes (the store's lock),
the store is read again before refreshing, and the new token is stored before it is used. If the process
dies between Intuit's response and storing it, the old refresh token is tried at the next start; if Intuit
no longer accepts it, ``GrantDead`` says what to do.

The HTTP part is Authlib's: it is maintained, and the same session does the first grant. (The alternative,
requests-oauthlib, refreshes automatically in the middle of a call, leaving no place for the store's lock.)
"""

import datetime as dt
import math
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

import requests

from rentaxis_pipelines.quickbooks.faults import (
    ApplicationUnknown,
    AuthenticationFailed,
    GrantDead,
    NotConnected,
    NotSent,
)
from rentaxis_pipelines.quickbooks.tokens import HeldToken, Token, TokenStore
from rentaxis_pipelines.safety.outgoing import is_redirect, keep_to

TOKEN_URL = "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"
LEEWAY = 300.0  # seconds before expiration at which an access token (3600 s) is renewed: longer than any call takes
TIMEOUTS = (10.0, 30.0)  # connect, read; seconds
ATTEMPTS = 2  # of one refresh; the client also retries its own call
# With the first header, Intuit's response also says when the grant's five years end, in ``x_refresh_token_hard_expires_in`` (its own
# SDKs since May 2026: QuickBooks-V3-Java-SDK 6.5.4). Otherwise it only gives the rolling 100 days.
HEADERS = {
    "x-include-refresh-token-hard-expires-in": "true",
    "Accept": "application/json",
    "Content-Type": "application/x-www-form-urlencoded;charset=UTF-8",
}
LONGEST_LIFE = 20 * 366 * 86400.0  # seconds; a longer lifetime is not credible


@dataclass(frozen=True, slots=True)
class Application:
    """The app's credentials with Intuit, and where its tokens come from."""

    client_id: str
    client_secret: str = field(repr=False)
    token_url: str = TOKEN_URL


class TokenSource(Protocol):
    """Provides access tokens. Safe for any number of threads."""

    def access_token(self) -> str:
        """A token that is valid now.

        Raises:
            AuthenticationFailed: there is none; its subclasses and sentences say what to do.
            NotSent: Intuit's token service cannot be reached.
        """
        ...

    def replace(self, refused: str) -> None:
        """QuickBooks refused the token ``refused``: make sure the next one differs."""
        ...


class FixedToken:
    """A token source for one given token, for tests and benchmarks. Cannot replace it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def access_token(self) -> str:
        return self._token

    def replace(self, refused: str) -> None:  # noqa: ARG002  # required by the protocol
        raise AuthenticationFailed("QuickBooks does not accept the given access token")


class StoredToken:
    """The token source for real work: keeps one company's token in ``store`` and renews it in time."""

    def __init__(
        self,
        application: Application,
        store: TokenStore,
        *,
        now: Callable[[], float] = time.time,
        timeouts: tuple[float, float] = TIMEOUTS,
    ) -> None:
        self._application = application
        self._store = store
        self._now = now
        self._timeouts = timeouts
        self._token: Token | None = None
        self._unstored: tuple[str, Token] | None = (
            None  # a new token, and the refresh token it was exchanged for
        )
        self._turn = threading.Lock()

    def access_token(self) -> str:
        token = self._token
        if token is None or self._is_old(token):
            token = self._renew(refused=None)
        return token.access_token

    def replace(self, refused: str) -> None:
        self._renew(refused=refused)

    def _is_old(self, token: Token) -> bool:
        return token.expires_at - self._now() < LEEWAY

    def _renew(self, *, refused: str | None) -> Token:
        with self._turn, self._store.locked() as held:
            token = held.load()
            if token is None:
                raise NotConnected(
                    "No QuickBooks company is connected: run `rentaxis-sync connect` and sign in."
                )
            if self._unstored and self._unstored[0] == token.refresh_token:
                token = self._keep(held, *self._unstored)
            # Another thread or process may have renewed it while we waited for the lock.
            elif token.access_token == refused or self._is_old(token):
                fresh = fresh_token(self._application, token, now=self._now, timeouts=self._timeouts)
                token = self._keep(held, token.refresh_token, fresh)
            self._token = token
            return token

    def _keep(self, held: HeldToken, exchanged: str, fresh: Token) -> Token:
        """Store ``fresh``. If that fails (disk full, database gone), the next call tries again, because
        the refresh token it was exchanged for may already be invalid.
        """
        self._unstored = (exchanged, fresh)
        held.save(fresh)
        self._unstored = None
        return fresh


def fresh_token(
    application: Application,
    old: Token,
    *,
    now: Callable[[], float] = time.time,
    timeouts: tuple[float, float] = TIMEOUTS,
) -> Token:
    """Exchange ``old``'s refresh token for a new token. ``old`` may then be invalid: store the new one immediately.

    Raises:
        GrantDead, ApplicationUnknown, AuthenticationFailed: Intuit refused.
        NotSent: Intuit's token service is out of reach.
    """
    try:
        answer = ask_token_service(
            application, timeouts, grant_type="refresh_token", refresh_token=old.refresh_token
        )
    except GrantDead:
        ended = old.connection_ends_at
        if ended is None or ended > now():
            raise
        raise GrantDead(
            f"The connection to QuickBooks company {old.realm_id} expired on {day_of(ended)}: run `rentaxis-sync connect` "
            "to connect the company again."
        ) from None
    # RFC 6749, section 6: if the response has no new refresh token, the old one stays valid.
    whole = {"refresh_token": old.refresh_token, **answer}
    return read_token(whole, old.realm_id, now(), grant_expires_at=old.grant_expires_at)


def day_of(moment: float) -> dt.date:
    """The UTC date of a time in seconds since 1970."""
    return dt.datetime.fromtimestamp(moment, dt.UTC).date()


def oauth_session(application: Application, **settings: Any) -> Any:
    """Authlib's session for ``application``: HTTP Basic with id and secret, as Intuit requires."""
    from authlib.integrations.requests_client import (  # noqa: PLC0415 - with cryptography 10 MB that a code server never uses
        OAuth2Session,  # pyright: ignore[reportMissingTypeStubs]  # ships no types
    )

    session: Any = OAuth2Session(
        application.client_id,
        application.client_secret,
        token_endpoint_auth_method="client_secret_basic",
        **settings,
    )
    keep_to(session, application.token_url)
    session.register_compliance_hook("access_token_response", _refuse_redirect)
    return session


def _refuse_redirect(response: requests.Response) -> requests.Response:
    if is_redirect(response.status_code):
        raise AuthenticationFailed(
            f"The address in QUICKBOOKS_AUTH_BASE_URL redirects to another one (HTTP {response.status_code}), which is not followed, "
            "because the app's secret would be sent there too. Set QUICKBOOKS_AUTH_BASE_URL to Intuit's own address."
        )
    return response


def ask_token_service(
    application: Application,
    timeouts: tuple[float, float],
    *,
    grant_type: str,
    redirect_uri: str | None = None,
    **grant: str,
) -> Mapping[str, Any]:
    """The token service's response to ``grant``, retried if there is none; refusals become our exceptions."""
    from authlib.integrations.requests_client import (  # noqa: PLC0415 - as above
        OAuthError,  # pyright: ignore[reportMissingTypeStubs]  # ships no types
    )

    session = oauth_session(application, redirect_uri=redirect_uri)
    trouble = ""
    for _ in range(ATTEMPTS):
        try:
            return cast(
                Mapping[str, Any],
                session.fetch_token(
                    application.token_url,
                    grant_type=grant_type,
                    headers=HEADERS,
                    timeout=timeouts,
                    allow_redirects=False,
                    **grant,
                ),
            )
        except OAuthError as error:
            raise refusal(str(cast(Any, error).error)) from None
        except (requests.RequestException, ValueError) as error:
            # The exception's text may quote the request, so only its type is kept.
            trouble = type(error).__name__
    raise NotSent(f"Intuit's token service gave no usable response ({trouble})")


def refusal(code: str) -> AuthenticationFailed:
    """What an OAuth error code means (``invalid_client`` comes with 400 or 401, so the body decides)."""
    if code == "invalid_grant":
        return GrantDead(
            "QuickBooks no longer accepts this connection (it was revoked, it expired, or a renewal "
            "was lost): run `rentaxis-sync connect` to connect the company again."
        )
    if code in ("invalid_client", "unauthorized_client"):
        return ApplicationUnknown(
            "Intuit does not recognize this app: check QUICKBOOKS_CLIENT_ID and QUICKBOOKS_CLIENT_SECRET "
            "(production and sandbox have different ones)."
        )
    return AuthenticationFailed(
        f"Intuit's token service refused ({describe(code)}): run `rentaxis-sync connect` to connect the company again."
    )


def describe(code: str) -> str:
    """An OAuth error code, safe to show: the other side may send anything (RFC 6749 codes are words and underscores)."""
    return code if re.fullmatch(r"[a-z_]{1,40}", code) else "unknown reason"


def read_token(
    answer: Mapping[str, Any], realm_id: str, now: float, *, grant_expires_at: float | None = None
) -> Token:
    """The token in a response of the token service. ``grant_expires_at`` is kept if the response has no new one.

    Raises:
        AuthenticationFailed: the response has no token.
    """
    try:
        return Token(
            access_token=str(answer["access_token"]),
            refresh_token=str(answer["refresh_token"]),
            expires_at=now + float(answer["expires_in"]),
            realm_id=realm_id,
            refresh_expires_at=_end(answer, "x_refresh_token_expires_in", now),
            grant_expires_at=_end(answer, "x_refresh_token_hard_expires_in", now) or grant_expires_at,
        )
    except (KeyError, TypeError, ValueError):
        raise AuthenticationFailed(
            "Intuit's token service responded without a token: run `rentaxis-sync connect` to connect again."
        ) from None


def _end(answer: Mapping[str, Any], name: str, now: float) -> float | None:
    """The time at which a lifetime in the response ends. An implausible lifetime must not cost us the token, so it counts as missing."""
    try:
        seconds = float(answer[name])
    except (KeyError, TypeError, ValueError):
        return None
    return now + seconds if math.isfinite(seconds) and 0 <= seconds <= LONGEST_LIFE else None
