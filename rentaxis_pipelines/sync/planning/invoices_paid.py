"""The invoices that payments pay: their ids in QuickBooks, and whether they are the payer's own.

Not here: what a payment applies to each (``mapping.payments``).
"""

import datetime as dt
from collections.abc import Mapping, Sequence

from rentaxis_pipelines.ledger import links
from rentaxis_pipelines.ledger.reasons import ReasonCode
from rentaxis_pipelines.mapping.outcome import Mapped, NotMapped
from rentaxis_pipelines.rentaxis.records import Payment
from rentaxis_pipelines.sync.choice import Choice
from rentaxis_pipelines.sync.pushing.push import pending_id
from rentaxis_pipelines.sync.run import Run


def invoices_paid(
    run: Run, choice: Choice, payments: Sequence[tuple[dt.date, Payment]]
) -> tuple[dict[str, str], dict[str, str]]:
    """The QuickBooks ids, and the customer ids, of the invoices these payments pay, by RentAxis id.

    In a dry run the ids hold also the invoices that the same run would make.
    """
    wanted = {allocation.invoice_id for _, payment in payments for allocation in payment.allocations}
    found = links.links_of(run.connection, run.realm, "invoice", wanted)
    ids = {source_id: link.quickbooks_id for source_id, link in found.items() if link.state == "live"}
    customers = {
        source_id: str(link.mapped["CustomerRef"]["value"])
        for source_id, link in found.items()
        if source_id in ids
    }
    if choice.dry_run:
        for source_id in links.planned_creates(run.connection, run.realm, run.run_id, "invoice"):
            ids.setdefault(source_id, pending_id("invoice", source_id))
    return ids, customers


def own_invoices_only(
    outcome: Mapped | NotMapped,
    payment: Payment,
    label: str,
    customer_id: str | None,
    invoice_customers: Mapping[str, str],
) -> Mapped | NotMapped:
    """QuickBooks refuses a payment on another customer's invoice (620, a field note), so it is not sent."""
    if isinstance(outcome, NotMapped) or outcome.action == "void":
        return outcome
    for allocation in payment.allocations:
        if invoice_customers.get(allocation.invoice_id, customer_id) != customer_id:
            return NotMapped(
                ReasonCode.INVALID_VALUE,
                f"{label} pays invoice {allocation.invoice_number or allocation.invoice_id}, which is billed to somebody "
                "else. QuickBooks applies a payment only to invoices of its own customer.",
                "Correct the payer or the allocation in RentAxis, then run again.",
            )
    return outcome
