"""Runs for tests of their pages: rows that never were a sync's, and Dagster's own record of a run in any state."""

import datetime as dt
import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import dagster as dg

from rentaxis_pipelines.ledger import plans, results
from rentaxis_pipelines.ledger.database import connect
from rentaxis_pipelines.model.plans import Plan
from rentaxis_pipelines.model.record_types import BY_SOURCE_TYPE
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.model.sync_request import SyncRequest, over
from rentaxis_pipelines.orchestration.failures import Stopped
from rentaxis_pipelines.sync.engine import open_engine
from rentaxis_pipelines_tests.web.desk.conftest import NOW, Office

FIRST_DAY, LAST_DAY = dt.date(2026, 10, 1), dt.date(2026, 10, 31)


def new_id() -> str:
    """An id as Dagster gives one."""
    return str(uuid.uuid4())


def row(number: int, source_type: str = "invoice", **changes: Any) -> RowResult:
    """A row that was created; of invoices ``Invoice INV-0007``, worth its number."""
    name = {"tenant": "Tenant Ada Byron"}.get(source_type, f"{source_type.capitalize()} INV-{number:04}")
    facts: dict[str, Any] = {
        "realm": "", "plan_id": "", "run_id": "", "day": FIRST_DAY + dt.timedelta(number % 28),
        "record_type": BY_SOURCE_TYPE[source_type].name, "source_type": source_type, "source_id": f"{number}",
        "source_label": name, "amount": Decimal(number), "currency": "USD", "action": "create", "status": "created",
        "forced": False, "requested_by": "ann", "finished_at": NOW,
    }  # fmt: skip
    return RowResult(**facts | changes)


def failed(
    number: int, code: str = "missing_mapping", remedy: str = "Map Parking.", **changes: Any
) -> RowResult:
    """A row that failed, or waits, for that reason."""
    status = "skipped" if code.startswith("waiting") else "failed"
    return row(
        number, status=status, reason_code=code, reason=f"Reason of {number}.", how_to_fix=remedy, **changes
    )


def save_run(
    office: Office,
    rows: Sequence[RowResult],
    run_id: str | None = None,
    *,
    read: int | None = None,
    **of_plan: Any,
) -> str:
    """Write a run with these rows to the ledger, as if it had ended; its id."""
    run_id = run_id or new_id()
    realm = of_plan.pop("realm", office.chain.environment.quickbooks_realm_id)
    facts: dict[str, Any] = {
        "plan_id": f"plan-{run_id}", "realm": realm, "run_id": run_id, "record_type": "invoices", "first_day": FIRST_DAY,
        "last_day": LAST_DAY, "forced": False, "dry_run": False, "requested_by": "ann",
        "rows_in": len(rows) if read is None else read, "money_in": Decimal(0), "created_at": NOW, "finished_at": NOW,
    }  # fmt: skip
    plan = Plan(**facts | of_plan)
    with connect(office.chain.environment.pipelines_database_url.get_secret_value()) as connection:
        plans.save_plan(connection, plan, [])
        placed = {
            "realm": realm,
            "run_id": run_id,
            "plan_id": plan.plan_id,
            "requested_by": plan.requested_by,
        }
        results.save_results(connection, [_placed(each, placed) for each in rows])
        connection.commit()
    return run_id


def _placed(each: RowResult, placed: dict[str, Any]) -> RowResult:
    return RowResult(**{name: getattr(each, name) for name in each.__struct_fields__} | placed)


def sync(
    office: Office, run_id: str, *record_types: str, first_day: dt.date = FIRST_DAY, **asked: Any
) -> None:
    """A sync as a run of that id would do it."""
    request = SyncRequest(
        days=over(first_day, LAST_DAY, *record_types), requested_by="ann", confirm_unusual=True, **asked
    )
    with open_engine(
        office.chain.environment,
        office.chain.company,
        request,
        run_id=run_id,
        wait_seconds=10,
        settle_seconds=0,
    ) as engine:
        engine.sync()


def dagster_run(
    office: Office,
    status: dg.DagsterRunStatus,
    run_id: str | None = None,
    job: str = "bulk_sync__demo",
    **tags: str,
) -> str:
    """Dagster's record of a run in that state; its id."""
    run_id = run_id or new_id()
    kept = {"requested_by": "oscar", "quickbooks/realm": office.chain.environment.quickbooks_realm_id, **tags}
    office.instance.add_run(dg.DagsterRun(job_name=job, run_id=run_id, status=status, tags=kept))
    return run_id


def failed_run(office: Office, error: Exception) -> str:
    """A run of Dagster's that ended with that error in its first step; its id. ``Stopped``: with a sentence for people."""

    @dg.op
    def fail() -> None:
        raise error

    @dg.job(name="bulk_sync__demo")
    def job() -> None:
        fail()

    run_id = new_id()
    tags = {
        "quickbooks/realm": office.chain.environment.quickbooks_realm_id,
        "requested_by": "nightly schedule",
    }
    job.execute_in_process(instance=office.instance, run_id=run_id, raise_on_error=False, tags=tags)
    return run_id


def stopped(sentence: str) -> Exception:
    """What a step raises that could not go on."""
    return Stopped(sentence)
