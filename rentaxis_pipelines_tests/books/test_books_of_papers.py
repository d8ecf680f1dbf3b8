"""Files RentAxis keeps with its records, from the row and the bytes on a disk to what is attached in QuickBooks.

A file is attached to its transaction by an upload with an AttachableRef, as Intuit's guide "Attach images and notes" shows; its bytes
cannot be exchanged afterwards (entity reference, Attachable).
"""

import datetime as dt
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from rentaxis_pipelines.ledger.database import connect
from rentaxis_pipelines.reports.reconcile import context_of, reconcile
from rentaxis_pipelines.reports.record_page import record_page
from rentaxis_pipelines.settings.scope import Scope
from rentaxis_pipelines_tests.books.undoing import undo
from rentaxis_pipelines_tests.support.accountant import Accountant, money, one
from rentaxis_pipelines_tests.support.chain import Chain
from rentaxis_pipelines_tests.support.rentaxis_records import RentAxisRecords

PDF = b"%PDF-1.4\nA receipt for a kitchen tap.\n%%EOF\n"
NOON = dt.datetime(2026, 5, 2, 12, tzinfo=dt.UTC)


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


def test_files_of_every_kind_of_record(rentaxis, sync, accountant: Accountant, kept, chain: Chain) -> None:
    """Of an invoice, a payment, an unpaid expense (a bill), a tenant and a vendor: each on what it is in QuickBooks."""
    tenant = rentaxis.tenant("Ann Paper")
    invoice = rentaxis.invoice(tenant, "900.00")
    payment = rentaxis.payment(tenant, "900.00", (invoice, "900.00"))
    vendor = rentaxis.vendor("Paper Plumbing")
    bill = rentaxis.expense("80.00", status="unpaid", vendor_id=vendor)
    owners = [("invoice", invoice), ("payment", payment), ("expense", bill), tenant, ("vendor", vendor)]
    papers = [kept(owner, b"scan of " + str(owner).encode(), created_at=NOON) for owner in owners]
    results = sync()
    assert [results["paper", str(paper)].status for paper in papers] == ["created"] * 5
    customer, made = (
        accountant.customer("Ann Paper"),
        one(found for found in accountant.all("Vendor") if found["DisplayName"] == "Paper Plumbing"),
    )
    documents = [
        accountant.of("invoice", invoice),
        accountant.of("payment", payment),
        accountant.of("expense", bill),
        {"entity": "Customer", **customer},
        {"entity": "Vendor", **made},
    ]
    assert documents[2]["entity"] == "Bill"
    for owner, document in zip(owners, documents, strict=True):
        assert one(accountant.papers_of(document))["content"] == b"scan of " + str(owner).encode()


def test_same_bytes_once_on_a_record_and_again_on_another(
    rentaxis, sync, accountant: Accountant, kept
) -> None:
    """Two rows with the same file on one expense are one attachment; the same file on two expenses is two."""
    first, second = rentaxis.expense("10.00"), rentaxis.expense("11.00")
    kept(("expense", first))
    twice = str(kept(("expense", first), location="copy/receipt (1).pdf"))
    kept(("expense", second))
    result = sync()["paper", twice]
    assert (result.status, result.reason_code) == ("skipped", "unchanged")
    assert "already" in (result.reason or "")
    assert len(accountant.papers_of(accountant.of("expense", first))) == 1
    assert len(accountant.papers_of(accountant.of("expense", second))) == 1
    assert sync()["paper", twice].reason_code == "unchanged"
    assert len(accountant.papers_of(accountant.of("expense", first))) == 1


def test_the_copy_takes_over_when_the_first_is_deleted(rentaxis, sync, accountant: Accountant, kept) -> None:
    """One of two rows with the same file is deleted: its attachment goes, and that of the other comes."""
    expense = rentaxis.expense("10.00")
    first = kept(("expense", expense))
    twice = str(kept(("expense", expense), location="copy/scan.pdf"))
    sync()
    rentaxis.change("papers", first, deleted_at=NOON)
    sync()
    sync()
    attached = one(accountant.papers_of(accountant.of("expense", expense)))
    assert attached["Note"].endswith(f"RentAxis paper {twice}")


def test_a_file_without_a_known_hash_is_read_first(rentaxis, sync, accountant: Accountant, kept) -> None:
    """RentAxis keeps no SHA-256: what is attached is what was read, once."""
    expense = rentaxis.expense("10.00")
    paper = str(kept(("expense", expense), sha256=None))
    assert sync()["paper", paper].status == "created"
    assert sync()["paper", paper].reason_code == "unchanged"
    assert one(accountant.papers_of(accountant.of("expense", expense)))["content"] == PDF


@pytest.mark.parametrize("how", ["marked", "removed"])
def test_deleted_in_rentaxis(rentaxis, sync, accountant: Accountant, kept, how: str) -> None:
    """Its attachment is deleted, the expense stays; both a row marked as deleted and one that is gone."""
    expense = rentaxis.expense("10.00")
    paper = kept(("expense", expense))
    sync()
    if how == "marked":
        rentaxis.change("papers", paper, deleted_at=NOON)
    else:
        rentaxis.erase("papers", paper)
    result = sync()["paper", str(paper)]
    assert (result.status, result.action) == ("updated", "delete")
    document = accountant.of("expense", expense)
    assert accountant.papers_of(document) == []
    assert document["TotalAmt"] == money("10.00")
    sync()
    assert accountant.papers_of(accountant.of("expense", expense)) == []


def test_deleted_in_rentaxis_and_only_reported(
    rentaxis, sync, accountant: Accountant, kept, policies
) -> None:
    """With ``deleted: report`` the attachment stays, and every run says so."""
    expense = rentaxis.expense("10.00")
    paper = kept(("expense", expense))
    sync()
    policies(deleted="report")
    rentaxis.change("papers", paper, deleted_at=NOON)
    assert sync()["paper", str(paper)].status == "failed"
    assert len(accountant.papers_of(accountant.of("expense", expense))) == 1


def test_deleted_in_rentaxis_but_changed_by_a_person(
    rentaxis, sync, accountant: Accountant, kept, chain
) -> None:
    """An attachment that a person gave another note is not deleted; the row says so."""
    expense = rentaxis.expense("10.00")
    paper = kept(("expense", expense))
    sync()
    attached = one(accountant.papers_of(accountant.of("expense", expense)))
    noted = {"Id": attached["Id"], "SyncToken": attached["SyncToken"], "sparse": True, "Note": "Ask Dana"}
    chain.write("Attachable", noted)
    rentaxis.change("papers", paper, deleted_at=NOON)
    assert sync()["paper", str(paper)].reason_code == "changed_in_quickbooks"
    assert len(accountant.papers_of(accountant.of("expense", expense))) == 1


def test_removed_in_quickbooks_by_a_person(rentaxis, sync, accountant: Accountant, kept, chain) -> None:
    """Reported, and not uploaded again, until somebody forces it."""
    expense = rentaxis.expense("10.00")
    paper = str(kept(("expense", expense)))
    sync()
    attached = one(accountant.papers_of(accountant.of("expense", expense)))
    accountant.control("hand", {"deed": "delete", "entity": "Attachable", "id": attached["Id"]})
    assert sync()["paper", paper].reason_code == "gone_in_quickbooks"
    assert sync()["paper", paper].reason_code == "gone_in_quickbooks"
    assert accountant.papers_of(accountant.of("expense", expense)) == []
    chain.push_record("paper", paper, force=True)
    assert one(accountant.papers_of(accountant.of("expense", expense)))["content"] == PDF


def test_a_record_that_is_not_there_yet(rentaxis, sync, accountant: Accountant, kept) -> None:
    """The file of an invoice that fails waits; of a draft it is left alone; both come once the record does."""
    tenant = rentaxis.tenant("Waiting Will")
    broken = rentaxis.invoice(tenant, ("50.00", "5999"))
    rentaxis.change("invoices", broken, total_amount=51)
    draft = rentaxis.invoice(tenant, "60.00", status="draft")
    waits, left = str(kept(("invoice", broken))), str(kept(("invoice", draft)))
    results = sync()
    assert results["paper", waits].reason_code == "waiting_for_parent"
    assert results["paper", left].reason_code == "draft"
    rentaxis.bill_again(broken, "51.00")
    rentaxis.change("invoices", draft, status="sent")
    results = sync()
    assert {results["paper", waits].status, results["paper", left].status} == {"created"}


@pytest.mark.parametrize(
    ("columns", "content", "code"),
    [
        ({"file_name": "setup.exe"}, PDF, "paper_unfit"),
        ({"file_name": "photo.heic"}, PDF, "paper_unfit"),
        ({"size_bytes": 20 * 1024 * 1024 + 1}, PDF, "paper_unfit"),
        ({"sha256": None, "size_bytes": None}, b"x" * (20 * 1024 * 1024 + 1), "paper_unfit"),
        ({"sha256": "0" * 64}, PDF, "paper_unfit"),
        ({"sha256": None, "size_bytes": 7}, PDF, "paper_unfit"),
        ({"sha256": None}, b"", "paper_unfit"),
        ({"location": "../../etc/passwd"}, PDF, "paper_unfit"),
        ({"location": "/etc/passwd"}, PDF, "paper_unfit"),
        ({"location": "http://example.com/receipt.pdf"}, PDF, "paper_unfit"),
        ({"location": "file:///etc/passwd"}, PDF, "paper_unfit"),
        ({"location": "https://127.0.0.1/receipt.pdf"}, PDF, "paper_unfit"),
        ({"location": "https://[::1]/receipt.pdf"}, PDF, "paper_unfit"),
        ({"location": "https://169.254.169.254/latest/meta-data/"}, PDF, "paper_unfit"),
        ({"location": "nowhere/receipt.pdf"}, PDF, "paper_unreadable"),
    ],
)
def test_what_cannot_be_attached_never_holds_up_its_record(
    rentaxis, sync, accountant: Accountant, kept, columns: dict[str, Any], content: bytes, code: str
) -> None:
    """The expense is in the books, the file has a result of its own with a reason and a remedy, and nothing is attached."""
    expense = rentaxis.expense("10.00")
    paper = kept(("expense", expense), content)
    rentaxis.change("papers", paper, **columns)
    results = sync()
    assert results["expense", str(expense)].status == "created"
    result = results["paper", str(paper)]
    assert (result.status, result.reason_code) == ("failed", code)
    assert result.reason
    assert result.how_to_fix
    assert "passwd" not in f"{result.reason} {result.how_to_fix}"
    assert accountant.papers_of(accountant.of("expense", expense)) == []
    rentaxis.change("papers", paper, deleted_at=NOON)


def test_exchanged_for_other_bytes(rentaxis, sync, accountant: Accountant, kept, papers: Path) -> None:
    """QuickBooks keeps the bytes of a file: the new ones are attached as another file, and then the earlier one is taken off."""
    expense = rentaxis.expense("10.00")
    paper = kept(("expense", expense), location="exchanged/receipt.pdf")
    sync()
    (papers / "exchanged" / "receipt.pdf").write_bytes(b"%PDF other bytes")
    changed = hashlib.sha256(b"%PDF other bytes").hexdigest()
    rentaxis.change("papers", paper, sha256=changed, size_bytes=16)
    results = sync()
    assert results["paper", str(paper)].status == "created"
    assert results["paper_replaced", str(paper)].action == "delete"
    assert one(accountant.papers_of(accountant.of("expense", expense)))["content"] == b"%PDF other bytes"
    results = sync()
    assert results["paper", str(paper)].reason_code == "unchanged"
    assert ("paper_replaced", str(paper)) not in results


def test_exchanged_for_bytes_that_cannot_be_attached(rentaxis, sync, accountant: Accountant, kept) -> None:
    """What is attached stays until the new bytes are there; once they are, they take its place."""
    expense = rentaxis.expense("10.00")
    paper = kept(("expense", expense), location="late/receipt.pdf")
    sync()
    rentaxis.change("papers", paper, location="nowhere/receipt.pdf", sha256="0" * 64)
    results = sync()
    assert results["paper", str(paper)].reason_code == "paper_unreadable"
    assert results["paper_replaced", str(paper)].reason_code == "waiting_for_parent"
    assert one(accountant.papers_of(accountant.of("expense", expense)))["content"] == PDF
    again = hashlib.sha256(PDF).hexdigest()
    rentaxis.change("papers", paper, location="late/receipt.pdf", sha256=again)
    sync()
    assert one(accountant.papers_of(accountant.of("expense", expense)))["content"] == PDF


def test_not_pushed_unless_asked_for(rentaxis, sync, accountant: Accountant, kept, chain) -> None:
    """A company that does not name papers under also_push has none read or written."""
    expense = rentaxis.expense("10.00")
    paper = str(kept(("expense", expense)))
    chain.company = chain.company.model_copy(update={"also_push": ()})
    assert ("paper", paper) not in sync()
    assert accountant.papers_of(accountant.of("expense", expense)) == []


def test_previewed_approved_and_undone(rentaxis, accountant: Accountant, kept, chain: Chain) -> None:
    """A preview shows the file with its expense and sends neither; approved, both go; undone, what was attached is deleted first."""
    expense = rentaxis.expense("10.00")
    paper = str(kept(("expense", expense)))
    plan = chain.preview()
    shown = {(row.source_type, row.source_id): row for row in chain.results_of(plan)}
    assert shown["paper", paper].reason_code == "preview"
    assert not accountant.all_of("expense", expense)
    approved = chain.approve(plan)
    assert approved["paper", paper].status == "created"
    assert one(accountant.papers_of(accountant.of("expense", expense)))["content"] == PDF
    undone = undo(chain, approved["paper", paper].run_id)
    assert undone["paper", paper].action == "delete"
    assert undone["paper", paper].status == "updated"
    assert not accountant.all("Attachable") or all(
        not found["Note"].endswith(f"paper {paper}") for found in accountant.all("Attachable")
    )
    assert chain.sync()["paper", paper].reason_code == "undone"


def test_a_run_is_undone_that_took_a_file_off(rentaxis, sync, accountant: Accountant, kept, chain) -> None:
    """Its bytes are not kept here: the row says that the file has to be attached again by a run."""
    expense = rentaxis.expense("10.00")
    paper = kept(("expense", expense))
    sync()
    rentaxis.change("papers", paper, deleted_at=NOON)
    run_id = sync()["paper", str(paper)].run_id
    result = undo(chain, run_id)["paper", str(paper)]
    assert result.status == "failed"
    assert accountant.papers_of(accountant.of("expense", expense)) == []


def test_renamed_and_kept_with_another_record(rentaxis, sync, accountant: Accountant, kept) -> None:
    """The same attachment gets the other name, and is attached to the other record; there is no second one."""
    first, second = rentaxis.expense("10.00"), rentaxis.expense("11.00")
    paper = kept(("expense", first))
    sync()
    (before,) = accountant.papers_of(accountant.of("expense", first))
    rentaxis.change("papers", paper, file_name="tap.pdf", entity_id=second)
    assert sync()["paper", str(paper)].status == "updated"
    assert accountant.papers_of(accountant.of("expense", first)) == []
    after = one(accountant.papers_of(accountant.of("expense", second)))
    assert (after["Id"], after["FileName"], after["content"]) == (before["Id"], "tap.pdf", PDF)


def test_it_follows_an_expense_that_becomes_a_bill(rentaxis, sync, accountant: Accountant, kept) -> None:
    """A purchase that turns out to be unpaid becomes a bill: the file is then attached to the bill."""
    vendor = rentaxis.vendor("Slow Payer Supplies")
    expense = rentaxis.expense("10.00", vendor_id=vendor)
    paper = str(kept(("expense", expense)))
    sync()
    rentaxis.change("expenses", expense, status="unpaid", payment_method=None, paid_at=None)
    assert sync()["paper", paper].status == "updated"
    (bill,) = [found for found in accountant.all_of("expense", expense) if found["entity"] == "Bill"]
    assert one(accountant.papers_of(bill))["content"] == PDF


def test_what_a_reconciliation_and_the_record_page_say(
    rentaxis, sync, chain: Chain, accountant: Accountant, kept
) -> None:
    """Files that are not attached are among the open problems, counted and without an amount; the record's page shows what is attached."""
    expense = rentaxis.expense("10.00")
    good = str(kept(("expense", expense)))
    bad = str(kept(("expense", expense), location="setup.exe"))
    sync()
    with chain.engine() as engine:
        reconcile(engine.run, chain.environment, context_of(engine.run, chain.company))
        rows = engine.run.connection.execute(
            sa.text("select * from open_problems where cause = 'paper_unfit'")
        ).mappings()
        problem = next(row for row in rows if "kind" in row["example_reason"])
        assert (problem["amount"], problem["records"] > 0) == (0, True)
        drift = engine.run.connection.execute(sa.text("select * from drift")).mappings().all()
        assert not [row for row in drift if str(row["record"]).startswith("paper/")]
    scope = Scope(chain.company, connections=chain.environment)
    with connect(chain.environment.pipelines_database_url.get_secret_value()) as connection:
        page = record_page(scope, connection, "paper", good)
        refused = record_page(scope, connection, "paper", bad)
    shown = {row.field: row for row in page.sides}
    assert shown["file name"].rentaxis == "receipt.pdf"
    assert not [row.field for row in page.sides if row.differs]
    assert "does not take" in " ".join(map(str, refused.remarks))
    assert page.name.startswith("File receipt.pdf") or "receipt.pdf" in page.name
