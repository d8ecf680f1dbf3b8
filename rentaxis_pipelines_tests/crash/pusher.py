"""One push as a process that may die: a fork with everything imported, numbered commits and writing calls, SIGKILL at one of them.

Here: the seam (SQLAlchemy's commit event, an HTTP adapter) and one whole run on a portfolio. The program itself knows nothing of
this. Not here: what is tried (``schedules``), whether the books are right (``books``).
"""

import datetime as dt
import json
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
import sqlalchemy as sa
from requests.adapters import HTTPAdapter

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.ledger import results
from rentaxis_pipelines.ledger.database import LedgerError, engine
from rentaxis_pipelines.ledger.read_rows import RowChunk
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.model.record_types import RECORD_TYPES
from rentaxis_pipelines.model.source_records import Payer, Vendor
from rentaxis_pipelines.model.sync_request import SyncRequest, UndoneRun, over
from rentaxis_pipelines.quickbooks.auth import Application, StoredToken
from rentaxis_pipelines.quickbooks.client import QuickBooksClient, RealmAddress
from rentaxis_pipelines.quickbooks.faults import QuickBooksError
from rentaxis_pipelines.quickbooks.limits import UNLIMITED, Limits
from rentaxis_pipelines.quickbooks.transport import http_session
from rentaxis_pipelines.rentaxis.contract import IntegrationSettings, Version
from rentaxis_pipelines.settings import Company, Environment, load_company
from rentaxis_pipelines.sync.engine import open_engine
from rentaxis_pipelines.sync.planning.resolve_payers import payers_of
from rentaxis_pipelines.sync.session import TOKEN_PATH, LedgerTokenStore
from rentaxis_pipelines.sync.source import Dated, Held
from rentaxis_pipelines_tests.crash.portfolio import FILES, FIRST_DAY, LAST_DAY, Portfolio

SECRET_KEY = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="
COMPANY_FILE = Path(__file__).parents[2] / "config" / "company.demo.yaml"
COMPANY = load_company(COMPANY_FILE)
DEADLINE = 60.0  # seconds; a run that takes longer hangs
IN_FLIGHT = 0.004  # seconds a call is on its way when the process dies in its middle


@dataclass(frozen=True)
class Job:
    """One launch. ``kill_at``: the numbered point it dies at, None to let it live; ``in_flight``: in the middle of that call."""

    ledger_url: str
    base_url: str
    run_id: str
    portfolio: Portfolio
    force: bool = False
    kill_at: int | None = None
    in_flight: bool = False
    workers: int = 1
    batch_size: int = 4
    settle_seconds: float = 0.2
    read_timeout: float = 5.0
    adopt: str = "ask"
    chunk_records: int = 20_000
    undo: str | None = None  # the run to be undone, instead of a push


@dataclass(frozen=True)
class Ended:
    """How a run ended. ``error``: the sentence of a failure the program may meet; ``crash``: a defect's traceback."""

    killed: bool
    points: int = 0
    statuses: dict[str, int] | None = None
    error: str | None = None
    crash: str | None = None


def launch(job: Job) -> Ended:
    """Run the job in a fork and wait for its end."""
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(readable)
        _child(job, writable)
    os.close(writable)
    with os.fdopen(readable, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return Ended(killed=True)
    if not said:
        return Ended(killed=False, crash=f"the pusher ended with status {status} and said nothing")
    return Ended(killed=False, **json.loads(said))


def _child(job: Job, pipe: int) -> None:
    signal.alarm(int(DEADLINE))
    points = Points(job.kill_at, in_flight=job.in_flight)
    said: dict[str, Any] = {}
    try:
        said["statuses"] = run_once(job, points)
    except (QuickBooksError, LedgerError) as error:
        said["error"] = f"{type(error).__name__}: {error}"
    except BaseException:
        said["crash"] = traceback.format_exc()
    said["points"] = points.reached
    os.write(pipe, json.dumps(said).encode())
    sys.stdout.flush()
    os._exit(0)


class Points:
    """Numbers what leaves something behind, commits of changes and calls that write, and kills this process at one of them.

    Before the commit, before the call: so the state after each of them is tried too, at the next number. A death at a read or at a commit
    of nothing leaves what a death at the next number leaves. In flight, only calls are numbered, and the process dies in the middle of one.
    """

    def __init__(self, kill_at: int | None, *, in_flight: bool) -> None:
        self.reached = 0
        self._kill_at = kill_at
        self._in_flight = in_flight
        self._lock = threading.Lock()

    def reach(self, *, is_call: bool) -> None:
        if self._in_flight and not is_call:
            return
        with self._lock:
            self.reached += 1
            if self.reached != self._kill_at:
                return
            if self._in_flight:
                threading.Thread(target=_die_soon, daemon=True).start()
            else:
                os.kill(os.getpid(), signal.SIGKILL)


def _die_soon() -> None:
    time.sleep(IN_FLIGHT)
    os.kill(os.getpid(), signal.SIGKILL)


class _NumberedAdapter(HTTPAdapter):
    def __init__(self, points: Points) -> None:
        super().__init__(pool_connections=1, pool_maxsize=16, max_retries=0)
        self._points = points

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        if request.method == "POST" and not urlsplit(request.url or "").path.endswith("/query"):
            self._points.reach(is_call=True)
        return super().send(request, *args, **kwargs)


class SkippedTime:
    """Seconds; sleeping takes none of them, so pauses of minutes cost nothing."""

    def __init__(self) -> None:
        self._skipped = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self._skipped

    def sleep(self, seconds: float) -> None:
        self._skipped += seconds


def run_once(job: Job, points: Points) -> dict[str, int]:
    """Everything a launch does, from the lock to the proof; returns rows by status."""
    ledger = engine(job.ledger_url)

    def count(connection: sa.Connection) -> None:
        if connection.exec_driver_sql("select pg_current_xact_id_if_assigned()").scalar() is not None:
            points.reach(is_call=False)

    sa.event.listen(ledger, "commit", count)
    try:
        return _run_once(job, points)
    finally:
        sa.event.remove(ledger, "commit", count)


def _run_once(job: Job, points: Points) -> dict[str, int]:
    named = job.portfolio.record
    days = () if named is not None else over(FIRST_DAY, LAST_DAY, *job.portfolio.types)
    request = SyncRequest(days=days, record=named, force=job.force, requested_by="crash harness")
    if job.undo is not None:
        request = SyncRequest(undo=UndoneRun(run_id=job.undo), requested_by="crash harness")
    with open_engine(
        _environment(job),
        _company(job),
        request,
        run_id=job.run_id,
        source=_MadeUp(job.portfolio),
        client=_client(job, points),
        wait_seconds=10,
        workers=job.workers,
        batch_size=job.batch_size,
        settle_seconds=job.settle_seconds,
    ) as engine:
        try:
            engine.sync()
        except CannotLaunch:
            if job.undo is None:
                raise
            return {}  # nothing of the run is left to undo: the one refusal that an undo meets here
        counted: dict[str, int] = {}
        for one in results.sums_of_run(engine.run.connection, engine.run.realm, engine.run.run_id):
            counted[one.status] = counted.get(one.status, 0) + one.rows
        return counted


def _client(job: Job, points: Points) -> QuickBooksClient:
    session = http_session(job.base_url)
    session.mount(job.base_url, _NumberedAdapter(points))
    clock = SkippedTime()
    store = LedgerTokenStore(job.ledger_url, Emulator.realm_id, SECRET_KEY)
    application = Application(Emulator.client_id, Emulator.client_secret, job.base_url + TOKEN_PATH)
    return QuickBooksClient(
        RealmAddress(job.base_url, Emulator.realm_id),
        StoredToken(application, store),
        limits=Limits(quota=UNLIMITED, clock=clock, sleep=clock.sleep),
        timeouts=(5.0, job.read_timeout),
        session=session,
        sleep=clock.sleep,
    )


def _company(job: Job) -> Company:
    chosen = {
        "adopt": job.adopt,
        "vendor_credits": "push",
        "returned_payments": "on_their_day",
        "sub_customers": "property",
    }
    policies = COMPANY.policies.model_copy(update=chosen)
    places = {"class_by": "unit", "location_by": "property", "make_missing": True}
    mappings = COMPANY.mappings.model_copy(update=places)
    return COMPANY.model_copy(
        update={"policies": policies, "mappings": mappings, "papers_folder": str(FILES)}
    )


def _environment(job: Job) -> Environment:
    return Environment(
        rentaxis_database_url="postgresql://nowhere",  # the records are made up
        pipelines_database_url=job.ledger_url,
        quickbooks_base_url=job.base_url,
        quickbooks_auth_base_url=job.base_url,
        quickbooks_realm_id=Emulator.realm_id,
        quickbooks_client_id=Emulator.client_id,
        quickbooks_client_secret=Emulator.client_secret,
        quickbooks_limits="off",
        pipelines_secret_key=SECRET_KEY,
        pipelines_chunk_records=job.chunk_records,
        rentaxis_organization_id="1",
        rentaxis_company_file=COMPANY_FILE,
    )  # pyright: ignore[reportArgumentType] - pydantic turns texts into secrets


class _MadeUp:
    """A RentAxis that holds the portfolio and nothing else, all of it of the days that are asked for."""

    def __init__(self, portfolio: Portfolio) -> None:
        self._records: dict[str, list[Dated]] = {
            "tenants": [(FIRST_DAY, one) for one in portfolio.payers if one.kind == "tenant"],
            "programs": [(FIRST_DAY, one) for one in portfolio.payers if one.kind == "program"],
            "invoices": [(one.invoice_date, one) for one in portfolio.invoices],
            "refunds": [(one.refund_date, one) for one in portfolio.refunds],
            "payments": [(one.payment_date, one) for one in portfolio.payments],
            "deposit_settlements": [(one.settlement_date, one) for one in portfolio.settlements],
            "expenses": [(one.expense_date, one) for one in portfolio.expenses],
            "deposits": [(one.deposit_date, one) for one in portfolio.deposits],
            "journal_entries": [(one.entry_date, one) for one in portfolio.entries],
            "credits": [(one.credit_date, one) for one in portfolio.credits],
            "credit_applications": [(one.application_date, one) for one in portfolio.applications],
            "papers": [(one.record_date, one) for one in portfolio.papers],
        }

    def settings(self) -> IntegrationSettings:
        return IntegrationSettings(
            organization_name="Crash harness",
            timezone=COMPANY.time_zone,
            currency=COMPANY.currency,
            realm_id=Emulator.realm_id,
            sync_direction="to_quickbooks",
            enabled_types=list(RECORD_TYPES),
        )

    @contextmanager
    def reading(self, **_: Any) -> Iterator["_MadeUp"]:
        yield self

    def expect(self, wanted: Iterable[tuple[str, DateRange]]) -> None:
        pass

    def note(self, connection: sa.Connection, model: str, days: DateRange) -> None:
        Held(self._records).note(connection, model, days)

    def records(self, model: str, chunk: RowChunk) -> list[Dated]:
        return Held(self._records).records(model, chunk)

    def payers(self, wanted: Iterable[tuple[Any, Sequence[str]]]) -> list[Payer]:
        models = {model for _, each in wanted for model in each}
        return payers_of(dated for model in sorted(models) for dated in self._records.get(model, ()))

    def by_id(self, model: str, ids: Collection[str]) -> list[Dated]:
        return [dated for dated in self._records.get(model, ()) if dated[1].source_id in ids]

    def payers_changed_since(self, since: dt.datetime) -> list[Version]:
        return []

    def vendors_changed_since(self, ids: Iterable[str], since: dt.datetime) -> list[Vendor]:
        return []

    def imported_customers(self) -> dict[str, list[tuple[str, str]]]:
        return {}
