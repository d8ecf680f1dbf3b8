"""The proof of the statements as people read it: how far the two agree, what explains the rest, and what nothing explains.

Not here: any figure that is not in the marts ``statement_*``.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import execute
from rentaxis_pipelines.reports.marts import rows_of

_MOST = 20  # totals without an explanation; the work paper has all of them

# What a cause comes to in either book: the half of it that is debits.
_CAUSES = """select meaning, sum(amount) filter (where amount > 0) as amount, count(distinct month) as months,
               (array_agg(examples order by abs(amount) desc, examples))[1] as examples
             from statement_causes group by cause, meaning order by 2 desc nulls last, 1"""
_COUNTS = """select count(*) as totals, count(*) filter (where difference = 0) as agreeing, coalesce(sum(abs(unexplained)), 0) as unexplained
             from statement_totals"""
_BY_CLASS = _COUNTS.replace("statement_totals", "statement_classes")
_ACCOUNTS = """select distinct name, rentaxis_accounts, account like 'RentAxis: %' as is_unmapped from statement_totals
               where account like 'RentAxis: %' or rentaxis_accounts like '%,%' order by 1"""


def describe_statements(connection: sa.Connection) -> str:
    """The section of ``rentaxis-sync reconcile``, as plain text."""
    return "\n".join(_lines(connection))


def _lines(connection: sa.Connection) -> Iterator[str]:
    (state,) = rows_of(connection, "statement_state")
    if state["reason"] is not None:
        yield f"Profit and loss and balance sheet are not compared: {state['reason']}."
        return
    counts = execute(connection, _COUNTS).one()
    yield (
        f"Profit and loss and balance sheet, {state['first_month']:%B %Y} to {state['last_month']:%B %Y}, accrual: RentAxis' ledger against "
        f"QuickBooks' own reports. Of {counts.totals:,} monthly account totals {counts.agreeing:,} agree and "
        f"{counts.totals - counts.agreeing:,} differ; {counts.unexplained:,.2f} without an explanation."
    )
    for row in execute(connection, _CAUSES):
        examples = f" ({row.examples})" if row.examples else ""
        yield f"  {row.amount or 0:,.2f} in {_months(row.months)}: {row.meaning}{examples}"
    for row in execute(connection, _ACCOUNTS).mappings():
        yield _about_account(row)
    if state["by_class"]:
        by_class = execute(connection, _BY_CLASS).one()
        yield (
            f"  Profit and loss by property (class): of {by_class.totals:,} monthly account totals {by_class.agreeing:,} agree and "
            f"{by_class.totals - by_class.agreeing:,} differ; {by_class.unexplained:,.2f} without an explanation."
        )
    where = "unexplained <> 0"
    for row in rows_of(connection, "statement_totals", where=where, order_by="month, name", limit=_MOST):
        yield (
            f"  {row['month']:%B %Y}, {row['name']}: RentAxis {row['rentaxis']:,.2f}, QuickBooks {row['quickbooks']:,.2f}; "
            f"{row['unexplained']:,.2f} without an explanation."
        )


def _about_account(row: Mapping[Any, Any]) -> str:
    if row["is_unmapped"]:
        return f"  {row['name']}: the company file maps it to no QuickBooks account, so all of it differs."
    return f"  {row['name']} in QuickBooks is {row['rentaxis_accounts']} in RentAxis together."


def _months(number: int) -> str:
    return f"{number} {'month' if number == 1 else 'months'}"
