"""Specifics of QuickBooks' record types, as data.

Here: where a record is seen in QuickBooks' own web pages, what a transaction comes to, and how a void shows.
Not here: what goes into a payload (that is the caller's mapping).
"""

from collections.abc import Mapping
from decimal import Decimal
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

    ``payment_type`` is a Purchase's: a check has a different page than an expense.
    """
    page = _PAGES.get("Check" if payment_type == "Check" else entity)
    return f"{WEB_URL}/{page}{quickbooks_id}" if page else ""


def total_of(transaction: Mapping[str, Any]) -> Decimal | None:
    """What a transaction comes to; None for what is no transaction. Of a journal entry the sum of its debits: its TotalAmt is always 0
    (entity reference).
    """
    lines: list[Mapping[str, Any]] = transaction.get("Line") or []
    sides = [(line["JournalEntryLineDetail"], line) for line in lines if "JournalEntryLineDetail" in line]
    if sides:
        debits = (
            Decimal(line.get("Amount") or 0) for side, line in sides if side.get("PostingType") == "Debit"
        )
        return sum(debits, Decimal("0.00"))
    total = transaction.get("TotalAmt")
    return None if total is None else Decimal(total)


def is_void(transaction: Mapping[str, Any]) -> bool:
    """Whether a transaction was voided, by us or by a person in QuickBooks. A purchase has its own status for it (live suite of
    2026-08-17), regardless of its note.
    """
    marked = total_of(transaction) == 0 and str(transaction.get("PrivateNote") or "").startswith("Voided")
    return marked or transaction.get("status") == "Voided"
