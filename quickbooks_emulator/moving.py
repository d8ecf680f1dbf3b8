"""Rules of Payment, BillPayment, Deposit and JournalEntry. What links do is in settlement."""

from typing import Any

from quickbooks_emulator import errors
from quickbooks_emulator.company import NAMES, Company, bill_payment_credit, charged, links
from quickbooks_emulator.money import Amount, money
from quickbooks_emulator.parts import (
    common,
    money_account,
    name_sent,
    named,
    numbered,
    require_line,
    title,
    to_undeposited,
    unnamed,
)
from quickbooks_emulator.store import Record

_CREDITS = (
    "CreditMemo",
    "JournalEntry",
    "Purchase",
)  # a payment's line to these brings money in, but for a charge


def build_payment(company: Company, entity: str, fields: Record, old: Record | None) -> None:
    if "TotalAmt" not in fields:
        raise errors.business(errors.NO_AMOUNT)
    if "CustomerRef" not in fields:
        raise errors.required("CustomerRef")
    longest = company.switches.payment_ref_length
    if longest and len(fields.get("PaymentRefNum", "")) > longest:
        raise errors.wrong_length("PaymentRefNum", longest, len(fields["PaymentRefNum"]))
    common(company, entity, fields, old)
    named(company, fields, "CustomerRef", "Customer", old)
    if "DepositToAccountRef" in fields:
        allowed = ("Bank", "Other Current Asset")
        money_account(company, fields, "DepositToAccountRef", allowed, old, bare=True)
    else:
        to_undeposited(company, fields)
    if "PaymentMethodRef" in fields:
        unnamed(company, fields, "PaymentMethodRef", "PaymentMethod", old)
    fields.setdefault("ProcessPayment", False)
    fields["Line"] = [_payment_line(line) for line in fields.get("Line", ())]
    if fields["TotalAmt"] < 0:
        raise errors.business("The transaction amount must be zero or greater.")
    applied = sum(
        -amount if target[0] in _CREDITS and not charged(company, *target) else amount
        for target, amount in links(fields)
    )
    fields["UnappliedAmt"] = money(fields["TotalAmt"] - applied)
    if fields["UnappliedAmt"] < 0:
        raise errors.business("The amount applied is larger than the payment.")


def _payment_line(line: Record) -> Record:
    if "Amount" not in line:
        raise errors.required("Amount")
    if not line.get("LinkedTxn"):
        raise errors.required("LinkedTxn")
    for link in line["LinkedTxn"]:
        missing = [f"LinkedTxn.{name}" for name in ("TxnId", "TxnType") if name not in link]
        if missing:
            raise errors.required(*missing)
    return line


def build_bill_payment(company: Company, entity: str, fields: Record, old: Record | None) -> None:
    if "TotalAmt" not in fields:
        raise errors.business(errors.NO_AMOUNT)
    missing = [name for name in ("VendorRef", "PayType") if name not in fields]
    if old is None and not fields.get("Line"):
        missing.append("Line")
    if missing:
        raise errors.required(*missing)
    block, account, types = {
        "Check": ("CheckPayment", "BankAccountRef", ("Bank", "Other Current Asset")),
        "CreditCard": ("CreditCardPayment", "CCAccountRef", ("Credit Card",)),
    }[fields["PayType"]]
    if account not in fields.get(block, {}):
        raise errors.required(account if block in fields else block)
    common(company, entity, fields, old)
    named(company, fields, "VendorRef", "Vendor", old)
    fields[block] = dict(fields[block])
    money_account(company, fields[block], account, types, (old or {}).get(block))
    if block == "CheckPayment":
        fields[block].setdefault("PrintStatus", "NeedToPrint")
    if "APAccountRef" in fields:
        money_account(company, fields, "APAccountRef", ("Accounts Payable",), old)
    fields["Line"] = [_payment_line(line) for line in fields.get("Line", ())]
    if fields["TotalAmt"] < 0:
        raise errors.business("The transaction amount must be zero or greater.")
    if bill_payment_credit(fields) < 0:
        raise errors.business("The amount applied is larger than the payment.")


def build_deposit(company: Company, entity: str, fields: Record, old: Record | None) -> None:
    errors.require(fields, "DepositToAccountRef", "Line", filled=True)
    common(company, entity, fields, old)
    fields.pop("LinkedTxn", None)
    money_account(company, fields, "DepositToAccountRef", ("Bank", "Other Current Asset"), old)
    total: Amount = 0
    complete: list[Record] = []
    for number, line in enumerate(numbered(fields["Line"], old), start=1):
        if "Amount" not in line:
            raise errors.required("Amount")
        line["LineNum"] = number
        if line.get("LinkedTxn"):
            _payment_line(line)
        else:
            line["DepositLineDetail"] = detail = dict(line.get("DepositLineDetail", {}))
            if "AccountRef" not in detail:
                raise errors.required("AccountRef")
            named(company, detail, "AccountRef", "Account")
            name_sent(company, detail, PaymentMethodRef="PaymentMethod")
            if "Entity" in detail:
                who = detail["Entity"].get("type", "Customer").title()
                party = company.reference(
                    who if who in ("Vendor", "Employee") else "Customer", detail["Entity"]
                )
                detail["Entity"] = {"value": party["Id"], "name": title(party), "type": who.upper()}
            line["DetailType"] = "DepositLineDetail"
        total += line["Amount"]
        complete.append(line)
    fields["Line"] = complete
    fields["TotalAmt"] = money(total - fields.get("CashBack", {}).get("Amount", 0))


def build_journal(company: Company, entity: str, fields: Record, old: Record | None) -> None:
    if not fields.get("Line"):
        raise errors.required("Line")
    common(company, entity, fields, old)
    fields.pop("LinkedTxn", None)
    balance: Amount = 0
    complete: list[Record] = []
    for line in numbered(fields["Line"], old, first=0):
        if require_line(line) == "JournalEntryLineDetail":
            line["JournalEntryLineDetail"] = _journal_detail(company, line)
            sign = 1 if line["JournalEntryLineDetail"]["PostingType"] == "Debit" else -1
            balance += sign * line["Amount"]
        complete.append(line)
    if balance:
        raise errors.unbalanced()
    fields["Line"] = complete
    fields.setdefault("Adjustment", False)
    fields.setdefault("TxnTaxDetail", {})
    fields["TotalAmt"] = 0


def _journal_detail(company: Company, line: Record) -> Record:
    detail: dict[str, Any] = dict(line.get("JournalEntryLineDetail", {}))
    errors.require(detail, "PostingType", "AccountRef")
    account = named(company, detail, "AccountRef", "Account")
    wanted = {"Accounts Receivable": "Customer", "Accounts Payable": "Vendor"}.get(account["AccountType"])
    entity = detail.get("Entity")
    if entity is not None and "EntityRef" in entity:
        who = entity.get("Type", wanted or "Customer").title()
        if who not in NAMES:
            raise errors.invalid_enumeration(who)
        party = company.reference(who, entity["EntityRef"])
        detail["Entity"] = {"Type": who, "EntityRef": {"value": party["Id"], "name": title(party)}}
    if wanted and detail.get("Entity", {}).get("Type") != wanted:
        article = "customer" if wanted == "Customer" else "vendor"
        raise errors.business(
            f"When you use {account['AccountType']}, you must choose a {article} in the Name field."
        )
    for name, target in (("ClassRef", "Class"), ("DepartmentRef", "Department")):
        if name in detail:
            named(company, detail, name, target)
    return detail
