"""The special cases: one function each, named after what its label finds (or the deed, where several share
one).

Every row of the table of accounting cases is here at least once, and every row that a sync must refuse. A
case is written once whatever the size of the portfolio, within the six months that end with its last one.
"""

from rentaxis_pipelines.demo.cases import bad_rows, books, expenses, invoices, payers, payments
from rentaxis_pipelines.demo.town import Town

CASES = (*payers.CASES, *invoices.CASES, *payments.CASES, *expenses.CASES, *books.CASES, *bad_rows.CASES)
HOMES = 42  # that the cases together let to tenants of their own


def write_cases(town: Town) -> None:
    for case in CASES:
        case(town)
