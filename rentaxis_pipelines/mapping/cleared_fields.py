"""Fields that were pushed and are empty in RentAxis now: what an update sends so that QuickBooks empties them too.

An update is sparse: it changes what it names and nothing else, so that what the accountant filled in stays. What is no longer
wanted must therefore be named, empty. Not here: lines, which every update replaces whole (entity reference).
"""

from collections.abc import Iterable, Mapping
from typing import cast

from rentaxis_pipelines.mapping.contact import ADDRESS_LINES
from rentaxis_pipelines.model.payload import Payload

# How each field is cleared. Fields that are not listed cannot become empty once they were pushed (numbers, dates, notes), or
# QuickBooks needs them (a bill's vendor and payables account).
_EMPTY: dict[str, object] = {
    "ClassRef": {"value": ""},
    "DepartmentRef": {"value": ""},
    "PaymentMethodRef": {"value": ""},
    "SalesTermRef": {"value": ""},
    "TermRef": {"value": ""},
    "DepositToAccountRef": {"value": ""},  # QuickBooks then puts the money into Undeposited Funds
    "EntityRef": {"value": ""},
    "PrimaryEmailAddr": {"Address": ""},
    "PrimaryPhone": {"FreeFormNumber": ""},
    "BillAddr": dict.fromkeys(ADDRESS_LINES, ""),
    "TaxIdentifier": "",
}
# Texts that an undo clears: we only write them where they were empty before.
_EMPTY_TEXTS = ("CompanyName", "Notes", "PrivateNote", "DocNumber", "PaymentRefNum", "TaxIdentifier")
_ADDRESS = "BillAddr"


def empty_field(name: str) -> object | None:
    """How that field is cleared; None for one that cannot become empty."""
    return _EMPTY.get(name) or ("" if name in _EMPTY_TEXTS else None)


def cleared_fields(
    pushed: Mapping[str, object], owned: Iterable[str], payload: Mapping[str, object]
) -> Payload:
    """What to send besides ``payload``. ``owned``: the fields of ``pushed``, the last payload, that we wrote ourselves."""
    owned = set(owned)
    gone = {name for name in owned if name in pushed and name not in payload}
    cleared: Payload = {name: _EMPTY[name] for name in sorted(gone & _EMPTY.keys())}
    before, now = pushed.get(_ADDRESS), payload.get(_ADDRESS)
    if _ADDRESS in cleared and isinstance(before, Mapping):
        parts = (*ADDRESS_LINES, *cast("Mapping[str, str]", before))
        cleared[_ADDRESS] = dict.fromkeys(parts, "")
    if _ADDRESS in owned and isinstance(before, Mapping) and isinstance(now, Mapping):
        # Lines that are gone: a sparse update may leave what it does not name within an address as well.
        lines = {line: "" for line in cast("Mapping[str, str]", before) if line not in now}
        if lines:
            cleared[_ADDRESS] = {**cast("Mapping[str, str]", now), **lines}
    if "Credit" in gone:
        cleared["Credit"] = False  # a charge again
    if "DueDate" in gone:
        # The day QuickBooks gives a bill that has no terms (entity reference).
        cleared["DueDate"] = cast("str", payload["TxnDate"])
    return cleared
