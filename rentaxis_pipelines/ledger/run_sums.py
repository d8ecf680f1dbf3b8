"""A run's rows and money by outcome, as kept while its results are written (migration 0014): exact at any moment, and read at once.

Not here: the rows themselves (``ledger.results``).
"""

from collections.abc import Iterable
from decimal import Decimal

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import fetch


class RunSum(msgspec.Struct, frozen=True):
    """Rows and money of a run with one outcome. ``reason_code``: empty where the rows have none."""

    run_id: str
    record_type: str
    status: str
    reason_code: str
    rows: int
    amount: Decimal


def sums_of_runs(connection: sa.Connection, realm: str, run_ids: Iterable[str]) -> dict[str, list[RunSum]]:
    """The sums of each of these runs, by run; a run without results is absent."""
    statement = """select run_id, record_type, status, reason_code, rows, amount from ledger.run_sums
                   where realm = :realm and run_id = any(:ids) and rows > 0 order by run_id, record_type, status, reason_code"""
    sums: dict[str, list[RunSum]] = {}
    for each in fetch(connection, RunSum, statement, realm=realm, ids=list(set(run_ids))):
        sums.setdefault(each.run_id, []).append(each)
    return sums
