"""HTTP calls and metered reads of whole syncs: first, unchanged, 1 % edited, force. The chain as Dagster runs it, without Dagster."""

import time
from dataclasses import dataclass
from datetime import date

import psycopg

from rentaxis_pipelines.ledger import results
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.model.sync_request import over
from rentaxis_pipelines_bench.figures import Figure
from rentaxis_pipelines_bench.measured_company import MeasuredCompany

FIRST_DAY, LAST_DAY = date(2026, 5, 1), date(2026, 10, 31)  # what the demo portfolio covers
GROUP = "HTTP calls of a whole sync"


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


def measure(measured: MeasuredCompany) -> list[Figure]:
    """Four syncs of the same range, one after the other, by the server's own count of calls."""
    first = sync(measured, "first")
    unchanged = sync(measured, "unchanged")
    edited_rows = _edit(measured, first)
    edited = sync(measured, "edited")
    forced = sync(measured, "force", force=True)
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


def sync(measured: MeasuredCompany, run_id: str, *, force: bool = False) -> Counted:
    before = measured.control("counts")
    started = time.perf_counter()
    with measured.engine(run_id, asked={"days": over(FIRST_DAY, LAST_DAY), "force": force}) as engine:
        engine.sync()
        taken = time.perf_counter() - started
        rows = results.results_of(engine.run.connection, engine.run.realm, run_id=run_id)
    after = measured.control("counts")
    return Counted(
        rows=len(rows),
        written=sum(row.status in ("created", "updated") for row in rows),
        reads=after["reads"] - before["reads"],
        writes=after["writes"] + after["batches"] - before["writes"] - before["batches"],
        seconds=taken,
        results=rows,
    )


def _edit(measured: MeasuredCompany, first: Counted) -> int:
    """New memos on so many pushed invoices as one row in a hundred; returns how many."""
    pushed = [
        row.source_id for row in first.results if row.source_type == "invoice" and row.status == "created"
    ]
    chosen = sorted(pushed)[: max(1, first.rows // 100)]
    with psycopg.connect(measured.environment.rentaxis_database_url.get_secret_value()) as connection:
        connection.execute(
            "update rentaxis.invoices set memo = 'Edited for the benchmark', updated_at = now() where id::text = any(%s)",
            [chosen],
        )
    return len(chosen)
