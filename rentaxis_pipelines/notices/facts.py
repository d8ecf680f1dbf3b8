"""What a notice is about: one run, counted from the ledger. Read-only."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger import previews, results
from rentaxis_pipelines.ledger.attention import Need, need_of
from rentaxis_pipelines.ledger.database import LedgerError, connect, lost_connection_explained

_ROWS = 20  # listed in a notice with details, largest amount first


class Counted(msgspec.Struct, frozen=True):
    """Rows of a run that share record type, status and reason."""

    record_type: str
    status: str
    reason_code: str | None
    rows: int
    money: Decimal

    @property
    def need(self) -> Need | None:
        """What the rows need a person for (``ledger.attention``)."""
        return need_of(self.status, self.reason_code)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """One run that ended. ``details``: sentences with names and amounts, included only if that is switched on.

    ``ledger``: False if the ledger could not be read, so nothing is known about rows.
    ``plan``: the short id of the plan that the run was turned into, which waits for an approval.
    ``connection``: a sentence if the connection to QuickBooks expires soon or has expired; it contains no names or amounts.
    """

    run_id: str
    company: str  # its short name
    job: str
    first_day: str | None
    last_day: str | None
    ended: Literal["success", "failure", "canceled"]
    nightly: bool
    ledger: bool = True
    counted: Sequence[Counted] = ()
    checks_failed: Sequence[str] = ()
    details: Sequence[str] = ()
    error: str | None = None
    plan: str | None = None
    connection: str | None = None


class FromLedger(msgspec.Struct, frozen=True):
    """What the ledger says about a run; ``reached`` is False if it could not be read."""

    reached: bool = True
    counted: Sequence[Counted] = ()
    details: Sequence[str] = ()
    plan: str | None = None


def ask_ledger(url: str, realm: str, run_id: str, *, details: bool) -> FromLedger:
    """Counts of the run's rows, and its largest failed rows if ``details`` is set. Does not raise if the ledger is unreachable."""
    try:
        with connect(url) as connection, lost_connection_explained():
            if not results.has_ledger(connection):
                return FromLedger()
            return FromLedger(
                counted=_counted(connection, realm, run_id),
                details=_details(connection, realm, run_id) if details else (),
                plan=_plan_to_approve(connection, realm, run_id),
            )
    except LedgerError:
        return FromLedger(reached=False)


def _counted(connection: sa.Connection, realm: str, run_id: str) -> list[Counted]:
    rows = connection.execute(
        sa.text(
            """select record_type, status, reason_code, sum(rows)::bigint as rows, sum(money) as money from (
                 select record_type, status, reason_code, count(*) as rows, sum(abs(amount)) as money
                 from ledger.single_results where realm = :realm and run_id = :run_id group by 1, 2, 3
                 union all
                 select record_type, 'skipped', 'unchanged', rows, (select sum(abs(each)) from unnest(amounts) as each)
                 from ledger.unchanged_results where realm = :realm and run_id = :run_id) counted
               group by record_type, status, reason_code order by record_type, status, reason_code"""
        ),
        {"realm": realm, "run_id": run_id},
    )
    return [Counted(**row) for row in rows.mappings()]


def _plan_to_approve(connection: sa.Connection, realm: str, run_id: str) -> str | None:
    """The short id of the plan that ``policies.approval`` made of the run, as long as nobody has approved it."""
    if not previews.are_kept(connection):
        return None
    waiting = [plan for plan in previews.meant(connection, realm, run_id) if plan.state == "planned"]
    return next((plan.short_id for plan in waiting if plan.why == "policy"), None)


def _details(connection: sa.Connection, realm: str, run_id: str) -> list[str]:
    failed = results.results_of(connection, realm, run_id=run_id, status="failed", limit=_ROWS)
    return [
        f"{row.source_label}, {row.amount:,.2f}: {row.reason} {row.how_to_fix or ''}".strip()
        for row in failed
    ]
