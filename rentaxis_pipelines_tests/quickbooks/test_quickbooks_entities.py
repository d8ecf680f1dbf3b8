"""Where a record is seen in QuickBooks."""

import pytest

from rentaxis_pipelines.quickbooks.entities import web_url


@pytest.mark.parametrize(
    ("entity", "page"),
    [
        ("Invoice", "invoice?txnId=7"),
        ("Payment", "recvpayment?txnId=7"),
        ("Purchase", "expense?txnId=7"),
        ("Bill", "bill?txnId=7"),
        ("Customer", "customerdetail?nameId=7"),
        ("Vendor", "vendordetail?nameId=7"),
    ],
)
def test_each_type_a_sync_makes_has_its_page(entity, page):
    assert web_url(entity, "7") == f"https://app.qbo.intuit.com/app/{page}"


def test_a_check_has_its_own_page_and_an_unknown_type_none():
    assert web_url("Purchase", "7", payment_type="Check") == "https://app.qbo.intuit.com/app/check?txnId=7"
    assert (
        web_url("Purchase", "7", payment_type="CreditCard")
        == "https://app.qbo.intuit.com/app/expense?txnId=7"
    )
    assert web_url("TaxAgency", "7") == ""
