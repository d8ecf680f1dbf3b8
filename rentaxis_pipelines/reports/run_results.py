"""The results of a run, or the newest ones of some days, as they are read for its page in Dagster, the terminal and the files.

Here: what is read, each part once; rows only in turn. Not here: the SQL (``ledger.run_results``), words and files (``run_rows``, ``run_files``).
"""

import datetime as dt
import functools
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from rentaxis_pipelines.ledger import run_results as ledger
from rentaxis_pipelines.ledger.run_results import DaySum, Which
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.reports.range_result import headline, needs_of
from rentaxis_pipelines.reports.run_files import RunBook, cause_lines, type_lines
from rentaxis_pipelines.reports.run_rows import OpenCauses, causes_by_day, open_causes
from rentaxis_pipelines.sync.outcomes import whole

_DAYS_AT_ONCE = 100
_CAUSES, _OF_CAUSE, _ROWS = 200, 20, 10  # read for a page or the terminal, which show fewer
_CAUSES_IN_A_FILE, _OF_CAUSE_IN_A_FILE = 1_000, 200


@dataclass(frozen=True)
class RunResults:
    """Results of a run to be read over this connection. ``status``: only those that have it."""

    connection: sa.Connection
    realm: str
    run_id: str
    status: str | None
    which: Which

    @functools.cached_property
    def sums(self) -> list[DaySum]:
        return ledger.day_sums(self.connection, self.which)

    @property
    def count(self) -> int:
        return whole(self.sums).rows

    @property
    def has_failed(self) -> bool:
        return any(each.status == "failed" for each in self.sums)

    @functools.cached_property
    def causes(self) -> OpenCauses:
        """Why rows need attention."""
        if not needs_of(self.sums):
            return OpenCauses()
        read = ledger.remedies(self.connection, self.which, causes=_CAUSES, of_cause=_OF_CAUSE, rows=_ROWS)
        return open_causes(read)

    def causes_by_day(self, days: Sequence[dt.date]) -> Iterator[tuple[dt.date, OpenCauses]]:
        """The same of each of these days by itself, some days at a time."""
        needing = {each.day for each in self.sums if needs_of([each])}
        for start in range(0, len(days), _DAYS_AT_ONCE):
            some = days[start : start + _DAYS_AT_ONCE]
            asked = [day for day in some if day in needing]
            read = (
                ledger.remedies(
                    self.connection, self.which, asked, causes=_CAUSES, of_cause=_OF_CAUSE, rows=_ROWS
                )
                if asked
                else []
            )
            found = causes_by_day(read)
            yield from ((day, found.get(day, OpenCauses())) for day in some)

    def rows_in_turn(self) -> Iterator[list[RowResult]]:
        """Every row, failed ones first, then by amount. Nothing may be committed on the connection meanwhile."""
        return ledger.rows_in_turn(self.connection, self.which)

    def book(self) -> RunBook:
        """What its Excel file is made of; its rows are read as the file is written."""
        causes = OpenCauses()
        if needs_of(self.sums):
            read = ledger.remedies(
                self.connection, self.which, causes=_CAUSES_IN_A_FILE, of_cause=_OF_CAUSE_IN_A_FILE, rows=0
            )
            causes = open_causes(read)
        return RunBook(
            run_id=self.run_id,
            days=_days(self.sums),
            headline=headline(needs_of(self.sums), self.count),
            requested_by=ledger.requested_by(self.connection, self.which) if self.sums else "",
            realm=self.realm if self.sums else "",
            status=self.status,
            types=type_lines(self.sums),
            causes=cause_lines(causes),
            needing=itertools.chain.from_iterable(ledger.needing_in_turn(self.connection, self.which)),
            rows=itertools.chain.from_iterable(self.rows_in_turn()),
            count=self.count,
        )


def of_run(connection: sa.Connection, realm: str, run_id: str, status: str | None = None) -> RunResults:
    """What became of the rows of a run."""
    return RunResults(connection, realm, run_id, status, ledger.of_run(realm, run_id, status))


def newest_of_days(connection: sa.Connection, realm: str, run_id: str, days: Sequence[dt.date]) -> RunResults:
    """The latest result of every record of these days, shown by a run that pushed nothing itself."""
    return RunResults(connection, realm, run_id, None, ledger.newest_of_days(realm, days))


def _days(sums: Sequence[DaySum]) -> str:
    days = sorted({each.day for each in sums})
    if not days:
        return "no days"
    return f"{days[0]}" if days[0] == days[-1] else f"{days[0]} to {days[-1]}"
