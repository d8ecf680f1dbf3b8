"""A QuickBooks response: what makes it usable, and which exception any other response becomes.

Here: judging status and body, for new and for stored responses alike. Not here: sending
(``client``), the items of a batch (``batch``).
"""

import email.utils
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from rentaxis_pipelines.quickbooks.faults import (
    NoAnswer,
    OutcomeUnknown,
    error_for,
    fault_of_body,
    parse_fault,
)
from rentaxis_pipelines.quickbooks.json import decode


@dataclass(frozen=True, slots=True)
class Answer:
    """A success: the decoded body, and the raw bytes (worth keeping: the only proof of what QuickBooks
    returned)."""

    content: dict[str, Any] = field(repr=False)
    body: bytes = field(repr=False)
    http_status: int = 200
    intuit_tid: str = ""


def read_answer(
    http_status: int, body: bytes, *, intuit_tid: str = "", retry_after: float | None = None, is_write: bool
) -> Answer:
    """The response in ``body``; in a batch, individual items may still be faults.

    Raises:
        OutcomeUnknown: a write got HTTP 5xx or 408, or a success that cannot be parsed.
        NoAnswer: the same for a read.
        QuickBooksError: the one for the fault it contains, even with HTTP 200.
    """
    unusable = OutcomeUnknown if is_write else NoAnswer
    if http_status >= 500 or http_status == 408:
        # A gateway may answer 502 or 504 while the service behind it commits, so the body proves nothing.
        fault = fault_of_body(body, http_status=http_status, intuit_tid=intuit_tid)
        raise unusable(f"QuickBooks answered HTTP {http_status}", fault=fault)
    if http_status not in (200, 201):
        fault = fault_of_body(body, http_status=http_status, intuit_tid=intuit_tid)
        raise error_for(fault, retry_after=retry_after)
    try:
        content = decode(body)
    except ValueError:
        raise unusable("QuickBooks answered something that is not JSON", intuit_tid=intuit_tid) from None
    if not isinstance(content, dict):
        raise unusable("QuickBooks answered something that is not an object", intuit_tid=intuit_tid)
    if fault := parse_fault(content, http_status=http_status, intuit_tid=intuit_tid):
        raise error_for(fault)
    return Answer(cast(dict[str, Any], content), body, http_status, intuit_tid)


def retry_after_seconds(headers: Mapping[str, str], *, now: float | None = None) -> float | None:
    """Seconds to wait, from a ``Retry-After`` header in either form (a number or an HTTP date); never
    negative.

    None if the header is missing or invalid. ``now`` is seconds since 1970.
    """
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        moment = email.utils.parsedate_to_datetime(value)
        return max(0.0, moment.timestamp() - (time.time() if now is None else now))
    except (ValueError, OverflowError):
        return None
