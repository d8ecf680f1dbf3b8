"""Each accounting case of payers and invoices, from the RentAxis row to what an accountant reads in QuickBooks."""

import datetime as dt
from decimal import Decimal

import pytest

from rentaxis_pipelines.sync.choice import WrongCompany
from rentaxis_pipelines_tests.support.accountant import applied, lines, money

MAY, JUNE = dt.date(2026, 5, 1), dt.date(2026, 6, 1)


def test_split_rent(rentaxis, sync, accountant) -> None:
    """Two invoices, two customers; together the contract rent, and neither owes the other's part."""
    tenant, program = rentaxis.tenant("Sol Ruiz"), rentaxis.program("Split Housing")
    own = rentaxis.invoice(tenant, "300.00")
    subsidy = rentaxis.invoice(program, ("900.00", "4010"))
    rentaxis.payment(program, "900.00", (subsidy, "900.00"))
    sync()
    assert accountant.of("invoice", own)["CustomerRef"]["name"] == "Sol Ruiz"
    assert accountant.of("invoice", subsidy)["CustomerRef"]["name"] == "Split Housing"
    assert accountant.of("invoice", own)["TotalAmt"] + accountant.of("invoice", subsidy)["TotalAmt"] == money(
        "1200.00"
    )
    assert (accountant.balance("Sol Ruiz"), accountant.balance("Split Housing")) == (
        money("300.00"),
        money("0.00"),
    )


def test_program_customer(rentaxis, sync, accountant) -> None:
    """A program is a customer of its own, also where a tenant has its e-mail: nobody is linked to the other."""
    tenant = rentaxis.tenant("Nora Pike", email="shared@example.com")
    program = rentaxis.program("County Vouchers", email="shared@example.com", address="1 Court Sq")
    rentaxis.invoice(tenant, "10.00")
    rentaxis.invoice(program, "20.00")
    sync()
    named = {found["DisplayName"] for found in accountant.all("Customer")}
    assert named >= {"Nora Pike", "County Vouchers"}
    assert accountant.customer("County Vouchers")["CompanyName"] == "County Vouchers"
    assert (accountant.balance("Nora Pike"), accountant.balance("County Vouchers")) == (
        money("10.00"),
        money("20.00"),
    )


def test_tenant_in_two_organizations(rentaxis, sync, accountant) -> None:
    """One customer here, owing what is owed here; the other organization's invoice never comes."""
    tenant = rentaxis.tenant("Two Homes", organizations=(1, 2))
    here = rentaxis.invoice(tenant, "100.00", unit_id=None)
    there = rentaxis.invoice(tenant, "999.00", organization_id=2, unit_id=None)
    sync()
    assert accountant.balance("Two Homes") == money("100.00")
    assert len(accountant.all_of("invoice", here)) == 1
    assert not accountant.all_of("invoice", there)


def test_missing_email(rentaxis, sync, accountant) -> None:
    """Without an e-mail a name alone never links: the payer waits for a person, and so does the invoice, by name."""
    known = rentaxis.tenant("Terrence Boyd", email=None)  # the demo company has a customer of that name
    new = rentaxis.tenant("Ingrid Solo", email=None)
    waits, goes = rentaxis.invoice(known, "50.00"), rentaxis.invoice(new, "60.00")
    result = sync()
    assert result["invoice", str(waits)].reason_code == "waiting_for_parent"
    assert "Terrence Boyd" in (result["invoice", str(waits)].reason or "")
    assert not accountant.all_of("invoice", waits)
    assert accountant.balance("Terrence Boyd") == 0
    assert accountant.of("invoice", goes)["CustomerRef"]["name"] == "Ingrid Solo"


def test_same_names_and_renames(rentaxis, sync, accountant) -> None:
    """Two of one name get a name each, and a rename changes the same customer."""
    first, second = rentaxis.tenant("Kim Park"), rentaxis.tenant("Kim Park")
    mine, theirs = rentaxis.invoice(first, "11.00"), rentaxis.invoice(second, "12.00")
    sync()
    names = {accountant.of("invoice", one)["CustomerRef"]["name"] for one in (mine, theirs)}
    assert len(names) == 2
    assert "Kim Park" in names
    before = accountant.of("invoice", mine)["CustomerRef"]["value"]
    rentaxis.change("tenants", first[1], name="Kim Park-Jones")
    sync("customers", first_day=dt.date(2026, 4, 1))
    renamed = accountant.customer("Kim Park-Jones")
    assert (renamed["Id"], renamed["Balance"]) == (before, money("11.00"))


def test_draft_invoice(rentaxis, sync, accountant) -> None:
    """A draft stays out until it is sent."""
    invoice = rentaxis.invoice(rentaxis.tenant("Drafty"), "75.00", status="draft")
    assert sync()["invoice", str(invoice)].reason_code == "draft"
    assert not accountant.all_of("invoice", invoice)
    rentaxis.change("invoices", invoice, status="sent")
    sync()
    assert accountant.balance("Drafty") == money("75.00")


def test_a_draft_again(rentaxis, sync, accountant) -> None:
    """What stands in QuickBooks is not passed over in silence when RentAxis takes it back to a draft."""
    invoice = rentaxis.invoice(rentaxis.tenant("Back Again"), "76.00")
    sync()
    rentaxis.change("invoices", invoice, status="draft")
    told = sync()["invoice", str(invoice)]
    assert (told.status, told.reason_code) == ("failed", "invalid_value")
    assert "is still in QuickBooks" in (told.reason or "")
    rentaxis.void("invoices", invoice)
    sync()
    assert accountant.balance("Back Again") == 0


def test_overdue(rentaxis, sync, accountant) -> None:
    """A status that only says what the due date says already writes nothing."""
    invoice = rentaxis.invoice(rentaxis.tenant("Late Larry"), "80.00")
    sync()
    before = accountant.of("invoice", invoice)
    rentaxis.change("invoices", invoice, status="overdue")
    assert sync()["invoice", str(invoice)].reason_code == "unchanged"
    assert accountant.of("invoice", invoice) == before


def test_edited_invoice(rentaxis, sync, accountant) -> None:
    """Lines, amounts and due date change on the same invoice; what was paid stays paid."""
    tenant = rentaxis.tenant("Edith Edit")
    invoice = rentaxis.invoice(tenant, "1000.00", ("20.00", "4200"), memo="May")
    rentaxis.payment(tenant, "100.00", (invoice, "100.00"))
    sync()
    before = accountant.of("invoice", invoice)
    rentaxis.bill_again(invoice, "1000.00", ("35.50", "4200"), ("15.00", "4100"))
    rentaxis.change("invoices", invoice, due_date=dt.date(2026, 5, 20), memo="May, corrected")
    assert sync()["invoice", str(invoice)].status == "updated"
    after = accountant.of("invoice", invoice)
    assert (after["Id"], after["DocNumber"]) == (before["Id"], before["DocNumber"])
    assert lines(after) == [("Rent", money(1000)), ("Parking", money("35.50")), ("Late Fee", money(15))]
    assert (after["DueDate"], after["Balance"]) == ("2026-05-20", money("950.50"))
    assert after["PrivateNote"] == f"12 Elm Street, unit 1\nMay, corrected\nRentAxis invoice {invoice}"
    assert accountant.balance("Edith Edit") == money("950.50")


def test_payer_changed_after_push(rentaxis, sync, accountant) -> None:
    """An invoice moves to its new payer; one that is paid does once its payments have let go of it, and not before."""
    wrong, right = rentaxis.tenant("Wrong Payer"), rentaxis.tenant("Right Payer")
    invoice = rentaxis.invoice(wrong, "200.00")
    sync()
    rentaxis.change("invoices", invoice, billed_to_id=right[1])
    sync()
    assert (accountant.balance("Wrong Payer"), accountant.balance("Right Payer")) == (0, money("200.00"))
    payment = rentaxis.payment(right, "50.00", (invoice, "50.00"))
    sync()
    rentaxis.change("invoices", invoice, billed_to_id=wrong[1])
    held = sync()["invoice", str(invoice)]
    assert (held.status, held.reason_code) == ("failed", "held_by_payment")
    assert f"while Payment PAY-{payment} (50.00" in (held.reason or "")
    assert "correct what is applied in RentAxis" in (held.how_to_fix or "")
    assert (accountant.balance("Wrong Payer"), accountant.balance("Right Payer")) == (0, money("150.00"))
    rentaxis.change("invoices", invoice, billed_to_id=right[1])


def test_an_invoice_moves_to_a_payer_who_is_new(rentaxis, sync, accountant) -> None:
    """The new customer is made first, and the next sync has nothing to write."""
    invoice = rentaxis.invoice(rentaxis.tenant("Old Payer"), "70.00")
    sync()
    rentaxis.change("invoices", invoice, billed_to_id=rentaxis.tenant("New Payer")[1])
    assert sync()["invoice", str(invoice)].status == "updated"
    assert (accountant.balance("Old Payer"), accountant.balance("New Payer")) == (0, money("70.00"))
    assert sync()["invoice", str(invoice)].reason_code == "unchanged"


def test_void_and_reissue(rentaxis, sync, accountant) -> None:
    """The old invoice keeps its number at zero, the new one stands beside it, and the payment went over to it."""
    tenant = rentaxis.tenant("Voida Gain")
    wrong = rentaxis.invoice(tenant, "500.00")
    payment = rentaxis.payment(tenant, "400.00", (wrong, "400.00"))
    sync()
    rentaxis.void("invoices", wrong, "Wrong month")
    right = rentaxis.invoice(tenant, "450.00")
    rentaxis.apply(payment, (right, "400.00"))
    result = sync()
    assert (result["invoice", str(wrong)].action, result["invoice", str(right)].status) == ("void", "created")
    voided, reissued = accountant.of("invoice", wrong), accountant.of("invoice", right)
    assert (voided["DocNumber"], voided["TotalAmt"], voided["Balance"]) == (f"INV-{wrong}", 0, 0)
    assert voided["PrivateNote"].startswith("Voided")
    assert applied(accountant.of("payment", payment)) == {reissued["Id"]: money("400.00")}
    assert accountant.balance("Voida Gain") == money("50.00")


def test_void_before_first_push(rentaxis, sync, accountant) -> None:
    """Never made only to be voided."""
    invoice = rentaxis.invoice(rentaxis.tenant("Never Was"), "5.00")
    rentaxis.void("invoices", invoice)
    assert sync()["invoice", str(invoice)].reason_code == "void_never_pushed"
    assert not accountant.all_of("invoice", invoice)


def test_a_void_taken_back(rentaxis, sync, accountant) -> None:
    """An invoice that is live again in RentAxis is live again in QuickBooks, under its number, as the same one."""
    invoice = rentaxis.invoice(rentaxis.tenant("Lazar Us"), "15.00")
    sync()
    rentaxis.void("invoices", invoice)
    sync()
    assert accountant.balance("Lazar Us") == 0
    rentaxis.change("invoices", invoice, status="sent", void_reason=None)
    assert sync()["invoice", str(invoice)].status == "updated"
    assert accountant.balance("Lazar Us") == money("15.00")
    assert (
        accountant.of("invoice", invoice)["PrivateNote"]
        == f"12 Elm Street, unit 1\nRentAxis invoice {invoice}"
    )


def test_late_fee(rentaxis, sync, accountant) -> None:
    """Its own invoice, booked as late fee income; a fee that grows by the day grows in place."""
    tenant = rentaxis.tenant("Penny Late")
    rentaxis.invoice(tenant, "1000.00")
    fee = rentaxis.invoice(tenant, ("50.00", "4100"), kind="late_fee")
    sync()
    assert lines(accountant.of("invoice", fee)) == [("Late Fee", money("50.00"))]
    assert accountant.posts_to("Late Fee") == "Late Fee Income"
    rentaxis.bill_again(fee, ("55.00", "4100"))
    sync()
    assert accountant.of("invoice", fee)["TotalAmt"] == money("55.00")
    assert accountant.balance("Penny Late") == money("1055.00")


def test_late_fee_waived(rentaxis, sync, accountant) -> None:
    """Waived by voiding its invoice: nothing is owed, the number stays."""
    tenant = rentaxis.tenant("Wade Waiver")
    rent = rentaxis.invoice(tenant, "1000.00")
    fee = rentaxis.invoice(tenant, ("50.00", "4100"), kind="late_fee")
    assessed = rentaxis.add(
        "late_fee_assessments",
        organization_id=1,
        source_invoice_id=rent,
        fee_invoice_id=fee,
        amount=Decimal(50),
        assessed_on=MAY,
    )
    sync()
    rentaxis.change("late_fee_assessments", assessed, status="waived", waiver_reason="First time")
    rentaxis.void("invoices", fee, "Waived: first time")
    sync()
    assert accountant.of("invoice", fee)["TotalAmt"] == 0
    assert accountant.balance("Wade Waiver") == money("1000.00")


def test_security_deposit(rentaxis, sync, accountant, mappings) -> None:
    """Held, not earned: the line posts to a liability account, by the account of the line or the kind of the invoice."""
    tenant = rentaxis.tenant("Dee Posit")
    by_account = rentaxis.invoice(tenant, ("800.00", "2100"), kind="deposit")
    by_kind = rentaxis.invoice(tenant, ("100.00", None), kind="deposit")
    sync()
    for invoice in (by_account, by_kind):
        ((product, _),) = lines(accountant.of("invoice", invoice))
        assert accountant.posts_to(product) == "Security Deposits Held"
    mappings(charges={"deposit": "Rent"})
    to_income = rentaxis.invoice(tenant, ("90.00", None), kind="deposit")
    assert sync()["invoice", str(to_income)].reason_code == "missing_mapping"
    rentaxis.void("invoices", to_income)


def test_rent_line_without_account(rentaxis, sync, accountant, mappings) -> None:
    """The product of the kind of invoice; without one the row fails by name and the others go."""
    tenant = rentaxis.tenant("Plain Rent")
    rent = rentaxis.invoice(tenant, ("640.00", None))
    other = rentaxis.invoice(tenant, ("9.00", None), kind="utility_share")
    result = sync()
    assert lines(accountant.of("invoice", rent)) == [("Rent", money("640.00"))]
    assert result["invoice", str(other)].reason_code == "missing_mapping"
    assert "utility_share" in (result["invoice", str(other)].reason or "")
    mappings(default_item="Other Charge")
    sync()
    assert lines(accountant.of("invoice", other)) == [("Other Charge", money("9.00"))]


def test_accounts_inactive_in_quickbooks(rentaxis, sync, accountant, chain) -> None:
    """A product made inactive fails the rows that need it, by name, before anything is sent; others go."""
    product = next(one for one in accountant.all("Item") if one["Name"] == "Pet Fee")
    tenant = rentaxis.tenant("Pet Owner")
    rentaxis.add("accounts", id=4210, organization_id=1, number="4210", name="Pet Fees", type="income")
    accountant.control("hand", {"deed": "deactivate", "entity": "Item", "id": product["Id"]})
    needs, does_not = rentaxis.invoice(tenant, ("30.00", "4210")), rentaxis.invoice(tenant, "31.00")
    result = sync()
    assert result["invoice", str(needs)].reason_code == "inactive_reference"
    assert "Pet Fee" in (result["invoice", str(needs)].reason or "")
    assert result["invoice", str(does_not)].status == "created"
    accountant.control("hand", {"deed": "activate", "entity": "Item", "id": product["Id"]})
    sync()
    assert accountant.balance("Pet Owner") == money("61.00")


def test_taxes(rentaxis, sync, accountant) -> None:
    """Rent carries no sales tax, also where QuickBooks reckons it by itself; a total it moves is told in cents."""
    tenant = rentaxis.tenant("Tex Free")
    invoice = rentaxis.invoice(tenant, "100.00")
    sync()
    found = accountant.of("invoice", invoice)
    assert found["TxnTaxDetail"]["TotalTax"] == 0
    assert found["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"] == {"value": "NON"}
    reckons_itself = {"deed": "prefer", "group": "TaxPrefs", "name": "PartnerTaxEnabled"}
    accountant.control("hand", {**reckons_itself, "value": True})
    another = rentaxis.invoice(tenant, "200.00")
    sync()
    accountant.control("hand", {**reckons_itself, "value": False})
    assert accountant.of("invoice", another)["TxnTaxDetail"]["TotalTax"] == 0
    assert accountant.balance("Tex Free") == money("300.00")


def test_currency(rentaxis, sync, accountant) -> None:
    """Books kept in another currency take nothing; the whole run is refused and says why."""
    invoice = rentaxis.invoice(rentaxis.tenant("Euro Pean"), "1.00")
    kept_in = {"deed": "prefer", "group": "CurrencyPrefs", "name": "HomeCurrency"}
    accountant.control("hand", {**kept_in, "value": {"value": "EUR"}})
    with pytest.raises(WrongCompany, match="EUR"):
        sync()
    accountant.control("hand", {**kept_in, "value": {"value": "USD"}})
    assert not accountant.all_of("invoice", invoice)


def test_time_zones_and_dates(rentaxis, sync, accountant) -> None:
    """Plain dates travel unchanged, on the last day of a month as on any other."""
    day, due = dt.date(2026, 5, 31), dt.date(2026, 6, 30)
    invoice = rentaxis.invoice(rentaxis.tenant("Dana Day"), "42.00", day=day, due_date=due)
    sync()
    found = accountant.of("invoice", invoice)
    assert (found["TxnDate"], found["DueDate"]) == ("2026-05-31", "2026-06-30")


@pytest.mark.parametrize(
    ("amounts", "total", "reason"),
    [
        (("33.33", "33.33", "33.34"), "100.00", None),
        (("33.33", "33.33", "33.33"), "100.00", "total_mismatch"),
        (("100.00", "-30.00"), "70.00", None),
        (("0.00",), "0.00", None),
        (("10.00", "-30.00"), "-20.00", "invalid_value"),
    ],
)
def test_rounding(rentaxis, sync, accountant, amounts, total, reason) -> None:
    """To the cent, lines and total alike; what does not add up, or comes below zero, is not pushed."""
    tenant = rentaxis.tenant(f"Penny {total} {len(amounts)} {reason}")
    invoice = rentaxis.invoice(tenant, *amounts, total_amount=Decimal(total), balance_due=Decimal(total))
    result = sync()["invoice", str(invoice)]
    assert result.reason_code == reason
    if reason is None:
        found = accountant.of("invoice", invoice)
        assert found["TotalAmt"] == money(total)
        assert [amount for _, amount in lines(found)] == [money(amount) for amount in amounts]
    else:
        assert not accountant.all_of("invoice", invoice)


def test_a_number_too_long_or_used_twice(rentaxis, sync, accountant) -> None:
    """Each invoice has a number of its own in QuickBooks; RentAxis' number stands in the note."""
    tenant = rentaxis.tenant("Num Bers")
    long = rentaxis.invoice(tenant, "1.00", invoice_number="INVOICE-2026-05-UNIT-000017")
    first = rentaxis.invoice(tenant, "2.00", invoice_number="SAME-1")
    second = rentaxis.invoice(tenant, "3.00", invoice_number="SAME-1")
    missing = rentaxis.invoice(tenant, "4.00", invoice_number=None)
    sync()
    assert accountant.of("invoice", long)["DocNumber"] == f"RX-I-{long}"
    assert "INVOICE-2026-05-UNIT-000017" in accountant.of("invoice", long)["PrivateNote"]
    assert accountant.of("invoice", first)["DocNumber"] == "SAME-1"
    assert accountant.of("invoice", second)["DocNumber"] == f"RX-I-{second}"
    assert accountant.of("invoice", missing)["DocNumber"] == f"RX-I-{missing}"
    assert accountant.balance("Num Bers") == money("10.00")


def test_class_and_location(rentaxis, sync, accountant, mappings) -> None:
    """By unit, else by property; taken out of the company file they are taken off the invoice too."""
    invoice = rentaxis.invoice(rentaxis.tenant("Classy"), "12.00")
    mappings(properties={"12 Elm Street": {"class": "Residential", "location": "Maple Court"}})
    sync()
    found = accountant.of("invoice", invoice)
    assert found["Line"][0]["SalesItemLineDetail"]["ClassRef"]["name"] == "Residential"
    assert found["DepartmentRef"]["name"] == "Maple Court"
    mappings(properties={})
    sync()
    found = accountant.of("invoice", invoice)
    assert "DepartmentRef" not in found
    assert "ClassRef" not in found["Line"][0]["SalesItemLineDetail"]


def test_imported_history(rentaxis, sync, accountant) -> None:
    """An invoice called paid without a payment stands open in QuickBooks: no payment is made up."""
    tenant = rentaxis.tenant("Old Ledger")
    invoice = rentaxis.invoice(
        tenant, "300.00", status="paid", amount_paid=Decimal(300), balance_due=Decimal(0)
    )
    sync()
    assert accountant.of("invoice", invoice)["Balance"] == money("300.00")
    assert not [one for one in accountant.all("Payment") if one["CustomerRef"]["name"] == "Old Ledger"]
