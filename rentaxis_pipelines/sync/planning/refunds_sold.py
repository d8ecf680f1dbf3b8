"""What refunds and refunded payments need to know of each other's objects in QuickBooks: the products of the invoices a refund pays back,
and the refunds that a payment's credit pays.

By our links, for all records of a plan at once. Not here: what follows from it (``mapping.refunds``, ``mapping.payments``).
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

import msgspec

from rentaxis_pipelines.ledger import links
from rentaxis_pipelines.mapping.outcome import Facts, Mapped, Reopened
from rentaxis_pipelines.mapping.refunds import paid_back_on_account
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.record_type import INVOICE, PAYMENT, REFUND, REFUNDS
from rentaxis_pipelines.model.refusal import Refusal, refusal
from rentaxis_pipelines.model.source_records import Payment, Refund
from rentaxis_pipelines.sync.planning.plan_context import PlanContext
from rentaxis_pipelines.sync.pushing.in_the_way import applied


class Sold(msgspec.Struct, frozen=True):
    """By RentAxis invoice id, product and amount of each line as we wrote it. ``held``: refunds, by id, that a payment is applied to, with
    its number.
    """

    lines: Mapping[str, Sequence[tuple[str, Decimal]]]
    held: Mapping[str, str]

    def known_to(self, _refund: Refund, facts: Facts) -> Facts:
        """The facts, with what was sold."""
        return msgspec.structs.replace(facts, sold=self.lines)

    def own_only(
        self, outcome: Mapped | Refusal, refund: Refund, label: str, _customer_id: str | None
    ) -> Mapped | Refusal:
        """A refund is taken back once its payment has let go of it."""
        number = self.held.get(refund.source_id)
        if isinstance(outcome, Refusal) or outcome.action != "void" or number is None:
            return outcome
        return refusal(
            ReasonCode.HELD_BY_PAYMENT,
            f"{label} cannot be voided while payment {number} is applied to it in QuickBooks.",
            "Nothing to do: the payment is pushed without it, and this follows automatically.",
        )


def sold_to(context: PlanContext, refunds: Sequence[Refund], known: Mapping[str, Link]) -> Sold:
    """What these refunds pay back. ``known``: their own links."""
    run = context.run
    invoices = {each.invoice_id for refund in refunds for each in refund.allocations}
    pushed = links.links_of(run.connection, run.realm, INVOICE, invoices)
    lines = {invoice_id: _lines(link.mapped) for invoice_id, link in pushed.items() if link.state == "live"}
    by_object = {link.quickbooks_id: source_id for source_id, link in known.items()}
    holders = links.payments_alone_on(run.connection, run.realm, by_object)
    payments = {payment for amounts in holders.values() for payment in amounts}
    numbers = links.links_of(run.connection, run.realm, PAYMENT, payments)
    held = {
        by_object[target]: numbers[payment].quickbooks_number or payment
        for target, amounts in holders.items()
        for payment in amounts
    }
    return Sold(lines, held)


def _lines(invoice: Mapping[str, Any]) -> list[tuple[str, Decimal]]:
    lines = cast("list[dict[str, Any]]", invoice.get("Line") or [])
    return [
        (str(line["SalesItemLineDetail"]["ItemRef"]["value"]), Decimal(line["Amount"]))
        for line in lines
        if "SalesItemLineDetail" in line
    ]


class PaidBackBy(msgspec.Struct, frozen=True):
    """By payment, what of its credit pays refunds. ``pushed``: whether refunds are pushed at all."""

    pushed: bool
    refunds: Mapping[str, Sequence[Reopened]]

    def known_to(self, payment: Payment, facts: Facts) -> Facts:
        """The facts, with those refunds."""
        return msgspec.structs.replace(
            facts, refunds_pushed=self.pushed, paid_back=self.refunds.get(payment.source_id, ())
        )


NOTHING_PAID_BACK = PaidBackBy(False, {})


def paid_back_by(context: PlanContext, payments: Sequence[Payment], known: Mapping[str, Link]) -> PaidBackBy:
    """What these payments pay of refunds in QuickBooks. A payment in a bank deposit is left as it is (QuickBooks changes none that is), but
    for what it pays already. One metered read where a payment is to pay a refund that it does not pay yet.
    """
    wanted = {payment.source_id: paid_back_on_account(payment) for payment in payments if payment.refunds}
    ids = [refund for refunds in wanted.values() for refund in refunds]
    run = context.run
    standing = {
        source_id: link
        for source_id, link in links.links_of(run.connection, run.realm, REFUND, ids).items()
        if link.state == "live" and link.quickbooks_type == "Purchase"
    }
    found = {
        payment: [
            Reopened(standing[refund].quickbooks_id, amount)
            for refund, amount in refunds.items()
            if refund in standing
        ]
        for payment, refunds in wanted.items()
    }
    before = {payment: applied(known[payment].mapped, "Expense") for payment in found if payment in known}
    new = {
        payment
        for payment, targets in found.items()
        if payment in known and {each.target_id for each in targets} - before[payment].keys()
    }
    asked = {known[payment].quickbooks_id: payment for payment in new}
    objects = run.client.query_in("Payment", "Id", sorted(asked)) if asked else []
    deposited = {asked[str(entry["Id"])] for entry in objects if _is_deposited(entry)}
    kept = {
        payment: [
            each for each in targets if payment not in deposited or each.target_id in before.get(payment, {})
        ]
        for payment, targets in found.items()
    }
    return PaidBackBy(context.allows(REFUNDS), kept)


def _is_deposited(payment: Mapping[str, Any]) -> bool:
    linked = cast("list[dict[str, Any]]", payment.get("LinkedTxn") or [])
    return any(each.get("TxnType") == "Deposit" for each in linked)
