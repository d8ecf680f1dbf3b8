"""How the probe names its objects, and how it finds them again. Pure.

Every name begins with "RentAxis probe", every number with "RP", so that people recognize them.
"""

from rentaxis_pipelines.quickbooks.query import literal, select

MARK = "RentAxis probe"
PEOPLE = ("Customer", "Vendor", "Employee")
LISTS = (
    "Item",
    "Class",
    "Department",
    "Account",
    "Term",
    "PaymentMethod",
)  # deactivated; nothing of a list can be deleted
SALES = ("Invoice", "CreditMemo", "SalesReceipt", "RefundReceipt", "Estimate")
TRANSACTIONS = (
    *SALES,
    "Payment",
    "Purchase",
    "Bill",
    "VendorCredit",
    "BillPayment",
    "Deposit",
    "JournalEntry",
)
COUNTED = (*PEOPLE, *LISTS, *TRANSACTIONS, "Attachable")
# Which of their transactions can be asked for by whom they are of (the reference's filterable fields).
OF_PARTY = {
    "Customer": ("CustomerRef", (*SALES, "Payment")),
    "Vendor": ("VendorRef", ("Bill", "BillPayment", "VendorCredit")),
}
# No filter trait in the reference: listed whole and compared.
_LISTED_WHOLE = ("Class", "Department", "PaymentMethod", "Attachable")


def key_field(entity: str) -> str:
    """The field with an object's name or number."""
    if entity in PEOPLE:
        return "DisplayName"
    if entity in LISTS:
        return "Name"
    return {"Payment": "PaymentRefNum", "Attachable": "Note"}.get(entity, "DocNumber")


def is_listed(entity: str) -> bool:
    """Whether QuickBooks deactivates objects of this kind instead of deleting them."""
    return entity in PEOPLE or entity in LISTS


def statement_for(entity: str, key: str) -> str:
    """The query that finds every object with this name or number; it may also find others, so compare."""
    parts: list[str] = []
    if entity not in _LISTED_WHOLE:
        parts.append(f"{key_field(entity)} = {literal(key)}")
    if is_listed(entity):
        parts.append("Active IN (true, false)")
    return select(entity, " AND ".join(parts))


def goes_by(record: dict[str, object], entity: str, key: str) -> bool:
    """Whether the object has this name or number, in any case and also where it was deactivated."""
    name = str(record.get(key_field(entity), ""))
    return name.removesuffix(" (deleted)").casefold() == key.casefold()
