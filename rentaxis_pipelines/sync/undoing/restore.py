"""What is sent so that an object says again what it said before. Pure: the object before and as it stands, a sparse payload out.

Every field that QuickBooks lets us write and that differs goes back, and a field that was empty is cleared. Not here: whether it may go
back (``obstacles``), what payments let go of first (``applications``).
"""

from collections.abc import Mapping
from typing import Any, cast

from rentaxis_pipelines.mapping.cleared_fields import empty_field
from rentaxis_pipelines.model.record_types import PARTY_ENTITIES, PLACE_ENTITIES
from rentaxis_pipelines.quickbooks.compare import differences
from rentaxis_pipelines.quickbooks.tax_ids import FIELD as TAX_ID

Object = Mapping[str, Any]

# QuickBooks' own: computed, derived from others, or telling what happened to it (entity reference).
_COMPUTED = frozenset({
    "Id", "SyncToken", "MetaData", "domain", "sparse", "status", "TotalAmt", "HomeTotalAmt", "Balance", "HomeBalance", "BalanceWithJobs",
    "UnappliedAmt", "RemainingCredit", "LinkedTxn", "FullyQualifiedName", "Level", "CurrencyRef", "ExchangeRate", "DefaultTaxCodeRef", "PurchaseEx",
    "InvoiceLink", "DeliveryInfo", "EmailStatus", "PrintStatus", "CustomField", "Job", "ApplyTaxAfterDiscount",
    "TaxExemptionRef", "RecurDataRef", "ProcessPayment", "IsProject", "ClientEntityId", "V4IDPseudonym",
    "Size", "FileAccessUri", "TempDownloadUri", "ThumbnailFileAccessUri", "ThumbnailTempDownloadUri",
})  # fmt: skip
_LINE_COMPUTED = frozenset({"Id", "LineNum", "LineEx"})
_TOTAL_IS_GIVEN = ("Payment", "BillPayment")
# What even a sparse update must name, or what a change of lines is judged by (entity reference; a field note for the first two).
_ALWAYS = {
    "Bill": ("VendorRef",),
    "Purchase": ("PaymentType", "Credit"),
    "VendorCredit": ("VendorRef",),
    "Payment": ("CustomerRef", "TotalAmt"),
    "BillPayment": ("VendorRef", "TotalAmt", "PayType"),
    "Class": ("Name", "SubClass", "ParentRef"),
    "Department": ("Name", "SubDepartment", "ParentRef"),
}


def writable(entity: str, current: Object) -> dict[str, Any]:
    """Of an object in QuickBooks, what can be written, in the shape of a payload; lines without those that QuickBooks adds."""
    computed = _COMPUTED - {"TotalAmt"} if entity in _TOTAL_IS_GIVEN else _COMPUTED
    fields = {name: _reference(value) for name, value in current.items() if name not in computed}
    if "TxnTaxDetail" in fields:  # the rest of it follows from the total
        fields["TxnTaxDetail"] = {"TotalTax": fields["TxnTaxDetail"].get("TotalTax", 0)}
    if "Line" in fields:
        fields["Line"] = [
            {
                name: _reference(value)
                for name, value in line.items()
                if name not in _LINE_COMPUTED and value != []
            }
            for line in cast("list[dict[str, Any]]", fields["Line"])
            if line.get("DetailType") != "SubTotalLineDetail"
        ]
    return fields


def _reference(value: Any) -> Any:
    """Without the name of what it refers to: QuickBooks derives that."""
    if isinstance(value, dict):
        inner = cast("dict[str, Any]", value)
        kept = ("value", "type") if "value" in inner else tuple(inner)
        return {name: _reference(inner[name]) for name in kept if name in inner and name != "Id"}
    return value


def changed_fields(entity: str, before: Object, after: Object) -> list[str]:
    """Names of the fields that can be written and differ."""
    ours, theirs = writable(entity, before), writable(entity, after)
    if ours.pop(TAX_ID, None):
        theirs.pop(TAX_ID, None)  # QuickBooks shows it masked: an earlier one cannot be put back
    added = [name for name, value in theirs.items() if name not in ours and value not in ("", None, [], {})]
    return [*differences(ours, theirs), *added]


def payload_back(entity: str, before: Object, current: Object) -> dict[str, Any]:
    """The sparse payload that brings the object from ``current`` to ``before``."""
    wanted = writable(entity, before)
    changed = changed_fields(entity, before, current)
    payload: dict[str, Any] = {name: wanted[name] for name in _ALWAYS.get(entity, ()) if name in wanted}
    for name in changed:
        if name in wanted:
            payload[name] = wanted[name]
        elif (empty := empty_field(name)) is not None:
            payload[name] = empty
    if "BillAddr" in payload and "BillAddr" in wanted:
        now = cast("dict[str, Any]", writable(entity, current).get("BillAddr", {}))
        payload["BillAddr"] = {**dict.fromkeys(now, ""), **wanted["BillAddr"]}
    return payload


def whole_again(entity: str, before: Object) -> dict[str, Any]:
    """The payload that makes anew an object that was deleted."""
    return writable(entity, before)


def is_name(entity: str) -> bool:
    """Whether it is an entry of a list, which is never deleted, only made inactive."""
    return entity in (*PARTY_ENTITIES, *PLACE_ENTITIES)
