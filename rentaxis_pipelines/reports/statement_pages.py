"""The two statements as the desk shows them: whether they are compared, and what differs, a page at a time.

``connection`` looks into the company's reports; every function raises NotProved where the marts are not there. Not here: the text of the
command (``statement_words``).
"""

import datetime as dt
from decimal import Decimal

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.paging import ROWS_A_PAGE, Page, offset_of, page_of
from rentaxis_pipelines.ledger.sql import execute
from rentaxis_pipelines.reports.proof_state import missing_explained


class ComparedStatements(msgspec.Struct, frozen=True):
    """``reason``: why the two are not compared, as the end of a sentence; None where they are."""

    reason: str | None
    first_month: dt.date
    last_month: dt.date
    totals: int
    agreeing: int
    unexplained: Decimal


class StatementDifference(msgspec.Struct, frozen=True):
    """What one account moved by in one month on either side, and why it differs."""

    month: dt.date
    name: str
    statement: str
    rentaxis: Decimal
    quickbooks: Decimal
    difference: Decimal
    unexplained: Decimal
    why: str


def compared_statements(connection: sa.Connection) -> ComparedStatements:
    """How far the two agree."""
    statement = """select reason, first_month, last_month, (select count(*) from statement_totals) as totals,
                     (select count(*) from statement_totals where difference = 0) as agreeing,
                     (select coalesce(sum(abs(unexplained)), 0) from statement_totals) as unexplained
                   from statement_state"""
    with missing_explained():
        return ComparedStatements(**execute(connection, statement).mappings().one())


def statement_differences(
    connection: sa.Connection, number: int, size: int = ROWS_A_PAGE
) -> Page[StatementDifference]:
    """What differs, without an explanation first, then the latest month first."""
    statement = """select totals.month, totals.name, totals.statement, totals.rentaxis, totals.quickbooks, totals.difference, totals.unexplained,
                     coalesce((select string_agg(causes.meaning, ' ' order by abs(causes.amount) desc, causes.cause) from statement_causes as causes
                               where causes.month = totals.month and causes.account = totals.account), '') as why
                   from statement_totals as totals where totals.difference <> 0 or totals.unexplained <> 0
                   order by totals.unexplained = 0, totals.month desc, abs(totals.difference) desc, totals.account limit :limit offset :offset"""
    with missing_explained():
        rows = execute(connection, statement, limit=size + 1, offset=offset_of(number, size)).mappings()
        return page_of([StatementDifference(**row) for row in rows], number, size=size)
