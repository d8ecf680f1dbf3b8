"""What can go wrong with QuickBooks: one exception tree, one way to parse a fault, one way to classify it.

    QuickBooksError
    ├── NotSent                  no connection was made, or no token was available: nothing can have happened
    ├── OutcomeUnknown           a write was sent, no readable response came back: check before sending again
    ├── NoAnswer                 a read got no usable response, even after retries
    ├── Throttled                too many calls (429, 403 ThrottleExceeded, 3001): not executed; retry_after
    ├── AuthenticationFailed     the access token is refused, even after one refresh (3200)
    │   ├── NotConnected         no company has been connected yet
    │   ├── GrantDead            refresh token revoked, expired or already used: connect again
    │   ├── ApplicationUnknown   Intuit does not recognize this client id and secret
    │   ├── RedirectUnfit        Intuit would not redirect back to this address
    │   ├── AnswerUnfit          the response from signing in is not the expected one; nothing was sent yet
    │   └── TokenUnreadable      the stored token cannot be decrypted with this key
    ├── CompanyUnavailable       stop everything (6190 subscription, 3100 wrong company, 120, 130-150, 10200)
    ├── Transient                a QuickBooks error (6000, 10000, 600): check before sending again
    └── RecordRejected           the record itself is refused, or as it stands now: ``classify`` says how

Here: the tree, the parsers for every format of a fault, and ``classify``, for single responses and batch
items alike. Not here: what to do about a class; that is up to the caller.

Code branches on ``code`` only, because texts are translated into the company's language. If one code has
more than one meaning, ``detail_texts`` turns it into a code of ours. Texts from QuickBooks may quote names, amounts and even tokens (3200's
detail does), so they are kept in ``Fault.message`` and ``Fault.detail`` for the caller to show, and are
never part of ``str(error)`` or ``repr``, which end up in logs.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, cast

from rentaxis_pipelines.quickbooks.detail_texts import Meaning, meaning_of
from rentaxis_pipelines.quickbooks.json import decode
from rentaxis_pipelines.quickbooks.xml import envelope_in_xml
from rentaxis_pipelines.safety.outgoing import is_redirect


class FaultClass(Enum):
    """What a fault means for the request that got it, most urgent first."""

    STOP = "stop"  # nothing will work until a person has fixed it
    REFRESH_TOKEN = "refresh_token"  # not executed; retry once with a new access token
    THROTTLE = "throttle"  # not executed; retry later
    DUPLICATE_NAME = "duplicate_name"  # possibly our own record: check
    DUPLICATE_NUMBER = "duplicate_number"  # possibly our own record: check
    STALE = "stale"  # read again, then decide
    GONE = "gone"
    DEPOSITED = "deposited"
    PERIOD_CLOSED = "period_closed"
    MATCHED_TO_BANK = "matched_to_bank"
    ITEM_INACTIVE = "item_inactive"
    INVALID_REFERENCE = "invalid_reference"
    REFUSED = "refused"  # permanent
    RETRY = "retry"  # may be temporary. A write may or may not have been executed: check before sending again
    LIST_IN_USE = "list_in_use"  # not executed; retry later, with a new request id


@dataclass(frozen=True, slots=True)
class Fault:
    """One error as QuickBooks reported it. ``code`` is text, "" if a gateway gave none.

    If a response had more than one error, this is the decisive one (the most urgent class), and
    ``others`` are the rest. ``message`` and ``detail`` may quote names and amounts: show them to the user,
    never log them.
    """

    code: str
    message: str = field(default="", repr=False)
    detail: str = field(default="", repr=False)
    element: str = ""
    type: str = ""
    http_status: int = 200
    intuit_tid: str = ""
    others: tuple["Fault", ...] = ()


class QuickBooksError(Exception):
    """Root of the tree. ``str()`` contains no text from QuickBooks, so it may be logged."""

    def __init__(self, sentence: str, *, fault: Fault | None = None, intuit_tid: str = "") -> None:
        self.fault = fault
        self.intuit_tid = intuit_tid or (fault.intuit_tid if fault else "")
        super().__init__(f"{sentence} (intuit_tid {self.intuit_tid})" if self.intuit_tid else sentence)


class NotSent(QuickBooksError):
    pass


class OutcomeUnknown(QuickBooksError):
    pass


class NoAnswer(QuickBooksError):
    pass


class Throttled(QuickBooksError):
    """``retry_after`` is the number of seconds QuickBooks asked for, None if it gave none."""

    def __init__(
        self,
        sentence: str,
        *,
        fault: Fault | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(sentence, fault=fault)
        self.retry_after = retry_after


class AuthenticationFailed(QuickBooksError):
    pass


class NotConnected(AuthenticationFailed):
    pass


class GrantDead(AuthenticationFailed):
    pass


class ApplicationUnknown(AuthenticationFailed):
    pass


class RedirectUnfit(AuthenticationFailed):
    pass


class AnswerUnfit(AuthenticationFailed):
    pass


class TokenUnreadable(AuthenticationFailed):
    pass


class CompanyUnavailable(QuickBooksError):
    pass


class Transient(QuickBooksError):
    pass


class RecordRejected(QuickBooksError):
    """``fault`` is always there."""

    fault: Fault  # pyright: ignore[reportIncompatibleVariableOverride]  # narrowed: never None here


# Codes from Intuit's error-code page and recorded traffic; every other code is permanent and REFUSED.
_CLASS_OF_CODE: Mapping[str, FaultClass] = {
    "100": FaultClass.REFRESH_TOKEN,
    "110": FaultClass.REFRESH_TOKEN,
    "3200": FaultClass.REFRESH_TOKEN,
    "120": FaultClass.STOP,
    "130": FaultClass.STOP,
    "140": FaultClass.STOP,
    "150": FaultClass.STOP,
    "3100": FaultClass.STOP,
    "6190": FaultClass.STOP,
    "10200": FaultClass.STOP,
    "3001": FaultClass.THROTTLE,
    "5010": FaultClass.STALE,
    "6240": FaultClass.DUPLICATE_NAME,
    "6140": FaultClass.DUPLICATE_NUMBER,
    "610": FaultClass.GONE,
    "2500": FaultClass.INVALID_REFERENCE,
    "620": FaultClass.INVALID_REFERENCE,
    "700": FaultClass.INVALID_REFERENCE,
    "6250": FaultClass.INVALID_REFERENCE,
    "6200": FaultClass.PERIOD_CLOSED,
    "6210": FaultClass.PERIOD_CLOSED,
    "6540": FaultClass.DEPOSITED,
    "6480": FaultClass.MATCHED_TO_BANK,  # on a delete
    "10000": FaultClass.RETRY,
    # "Duplicate Request ID": a request with this id has reached QuickBooks before, so its outcome must be
    # looked up.
    "600": FaultClass.RETRY,
}

# Texts that say more than the code. 6000 is both "your payment is larger than the invoice" (permanent) and "please wait a
# few minutes" (temporary). When a request whose first outcome is unknown is replayed, any 6000 may hide a success: then the caller
# must check, whatever the text says.
_CLASS_OF_MEANING: Mapping[Meaning, FaultClass] = {
    Meaning.PASSING_TROUBLE: FaultClass.RETRY,
    Meaning.LIST_IN_USE: FaultClass.LIST_IN_USE,
    Meaning.ELEMENT_DELETED: FaultClass.GONE,
    Meaning.MATCHED_TO_BANK: FaultClass.MATCHED_TO_BANK,
    Meaning.ITEM_INACTIVE: FaultClass.ITEM_INACTIVE,
    Meaning.PERIOD_CLOSED: FaultClass.PERIOD_CLOSED,
}

# For responses from a gateway. If it says "not found" or "moved", we are not talking to QuickBooks at all.
_CLASS_OF_STATUS: Mapping[int, FaultClass] = {
    401: FaultClass.REFRESH_TOKEN,
    403: FaultClass.STOP,
    404: FaultClass.STOP,
    405: FaultClass.STOP,
    408: FaultClass.RETRY,
    429: FaultClass.THROTTLE,
}
_STATUS_OUTWEIGHS_CODE = (401, 403, 429)

_ERROR_OF_CLASS: Mapping[FaultClass, tuple[type[QuickBooksError], str]] = {
    FaultClass.STOP: (CompanyUnavailable, "QuickBooks does not allow access to this company"),
    FaultClass.REFRESH_TOKEN: (AuthenticationFailed, "QuickBooks does not accept the access token"),
    FaultClass.THROTTLE: (Throttled, "QuickBooks received too many calls"),
    FaultClass.RETRY: (Transient, "QuickBooks reported an internal error"),
}
# What RecordRejected says of each of the other classes.
_REJECTED: Mapping[FaultClass, str] = {
    FaultClass.STALE: "The record was changed in QuickBooks since it was read",
    FaultClass.DUPLICATE_NAME: "The name is already used in QuickBooks",
    FaultClass.DUPLICATE_NUMBER: "The number is already used in QuickBooks",
    FaultClass.GONE: "The record, or one it refers to, is gone or inactive in QuickBooks",
    FaultClass.INVALID_REFERENCE: "The record refers to something QuickBooks does not accept",
    FaultClass.PERIOD_CLOSED: "The books are closed for this date in QuickBooks",
    FaultClass.DEPOSITED: "The payment is in a deposit in QuickBooks",
    FaultClass.MATCHED_TO_BANK: "The transaction is matched to the bank feed in QuickBooks",
    FaultClass.ITEM_INACTIVE: "A product or service on the record is inactive in QuickBooks",
    FaultClass.LIST_IN_USE: "QuickBooks was busy with another change to the same list",
    FaultClass.REFUSED: "QuickBooks refused the request",
}


def classify(fault: Fault) -> FaultClass:
    """What ``fault`` means; the same for a single answer and for an item of a batch."""
    if meaning := meaning_of(fault.code, fault.message, fault.detail):
        return _CLASS_OF_MEANING[meaning]
    if fault.code == "6000":
        return FaultClass.REFUSED
    if (
        "ThrottleExceeded" in fault.message
    ):  # the gateway's machine-readable text; older responses have it with HTTP 403
        return FaultClass.THROTTLE
    return _CLASS_OF_CODE.get(fault.code) or _class_of_status(fault)


def _class_of_status(fault: Fault) -> FaultClass:
    """The class if the code is missing or unknown."""
    status = fault.http_status
    if status >= 500:
        return FaultClass.RETRY
    if fault.code and status not in _STATUS_OUTWEIGHS_CODE:
        return FaultClass.REFUSED
    if 300 <= status < 400:
        return FaultClass.STOP
    return _CLASS_OF_STATUS.get(status, FaultClass.REFUSED)


def error_for(fault: Fault, *, retry_after: float | None = None) -> QuickBooksError:
    """The exception for ``fault``, ready to be raised."""
    meaning = classify(fault)
    kind, sentence = _ERROR_OF_CLASS.get(meaning) or (RecordRejected, _REJECTED[meaning])
    if is_redirect(fault.http_status):
        sentence = (
            "The address in QUICKBOOKS_BASE_URL redirects to another one, which is not followed, because the access token would be sent "
            "there too. Set QUICKBOOKS_BASE_URL to QuickBooks' own address"
        )
    named = f"{sentence}: code {fault.code or 'none'}, HTTP {fault.http_status}"
    if kind is Throttled:
        return Throttled(named, fault=fault, retry_after=retry_after)
    return kind(named, fault=fault)


def parse_fault(content: Any, *, http_status: int = 200, intuit_tid: str = "") -> Fault | None:
    """The fault in a decoded response or batch item, or None if there is none.

    Reads both formats: ``{"Fault": {"Error": [...], "type": ...}}`` of the service and ``{"fault": {"error":
    [...]}}`` of the gateway (recorded traffic).
    """
    if not isinstance(content, dict):
        return None
    body = cast(dict[str, Any], content)
    raw = body.get("Fault") or body.get("fault")
    if not isinstance(raw, dict):
        return None
    envelope = cast(dict[str, Any], raw)
    kind = _text(envelope, "type")
    listed = envelope.get("Error") or envelope.get("error")
    entries = cast(list[Any], listed) if isinstance(listed, list) else [listed]
    faults = [
        _parse_error(cast(dict[str, Any], entry), kind, http_status, intuit_tid)
        for entry in entries
        if isinstance(entry, dict)
    ]
    return (
        deciding(faults) if faults else Fault("", type=kind, http_status=http_status, intuit_tid=intuit_tid)
    )


def fault_of_body(body: bytes, *, http_status: int, intuit_tid: str = "") -> Fault:
    """The fault in an unsuccessful response, whatever its body: JSON, XML, a proxy's HTML, or nothing.

    A body without a readable fault gives one with ``code == ""``, which ``classify`` then judges by the
    status.
    """
    try:
        content = decode(body)
    except ValueError:
        content = envelope_in_xml(body)
    return parse_fault(content, http_status=http_status, intuit_tid=intuit_tid) or Fault(
        "", http_status=http_status, intuit_tid=intuit_tid
    )


def deciding(faults: Iterable[Fault]) -> Fault:
    """The most urgent of a response's faults, with the rest in its ``others``.

    A response can have 6140 along with a number of 2020 (a field note): the duplicate decides, because it may be
    our own record.
    """
    urgency = list(FaultClass)
    first, *rest = sorted(faults, key=lambda fault: urgency.index(classify(fault)))
    return replace(first, others=tuple(rest))


_GATEWAY_CODE = re.compile(r"errorCode=0*(\d+)")


def _parse_error(entry: dict[str, Any], kind: str, http_status: int, intuit_tid: str) -> Fault:
    message = _text(entry, "Message", "message")
    code = _text(entry, "code", "Code")
    if not code and (match := _GATEWAY_CODE.search(message)):
        code = match[1]
    return Fault(
        code=code.lstrip("0"),  # the gateway also writes 003200
        message=message,
        detail=_text(entry, "Detail", "detail"),
        element=_text(entry, "element"),
        type=kind,
        http_status=http_status,
        intuit_tid=intuit_tid,
    )


def _text(entry: dict[str, Any], *keys: str) -> str:
    for key in keys:
        value = entry.get(key)
        if value is not None:
            return str(value)
    return ""
