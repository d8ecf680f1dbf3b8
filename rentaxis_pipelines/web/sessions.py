"""Who is signed in: signed cookies that expire, and that end immediately when the user's entry changes.

A session contains a fingerprint of the user's entry in the users file; if the user is removed or added again, or the role or password
changes, it no longer matches. Ended sessions are remembered until they would have expired; a restart of the server forgets them.
"""

import hashlib
import hmac
import re
import secrets
import threading
from collections.abc import Callable, Mapping
from typing import Any

from itsdangerous import BadData, URLSafeSerializer
from starlette.responses import Response

from rentaxis_pipelines.web.users import User

FORM_SECONDS = 3_600.0


class Signatures:
    """Signs values stored in the browser. ``key`` may contain more than one key, newest first; without any, signatures end with this process."""

    def __init__(self, key: str) -> None:
        parts = [part for part in re.split(r"[,\s]+", key) if part] or [secrets.token_urlsafe(32)]
        # Derived keys: the same key also encrypts QuickBooks' tokens. itsdangerous signs with the last one.
        self._keys = [
            hmac.digest(part.encode(), b"rentaxis_pipelines.web", "sha256") for part in reversed(parts)
        ]

    def sign(self, purpose: str, values: Mapping[str, Any]) -> str:
        return str(URLSafeSerializer(self._keys, salt=purpose).dumps(dict(values)))

    def read(self, purpose: str, signed: str) -> dict[str, Any] | None:
        """What was signed for this purpose, or None."""
        try:
            values = URLSafeSerializer(self._keys, salt=purpose).loads(signed)
        except BadData:
            return None
        return values if isinstance(values, dict) else None

    @property
    def newest(self) -> bytes:
        return self._keys[-1]


class Sessions:
    """``seconds``: how long a session lasts. ``now`` is a clock in seconds since 1970."""

    def __init__(
        self, signatures: Signatures, seconds: float, *, https: bool, now: Callable[[], float]
    ) -> None:
        self._signatures, self._seconds, self._https, self._now = signatures, seconds, https, now
        self._lock = threading.Lock()
        self._ended: dict[str, float] = {}
        # With the prefix, a browser accepts the cookie only from this host and only over https.
        self.cookie = "__Host-rentaxis_session" if https else "rentaxis_session"

    def begin(self, user: User, response: Response) -> None:
        """Sign the user in, in the browser that receives the response."""
        value = self._signatures.sign(
            "session",
            {
                "id": secrets.token_urlsafe(16),
                "user": user.name,
                "entry": _fingerprint(user),
                "until": self._now() + self._seconds,
            },
        )
        response.set_cookie(
            self.cookie, value, int(self._seconds), httponly=True, secure=self._https, samesite="strict"
        )

    def user_of(self, cookies: Mapping[str, str], find: Callable[[str], User | None]) -> User | None:
        """The user currently signed in with these cookies, or None."""
        values = self._values(cookies)
        if values is None or values["until"] <= self._now() or values["id"] in self._ended:
            return None
        user = find(values["user"])
        matches = user is not None and hmac.compare_digest(values["entry"], _fingerprint(user))
        return user if matches else None

    def id_of(self, cookies: Mapping[str, str]) -> str:
        """The session's id, or "" if there is none; used to tie things to a session."""
        values = self._values(cookies)
        return values["id"] if values else ""

    def end(self, cookies: Mapping[str, str], response: Response) -> None:
        """Sign out: the cookie is no longer valid, wherever it was copied to."""
        values = self._values(cookies)
        with self._lock:
            now = self._now()
            self._ended = {key: until for key, until in self._ended.items() if until > now}
            if values is not None and values["until"] > now:
                self._ended[values["id"]] = values["until"]
        response.delete_cookie(self.cookie, httponly=True, secure=self._https, samesite="strict")

    def _values(self, cookies: Mapping[str, str]) -> dict[str, Any] | None:
        return self._signatures.read("session", cookies.get(self.cookie, ""))


def _fingerprint(user: User) -> str:
    entry = "\0".join((user.name.casefold(), user.role.name, user.password, user.added))
    return hashlib.sha256(entry.encode()).hexdigest()
