"""Rules of the sales forms: Invoice, Estimate, CreditMemo, SalesReceipt, RefundReceipt."""

from decimal import Decimal

from quickbooks_emulator import errors
from quickbooks_emulator.clock import later
from quickbooks_emulator.company import Company
from quickbooks_emulator.money import Amount, money
from quickbooks_emulator.parts import (
    check_amount,
    common,
    money_account,
    name_sent,
    named,
    numbered,
    open_amount,
    require_line,
    to_undeposited,
    unnamed,
)
from quickbooks_emulator.store import Record

_MOST_TAXABLE_LINES = 750


_REQUIRED = {
    "Invoice": ("CustomerRef", "Line"),
    "CreditMemo": ("CustomerRef", "Line"),
    "Estimate": ("CustomerRef", "Line"),
    "SalesReceipt": ("Line",),
    "RefundReceipt": ("DepositToAccountRef", "Line"),
}


def build_sale(company: Company, entity: str, fields: Record, old: Record | None) -> None:
    errors.require(fields, *_REQUIRED[entity], filled=True)
    common(company, entity, fields, old)
    customer: Record = {}
    if "CustomerRef" in fields:
        customer = named(company, fields, "CustomerRef", "Customer", old)
        for name in ("BillAddr", "ShipAddr"):
            if name not in fields and name in customer:
                fields[name] = customer[name]
            elif name in fields and "Id" not in fields[name]:
                fields[name] = {"Id": company.next_id("address"), **fields[name]}
    if fields.get("EmailStatus") == "NeedToSend" and "BillEmail" not in fields:
        raise errors.required("BillEmail")
    name_sent(company, fields, old, PaymentMethodRef="PaymentMethod")
    if "DepositToAccountRef" in fields:
        money_account(company, fields, "DepositToAccountRef", ("Bank", "Other Current Asset"), old)
    elif entity == "SalesReceipt":
        to_undeposited(company, fields, named=True)
    total = _sales_lines(company, fields, old)
    tax = fields["TxnTaxDetail"] = {"TotalTax": 0, **fields.get("TxnTaxDetail", {})}
    total += tax["TotalTax"]
    if total < 0:
        raise errors.business("The transaction amount must be zero or greater.")
    fields["TotalAmt"] = money(total)
    fields.setdefault("ApplyTaxAfterDiscount", False)
    fields.setdefault("PrintStatus", "NeedToPrint")
    fields.setdefault("EmailStatus", "NotSet")
    if company.profile.custom_fields:
        sent = {each.get("DefinitionId"): each for each in fields.get("CustomField", ())}
        fields["CustomField"] = [
            {**each, **sent.get(each["DefinitionId"], {})} for each in company.profile.custom_fields
        ]
    _SALE_ENDS[entity](company, fields, old)


def _sales_lines(company: Company, fields: Record, old: Record | None) -> Amount:
    """Complete the lines of a sales form, add the subtotal line, and return the total without tax."""
    subtotal: Amount = 0
    discounts: list[Record] = []
    complete: list[Record] = []
    sent = [line for line in fields["Line"] if line.get("DetailType") != "SubTotalLineDetail"]
    for number, line in enumerate(numbered(sent, old), start=1):
        detail_type = require_line(line)
        line["LineNum"] = number
        if detail_type == "SalesItemLineDetail":
            line[detail_type] = detail = _sales_line(company, line, line.get(detail_type, {}))
            # A line without an item is text; its amount does not count (reference).
            subtotal += line["Amount"] if "ItemRef" in detail else 0
        elif detail_type == "GroupLineDetail":
            line[detail_type] = group = dict(line.get(detail_type, {}))
            inner = group["Line"] = numbered(group.get("Line", []), None)
            for each in inner:
                require_line(each)
                each["SalesItemLineDetail"] = _sales_line(company, each, each.get("SalesItemLineDetail", {}))
            line["Amount"] = money(sum(each["Amount"] for each in inner) if inner else line["Amount"])
            subtotal += line["Amount"]
        elif detail_type == "DiscountLineDetail":
            discounts.append(line)
        elif detail_type == "DescriptionOnly":
            line.setdefault("DescriptionLineDetail", {})
            line.setdefault("Amount", 0)
        else:
            raise errors.unreadable_property()
        complete.append(line)
    if any(len(complete) > _MOST_TAXABLE_LINES and _is_taxed(line) for line in complete):
        raise errors.business(f"A taxable transaction can have {_MOST_TAXABLE_LINES} lines at most.")
    total = subtotal - _discount(company, discounts, subtotal)
    position = next(
        (i for i, line in enumerate(complete) if line["DetailType"] == "DiscountLineDetail"), len(complete)
    )
    subtotal_line = {"Amount": money(subtotal), "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
    fields["Line"] = [*complete[:position], subtotal_line, *complete[position:]]
    return total


def _sales_line(company: Company, line: Record, detail: Record) -> Record:
    detail = dict(detail)
    if "ItemRef" in detail:
        item = named(company, detail, "ItemRef", "Item")
        if item["Type"] == "Category":
            raise errors.business(
                "An item in this transaction is set up as a category instead of a product or service."
            )
        name_sent(company, detail, ItemAccountRef="Account")
    name_sent(company, detail, ClassRef="Class")
    check_amount(line, detail)
    code = detail.get("TaxCodeRef", {}).get("value")
    if code is not None and code not in ("TAX", "NON") and company.store.get("TaxCode", code) is None:
        raise errors.invalid_tax_code(code)
    detail["TaxCodeRef"] = {"value": code or "NON"}
    return detail


def _is_taxed(line: Record) -> bool:
    return line.get("SalesItemLineDetail", {}).get("TaxCodeRef", {}).get("value") == "TAX"


def _discount(company: Company, lines: list[Record], subtotal: Amount) -> Amount:
    total: Amount = 0
    for line in lines:
        detail = line["DiscountLineDetail"] = dict(line.get("DiscountLineDetail", {}))
        if detail.get("PercentBased") and "DiscountPercent" in detail:
            line["Amount"] = money(Decimal(subtotal) * Decimal(detail["DiscountPercent"]) / 100)
        name_sent(company, detail, DiscountAccountRef="Account")
        total += line["Amount"]
    return total


def _end_invoice(company: Company, fields: Record, old: Record | None) -> None:
    _due_date(company, fields, old)
    for name in (
        "AllowIPNPayment",
        "AllowOnlinePayment",
        "AllowOnlineCreditCardPayment",
        "AllowOnlineACHPayment",
    ):
        fields.setdefault(name, False)
    fields["Balance"] = open_amount(fields, old, "Balance")


def _due_date(company: Company, fields: Record, old: Record | None) -> None:
    """Terms determine the due date, without terms the company default; what is sent is stored as sent (field
    note).
    """
    days: int | None = company.profile.terms_days
    if "SalesTermRef" in fields:
        term = unnamed(company, fields, "SalesTermRef", "Term", old)
        days = term.get("DueDays")
    if "DueDate" not in fields and days is not None:
        fields["DueDate"] = later(fields["TxnDate"], days)
    fields.setdefault("DueDate", fields["TxnDate"])


def _end_credit_memo(_company: Company, fields: Record, old: Record | None) -> None:
    fields["RemainingCredit"] = fields["Balance"] = open_amount(fields, old, "RemainingCredit")


def _end_receipt(_company: Company, fields: Record, _old: Record | None) -> None:
    fields["Balance"] = 0


def _end_refund(_company: Company, fields: Record, _old: Record | None) -> None:
    fields["Balance"] = 0
    if fields["PrintStatus"] == "NeedToPrint":
        fields.setdefault("PaymentRefNum", "To Print")


def _end_estimate(_company: Company, fields: Record, _old: Record | None) -> None:
    fields.setdefault("TxnStatus", "Pending")


_SALE_ENDS = {
    "Invoice": _end_invoice, "CreditMemo": _end_credit_memo, "SalesReceipt": _end_receipt,
    "RefundReceipt": _end_refund, "Estimate": _end_estimate,
}  # fmt: skip
