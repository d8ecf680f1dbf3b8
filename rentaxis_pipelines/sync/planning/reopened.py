"""Debts that are open again on the return of a payment: what later payments of the same invoice pay in its place.

A payment that came back stays applied to its invoice in QuickBooks, where the invoice is paid; the return, charged to accounts receivable,
is open instead (``mapping.payment_returns``). So what RentAxis applies to the invoice is applied to the return, as far as the return is
open, and to the invoice beyond that. What a payment has applied already stays where it is.

Here: how much of which allocation. Not here: the returns themselves (``payment_rows``), lines (``mapping.applying``).
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger import links
from rentaxis_pipelines.mapping.outcome import Reopened
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.record_type import RETURN_TYPE
from rentaxis_pipelines.model.source_records import Payment
from rentaxis_pipelines.sync.pushing.in_the_way import applied

_ZERO = Decimal("0.00")
Amounts = dict[str, Decimal]  # by payment, its RentAxis id


class Return(msgspec.Struct, frozen=True):
    """The return of a payment: its QuickBooks id, or a pending one, and its total."""

    payment: str  # its RentAxis id
    target_id: str
    total: Decimal


class Debts:
    """Returns by the QuickBooks id of the invoice they stand for, and what payments have applied to them so far."""

    def __init__(self) -> None:
        self._standing_for: dict[str, dict[str, Decimal]] = {}  # invoice -> return -> most of it
        self._totals: dict[str, Decimal] = {}
        self._held: dict[str, Amounts] = {}  # by return
        self._shares: dict[str, dict[str, list[Reopened]]] = {}
        self.payments: dict[str, str] = {}  # by return, whose it is

    def shares(
        self, payment: Payment, invoice_ids: Mapping[str, str], link: Link | None
    ) -> Mapping[str, Sequence[Reopened]]:
        """By RentAxis invoice id, what of the payment's allocations goes to returns. ``link``: the payment's own."""
        if payment.source_id not in self._shares:
            self._shares[payment.source_id] = self._shared(payment, invoice_ids, link)
        return self._shares[payment.source_id]

    def _shared(
        self, payment: Payment, invoice_ids: Mapping[str, str], link: Link | None
    ) -> dict[str, list[Reopened]]:
        mine = payment.source_id
        on_invoices = applied(link.mapped) if link is not None and link.state == "live" else {}
        had = {target: held.pop(mine, _ZERO) for target, held in self._held.items()}
        shares: dict[str, list[Reopened]] = {}
        for allocation in payment.allocations:
            invoice = invoice_ids.get(allocation.invoice_id)
            returns = self._standing_for.get(invoice or "", {})
            left = (allocation.amount or _ZERO) - on_invoices.get(invoice or "", _ZERO)
            # What it has applied to a return already comes first.
            for target in sorted(returns, key=lambda target: (not had[target], target)):
                open_there = self._totals[target] - sum(self._held[target].values(), _ZERO)
                amount = min(left, open_there, returns[target])
                if amount > 0:
                    shares.setdefault(allocation.invoice_id, []).append(Reopened(target, amount))
                    self._held[target][mine] = self._held[target].get(mine, _ZERO) + amount
                    left -= amount
        return shares

    def add(self, found: Return, invoice: str, amount: Decimal, held: Mapping[str, Decimal]) -> None:
        """The return stands for that much of the invoice. ``held``: what payments have applied to it."""
        standing = self._standing_for.setdefault(invoice, {})
        standing[found.target_id] = standing.get(found.target_id, _ZERO) + amount
        self._totals[found.target_id] = found.total
        self._held.setdefault(found.target_id, dict(held))
        self.payments[found.target_id] = found.payment


def debts_of(
    connection: sa.Connection, realm: str, invoices: Sequence[str], planned: Mapping[str, Return]
) -> Debts:
    """The returns that stand for these invoices (QuickBooks ids), by our links. ``planned``: by payment, those that the same plan makes.

    A payment of a return may have come back too: then its return stands for the same invoice.
    """
    debts = Debts()
    # By what is paid, an invoice or a return, the invoices it stands for.
    standing_for = {invoice: {invoice} for invoice in invoices}
    returns: dict[str, Return] = {}
    while standing_for:
        holders = links.payments_alone_on(connection, realm, standing_for)
        returns |= _returns(
            connection, realm, {payment for amounts in holders.values() for payment in amounts}, planned
        )
        held = links.payments_alone_on(connection, realm, [found.target_id for found in returns.values()])
        further: dict[str, set[str]] = {}
        for target, amounts in holders.items():
            for payment, amount in amounts.items():
                found = returns.get(payment)
                if found is None or found.target_id == target:  # one that came and went pays its own
                    continue
                for invoice in sorted(standing_for[target]):
                    debts.add(found, invoice, amount, held.get(found.target_id, {}))
                    further.setdefault(found.target_id, set()).add(invoice)
        standing_for = further
    return debts


def _returns(
    connection: sa.Connection, realm: str, payments: set[str], planned: Mapping[str, Return]
) -> dict[str, Return]:
    known = links.links_of(connection, realm, RETURN_TYPE, payments)
    live = {
        payment: Return(payment, link.quickbooks_id, link.total or _ZERO)
        for payment, link in known.items()
        if link.state == "live"
    }
    return live | {payment: found for payment, found in planned.items() if payment in payments}
