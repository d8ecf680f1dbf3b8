"""The QuickBooks Online Accounting API for one company: reads, writes, limits, retries. Usable on its own.

Here: one call at a time, made safely. Not here: the query language (``query``), HTTP (``transport``), what
a response means (``answers``, ``faults``), batches (``batch``), and what to do about a write whose outcome
is unknown: the caller must look in QuickBooks before sending it again.

Reads are retried after any temporary error. A write is retried, with the same bytes and request id, only if
it was certainly not executed: the connection was never made, the call was throttled, or the access token
was refused. Anything uncertain is raised immediately as ``OutcomeUnknown``.
"""

import datetime as dt
import random
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
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
from rentaxis_pipelines.quickbooks.tax_ids import with_tax_ids, without_tax_ids
from rentaxis_pipelines.quickbooks.transport import Call, exchange, http_session

SANDBOX_URL = "https://sandbox-quickbooks.api.intuit.com"

# Seconds to connect and to read. QuickBooks itself stops a request after 120 s (limits page); giving up
# earlier would turn a slow success into an unknown outcome.
TIMEOUTS = (10.0, 125.0)
ATTEMPTS = 6
# Seconds. A longer Retry-After means the monthly allowance is used up: a person must know; waiting does not help.
LONGEST_PAUSE = 300.0
# Gateways commonly close an idle connection after 60 s, which is also how long a wait for the limits takes.
LONGEST_IDLE = dt.timedelta(seconds=20)
LONGEST_CHANGES = dt.timedelta(days=30)  # change data capture looks back no further (Intuit's page)
MOST_CHANGES = 1000  # objects in one response, without paging (Intuit's page)
POST_QUERY_OVER = 2000  # characters; no maximum URL length is published
PASSING_FOR_READS = (NotSent, NoAnswer, Throttled, Transient)
MAX_REQUEST_ID = {True: 36, False: 50}  # batch, single (Intuit's post of 2015-04-06)


@dataclass(frozen=True, slots=True)
class RealmAddress:
    """One QuickBooks company: where its API is, its id, and the API's minor version."""

    base_url: str
    realm_id: str
    minor_version: int = 75


@dataclass(frozen=True, slots=True)
class WriteRequest:
    """One write, exactly as it is sent. ``path`` is below the company: "batch", "invoice?operation=void".

    ``may_go`` is called right before the bytes are sent, after every wait for limits or a retry; if it raises, the error is passed on
    and nothing was sent.
    """

    request_id: str
    path: str
    body: bytes = field(repr=False)
    may_go: Callable[[], None] | None = field(default=None, repr=False)
    content_type: str = "application/json"

    @property
    def is_batch(self) -> bool:
        return self.path.partition("?")[0] == "batch"


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed since a point in time: records and deleted ids, by entity.

    ``complete`` is False if QuickBooks could not return everything (over 1000 objects, or over 30 days
    ago): then read the lists again in full.
    """

    objects: dict[str, list[dict[str, Any]]] = field(repr=False)
    deleted: dict[str, list[str]]
    complete: bool


@dataclass(slots=True)
class Counters:
    """Calls made so far, retries included. ``reads`` are the calls that Intuit meters."""

    reads: int = 0
    writes: int = 0
    batches: int = 0
    batch_items: int = 0
    retries: int = 0
    throttled: int = 0


class QuickBooksClient:
    """One company's API. Safe for any number of threads; create one per process, so that connections are reused.

    Every method raises ``QuickBooksError``, and ``ValueError`` for mistakes of the caller. Errors from the
    token store, the call log or a request's ``may_go`` are passed on; then nothing was sent.
    """

    def __init__(
        self,
        address: RealmAddress,
        tokens: TokenSource,
        *,
        limits: Limits | None = None,
        timeouts: tuple[float, float] = TIMEOUTS,
        session: requests.Session | None = None,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
        on_read: Callable[[], None] = lambda: None,
        sealed_with: str = "",
    ) -> None:
        """``on_read`` is called for every call that Intuit meters, as it is sent. ``sealed_with``: the keys of tax ids in what is written."""
        self.address = address
        self.calls = Counters()
        self._on_read = on_read
        self._sealed_with = sealed_with
        self._tokens = tokens
        self._limits = limits or Limits()
        self._timeouts = timeouts
        self._session = session or http_session(address.base_url)
        self._now = now
        self._sleep = sleep
        self._jitter = jitter
        self._counting = threading.Lock()
        self._last_call = now()
        self._root = f"{address.base_url.rstrip('/')}/v3/company/{address.realm_id}/"
        quiet_urllib3()

    # ---- reads ----

    def query(self, statement: str) -> list[dict[str, Any]]:
        """The records of one page, [] if there are none. Quote values with ``query.literal``."""
        return _records(self._query(statement))

    def query_all(self, entity: str, where: str = "", page: int = q.MAX_PAGE) -> Iterator[dict[str, Any]]:
        """Every record, page by page, in an explicit order (QuickBooks' default order differs by type).

        Inactive names are left out unless ``where`` says ``Active IN (true, false)``.
        """
        start = 1
        while True:
            records = self.query(q.select(entity, where, start=start, page=page))
            yield from records
            if len(records) < page:
                return
            start += len(records)

    def query_in(
        self, entity: str, attribute: str, values: Iterable[str], where: str = ""
    ) -> list[dict[str, Any]]:
        """Every record whose ``attribute`` is one of ``values``: few calls for many keys.

        QuickBooks ignores case, and a value with a backslash also returns near matches, so compare the
        results. Blank values are left out.
        """
        records_by_id: dict[str, dict[str, Any]] = {}
        for condition in q.in_conditions(attribute, values):
            for record in self.query_all(entity, f"{condition} AND {where}" if where else condition):
                records_by_id[str(record.get("Id", ""))] = record
        return list(records_by_id.values())

    def count(self, entity: str, where: str = "") -> int:
        """How many records there are."""
        return int(self._query(q.count(entity, where)).get("totalCount", 0))

    def read(self, entity: str, quickbooks_id: str) -> dict[str, Any]:
        """One record. Raises ``RecordRejected`` if it is gone."""
        answer = self._read(f"{entity.lower()}/{urllib.parse.quote(quickbooks_id, safe='')}")
        return _part(answer, entity)

    def preferences(self) -> dict[str, Any]:
        """The company's preferences."""
        return _part(self._read("preferences"), "Preferences")

    def company_info(self) -> dict[str, Any]:
        """The company's name, country and the like."""
        answer = self._read(f"companyinfo/{self.address.realm_id}")
        return _part(answer, "CompanyInfo")

    def report(self, name: str, **parameters: str) -> dict[str, Any]:
        """One of QuickBooks' own reports, as it is: one metered read (``financial_reports`` reads it)."""
        return self._read(f"reports/{name}?{urllib.parse.urlencode(parameters)}").content

    def changes_since(self, entities: Sequence[str], since: dt.datetime) -> Changes:
        """What changed in ``entities`` since ``since``: one metered read, or none if that is too long ago."""
        if since.tzinfo is None:
            raise ValueError("`since` needs a time zone")
        if self._now() - since > LONGEST_CHANGES:
            return Changes({}, {}, complete=False)
        parameters = urllib.parse.urlencode(
            {
                "entities": ",".join(entities),
                "changedSince": since.isoformat(timespec="seconds"),
            }
        )
        content = self._read(f"cdc?{parameters}").content
        objects: dict[str, list[dict[str, Any]]] = {}
        deleted: dict[str, list[str]] = {}
        count = 0
        for record_type, record in _changed(content):
            count += 1
            if record.get("status") == "Deleted":
                deleted.setdefault(record_type, []).append(str(record.get("Id", "")))
            else:
                objects.setdefault(record_type, []).append(record)
        return Changes(objects, deleted, complete=count < MOST_CHANGES)

    # ---- writes ----

    def write(self, request: WriteRequest) -> Answer:
        """Send ``request``. Items in the response to a batch may still be faults (``decode_batch``).

        Raises:
            NotSent, Throttled, AuthenticationFailed, CompanyUnavailable, RecordRejected: certainly not executed.
            OutcomeUnknown, Transient: it may or may not have been executed: check in QuickBooks before sending again.
        """
        if not 1 <= len(request.request_id) <= MAX_REQUEST_ID[request.is_batch]:
            raise ValueError(f"a request id has 1 to {MAX_REQUEST_ID[request.is_batch]} characters here")
        call = Call(
            "POST",
            _with(request.path, requestid=request.request_id),
            request.body,
            request.content_type,
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
        """Make ``call``, retrying a bounded number of times on the errors in ``passing``."""
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
            return 0.0  # the pause is kept in the limits, where it stops every thread
        return min(20.0, 0.5 * 2.0 ** (state.attempt_number - 1)) * (0.5 + self._jitter())

    def _once(self, call: Call) -> Answer:
        """One logical call: retried once if the access token was refused, because then nothing was executed."""
        token = self._tokens.access_token()
        try:
            return self._exchange(call, token)
        except AuthenticationFailed:
            self._count(retries=1)
        self._tokens.replace(token)
        return self._exchange(call, self._tokens.access_token())

    def _exchange(self, call: Call, token: str) -> Answer:
        """One HTTP request and its response, within the limits."""
        url = self._root + _with(call.path, minorversion=str(self.address.minor_version))
        kept = call.body
        if call.is_write and kept is not None:
            call = replace(call, body=with_tax_ids(kept, self._sealed_with))
        with self._limits.place(batch=call.is_batch):
            if call.may_go:
                call.may_go()
            self._drop_idle_connections()
            self._count(writes=call.is_write, reads=not call.is_write, batches=call.is_batch)
            if not call.is_write:
                self._on_read()
            response = exchange(self._session, url, call, token, self._timeouts)
        try:
            return read_answer(
                response.status_code,
                without_tax_ids(response.content, kept, call.body),
                intuit_tid=response.headers.get("intuit_tid", ""),
                retry_after=retry_after_seconds(response.headers, now=self._now().timestamp()),
                is_write=call.is_write,
            )
        except Throttled as error:
            if _worth_waiting(error):
                self._hold_back(error.retry_after)
            raise

    def _note_items(self, answer: Answer) -> None:
        """Count a batch's items. Items inside a success may report throttling, which then applies to everybody
        too.
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
        """After an idle time the other side may close a connection just as we send, which would needlessly make
        the outcome of a write unknown; so open new connections.
        """
        moment = self._now()
        with self._counting:
            idle = moment - self._last_call
            self._last_call = moment
        if idle > LONGEST_IDLE:
            self._session.close()  # closes its connections; the session itself stays usable

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


def _records(response: dict[str, Any]) -> list[dict[str, Any]]:
    for value in response.values():
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
