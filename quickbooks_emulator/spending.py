"""Rules of spending: Bill, VendorCredit, Purchase."""

from quickbooks_emulator import errors
from quickbooks_emulator.clock import later
from quickbooks_emulator.company import NAMES, Company, charge_of
from quickbooks_emulator.money import Amount, money
from quickbooks_emulator.parts import (
    check_amount,
    common,
    money_account,
    name_sent,
    name_value,
    named,
    numbered,
    open_amount,
    require_line,
    title,
    unnamed,
)
from quickbooks_emulator.store import Record


def _expense_lines(company: Company, fields: Record, old: Record | None) -> Amount:
    total: Amount = 0
    complete: list[Record] = []
    for line in numbered(fields["Line"], old):
        detail_type = require_line(line)
        if detail_type == "DescriptionOnly":
            complete.append(line)
            continue
        detail = line[detail_type] = dict(line.get(detail_type, {}))
        if detail_type == "AccountBasedExpenseLineDetail":
            if "AccountRef" not in detail:
                raise errors.required("AccountRef")
            named(company, detail, "AccountRef", "Account")
        elif detail_type == "ItemBasedExpenseLineDetail":
            name_sent(company, detail, ItemRef="Item")
            check_amount(line, detail)
        else:
            raise errors.unreadable_property()
        name_sent(company, detail, CustomerRef="Customer", ClassRef="Class")
        detail.setdefault("BillableStatus", "NotBillable")
        detail.setdefault("TaxCodeRef", {"value": "NON"})
        total += line["Amount"]
        complete.append(line)
    fields["Line"] = complete
    return total + fields.get("TxnTaxDetail", {}).get("TotalTax", 0)


def build_bill(company: Company, entity: str, fields: Record, old: Record | None) -> None:
    errors.require(fields, "VendorRef", "Line", filled=True)
    common(company, entity, fields, old)
    vendor = named(company, fields, "VendorRef", "Vendor", old)
    if "APAccountRef" in fields:
        money_account(company, fields, "APAccountRef", ("Accounts Payable",), old)
    elif (payable := company.account_of_type("Accounts Payable")) is not None:
        fields["APAccountRef"] = {"value": payable["Id"], "name": payable["FullyQualifiedName"]}
    if entity == "Bill":
        if old is None and "SalesTermRef" not in fields and "TermRef" in vendor:
            fields["SalesTermRef"] = vendor["TermRef"]
        days = 0
        if "SalesTermRef" in fields:
            days = unnamed(company, fields, "SalesTermRef", "Term", old).get("DueDays", 0)
        fields.setdefault("DueDate", later(fields["TxnDate"], days))
    if "BillAddr" in vendor:
        fields.setdefault("VendorAddr", vendor["BillAddr"])
    fields["TotalAmt"] = money(_expense_lines(company, fields, old))
    fields["Balance"] = open_amount(fields, old, "Balance")


_PURCHASE_ACCOUNTS = {
    "Check": ("Bank",),
    "CreditCard": ("Credit Card",),
    "Cash": ("Bank", "Other Current Asset", "Credit Card"),
}


_PURCHASE_CODES = {"Cash": "54", "Check": "3"}


def build_purchase(company: Company, entity: str, fields: Record, old: Record | None) -> None:
    errors.require(fields, "PaymentType", "AccountRef", "Line", filled=True)
    common(company, entity, fields, old)
    kind = fields["PaymentType"]
    if kind not in _PURCHASE_ACCOUNTS:
        raise errors.invalid_enumeration(kind)
    money_account(company, fields, "AccountRef", _PURCHASE_ACCOUNTS[kind], old)
    if "EntityRef" in fields:
        who = _kind_of_payee(company, fields["EntityRef"])
        payee = company.reference(who, fields["EntityRef"], (old or {}).get("EntityRef"))
        fields["EntityRef"] = {"value": payee["Id"], "name": title(payee), "type": who}
    name_sent(company, fields, old, PaymentMethodRef="PaymentMethod")
    if kind == "CreditCard":
        fields["Credit"] = fields.get("Credit", False)
    else:
        fields.pop("Credit", None)
    if kind == "Check":
        fields.setdefault("PrintStatus", "NotSet")
    fields.setdefault("CustomField", [])
    fields["TotalAmt"] = money(_expense_lines(company, fields, old))
    if fields["TotalAmt"] < 0:
        raise errors.business(errors.NEGATIVE_AMOUNT)
    if old is not None and charge_of(company, fields) < sum(
        company.applied.get(("Purchase", old["Id"]), {}).values()
    ):
        raise errors.business("The amount applied to this transaction is larger than its new total.")
    if old and old.get("status") == "Voided" and not fields["TotalAmt"]:
        fields["status"] = "Voided"  # our inference: until it has an amount again
    code = "11" if fields.get("Credit") else _PURCHASE_CODES.get(kind, "54")
    fields["PurchaseEx"] = {"any": [name_value("TxnType", code)]}


def _kind_of_payee(company: Company, ref: Record) -> str:
    """The list that a purchase's EntityRef refers to. Raises Refusal 2170 for an unknown type.

    Without a type the id says it: the three lists share their ids (a field note's payloads name an employee so).
    """
    if "type" not in ref:
        return next((each for each in NAMES if company.find(each, ref["value"])), "Vendor")
    kind = ref["type"].title()
    if kind not in NAMES:
        raise errors.invalid_enumeration(kind)
    return kind
