"""Whether the clocks agree: a wrong one makes other days, and a token that is good looks old. Pure."""

import datetime as dt
from collections.abc import Iterator

from rentaxis_pipelines.checks.finding import Finding, soon, stops

_WORTH_SAYING = dt.timedelta(seconds=30)
_TOO_FAR = dt.timedelta(minutes=5)  # an access token is renewed so long before its end


def clock_findings(
    whose: str, theirs: dt.datetime, before: dt.datetime, after: dt.datetime
) -> Iterator[Finding]:
    """A finding where a clock, read between two moments of ours, is not like ours. ``theirs`` may be cut to its second."""
    if theirs + dt.timedelta(seconds=1) >= before and theirs <= after:
        return
    apart = theirs - after if theirs > after else before - theirs
    if apart < _WORTH_SAYING:
        return
    side = "ahead of" if theirs > after else "behind"
    text = f"Clock: that of {whose} is {apart.total_seconds():,.0f} seconds {side} this machine's."
    remedy = "Let both be set by a time server (NTP)."
    yield stops(text, remedy) if apart >= _TOO_FAR else soon(text, remedy)
