"""Document numbers: assigned by QuickBooks, or the client's and checked for duplicates. Nothing else about writes."""

from quickbooks_emulator import errors
from quickbooks_emulator.company import OWN_NUMBERS_OF_VENDOR_SIDE, SALES, Company
from quickbooks_emulator.store import Record

# How a fault text names the type that already has a number (field notes).
_TITLES = {
    "JournalEntry": "Journal Entry", "SalesReceipt": "Sales Receipt", "CreditMemo": "Credit Memo",
    "RefundReceipt": "Refund Receipt", "BillPayment": "Bill Payment", "Purchase": "Expense",
}  # fmt: skip
_VENDOR_SIDE = ("Purchase", "Bill", "VendorCredit", "BillPayment")
_ALWAYS_CHECKED = ("Bill", "VendorCredit", "JournalEntry", "BillPayment")


def give(company: Company, entity: str, fields: Record, old: Record | None, include: str) -> None:
    """DocNumber: assigned by QuickBooks, or the client's and checked for duplicates (code 6140)."""
    custom = company.preference("SalesFormsPrefs", "CustomTxnNumbers", False)
    if entity in SALES and not custom:
        if "DocNumber" not in fields and old is not None and "DocNumber" in old:
            fields["DocNumber"] = old["DocNumber"]
        elif fields.get("DocNumber", "AUTO_GENERATE") == "AUTO_GENERATE":
            fields["DocNumber"] = _next_number(company)
        return
    if fields.get("DocNumber") == "AUTO_GENERATE" or (
        old is None and _numbered_there(company, entity, fields)
    ):
        fields["DocNumber"] = _next_number(company)
    number = fields.get("DocNumber")
    if number is None or "allowduplicatedocnum" in include or (old and old.get("DocNumber") == number):
        return
    if entity in SALES or (entity == "Purchase" and fields["PaymentType"] == "Check"):
        if not company.switches.warn_duplicate_numbers:
            return
    elif entity not in (*_ALWAYS_CHECKED, "Purchase"):
        return
    kinds = SALES if entity in SALES and company.switches.sales_number_scope == "sales" else (entity,)
    for kind in kinds:
        for other in company.store.tables[kind].having("DocNumber", number):
            if (old and other["Id"] == old["Id"]) or _unseen(company, kind, other["Id"]):
                continue
            raise errors.duplicate_number(number, _TITLES.get(kind, kind), other["Id"])


def _numbered_there(company: Company, entity: str, fields: Record) -> bool:
    """Whether QuickBooks numbers bills and purchases, which has a preference of its own (live suite, 2026-08-16)."""
    return (
        entity in _VENDOR_SIDE
        and "DocNumber" not in fields
        and company.switches.vendor_side_numbers == "given"
        and company.other_preference(OWN_NUMBERS_OF_VENDOR_SIDE) == "false"
    )


def _unseen(company: Company, kind: str, identifier: str) -> bool:
    return company.switches.batch_collisions == "unseen" and (kind, identifier) in company.unseen


def _next_number(company: Company) -> str:
    company.counters["numbers"] = company.counters.get("numbers", 1000) + 1
    return str(company.counters["numbers"])
