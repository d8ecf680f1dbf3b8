"""Pushing one record by its id, with what it needs and nothing else.

The same plans and pushes as a range; only the reading differs. Not here: how a record is planned or sent.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

import msgspec

from rentaxis_pipelines.ledger import links, plans
from rentaxis_pipelines.mapping.outcome import Context
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.record_types import SOURCE
from rentaxis_pipelines.model.source_records import Invoice, Payer, Payment
from rentaxis_pipelines.rentaxis.all_models import refuse_broken_models
from rentaxis_pipelines.rentaxis.database import snapshot
from rentaxis_pipelines.rentaxis.extract import extract_one
from rentaxis_pipelines.rentaxis.frames import DAY, RECORD_CLASSES, RecordType, records_from_frame
from rentaxis_pipelines.settings import Environment
from rentaxis_pipelines.sync.choice import Choice
from rentaxis_pipelines.sync.finish import finish_plan
from rentaxis_pipelines.sync.planning.deleted_at_source import day_of, standing_link
from rentaxis_pipelines.sync.planning.plan_parties import plan_customers
from rentaxis_pipelines.sync.planning.plan_records import plan_expenses, plan_invoices, plan_payments
from rentaxis_pipelines.sync.planning.resolve_payers import Matches, matches_of
from rentaxis_pipelines.sync.pushing.push import push
from rentaxis_pipelines.sync.run import Run
from rentaxis_pipelines.sync.which_record import RecordNotFound

ChoiceOf = Callable[[dt.date], Choice]
Found = tuple[dt.date, Any]


def push_one(
    run: Run,
    environment: Environment,
    context: Context,
    choice_of: ChoiceOf,
    source_type: str,
    source_id: str,
) -> int:
    """Push the record; returns how many rows have a result, those of its invoices included.

    One that was pushed and has since been deleted for good is treated as a range would treat it. Raises RecordNotFound if the
    organization has none of that id and never pushed one.
    """
    frame = SOURCE[source_type].model

    def alone(day: dt.date) -> Choice:
        return msgspec.structs.replace(choice_of(day), one_record=True)

    with snapshot(environment.rentaxis_database_url.get_secret_value()) as source:
        refuse_broken_models(source, environment.rentaxis_organization_id)

        def read(name: RecordType, wanted: str) -> Found | None:
            zone = context.company.zone
            found = extract_one(source, name, wanted, environment.rentaxis_organization_id, zone)
            records = records_from_frame(found, RECORD_CLASSES[name])
            run.progress.add(read=len(records))
            return (found[DAY].iloc[0], records[0]) if records else None

        chosen = read(frame, source_id)
        if chosen is None:
            vanished = standing_link(run, frame, source_id)
            if vanished is None:
                raise RecordNotFound(
                    f"RentAxis has no {source_type} with the id {source_id} in this organization."
                )
            plan_id = _plan_vanished(run, context, alone, frame, vanished)
            return _carry_out(run, plan_id) + _let_go_after(run, environment, context, alone, plan_id)
        invoices = _invoices_needed(run, chosen[1], read) if isinstance(chosen[1], Payment) else []

    # What the record needs is pushed as usual; only the record itself is forced.
    unforced = [msgspec.structs.replace(alone(day), force=False) for day, _ in invoices]
    done = 0
    for choice, invoice in zip(unforced, invoices, strict=True):
        plain = msgspec.structs.replace(context, force=False)
        done += _carry_out(run, plan_invoices(run, plain, choice, [invoice], _matches(run, [invoice])))
    plan_id = _plan(run, context, alone(chosen[0]), frame, chosen)
    done += _carry_out(run, plan_id)
    return done + _let_go_after(run, environment, context, alone, plan_id)


def _let_go_after(
    run: Run, environment: Environment, context: Context, choice_of: ChoiceOf, plan_id: str
) -> int:
    """Where payments stood in the way of the invoice that was pushed: push those, and the invoice follows them."""
    waiting = plans.waiting_changes(run.connection, run.realm, run.run_id, "invoice")
    held = [row.quickbooks_id or "" for row in waiting if row.plan_id == plan_id]
    holders = {one for found in links.payments_on(run.connection, run.realm, held).values() for one in found}
    if not holders:
        return 0
    found: list[Found] = []
    known = links.links_of(run.connection, run.realm, "payment", holders)
    with snapshot(environment.rentaxis_database_url.get_secret_value()) as source:
        for source_id in sorted(holders):
            organization, zone = environment.rentaxis_organization_id, context.company.zone
            frame = extract_one(source, "payments", source_id, organization, zone)
            if records := records_from_frame(frame, Payment):
                found.append((frame[DAY].iloc[0], records[0]))
                known.pop(source_id)
    days = [day for day, _ in found] + [day_of(link) for link in known.values()]
    plain = msgspec.structs.replace(context, force=False)
    choice = msgspec.structs.replace(
        choice_of(min(days)), first_day=min(days), last_day=max(days), force=False
    )
    vanished = list(known.values())
    return _carry_out(run, plan_payments(run, plain, choice, found, _matches(run, found), vanished))


def _plan(run: Run, context: Context, choice: Choice, frame: RecordType, chosen: Found) -> str:
    if frame == "expenses":
        return plan_expenses(run, context, choice, [chosen])
    plan = {"invoices": plan_invoices, "payments": plan_payments}.get(frame, plan_customers)
    return plan(run, context, choice, [chosen], _matches(run, [chosen]))


def _plan_vanished(run: Run, context: Context, choice_of: ChoiceOf, frame: RecordType, vanished: Link) -> str:
    choice = choice_of(day_of(vanished))
    if frame == "expenses":
        return plan_expenses(run, context, choice, [], [vanished])
    plan = plan_invoices if frame == "invoices" else plan_payments
    return plan(run, context, choice, [], {}, [vanished])


def _carry_out(run: Run, plan_id: str) -> int:
    push(run, plan_id)
    return finish_plan(run, plan_id).rows_out


def _invoices_needed(
    run: Run, payment: Payment, read: Callable[[RecordType, str], Found | None]
) -> list[Found]:
    """The invoices the payment pays that are not in QuickBooks yet."""
    wanted = [allocation.invoice_id for allocation in payment.allocations]
    known = links.links_of(run.connection, run.realm, "invoice", wanted)
    found = [read("invoices", invoice_id) for invoice_id in wanted if invoice_id not in known]
    return [one for one in found if one is not None]


def _matches(run: Run, found: list[Found]) -> Matches:
    payers: list[Payer] = []
    for _, one in found:
        payer = one.payer if isinstance(one, Invoice | Payment) else one
        if payer is not None:
            payers.append(payer)
    return matches_of(run, payers)
