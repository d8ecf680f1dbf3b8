"""The cases that concern every record type: born in QuickBooks, deleted, moved, forced, out of range, closed books, switched off."""

import datetime as dt

import pytest

from quickbooks_emulator.seeds import REALM
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.sync.choice import WrongCompany
from rentaxis_pipelines_tests.support.accountant import money

MAY, JUNE, JULY = dt.date(2026, 5, 1), dt.date(2026, 6, 1), dt.date(2026, 7, 1)
END_OF_MAY, END_OF_JUNE = dt.date(2026, 5, 31), dt.date(2026, 6, 30)


@pytest.fixture
def debt(rentaxis):
    """An invoice, its payment and an expense of one tenant, by source type."""
    made = 0

    def owe(name: str, day: dt.date = JUNE) -> dict[str, int]:
        nonlocal made
        tenant = rentaxis.tenant(name)
        invoice = rentaxis.invoice(tenant, "100.00", day=day)
        payment = rentaxis.payment(tenant, "40.00", (invoice, "40.00"), day=day)
        expense = rentaxis.expense("25.00", day=day, vendor_name=f"Vendor of {name}", status="unpaid")
        return {"payment": payment, "invoice": invoice, "expense": expense}

    return owe


def test_records_born_in_quickbooks(rentaxis, sync, accountant) -> None:
    """What RentAxis imported is never sent back, and its customer is not made a second time."""
    tenant = rentaxis.tenant("Harbor Street Bakery", email=None)
    rentaxis.add(
        "quickbooks_links",
        organization_id=1,
        entity_type="tenant",
        entity_id=tenant[1],
        qbo_type="Customer",
        qbo_id="58",
        origin="imported",
    )
    imported, own = rentaxis.invoice(tenant, "10.00"), rentaxis.invoice(tenant, "20.00")
    rentaxis.add(
        "quickbooks_links",
        organization_id=1,
        entity_type="invoice",
        entity_id=imported,
        qbo_type="Invoice",
        qbo_id="9001",
        origin="imported",
    )
    result = sync()
    assert result["invoice", str(imported)].reason_code == "from_quickbooks"
    assert accountant.of("invoice", own)["CustomerRef"]["value"] == "58"
    rentaxis.erase("invoices", imported)  # the import was rolled back
    sync()
    assert accountant.balance("Harbor Street Bakery") == money("20.00")


@pytest.mark.parametrize("how", ["marked", "erased"])
def test_deleted_source_rows(rentaxis, sync, accountant, debt, how) -> None:
    """Deleted with a mark or for good, transactions are voided, money and all; the customer stays."""
    owed = debt(f"Dell {how}")
    sync()
    assert accountant.balance(f"Dell {how}") == money("60.00")
    for source_type, row_id in owed.items():
        if how == "marked":
            rentaxis.change(f"{source_type}s", row_id, deleted_at=dt.datetime.now(dt.UTC))
        else:
            rentaxis.erase(f"{source_type}s", row_id)
    result = sync()
    for source_type, row_id in owed.items():
        assert (result[source_type, str(row_id)].action, result[source_type, str(row_id)].status) == (
            "void",
            "updated",
        )
        found = accountant.of(source_type, row_id)
        assert found["TotalAmt"] == 0
        assert found["PrivateNote"].startswith("Voided")
    assert accountant.customer(f"Dell {how}")["Active"] is True
    assert accountant.balance(f"Dell {how}") == 0
    again = sync()
    told = [
        again[key] for source_type, row_id in owed.items() if (key := (source_type, str(row_id))) in again
    ]
    assert {one.reason_code for one in told} == ({"unchanged"} if how == "marked" else set())


@pytest.mark.parametrize("how", ["marked", "erased"])
def test_deleted_source_rows_reported(rentaxis, sync, accountant, debt, policies, how) -> None:
    """By policy a person is told instead, every time until somebody acts; nothing is changed."""
    owed = debt(f"Reba {how}")
    sync()
    for source_type, row_id in owed.items():
        if how == "marked":
            rentaxis.change(f"{source_type}s", row_id, deleted_at=dt.datetime.now(dt.UTC))
        else:
            rentaxis.erase(f"{source_type}s", row_id)
    policies(deleted="report")
    for _ in range(2):
        result = sync()
        for source_type, row_id in owed.items():
            told = result[source_type, str(row_id)]
            assert (told.status, told.reason_code) == ("failed", "invalid_value")
            assert "deleted in RentAxis" in (told.reason or "")
    assert accountant.balance(f"Reba {how}") == money("60.00")
    policies(deleted="void")
    sync()
    assert accountant.balance(f"Reba {how}") == 0


def test_an_erased_bill_that_was_paid(rentaxis, sync, accountant) -> None:
    """Its payment is taken back before it."""
    expense = rentaxis.expense("31.00", status="unpaid", vendor_name="Pay Then Go")
    sync()
    rentaxis.change("expenses", expense, status="paid", payment_method="check", paid_at=JUNE)
    sync()
    rentaxis.erase("expenses", expense)
    sync()
    assert accountant.of("expense", expense)["TotalAmt"] == 0
    assert accountant.of("expense_payment", expense)["TotalAmt"] == 0


def test_an_erased_record_pushed_by_itself(rentaxis, sync, accountant, chain, debt) -> None:
    """Asked for by its id, it is voided too."""
    owed = debt("Alone Gone")
    sync()
    rentaxis.erase("payments", owed["payment"])
    result = one_record(chain, "payment", owed["payment"])
    assert (result.action, result.status) == ("void", "updated")
    assert accountant.balance("Alone Gone") == money("100.00")


def test_a_record_moved_to_another_day(rentaxis, sync, accountant) -> None:
    """A run over the day it stands on in QuickBooks brings it up to date, although RentAxis has it on another day."""
    invoice = rentaxis.invoice(rentaxis.tenant("Mo Ved"), "30.00", day=JUNE)
    sync()
    rentaxis.change("invoices", invoice, invoice_date=JULY)
    result = sync("invoices", first_day=JUNE, last_day=END_OF_JUNE)
    assert result["invoice", str(invoice)].status == "updated"
    assert accountant.of("invoice", invoice)["TxnDate"] == "2026-07-01"
    assert ("invoice", str(invoice)) not in sync("invoices", first_day=JUNE, last_day=END_OF_JUNE)


def test_force_and_date_range(rentaxis, sync, accountant, debt, policies) -> None:
    """Each type by its own date; what a record needs comes along from outside the range; force repeats, in place."""
    policies(overwrite_edits="push")
    owed = debt("Rae Range", JUNE)
    late = rentaxis.payment(
        rentaxis.payer_of(owed["invoice"]),
        "10.00",
        (owed["invoice"], "10.00"),
        day=JULY,
    )
    june = {"first_day": JUNE, "last_day": END_OF_JUNE}
    result = sync(**june)
    assert result.keys() >= {(kind, str(number)) for kind, number in owed.items()}
    assert ("payment", str(late)) not in result
    before = accountant.of("invoice", owed["invoice"])
    edit = {"deed": "edit", "entity": "Invoice", "id": before["Id"], "fields": {"DueDate": "2026-12-31"}}
    accountant.control("hand", edit)
    again = sync(**june, force=True)
    assert {again[kind, str(number)].status for kind, number in owed.items()} == {"updated"}
    after = accountant.of("invoice", owed["invoice"])
    assert [after[name] for name in ("Id", "Balance", "DueDate")] == [
        before[name] for name in ("Id", "Balance", "DueDate")
    ]
    assert sync(first_day=JULY, last_day=JULY)["payment", str(late)].status == "created"
    assert accountant.balance("Rae Range") == money("50.00")


def test_a_customer_needed_from_outside_the_range(rentaxis, sync, accountant) -> None:
    """The tenant joined in April; the invoice of June brings the customer along."""
    invoice = rentaxis.invoice(rentaxis.tenant("Outsider"), "5.00", day=JUNE)
    sync("invoices", first_day=JUNE, last_day=JUNE)
    assert accountant.of("invoice", invoice)["CustomerRef"]["name"] == "Outsider"


def test_closed_books_block(rentaxis, sync, accountant, debt, closed_books) -> None:
    """Nothing is booked into, or changed in, a closed period; an open-month payment on its invoice goes through."""
    owed = debt("Clo Sed", MAY)
    sync()
    closed_books("2026-05-31")
    tenant = rentaxis.payer_of(owed["invoice"])
    new = rentaxis.invoice(tenant, "7.00", day=END_OF_MAY)
    rentaxis.bill_again(owed["invoice"], "120.00")
    open_month = rentaxis.payment(tenant, "60.00", (owed["invoice"], "60.00"), day=JUNE)
    result = sync()
    assert result["invoice", str(new)].reason_code == "closed_period"
    assert result["invoice", str(owed["invoice"])].reason_code == "closed_period"
    assert "2026-05-31" in (result["invoice", str(new)].reason or "")
    assert result["payment", str(open_month)].status == "created"
    assert not accountant.all_of("invoice", new)
    assert accountant.balance("Clo Sed") == 0
    rentaxis.erase("payments", open_month)
    rentaxis.void("invoices", new)
    rentaxis.bill_again(owed["invoice"], "100.00")


def test_closed_books_redate(rentaxis, sync, accountant, closed_books, policies) -> None:
    """Booked on the first open day, with its own date in the note; the next sync has nothing to do, also where the customer
    was made in the same run.
    """
    closed_books("2026-05-31")
    policies(closed_period="redate")
    invoice = rentaxis.invoice(rentaxis.tenant("Re Dated"), "8.00", day=MAY)
    assert sync()["invoice", str(invoice)].status == "created"
    found = accountant.of("invoice", invoice)
    assert (found["TxnDate"], found["DueDate"]) == ("2026-06-01", "2026-05-06")
    assert "Dated 2026-05-01 in RentAxis" in found["PrivateNote"]
    assert sync()["invoice", str(invoice)].reason_code == "unchanged"
    assert accountant.of("invoice", invoice)["SyncToken"] == "0"
    rentaxis.bill_again(invoice, "9.00")
    assert sync()["invoice", str(invoice)].status == "updated"
    assert accountant.of("invoice", invoice)["TxnDate"] == "2026-06-01"
    assert sync()["invoice", str(invoice)].reason_code == "unchanged"


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ({"enabled_types": ["customers"]}, "type_not_enabled"),
        ({"sync_direction": "from_quickbooks"}, "direction_excludes_push"),
    ],
)
def test_integration_settings(rentaxis, sync, accountant, chain, debt, setting, reason) -> None:
    """What RentAxis has switched off is not written: in a range, one record alone, changed, deleted or new."""
    before = debt(f"Was On {reason}")
    sync()
    rentaxis.change("quickbooks_connections", 1, **setting)
    try:
        owed = debt(f"Now Off {reason}")
        rentaxis.bill_again(before["invoice"], "500.00")
        rentaxis.erase("payments", before["payment"])
        result = sync()
        for source_type, row_id in owed.items():
            assert result[source_type, str(row_id)].reason_code == reason
            assert one_record(chain, source_type, row_id).reason_code == reason
            assert not accountant.all_of(source_type, row_id)
        assert result["invoice", str(before["invoice"])].reason_code == reason
        assert accountant.balance(f"Was On {reason}") == money("60.00")
    finally:
        rentaxis.change(
            "quickbooks_connections",
            1,
            enabled_types=["customers", "invoices", "payments", "expenses"],
            sync_direction="to_quickbooks",
        )
    sync()
    assert accountant.balance(f"Was On {reason}") == money("500.00")
    assert accountant.balance(f"Now Off {reason}") == money("60.00")


def test_another_company_is_refused(rentaxis, sync) -> None:
    """RentAxis' own setting of the QuickBooks company must be ours, or nothing is read or written."""
    rentaxis.change("quickbooks_connections", 1, realm_id="somebody else's")
    try:
        with pytest.raises(WrongCompany, match="QUICKBOOKS_REALM_ID"):
            sync()
    finally:
        rentaxis.change("quickbooks_connections", 1, realm_id=REALM)


def test_contact_data_emptied_in_rentaxis(rentaxis, sync, accountant) -> None:
    """A phone number taken out of RentAxis is taken off the customer; what the accountant added stays."""
    tenant = rentaxis.tenant("Phone Less")
    program = rentaxis.program("Address Less", address="5 Low St", email="less@example.com")
    april = {"first_day": dt.date(2026, 4, 1)}
    sync("customers", **april)
    customer = accountant.customer("Phone Less")
    accountant.control(
        "hand",
        {"deed": "edit", "entity": "Customer", "id": customer["Id"], "fields": {"Notes": "Pays in person"}},
    )
    rentaxis.change("tenants", tenant[1], phone=None)
    rentaxis.change("programs", program[1], address=None, email="")
    sync("customers", **april)
    changed = accountant.customer("Phone Less")
    assert "PrimaryPhone" not in changed
    assert changed["Notes"] == "Pays in person"
    assert changed["PrimaryEmailAddr"] == customer["PrimaryEmailAddr"]
    assert not {"BillAddr", "PrimaryEmailAddr"} & accountant.customer("Address Less").keys()


def one_record(chain, source_type: str, source_id: int) -> RowResult:
    """Push it by its id, as ``rentaxis-sync record`` does."""
    return chain.push_record(source_type, source_id)
