"""A reference shows the name of what it points to, and a child's full name begins with its parent's; when that is renamed, stored
transactions and children follow, without a stamp.
"""

from collections.abc import Iterator
from typing import Any

from quickbooks_emulator.company import TRANSACTIONS, Company
from quickbooks_emulator.parts import title
from quickbooks_emulator.store import Record

# Under which keys a transaction points to an entity.
_KEYS = {
    "Customer": ("CustomerRef", "EntityRef", "Entity"),
    "Vendor": ("VendorRef", "EntityRef", "Entity"),
    "Employee": ("EntityRef", "Entity"),
    "Item": ("ItemRef", "GroupItemRef"),
    "Account": ("AccountRef", "DepositToAccountRef", "APAccountRef", "BankAccountRef", "CCAccountRef",
                "DiscountAccountRef", "ItemAccountRef"),
    "Class": ("ClassRef",),
    "Department": ("DepartmentRef",),
}  # fmt: skip


def follow(company: Company, entity: str, old: Record, new: Record) -> None:
    """Bring the names in transactions up to date after `old` became `new`."""
    if entity not in _KEYS or title(old) == title(new):
        return
    for kind, record in list(_pointing(company, entity, new["Id"])):
        renamed = _renamed(record, _KEYS[entity], new["Id"], title(old), title(new))
        if renamed is not record:
            company.store.put(kind, renamed)
    for child in list(_children(company, entity, new["Id"])):
        name = child.get("DisplayName") or child["Name"]
        moved = {**child, "FullyQualifiedName": f"{new['FullyQualifiedName']}:{name}"}
        company.store.put(entity, moved)
        follow(company, entity, child, moved)


def _children(company: Company, entity: str, identifier: str) -> Iterator[Record]:
    table = company.store.tables[entity]
    if "ParentRef" in table.equal:
        return table.having("ParentRef", {"value": identifier})
    return (each for each in table.rows.values() if each.get("ParentRef", {}).get("value") == identifier)


def _pointing(company: Company, entity: str, identifier: str) -> Iterator[tuple[str, Record]]:
    field = {"Customer": "CustomerRef", "Vendor": "VendorRef"}.get(entity)
    for kind in TRANSACTIONS:
        table = company.store.tables[kind]
        if field is not None and field in table.equal:
            records = table.having(field, {"value": identifier})
        else:
            records = iter(table.rows.values())
        for record in records:
            yield kind, record


def _renamed(value: Any, keys: tuple[str, ...], identifier: str, before: str, after: str) -> Any:
    """A copy with the name replaced, or the same value if nothing refers to it."""
    if isinstance(value, list):
        changed = [_renamed(each, keys, identifier, before, after) for each in value]
        return changed if any(a is not b for a, b in zip(changed, value, strict=True)) else value
    if not isinstance(value, dict):
        return value
    result = value
    for key, inner in value.items():
        if not isinstance(inner, dict | list):
            continue
        if key in keys and isinstance(inner, dict) and inner.get("value") == identifier:
            new: Any = {**inner, "name": after} if inner.get("name") == before else inner
        else:
            new = _renamed(inner, keys, identifier, before, after)
        if new is not inner:
            result = {**result, key: new}
    return result
