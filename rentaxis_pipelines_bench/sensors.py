"""How long a sensor's tick takes where 100,000 rows failed or wait: one look at the ledger and at RentAxis, connections and all.

Here: the figures of a tick that finds nothing, and of one that finds a few. Not here: the runs it asks for.
"""

import datetime as dt
import statistics
from collections.abc import Callable
from decimal import Decimal

import psycopg

from rentaxis_pipelines.ledger.database import connect
from rentaxis_pipelines.ledger.results import save_results
from rentaxis_pipelines.ledger.sql import insert
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.plans import Plan
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.settings import Company, load_company
from rentaxis_pipelines.sync.resync import edited, fixed
from rentaxis_pipelines.sync.resync.sensor_context import SensorContext, both_databases
from rentaxis_pipelines_bench.figures import Figure
from rentaxis_pipelines_bench.measured_company import MeasuredCompany, opened, seconds

GROUP = "A tick of the sensors"
TARGET = 2.0  # seconds
TICKS = 5
MENDED = 20
FIRST_ID = 10_000_000
FIRST_DAY = dt.date(2026, 5, 1)
DAYS = 180
# Why rows are open, in turn; each kind is looked into in its own way.
REASONS = ("waiting_for_parent", *3 * ("rejected", "missing_mapping", "total_mismatch"))

_INVOICES = """
insert into rentaxis.invoices
select made.* from generate_series(0, %(rows)s - 1) number,
     (select * from rentaxis.invoices where organization_id = 1 and billed_to_type = 'tenant' order by id limit 1) one,
     jsonb_populate_record(null::rentaxis.invoices, to_jsonb(one) || jsonb_build_object(
       'id', %(first)s + number, 'invoice_number', 'BENCH-' || number,
       'invoice_date', %(day)s::date + (number %% %(days)s)::int)) made"""
_LINES = """
insert into rentaxis.invoice_lines
select made.* from generate_series(0, 2 * %(rows)s - 1) number,
     (select * from rentaxis.invoice_lines order by id limit 1) one,
     jsonb_populate_record(null::rentaxis.invoice_lines, to_jsonb(one) || jsonb_build_object(
       'id', %(first)s + number, 'invoice_id', %(first)s + number / 2)) made"""
_MEND = "update rentaxis.invoices set updated_at = clock_timestamp() where id >= %(first)s and id < %(first)s + %(rows)s"


def measure(rows: int = 100_000) -> list[Figure]:
    """Ticks over ``rows`` open rows, each tried twice, beside three times as many rows that went through."""
    with opened(60) as measured:
        _fail(measured, rows)
        company = load_company(measured.environment.rentaxis_company_file)
        nothing = _look_mended(measured, company)
        changes = _look_edited(measured, company)
        _change(measured, _MEND, rows=MENDED)
        some = _look_mended(measured, company, expected=MENDED)
    return [
        _figure(
            f"fixed_records over {rows:,} failed and waiting rows, one in ten waiting, nothing mended",
            nothing,
        ),
        _figure(f"fixed_records over {rows:,} failed and waiting rows, {MENDED} mended", some),
        _figure(f"edited_records over {4 * rows:,} records, nothing edited", changes),
    ]


def _figure(name: str, taken: list[float]) -> Figure:
    middle = statistics.median(taken)
    return Figure(
        group=GROUP, name=name, value=middle, unit="s", target=f"{TARGET:.0f}", met=middle < TARGET,
        note=f"median of {len(taken)}; the first took {taken[0]:.2f} s",
    )  # fmt: skip


def _fail(measured: MeasuredCompany, rows: int) -> None:
    _change(measured, _INVOICES, rows=rows)
    _change(measured, _LINES, rows=rows)
    with psycopg.connect(
        measured.environment.rentaxis_database_url.get_secret_value(), autocommit=True
    ) as connection:
        connection.execute("vacuum analyze")
    url = measured.environment.pipelines_database_url.get_secret_value()
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(days=30)
    with connect(url) as connection:
        for number, first_of_ids, open_rows in (
            (1, FIRST_ID, True),
            (2, FIRST_ID, True),
            (3, 2 * FIRST_ID, False),
        ):
            plan = Plan(
                plan_id=f"plan-{number}", realm=measured.environment.quickbooks_realm_id, run_id=f"run-{number}",
                record_type="invoices", first_day=FIRST_DAY, last_day=FIRST_DAY + dt.timedelta(days=DAYS - 1),
                forced=False, dry_run=False, requested_by="benchmark", rows_in=rows, money_in=Decimal(0),
                created_at=long_ago + dt.timedelta(hours=number), finished_at=long_ago + dt.timedelta(days=1),
            )  # fmt: skip
            insert(connection, "plans", [plan])
            count = rows if open_rows else 3 * rows
            for start in range(0, count, 20_000):
                numbers = range(start, min(start + 20_000, count))
                save_results(
                    connection,
                    [_result(plan, number_of_row, first_of_ids, open_rows) for number_of_row in numbers],
                )
        connection.commit()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze")


def _result(plan: Plan, number: int, first_of_ids: int, is_open: bool) -> RowResult:
    reason = REASONS[number % len(REASONS)] if is_open else None
    return RowResult(
        realm=plan.realm, plan_id=plan.plan_id, run_id=plan.run_id,
        day=FIRST_DAY + dt.timedelta(days=number % DAYS), record_type="invoices", source_type="invoice",
        source_id=str(first_of_ids + number), source_label=f"Invoice BENCH-{number}", amount=Decimal("10.00"),
        currency="USD", action="create",
        status="created" if reason is None else "skipped" if reason.startswith("waiting") else "failed",
        reason_code=reason, reason="as measured", how_to_fix="as measured", forced=False, requested_by="benchmark",
        finished_at=plan.created_at + dt.timedelta(minutes=1),
    )  # fmt: skip


def _change(measured: MeasuredCompany, statement: str, rows: int) -> None:
    with psycopg.connect(measured.environment.rentaxis_database_url.get_secret_value()) as connection:
        connection.execute(
            statement.encode(), {"rows": rows, "first": FIRST_ID, "day": FIRST_DAY, "days": DAYS}
        )


def _look_mended(measured: MeasuredCompany, company: Company, expected: int = 0) -> list[float]:
    def look(context: SensorContext) -> None:
        runs = fixed.evaluate(context, lambda _: ()).runs
        if bool(runs) != bool(expected):
            raise RuntimeError(f"{expected} rows were mended, and the look asked for {len(runs)} runs.")

    return [_tick(measured, company, look) for _ in range(TICKS)]


def _look_edited(measured: MeasuredCompany, company: Company) -> list[float]:
    def look(context: SensorContext) -> None:
        seen, _ = edited.evaluate(context, None)
        if seen.runs:
            raise RuntimeError(f"Nothing was edited, and the look asked for {len(seen.runs)} runs.")

    return [_tick(measured, company, look) for _ in range(TICKS)]


def _tick(measured: MeasuredCompany, company: Company, look: Callable[[SensorContext], None]) -> float:
    """The seconds of one look, with everything a tick opens; what it noted as tried is forgotten again."""

    def tick() -> None:
        with both_databases(measured.environment) as (ledger, source):
            look(
                SensorContext(
                    ledger=ledger, source=source, environment=measured.environment, company=company,
                    now=dt.datetime.now(dt.UTC), reachable=DateRange.of_days(company.first_day, FIRST_DAY + dt.timedelta(days=DAYS)),
                )
            )  # fmt: skip

    taken = seconds(tick)
    with psycopg.connect(measured.environment.pipelines_database_url.get_secret_value()) as connection:
        connection.execute("delete from ledger.tries")
    return taken
