"""Whether the clocks agree: a wrong clock gives wrong dates and makes a valid token look expired. Pure."""

import datetime as dt
from collections.abc import Iterator

from rentaxis_pipelines.checks.finding import Finding, soon, stops

_WORTH_REPORTING = dt.timedelta(seconds=30)
_TOO_FAR = dt.timedelta(minutes=5)  # an access token is renewed this long before it expires


def clock_findings(
    whose: str, theirs: dt.datetime, before: dt.datetime, after: dt.datetime
) -> Iterator[Finding]:
    """A finding if another clock, read between ``before`` and ``after``, differs from ours. ``theirs`` may be truncated to the second."""
    if theirs + dt.timedelta(seconds=1) >= before and theirs <= after:
        return
    difference = theirs - after if theirs > after else before - theirs
    if difference < _WORTH_REPORTING:
        return
    side = "ahead of" if theirs > after else "behind"
    text = f"Clock: {whose} is {difference.total_seconds():,.0f} seconds {side} this machine."
    remedy = "Synchronize both with a time server (NTP)."
    yield stops(text, remedy) if difference >= _TOO_FAR else soon(text, remedy)
