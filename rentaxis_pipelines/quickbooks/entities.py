"""What is particular to QuickBooks' record types, as data.

Here: where a record is seen in QuickBooks' own web pages, which of its fields are QuickBooks' to write, and how a void shows.
Not here: what goes into a payload (that is the caller's mapping).
"""

from collections.abc import Mapping
from typing import Any

WEB_URL = "https://app.qbo.intuit.com/app"
SANDBOX_WEB_URL = "https://app.sandbox.qbo.intuit.com/app"

_PAGES: Mapping[str, str] = {
    "Invoice": "invoice?txnId=",
    "Payment": "recvpayment?txnId=",
    "SalesReceipt": "salesreceipt?txnId=",
    "CreditMemo": "creditmemo?txnId=",
    "RefundReceipt": "refundreceipt?txnId=",
    "Estimate": "estimate?txnId=",
    "Purchase": "expense?txnId=",
    "Check": "check?txnId=",  # not a type of the API: a Purchase paid by check
    "Bill": "bill?txnId=",
    "BillPayment": "billpayment?txnId=",
    "VendorCredit": "vendorcredit?txnId=",
    "Deposit": "deposit?txnId=",
    "JournalEntry": "journal?txnId=",
    "Transfer": "transfer?txnId=",
    "Customer": "customerdetail?nameId=",
    "Vendor": "vendordetail?nameId=",
    "Account": "register?accountId=",
}

# Computed by QuickBooks. It ignores Balance and the like when they come back, but refuses extension blocks
# (field note).
READ_ONLY = frozenset(
    {
        "Balance",
        "BalanceWithJobs",
        "FullyQualifiedName",
        "HomeBalance",
        "HomeTotalAmt",
        "InvoiceEx",
        "Level",
        "LinkedTxn",
        "MetaData",
        "PurchaseEx",
        "UnappliedAmt",
        "domain",
        "status",
        "time",
    }
)


def web_url(entity: str, quickbooks_id: str, *, payment_type: str = "", base: str = WEB_URL) -> str:
    """The page of a record in QuickBooks, "" for a type without one; the browser must be signed in there.

    ``payment_type`` is a Purchase's own: a check has another page than an expense.
    """
    page = _PAGES.get("Check" if payment_type == "Check" else entity)
    return f"{base}/{page}{quickbooks_id}" if page else ""


def without_read_only(record: Mapping[str, Any]) -> dict[str, Any]:
    """``record`` as read, without the fields QuickBooks computes, so that it may be sent back."""
    return {name: value for name, value in record.items() if name not in READ_ONLY}


def is_void(found: Mapping[str, Any]) -> bool:
    """Whether a transaction was voided: by us, or by a person in QuickBooks. A purchase says so by a status of its own (live suite of
    2026-08-17), whatever became of its note.
    """
    marked = found.get("TotalAmt") == 0 and str(found.get("PrivateNote") or "").startswith("Voided")
    return marked or found.get("status") == "Voided"
