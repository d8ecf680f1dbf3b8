"""Removing what the probe created: transactions are deleted; names and list items, which QuickBooks does not delete, are made inactive.

Uses only the journal, so it does the same whether an experiment ended, failed, or its process was killed. Here: the order, and finding
objects without an ID. Not here: what is reported about the rest (``report``).
"""

from collections.abc import Callable, Iterable

from rentaxis_pipelines.probe import names
from rentaxis_pipelines.probe.company import Payload, ProbeCompany
from rentaxis_pipelines.probe.journal import Made
from rentaxis_pipelines.quickbooks.query import literal, select

INACTIVE = "inactive"
# Money first, what it is applied to next, then who and what it was about.
_ORDER = (
    "Deposit", "Payment", "BillPayment", "RefundReceipt", "CreditMemo", "VendorCredit", "SalesReceipt", "Invoice", "Bill", "Purchase",
    "JournalEntry", "Estimate", "Attachable", *names.PEOPLE, *names.LISTS,
)  # fmt: skip


def clean_up(company: ProbeCompany, which: Callable[[Made], bool] = lambda _: True) -> None:
    """Remove every object in the journal that still exists and that ``which`` selects. If one cannot be removed, the reason is noted.

    Raises QuickBooksError if QuickBooks cannot be reached; what has been done until then is noted.
    """
    for made in [created for created in company.journal.still_there if which(created)]:
        if not made.quickbooks_id:
            _look_for(company, made)
    waiting = [created for created in company.journal.still_there if which(created)]
    parties = [created for created in waiting if created.entity in names.OF_PARTY]
    for party in parties:
        waiting += _transactions_of(company, party)
    # The newest first: what stands on another object was made after it.
    waiting.sort(key=lambda created: (_ORDER.index(created.entity), -int(created.quickbooks_id)))
    for made in waiting:
        company.journal.finished(made, _take_away(company, made))


def _look_for(company: ProbeCompany, made: Made) -> None:
    """Find what was sent without a response, by its name or number."""
    candidates = company.query(names.statement_for(made.entity, made.key), quiet=True)
    known = {created.quickbooks_id for created in company.journal.made if created.entity == made.entity}
    new = [
        str(candidate["Id"])
        for candidate in candidates
        if names.goes_by(candidate, made.entity, made.key) and str(candidate["Id"]) not in known
    ]
    if not new:
        company.journal.finished(made)
        return
    company.journal.found(made, new[0])
    for quickbooks_id in new[1:]:
        company.journal.found(company.journal.plan(made.entity, made.key, made.experiment), quickbooks_id)


def _transactions_of(company: ProbeCompany, party: Made) -> Iterable[Made]:
    """Every transaction of one of our customers or vendors that is not in the journal: it can only be the probe's."""
    field, kinds = names.OF_PARTY[party.entity]
    for kind in kinds:
        known = {
            created.quickbooks_id
            for created in company.journal.made
            if created.entity == kind and not created.gone
        }
        reply = company.ask(select(kind, f"{field} = {literal(party.quickbooks_id)}"), quiet=True)
        for record in reply.of("QueryResponse").get(kind, []):
            if str(record["Id"]) not in known:
                made = company.journal.plan(
                    kind, str(record.get(names.key_field(kind), "")), party.experiment
                )
                company.journal.found(made, str(record["Id"]))
                yield made


def _take_away(company: ProbeCompany, made: Made) -> str:
    """Delete or deactivate. Returns "" where it is gone, "inactive", or the sentence that says why it stays."""
    reply = company.wire.call("GET", f"{made.entity.lower()}/{made.quickbooks_id}", quiet=True)
    record: Payload = reply.of(made.entity)
    if not record:
        return "" if reply.code in ("610", "6000") else f"It could not be read: {reply.said}."
    if not names.is_listed(made.entity):
        done = company.delete(made.entity, record)
        return "" if done.ok or done.code == "610" else f"Deleting it was {done.said}."
    if record.get("Active") is False:
        return INACTIVE
    fields = {name: record[name] for name in ("Name", "DisplayName", "Type") if name in record}
    done = company.change(made.entity, record, {**fields, "Active": False})
    return INACTIVE if done.ok else f"Making it inactive was {done.said}."
