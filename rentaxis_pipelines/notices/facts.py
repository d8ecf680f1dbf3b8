"""What a notice is about: one run, counted from the ledger. Reads only."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger import results
from rentaxis_pipelines.ledger.attention import BY_ITSELF, Need, need_of, need_sql
from rentaxis_pipelines.ledger.database import LedgerError, connect, lost_connection_explained

_ROWS = 20  # named in a notice with details, dearest first


class Counted(msgspec.Struct, frozen=True):
    """Rows of a run that share record type, status and reason. ``to_apply``: money of theirs has to be applied by a person."""

    record_type: str
    status: str
    reason_code: str | None
    rows: int
    money: Decimal
    to_apply: bool = False

    @property
    def need(self) -> Need | None:
        """What the rows need somebody for (``ledger.attention``)."""
        return "to_apply" if self.to_apply else need_of(self.status, self.reason_code, BY_ITSELF)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """One run that ended. ``details``: sentences with names and amounts, only said where that is switched on.

    ``ledger``: False where the ledger could not be asked, so nothing is known of rows.
    ``connection``: a sentence where the connection to QuickBooks ends soon or has ended; it names no person and no amount.
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
    connection: str | None = None


class FromLedger(msgspec.Struct, frozen=True):
    """What the ledger says of a run; ``reached`` is False where it could not be asked."""

    reached: bool = True
    counted: Sequence[Counted] = ()
    details: Sequence[str] = ()


def ask_ledger(url: str, realm: str, run_id: str, *, details: bool) -> FromLedger:
    """Counts of the run's rows, and its dearest failed rows where ``details`` are wanted. Raises nothing for a lost ledger."""
    try:
        with connect(url) as connection, lost_connection_explained():
            if not results.has_ledger(connection):
                return FromLedger()
            return FromLedger(
                counted=_counted(connection, realm, run_id),
                details=_details(connection, realm, run_id) if details else (),
            )
    except LedgerError:
        return FromLedger(reached=False)


def _counted(connection: sa.Connection, realm: str, run_id: str) -> list[Counted]:
    rows = connection.execute(
        sa.text(
            f"""select record_type, status, reason_code, count(*) as rows, sum(abs(amount)) as money,
                       coalesce(({need_sql("r")}) = 'to_apply', false) as to_apply
                from ledger.row_results r where realm = :realm and run_id = :run_id
                group by record_type, status, reason_code, to_apply
                order by record_type, status, reason_code, to_apply"""  # noqa: S608 - constants of this program
        ),
        {"realm": realm, "run_id": run_id},
    )
    return [Counted(**row) for row in rows.mappings()]


def _details(connection: sa.Connection, realm: str, run_id: str) -> list[str]:
    failed = results.results_of(connection, realm, run_id=run_id, status="failed", limit=_ROWS)
    return [
        f"{row.source_label}, {row.amount:,.2f}: {row.reason} {row.how_to_fix or ''}".strip()
        for row in failed
    ]
