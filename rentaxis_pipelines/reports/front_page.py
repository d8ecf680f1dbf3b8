"""How a company stands, for the first page that a bookkeeper sees in the morning: read from the ledger in a few short queries.

Here: what is read, and the sentences about the connection. Not here: what Dagster knows of runs (``web.desk.home``), the proof itself.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final, Literal

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger import open_records, previews, run_sums, snapshots
from rentaxis_pipelines.ledger.attention import need_of
from rentaxis_pipelines.ledger.run_list import ListedRun, listed_run
from rentaxis_pipelines.model.previews import Preview
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.reports.months import MonthsReady, months_ready
from rentaxis_pipelines.sync.connection import WARN_AHEAD, Connection

PLANS_SHOWN: Final = 5
Standing = Literal["good", "soon", "gone"]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a run has come to so far, in rows; ``attention`` of them need a person, ``amount`` is their money. ``to_push``: what a preview
    would send.
    """

    rows: int = 0
    created: int = 0
    updated: int = 0
    skipped: int = 0
    failed: int = 0
    attention: int = 0
    amount: Decimal = Decimal(0)
    to_push: int = 0

    @property
    def written(self) -> int:
        """How many went into QuickBooks."""
        return self.created + self.updated


class RunOnPage(msgspec.Struct, frozen=True, kw_only=True):
    """A run with what it is about, None while it has not planned yet, and what came of it so far."""

    about: ListedRun | None
    outcome: Outcome

    @property
    def percent(self) -> int | None:
        """How far it is; None while that is not known."""
        if self.about is None or self.about.rows_in == 0:
            return None
        return min(100, 100 * self.outcome.rows // self.about.rows_in)


class FrontPage(msgspec.Struct, frozen=True, kw_only=True):
    """``lists_read_at``: when QuickBooks' lists were read last. ``plans``: those that wait for an approval, newest first."""

    attention: open_records.OpenTotal
    months: MonthsReady
    lists_read_at: dt.datetime | None
    plans: Sequence[Preview]
    more_plans: int


class ConnectionLine(msgspec.Struct, frozen=True):
    """``standing``: good, soon (it expires within 30 days) or gone."""

    standing: Standing
    sentence: str


def front_page(connection: sa.Connection, realm: str, good_since: dt.datetime) -> FrontPage:
    """All that the ledger knows for it. Plans made before ``good_since`` can no longer be approved and are left out."""
    plans = [plan for plan in previews.waiting(connection, realm) if plan.created_at >= good_since]
    state = snapshots.state_of(connection, realm)
    return FrontPage(
        attention=open_records.total(connection, realm),
        months=months_ready(connection),
        lists_read_at=state[0] if state else None,
        plans=plans[:PLANS_SHOWN],
        more_plans=max(0, len(plans) - PLANS_SHOWN),
    )


def runs_on_page(connection: sa.Connection, realm: str, run_ids: Iterable[str]) -> Mapping[str, RunOnPage]:
    """Each of these runs, whether or not it has planned."""
    ids = list(run_ids)
    sums = run_sums.sums_of_runs(connection, realm, ids)
    return {
        run_id: RunOnPage(
            about=listed_run(connection, realm, run_id), outcome=outcome_of(sums.get(run_id, []))
        )
        for run_id in ids
    }


def outcome_of(sums: Sequence[run_sums.RunSum]) -> Outcome:
    """The same in one sum."""
    open_sums = [each for each in sums if need_of(each.status, each.reason_code or None) is not None]
    by_status: dict[str, int] = dict.fromkeys(("created", "updated", "skipped", "failed"), 0)
    for each in sums:
        by_status[each.status] += each.rows
    return Outcome(
        rows=sum(by_status.values()),
        attention=sum(each.rows for each in open_sums),
        amount=sum((each.amount for each in open_sums), Decimal(0)),
        to_push=sum(each.rows for each in sums if each.reason_code == ReasonCode.PREVIEW),
        **by_status,
    )


def connection_line(link: Connection, now: dt.datetime) -> ConnectionLine:
    """How the connection to QuickBooks stands, without any company id and without a command."""
    if not link.connected:
        return ConnectionLine("gone", "QuickBooks is not connected yet.")
    ends = min(filter(None, (link.ends_at, link.unused_ends_at)), default=None)
    if ends is None or ends > now + WARN_AHEAD:
        return ConnectionLine("good", "QuickBooks is connected.")
    if ends <= now:
        return ConnectionLine("gone", "The connection to QuickBooks has expired. Connect it again.")
    days = (ends.date() - now.date()).days
    when = {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")
    if link.ends_at is None or ends < link.ends_at:
        return ConnectionLine(
            "soon", f"The connection to QuickBooks expires {when} unless it is used; any sync uses it."
        )
    return ConnectionLine(
        "soon", f"The connection to QuickBooks expires {when}. Connect it again before then."
    )
