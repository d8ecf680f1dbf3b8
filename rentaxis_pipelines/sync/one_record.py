"""One record that a person named, with what it needs and nothing else.

The same plans and pushes as a range, through the same engine; only what is read differs. Not here: how a record is planned or sent.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rentaxis_pipelines.ledger import links, plans
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.record_types import BY_SOURCE_TYPE, SOURCE, in_words
from rentaxis_pipelines.model.source_records import Payment
from rentaxis_pipelines.sync.planning.deleted_at_source import day_of, standing_link
from rentaxis_pipelines.sync.planning.planned import PlanMade
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
    if isinstance(record, Payment):
        for invoice in _invoices_needed(engine, record):
            # What the record needs is pushed as usual; only the record itself is forced.
            done += engine.carry_out(_plan(engine, "invoice", [invoice], forced=False)).rows_out
    plan = _plan(engine, source_type, chosen)
    done += engine.carry_out(plan).rows_out
    return done + _payments_in_the_way(engine, plan)


def _deleted(engine: "Engine", source_type: str, source_id: str) -> int:
    link = standing_link(engine.run, BY_SOURCE_TYPE[source_type].name, source_id)
    if link is None:
        raise RecordNotFound(
            f"RentAxis has no {in_words(source_type)} with id {source_id} in this organization."
        )
    day = day_of(link)
    terms = engine.terms(DateRange.of_days(day, day))
    plan = engine.plan_these(BY_SOURCE_TYPE[source_type].name, terms, [], {}, [link])
    return engine.carry_out(plan).rows_out + _payments_in_the_way(engine, plan)


def _plan(engine: "Engine", source_type: str, records: Iterable[Dated], *, forced: bool = True) -> PlanMade:
    records = list(records)
    day, _ = records[0]
    terms = engine.terms(DateRange.of_days(day, day), forced=forced)
    matches = engine.matches_of(payers_of(records))
    return engine.plan_these(BY_SOURCE_TYPE[source_type].name, terms, records, matches)


def _payments_in_the_way(engine: "Engine", plan: PlanMade) -> int:
    """Where payments stood in the way of the invoice that was pushed: push those, and the invoice follows them."""
    run = engine.run
    waiting = plans.waiting_changes(run.connection, run.realm, run.run_id, "invoice")
    held = [row.quickbooks_id or "" for row in waiting if row.plan_id == plan.plan_id]
    holders = {
        payment for paid in links.payments_on(run.connection, run.realm, held).values() for payment in paid
    }
    if not holders:
        return 0
    payments = engine.read("payments", holders)
    deleted = links.links_of(run.connection, run.realm, "payment", holders)
    for _, payment in payments:
        deleted.pop(payment.source_id, None)
    days = [day for day, _ in payments] + [day_of(link) for link in deleted.values()]
    terms = engine.terms(DateRange.of_days(min(days), max(days)), forced=False)
    matches = engine.matches_of(payers_of(payments))
    released = engine.plan_these("payments", terms, payments, matches, list(deleted.values()))
    return engine.carry_out(released).rows_out


def _invoices_needed(engine: "Engine", payment: Payment) -> list[Dated]:
    """The invoices the payment pays that are not in QuickBooks yet."""
    wanted = dict.fromkeys(allocation.invoice_id for allocation in payment.allocations)
    known = links.links_of(engine.run.connection, engine.run.realm, "invoice", wanted)
    there = {dated[1].source_id: dated for dated in engine.read("invoices", wanted.keys() - known.keys())}
    return [there[invoice_id] for invoice_id in wanted if invoice_id in there]
