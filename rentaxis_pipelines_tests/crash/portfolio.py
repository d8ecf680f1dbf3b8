"""What one launch of the crash harness pushes: the records of a RentAxis, and what of them a person ticked.

Here: the shape. Not here: how records are made (``records``), which portfolios there are (``portfolios``), what they come to (``expected``).
"""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from rentaxis_pipelines.model.record_types import RECORD_TYPES
from rentaxis_pipelines.model.source_records import (
    Credit,
    CreditApplication,
    Deposit,
    DepositSettlement,
    Expense,
    Invoice,
    JournalEntry,
    Paper,
    Payer,
    Payment,
    Refund,
)

FILES = Path(__file__).parent / "files"

FIRST_DAY, LAST_DAY = dt.date(2026, 3, 1), dt.date(2026, 3, 31)


@dataclass(frozen=True)
class Portfolio:
    """The records of one launch. ``types``: what a person ticked; ``record``: the one that was named instead (source type, id)."""

    payers: tuple[Payer, ...]
    invoices: tuple[Invoice, ...]
    payments: tuple[Payment, ...]
    expenses: tuple[Expense, ...]
    refunds: tuple[Refund, ...] = ()
    settlements: tuple[DepositSettlement, ...] = ()
    entries: tuple[JournalEntry, ...] = ()
    credits: tuple[Credit, ...] = ()
    applications: tuple[CreditApplication, ...] = ()
    papers: tuple[Paper, ...] = ()
    deposits: tuple[Deposit, ...] = ()
    types: tuple[str, ...] = RECORD_TYPES
    record: tuple[str, str] | None = None
