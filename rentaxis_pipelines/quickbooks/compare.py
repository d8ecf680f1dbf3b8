"""Does a QuickBooks object still have the values we wrote? Pure.

Only what we wrote is compared: fields, a subtotal line, ids and reference names that QuickBooks adds are ignored.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, cast

from rentaxis_pipelines.quickbooks.tax_ids import FIELD as TAX_ID
from rentaxis_pipelines.quickbooks.tax_ids import same_tax_id


def differences(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
    """Names of the top-level fields of ``ours`` that differ in ``theirs``; empty if all are as written."""
    return [
        name
        for name, value in ours.items()
        if not (same_tax_id if name == TAX_ID else _equal)(value, theirs.get(name))
    ]


# What QuickBooks keeps of an object by itself: it moves when something else is booked, and nobody edits it.
KEPT_BY_QUICKBOOKS = frozenset({
    "SyncToken", "MetaData", "domain", "sparse", "status", "time", "LinkedTxn", "Balance", "RemainingCredit", "BalanceWithJobs", "HomeBalance",
    "OpenBalanceDate", "HomeTotalAmt", "UnappliedAmt", "InvoiceLink", "EmailStatus", "PrintStatus", "DeliveryInfo",
})  # fmt: skip


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Names of the top-level fields a person sees as different, in two states of one object as QuickBooks gave them."""
    names = [*before, *(name for name in after if name not in before)]
    return [
        name
        for name in names
        if name not in KEPT_BY_QUICKBOOKS and not _same(before.get(name), after.get(name))
    ]


def same_content(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether two states of one object differ in nothing that a person could have changed."""
    return not changes_between(before, after)


def _same(before: Any, after: Any) -> bool:
    """Equal, but that an empty field may be missing, and that a line's own id and order say nothing."""
    if isinstance(before, list) or isinstance(after, list):
        lines = [_without_ids(line) for line in cast(list[Any], after or []) if not _is_subtotal(line)]
        return _equal(
            [_without_ids(line) for line in cast(list[Any], before or []) if not _is_subtotal(line)], lines
        )
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return _equal(before, after) and _equal(after, before)
    return _equal(before, after)


def _without_ids(line: Any) -> Any:
    if not isinstance(line, Mapping):
        return line
    return {
        name: value for name, value in cast(Mapping[str, Any], line).items() if name not in ("Id", "LineNum")
    }


_WORDS = {
    "CustomerRef": "customer", "VendorRef": "vendor", "EntityRef": "vendor", "DocNumber": "number", "PaymentRefNum": "reference number",
    "TxnDate": "date", "DueDate": "due date", "TotalAmt": "amount", "PrivateNote": "memo", "Line": "lines",
    "PaymentType": "payment method", "PayType": "payment method", "AccountRef": "account", "APAccountRef": "accounts payable account",
    "CheckPayment": "account paid from", "CreditCardPayment": "account paid from", "PaymentMethodRef": "payment method",
    "DepositToAccountRef": "deposit account", "ClassRef": "class", "DepartmentRef": "location", "TxnTaxDetail": "sales tax",
    "DisplayName": "name", "PrimaryEmailAddr": "e-mail", "PrimaryPhone": "phone", "BillAddr": "billing address", "Notes": "notes",
    "Vendor1099": "1099 vendor", "TaxIdentifier": "tax id", "SalesTermRef": "terms", "TermRef": "terms",
    "FileName": "file name", "ContentType": "kind of file", "Note": "note", "AttachableRef": "attached to",
}  # fmt: skip


def in_words(fields: Iterable[str]) -> str:
    """QuickBooks' fields in accounting terms, as a list; a field without its own term stays as it is."""
    return ", ".join(_WORDS.get(field, field) for field in fields)


def _equal(ours: Any, theirs: Any) -> bool:
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
    """Whether each of our lines is among theirs, in any order: QuickBooks does not guarantee one."""
    left = list(theirs)
    for line in ours:
        position = next((number for number, other in enumerate(left) if _equal(line, other)), None)
        if position is None:
            return False
        del left[position]
    return True


def _is_subtotal(line: Any) -> bool:
    return (
        isinstance(line, Mapping) and cast(Mapping[str, Any], line).get("DetailType") == "SubTotalLineDetail"
    )
