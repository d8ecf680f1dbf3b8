"""One record that a person named, with what it needs and nothing else.

The same plans and pushes as a range, through the same engine; only what is read differs. Not here: how a record is planned or sent.
"""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from rentaxis_pipelines.ledger import links, plans
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.record_type import CREDIT, CREDIT_APPLICATION, INVOICE, INVOICES
from rentaxis_pipelines.model.record_types import BY_SOURCE_TYPE, HELD_TYPES, PAYING_TYPES, SOURCE, in_words
from rentaxis_pipelines.model.source_records import CreditApplication, Payment
from rentaxis_pipelines.sync.known_links import ids_by_type
from rentaxis_pipelines.sync.planning.deleted_at_source import current_link_of, day_of
from rentaxis_pipelines.sync.planning.planned import PlanMade
from rentaxis_pipelines.sync.planning.planner import Wanted
from rentaxis_pipelines.sync.planning.resolve_payers import payers_of
from rentaxis_pipelines.sync.source import Dated
from rentaxis_pipelines.sync.which_record import RecordNotFound

if TYPE_CHECKING:
    from rentaxis_pipelines.sync.engine import Engine


def push_record(engine: "Engine", source_type: str, source_id: str) -> int:
    """Push the record; returns how many rows have a result, those of its invoices included.

    One that was pushed and has since been deleted for good is treated as a range would treat it. Raises RecordNotFound if the
    organization has none of that id and never pushed one, UnusualPlan where the guard holds it back.
    """
    chosen = engine.read(SOURCE[source_type].model, [source_id])
    if not chosen:
        return _deleted(engine, source_type, source_id)
    done = 0
    (_, record), *_ = chosen
    if source_type == CREDIT_APPLICATION and not _links(engine, CREDIT, [source_id]):
        credits = engine.read(SOURCE[CREDIT].model, [source_id])
        done += engine.carry_out(_plan(engine, CREDIT, credits, forced=False)) if credits else 0
    if isinstance(record, Payment | CreditApplication):
        for invoice in _invoices_needed(engine, record):
            # What the record needs is pushed as usual; only the record itself is forced.
            done += engine.carry_out(_plan(engine, INVOICE, [invoice], forced=False))
    plan = _plan(engine, source_type, chosen)
    done += engine.carry_out(plan)
    return done + _payments_in_the_way(engine, plan)


def _deleted(engine: "Engine", source_type: str, source_id: str) -> int:
    link = current_link_of(engine.run, BY_SOURCE_TYPE[source_type].name, source_id)
    if link is None:
        raise RecordNotFound(
            f"RentAxis has no {in_words(source_type)} with id {source_id} in this organization."
        )
    day = day_of(link)
    context = engine.plan_context(DateRange.of_days(day, day))
    record_type = BY_SOURCE_TYPE[source_type].name
    plan = engine.plan_these(context, Wanted(record_type=record_type, records=[], deleted_at_source=[link]))
    return engine.carry_out(plan) + _payments_in_the_way(engine, plan)


def _plan(engine: "Engine", source_type: str, records: Iterable[Dated], *, forced: bool = True) -> PlanMade:
    records = list(records)
    day, _ = records[0]
    context = engine.plan_context(DateRange.of_days(day, day), forced=forced)
    matches = engine.matches_of(payers_of(records))
    record_type = BY_SOURCE_TYPE[source_type].name
    return engine.plan_these(context, Wanted(record_type=record_type, records=records, matches=matches))


def _payments_in_the_way(engine: "Engine", plan: PlanMade) -> int:
    """Where payments stood in the way of the invoice or credit that was pushed: push those, and it follows them."""
    run = engine.run
    held = [
        row.quickbooks_id or ""
        for held_type in HELD_TYPES
        for row in plans.waiting_changes(run.connection, run.realm, run.run_id, held_type)
        if row.plan_id == plan.plan_id
    ]
    holders = {
        payment for paid in links.payments_on(run.connection, run.realm, held).values() for payment in paid
    }
    by_type = ids_by_type(holders)
    return sum(
        _push_payments(engine, source_type, by_type[source_type])
        for source_type in PAYING_TYPES
        if source_type in by_type
    )


def _push_payments(engine: "Engine", source_type: str, holders: Collection[str]) -> int:
    record_type = BY_SOURCE_TYPE[source_type].name
    payments = engine.read(SOURCE[source_type].model, holders)
    deleted = _links(engine, source_type, holders)
    for _, payment in payments:
        deleted.pop(payment.source_id, None)
    days = [day for day, _ in payments] + [day_of(link) for link in deleted.values()]
    context = engine.plan_context(DateRange.of_days(min(days), max(days)), forced=False)
    wanted = Wanted(
        record_type=record_type,
        records=payments,
        matches=engine.matches_of(payers_of(payments)),
        deleted_at_source=list(deleted.values()),
    )
    return engine.carry_out(engine.plan_these(context, wanted))


def _links(engine: "Engine", source_type: str, ids: Iterable[str]) -> dict[str, Link]:
    return links.links_of(engine.run.connection, engine.run.realm, source_type, ids)


def _invoices_needed(engine: "Engine", payment: Payment | CreditApplication) -> list[Dated]:
    """The invoices the payment pays that are not in QuickBooks yet."""
    wanted = dict.fromkeys(allocation.invoice_id for allocation in payment.allocations)
    known = _links(engine, INVOICE, wanted)
    there = {dated[1].source_id: dated for dated in engine.read(INVOICES, wanted.keys() - known.keys())}
    return [there[invoice_id] for invoice_id in wanted if invoice_id in there]
