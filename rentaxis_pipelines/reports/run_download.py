"""A run's rows for its files, read from the ledger a few thousand at a time: a run of a million rows is never held in memory.

Not here: what a file looks like (``run_files``).
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

import sqlalchemy as sa

from rentaxis_pipelines.ledger.attention import need_of
from rentaxis_pipelines.ledger.run_list import ListedRun
from rentaxis_pipelines.ledger.run_rows_page import Group, rows_in_turn
from rentaxis_pipelines.ledger.run_sums import RunSum
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.reports import run_result
from rentaxis_pipelines.reports.range_result import headline
from rentaxis_pipelines.reports.run_files import RunBook
from rentaxis_pipelines.reports.run_reading import causes_of


def all_rows(
    connection: sa.Connection, realm: str, run_id: str, sums: Iterable[RunSum]
) -> Iterator[list[RowResult]]:
    """Every row of the run: those that need attention first, then by record type and outcome, the largest amounts first."""
    ordered = sorted(
        sums,
        key=lambda each: (
            need_of(each.status, each.reason_code) is None,
            each.status != "failed",
            each.record_type,
        ),
    )
    groups = [Group(each.record_type, each.status, each.reason_code) for each in ordered]
    return rows_in_turn(connection, realm, run_id, groups)


def run_book(connection: sa.Connection, realm: str, run: ListedRun, sums: Sequence[RunSum]) -> RunBook:
    """What the run's Excel file is made of; its rows are read as the file is written."""
    needing = rows_in_turn(connection, realm, run.run_id, run_result.open_groups(sums))
    return RunBook(
        run_id=run.run_id,
        days=days_of(run),
        headline=headline(run_result.needs_of(sums), run_result.total(sums).rows),
        requested_by=run.requested_by,
        realm=realm,
        status=None,
        types=_type_lines(sums),
        causes=_cause_lines(connection, realm, run.run_id, sums),
        needing=itertools.chain.from_iterable(needing),
        rows=itertools.chain.from_iterable(all_rows(connection, realm, run.run_id, sums)),
        count=run_result.total(sums).rows,
    )


def days_of(run: ListedRun) -> str:
    """``2026-10-01 to 2026-10-31``."""
    return str(DateRange.of_days(run.first_day, run.last_day))


def _type_lines(sums: Sequence[RunSum]) -> list[Sequence[object]]:
    lines: list[Sequence[object]] = []
    for record_type in dict.fromkeys(each.record_type for each in sums):
        of_type = [each for each in sums if each.record_type == record_type]
        by_status = (
            sum(each.rows for each in of_type if each.status == status) for status in run_result.OUTCOMES
        )
        whole = run_result.total(of_type)
        waiting = run_result.needs_of(of_type)["waiting"]
        lines.append((record_type.replace("_", " "), *by_status, waiting, whole.money))
    return lines


def _cause_lines(
    connection: sa.Connection, realm: str, run_id: str, sums: Sequence[RunSum]
) -> list[Sequence[object]]:
    lines: list[Sequence[object]] = []
    for cause in causes_of(connection, realm, run_id, sums):
        name, left = cause.code.replace("_", " "), cause.unlisted
        lines += [
            (name, remedy.rows, None, None, None, None, remedy.amount, remedy.how_to_fix)
            for remedy in cause.remedies
        ]
        if left:
            listed = sum((remedy.amount for remedy in cause.remedies), Decimal(0))
            more = "Those with smaller amounts: see the sheet Needs attention."
            lines.append((name, left, None, None, None, None, cause.money - listed, more))
    return lines
