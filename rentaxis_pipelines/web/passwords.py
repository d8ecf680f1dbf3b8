"""Passwords: hashed with Argon2, compared in the same time whether the user exists or not, and guesses slowed down.

Here: the rules. Not here: the sign-in form (``sign_in``), where hashes are kept (``users``).
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from rentaxis_pipelines.web.people import RequestRefused
from rentaxis_pipelines.web.users import User

SHORTEST, LONGEST = 12, 1_000  # characters
_HASHER = PasswordHasher()  # RFC 9106's second choice of parameters: 64 MiB, about 50 ms
_NOBODY = _HASHER.hash("nobody has this password")
AT_A_TIME = 2  # passwords compared; each takes 64 MiB

FREE_TRIES = 3  # wrong passwords before the first wait
LONGEST_WAIT = {
    "user": 60.0,
    "address": 900.0,
}  # seconds; a stranger's guesses may not lock a user out for long
FORGOTTEN_AFTER = 3_600.0  # seconds without a try
_KEPT = 10_000  # users and addresses remembered, the last ones


def hashed(password: str) -> str:
    """The hash to keep. Raises ValueError, for people, for a password that is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise ValueError(f"A password has at least {SHORTEST} characters, and at most {LONGEST}.")
    return _HASHER.hash(password)


def is_right(user: User | None, password: str) -> bool:
    """Whether it is the user's password; takes as long for nobody as for somebody."""
    kept = user.password if user and user.password else _NOBODY
    try:
        same = _HASHER.verify(kept, password[: LONGEST + 1])
    except (Argon2Error, InvalidHashError):
        return False
    return same and user is not None and kept == user.password


@dataclass(slots=True)
class _Tries:
    count: int = 0
    last: float = 0.0


class SlowedDown:
    """How often somebody tried, by user and by address; after three wrong tries each one doubles the wait. ``now`` is a clock in seconds.

    A try counts when it begins, so that many at once are as slow as one after another.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._tries: OrderedDict[tuple[str, str], _Tries] = OrderedDict()

    def begin(self, user: str, address: str) -> None:
        """Counts a try. Raises RequestRefused, without counting, while there is still to wait."""
        keys = (("user", user.casefold()[:200]), ("address", address))
        with self._lock:
            now = self._now()
            wait = max(self._wait(key, now) for key in keys)
            if wait > 0:
                raise RequestRefused(
                    429,
                    f"Too many wrong passwords. Wait {wait:.0f} seconds, then try again.",
                    headers={"retry-after": f"{wait:.0f}"},
                )
            for key in keys:
                tries = self._tries.setdefault(key, _Tries())
                tries.count, tries.last = tries.count + 1, now
                self._tries.move_to_end(key)
            while len(self._tries) > _KEPT:
                self._tries.popitem(last=False)

    def went_well(self, user: str, address: str) -> None:
        """Forgets the user's tries. Of the address only this one: signing in with an account of one's own must not clear its guesses."""
        with self._lock:
            self._tries.pop(("user", user.casefold()[:200]), None)
            tries = self._tries.get(("address", address))
            if tries:
                tries.count -= 1

    def _wait(self, key: tuple[str, str], now: float) -> float:
        """Whole seconds still to wait, at least one, or 0."""
        tries = self._tries.get(key)
        if tries is None or tries.count < FREE_TRIES:
            return 0.0
        if now - tries.last > FORGOTTEN_AFTER:
            del self._tries[key]
            return 0.0
        wait = min(2.0 ** min(tries.count - FREE_TRIES + 1, 20), LONGEST_WAIT[key[0]])
        left = min(tries.last + wait - now, wait)  # a clock that was set back makes no wait longer
        return max(1.0, left) if left > 0 else 0.0
