"""What refunds and refunded payments need to know of each other's objects in QuickBooks: the products of the invoices a refund pays back,
and the refunds that a payment's credit pays.

By our links, for all records of a plan at once. Not here: what follows from it (``mapping.refunds``, ``mapping.payments``).
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger import links
from rentaxis_pipelines.mapping.applying import RETURN_TXN_TYPE
from rentaxis_pipelines.mapping.outcome import Facts, Mapped, Reopened
from rentaxis_pipelines.mapping.refunds import paid_back_on_account
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.record_type import INVOICE, PAYMENT, REFUND, REFUNDS
from rentaxis_pipelines.model.refusal import Refusal, decided_by
from rentaxis_pipelines.model.source_records import Payment, Refund
from rentaxis_pipelines.sync.planning.plan_context import PlanContext
from rentaxis_pipelines.sync.pushing.in_the_way import applied

_ZERO = Decimal("0.00")


class Sold(msgspec.Struct, frozen=True):
    """By RentAxis invoice id, product and amount of each line as we wrote it."""

    lines: Mapping[str, Sequence[tuple[str, Decimal]]]

    def known_to(self, _refund: Refund, facts: Facts) -> Facts:
        """The facts, with what was sold."""
        return msgspec.structs.replace(facts, sold=self.lines)

    def own_only(
        self, outcome: Mapped | Refusal, _refund: Refund, _label: str, _customer_id: str | None
    ) -> Mapped | Refusal:
        """The outcome: nothing of it depends on the customer."""
        return outcome


def sold_to(connection: sa.Connection, realm: str, refunds: Sequence[Refund]) -> Sold:
    """What these refunds pay back."""
    invoices = {each.invoice_id for refund in refunds for each in refund.allocations}
    pushed = links.links_of(connection, realm, INVOICE, invoices)
    return Sold(
        {invoice_id: _lines(link.mapped) for invoice_id, link in pushed.items() if link.state == "live"}
    )


def held_refunds(context: PlanContext, rows: Sequence[PlannedRow]) -> list[PlannedRow]:
    """The rows, without those that payments of ours stand in the way of: the void of a refund that one is applied to, and a refund made
    smaller than that.

    A held row keeps what it would write, so that it can follow its payments in this run (``unapplying``).
    """
    run = context.run
    changed = {row.quickbooks_id: row for row in rows if row.status is None and row.quickbooks_id}
    on = links.payments_alone_on(run.connection, run.realm, changed)
    in_the_way = {
        refund: amounts
        for refund, amounts in on.items()
        if sum(amounts.values()) > (_ZERO if changed[refund].action == "void" else changed[refund].amount)
    }
    payments = {payment for amounts in in_the_way.values() for payment in amounts}
    known = links.links_of(run.connection, run.realm, PAYMENT, payments)
    numbers = {payment: link.quickbooks_number or payment for payment, link in known.items()}
    return [
        _held(row, [numbers[payment] for payment in in_the_way[row.quickbooks_id]])
        if row.status is None and row.quickbooks_id in in_the_way
        else row
        for row in rows
    ]


def _held(row: PlannedRow, payments: Sequence[str]) -> PlannedRow:
    done = "voided" if row.action == "void" else "made smaller"
    why = Refusal(
        ReasonCode.HELD_BY_PAYMENT,
        f"{row.source_label} cannot be {done} in QuickBooks while the credit of payment {' and '.join(payments)} pays it.",
        "Nothing to do: the payment is pushed first, and this follows automatically.",
    )
    return msgspec.structs.replace(row, **decided_by(why))


def _lines(invoice: Mapping[str, Any]) -> list[tuple[str, Decimal]]:
    lines = cast("list[dict[str, Any]]", invoice.get("Line") or [])
    return [
        (str(line["SalesItemLineDetail"]["ItemRef"]["value"]), Decimal(line["Amount"]))
        for line in lines
        if "SalesItemLineDetail" in line
    ]


class PaidBackBy(msgspec.Struct, frozen=True):
    """By payment, what of its credit pays refunds; ``to_come``: what is to pay such as are not in QuickBooks yet, by refund. ``pushed``:
    whether refunds are pushed at all.
    """

    pushed: bool
    refunds: Mapping[str, Sequence[Reopened]]
    to_come: Mapping[str, Mapping[str, Decimal]] = {}

    def known_to(self, payment: Payment, facts: Facts) -> Facts:
        """The facts, with those refunds."""
        return msgspec.structs.replace(
            facts,
            refunds_pushed=self.pushed,
            paid_back=self.refunds.get(payment.source_id, ()),
            refunds_to_come=self.to_come.get(payment.source_id, {}),
        )


NOTHING_PAID_BACK = PaidBackBy(False, {})


def paid_back_by(context: PlanContext, payments: Sequence[Payment], known: Mapping[str, Link]) -> PaidBackBy:
    """What these payments pay of refunds in QuickBooks. A payment in a bank deposit is left as it is (QuickBooks changes none that is), but
    for what it pays already. One metered read where a payment is to pay a refund that it does not pay yet.
    """
    wanted = {payment.source_id: paid_back_on_account(payment) for payment in payments if payment.refunds}
    ids = [refund for refunds in wanted.values() for refund in refunds]
    run = context.run
    linked = links.links_of(run.connection, run.realm, REFUND, ids)
    standing = {
        source_id: link
        for source_id, link in linked.items()
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
    before = {
        payment: applied(known[payment].mapped, RETURN_TXN_TYPE) for payment in found if payment in known
    }
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
    pushed = context.allows(REFUNDS)
    to_come = {
        payment: {refund: amount for refund, amount in refunds.items() if refund not in linked}
        for payment, refunds in wanted.items()
        if pushed
    }
    return PaidBackBy(pushed, kept, to_come)


def _is_deposited(payment: Mapping[str, Any]) -> bool:
    linked = cast("list[dict[str, Any]]", payment.get("LinkedTxn") or [])
    return any(each.get("TxnType") == "Deposit" for each in linked)
