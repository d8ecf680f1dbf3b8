"""HTTP calls and metered reads of whole syncs: first, unchanged, 1 % edited, force. The chain as Dagster runs it, without Dagster."""

import time
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from rentaxis_pipelines.ledger import results
from rentaxis_pipelines.mapping.outcome import Context
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.rentaxis.database import snapshot
from rentaxis_pipelines.rentaxis.extract import extract, integration_settings
from rentaxis_pipelines.rentaxis.frames import DAY, RECORD_CLASSES, RecordType, records_from_frame
from rentaxis_pipelines.settings import Company, load_company
from rentaxis_pipelines.sync.choice import Choice
from rentaxis_pipelines.sync.finish import finish_plan
from rentaxis_pipelines.sync.planning.plan_parties import plan_customers
from rentaxis_pipelines.sync.planning.plan_records import plan_expenses, plan_invoices, plan_payments
from rentaxis_pipelines.sync.planning.resolve_payers import matches_of
from rentaxis_pipelines.sync.pushing.push import push
from rentaxis_pipelines.sync.pushing.recover import recover
from rentaxis_pipelines.sync.run import Run
from rentaxis_pipelines.sync.session import open_run
from rentaxis_pipelines.sync.snapshot import bring_up_to_date, references_of
from rentaxis_pipelines_bench.figures import Figure
from rentaxis_pipelines_bench.office import COMPANY_FILE, ORGANIZATION, Office

FIRST_DAY, LAST_DAY = date(2026, 5, 1), date(2026, 10, 31)  # what the demo portfolio covers
GROUP = "HTTP calls of a whole sync"
SOURCES: tuple[RecordType, ...] = ("tenants", "programs", "invoices", "payments", "expenses")


@dataclass(frozen=True)
class Counted:
    """What one sync did. ``rows``: records with a result."""

    rows: int
    written: int
    reads: int
    writes: int
    seconds: float
    results: list[RowResult]

    @property
    def calls(self) -> int:
        return self.reads + self.writes


def measure(office: Office) -> list[Figure]:
    """Four syncs of the same range, one after the other, by the server's own count of calls."""
    company = load_company(COMPANY_FILE)
    first = sync(office, company, "first")
    unchanged = sync(office, company, "unchanged")
    edited_rows = _edit(office, first)
    edited = sync(office, company, "edited")
    forced = sync(office, company, "force", force=True)
    per_thousand = first.calls / first.rows * 1000
    return [
        _figure("first sync", first, "40 per 1,000 rows", per_thousand <= 40),
        _figure(f"unchanged re-run of {unchanged.rows:,} rows", unchanged, "0 writes, 5 reads in all",
                unchanged.writes == 0 and unchanged.reads <= 5),
        _figure(f"{edited_rows} invoices (1 %) edited", edited, "", None),
        _figure("force", forced, "", None),
    ]  # fmt: skip


def _figure(name: str, counted: Counted, target: str, met: bool | None) -> Figure:
    thousand = counted.rows / 1000
    note = (
        f"{counted.rows:,} rows, {counted.written:,} of them written, in {counted.seconds:.1f} s; {counted.writes} writes, "
        f"{counted.reads} metered reads ({counted.reads / thousand:.2f} per 1,000 rows)"
    )
    return Figure(
        group=GROUP,
        name=name,
        value=counted.calls / thousand,
        unit="calls per 1,000 rows",
        target=target,
        met=met,
        note=note,
    )


def sync(office: Office, company: Company, run_id: str, *, force: bool = False) -> Counted:
    before = office.control("counts")
    started = time.perf_counter()
    with open_run(office.environment, run_id, "benchmark") as run:
        recover(run)
        bring_up_to_date(run)
        _all_types(office, company, run, force)
        taken = time.perf_counter() - started
        found = results.results_of(run.connection, run.realm, run_id=run_id)
    after = office.control("counts")
    return Counted(
        rows=len(found),
        written=sum(one.status in ("created", "updated") for one in found),
        reads=after["reads"] - before["reads"],
        writes=after["writes"] + after["batches"] - before["writes"] - before["batches"],
        seconds=taken,
        results=found,
    )


def _all_types(office: Office, company: Company, run: Run, force: bool) -> None:
    read, choice = _read(office, company, force)
    context = Context(company, references_of(run.connection, run.realm), force)
    payers = read["tenants"] + read["programs"]
    everybody = [payer for _, payer in payers]
    everybody += [one.payer for name in ("invoices", "payments") for _, one in read[name] if one.payer]
    newest = {(one.kind, one.source_id): one for one in sorted(everybody, key=lambda one: one.updated_at)}
    matches = matches_of(run, newest.values())
    for plan in (
        lambda: plan_customers(run, context, choice, payers, matches),
        lambda: plan_invoices(run, context, choice, read["invoices"], matches),
        lambda: plan_payments(run, context, choice, read["payments"], matches),
        lambda: plan_expenses(run, context, choice, read["expenses"]),
    ):
        plan_id = plan()
        push(run, plan_id)
        finish_plan(run, plan_id)


def _read(office: Office, company: Company, force: bool) -> tuple[dict[str, list[tuple[date, Any]]], Choice]:
    days = DateRange.of_days(FIRST_DAY, LAST_DAY)
    found: dict[str, list[tuple[date, Any]]] = {}
    with snapshot(office.environment.rentaxis_database_url.get_secret_value()) as source:
        for name in SOURCES:
            frame = extract(source, name, days, ORGANIZATION, company.zone)
            records = records_from_frame(frame, RECORD_CLASSES[name])
            found[name] = list(zip(frame[DAY].to_list(), records, strict=True))
        settings = integration_settings(source, ORGANIZATION)
    return found, Choice(
        first_day=FIRST_DAY,
        last_day=LAST_DAY,
        enabled_types=frozenset(settings.enabled_types or []),
        direction=settings.sync_direction or "none",
        force=force,
    )


def _edit(office: Office, first: Counted) -> int:
    """New memos on so many pushed invoices as one row in a hundred; returns how many."""
    pushed = [
        one.source_id for one in first.results if one.source_type == "invoice" and one.status == "created"
    ]
    chosen = sorted(pushed)[: max(1, first.rows // 100)]
    with psycopg.connect(office.environment.rentaxis_database_url.get_secret_value()) as connection:
        connection.execute(
            "update rentaxis.invoices set memo = 'Edited for the benchmark', updated_at = now() where id::text = any(%s)",
            [chosen],
        )
    return len(chosen)
