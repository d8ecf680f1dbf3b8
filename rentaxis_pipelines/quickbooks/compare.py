"""Does a QuickBooks object still say what we wrote? Pure.

Only what we wrote is compared: QuickBooks adds fields, a subtotal line, ids and names of references, and those are its own.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, cast


def differences(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
    """Names of the top-level fields of ``ours`` that ``theirs`` no longer holds; empty when all stand as written."""
    return [name for name, value in ours.items() if not _holds(value, theirs.get(name))]


_WORDS = {
    "CustomerRef": "customer", "VendorRef": "vendor", "EntityRef": "vendor", "DocNumber": "number", "PaymentRefNum": "reference number",
    "TxnDate": "date", "DueDate": "due date", "TotalAmt": "amount", "PrivateNote": "memo", "Line": "lines",
    "PaymentType": "way of payment", "PayType": "way of payment", "AccountRef": "account", "APAccountRef": "accounts payable account",
    "CheckPayment": "account paid from", "CreditCardPayment": "account paid from", "PaymentMethodRef": "payment method",
    "DepositToAccountRef": "deposit account", "ClassRef": "class", "DepartmentRef": "location", "TxnTaxDetail": "sales tax",
    "DisplayName": "name", "PrimaryEmailAddr": "e-mail", "PrimaryPhone": "phone", "BillAddr": "billing address", "Notes": "notes",
}  # fmt: skip


def in_words(fields: Iterable[str]) -> str:
    """QuickBooks' fields as an accountant calls them, listed; one without a word of its own stays as it is."""
    return ", ".join(_WORDS.get(field, field) for field in fields)


def _holds(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, Mapping):
        mine = cast(Mapping[str, Any], ours)
        if not isinstance(theirs, Mapping):
            return not any(mine.values())
        other = cast(Mapping[str, Any], theirs)
        if "value" in mine:  # a reference: its name is derived
            return str(mine["value"]) == str(other.get("value"))
        return not differences(mine, other)
    if isinstance(ours, list):
        mine_list = cast(list[Any], ours)
        other_list = [line for line in cast(list[Any], theirs or []) if not _is_subtotal(line)]
        return len(mine_list) == len(other_list) and _all_found(mine_list, other_list)
    if isinstance(ours, Decimal | int) and not isinstance(ours, bool):
        return isinstance(theirs, Decimal | int) and Decimal(ours) == Decimal(theirs)
    if ours is None or ours == "":
        return theirs in (None, "")
    return ours == theirs


def _all_found(ours: list[Any], theirs: list[Any]) -> bool:
    """Each of ours among theirs, whatever the order: QuickBooks promises none."""
    left = list(theirs)
    for one in ours:
        at = next((number for number, other in enumerate(left) if _holds(one, other)), None)
        if at is None:
            return False
        del left[at]
    return True


def _is_subtotal(line: Any) -> bool:
    return (
        isinstance(line, Mapping) and cast(Mapping[str, Any], line).get("DetailType") == "SubTotalLineDetail"
    )
