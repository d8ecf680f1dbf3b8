"""How many actions one person may take in a minute: a stuck key or a script must not flood the queue of runs. Looking is not limited."""

import threading
from collections import OrderedDict, deque
from collections.abc import Callable

from rentaxis_pipelines.web.people import RequestRefused

MOST_A_MINUTE = 60
_KEPT = 1_000  # people remembered


class RateLimit:
    """``now``: a clock in seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._taken: OrderedDict[str, deque[float]] = OrderedDict()

    def count(self, who: str) -> None:
        """Count an action. Raises RequestRefused, with the seconds to wait, for one too many."""
        with self._lock:
            now = self._now()
            taken = self._taken.setdefault(who, deque())
            self._taken.move_to_end(who)
            while len(self._taken) > _KEPT:
                self._taken.popitem(last=False)
            while taken and not now - 60 < taken[0] <= now:
                taken.popleft()
            if len(taken) >= MOST_A_MINUTE:
                wait = max(1, round(60 - (now - taken[0])))
                raise RequestRefused(
                    429,
                    f"That was more than {MOST_A_MINUTE} actions in a minute. Nothing was done; wait {wait} seconds, then try again.",
                    headers={"retry-after": str(wait)},
                )
            taken.append(now)
