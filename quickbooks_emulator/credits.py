"""What QuickBooks does automatically while a company's preference "Automatically apply credits" is on (SalesFormsPrefs.AutoApplyCredit).

Known (Intuit's community and help pages of other products): unapplied payments and credit memos go to the customer's open
invoices, the oldest first. Whether it acts on what comes through the API, and when, is not published: the switches `auto_apply`
and `auto_apply_shown`. How a credit memo is used is the reference's sample: a payment of nothing with a line to each.
"""

import contextlib
from collections.abc import Callable
from typing import Any

from quickbooks_emulator import settlement
from quickbooks_emulator.company import Company
from quickbooks_emulator.errors import Refusal
from quickbooks_emulator.money import Amount, money
from quickbooks_emulator.store import Record

Save = Callable[[Company, str, Any], Any]  # writes.save
_LEFT = {"Payment": "UnappliedAmt", "CreditMemo": "RemainingCredit"}


def apply_by_itself(company: Company, entity: str, record: Record, created: bool, save: Save) -> None:
    """After a write of an invoice, payment or credit memo: apply it to what the same customer has open."""
    mode = company.switches.auto_apply
    if entity not in ("Invoice", *_LEFT) or mode == "never" or (mode == "create" and not created):
        return
    if not company.preference("SalesFormsPrefs", "AutoApplyCredit", False):
        return
    customer = record["CustomerRef"]["value"]
    written = [(entity, record["Id"])]
    invoices = written if entity == "Invoice" else _oldest_first(company, customer, "Invoice")
    credits = written if entity in _LEFT else _oldest_first(company, customer, *_LEFT)
    unseen, company.unseen = (
        company.unseen,
        set(),
    )  # a batch hides what it made from its items, not from QuickBooks
    with contextlib.suppress(Refusal):  # what the books do not take by themselves fails no write
        for _, invoice in invoices:
            for kind, credit in credits:
                _join(company, invoice, kind, credit, save)
    company.unseen = unseen
    if created and company.switches.auto_apply_shown and entity == "Payment":
        # One act with the creation: the answer is the first anybody sees of it.
        standing = company.store.get(entity, record["Id"]) or record
        company.store.put(entity, {**standing, "SyncToken": "0"})


def _oldest_first(company: Company, customer: str, *entities: str) -> list[tuple[str, str]]:
    open_transactions = [
        (record["TxnDate"], int(record["Id"]), entity)
        for entity in entities
        for record in company.store.tables[entity].having("CustomerRef", customer)
    ]
    return [(entity, str(identifier)) for _, identifier, entity in sorted(open_transactions)]


def _join(company: Company, invoice_id: str, kind: str, credit_id: str, save: Save) -> None:
    invoice, credit = company.store.get("Invoice", invoice_id), company.store.get(kind, credit_id)
    if invoice is None or credit is None:
        return
    amount: Amount = min(invoice["Balance"], credit[_LEFT[kind]])
    if amount <= 0:
        return
    to_invoice = {"Amount": money(amount), "LinkedTxn": [{"TxnId": invoice_id, "TxnType": "Invoice"}]}
    if kind == "CreditMemo":
        to_memo = {"Amount": money(amount), "LinkedTxn": [{"TxnId": credit_id, "TxnType": "CreditMemo"}]}
        payload = {name: credit[name] for name in ("CustomerRef", "CurrencyRef") if name in credit} | {
            "TotalAmt": 0
        }
        save(company, "Payment", {**payload, "Line": [to_invoice, to_memo]})
        return
    changed = {
        **credit,
        "Line": [*credit.get("Line", ()), to_invoice],
        "UnappliedAmt": money(credit["UnappliedAmt"] - amount),
        "SyncToken": str(int(credit["SyncToken"]) + 1),
        "MetaData": company.metadata(credit),
    }
    company.commit("Payment", changed)
    settlement.relink(company, "Payment", credit_id, credit, changed)
