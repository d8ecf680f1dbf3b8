"""Links between transactions: payments on invoices, bill payments on bills, deposits of payments.

The stored lines of the payment are the truth; `Company.applied` is derived from them. Both sides change
together.
"""

from quickbooks_emulator import currencies, errors
from quickbooks_emulator.company import Company, Owner, charged, links
from quickbooks_emulator.money import Amount, money
from quickbooks_emulator.parts import LINKS_UNSHOWN, name_value
from quickbooks_emulator.store import Record

_OWNER_FIELD = {
    "Payment": "CustomerRef", "Invoice": "CustomerRef", "CreditMemo": "CustomerRef",
    "BillPayment": "VendorRef", "Bill": "VendorRef", "VendorCredit": "VendorRef",
}  # fmt: skip
_BALANCE_FIELD = {
    "Invoice": "Balance",
    "CreditMemo": "RemainingCredit",
    "Bill": "Balance",
    "VendorCredit": "Balance",
}


def check(company: Company, entity: str, fields: Record, own_id: str) -> None:
    """Refuse links that a payment or deposit may not have (620, 6000)."""
    for target, amount in links(fields):
        kind, identifier = target
        record = company.find(kind, identifier) if kind in company.store.tables else None
        if record is None:
            raise errors.cannot_link()
        if entity == "Deposit":
            _check_deposit(company, target, own_id)
            continue
        if kind == "Purchase" and entity == "Payment" and charged(company, *target):
            _check_charge(company, fields, target, amount, own_id)
            continue
        owner = _OWNER_FIELD.get(kind)
        if owner is None:
            continue
        if not _may_pay(company, fields[_OWNER_FIELD[entity]]["value"], record[owner]["value"], kind):
            raise errors.cannot_link()
        open_amount = record[_BALANCE_FIELD[kind]] + company.applied.get(target, {}).get((entity, own_id), 0)
        if entity == "BillPayment" and not open_amount and company.switches.paid_bill_again == "drop_lines":
            fields["Line"] = [line for line in fields["Line"] if target not in dict(links({"Line": [line]}))]
            continue
        if entity == "Payment":
            _describe(fields, target, record, open_amount)
        if amount < 0 or amount > open_amount:
            raise errors.business(
                f"The amount applied is larger than the open balance of {kind} {identifier}."
            )


def _check_charge(company: Company, fields: Record, target: Owner, amount: Amount, own_id: str) -> None:
    record = company.store.get(*target) or {}
    if record.get("EntityRef", {}).get("value") != fields["CustomerRef"]["value"]:
        raise errors.cannot_link()
    others = sum(
        paid for payer, paid in company.applied.get(target, {}).items() if payer != ("Payment", own_id)
    )
    open_amount = charged(company, *target) - others
    _describe(fields, target, record, open_amount)
    if amount < 0 or amount > open_amount:
        raise errors.business(
            f"The amount applied is larger than the open balance of {target[0]} {target[1]}."
        )


def _describe(fields: Record, target: Owner, record: Record, open_amount: Amount) -> None:
    """The LineEx block of a payment's line: what it is applied to, and the open balance there (documented
    sample).
    """
    facts = {"txnId": target[1], "txnOpenBalance": str(money(open_amount))}
    if "DocNumber" in record:
        facts["txnReferenceNumber"] = record["DocNumber"]
    block = {"any": [name_value(name, value) for name, value in facts.items()]}
    fields["Line"] = [
        {**line, "LineEx": block} if target in dict(links({"Line": [line]})) else line
        for line in fields["Line"]
    ]


def _may_pay(company: Company, payer: str, owner: str, kind: str) -> bool:
    if payer == owner:
        return True
    if kind not in ("Invoice", "CreditMemo") or company.switches.parent_pays_child == "refuse":
        return False
    record = company.store.get("Customer", owner)
    while record is not None and "ParentRef" in record:
        if record["ParentRef"]["value"] == payer:
            return True
        record = company.store.get("Customer", record["ParentRef"]["value"])
    return False


def _check_deposit(company: Company, target: Owner, own_id: str) -> None:
    others = [each for each in company.applied.get(target, {}) if each[0] == "Deposit" and each[1] != own_id]
    if others:
        raise errors.deposited()


def is_deposited(company: Company, entity: str, identifier: str) -> bool:
    return any(kind == "Deposit" for kind, _ in company.applied.get((entity, identifier), {}))


def payers(company: Company, entity: str, identifier: str) -> list[Owner]:
    """Payments (not deposits) applied to a transaction."""
    return [each for each in company.applied.get((entity, identifier), {}) if each[0] != "Deposit"]


def relink(company: Company, entity: str, identifier: str, old: Record | None, new: Record | None) -> None:
    """Update the other side of every link after a payment or deposit was created, changed or removed."""
    before: dict[Owner, Amount] = dict(links(old)) if old else {}
    after: dict[Owner, Amount] = dict(links(new)) if new else {}
    for target in {**before, **after}:
        if before.get(target) == after.get(target):
            continue
        applied = company.applied.setdefault(target, {})
        if target in after:
            applied[entity, identifier] = after[target]
        else:
            applied.pop((entity, identifier), None)
        change = 0 if entity == "Deposit" else after.get(target, 0) - before.get(target, 0)
        _touch(company, target, change, (entity, identifier), target in after)


def _touch(company: Company, target: Owner, change: Amount, payer: Owner, linked: bool) -> None:
    kind, identifier = target
    record = company.store.get(kind, identifier)
    if record is None:
        return
    shown = {"TxnId": payer[1], "TxnType": _link_type(company, payer)}
    others = [
        each
        for each in record.get("LinkedTxn", ())
        if (each["TxnId"], each["TxnType"]) != tuple(shown.values())
    ]
    touched = {
        **record,
        "MetaData": company.metadata(record),
        "LinkedTxn": [*others, shown] if linked else others,
    }
    if kind in LINKS_UNSHOWN and not touched["LinkedTxn"]:
        del touched["LinkedTxn"]
    if company.switches.payment_bumps_invoice:
        touched["SyncToken"] = str(int(record["SyncToken"]) + 1)
    if (field := _BALANCE_FIELD.get(kind)) and change:
        touched[field] = money(record[field] - change)
        if kind == "CreditMemo":
            touched["Balance"] = touched[field]
        currencies.follow(touched)
    company.commit(kind, touched)
    if kind == "Purchase" and change and charged(company, *target) and "EntityRef" in record:
        company.move_balance("Customer", record["EntityRef"]["value"], -change)


def _link_type(company: Company, payer: Owner) -> str:
    kind, identifier = payer
    if kind != "BillPayment":
        return kind
    record = company.store.get(kind, identifier)
    return "BillPaymentCreditCard" if record and record.get("PayType") == "CreditCard" else "BillPaymentCheck"


def unlink(company: Company, target: Owner) -> None:
    """Remove a transaction from the lines of all its payments, which keep the amount as a credit."""
    for kind, identifier in payers(company, *target):
        payment = company.store.get(kind, identifier)
        if payment is None:
            continue
        lines = [line for line in payment["Line"] if target not in dict(links({"Line": [line]}))]
        freed = sum(amount for each, amount in links(payment) if each == target)
        changed = {
            **payment,
            "Line": lines,
            "SyncToken": str(int(payment["SyncToken"]) + 1),
            "MetaData": company.metadata(payment),
        }
        if kind == "Payment":
            sign = -1 if target[0] == "CreditMemo" else 1
            changed["UnappliedAmt"] = money(payment["UnappliedAmt"] + sign * freed)
        company.commit(kind, changed)
        relink(company, kind, identifier, payment, changed)
