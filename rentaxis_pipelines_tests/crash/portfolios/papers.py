"""Files on every kind of record."""

import datetime as dt
import hashlib
from dataclasses import replace as changed
from typing import Any

from msgspec.structs import replace

from rentaxis_pipelines.model.source_records import Paper
from rentaxis_pipelines_tests.crash.portfolio import FILES
from rentaxis_pipelines_tests.crash.portfolios.billing import FIRST
from rentaxis_pipelines_tests.crash.records import STAMP


def a_paper(number: int, owner: tuple[str, int], name: str, **changes: Any) -> Paper:
    content = (FILES / name).read_bytes()
    base = Paper(
        source_id=str(number),
        record_date=dt.date(2026, 3, 20),
        belongs_to_type=owner[0],
        belongs_to_id=str(owner[1]),
        file_name=name,
        content_type="text/plain",
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        location=name,
        updated_at=STAMP,
        deleted_at=None,
    )
    return replace(base, **changes)


# Files on every kind of record: the same one on two of them, one whose bytes nobody announced, and one row too many.
_WITHOUT_HASH = {"sha256": None, "size_bytes": None}

PAPERS = changed(
    FIRST,
    types=("customers", "invoices", "payments", "expenses", "papers"),
    papers=(
        a_paper(1, ("expense", 1), "receipt.txt"),
        a_paper(2, ("expense", 2), "receipt.txt", **_WITHOUT_HASH),
        a_paper(3, ("expense", 3), "bill.txt", file_name="it's a \"bill\".txt"),
        a_paper(4, ("invoice", 1), "bill.txt"),
        a_paper(5, ("tenant", 1), "receipt.txt"),
        a_paper(6, ("expense", 1), "receipt.txt", file_name="again.txt"),
    ),
)  # fmt: skip

PAPERS_EDITED = changed(
    PAPERS,
    papers=(
        replace(PAPERS.papers[0], deleted_at=STAMP),
        replace(PAPERS.papers[1], file_name="tap.txt"),
        PAPERS.papers[2],
        a_paper(4, ("invoice", 1), "receipt.txt", file_name="bill.txt"),  # other bytes
        PAPERS.papers[4],
        a_paper(7, ("payment", 1), "receipt.txt"),
    ),
)  # fmt: skip
