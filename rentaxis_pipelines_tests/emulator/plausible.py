"""Payloads as clients send them, for `fuzz` to spoil."""

from typing import Any

_LINE = {
    "Amount": 10,
    "DetailType": "SalesItemLineDetail",
    "SalesItemLineDetail": {"ItemRef": {"value": "1"}, "Qty": 2, "UnitPrice": 5},
}
_COST = {
    "Amount": 10,
    "DetailType": "AccountBasedExpenseLineDetail",
    "AccountBasedExpenseLineDetail": {"AccountRef": {"value": "15"}},
}


def _side(side: str) -> dict[str, Any]:
    detail = {"PostingType": side, "AccountRef": {"value": "4"}}
    detail["Entity"] = {"Type": "Customer", "EntityRef": {"value": "58"}}
    return {"Amount": 10, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": detail}


_CUSTOMER, _VENDOR = {"CustomerRef": {"value": "58"}}, {"VendorRef": {"value": "1"}}
_LINK = {"Amount": 5, "LinkedTxn": [{"TxnId": "1", "TxnType": "Invoice"}]}
PLAUSIBLE: dict[str, Any] = {
    "Customer": {
        "DisplayName": "Somebody",
        "PrimaryEmailAddr": {"Address": "a@b.example"},
        "ParentRef": {"value": "58"},
    },
    "Vendor": {"DisplayName": "Someone", "Active": True, "BillAddr": {"Line1": "1 Way", "City": "Here"}},
    "Employee": {"GivenName": "Ann", "FamilyName": "Lee"},
    "Item": {"Name": "Thing", "Type": "Service", "IncomeAccountRef": {"value": "8"}},
    "Account": {"Name": "Box", "AccountType": "Bank"},
    "Class": {"Name": "North"},
    "Department": {"Name": "East"},
    "Term": {"Name": "Net 9", "DueDays": 9},
    "PaymentMethod": {"Name": "Coins"},
    **{
        name: {**_CUSTOMER, "Line": [_LINE], "DocNumber": "A-1", "TxnDate": "2024-05-06"}
        for name in ("Invoice", "Estimate", "CreditMemo", "SalesReceipt", "RefundReceipt")
    },
    "Payment": {**_CUSTOMER, "TotalAmt": 10, "Line": [_LINK], "PaymentRefNum": "7"},
    "Bill": {**_VENDOR, "Line": [_COST]},
    "VendorCredit": {**_VENDOR, "Line": [_COST]},
    "BillPayment": {
        **_VENDOR,
        "TotalAmt": 10,
        "PayType": "Check",
        "CheckPayment": {"BankAccountRef": {"value": "1"}},
        "Line": [{"Amount": 5, "LinkedTxn": [{"TxnId": "2", "TxnType": "Bill"}]}],
    },
    "Purchase": {
        "PaymentType": "Check",
        "AccountRef": {"value": "1"},
        "Line": [_COST],
        "EntityRef": {"value": "1"},
    },
    "Deposit": {"DepositToAccountRef": {"value": "1"}, "Line": [_LINK]},
    "JournalEntry": {"Line": [_side("Debit"), _side("Credit")]},
    "Attachable": {
        "Note": "n",
        "FileName": "f.txt",
        "AttachableRef": [{"EntityRef": {"type": "Invoice", "value": "1"}}],
    },
    "CompanyInfo": {"Id": "1", "SyncToken": "0", "CompanyName": "C", "CompanyAddr": {"City": "X"}},
    "Preferences": {"Id": "1", "SyncToken": "0", "SalesFormsPrefs": {"CustomTxnNumbers": True}},
    "TaxCode": {"Name": "T"},
    "TaxRate": {"Name": "T"},
    "Transfer": {"Amount": 1},
    "Nothing": {"X": 1},
}
TAX = {
    "TaxCode": "State",
    "TaxRateDetails": [{"TaxRateName": "R", "RateValue": 5, "TaxAgencyId": 1, "TaxApplicableOn": "Sales"}],
}
