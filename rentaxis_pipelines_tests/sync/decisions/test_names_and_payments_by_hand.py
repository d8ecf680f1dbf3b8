"""What an accountant entered by hand before us: a name that is taken, a payment that stands there already."""

import datetime as dt
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("entity", "fields", "name"),
    [
        ("Employee", {"GivenName": "Rowan", "FamilyName": "Thistlewood"}, "Rowan Thistlewood"),
        ("Vendor", {"DisplayName": "robin thistlewood"}, "Robin Thistlewood"),
    ],
)
def test_a_name_that_an_employee_or_a_vendor_bears_gets_a_suffix(
    company, entity: str, fields: Any, name: str
) -> None:
    """QuickBooks keeps names unique over all three, whatever the case. The same name again with every sync."""
    company.chain.write(entity, fields)
    day = company.another_day()
    key = company.tenant(name, day)
    row = company.chain.sync("customers", first_day=day, last_day=day)[key]
    assert (row.status, row.quickbooks_number) == ("created", f"{name} (tenant {key[1]})")
    again = company.chain.sync("customers", first_day=day, last_day=day, force=True)[key]
    assert (again.status, again.quickbooks_id) == ("updated", row.quickbooks_id)
    assert again.quickbooks_number == row.quickbooks_number


def test_a_tenant_renamed_to_a_name_that_is_taken_gets_a_suffix_too(company) -> None:
    """The update is not refused by QuickBooks for the name."""
    day = company.another_day()
    first, second = company.tenant("Juniper Ashgrove", day), company.tenant("Linden Copperfield", day)
    company.chain.sync("customers", first_day=day, last_day=day)
    company.rentaxis.change("tenants", int(second[1]), name="Juniper Ashgrove")
    rows = company.chain.sync("customers", first_day=day, last_day=day)
    assert rows[first].reason_code == "unchanged"
    assert (rows[second].status, rows[second].quickbooks_number) == (
        "updated",
        f"Juniper Ashgrove (tenant {second[1]})",
    )


def test_a_payment_entered_by_hand_is_asked_about_and_once_confirmed_is_the_payment(company) -> None:
    """Same number, customer, date and amount. Nothing is received twice; the next sync has nothing to do."""
    day = company.another_day()
    customer = company.chain.write(
        "Customer",
        {"DisplayName": "Sorrel Winterbourne", "PrimaryEmailAddr": {"Address": "sorrel@example.com"}},
    )["Id"]
    key = company.tenant("Sorrel Winterbourne", day, "sorrel@example.com")
    payer = key[0], int(key[1])
    invoice = company.rentaxis.invoice(payer, "100.00", day=day)

    def sync() -> Any:
        company.rentaxis.keep_accounts()
        return company.chain.sync(
            "customers", "invoices", "payments", first_day=day, last_day=day + dt.timedelta(days=1)
        )

    pushed = sync()["invoice", str(invoice)].quickbooks_id
    by_hand = company.chain.write(
        "Payment",
        {
            "CustomerRef": {"value": customer},
            "TotalAmt": 100.0,
            "TxnDate": day.isoformat(),
            "PaymentRefNum": "CHECK-7741",
            "Line": [{"Amount": 100.0, "LinkedTxn": [{"TxnId": pushed, "TxnType": "Invoice"}]}],
        },
    )["Id"]
    payment = company.rentaxis.payment(
        payer, "100.00", (invoice, "100.00"), day=day, payment_number="CHECK-7741"
    )
    row = sync()["payment", str(payment)]
    assert (row.status, row.reason_code) == ("skipped", "waiting_for_confirmation")
    assert f"payment {by_hand} of Sorrel Winterbourne" in row.reason
    company.chain.decide("confirm", "payment", str(payment), by_hand)
    row = sync()["payment", str(payment)]
    assert (row.reason_code, row.quickbooks_id) == ("from_quickbooks", by_hand)
    assert sync()["payment", str(payment)].reason_code == "unchanged"
    received = [one for one in company.accountant.all("Payment") if one["CustomerRef"]["value"] == customer]
    assert [one["Id"] for one in received] == [by_hand]
