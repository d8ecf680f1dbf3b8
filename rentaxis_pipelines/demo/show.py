"""The demo's three runs over the same range (first, again, forced) and what they prove. Reads both sides independently."""

import contextlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import psycopg
from psycopg import sql

from rentaxis_pipelines.cli import screen
from rentaxis_pipelines.demo.stack import Stack
from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.ledger.run_results import DaySum
from rentaxis_pipelines.mapping.registry import MAPPINGS
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.record_type import RecordType
from rentaxis_pipelines.model.record_types import CHOSEN
from rentaxis_pipelines.model.results import WRITTEN
from rentaxis_pipelines.orchestration import launch
from rentaxis_pipelines.orchestration.partitions import days_to_choose_from
from rentaxis_pipelines.render.terminal import Column, Console, say, table
from rentaxis_pipelines.reports.export import results_of_run, summed
from rentaxis_pipelines.reports.run_rows import OpenCauses
from rentaxis_pipelines.settings import Environment, Scope
from rentaxis_pipelines.sync.outcomes import whole

RUNS = (("first", False), ("again", False), ("forced", True))  # and whether it forces
Side = tuple[int, Decimal]  # count, money
_DATED = [record_type for record_type in CHOSEN if record_type.dated and not record_type.optional]


@dataclass(frozen=True)
class RunReport:
    """One run: what became of its rows, and the calls that QuickBooks counted.

    ``stands``: the records that are in QuickBooks after it. ``beside``: what of other record types, and of expenses below zero, stands there in
    forms of the same name, such as a refund in an expense; by form.
    """

    name: str
    run_id: str
    sums: Sequence[DaySum]
    causes: OpenCauses
    stands: set[Key]
    beside: Mapping[str, Side]
    writes: int
    reads: int
    seconds: float
    error: str | None

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "results": summed(self.sums),
            "writes": self.writes,
            "reads": self.reads,
            "seconds": round(self.seconds, 2),
        }


@dataclass(frozen=True)
class Report:
    """The whole demo. ``rentaxis``: what should be in QuickBooks, by record type, summed in the RentAxis database itself."""

    runs: Sequence[RunReport]
    rentaxis: dict[str, dict[str, Any]] = field(default_factory=dict)
    quickbooks: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def broken(self) -> bool:
        return any(run.error for run in self.runs)

    def as_dict(self) -> dict[str, Any]:
        return {
            "runs": [run.as_dict() for run in self.runs],
            "rentaxis": self.rentaxis,
            "quickbooks": self.quickbooks,
        }


def three_runs(
    stack: Stack, saying: Callable[[str], contextlib.AbstractContextManager[None]], scope: Scope
) -> Report:
    """Sync the company's whole range three times through the Dagster jobs."""
    environment = scope.environment
    realm = environment.quickbooks_realm_id
    days = days_with_records(stack.rentaxis_url, scope, environment.rentaxis_organization_id)
    runs: list[RunReport] = []
    with launch.instance() as instance:
        for name, force in RUNS:
            before, started = stack.quickbooks_counts(realm), time.perf_counter()
            with saying(f"{name}: bulk_sync for {days}"):
                done = launch.run_range(scope, days, instance=instance, force=force)
            seconds = time.perf_counter() - started
            after = stack.quickbooks_counts(realm)
            read = (
                ([], OpenCauses(), set[Key](), dict[str, Side]())
                if done.error
                else _read(environment, done.run_id)
            )
            calls = {kind: after[kind] - before[kind] for kind in ("reads", "writes", "batches")}
            writes = calls["writes"] + calls["batches"]
            runs.append(RunReport(name, done.run_id, *read, writes, calls["reads"], seconds, done.error))
    counts = stack.quickbooks_counts(realm)
    quickbooks = {name: entry for name, entry in counts.items() if isinstance(entry, dict)}
    return Report(runs, _rentaxis_side(stack, runs), quickbooks)


def _read(
    environment: Environment, run_id: str
) -> tuple[Sequence[DaySum], OpenCauses, set[Key], dict[str, Side]]:
    compared = {source_type for record_type in _DATED for source_type in record_type.source_types}
    stands, beside = set[Key](), dict[str, Side]()
    with results_of_run(environment, run_id, None) as run:
        for row in (row for rows in run.rows_in_turn() for row in rows):
            if row.status not in WRITTEN and (row.reason_code != "unchanged" or not row.quickbooks_id):
                continue
            if row.source_type in compared and row.amount >= 0:
                stands.add((row.source_type, row.source_id))
            elif row.quickbooks_type:
                count, money = beside.get(row.quickbooks_type, (0, Decimal(0)))
                beside[row.quickbooks_type] = (count + 1, money + abs(row.amount))
        return run.sums, run.causes, stands, beside


def days_with_records(rentaxis_url: str, scope: Scope, organization: str) -> DateRange:
    """From the first to the last day with a record of the organization, among the days that the company can choose."""
    choice = days_to_choose_from(scope)
    with psycopg.connect(rentaxis_url) as connection:
        row = connection.execute(
            """select min(day), max(day) from (
                 select invoice_date as day from rentaxis.invoices where organization_id = %(organization)s
                 union all select payment_date from rentaxis.payments where organization_id = %(organization)s
                 union all select expense_date from rentaxis.expenses where organization_id = %(organization)s) days
               where day between %(first)s and %(last)s""",
            {"organization": organization, "first": choice.first_day, "last": choice.last_day},
        ).fetchone()
    assert row is not None
    return DateRange.of_days(*row)


def _rentaxis_side(stack: Stack, runs: Sequence[RunReport]) -> dict[str, dict[str, Any]]:
    """By record type, the records now in QuickBooks, counted and summed in the RentAxis database, not in ours."""
    in_quickbooks = {record for run in runs for record in run.stands}
    sums: dict[str, dict[str, Any]] = {}
    with psycopg.connect(stack.rentaxis_url) as connection:
        for record_type in _DATED:
            name = record_type.name
            ids = [source_id for kind, source_id in in_quickbooks if kind in record_type.source_types]
            statement = sql.SQL(
                "select count(*), coalesce(sum({}), 0) from rentaxis.{} where id::text = any(%s)"
            ).format(sql.Identifier(MAPPINGS[name].amount_field or "amount"), sql.Identifier(name))
            count, total = connection.execute(statement, [ids]).fetchone() or (0, Decimal(0))
            sums[name] = {"count": count, "total": f"{total:.2f}"}
    return sums


def print_reports(reports: Mapping[str, Report], out: Console) -> None:
    """A line for each of several companies, by short name: its first run, what the next one wrote, and whether both sides agree."""
    columns = [
        Column(name)
        for name in ("company", "created", "not pushed", "written again", "seconds", "in QuickBooks")
    ]
    cells: list[tuple[str, ...]] = []
    for slug, report in reports.items():
        stopped = next((run.error for run in report.runs if run.error), None)
        if stopped:
            cells.append((slug, "", "", "", "", f"the run stopped. {stopped}"))
            continue
        first, again, *_ = report.runs
        created = whole(each for each in first.sums if each.status == "created").rows
        taken = f"{sum(run.seconds for run in report.runs):.1f}"
        verdict = _verdict(*(both_sides(report, record_type) for record_type in _DATED))
        cells.append(
            (slug, str(created), str(whole(first.sums).rows - created), str(again.writes), taken, verdict)
        )
    say(out, table(f"{len(reports)} companies, three runs each", columns, cells))


def print_report(report: Report, out: Console) -> None:
    """A table for each run, then the rows that were not pushed, then the totals of both sides."""
    if not out.is_terminal:
        out.width = int(os.environ.get("COLUMNS", "140"))
    for run in report.runs:
        if run.error:
            say(out, f"{run.name}: the run stopped. {run.error}", style="red")
            continue
        calls = f"{run.writes} writes, {run.reads} reads, {run.seconds:.1f} s"
        say(out, screen.counts_table(f"{run.name}   ({calls})", run.sums))
    if report.broken:
        return
    screen.print_exceptions(report.runs[-1].sums, report.runs[-1].causes, out)
    for record_type in _DATED:
        sides = both_sides(report, record_type)
        (ours_count, ours), (count, total) = sides
        say(
            out,
            f"{record_type.name}: RentAxis {ours_count} worth {ours:,.2f}, QuickBooks ({' and '.join(record_type.entities)}) "
            f"{count} worth {total:,.2f}: {_verdict(sides)}.",
        )


def both_sides(report: Report, record_type: RecordType) -> tuple[Side, Side]:
    """Count and money of a record type, in RentAxis and in QuickBooks. What other types put into the same forms is not counted."""
    theirs = [report.quickbooks.get(entity, {"count": 0, "total": "0.00"}) for entity in record_type.entities]
    others = [report.runs[-1].beside.get(entity, (0, Decimal(0))) for entity in record_type.entities]
    ours = report.rentaxis[record_type.name]
    return (
        (ours["count"], Decimal(ours["total"])),
        (
            sum(each["count"] for each in theirs) - sum(count for count, _ in others),
            sum((Decimal(each["total"]) for each in theirs), Decimal(0))
            - sum((money for _, money in others), Decimal(0)),
        ),
    )


def _verdict(*types: tuple[Side, Side]) -> str:
    return "equal to the cent" if all(ours == theirs for ours, theirs in types) else "DIFFERENT"
