"""A planned row field by field: what stands in QuickBooks, and what will stand. In an accountant's words; references by name. Pure.

Not here: which account an amount lands on (``plan_accounts``), and how the words are laid out (``plan_markdown`` and its brothers).
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec

from rentaxis_pipelines.model.money import as_read
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.record_types import BY_SOURCE_TYPE, KEY_FIELD
from rentaxis_pipelines.quickbooks.compare import differences, in_words
from rentaxis_pipelines.quickbooks.tax_ids import FIELD as TAX_ID
from rentaxis_pipelines.reports.plan_accounts import standing_of, total_of, will_stand
from rentaxis_pipelines.reports.plan_lists import Lists
from rentaxis_pipelines.safety.sealed import masked
from rentaxis_pipelines.sync.pushing.push import PENDING, parent_key

# How a reference's field names the list it points to; whatever else ends in "AccountRef" points to an account.
_ENTITY_OF: Final = {
    "CustomerRef": "Customer", "VendorRef": "Vendor", "EntityRef": "Vendor", "ItemRef": "Item", "ClassRef": "Class",
    "DepartmentRef": "Department", "PaymentMethodRef": "PaymentMethod", "SalesTermRef": "Term", "TermRef": "Term",
}  # fmt: skip
NAMED_ENTITIES: Final = frozenset(_ENTITY_OF.values())
"""The lists, beside the accounts, that references are named from."""
_UNSHOWN: Final = frozenset(
    {"Id", "SyncToken", "sparse", "domain", "MetaData", "status", "TotalAmt", "Line", "Active"}
)
_FURTHER_WORDS: Final = {
    "CompanyName": "company name",
    "Name": "name",
    "ParentRef": "part of",
    "CurrencyRef": "currency",
}
_NOTHING: Final = ("", None, [], {})
# The order of a form in QuickBooks: who, when, which number, the lines, how it is paid; what is seldom read comes last.
_READ_FIRST: Final = (
    "CustomerRef", "VendorRef", "EntityRef", "DisplayName", "CompanyName", "Name", "TxnDate", "DueDate", "DocNumber",
    "PaymentRefNum", "Line", "PaymentMethodRef", "PaymentType", "PayType", "DepositToAccountRef", "AccountRef", "CheckPayment",
    "CreditCardPayment", "APAccountRef", "ClassRef", "DepartmentRef",
)  # fmt: skip


class FieldChange(msgspec.Struct, frozen=True):
    """One field, in words. ``stands`` is empty for what is new, ``will_stand`` for what goes."""

    field: str
    stands: str
    will_stand: str


class Words(msgspec.Struct, frozen=True):
    """What names are taken from: QuickBooks' lists, and what the plan itself makes first (``new customer Jane Doe``)."""

    lists: Lists
    made_first: Mapping[str, str] = {}


def words_for(rows: Iterable[PlannedRow], lists: Lists) -> Words:
    """The names for these rows, all of one plan."""
    made_first: dict[str, str] = {}
    for row in rows:
        if row.action == "create":
            kind = BY_SOURCE_TYPE[row.source_type].singular
            key = KEY_FIELD.get(row.quickbooks_type or "", "")
            name = (row.payload or {}).get(key) or row.quickbooks_number or row.source_label
            made_first[f"{row.source_type}/{row.source_id}"] = f"new {kind} {name}"
    return Words(lists, made_first)


def changes_of(row: PlannedRow, words: Words) -> list[FieldChange]:
    """What the row changes: of a creation every field, of an update those that differ, of a void or delete the amount and the note."""
    if row.status is not None or row.action == "none":
        return []
    standing = standing_of(row)
    before: Mapping[str, Any] = standing or {}
    changes = [*_amount(row, standing), *activity_changes(before, row.payload or {})]
    payload = row.payload or {}
    if row.action == "create":
        names: Sequence[str] = list(payload)
    elif row.action == "delete":
        names = []
    elif row.action == "void":
        names = [name for name in differences(payload, before) if name == "PrivateNote"]
    else:
        names = differences(payload, before) if standing is not None else list(payload)
    for name in sorted(names, key=place_of_field):
        if name == "Line":
            changes += line_changes(
                row.quickbooks_type, before.get("Line") or [], payload["Line"] or [], words
            )
            changes += _unapplied(row, before)
        elif name not in _UNSHOWN:
            # The parent of a class is a class, that of a location a location.
            named = f"{row.quickbooks_type}Ref" if name == "ParentRef" else name
            stands, will = (
                value_in_words(named, value, words) for value in (before.get(name), payload[name])
            )
            changes.append(FieldChange(field_in_words(name, payload[name]), stands, will))
    return [change for change in changes if change.stands != change.will_stand]


def place_of_field(name: str) -> int:
    """Sort key: where a form in QuickBooks shows it."""
    return _READ_FIRST.index(name) if name in _READ_FIRST else len(_READ_FIRST)


def field_in_words(name: str, value: Any = None) -> str:
    """A field of QuickBooks in accounting terms; one without its own term stays as it is. ``value``: a refund's payee is a customer."""
    if name == "EntityRef" and isinstance(value, Mapping) and _is_of("Customer", value):
        return "customer"
    return _FURTHER_WORDS.get(name) or in_words([name])


def _is_of(entity: str, reference: Mapping[str, Any]) -> bool:
    return reference.get("type") == entity


def value_in_words(name: str, value: Any, words: Words) -> str:
    """A field's value as people read it; empty for nothing."""
    if value in _NOTHING:
        return ""
    if name == TAX_ID:
        return masked(str(value))
    if isinstance(value, Mapping):
        return _object(name, value, words)
    if isinstance(value, list):
        return "; ".join(filter(None, (value_in_words(name, part, words) for part in value)))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _object(name: str, value: Mapping[str, Any], words: Words) -> str:
    if "value" in value:
        return _reference(name, value, words)
    if name == "TxnTaxDetail":
        return _money(value.get("TotalTax"))
    return ", ".join(
        filter(None, (value_in_words(inner, part, words) for inner, part in value.items() if inner != "Id"))
    )


def _reference(name: str, reference: Mapping[str, Any], words: Words) -> str:
    quickbooks_id = str(reference["value"] or "")
    if not quickbooks_id:
        return ""
    if quickbooks_id.startswith(PENDING):
        return pending_in_words(quickbooks_id, words)
    if name.endswith("AccountRef"):
        return words.lists.account(quickbooks_id).name
    entity = str(reference.get("type") or _ENTITY_OF.get(name, ""))
    known = words.lists.names.get((entity, quickbooks_id)) or reference.get("name")
    return str(known) if known else quickbooks_id if not entity else f"{entity.lower()} {quickbooks_id}"


def pending_in_words(reference: str, words: Words) -> str:
    """What the plan makes first, by its name: ``new customer Jane Doe``."""
    key = reference.removeprefix(PENDING)
    source_type, source_id = parent_key(key)
    return words.made_first.get(key) or f"new {BY_SOURCE_TYPE[source_type].singular} {source_id}"


def _money(value: Any) -> str:
    return "" if value is None else as_read(Decimal(value))


def _amount(row: PlannedRow, standing: Mapping[str, Any] | None) -> list[FieldChange]:
    entity = row.quickbooks_type
    stands = total_of(entity, standing) if standing else None
    if row.action in ("void", "delete"):
        gone = "deleted" if row.action == "delete" else "0.00 (voided)"
        return [FieldChange("amount", as_read(stands) if stands is not None else "", gone)]
    will = total_of(entity, will_stand(row))
    if will is None or (row.action == "update" and standing is None):
        return []
    return [FieldChange("amount", as_read(stands) if stands is not None else "", as_read(will))]


def _unapplied(row: PlannedRow, before: Mapping[str, Any]) -> list[FieldChange]:
    """What of a payment stays a credit."""
    if row.quickbooks_type != "Payment":
        return []
    stands, will = (_left(payment) for payment in (before, will_stand(row)))
    return [FieldChange("left unapplied", stands, will)] if stands or will else []


def _left(payment: Mapping[str, Any]) -> str:
    applied = sum((Decimal(line.get("Amount") or 0) for line in payment.get("Line") or []), Decimal(0))
    left = Decimal(payment.get("TotalAmt") or 0) - applied
    return as_read(left) if left else ""


def activity_changes(before: Mapping[str, Any], payload: Mapping[str, Any]) -> list[FieldChange]:
    """Whether the name becomes active or inactive; nothing where that is not said, or is new and active."""
    if "Active" not in payload or (not before and payload["Active"]):
        return []
    spoken = {True: "active", False: "inactive"}
    return [FieldChange("status", spoken[before.get("Active") is not False], spoken[bool(payload["Active"])])]


def line_changes(
    entity: str | None, before: Sequence[Any], after: Sequence[Any], words: Words
) -> list[FieldChange]:
    """Line by line: those that stay as they are left out, what goes beside what comes in its place."""
    standing, lines = (
        [line for line in side if line.get("DetailType") != "SubTotalLineDetail"] for side in (before, after)
    )
    added: list[tuple[int, Mapping[str, Any]]] = []
    for number, line in enumerate(lines, start=1):
        same = next(
            (at for at, other in enumerate(standing) if not differences({"Line": [line]}, {"Line": [other]})),
            None,
        )
        if same is None:
            added.append((number, line))
        else:
            del standing[same]
    changes: list[FieldChange] = []
    for at in range(max(len(added), len(standing))):
        gone = line_in_words(standing[at], words) if at < len(standing) else ""
        number, comes = (added[at][0], line_in_words(added[at][1], words)) if at < len(added) else (0, "")
        if entity in ("Payment", "BillPayment"):
            name = "applied to"
        else:
            name = f"line {number}" if number else "line taken off"
        changes.append(FieldChange(name, gone, comes))
    return changes


def line_in_words(line: Mapping[str, Any], words: Words) -> str:
    """``Rent: October, Unit 4, class Sunny Court, 1,200.00``, or what a payment is applied to: ``invoice INV-42, 500.00``."""
    kind = str(line.get("DetailType") or "")
    detail: Mapping[str, Any] = line.get(kind) or {}
    on = ", ".join(
        filter(
            None,
            (_reference(name, detail[name], words) for name in ("ItemRef", "AccountRef") if detail.get(name)),
        )
    )
    applied = [_linked(linked, words) for linked in line.get("LinkedTxn") or []]
    description = str(line.get("Description") or "")
    what = f"{on}: {description}" if on and description else on or description
    if side := detail.get("PostingType"):  # of a journal entry
        what = f"{str(side).lower()} {what}".strip()
    placed = _reference("ClassRef", detail["ClassRef"], words) if detail.get("ClassRef") else ""
    parts = (what, *applied, f"class {placed}" if placed else "", _money(line.get("Amount")))
    return ", ".join(filter(None, parts))


def _linked(linked: Mapping[str, Any], words: Words) -> str:
    entity, quickbooks_id = str(linked.get("TxnType") or ""), str(linked.get("TxnId") or "")
    if quickbooks_id.startswith(PENDING):
        return pending_in_words(quickbooks_id, words)
    return f"{entity.lower()} {words.lists.names.get((entity, quickbooks_id), quickbooks_id)}"
