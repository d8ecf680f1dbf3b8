"""What every step of one run shares. Data only: the connection that holds the realm, the client, the clock."""

import datetime as dt
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from rentaxis_pipelines.quickbooks.batch import MAX_ITEMS
from rentaxis_pipelines.quickbooks.client import QuickBooksClient
from rentaxis_pipelines.sync.paper_files import PaperFiles
from rentaxis_pipelines.sync.progress import Progress

# Intuit's limits page: a request is ended by the server after 120 seconds. Until then a request whose answer was lost
# may still be carried out, so "not found" proves nothing; ten seconds are added for clocks that differ.
SETTLE_SECONDS = 130.0


class RunStopped(Exception):
    """The run was asked to stop while it waited; what it waited for stays open and is settled by the next run."""


def utc_now() -> dt.datetime:
    """The present instant, in UTC."""
    return dt.datetime.now(dt.UTC)


def _never() -> bool:
    return False


def _nobody() -> Mapping[str, Sequence[tuple[str, str]]]:
    return {}


@dataclass(frozen=True)
class Run:
    """One run on one realm. ``connection`` is the one that holds the realm's lock while pushing."""

    realm: str
    run_id: str
    requested_by: str
    connection: sa.Connection
    client: QuickBooksClient
    workers: int = 10  # Intuit's limits: ten requests at once
    batch_size: int = MAX_ITEMS
    settle_seconds: float = SETTLE_SECONDS
    stop_requested: Callable[[], bool] = field(default=_never)
    # Whose each customer is by RentAxis' own note, by customer id; asked once a run, by whoever needs it.
    imported_customers: Callable[[], Mapping[str, Sequence[tuple[str, str]]]] = field(default=_nobody)
    papers: PaperFiles = field(default_factory=PaperFiles, compare=False)
    progress: Progress = field(default_factory=Progress, compare=False)
    now: Callable[[], dt.datetime] = field(default=utc_now)
    sleep: Callable[[float], None] = field(default=time.sleep)
