"""The QuickBooks Online Accounting API for one company: reads, writes, limits, retries. Usable by itself.

Here: one call at a time, made safely. Not here: the query language (``query``), HTTP (``transport``), what
an answer means (``answers``, ``faults``), batches (``batch``), and what to do about a write whose outcome
is unknown: that is the caller's, who has to look before sending again.

Reads are repeated on every passing trouble. A write is repeated, with the very same bytes and request id,
only when it was certainly not executed: the connection was never made, the call was throttled, or the
access token was refused. Everything doubtful is raised at once as ``OutcomeUnknown``.
"""

import datetime as dt
import random
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import requests
import tenacity

from rentaxis_pipelines.quickbooks import query as q
from rentaxis_pipelines.quickbooks.answers import Answer, read_answer, retry_after_seconds
from rentaxis_pipelines.quickbooks.auth import TokenSource
from rentaxis_pipelines.quickbooks.faults import (
    AuthenticationFailed,
    FaultClass,
    NoAnswer,
    NotSent,
    QuickBooksError,
    Throttled,
    Transient,
    classify,
    parse_fault,
)
from rentaxis_pipelines.quickbooks.limits import Limits
from rentaxis_pipelines.quickbooks.log import quiet_urllib3
from rentaxis_pipelines.quickbooks.transport import Call, exchange, http_session

SANDBOX_URL = "https://sandbox-quickbooks.api.intuit.com"

# Seconds to connect and to read. QuickBooks itself ends a request after 120 s (limits page); giving up
# earlier would turn a slow success into an unknown outcome.
TIMEOUTS = (10.0, 125.0)
ATTEMPTS = 6
# Seconds. A longer Retry-After means a spent monthly allowance: a person has to know, not a sleep.
LONGEST_PAUSE = 300.0
# Gateways commonly close a quiet connection after 60 s, which is the rhythm of the limits.
LONGEST_IDLE = dt.timedelta(seconds=20)
LONGEST_CHANGES = dt.timedelta(days=30)  # change data capture looks back no further (Intuit's page)
MOST_CHANGES = 1000  # objects in one answer, without paging (Intuit's page)
POST_QUERY_OVER = 2000  # characters; no limit of an URL is published
PASSING_FOR_READS = (NotSent, NoAnswer, Throttled, Transient)
MAX_REQUEST_ID = {True: 36, False: 50}  # batch, single (Intuit's post of 2015-04-06)


@dataclass(frozen=True, slots=True)
class Company:
    """One QuickBooks company: where its API is, its id, and the version of the answers."""

    base_url: str
    realm_id: str
    minor_version: int = 75


@dataclass(frozen=True, slots=True)
class WriteRequest:
    """One write, exactly as it goes out. ``path`` is below the company: "batch", "invoice?operation=void".

    ``may_go`` is called right before the bytes go out, after every wait for limits or a retry; what it raises passes through,
    and then nothing was sent.
    """

    request_id: str
    path: str
    body: bytes = field(repr=False)
    may_go: Callable[[], None] | None = field(default=None, repr=False)

    @property
    def is_batch(self) -> bool:
        return self.path.partition("?")[0] == "batch"


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed since a moment: records and deleted ids, by entity.

    ``complete`` is False where QuickBooks could not name everything (over 1000 objects, or over 30 days
    ago): then read the lists anew.
    """

    objects: dict[str, list[dict[str, Any]]] = field(repr=False)
    deleted: dict[str, list[str]]
    complete: bool


@dataclass(slots=True)
class Counters:
    """Calls made so far, retries included. ``reads`` are what Intuit meters."""

    reads: int = 0
    writes: int = 0
    batches: int = 0
    batch_items: int = 0
    retries: int = 0
    throttled: int = 0


class QuickBooksClient:
    """One company's API. Safe for any number of threads; make one a process, so that connections are kept.

    Every method raises ``QuickBooksError`` and, of the caller's own mistakes, ``ValueError``. What the
    token store, the call log or a request's ``may_go`` raises passes through; then nothing was sent.
    """

    def __init__(
        self,
        company: Company,
        tokens: TokenSource,
        *,
        limits: Limits | None = None,
        timeouts: tuple[float, float] = TIMEOUTS,
        session: requests.Session | None = None,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.company = company
        self.calls = Counters()
        self._tokens = tokens
        self._limits = limits or Limits()
        self._timeouts = timeouts
        self._session = session or http_session(company.base_url)
        self._now = now
        self._sleep = sleep
        self._jitter = jitter
        self._counting = threading.Lock()
        self._last_call = now()
        self._root = f"{company.base_url.rstrip('/')}/v3/company/{company.realm_id}/"
        quiet_urllib3()

    # ---- reads ----

    def query(self, statement: str) -> list[dict[str, Any]]:
        """The records of one page, [] if there are none. Build values with ``query.literal``."""
        return _records(self._query(statement))

    def query_all(
        self, entity: str, where: str = "", order_by: str = "Id", page: int = q.MAX_PAGE
    ) -> Iterator[dict[str, Any]]:
        """Every record, page by page, in a stated order (QuickBooks' own default order differs by type).

        Inactive names are left out unless ``where`` says ``Active IN (true, false)``.
        """
        start = 1
        while True:
            records = self.query(q.select(entity, where, order_by=order_by, start=start, page=page))
            yield from records
            if len(records) < page:
                return
            start += len(records)

    def query_in(
        self, entity: str, attribute: str, values: Iterable[str], where: str = ""
    ) -> list[dict[str, Any]]:
        """Every record whose ``attribute`` is one of ``values``: few calls for many keys.

        QuickBooks ignores case, and near matches of a value with a backslash come too, so compare before
        you believe. Blank values are left out.
        """
        found: dict[str, dict[str, Any]] = {}
        for condition in q.in_conditions(attribute, values):
            for record in self.query_all(entity, f"{condition} AND {where}" if where else condition):
                found[str(record.get("Id", ""))] = record
        return list(found.values())

    def count(self, entity: str, where: str = "") -> int:
        """How many records there are."""
        return int(self._query(q.count(entity, where)).get("totalCount", 0))

    def read(self, entity: str, quickbooks_id: str) -> dict[str, Any]:
        """One record. Raises ``NotFound`` where it is gone."""
        answer = self._read(f"{entity.lower()}/{urllib.parse.quote(quickbooks_id, safe='')}")
        return _part(answer, entity)

    def preferences(self) -> dict[str, Any]:
        """The company's preferences."""
        return _part(self._read("preferences"), "Preferences")

    def company_info(self) -> dict[str, Any]:
        """The company's name, country and the like."""
        answer = self._read(f"companyinfo/{self.company.realm_id}")
        return _part(answer, "CompanyInfo")

    def changes_since(self, entities: Sequence[str], since: dt.datetime) -> Changes:
        """What changed in ``entities`` since ``since``: one metered read, none where it is too long ago."""
        if since.tzinfo is None:
            raise ValueError("`since` needs a time zone")
        if self._now() - since > LONGEST_CHANGES:
            return Changes({}, {}, complete=False)
        asked = urllib.parse.urlencode(
            {
                "entities": ",".join(entities),
                "changedSince": since.isoformat(timespec="seconds"),
            }
        )
        content = self._read(f"cdc?{asked}").content
        objects: dict[str, list[dict[str, Any]]] = {}
        deleted: dict[str, list[str]] = {}
        named = 0
        for record_type, record in _changed(content):
            named += 1
            if record.get("status") == "Deleted":
                deleted.setdefault(record_type, []).append(str(record.get("Id", "")))
            else:
                objects.setdefault(record_type, []).append(record)
        return Changes(objects, deleted, complete=named < MOST_CHANGES)

    # ---- writes ----

    def write(self, request: WriteRequest) -> Answer:
        """Sends ``request``. Items of the answer to a batch may still be faults (``decode_batch``).

        Raises:
            NotSent, Throttled, AuthenticationFailed, CompanyUnavailable, RecordRejected: certainly not executed.
            OutcomeUnknown, Transient: it may or may not have been executed: look before sending again.
        """
        if not 1 <= len(request.request_id) <= MAX_REQUEST_ID[request.is_batch]:
            raise ValueError(f"a request id has 1 to {MAX_REQUEST_ID[request.is_batch]} characters here")
        call = Call(
            "POST",
            _with(request.path, requestid=request.request_id),
            request.body,
            "application/json",
            is_write=True,
            is_batch=request.is_batch,
            may_go=request.may_go,
        )
        answer = self._repeat(call, (NotSent, Throttled))
        if request.is_batch:
            self._note_items(answer)
        return answer

    # ---- one call ----

    def _query(self, statement: str) -> dict[str, Any]:
        if len(statement) > POST_QUERY_OVER:
            call = Call("POST", "query", statement.encode(), "application/text")
        else:
            call = Call("GET", "query?" + urllib.parse.urlencode({"query": statement}))
        return _part(self._repeat(call, PASSING_FOR_READS), "QueryResponse")

    def _read(self, path: str) -> Answer:
        return self._repeat(Call("GET", path), PASSING_FOR_READS)

    def _repeat(self, call: Call, passing: tuple[type[QuickBooksError], ...]) -> Answer:
        """Makes ``call``, again while it meets one of ``passing``, a bounded number of times."""
        for attempt in tenacity.Retrying(
            retry=tenacity.retry_if_exception(
                lambda error: isinstance(error, passing) and _worth_waiting(error)
            ),
            stop=tenacity.stop_after_attempt(ATTEMPTS),
            wait=self._wait_before_retry,
            before_sleep=lambda _: self._count(retries=1),
            sleep=self._sleep,
            reraise=True,
        ):
            with attempt:
                return self._once(call)
        raise AssertionError("unreachable: tenacity returns or raises")

    def _wait_before_retry(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, Throttled):
            return 0.0  # the pause is in the limits, where it stops every thread
        return min(20.0, 0.5 * 2.0 ** (state.attempt_number - 1)) * (0.5 + self._jitter())

    def _once(self, call: Call) -> Answer:
        """One logical call: again once if the access token was refused, because then nothing was executed."""
        token = self._tokens.access_token()
        try:
            return self._exchange(call, token)
        except AuthenticationFailed:
            self._count(retries=1)
        self._tokens.replace(token)
        return self._exchange(call, self._tokens.access_token())

    def _exchange(self, call: Call, token: str) -> Answer:
        """One HTTP request and its answer, within the limits."""
        url = self._root + _with(call.path, minorversion=str(self.company.minor_version))
        with self._limits.place(batch=call.is_batch):
            if call.may_go:
                call.may_go()
            self._drop_idle_connections()
            self._count(writes=call.is_write, reads=not call.is_write, batches=call.is_batch)
            response = exchange(self._session, url, call, token, self._timeouts)
        try:
            return read_answer(
                response.status_code,
                response.content,
                intuit_tid=response.headers.get("intuit_tid", ""),
                retry_after=retry_after_seconds(response.headers, now=self._now().timestamp()),
                is_write=call.is_write,
            )
        except Throttled as error:
            if _worth_waiting(error):
                self._hold_back(error.retry_after)
            raise

    def _note_items(self, answer: Answer) -> None:
        """Counts a batch's items; a throttle may show on items inside a success, and holds for everybody
        then too.
        """
        listed = answer.content.get("BatchItemResponse")
        items = cast(list[Any], listed) if isinstance(listed, list) else []
        self._count(batch_items=len(items))
        faults = (parse_fault(item) for item in items)
        if any(fault and classify(fault) is FaultClass.THROTTLE for fault in faults):
            self._hold_back(None)

    def _hold_back(self, retry_after: float | None) -> None:
        self._count(throttled=1)
        self._limits.pause(retry_after)

    def _drop_idle_connections(self) -> None:
        """After a quiet time the other side may close a connection just as we send, which would make the
        outcome of a write unknown for nothing; so new ones are made.
        """
        moment = self._now()
        with self._counting:
            idle = moment - self._last_call
            self._last_call = moment
        if idle > LONGEST_IDLE:
            self._session.close()  # its connections; the session itself goes on

    def _count(self, **more: int) -> None:
        with self._counting:
            for name, number in more.items():
                setattr(self.calls, name, getattr(self.calls, name) + number)


def _with(path: str, **parameters: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}{urllib.parse.urlencode(parameters)}"


def _worth_waiting(error: BaseException) -> bool:
    return not (isinstance(error, Throttled) and (error.retry_after or 0) > LONGEST_PAUSE)


def _part(answer: Answer, name: str) -> dict[str, Any]:
    part = answer.content.get(name)
    if not isinstance(part, dict):
        raise NoAnswer(f"QuickBooks answered without {name}", intuit_tid=answer.intuit_tid)
    return cast(dict[str, Any], part)


def _records(found: dict[str, Any]) -> list[dict[str, Any]]:
    for value in found.values():
        if isinstance(value, list):
            return cast(list[dict[str, Any]], value)
    return []


def _changed(content: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for part in cast(list[dict[str, Any]], content.get("CDCResponse") or []):
        for group in cast(list[dict[str, Any]], part.get("QueryResponse") or []):
            for name, value in group.items():
                if isinstance(value, list):
                    for record in cast(list[dict[str, Any]], value):
                        yield name, record
