"""Terms of invoices, bills and vendors by the company file's names, and addresses in their parts. Books read back from QuickBooks.

SalesTermRef (Invoice, Bill), TermRef (Vendor) and BillAddr are fields of QuickBooks' API reference. Terms and due date are both stored as sent;
a bill that is sent without either takes its vendor's terms (field notes on the API).
"""

import datetime as dt

from rentaxis_pipelines_tests.books.test_any_advice import proof
from rentaxis_pipelines_tests.support.accountant import one

OCTOBER = dt.date(2026, 10, 10)
UNPAID = {"status": "unpaid", "payment_method": None, "paid_at": None}
TERMS = {"terms": {"net 30": "Net 30", "15 days": "Net 15", "as agreed": None}}


def term(accountant, name: str) -> str:
    return one(each["Id"] for each in accountant.all("Term") if each["Name"] == name)


def test_terms_go_by_the_company_files_names_and_only_where_it_has_any(
    rentaxis, sync, accountant, chain, mappings
) -> None:
    """Without a section ``terms`` nothing is sent; with it, a word it lacks fails the row and names the mapping; cleared, it is cleared."""
    tenant, vendor = rentaxis.tenant("Term Tenant"), rentaxis.vendor("Term Vendor", terms="15 days")
    invoice = rentaxis.invoice(tenant, "100.00", terms="Net 30")
    bill = rentaxis.expense(
        "50.00", day=OCTOBER, vendor_id=vendor, terms="NET 30", due_date=dt.date(2026, 11, 9), **UNPAID
    )
    other = rentaxis.expense("20.00", day=OCTOBER, vendor_id=vendor, terms="as agreed", **UNPAID)
    sync()
    assert "SalesTermRef" not in accountant.of("expense", bill)
    mappings(**TERMS)
    sync()
    assert accountant.of("invoice", invoice)["SalesTermRef"]["value"] == term(accountant, "Net 30")
    found = accountant.of("expense", bill)
    assert (found["SalesTermRef"]["value"], found["DueDate"]) == (term(accountant, "Net 30"), "2026-11-09")
    assert "SalesTermRef" not in accountant.of("expense", other)
    (held,) = [each for each in accountant.all("Vendor") if each["DisplayName"] == "Term Vendor"]
    assert held["TermRef"]["value"] == term(accountant, "Net 15")
    assert proof(chain)[1][f"expense/{bill}"]["explanation"] == "agrees"

    rentaxis.change("expenses", bill, terms="on receipt")
    row = sync()["expense", str(bill)]
    assert (row.reason_code, row.how_to_fix) == (
        "missing_mapping",
        "Add mappings.terms.on receipt to company.yaml, then run again.",
    )
    rentaxis.change("expenses", bill, terms=None)
    assert sync()["expense", str(bill)].status == "updated"
    assert not accountant.of("expense", bill).get("SalesTermRef", {}).get("value")
    assert sync()["expense", str(bill)].reason_code == "unchanged"


def test_an_address_in_its_parts_is_one_in_quickbooks(rentaxis, sync, accountant) -> None:
    """Street, city, state and ZIP in their own fields, of customers and vendors; a part that is gone is cleared, and so is the whole."""
    place = {
        "mailing_street": "12 Elm Street",
        "mailing_city": "Trenton",
        "mailing_state": "NJ",
        "mailing_zip": "08608",
    }
    (_, tenant) = payer = rentaxis.tenant("Addressed Tenant")
    rentaxis.change("tenants", tenant, **place)
    vendor = rentaxis.vendor("Addressed Vendor", address="Somewhere else", **place)
    rentaxis.invoice(payer, "10.00")
    rentaxis.expense("5.00", day=OCTOBER, vendor_id=vendor)
    sync()
    parts = {
        "Line1": "12 Elm Street",
        "City": "Trenton",
        "CountrySubDivisionCode": "NJ",
        "PostalCode": "08608",
    }
    customer = accountant.customer("Addressed Tenant")
    (held,) = [each for each in accountant.all("Vendor") if each["DisplayName"] == "Addressed Vendor"]
    for found in (customer, held):
        assert {name: found["BillAddr"].get(name) for name in parts} == parts
    rentaxis.change("vendors", vendor, mailing_zip=None, mailing_state="x" * 300)
    row = sync()["vendor", str(vendor)]
    assert row.reason_code == "unfit_field"
    (held,) = [each for each in accountant.all("Vendor") if each["DisplayName"] == "Addressed Vendor"]
    assert (held["BillAddr"]["City"], held["BillAddr"].get("PostalCode") or "") == ("Trenton", "")
    rentaxis.change("tenants", tenant, **dict.fromkeys(place))
    rentaxis.invoice(payer, "11.00")
    sync()
    assert not any(accountant.customer("Addressed Tenant").get("BillAddr", {}).get(name) for name in parts)
