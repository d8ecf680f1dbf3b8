"""Journal entries: posted, corrected, void, and a draft."""

import datetime as dt
from decimal import Decimal

from rentaxis_pipelines.model.source_records import JournalEntry, JournalLine
from rentaxis_pipelines_tests.crash.portfolio import Portfolio
from rentaxis_pipelines_tests.crash.records import BANK, REPAIRS, STAMP


def an_entry(number: int, amount: str, status: str = "posted") -> JournalEntry:
    nothing = Decimal("0.00")
    return JournalEntry(
        source_id=str(number),
        entry_number=None,
        entry_date=dt.date(2026, 3, number),
        origin="manual",
        status=status,
        total_amount=Decimal(amount),
        description="Management fee",
        memo=None,
        lines=[
            JournalLine("1", None, REPAIRS, Decimal(amount), nothing, None),
            JournalLine("2", None, BANK, nothing, Decimal(amount), None),
        ],
        updated_at=STAMP,
        deleted_at=None,
        imported_link=None,
    )


ENTRIES = Portfolio(
    (),
    (),
    (),
    (),
    entries=(an_entry(1, "400.00"), an_entry(2, "55.00"), an_entry(3, "1.00", "draft")),
    types=("journal_entries",),
)

ENTRIES_EDITED = Portfolio(
    (), (), (), (),
    entries=(an_entry(1, "410.00"), an_entry(2, "55.00", "void"), an_entry(3, "1.00"), an_entry(4, "7.77")),
    types=("journal_entries",),
)  # fmt: skip
