"""One HTTP exchange with QuickBooks, and what is known when it fails.

Here: the session and its connections, and deciding whether anything can have been executed. Not here:
what a response means (``answers``), tokens, limits, retries (``client``).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import default_user_agent

from rentaxis_pipelines.quickbooks.faults import NoAnswer, NotSent, OutcomeUnknown, QuickBooksError
from rentaxis_pipelines.quickbooks.log import log_call
from rentaxis_pipelines.safety.outgoing import keep_to

CONNECTIONS = 16  # kept alive; a few more than calls allowed at once


@dataclass(frozen=True, slots=True)
class Call:
    """One call as the API knows it. ``path`` is relative to the company and may include a query."""

    method: str
    path: str
    body: bytes | None = field(default=None, repr=False)
    content_type: str = ""
    is_write: bool = False
    is_batch: bool = False
    may_go: Callable[[], None] | None = field(default=None, repr=False)


def http_session(base_url: str) -> requests.Session:
    """A session that keeps a connection for each call in flight and carries the token to ``base_url`` only."""
    session = requests.Session()
    keep_to(session, base_url)
    session.mount(base_url, HTTPAdapter(pool_connections=1, pool_maxsize=CONNECTIONS, max_retries=0))
    return session


def exchange(
    session: requests.Session, url: str, call: Call, token: str, timeouts: tuple[float, float]
) -> requests.Response:
    """Send ``call`` to ``url`` once and return the response, fully read. Writes one line to
    the log.

    Raises:
        NotSent: no connection was made.
        OutcomeUnknown: a write was or may have been sent, and there is no complete response.
        NoAnswer: the same for a read.
    """
    started = time.perf_counter()
    outcome, intuit_tid = "", ""
    try:
        # Not by session.request: what it works out anew for each call is settled here, once. And redirects are never followed: a POST
        # would become a GET, and the token would go to a third party.
        response = session.get_adapter(url).send(
            _prepared(url, call, token),
            timeout=timeouts,
            verify=True if session.verify is None else session.verify,
            cert=session.cert,
            proxies=session.proxies,
        )
        response.content  # noqa: B018 - reads it, which may fail as well
        outcome, intuit_tid = str(response.status_code), response.headers.get("intuit_tid", "")
    except requests.RequestException as error:
        outcome = type(error).__name__
        # Its text quotes the URL with the query, so it is not chained.
        raise _what_failed(error, is_write=call.is_write) from None
    else:
        return response
    finally:
        log_call(call.method, url, outcome, (time.perf_counter() - started) * 1000, intuit_tid)


def _prepared(url: str, call: Call, token: str) -> requests.PreparedRequest:
    """The request as ``requests`` would prepare it, without cookies and without credentials of its own."""
    headers = {
        "User-Agent": default_user_agent(),
        "Accept-Encoding": "gzip, deflate",
        "Accept": "application/json",
        "Connection": "keep-alive",
        "Authorization": f"Bearer {token}",
    }
    if call.content_type:
        headers["Content-Type"] = call.content_type
    if call.body is not None:
        headers["Content-Length"] = str(len(call.body))
    prepared = requests.PreparedRequest()
    prepared.method, prepared.url, prepared.body = call.method, url, call.body
    prepared.headers = CaseInsensitiveDict(headers)
    return prepared


def _what_failed(error: requests.RequestException, *, is_write: bool) -> QuickBooksError:
    name = type(error).__name__
    if _never_connected(error):
        return NotSent(f"QuickBooks could not be reached ({name})")
    if is_write:
        return OutcomeUnknown(f"A request was sent to QuickBooks, but its response is missing ({name})")
    return NoAnswer(f"QuickBooks did not answer ({name})")


def _never_connected(error: requests.RequestException) -> bool:
    """Whether it is certain that not a single byte of the request was sent."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    reason: object = error.args[0] if error.args else None
    if isinstance(reason, urllib3.exceptions.MaxRetryError):
        reason = reason.reason
    if isinstance(error, requests.exceptions.SSLError):
        # A certificate is checked before the request goes out; any other TLS error may come after it.
        return "CERTIFICATE_VERIFY_FAILED" in str(reason)
    return isinstance(
        reason,
        urllib3.exceptions.NewConnectionError
        | urllib3.exceptions.ConnectTimeoutError
        | urllib3.exceptions.ProxyError
        | urllib3.exceptions.ClosedPoolError,  # the idle connections were being closed at that moment
    )
