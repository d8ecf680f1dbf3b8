"""What can go wrong with QuickBooks: one exception tree, one way to read a fault, one way to class it.

    QuickBooksError
    ├── NotSent                  no connection was made, or no token was to be had: nothing can have happened
    ├── OutcomeUnknown           a write went out, no readable answer came back: look before sending again
    ├── NoAnswer                 a read got no usable answer, also after its retries
    ├── Throttled                too many calls (429, 403 ThrottleExceeded, 3001): not executed; retry_after
    ├── AuthenticationFailed     the access token is refused, also after one refresh (3200)
    │   ├── NotConnected         nobody has connected a company yet
    │   ├── GrantDead            refresh token revoked, expired or already used up: connect again
    │   ├── ApplicationUnknown   Intuit does not know this client id and secret
    │   ├── RedirectUnfit        Intuit would not send a person back to this address
    │   ├── AnswerUnfit          what came back from signing in is not the answer asked for; nothing was sent yet
    │   └── TokenUnreadable      the stored token does not open with this key
    ├── CompanyUnavailable       stop everything (6190 subscription, 3100 wrong company, 120, 130-150, 10200)
    ├── Transient                trouble of QuickBooks' own (6000, 10000, 600): look before sending again
    └── RecordRejected                  the record itself is refused; the same request will be refused again
        ├── StaleObject          5010: somebody changed it since we read it
        ├── DuplicateName        6240: the name is taken among customers, vendors and employees
        ├── DuplicateNumber      6140: the document number is taken
        ├── NotFound             610, 6000: gone or inactive
        ├── InvalidReference     2500, 620, 700, 6250: it points at something gone, inactive or foreign
        ├── PeriodClosed         6200, 6210, a 5010 that says so: the books are closed
        ├── Deposited            6540: the payment stands in a deposit
        ├── ListInUse            6000: somebody else writes the same list; not carried out, a new request may go
        ├── MatchedToBank        6000: the transaction is matched to a line of the bank feed
        └── ItemInactive         6000: an item on a line is inactive

Here: the tree, the parsers for every shape a fault comes in, and ``classify``, which decides for single
answers and for batch items alike. Not here: what to do about a class; that is the caller's.

Branching is on ``code`` only, because texts are translated into the company's language. Where one code stands
for different things, ``detail_texts`` makes it a code of ours. Texts from QuickBooks may quote names, amounts and even tokens (3200's
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
    """What a fault means for the request that met it, most urgent first."""

    STOP = "stop"  # nothing will work until a person has looked
    REFRESH_TOKEN = "refresh_token"  # not executed; again with a fresh access token, once
    THROTTLE = "throttle"  # not executed; again later
    DUPLICATE_NAME = "duplicate_name"  # perhaps our own record: look
    DUPLICATE_NUMBER = "duplicate_number"  # perhaps our own record: look
    STALE = "stale"  # read again, then decide
    GONE = "gone"
    DEPOSITED = "deposited"
    PERIOD_CLOSED = "period_closed"
    MATCHED_TO_BANK = "matched_to_bank"
    ITEM_INACTIVE = "item_inactive"
    INVALID_REFERENCE = "invalid_reference"
    REFUSED = "refused"  # permanent
    RETRY = (
        "retry"  # may pass by itself. A write may or may not have been executed: look before sending again
    )
    LIST_IN_USE = "list_in_use"  # not executed; again later, under a new request id


@dataclass(frozen=True, slots=True)
class Fault:
    """One error as QuickBooks reported it. ``code`` is text and "" where a gateway gave none.

    Where one answer held several errors, this is the one that decides (the most urgent class), and
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
    """Root of the tree. ``str()`` holds no text from QuickBooks, so it may be logged."""

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
    """``retry_after`` is the number of seconds QuickBooks asked for, None where it named none."""

    def __init__(
        self,
        sentence: str,
        *,
        fault: Fault | None = None,
        intuit_tid: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(sentence, fault=fault, intuit_tid=intuit_tid)
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


class StaleObject(RecordRejected):
    pass


class DuplicateName(RecordRejected):
    pass


class DuplicateNumber(RecordRejected):
    pass


class NotFound(RecordRejected):
    pass


class InvalidReference(RecordRejected):
    pass


class PeriodClosed(RecordRejected):
    pass


class Deposited(RecordRejected):
    pass


class ListInUse(RecordRejected):
    pass


class MatchedToBank(RecordRejected):
    pass


class ItemInactive(RecordRejected):
    pass


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
    # "Duplicate Request ID": a request with this id has reached QuickBooks before, so its outcome has to be
    # looked up.
    "600": FaultClass.RETRY,
}

# A text that says more than its code. 6000 is both "your payment is larger than the invoice" (permanent) and "please wait a
# few minutes" (passing). On a replay of a request whose first outcome is unknown any 6000 may hide a success: there the caller
# has to look, whatever the text says.
_CLASS_OF_MEANING: Mapping[Meaning, FaultClass] = {
    Meaning.PASSING_TROUBLE: FaultClass.RETRY,
    Meaning.LIST_IN_USE: FaultClass.LIST_IN_USE,
    Meaning.ELEMENT_DELETED: FaultClass.GONE,
    Meaning.MATCHED_TO_BANK: FaultClass.MATCHED_TO_BANK,
    Meaning.ITEM_INACTIVE: FaultClass.ITEM_INACTIVE,
    Meaning.PERIOD_CLOSED: FaultClass.PERIOD_CLOSED,
}

# For answers of a gateway. Where it says "not found" or "moved", we are not talking to QuickBooks at all.
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
    FaultClass.STOP: (CompanyUnavailable, "QuickBooks does not let this company be used"),
    FaultClass.REFRESH_TOKEN: (AuthenticationFailed, "QuickBooks does not accept the access token"),
    FaultClass.THROTTLE: (Throttled, "QuickBooks received too many calls"),
    FaultClass.STALE: (StaleObject, "The record was changed in QuickBooks since it was read"),
    FaultClass.DUPLICATE_NAME: (DuplicateName, "The name is already used in QuickBooks"),
    FaultClass.DUPLICATE_NUMBER: (DuplicateNumber, "The number is already used in QuickBooks"),
    FaultClass.GONE: (NotFound, "The record, or one it refers to, is gone or inactive in QuickBooks"),
    FaultClass.INVALID_REFERENCE: (
        InvalidReference,
        "The record refers to something QuickBooks does not accept",
    ),
    FaultClass.PERIOD_CLOSED: (PeriodClosed, "The books are closed for this date in QuickBooks"),
    FaultClass.DEPOSITED: (Deposited, "The payment stands in a deposit in QuickBooks"),
    FaultClass.MATCHED_TO_BANK: (MatchedToBank, "The transaction is matched to the bank feed in QuickBooks"),
    FaultClass.ITEM_INACTIVE: (ItemInactive, "A product or service on the record is inactive in QuickBooks"),
    FaultClass.LIST_IN_USE: (ListInUse, "QuickBooks was busy with another change of the same list"),
    FaultClass.REFUSED: (RecordRejected, "QuickBooks refused the request"),
    FaultClass.RETRY: (Transient, "QuickBooks reported trouble of its own"),
}


def classify(fault: Fault) -> FaultClass:
    """What ``fault`` means; the same for a single answer and for an item of a batch."""
    if meaning := meaning_of(fault.code, fault.message, fault.detail):
        return _CLASS_OF_MEANING[meaning]
    if fault.code == "6000":
        return FaultClass.REFUSED
    if (
        "ThrottleExceeded" in fault.message
    ):  # the gateway's machine text; older answers carry it with HTTP 403
        return FaultClass.THROTTLE
    return _CLASS_OF_CODE.get(fault.code) or _class_of_status(fault)


def _class_of_status(fault: Fault) -> FaultClass:
    """The class where the code is missing or unknown to us."""
    status = fault.http_status
    if status >= 500:
        return FaultClass.RETRY
    if fault.code and status not in _STATUS_OUTWEIGHS_CODE:
        return FaultClass.REFUSED
    if 300 <= status < 400:
        return FaultClass.STOP
    return _CLASS_OF_STATUS.get(status, FaultClass.REFUSED)


def error_for(fault: Fault, *, retry_after: float | None = None) -> QuickBooksError:
    """The exception that stands for ``fault``, ready to be raised."""
    kind, sentence = _ERROR_OF_CLASS[classify(fault)]
    if is_redirect(fault.http_status):
        sentence = (
            "The address in QUICKBOOKS_BASE_URL sends us to another one, which is not followed, because the access token would go "
            "there too. Set QUICKBOOKS_BASE_URL to QuickBooks' own address"
        )
    named = f"{sentence}: code {fault.code or 'none'}, HTTP {fault.http_status}"
    if kind is Throttled:
        return Throttled(named, fault=fault, retry_after=retry_after)
    return kind(named, fault=fault)


def parse_fault(content: Any, *, http_status: int = 200, intuit_tid: str = "") -> Fault | None:
    """The fault in a decoded answer or batch item, or None where it holds none.

    Reads both shapes: ``{"Fault": {"Error": [...], "type": ...}}`` of the service and ``{"fault": {"error":
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
    """The fault of an answer that is not a success, whatever its body is: JSON, XML, HTML of a proxy, or nothing.

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
    """The most urgent of several faults of one answer, the rest in its ``others``.

    One fault can hold 6140 beside several 2020 (a field note): the duplicate decides, because behind it our
    own record may stand.
    """
    urgency = list(FaultClass)
    first, *rest = sorted(faults, key=lambda fault: urgency.index(classify(fault)))
    return replace(first, others=tuple(rest))


_GATEWAY_CODE = re.compile(r"errorCode=0*(\d+)")


def _parse_error(entry: dict[str, Any], kind: str, http_status: int, intuit_tid: str) -> Fault:
    message = _text(entry, "Message", "message")
    code = _text(entry, "code", "Code")
    if not code and (found := _GATEWAY_CODE.search(message)):
        code = found[1]
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
