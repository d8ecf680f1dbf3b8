"""Rules of the lists: people (Customer, Vendor, Employee), items, accounts, classes, departments, terms,
methods.

Each build function gets the clean body, the stored object (None on create) and whether the update is sparse,
and returns the whole new object without Id, SyncToken and MetaData.
"""

import re
from typing import Any

from quickbooks_emulator import errors
from quickbooks_emulator.company import COMPUTED, ELEMENTS, NAMES, Company, Sent
from quickbooks_emulator.schema import FACTS
from quickbooks_emulator.store import Record

_NAME_PARTS = ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")
_FORBIDDEN = re.compile(r"[:\t\n]")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_DEEPEST = 5

# Computed, or fixed at creation; what a client sends back is ignored.
_COMPUTED = COMPUTED | {
    "FullyQualifiedName",
    "Level",
    "Balance",
    "BalanceWithJobs",
    "OverDueBalance",
    "TotalRevenue",
    "TotalExpense",
    "CurrentBalance",
    "CurrentBalanceWithSubAccounts",
    "Classification",
    "SubAccount",
    "SubDepartment",
    "SubClass",
    "SubItem",
    "IsProject",
    "V4IDPseudonym",
    "CurrencyRef",
    "AttachableRef",
}


def build_person(company: Company, entity: str, sent: Sent) -> Record:
    """Customer, Vendor, Employee. Raises Refusal 2020, 2040, 2210, 2500, 6180, 6240."""
    body, old = sent.body, sent.old
    fields = sent.merged(_COMPUTED)
    for name in (*_NAME_PARTS, "DisplayName", "PrintOnCheckName"):
        if name in body and _FORBIDDEN.search(body[name]):
            raise errors.invalid_string(name, company.switches.forbidden_character_code)
    if (email := body.get("PrimaryEmailAddr", {}).get("Address")) is not None:
        _check_email(email)
    if "DisplayName" not in fields:
        parts = [fields[name] for name in _NAME_PARTS if name in fields]
        if not parts:
            raise errors.required("GivenName" if entity == "Employee" else "DisplayName")
        fields["DisplayName"] = " ".join(parts)
    if not sent.sparse or "PrintOnCheckName" not in fields:
        fields.setdefault("PrintOnCheckName", fields["DisplayName"])
    fields["Active"] = fields.get("Active", True if old is None else old["Active"])
    fields["DisplayName"] = _name_for_activity(company, entity, "DisplayName", fields, old)
    if entity == "Customer":
        _place(company, "Customer", "DisplayName", fields, old)
    full_name = fields.get("FullyQualifiedName", fields["DisplayName"])
    if _taken(company, entity, full_name, old["Id"] if old else ""):
        raise errors.duplicate_name(documented=company.switches.duplicate_name_text == "documented")
    if entity == "Customer":
        return _customer(company, fields, body, old)
    if entity == "Vendor":
        return _vendor(company, fields, body, old)
    return {**fields, "BillableTime": fields.get("BillableTime", False)} | (
        {"SSN": "XXX-XX-XXXX"} if "SSN" in fields else {}
    )


def _customer(company: Company, fields: Record, body: Record, old: Record | None) -> Record:
    profile = company.profile
    fields.setdefault("Taxable", old["Taxable"] if old else profile.customer_taxable)
    fields.setdefault("Job", old["Job"] if old and "ParentRef" in fields else "ParentRef" in fields)
    fields.setdefault("BillWithParent", False)
    fields.setdefault("PreferredDeliveryMethod", "Print")
    opening = body.get("Balance", 0) if old is None else 0
    fields["Balance"] = old["Balance"] if old else opening
    fields["BalanceWithJobs"] = old["BalanceWithJobs"] if old else opening
    fields["CurrencyRef"] = old["CurrencyRef"] if old else body.get("CurrencyRef", profile.currency)
    for name, target in (("SalesTermRef", "Term"), ("PaymentMethodRef", "PaymentMethod")):
        _value_only(company, fields, name, target, old)
    _address_ids(company, fields, old)
    return fields


def _vendor(company: Company, fields: Record, body: Record, old: Record | None) -> Record:
    fields.setdefault("Vendor1099", False)
    fields["Balance"] = old["Balance"] if old else body.get("Balance", 0)
    fields["CurrencyRef"] = old["CurrencyRef"] if old else body.get("CurrencyRef", company.profile.currency)
    is_masked = company.switches.tax_id_answered == "masked"
    if is_masked and (number := fields.get("TaxIdentifier")) and not number.startswith("XX"):
        fields["TaxIdentifier"] = "X" * max(len(number) - 4, 0) + number[-4:]
    _value_only(company, fields, "TermRef", "Term", old)
    _address_ids(company, fields, old)
    return fields


def _value_only(company: Company, fields: Record, name: str, target: str, old: Record | None) -> None:
    if name in fields:
        company.reference(target, fields[name], (old or {}).get(name))
        fields[name] = {"value": fields[name]["value"]}


def _address_ids(company: Company, fields: Record, old: Record | None) -> None:
    for name in ("BillAddr", "ShipAddr"):
        if name in fields and "Id" not in fields[name]:
            known = (old or {}).get(name, {}).get("Id")
            fields[name] = {"Id": known or company.next_id("address"), **fields[name]}


def _check_email(text: str) -> None:
    # The field takes several addresses, separated by commas (recorded traffic).
    if not all(_ADDRESS.fullmatch(each.strip()) for each in text.split(",")):
        raise errors.invalid_email()


def _name_for_activity(company: Company, entity: str, field: str, fields: Record, old: Record | None) -> str:
    """Deactivation adds ' (deleted)' to the name, which makes the name available (recorded traffic)."""
    name = fields[field]
    was_active = old is None or old["Active"]
    if was_active and not fields["Active"] and not re.search(r" \(deleted( \d+)?\)$", name):
        candidate, number = f"{name} (deleted)", 0
        while _taken(company, entity, candidate, old["Id"] if old else ""):
            number += 1
            candidate = f"{name} (deleted {number})"
        return candidate
    if not was_active and fields["Active"] and company.switches.reactivation_restores_name:
        return re.sub(r" \(deleted( \d+)?\)$", "", name)
    return name


# What has to be unique, by entity. Two customers of one DisplayName below different parents were recorded.
_UNIQUE = {"Vendor": "DisplayName", "Employee": "DisplayName", "Term": "Name", "PaymentMethod": "Name"}


def _taken(company: Company, entity: str, name: str, own_id: str) -> bool:
    """Whether another record, active or not, has the name; customers, vendors and employees share one namespace."""
    return any(
        (kind, record["Id"]) != (entity, own_id) and not _overlooked(company, kind, record["Id"])
        for kind in (NAMES if entity in NAMES else (entity,))
        for record in company.store.tables[kind].having(_UNIQUE.get(kind, "FullyQualifiedName"), name)
    )


def _overlooked(company: Company, entity: str, identifier: str) -> bool:
    return company.switches.batch_collisions == "unseen" and (entity, identifier) in company.unseen


def _place(company: Company, entity: str, field: str, fields: Record, old: Record | None) -> None:
    """FullyQualifiedName, and Level below a parent. Raises Refusal 6180 beyond five levels."""
    names, level, ref = [fields[field]], 0, fields.get("ParentRef")
    if ref:
        company.reference(entity, ref, (old or {}).get("ParentRef"))
        fields["ParentRef"] = {"value": ref["value"]}
        while ref:
            parent: Any = company.store.get(entity, ref["value"])
            if parent is None:
                raise errors.unknown_reference(ELEMENTS[entity], ref["value"])
            if old is not None and parent["Id"] == old["Id"]:
                raise errors.own_parent()
            names.append(parent[field])
            level, ref = level + 1, parent.get("ParentRef")
        if level >= _DEEPEST:
            raise errors.too_deep()
        if entity in ("Customer", "Item"):
            fields["Level"] = level
    fields["FullyQualifiedName"] = ":".join(reversed(names))


# Lists with a Name of their own

_SUB_FLAG = {"Account": "SubAccount", "Class": "SubClass", "Department": "SubDepartment", "Item": "SubItem"}


def build_listed(company: Company, entity: str, sent: Sent) -> Record:
    """Item, Account, Class, Department, Term, PaymentMethod. Raises Refusal 2020, 2040, 2500, 6010, 6180,
    6240.
    """
    body, old = sent.body, sent.old
    fields = sent.merged(_COMPUTED)
    if "Name" not in fields:
        raise errors.required("Name")
    if (
        entity != "Term"
        and "Name" in body
        and re.search(r'["\t\n:]' if entity == "Account" else r"[:\t\n]", body["Name"])
    ):
        raise errors.invalid_string("Name", company.switches.forbidden_character_code)
    fields["Active"] = fields.get("Active", True if old is None else old["Active"])
    fields["Name"] = _name_for_activity(company, entity, "Name", fields, old)
    if entity in _SUB_FLAG:
        _place(company, entity, "Name", fields, old)
        if entity != "Item" or "ParentRef" in fields:
            fields[_SUB_FLAG[entity]] = "ParentRef" in fields
    unique = fields.get("FullyQualifiedName", fields["Name"])
    if _taken(company, entity, unique, old["Id"] if old else ""):
        raise errors.duplicate_name(documented=company.switches.duplicate_name_text == "documented")
    return _LIST_DEFAULTS[entity](company, fields, body, old)


def _item(company: Company, fields: Record, _body: Record, old: Record | None) -> Record:
    if "Type" not in fields:
        if old is None:
            raise errors.required("Type")
        fields["Type"] = old["Type"]
    if fields["Type"] in ("Service", "Inventory") and "IncomeAccountRef" not in fields:
        raise errors.required("IncomeAccountRef")
    if fields["Type"] == "Inventory":
        _inventory(fields)
    if old is None and fields["Type"] in ("Group", "Bundle"):
        raise errors.invalid_enumeration(fields["Type"])
    if fields["Type"] != "Category":
        fields.setdefault("Taxable", False)
        fields.setdefault("UnitPrice", 0)
        fields.setdefault("PurchaseCost", 0)
        fields.setdefault("TrackQtyOnHand", False)
    for name in ("IncomeAccountRef", "ExpenseAccountRef", "AssetAccountRef"):
        if name in fields:
            account = company.reference("Account", fields[name], (old or {}).get(name))
            fields[name] = {"value": account["Id"], "name": account["FullyQualifiedName"]}
    return fields


def _inventory(fields: Record) -> None:
    if "AssetAccountRef" not in fields:
        text = "Required param missing, need to supply the required value for the API"
        detail = (
            "Required parameter is missing in the request. An inventory assetaccount is required if "
            "you are tracking "
            "inventory quantities for this product."
        )
        raise errors.refuse("2020", text, detail, "AssetAccountRef")
    fields["TrackQtyOnHand"] = True
    errors.require(fields, "QtyOnHand", "InvStartDate", "ExpenseAccountRef")


def _account(company: Company, fields: Record, body: Record, old: Record | None) -> Record:
    kind, subtype = fields.get("AccountType"), fields.get("AccountSubType")
    if kind is None and subtype is None and old is not None:
        kind, subtype = old["AccountType"], old["AccountSubType"]
    subtypes = FACTS["subtypes"]
    if kind is None:
        kind = next((each for each, facts in subtypes.items() if subtype in facts["values"]), None)
        if kind is None:
            raise errors.account_type_missing()
    fields["AccountType"] = kind
    fields["AccountSubType"] = subtype or subtypes.get(kind, {}).get("default", kind)
    fields["Classification"] = FACTS["classifications"].get(kind, "Asset")
    for name in ("CurrentBalance", "CurrentBalanceWithSubAccounts"):
        fields[name] = old[name] if old else 0
    fields["CurrencyRef"] = old["CurrencyRef"] if old else body.get("CurrencyRef", company.profile.currency)
    return fields


def _term(_company: Company, fields: Record, _body: Record, _old: Record | None) -> Record:
    if "DueDays" not in fields and "DayOfMonthDue" not in fields:
        raise errors.required("DueDays")
    fields["Type"] = "STANDARD" if "DueDays" in fields else "DATE_DRIVEN"
    fields.setdefault("DiscountPercent", 0)
    return fields


def _payment_method(_company: Company, fields: Record, _body: Record, _old: Record | None) -> Record:
    fields.setdefault("Type", "NON_CREDIT_CARD")
    return fields


def _nothing_more(_company: Company, fields: Record, _body: Record, _old: Record | None) -> Record:
    return fields


_LIST_DEFAULTS = {
    "Item": _item, "Account": _account, "Class": _nothing_more, "Department": _nothing_more, "Term": _term,
    "PaymentMethod": _payment_method,
}  # fmt: skip
