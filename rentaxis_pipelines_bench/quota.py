"""How much of QuickBooks' batch quota a push uses, with every limit on at both ends and a clock that is moved, not waited for."""

import datetime as dt
import time

from rentaxis_pipelines.quickbooks.auth import FixedToken
from rentaxis_pipelines.quickbooks.batch import MAX_ITEMS
from rentaxis_pipelines.quickbooks.client import QuickBooksClient, RealmAddress
from rentaxis_pipelines.quickbooks.limits import Limits, MemoryCallLog
from rentaxis_pipelines_bench.figures import Figure
from rentaxis_pipelines_bench.measured_company import MeasuredCompany, must_be_whole, planned, write_and_push

BATCHES_A_MINUTE = 40  # Intuit's limits page, per realm and app
GROUP = "Limits on, clock moved"


class MovedClock:
    """Real time plus what was slept; sleeping moves the server's clock as well.

    It is moved only while no call is under way: a call of some milliseconds must not find itself a minute later.
    """

    def __init__(self, measured: MeasuredCompany) -> None:
        self._office = measured
        self._skipped = 0.0
        self.calls = MemoryCallLog(self.seconds)

    def seconds(self) -> float:
        return time.time() + self._skipped

    def now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.seconds(), dt.UTC)

    def sleep(self, seconds: float) -> None:
        while self.calls.load().in_flight:
            time.sleep(0.001)
        self._office.control("clock", {"advance": seconds})
        self._skipped += seconds


def measure(measured: MeasuredCompany, minutes: int) -> list[Figure]:
    """Push so many minutes' worth of full batches and one invoice more, so that the last wait counts too."""
    clock = MovedClock(measured)
    client = QuickBooksClient(
        RealmAddress(measured.quickbooks.base_url, measured.quickbooks.realm_id),
        FixedToken(measured.quickbooks.access_token),
        limits=Limits(clock.calls, clock=clock.seconds, sleep=clock.sleep),
        now=clock.now,
        sleep=clock.sleep,
    )
    full = minutes * BATCHES_A_MINUTE * MAX_ITEMS
    count = full + 1
    measured.control("switches", {"limits": True})
    with measured.engine("quota", client=client, now=clock.now, sleep=clock.sleep) as engine:
        run = engine.run
        before = measured.invoices_in_quickbooks()
        last = measured.control("")["log"]["last"]
        started = clock.seconds()
        write_and_push(engine, planned(measured, run.run_id, count), count)
        elapsed = clock.seconds() - started
        must_be_whole(measured, run, before, count)
    calls = measured.control(f"log?since={last}")
    measured.control("switches", {"limits": False})
    refused = sum(call["status"] == 429 for call in calls)
    batches = sum(call["kind"] == "batch" and call["status"] == 200 for call in calls)
    allowed = elapsed / 60 * BATCHES_A_MINUTE
    share = 100 * full / MAX_ITEMS / allowed
    return [
        Figure(group=GROUP, name="share of the batch quota used, in full batches", value=share, unit="%", target="97 %", met=share >= 97,
               note=f"{count:,} invoices in {elapsed / 60:.1f} minutes of the moved clock, {batches} batches; {minutes * BATCHES_A_MINUTE + 1} would hold them"),
        Figure(group=GROUP, name="answers 429", value=refused, target="0", met=refused == 0),
    ]  # fmt: skip
