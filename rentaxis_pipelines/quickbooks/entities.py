"""What is particular to QuickBooks' record types, as data.

Here: where a record is seen in QuickBooks' own web pages, and how a void shows.
Not here: what goes into a payload (that is the caller's mapping).
"""

from collections.abc import Mapping
from typing import Any

WEB_URL = "https://app.qbo.intuit.com/app"

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


def web_url(entity: str, quickbooks_id: str, *, payment_type: str = "") -> str:
    """The page of a record in QuickBooks, "" for a type without one; the browser must be signed in there.

    ``payment_type`` is a Purchase's own: a check has another page than an expense.
    """
    page = _PAGES.get("Check" if payment_type == "Check" else entity)
    return f"{WEB_URL}/{page}{quickbooks_id}" if page else ""


def is_void(found: Mapping[str, Any]) -> bool:
    """Whether a transaction was voided: by us, or by a person in QuickBooks. A purchase says so by a status of its own (live suite of
    2026-08-17), whatever became of its note.
    """
    marked = found.get("TotalAmt") == 0 and str(found.get("PrivateNote") or "").startswith("Voided")
    return marked or found.get("status") == "Voided"
