"""What is read of results, made of a list of them by other means than the ledger's: sums, causes and the Excel file of a run."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

from rentaxis_pipelines.ledger.attention import need_of
from rentaxis_pipelines.ledger.run_results import DaySum
from rentaxis_pipelines.model.reasons import WAITING
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.reports.range_result import headline, needs_of
from rentaxis_pipelines.reports.run_files import RunBook, cause_lines, type_lines
from rentaxis_pipelines.reports.run_rows import OpenCause, OpenCauses, Remedy


def sums_of(rows: Iterable[RowResult]) -> list[DaySum]:
    """The sums of these rows by day and outcome."""
    groups: dict[tuple[object, ...], list[Decimal]] = defaultdict(list)
    for row in rows:
        action = row.action if row.reason_code == "preview" else ""
        groups[row.day, row.record_type, row.status, row.reason_code or "", action].append(row.amount)
    return [
        DaySum(day=day, record_type=name, status=status, reason_code=reason, action=action, rows=len(amounts), amount=sum(amounts, Decimal(0)))
        for (day, name, status, reason, action), amounts in groups.items()
    ]  # fmt: skip  # pyright: ignore[reportArgumentType]


def _weight(rows: Iterable[RowResult]) -> Decimal:
    return sum((abs(row.amount) for row in rows), Decimal(0))


def causes_of(rows: Iterable[RowResult]) -> OpenCauses:
    """Why rows need attention, all of them listed."""
    causes: dict[tuple[str, str], dict[str, list[RowResult]]] = defaultdict(lambda: defaultdict(list))
    needing = [row for row in rows if need_of(row.status, row.reason_code)]
    for row in needing:
        code, remedy = row.reason_code or "", row.how_to_fix or ""
        causes[code, "" if code in WAITING else remedy][remedy].append(row)
    listed = [
        OpenCause(
            code, sum(map(len, remedies.values())), sum((row.amount for group in remedies.values() for row in group), Decimal(0)), len(remedies),
            [
                Remedy(text, len(group), sum((row.amount for row in group), Decimal(0)), sorted(group, key=_place))
                for text, group in sorted(remedies.items(), key=lambda each: (-_weight(each[1]), each[0]))
            ],
        )
        for (code, _), remedies in sorted(
            causes.items(), key=lambda each: (-sum(map(_weight, each[1].values()), Decimal(0)), *each[0])
        )
    ]  # fmt: skip
    return OpenCauses(len(listed), len(needing), listed)


def _place(row: RowResult) -> tuple[object, ...]:
    return -abs(row.amount), row.status != "failed", row.day, row.source_type, row.source_id


def book_of(run_id: str, status: str | None, rows: Sequence[RowResult]) -> RunBook:
    """The Excel file of a run of these rows."""
    sums, causes = sums_of(rows), causes_of(rows)
    days = sorted({row.day for row in rows})
    return RunBook(
        run_id=run_id,
        days="no days" if not days else f"{days[0]}" if len(days) == 1 else f"{days[0]} to {days[-1]}",
        headline=headline(needs_of(sums), len(rows)),
        requested_by=rows[0].requested_by if rows else "",
        realm=rows[0].realm if rows else "",
        status=status,
        types=type_lines(sums),
        causes=cause_lines(causes),
        needing=[row for cause in causes.listed for remedy in cause.remedies for row in remedy.largest],
        rows=rows,
        count=len(rows),
    )
