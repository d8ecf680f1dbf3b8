"""The special cases, each named after its label, or after what happens if several share a label.

Every case of the accounting table is here at least once, and every record that a sync must refuse. A case is written once, whatever the
size of the portfolio, within its last six months.
"""

from rentaxis_pipelines.demo.cases import (
    bad_rows,
    books,
    credits,
    expenses,
    invoices,
    parties,
    payers,
    payments,
)
from rentaxis_pipelines.demo.town import Town

CASES = (
    *payers.CASES, *invoices.CASES, *payments.CASES, *expenses.CASES, *books.CASES, *bad_rows.CASES, *credits.CASES,
    *parties.CASES,
)  # fmt: skip
HOMES = 42  # that the cases together rent to their own tenants


def write_cases(town: Town) -> None:
    for case in CASES:
        case(town)
