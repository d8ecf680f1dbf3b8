"""Refusals that no rule of the books causes: the gateway's (sign-in, throttle), and those that a rule on
demand names by code. What the service refuses by its own rules is in `errors`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from quickbooks_emulator import errors
from quickbooks_emulator.errors import Refusal
from quickbooks_emulator.switches import Switches


class GatewayRefusal(Exception):
    """A refusal by the gateway, before the service (authentication, throttle), in its lower-case format."""

    def __init__(self, status: int, message: str, detail: str | None, code: str, kind: str) -> None:
        super().__init__(code)
        self.status = status
        self.message = message
        self.detail = detail
        self.code = code
        self.kind = kind

    def body(self, epoch_ms: int) -> dict[str, Any]:
        """The full envelope as recorded for a 401."""
        error = {"message": self.message, "detail": self.detail, "code": self.code, "element": None}
        return {
            "warnings": None,
            "intuitObject": None,
            "fault": {"error": [error], "type": self.kind},
            "report": None,
            "queryResponse": None,
            "batchItemResponse": [],
            "attachableResponse": [],
            "syncErrorResponse": None,
            "requestId": None,
            "time": epoch_ms,
            "status": None,
            "cdcresponse": [],
        }


class Outage(NamedTuple):
    """The response during an outage, even if JSON was requested: the whole body, as observed."""

    status: int
    content_type: str
    body: str  # {time} stands for the time of the answer


def not_authenticated(token: str, switches: Switches | None = None) -> GatewayRefusal:
    """Recorded for an expired token; python-quickbooks issue 250 (2021) has the whole body of a malformed one."""
    known = switches or Switches()
    well_formed = known.shortest_bearer <= len(token) <= known.longest_bearer
    return GatewayRefusal(
        401,
        "message=AuthenticationFailed; errorCode=003200; statusCode=401",
        f"Token expired: {token}" if well_formed else "Malformed bearer token: too short or too long",
        "3200",
        "AUTHENTICATION",
    )


def not_authorized() -> GatewayRefusal:
    return GatewayRefusal(
        403,
        "message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403",
        None,
        "3100",
        "SERVICE",
    )


THROTTLE_MESSAGE = "message=ThrottleExceeded; errorCode=003001; statusCode=429"
THROTTLE_DETAIL = "The request limit was reached.  Try again later"


def throttled(status: int = 429) -> GatewayRefusal:
    """In JSON without a detail (a whole body of 2018); the XML of 2016 and the service's format have one."""
    return GatewayRefusal(status, THROTTLE_MESSAGE, None, "3001", "SERVICE")


# node-quickbooks issue 242 (2025-05-27).
_GATEWAY_TIMEOUT = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<IntuitResponse time="{time}" xmlns="http://schema.intuit.com/finance/v3">
    <Fault type="SERVICE">
        <Error code="6002">
            <Message>message=GatewayTimeout; errorCode=006002; statusCode=504</Message>
        </Error>
    </Fault>
</IntuitResponse>
"""


def _subscription_ended_at_length() -> Refusal:
    """With HTTP 200 and a longer text: QuickBooks-V3-PHP-SDK issues 211 and 257 (2019)."""
    short = errors.subscription_ended().errors[0]
    more = (
        ", you canceled your subscription, or there was a billing problem. To update your subscription, click the gear "
        "icon and view your account information."
    )
    return Refusal([{**short, "Detail": short["Detail"].removesuffix(".") + more}], status=200)


def _general(code: str, message: str, detail: str = "", status: int = 401) -> Callable[[], Refusal]:
    kind = "AuthorizationFault" if code in ("120", "5020") else "AuthenticationFault"
    return lambda: Refusal([errors.entry(code, message, detail or message)], kind=kind, status=status)


# Refusals that no rule of the books causes; a rule on demand names them by code.
ON_DEMAND: dict[str, Callable[[], Refusal | GatewayRefusal]] = {
    "100": _general("100", "General Authentication Error"),
    "110": _general("110", "Authentication OAuth Error"),
    "120": _general(
        "120", "Authorization Failure", ": -11014-You do not have access to use QuickBooks Online Plus."
    ),
    "130": _general("130", "Accessing Wrong Cluster"),
    "140": _general("140", "Company Locked Out"),
    "150": _general("150", "Company Under Maintenance"),
    "610": errors.object_not_found,
    "3001": throttled,
    "3100": not_authorized,
    "3200": lambda: not_authenticated("AB01"),
    "4002": lambda: errors.refuse("4002", "query could not be processed", "query could not be processed"),
    "5020": _general("5020", "Permission Denied", status=403),
    "5030": lambda: errors.refuse("5030", "Feature Not Supported", "Feature Not Supported"),
    "6000": lambda: errors.business(errors.UNEXPECTED),
    "-30000": lambda: errors.business("Unexpected Internal Error. (-30000)"),
    "one_name": lambda: errors.business(errors.ONE_NAME),
    "one_product": lambda: errors.business(errors.ONE_PRODUCT),
    "matched": lambda: errors.business(errors.MATCHED),
    "item_inactive": lambda: errors.business(errors.ITEM_INACTIVE),
    "element_deleted": lambda: errors.business(errors.ELEMENT_DELETED),
    # A field note: closed books under the code of a stale object.
    "stale_closed": lambda: errors.refuse(
        "5010", "Stale Object Error", "Stale Object Error : Account Period Closed", ""
    ),
    # python-quickbooks issue 106, qbo_api issue 81 (2018): an outage, under the code of a missing authorization.
    "3100_outage": lambda: GatewayRefusal(
        500, "message=InternalServerError; errorCode=003100; statusCode=500", None, "3100", "SERVICE"
    ),
    "6190": errors.subscription_ended,
    "6190_with_200": _subscription_ended_at_length,
    "6480": errors.matched_delete,
    "10000": errors.system_failure,
    "10100": lambda: errors.refuse("10100", "Result Set Big", "Result Set Big"),
    "10200": lambda: errors.refuse("10200", "Company Reset", "Company Reset"),
}

OUTAGES: dict[str, Outage] = {
    "gateway_timeout": Outage(504, "application/xml", _GATEWAY_TIMEOUT),
    "stream_timeout": Outage(200, "text/plain", "stream timeout"),  # a field note of 2026-09-02
}
