"""Every write leaves a version: what stood in QuickBooks before it, what stands after it, the link before, who and in which run."""

import datetime as dt
from decimal import Decimal

import msgspec
import pytest

from rentaxis_pipelines.ledger import versions
from rentaxis_pipelines.ledger.database import engine
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.versions import LinkVersion
from rentaxis_pipelines.quickbooks.compare import same_content
from rentaxis_pipelines.reports.transactions import bring_up_to_date
from rentaxis_pipelines.sync.edits import keep_seen, note_edits
from rentaxis_pipelines.sync.pushing.recover import recover
from rentaxis_pipelines_tests.sync.pushing.conftest import REALM, PushedCompany


def versions_of(company: PushedCompany, source_type: str, source_id: str = "1") -> list[LinkVersion]:
    with engine(company.url).connect() as connection:
        return versions.of_record(connection, REALM, source_type, source_id)


def dearer(company: PushedCompany, amount: str = "250.00") -> PlannedRow:
    """The planned change of invoice 1 to another amount."""
    return company.changed(company.invoice("1", amount))


def noted_void(company: PushedCompany) -> PlannedRow:
    """The planned void of invoice 1, with a note to be written first."""
    return msgspec.structs.replace(
        company.void(company.invoice("1")),
        payload={"PrivateNote": "Void in RentAxis\nRentAxis invoice 1"},
        mapped=company.link("invoice", "1").mapped,
    )


def see(company: PushedCompany, entity: str) -> None:
    """Read all objects of the type, as a run does."""
    with company.run() as run:
        keep_seen(run, entity, list(run.client.query_all(entity)))
        run.connection.commit()


def read_books(company: PushedCompany) -> None:
    """Read what changed in QuickBooks' transactions, as a reconciliation does."""
    with company.run() as run:
        bring_up_to_date(run, dt.date(2026, 1, 1))


def test_a_creation_has_nothing_before_it_and_an_update_what_the_creation_left(company) -> None:
    company.push(company.invoice("1"), run_id="first")
    first_link = company.link("invoice", "1")
    company.push(dearer(company), run_id="second")
    created, updated = versions_of(company, "invoice")
    assert (created.action, created.run_id, created.who) == ("create", "first", "tests")
    assert (created.before, created.link) == (None, None)
    assert (updated.action, updated.run_id) == ("update", "second")
    assert updated.before == created.after
    assert updated.link == first_link
    assert (updated.before or {})["TotalAmt"] == Decimal("100.00")
    assert (updated.after or {})["TotalAmt"] == Decimal("250.00")
    assert updated.sync_token == (updated.after or {})["SyncToken"]
    assert updated.after == company.objects("Invoice")[0]
    assert updated.request_id


def test_a_customer_has_its_versions_as_well(company) -> None:
    company.push(company.customer())
    company.push(company.changed(company.customer(name="Zoe Zane-Abel")))
    created, updated = versions_of(company, "tenant")
    assert updated.before == created.after
    assert [(version.after or {})["DisplayName"] for version in (created, updated)] == [
        "Zoe Zane",
        "Zoe Zane-Abel",
    ]


def test_the_note_of_a_void_is_a_version_of_its_own_and_the_void_stands_on_it(company) -> None:
    company.push(company.invoice("1"))
    company.push(noted_void(company))
    created, note, void = versions_of(company, "invoice")
    assert [note.action, void.action] == ["note", "void"]
    assert (note.before, void.before) == (created.after, note.after)
    assert (void.after or {})["TotalAmt"] == 0


def test_a_refused_row_leaves_no_version(company) -> None:
    company.push(company.invoice("1", customer="999999"))
    assert versions_of(company, "invoice") == []


def test_what_force_overwrites_is_a_version_of_its_own_and_stands_before_the_write(company) -> None:
    """The token was stale: what was looked at then is what stood, and who changed it is said."""
    company.push(company.invoice("1"))
    row = msgspec.structs.replace(dearer(company), forced=True)
    company.hand("edit", entity="Invoice", id=row.quickbooks_id, fields={"TxnDate": "2026-09-01"})
    company.push(row)
    created, edited, updated = versions_of(company, "invoice")
    assert (edited.action, edited.run_id, edited.who) == ("edited", None, "somebody in QuickBooks")
    assert edited.before == created.after
    assert (edited.after or {})["TxnDate"] == "2026-09-01"
    assert updated.before == edited.after
    assert (updated.after or {})["TxnDate"] == "2026-03-01"
    assert edited.source_label == "invoice 1"


def test_what_a_person_changed_and_nobody_overwrote_is_no_version_until_it_is_read(company) -> None:
    company.push(company.invoice("1"))
    row = dearer(company)
    company.hand("edit", entity="Invoice", id=row.quickbooks_id, fields={"TxnDate": "2026-09-01"})
    assert company.push(row)["1"].reason_code == "changed_in_quickbooks"
    assert [version.action for version in versions_of(company, "invoice")] == ["create"]


@pytest.mark.parametrize(
    "fault",
    [{"action": "lose_answer"}, {"action": "drop_items", "items": [0]}, {"action": "answer", "code": "3001"}],
    ids=lambda rule: rule["action"],
)
def test_a_lost_answer_leaves_one_version_with_what_stood(company, fault) -> None:
    """Whether it was carried out and found, or not and sent again."""
    company.push(company.invoice("1"))
    company.fault(operation="batch", **fault, times=1)
    company.push(dearer(company))
    created, updated = versions_of(company, "invoice")
    assert (updated.action, updated.before) == ("update", created.after)
    assert (updated.after or {})["TotalAmt"] == Decimal("250.00")


def test_a_creation_whose_answer_is_lost_leaves_one_version(company) -> None:
    company.fault(operation="batch", action="lose_answer", times=1)
    company.push(company.invoice("1"))
    (created,) = versions_of(company, "invoice")
    assert (created.action, created.before) == ("create", None)
    assert (created.after or {})["TotalAmt"] == Decimal("100.00")


def test_what_a_dead_run_wrote_is_settled_as_its_own_version(company) -> None:
    """The next run finds it; the version names the run that sent it, who asked for it, and what stood before."""
    company.push(company.invoice("1"), run_id="first")
    company.fault(operation="batch", action="lose_answer", times=0)
    company.fault(operation="query", action="reset", times=0)
    company.push(dearer(company), run_id="dead")
    company.ask("faults", {"clear": True})
    with company.run() as run:
        note_edits(
            run, "Invoice", company.objects("Invoice")
        )  # a read while it is under way takes it for nobody's edit
        run.connection.commit()
        assert recover(run) == 1
    created, updated = versions_of(company, "invoice")
    assert (updated.action, updated.run_id, updated.before) == ("update", "dead", created.after)


def test_a_dead_runs_void_stands_on_its_note(company) -> None:
    """The void named the token that its note had left, not the one it was planned with."""
    company.push(company.invoice("1"))
    company.fault(operation="batch", action="lose_answer", nth=2, times=0)
    company.fault(operation="query", action="reset", times=0)
    company.push(noted_void(company), run_id="dead")
    company.ask("faults", {"clear": True})
    with company.run() as run:
        assert recover(run) == 1
    created, note, void = versions_of(company, "invoice")
    assert (note.before, void.before) == (created.after, note.after)


def test_a_payment_on_an_invoice_is_nobodys_edit_of_the_invoice(company) -> None:
    """The invoice's balance and SyncToken move, and its next change still says what stood."""
    company.ask("switches", {"payment_bumps_invoice": True})
    company.push(company.invoice("1"))
    company.push(company.payment("7", "40.00", company.link("invoice", "1").quickbooks_id))
    see(company, "Invoice")
    company.push(dearer(company))
    created, updated = versions_of(company, "invoice")
    assert (updated.before or {})["Balance"] == Decimal("60.00")
    assert same_content(created.after or {}, updated.before or {})


def test_a_void_of_an_invoice_is_nobodys_edit_of_its_payment(company) -> None:
    """It takes the invoice's line off the payment; a payment taken off by a person is that person's edit."""
    for source_id in ("1", "2"):
        company.push(company.invoice(source_id))
        company.push(company.payment(source_id, "40.00", company.link("invoice", source_id).quickbooks_id))
    company.push(company.void(company.invoice("1")))
    company.hand("edit", entity="Payment", id=company.link("payment", "2").quickbooks_id, fields={"Line": []})
    see(company, "Payment")
    assert [version.action for version in versions_of(company, "payment", "1")] == ["create"]
    assert [version.action for version in versions_of(company, "payment", "2")] == ["create", "edited"]


def test_a_persons_edit_is_kept_once_however_often_it_is_read(company) -> None:
    company.push(company.customer())
    customer = company.link("tenant", "1").quickbooks_id
    company.hand("edit", entity="Customer", id=customer, fields={"Notes": "Pays late"})
    see(company, "Customer")
    see(company, "Customer")
    created, edited = versions_of(company, "tenant")
    assert (edited.action, edited.before) == ("edited", created.after)
    assert (edited.after or {})["Notes"] == "Pays late"


def test_what_a_person_changed_or_deleted_is_found_when_the_books_are_read(company) -> None:
    """Once, with what stood; a payment of ours on an invoice is no edit of it."""
    for source_id in ("1", "2", "3"):
        company.push(company.invoice(source_id))
    ids = {source_id: company.link("invoice", source_id).quickbooks_id for source_id in ("1", "2", "3")}
    company.push(company.payment("7", "40.00", ids["3"]))
    read_books(company)
    company.hand("edit", entity="Invoice", id=ids["1"], fields={"PrivateNote": "Disputed"})
    company.hand("delete", entity="Invoice", id=ids["2"])
    read_books(company)
    read_books(company)
    created, edited = versions_of(company, "invoice", "1")
    assert (edited.action, edited.before) == ("edited", created.after)
    created, deleted = versions_of(company, "invoice", "2")
    assert (deleted.action, deleted.before, deleted.after) == ("delete", created.after, None)
    assert (deleted.run_id, deleted.who) == (None, "somebody in QuickBooks")
    assert [version.action for version in versions_of(company, "invoice", "3")] == ["create"]


def test_what_a_push_finds_deleted_is_a_version_too(company) -> None:
    company.push(company.invoice("1"))
    row = dearer(company)
    company.hand("delete", entity="Invoice", id=row.quickbooks_id)
    assert company.push(row)["1"].reason_code == "gone_in_quickbooks"
    created, deleted = versions_of(company, "invoice")
    assert (deleted.action, deleted.before) == ("delete", created.after)


def test_what_was_taken_over_stands_before_our_first_change_of_it(company) -> None:
    """As a plan reads it before it is sent; somebody's change in between is theirs."""
    company.push(company.invoice("1"))
    row = dearer(company)
    company.hand("edit", entity="Invoice", id=row.quickbooks_id, fields={"DueDate": "2026-09-01"})
    (standing,) = company.objects("Invoice")
    company.push(msgspec.structs.replace(row, standing=standing, sync_token=standing["SyncToken"]))
    created, edited, updated = versions_of(company, "invoice")
    assert (edited.before, edited.after) == (created.after, standing)
    assert updated.before == standing
