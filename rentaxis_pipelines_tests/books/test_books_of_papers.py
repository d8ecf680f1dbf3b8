"""Files RentAxis keeps with its records, from the row and the bytes on a disk to what is attached in QuickBooks.

A file is attached to its transaction by an upload with an AttachableRef, as Intuit's guide "Attach images and notes" shows; its bytes
cannot be exchanged afterwards (entity reference, Attachable).
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rentaxis_pipelines_tests.support.accountant import Accountant, one
from rentaxis_pipelines_tests.support.chain import Chain
from rentaxis_pipelines_tests.support.rentaxis_records import RentAxisRecords

PDF = b"%PDF-1.4\nA receipt for a kitchen tap.\n%%EOF\n"
PUSHED = ("customers", "invoices", "payments", "expenses", "papers")


@pytest.fixture
def papers(chain: Chain, tmp_path: Path) -> Path:
    """The folder RentAxis keeps its files in; the company pushes them."""
    update = {"also_push": ("papers",), "papers_folder": str(tmp_path)}
    chain.company = chain.company.model_copy(update=update)
    return tmp_path


@pytest.fixture
def kept(papers: Path, rentaxis: RentAxisRecords) -> Callable[..., int]:
    """Put a file into the folder and a row for it into RentAxis; returns its id."""

    def keep(owner: tuple[str, int], content: bytes = PDF, location: str = "", **columns: Any) -> int:
        location = location or f"{owner[0]}/{owner[1]}/receipt.pdf"
        path = papers / location
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return rentaxis.paper(owner, content, location, **columns)

    return keep


def test_a_receipt_is_attached_to_its_expense(rentaxis, sync, accountant: Accountant, kept) -> None:
    """The same bytes, on the purchase the expense became, not sent along with e-mails."""
    expense = rentaxis.expense("125.40")
    paper = kept(("expense", expense))
    result = sync()["paper", str(paper)]
    assert (result.status, result.action, result.quickbooks_type) == ("created", "create", "Attachable")
    attached = one(accountant.papers_of(accountant.of("expense", expense)))
    assert attached["content"] == PDF
    assert (attached["FileName"], attached["ContentType"]) == ("receipt.pdf", "application/pdf")
    assert attached["AttachableRef"][0]["IncludeOnSend"] is False
    assert attached["Note"].splitlines() == [
        f"SHA-256 {hashlib.sha256(PDF).hexdigest()}",
        f"RentAxis paper {paper}",
    ]


def test_run_again_nothing_is_attached_twice(rentaxis, sync, accountant: Accountant, kept) -> None:
    """Neither plainly nor with force, in full or not."""
    expense = rentaxis.expense("125.40")
    paper = str(kept(("expense", expense)))
    sync()
    assert sync()["paper", paper].reason_code == "unchanged"
    assert sync(full=True)["paper", paper].reason_code == "unchanged"
    sync(force=True)
    assert len(accountant.papers_of(accountant.of("expense", expense))) == 1
