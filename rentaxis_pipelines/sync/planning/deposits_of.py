"""The payments that bank deposits gather, as they stand in QuickBooks by our links, for all deposits of a plan at once.

Not here: what follows from it (``mapping.deposits``), a deposit that lets go of a payment (``deposits_held``).
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from rentaxis_pipelines.ledger import links, results
from rentaxis_pipelines.mapping.outcome import Facts, Mapped, Received
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.record_type import PAYMENT
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.model.source_records import Deposit
from rentaxis_pipelines.sync.planning.plan_context import PlanContext
from rentaxis_pipelines.sync.pushing.push import pending_id

_NO_LONGER = Refusal(
    ReasonCode.INVALID_VALUE,
    "no longer stands in QuickBooks",
    "Correct what is in the deposit in RentAxis, then run again.",
)


class Gatherable(msgspec.Struct, frozen=True):
    """By RentAxis id, the payments that are there; and why others are not, a clause after "which"."""

    received: Mapping[str, Received]
    waits: Mapping[str, Refusal]

    def known_to(self, _deposit: Deposit, facts: Facts) -> Facts:
        """The facts, with those payments."""
        return msgspec.structs.replace(facts, received=self.received, waits=self.waits)

    def own_only(
        self, outcome: Mapped | Refusal, _deposit: Deposit, _label: str, _customer_id: str | None
    ) -> Mapped | Refusal:
        """A deposit is nobody's alone."""
        return outcome


def gathered_by(context: PlanContext, deposits: Sequence[Deposit]) -> Gatherable:
    """What stands in QuickBooks of all that these deposits gather; where all is planned before anything is sent, also what the same run
    will make.
    """
    run = context.run
    wanted = {gathered.payment_id for deposit in deposits for gathered in deposit.payments}
    known = links.links_of(run.connection, run.realm, PAYMENT, wanted)
    there = received_of(known)
    waits = dict.fromkeys(known.keys() - there.keys(), _NO_LONGER)
    newest = results.newest_of(run.connection, run.realm, run.run_id, PAYMENT, there.keys())
    for source_id, result in newest.items():
        if result.status == "failed":  # it is to be as RentAxis has it before it is gathered
            del there[source_id]
            waits[source_id] = Refusal(
                ReasonCode.WAITING_FOR_PARENT,
                "could not be brought up to date",
                f"See the result of {result.source_label}, then run again.",
            )
    if context.request.ahead:
        missing = wanted - known.keys()
        to_come = links.planned_payloads(run.connection, run.realm, run.run_id, PAYMENT, missing)
        there |= {
            source_id: _received(pending_id(PAYMENT, source_id), payment, None)
            for source_id, payment in to_come.items()
        }
    return Gatherable(there, waits)


def received_of(known: Mapping[str, Link]) -> dict[str, Received]:
    """By source id, the payments of these links that stand."""
    return {
        source_id: _received(link.quickbooks_id, link.mapped, link.total)
        for source_id, link in known.items()
        if link.state == "live"
    }


def _received(quickbooks_id: str, payment: Mapping[str, Any], total: Decimal | None) -> Received:
    amount = total if total is not None else Decimal(payment.get("TotalAmt") or 0)
    return Received(
        quickbooks_id=quickbooks_id,
        account_id=_value(payment, "DepositToAccountRef"),
        customer_id=_value(payment, "CustomerRef") or "",
        amount=amount.quantize(Decimal("0.01")),
    )


def _value(payment: Mapping[str, Any], name: str) -> str | None:
    reference = payment.get(name)
    return str(reference["value"]) if reference else None
