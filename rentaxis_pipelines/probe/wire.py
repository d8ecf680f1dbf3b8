"""One call of the probe as plain HTTP: every response is returned, including refusals.

The sync's client turns refusals into errors and repeats some calls; an experiment needs the response itself. So this uses the transport,
sign-in and limits below that client. Here: calls, the repetition after a throttle, and the record of what was exchanged. Not here: which
objects were created (``company``).
"""

import datetime as dt
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests

from rentaxis_pipelines.quickbooks.auth import TokenSource
from rentaxis_pipelines.quickbooks.client import TIMEOUTS, RealmAddress
from rentaxis_pipelines.quickbooks.faults import (
    Fault,
    FaultClass,
    Throttled,
    classify,
    error_for,
    fault_of_body,
    parse_fault,
)
from rentaxis_pipelines.quickbooks.json import decode
from rentaxis_pipelines.quickbooks.limits import PAUSE, Limits
from rentaxis_pipelines.quickbooks.transport import Call, exchange, http_session

KEPT_HEADERS = (
    "content-type",
    "content-length",
    "intuit_tid",
    "qbo-version",
    "retry-after",
    "www-authenticate",
)
ATTEMPTS = 6  # after that many throttles in a row something else is wrong


@dataclass(frozen=True)
class Reply:
    """A response: the decoded body (None if it is not JSON) with exact decimals, and its fault if any."""

    status: int
    content: Any = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    fault: Fault | None = None

    @property
    def ok(self) -> bool:
        return self.status == 200 and self.fault is None

    @property
    def code(self) -> str:
        """The code of its fault; "" if there is none."""
        return self.fault.code if self.fault else ""

    def of(self, entity: str) -> dict[str, Any]:
        """The object in it, {} if there is none."""
        value = self.content.get(entity) if isinstance(self.content, dict) else None
        return value if isinstance(value, dict) else {}

    @property
    def said(self) -> str:
        """The response in a few words: "accepted", or "refused with HTTP 400, code 6000"."""
        return "accepted" if self.ok else f"refused with HTTP {self.status}, code {self.code or 'none'}"


@dataclass(frozen=True)
class Exchange:
    """What was exchanged, in the format of the recordings: bodies as text, so that 100 and 100.00 stay different."""

    recorded_at: dt.datetime
    method: str
    path: str
    query: dict[str, str]
    content_type: str
    request: str = field(repr=False)
    status: int
    headers: dict[str, str]
    response: str = field(repr=False)


class Wire:
    """The calls of one company. ``wait`` sleeps for so many seconds. ``exchanges`` grows with every call that is not ``quiet``.

    ``call`` raises what ``quickbooks.transport.exchange`` and the token source raise (QuickBooksError), and Throttled after six
    throttles in a row, CompanyUnavailable and AuthenticationFailed where QuickBooks lets nobody in.
    """

    def __init__(
        self,
        address: RealmAddress,
        tokens: TokenSource,
        *,
        limits: Limits,
        wait: Callable[[float], None],
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        session: requests.Session | None = None,
    ) -> None:
        self.address = address
        self.exchanges: list[Exchange] = []
        self._tokens, self._limits, self._wait, self._now = tokens, limits, wait, now
        self._session = session or http_session(address.base_url)

    def call(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        content_type: str = "application/json",
        quiet: bool = False,
    ) -> Reply:
        """One call below the company; ``path`` may include a query. Repeated after a throttle, which is never returned here."""
        is_batch = path.partition("?")[0] == "batch"
        for _ in range(ATTEMPTS):
            with self._limits.place(batch=is_batch):
                reply = self.once(method, path, body, content_type=content_type, quiet=quiet)
            if not is_throttle(reply):
                _refuse_shut(reply)
                return reply
            self._wait(PAUSE + 1)
        raise Throttled("QuickBooks still reports too many calls after six minutes of waiting")

    def once(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        content_type: str = "application/json",
        quiet: bool = False,
    ) -> Reply:
        """The same without limits or repetition, for experiments on throttles. Thread-safe."""
        full = f"{path}{'&' if '?' in path else '?'}minorversion={self.address.minor_version}"
        url = f"{self.address.base_url.rstrip('/')}/v3/company/{self.address.realm_id}/{full}"
        is_write = method == "POST" and path.partition("?")[0] != "query"
        call = Call(method, full, body, content_type if body is not None else "", is_write=is_write)
        token = self._tokens.access_token()
        response = exchange(self._session, url, call, token, TIMEOUTS)
        if response.status_code == 401:
            self._tokens.replace(token)
            response = exchange(self._session, url, call, self._tokens.access_token(), TIMEOUTS)
        if not quiet:
            self._record(url, call, response)
        return _reply(response)

    def _record(self, url: str, call: Call, response: requests.Response) -> None:
        parts = urllib.parse.urlsplit(url)
        headers = {name.lower(): value for name, value in response.headers.items()}
        self.exchanges.append(
            Exchange(
                self._now(),
                call.method,
                parts.path,
                dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True)),
                call.content_type,
                (call.body or b"").decode(errors="replace"),
                response.status_code,
                {name: headers[name] for name in KEPT_HEADERS if name in headers},
                response.content.decode(errors="replace"),
            )
        )


def is_throttle(reply: Reply) -> bool:
    """Whether the response as a whole reports too many calls."""
    return reply.fault is not None and classify(reply.fault) is FaultClass.THROTTLE


def _refuse_shut(reply: Reply) -> None:
    """Raises CompanyUnavailable or AuthenticationFailed if the company refuses all access: every experiment would see only that."""
    if reply.fault is None or not (reply.code or reply.status in (401, 403)):
        return
    if classify(reply.fault) in (FaultClass.STOP, FaultClass.REFRESH_TOKEN):
        raise error_for(reply.fault)


def _reply(response: requests.Response) -> Reply:
    try:
        content = decode(response.content)
    except ValueError:
        content = None
    status = response.status_code
    fault = parse_fault(content, http_status=status) if content is not None else None
    if fault is None and status != 200:
        fault = fault_of_body(response.content, http_status=status)
    return Reply(status, content, {name.lower(): value for name, value in response.headers.items()}, fault)
