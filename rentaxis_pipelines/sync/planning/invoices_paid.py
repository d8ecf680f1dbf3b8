"""The invoices that payments pay: those that stand in QuickBooks, and of each other one what it is and whether it may come yet.

Found out of RentAxis (void, deleted, draft, imported), the company file (go-live, first day), the days of the run, and the ledger
(excluded, refused, gone), for all payments of a plan at once. One metered read, and only where an imported invoice is to be paid
that no payment of ours has been applied to. Not here: what is applied to what (``mapping.applying``).
"""

from collections.abc import Callable, Collection, Mapping, Sequence, Set
from decimal import Decimal
from typing import Any, TypeAlias, cast

import msgspec

from rentaxis_pipelines.ledger import decisions, links, results
from rentaxis_pipelines.mapping.applying import invoice_never_comes, still_to_come
from rentaxis_pipelines.mapping.outcome import Facts, Mapped, Reopened
from rentaxis_pipelines.model.decisions import DecisionState
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.reasons import WAITING, ReasonCode
from rentaxis_pipelines.model.record_type import CREDIT, CREDITS, INVOICE, INVOICES, PAYMENT
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.model.source_records import Allocation, CreditApplication, Payment
from rentaxis_pipelines.model.statuses import DRAFT, VOID
from rentaxis_pipelines.sync.planning.payment_rows import ReturnPlan
from rentaxis_pipelines.sync.planning.plan_context import PlanContext
from rentaxis_pipelines.sync.planning.refunds_sold import NOTHING_PAID_BACK, PaidBackBy
from rentaxis_pipelines.sync.planning.reopened import Debts, debts_of
from rentaxis_pipelines.sync.planning.unapplying import moving_invoices
from rentaxis_pipelines.sync.pushing.push import pending_id
from rentaxis_pipelines.sync.run import Run

_APPLY_ELSEWHERE = "Apply the money to another invoice in RentAxis, then run again."
_BY_HAND = "Apply the payment to it by hand in QuickBooks."


Applied: TypeAlias = Payment | CreditApplication


class Imported(msgspec.Struct, frozen=True):
    """An invoice that came from QuickBooks, as it stands there now. ``open``: what of it is still open."""

    customer_id: str
    open: Decimal


class InvoicesPaid(msgspec.Struct, frozen=True):
    """By RentAxis invoice id: QuickBooks ids and customers of those that stand there, and why others cannot be paid.

    ``leaving``: those that are to go to another customer once they can, and whose they are until then. ``debts``: what is open on returns
    instead; ``returns``: what is done about those of these payments; ``known``: their own links. ``credits``: of applications, the
    CreditMemo each uses, by source id; ``credit_waits``: why others have none.
    """

    ids: Mapping[str, str]
    customers: Mapping[str, str]
    waits: Mapping[str, Refusal]
    imported: Mapping[str, Imported] = {}
    leaving: Mapping[str, str] = {}
    credits: Mapping[str, str] = {}
    credit_waits: Mapping[str, Refusal] = {}
    debts: Debts = msgspec.field(default_factory=Debts)
    returns: Mapping[str, ReturnPlan] = {}
    known: Mapping[str, Link] = {}
    refunds: PaidBackBy = NOTHING_PAID_BACK

    def own_only(
        self, outcome: Mapped | Refusal, payment: Applied, label: str, customer_id: str | None
    ) -> Mapped | Refusal:
        """QuickBooks refuses a payment on another customer's invoice (620, a field note), so it is not sent."""
        if isinstance(outcome, Refusal) or outcome.action == "void":
            return outcome
        for allocation in payment.allocations:
            if self.customers.get(allocation.invoice_id, customer_id) != customer_id:
                return Refusal(
                    ReasonCode.INVALID_VALUE,
                    f"{label} pays invoice {allocation.invoice_number or allocation.invoice_id}, which is billed to somebody "
                    "else. QuickBooks applies a payment only to invoices of its own customer.",
                    "Correct the payer or the allocation in RentAxis, then run again.",
                )
        return outcome

    def known_to(self, payment: Applied, facts: Facts) -> Facts:
        """The facts of that payment, with what it can be applied to, and why not to the rest: QuickBooks applies it to its own
        customer's invoices only.
        """
        ids, waits, customer_id = dict(self.ids), dict(self.waits), facts.parent_id
        for allocation in payment.allocations:
            imported = self.imported.get(allocation.invoice_id)
            if imported is None:
                continue
            if imported.customer_id != customer_id:
                clause = "was imported from QuickBooks, where it is billed to a different customer than the one who paid"
            elif allocation.amount is not None and allocation.amount > imported.open:
                clause = f"was imported from QuickBooks, where {imported.open:,.2f} of it is still open"
            else:
                continue
            ids.pop(allocation.invoice_id, None)
            waits[allocation.invoice_id] = invoice_never_comes(clause, _BY_HAND)
        for invoice_id, still in self.leaving.items():
            if still != customer_id and ids.pop(invoice_id, None) is not None:
                clause = "is billed to another customer in QuickBooks until all its payments are unapplied"
                waits[invoice_id] = still_to_come(clause)
        facts = msgspec.structs.replace(facts, invoice_ids=ids, waits=waits)
        if isinstance(payment, CreditApplication):
            used, none = self.credits.get(payment.source_id), self.credit_waits.get(payment.source_id)
            return msgspec.structs.replace(facts, credit_id=used, credit_waits=none)
        returned = self.returns.get(payment.source_id)
        came_back = returned.came_back if returned is not None else None
        link = self.known.get(payment.source_id)
        reopened: Mapping[str, Sequence[Reopened]] = (
            {} if came_back is not None else self.debts.shares(payment, ids, link)
        )
        facts = self.refunds.known_to(payment, facts)
        return msgspec.structs.replace(facts, reopened=reopened, came_back=came_back)


def invoices_paid(
    context: PlanContext,
    payments: Sequence[Applied],
    known: Mapping[str, Link],
    in_plan: Callable[[Collection[str]], Set[str]],
    returns: Mapping[str, ReturnPlan] = {},
    refunds: PaidBackBy = NOTHING_PAID_BACK,
    *,
    source_type: str = PAYMENT,
) -> InvoicesPaid:
    """What stands in QuickBooks of all that these payments pay. ``known``: the payments' own links; ``in_plan``: those of other payments
    that the same plan is about; ``returns``: what it does about those that came back; ``refunds``: what their credit pays.

    Where all is planned before anything is sent, the ids hold also the invoices that the same run will make.
    """
    run = context.run
    allocations = {
        allocation.invoice_id: allocation for payment in payments for allocation in payment.allocations
    }
    known_invoices = links.links_of(run.connection, run.realm, INVOICE, allocations)
    payable = {
        source_id: allocation
        for source_id, allocation in allocations.items()
        if _never_payable(allocation) is None
    }
    ids = {
        source_id: link.quickbooks_id
        for source_id, link in known_invoices.items()
        if link.state == "live" and source_id in payable
    }
    customers = {
        source_id: str(known_invoices[source_id].mapped["CustomerRef"]["value"]) for source_id in ids
    }
    if context.request.ahead:
        not_there = payable.keys() - ids.keys()
        to_come = links.planned_to_be_made(run.connection, run.realm, run.run_id, INVOICE, not_there)
        ids |= {source_id: pending_id(INVOICE, source_id) for source_id in to_come}
        customers |= to_come
    born_there = {
        source_id: allocation.invoice_link.quickbooks_id
        for source_id, allocation in payable.items()
        if source_id not in known_invoices
        and source_id not in ids
        and allocation.invoice_link is not None
        and allocation.invoice_link.quickbooks_type == "Invoice"
    }
    current, imported = _in_quickbooks(run, born_there, known, in_plan, source_type)
    ids |= current
    missing = {source_id: allocation for source_id, allocation in allocations.items() if source_id not in ids}
    waits = _waits(context, missing, known_invoices)
    moving = moving_invoices(run, known_invoices, in_plan, source_type)
    leaving = {
        allocation: customers.pop(allocation)
        for allocation in moving
        if moving[allocation] is None and allocation in customers
    }
    customers |= {invoice_id: customer for invoice_id, customer in moving.items() if customer is not None}
    planned = {payment: plan.made for payment, plan in returns.items() if plan.made is not None}
    debts = debts_of(run.connection, run.realm, sorted(ids.values()), planned)
    return InvoicesPaid(
        ids,
        customers,
        waits,
        imported,
        leaving,
        debts=debts,
        returns=returns,
        known=known,
        refunds=refunds,
    )


def credits_used(
    context: PlanContext, applications: Sequence[CreditApplication]
) -> tuple[dict[str, str], dict[str, Refusal]]:
    """By source id: the CreditMemos that stand for these applications, and why others have none."""
    run = context.run
    ids = [application.source_id for application in applications]
    known = links.links_of(run.connection, run.realm, CREDIT, ids)
    there = {
        source_id: link.quickbooks_id
        for source_id, link in known.items()
        if link.state == "live" and link.quickbooks_type == "CreditMemo"
    }
    missing = [source_id for source_id in ids if source_id not in there]
    if context.request.ahead:
        to_come = links.planned_to_be_made(run.connection, run.realm, run.run_id, CREDIT, missing)
        there |= {source_id: pending_id(CREDIT, source_id) for source_id in to_come}
        missing = [source_id for source_id in missing if source_id not in there]
    if closed := context.gate(CREDITS):
        clause = "is not pushed, because credits are not among what is pushed"
        return there, {source_id: still_to_come(clause, closed.remedy) for source_id in missing}
    newest = results.newest_of(run.connection, run.realm, run.run_id, CREDIT, missing)
    said = {source_id: _as_its_row_says(newest.get(source_id)) for source_id in missing}
    return there, {source_id: why for source_id, why in said.items() if why is not None}


def _in_quickbooks(
    run: Run,
    born_there: Mapping[str, str],
    known: Mapping[str, Link],
    in_plan: Callable[[Collection[str]], Set[str]],
    source_type: str,
) -> tuple[dict[str, str], dict[str, Imported]]:
    """Those of the imported invoices that stand there: one that a payment of ours is applied to does, the others are looked up."""
    used = {
        linked["TxnId"]
        for link in known.values()
        for line in cast("list[dict[str, Any]]", link.mapped.get("Line", []))
        for linked in line["LinkedTxn"]
    }
    wanted = {quickbooks_id for quickbooks_id in born_there.values() if quickbooks_id not in used}
    holders = links.payments_on(run.connection, run.realm, wanted)
    ours = {
        quickbooks_id: [source_id for holder, source_id in by_key if holder == source_type]
        for quickbooks_id, by_key in holders.items()
    }
    used |= {quickbooks_id for quickbooks_id in wanted if in_plan(ours.get(quickbooks_id, []))}
    wanted -= used
    there = {
        str(entry["Id"]): entry
        for entry in (run.client.query_in("Invoice", "Id", sorted(wanted)) if wanted else [])
    }
    current = {key: entry for key, entry in born_there.items() if entry in used or entry in there}
    imported = {
        key: Imported(str(there[entry]["CustomerRef"]["value"]), Decimal(there[entry].get("Balance") or 0))
        for key, entry in born_there.items()
        if entry in there
    }
    return current, imported


def _waits(
    context: PlanContext, missing: Mapping[str, Allocation], known_invoices: Mapping[str, Link]
) -> dict[str, Refusal]:
    if not missing:
        return {}
    decided = decisions.states_of(context.connection, context.realm, INVOICE, missing)
    newest = results.newest_of(context.connection, context.realm, context.run.run_id, INVOICE, missing)
    return {
        source_id: (
            _never_payable(allocation)
            or _as_a_person_decided(allocation, known_invoices.get(source_id), decided.get(source_id))
            or _as_settings_say(allocation, known_invoices.get(source_id), context)
            or _as_its_row_says(newest.get(source_id))
            or _as_its_day_says(allocation, context)
        )
        for source_id, allocation in missing.items()
    }


def _never_payable(allocation: Allocation) -> Refusal | None:
    """What the invoice is in RentAxis, where QuickBooks can never hold it for that."""
    if allocation.invoice_type is None:
        return invoice_never_comes("is no longer in RentAxis", _APPLY_ELSEWHERE)
    if allocation.invoice_deleted:
        return invoice_never_comes("was deleted in RentAxis", _APPLY_ELSEWHERE)
    if allocation.invoice_status == VOID:
        return invoice_never_comes("is void in RentAxis", _APPLY_ELSEWHERE)
    if allocation.invoice_type == "payable":
        return invoice_never_comes("is a bill to be paid, not an invoice to a customer", _APPLY_ELSEWHERE)
    return None


def _as_a_person_decided(
    allocation: Allocation, link: Link | None, decided: DecisionState | None
) -> Refusal | None:
    """Left out of the sync, or deleted in QuickBooks."""
    number = allocation.invoice_number or allocation.invoice_id
    excluded = decided.excluded if decided is not None else None
    if excluded is not None:
        why = excluded.why.rstrip(" .")
        did = "is left out since it was undone" if excluded.kind == "undo" else "was excluded"
        clause = f"{did} by {excluded.who} on {excluded.decided_at:%Y-%m-%d} ({why})"
        return invoice_never_comes(clause, f"Include invoice {number} again, or apply the payment by hand.")
    if allocation.invoice_link is not None and allocation.invoice_link.origin == "imported":
        clause = "was imported from QuickBooks and is no longer there"
        return invoice_never_comes(clause, f"{_BY_HAND[:-1]}, if it is there under another id.")
    if link is not None and link.state == "gone":
        remedy = f"Restore invoice {number} in QuickBooks, or push it again with force to create a new one."
        return still_to_come("is no longer in QuickBooks, where it had been pushed", remedy)
    return None


def _as_settings_say(allocation: Allocation, link: Link | None, context: PlanContext) -> Refusal | None:
    """Not pushed by this company as it is set up, or before it began to."""
    number, day, company = (
        allocation.invoice_number or allocation.invoice_id,
        allocation.invoice_date,
        context.company,
    )
    if day is not None and link is None and company.go_live is not None and day < company.go_live:
        clause = f"is dated {day}, before the go-live date {company.go_live}"
        return invoice_never_comes(clause, f"{_BY_HAND[:-1]} (invoice {number} of {day}).")
    if closed := context.gate(INVOICES):
        clause = "is not pushed, because invoices are switched off in RentAxis, Integrations, QuickBooks"
        return still_to_come(clause, closed.remedy)
    if day is not None and day < company.first_day and link is None:
        remedy = f"Push it as a single record (rentaxis-sync record invoice {allocation.invoice_id}), or apply the payment by hand."
        return invoice_never_comes(
            f"is dated {day}, before the first day that is pushed ({company.first_day})", remedy
        )
    if allocation.invoice_status == DRAFT:
        return still_to_come("is a draft in RentAxis")
    return None


def _as_its_row_says(row: RowResult | None) -> Refusal | None:
    """Refused, or waiting itself: its own reason and remedy."""
    if row is None or not (row.status == "failed" or row.reason_code in WAITING):
        return None
    word = "failed" if row.status == "failed" else "was itself waiting"
    return still_to_come(
        f"{word} on {row.finished_at:%Y-%m-%d}: {(row.reason or '').rstrip(' .')}", row.how_to_fix or ""
    )


def _as_its_day_says(allocation: Allocation, context: PlanContext) -> Refusal:
    number, day = allocation.invoice_number or allocation.invoice_id, allocation.invoice_date
    if day is None or context.request.record is not None or day in context.days:
        return still_to_come(
            "is not in QuickBooks yet", f"See the result of invoice {number}, then run again."
        )
    if day >= context.days.end:
        return still_to_come(f"is dated {day}, after the days of this run")
    return still_to_come(
        f"is dated {day}, before the days of this run", f"Push {day} too, unless a run already has."
    )
