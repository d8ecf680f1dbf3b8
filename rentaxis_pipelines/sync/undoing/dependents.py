"""What hangs on an object that is taken back, and what it hangs on: payments on invoices and bills, invoices that payments go back to.

Refusing one may refuse another, so the rules are asked again until nothing changes. Pure. Not here: customers, vendors and places in
use (``users``), an object by itself (``obstacles``).
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.record_types import in_words
from rentaxis_pipelines.model.refusal import Refusal, refusal
from rentaxis_pipelines.sync.pushing.in_the_way import applied
from rentaxis_pipelines.sync.undoing.history import Address, Object
from rentaxis_pipelines.sync.undoing.item import Item, number_of, party_of, total_of

# What may be paid, and what pays it. A payment that came back is a Purchase, which the next payment pays as it would the invoice.
PAYS = {"Payment": ("Invoice", "CreditMemo", "Purchase"), "BillPayment": ("Bill",)}
PAID_BY = {paid: payment for payment, all_paid in PAYS.items() for paid in all_paid}
TXN_TYPE = {"Purchase": "Expense"}  # how a line names it, where not by its type
NAMED_BY_LINES = {named: entity for entity, named in TXN_TYPE.items()}
Amounts = dict[Address, Decimal]  # by invoice, credit memo, purchase or bill


def paid_by(entity: str, payment: Object | None) -> Amounts:
    """What a payment of that type is applied to, by its lines; of one that applies a credit, also how much of that it uses."""
    return {
        (paid, paid_id): amount
        for paid in PAYS[entity]
        for paid_id, amount in applied(payment or {}, TXN_TYPE.get(paid, paid)).items()
    }


class Books:
    """The invoices and bills with all their payments, as they stand and as the undo leaves them. ``objects``: by QuickBooks type and id."""

    def __init__(self, items: Iterable[Item], objects: Mapping[Address, Object]) -> None:
        self.items = {item.address: item for item in items}
        self.objects = objects
        self.payments: dict[Address, list[Address]] = {}  # by what they pay, now or before the run
        for address in {*objects, *self.items}:
            if address[0] in PAYS:
                for paid in {*self.applied_now(address), *self.applied_back(address)}:
                    self.payments.setdefault(paid, []).append(address)

    def applied_now(self, payment: Address) -> Amounts:
        """What the payment is applied to as it stands."""
        return paid_by(payment[0], self.objects.get(payment))

    def applied_back(self, payment: Address) -> Amounts:
        """What the undo applies it to in the end."""
        item = self.items.get(payment)
        if item is None or not item.goes:
            return self.applied_now(payment)
        return {} if item.leaves_nothing else paid_by(payment[0], item.back)

    def in_between(self, payment: Address) -> Amounts:
        """What stays applied while invoices and bills are taken back: what it has now and will have, but nothing on one that changes hands."""
        now, back, item = self.applied_now(payment), self.applied_back(payment), self.items.get(payment)
        if item is None or not item.goes:
            return now
        if party_of(item.current) != party_of(item.back):
            return {}
        kept = {paid: min(amount, back[paid]) for paid, amount in now.items() if paid in back}
        return _in_balance({paid: amount for paid, amount in kept.items() if not self._moves(paid)})

    def _moves(self, paid: Address) -> bool:
        item = self.items.get(paid)
        return item is not None and item.goes and not _stays_with_its_party(item)

    def left_on(self, paid: Address) -> dict[Address, Decimal]:
        """The payments that are applied to it while it is taken back, with amounts."""
        amounts = {
            payment: self.in_between(payment).get(paid, Decimal(0)) for payment in self.payments.get(paid, [])
        }
        return {payment: amount for payment, amount in amounts.items() if amount}

    def room(self, paid: Address, besides: Address) -> Decimal:
        """What of an invoice or bill is open in the end for that payment."""
        item = self.items.get(paid)
        total = item.total_back if item is not None and item.goes else total_of(self.objects.get(paid))
        others = (
            self.applied_back(payment).get(paid, Decimal(0))
            for payment in self.payments.get(paid, [])
            if payment != besides
        )
        return total - sum(others, Decimal(0))

    def named(self, address: Address) -> str:
        """As a person knows it."""
        if address in self.items:
            return self.items[address].label
        entity, transaction = address[0], self.objects.get(address) or {}
        if number := number_of(entity, transaction):
            return f"{in_words(entity)} {number}"
        return f"the {in_words(entity)} of {transaction.get('TxnDate')} for {total_of(transaction):,.2f}"


def _in_balance(kept: Amounts) -> Amounts:
    """With only as much of a credit used as invoices are left that it settles."""
    if not any(entity == "CreditMemo" for entity, _ in kept):
        return kept
    invoices = {paid: amount for paid, amount in kept.items() if paid[0] == "Invoice"}
    (credit, *_) = (paid for paid in kept if paid[0] == "CreditMemo")
    return {**invoices, credit: sum(invoices.values(), Decimal(0))} if invoices else {}


def _stays_with_its_party(item: Item) -> bool:
    return not item.leaves_nothing and party_of(item.current) == party_of(item.back)


def refuse_dependents(books: Books, groups: Sequence[Sequence[Item]]) -> None:
    """Refuse what cannot go because something else stays. ``groups``: items that go all or none."""
    settled = False
    while not settled:
        settled = True
        for item in books.items.values():
            if item.goes and (why := _held(item, books) or _nowhere_to_go_back_to(item, books)) is not None:
                item.why, settled = why, False
        for group in groups:
            refused = next(
                (item for item in group if item.why is not None and item.why.status == "failed"), None
            )
            for item in group if refused is not None else ():
                if item.goes and refused is not None and refused.why is not None:
                    item.why = _with_the_other(item, refused, refused.why)
                    settled = False


def _with_the_other(item: Item, other: Item, why: Refusal) -> Refusal:
    reason = f"{item.label} stays as it is, because {other.label} cannot be undone: {why.reason}"
    return Refusal(why.code, reason, why.remedy)


def _held(item: Item, books: Books) -> Refusal | None:
    """Payments that stay on an invoice or bill which is to go, to become smaller than they are, or to change hands."""
    if item.entity not in PAID_BY or item.reversal == "create":
        return None
    left = books.left_on(item.address)
    room = item.total_back if _stays_with_its_party(item) else Decimal(0)
    if sum(left.values(), Decimal(0)) <= room:
        return None
    others = [
        payment for payment in left if payment not in books.items or not books.items[payment].goes
    ] or list(left)
    listed = " and ".join(f"{books.named(payment)} ({left[payment]:,.2f})" for payment in others)
    is_are = "is" if len(others) == 1 else "are"
    refused = next((books.items[payment].why for payment in others if payment in books.items), None)
    because = f" It cannot be undone either: {refused.reason}" if refused is not None else ""
    return refusal(
        ReasonCode.HELD_BY_PAYMENT,
        f"{item.label} cannot be undone while {listed} {is_are} applied to it in QuickBooks.{because}",
        refused.remedy
        if refused is not None
        else f"Unapply {listed} in QuickBooks, or undo it too, then undo the run again.",
    )


def _nowhere_to_go_back_to(item: Item, books: Books) -> Refusal | None:
    """A payment that was applied to what is no longer open for it."""
    if item.entity not in PAYS or item.leaves_nothing:
        return None
    for paid, amount in books.applied_back(item.address).items():
        other = books.items.get(paid)
        transaction = other.back if other is not None and other.goes else books.objects.get(paid)
        if (
            transaction is not None
            and books.room(paid, item.address) >= amount
            and party_of(transaction) == party_of(item.back)
        ):
            continue
        what = books.named(paid)
        if other is not None and other.why is not None:
            reason = f"{item.label} was applied to {what}, which cannot be undone: {other.why.reason}"
            return Refusal(other.why.code, reason, other.why.remedy)
        return refusal(
            ReasonCode.CHANGED_IN_QUICKBOOKS,
            f"{item.label} was applied to {what}, which no longer has {amount:,.2f} open for it in QuickBooks.",
            f"Open {what} in QuickBooks and see what is applied to it, then undo the run again.",
        )
    return None


def wire(books: Books) -> None:
    """Say of each item what it follows, and what each payment lets go of first. To be called once it is settled what goes."""
    for item in books.items.values():
        if not item.goes:
            continue
        if item.entity in PAID_BY:
            for payment in books.payments.get(item.address, []):
                holder = books.items.get(payment)
                now = books.applied_now(payment).get(item.address, Decimal(0))
                if (
                    holder is not None
                    and holder.goes
                    and books.in_between(payment).get(item.address, Decimal(0)) < now
                ):
                    item.after.add(holder.key)
        if item.entity in PAYS and not lets_go_only(item, books):
            item.release = _release(item, books)
            if not item.leaves_nothing:
                item.after |= {
                    books.items[paid].key
                    for paid in books.applied_back(item.address)
                    if paid in books.items and books.items[paid].goes
                }


def lets_go_only(item: Item, books: Books) -> bool:
    """Whether a payment is void, or only applied to less, once it is taken back: then it goes first, whole."""
    if item.leaves_nothing:
        return True
    if item.reversal == "create":
        return False
    now, back = books.applied_now(item.address), books.applied_back(item.address)
    return books.in_between(item.address) == back and all(
        amount <= now.get(paid, Decimal(0)) for paid, amount in back.items()
    )


def _release(item: Item, books: Books) -> dict[str, Any] | None:
    """The update that takes the payment off what others need, before anything else is sent."""
    now, kept = books.applied_now(item.address), books.in_between(item.address)
    if item.reversal == "create" or item.current is None or kept == now:
        return None
    names = ("CustomerRef", "VendorRef", "TotalAmt", "PayType")
    whole = {name: item.current[name] for name in names if name in item.current}
    lines = [
        {"Amount": amount, "LinkedTxn": [{"TxnId": paid_id, "TxnType": TXN_TYPE.get(paid, paid)}]}
        for (paid, paid_id), amount in sorted(kept.items(), key=lambda each: each[0][1])
    ]
    return {**whole, "Line": lines}
