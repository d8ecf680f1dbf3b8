"""A RentAxis record as a push would write it now, whether or not it changed; or why it would not be pushed. Reads the ledger alone.

For who only looks: nothing is planned, no lock is taken, QuickBooks is not asked. What has to be made first is named, as in a plan.
Not here: the rules (``mapping``), and what is done with the answer (``both_sides``).
"""

from collections.abc import Collection, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger import links, snapshots
from rentaxis_pipelines.mapping.outcome import CameBack, Context, Facts, Mapped, PaperFacts, Reopened
from rentaxis_pipelines.mapping.parties import map_customer, map_vendor
from rentaxis_pipelines.mapping.payment_returns import Standing, is_booked_on_its_day
from rentaxis_pipelines.mapping.refunds import paid_back_on_account
from rentaxis_pipelines.mapping.registry import MAPPINGS
from rentaxis_pipelines.matching.vendors import vendor_key
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.payload import Entity, sha256_of
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.record_type import (
    CREDIT,
    CREDITS,
    DEPOSIT_SETTLEMENTS,
    INVOICE,
    PAPER,
    PAYMENT,
    REFUND,
    REFUNDS,
    RETURN_TYPE,
    VENDOR,
)
from rentaxis_pipelines.model.record_types import BY_SOURCE_TYPE, KEY_FIELD, PAYER_TYPES
from rentaxis_pipelines.model.refusal import Refusal, refusal
from rentaxis_pipelines.model.source_records import (
    CreditApplication,
    Deposit,
    Expense,
    Paper,
    Payer,
    Payment,
    Refund,
    Transaction,
    Vendor,
    places_of,
)
from rentaxis_pipelines.model.sync_request import SyncRequest
from rentaxis_pipelines.settings import Company
from rentaxis_pipelines.sync.known_links import links_of_keys
from rentaxis_pipelines.sync.planning.deposits_of import received_of
from rentaxis_pipelines.sync.planning.names_in_use import given_name, named_or, payer_suffix, plain_name
from rentaxis_pipelines.sync.planning.plan_places import context_for_check
from rentaxis_pipelines.sync.planning.planned import existing_of
from rentaxis_pipelines.sync.planning.refunds_sold import sold_to
from rentaxis_pipelines.sync.planning.reopened import debts_of
from rentaxis_pipelines.sync.pushing.push import PENDING, pending_id
from rentaxis_pipelines.sync.snapshot import references_of

# As if it were forced: what has not changed is mapped all the same.
_LOOKING = SyncRequest(requested_by="", force=True)
_OURS = "created"


class WouldStand(msgspec.Struct, frozen=True, kw_only=True):
    """``payload``: all that a push would write, None where it would not (``why_not``) or where QuickBooks' lists were never read;
    ``voided``: it would void what stands.

    ``made_first``: what it needs that is not in QuickBooks yet, by the key of its pending id, in words.
    """

    entity: str
    payload: Mapping[str, Any] | None = None
    voided: bool = False
    why_not: Refusal | None = None
    made_first: Mapping[str, str] = {}


def would_stand(
    connection: sa.Connection,
    realm: str,
    company: Company,
    source_type: str,
    record: Any,
    link: Link | None,
    pushed: Collection[str] = (),
) -> WouldStand:
    """The record as a push would write it. ``link``: what it is in QuickBooks now, if anything; ``pushed``: the record types that are pushed."""
    if source_type in PAYER_TYPES or source_type == VENDOR:
        return _party(record, link)
    if snapshots.state_of(connection, realm) is None:
        return WouldStand(entity=BY_SOURCE_TYPE[source_type].entities[0])
    mapping = MAPPINGS[BY_SOURCE_TYPE[source_type].name]
    context = _context(connection, realm, company, record)
    facts, made_first = _facts(connection, realm, source_type, record)
    facts = msgspec.structs.replace(
        facts,
        credits_are_pushed=CREDITS in pushed,
        settlements_are_pushed=DEPOSIT_SETTLEMENTS in pushed,
        refunds_pushed=REFUNDS in pushed,
    )
    if isinstance(record, Refund):
        facts = sold_to(connection, realm, [record]).known_to(record, facts)
    if isinstance(record, Payment):
        facts = _with_what_else_it_pays(connection, realm, context, record, link, facts)
        if facts.came_back is not None and facts.came_back.target_id == (
            made := pending_id(RETURN_TYPE, record.source_id)
        ):
            made_first[made.removeprefix(PENDING)] = "its return (not in QuickBooks yet)"
    outcome = mapping.plan(record, existing_of(link), context, facts)
    if isinstance(outcome, Mapped) and _has_derived_number(outcome, link):
        again = mapping.plan(
            record, existing_of(link), context, msgspec.structs.replace(facts, number_is_taken=True)
        )
        outcome = again if isinstance(again, Mapped) and _number_of(link, again) == again.key else outcome
    entity = link.quickbooks_type if link is not None else BY_SOURCE_TYPE[source_type].entities[0]
    if isinstance(outcome, Refusal):
        return WouldStand(entity=entity, why_not=outcome, made_first=made_first)
    # What is kept of a file for the ledger alone is no field of its attachment.
    payload = (
        {name: value for name, value in outcome.payload.items() if name not in outcome.kept}
        if source_type == PAPER
        else outcome.payload
    )
    return WouldStand(
        entity=outcome.entity, payload=payload, voided=outcome.action == "void", made_first=made_first
    )


def _context(connection: sa.Connection, realm: str, company: Company, record: Transaction) -> Context:
    """What mapping decides by. The closing date is left out: it says what may be written, not how a record would read."""
    references = msgspec.structs.replace(references_of(connection, realm), closing_date=None)
    context = Context(company, references, _LOOKING)
    return context_for_check(connection, realm, context, places_of(record))


def _facts(
    connection: sa.Connection, realm: str, source_type: str, record: Transaction | Paper
) -> tuple[Facts, dict[str, str]]:
    made_first: dict[str, str] = {}
    party = _party_key(record)
    parent_id = None
    if party is not None:
        parent = links_of_keys(connection, realm, [party]).get(party)
        if parent is not None and parent.state != "gone":
            parent_id = parent.quickbooks_id
        else:
            parent_id = pending_id(*party)
            made_first[parent_id.removeprefix(PENDING)] = f"{_party_name(record)} (not in QuickBooks yet)"
    invoice_ids: dict[str, str] = {}
    if isinstance(record, Payment | CreditApplication):
        numbers = {allocation.invoice_id: allocation.invoice_number for allocation in record.allocations}
        known = links.links_of(connection, realm, INVOICE, numbers)
        for invoice_id, number in numbers.items():
            link = known.get(invoice_id)
            stands = link is not None and link.state == "live"
            invoice_ids[invoice_id] = (
                link.quickbooks_id if link is not None and stands else pending_id(INVOICE, invoice_id)
            )
            if not stands:
                made_first[f"{INVOICE}/{invoice_id}"] = (
                    f"invoice {number or 'without a number'} (not in QuickBooks)"
                )
    credit_id = None
    if isinstance(record, CreditApplication):
        credit = links.links_of(connection, realm, CREDIT, [record.source_id]).get(record.source_id)
        stands = credit is not None and credit.state == "live"
        credit_id = credit.quickbooks_id if credit and stands else pending_id(CREDIT, record.source_id)
    own = links.links_of(connection, realm, source_type, [record.source_id])
    if isinstance(record, Deposit):
        ids = [gathered.payment_id for gathered in record.payments]
        return Facts(received=received_of(links.links_of(connection, realm, PAYMENT, ids))), made_first
    if isinstance(record, Paper):
        return Facts(paper=_paper_facts(connection, realm, record, own.get(record.source_id))), made_first
    return Facts(parent_id, invoice_ids, pushed_before=bool(own), credit_id=credit_id), made_first


def _with_what_else_it_pays(
    connection: sa.Connection,
    realm: str,
    context: Context,
    payment: Payment,
    link: Link | None,
    facts: Facts,
) -> Facts:
    """The facts, with the payment's refunds and its own return, and with the returns of earlier payments that it pays."""
    refunds = paid_back_on_account(payment)
    linked = links.links_of(connection, realm, REFUND, refunds)
    paid_back = [
        Reopened(linked[refund].quickbooks_id, amount)
        for refund, amount in refunds.items()
        if refund in linked
        and linked[refund].state == "live"
        and linked[refund].quickbooks_type == "Purchase"
    ]
    own = links.links_of(connection, realm, RETURN_TYPE, [payment.source_id]).get(payment.source_id)
    standing = Standing(payment=existing_of(link), returned=existing_of(own), was_returned=own is not None)
    booked = is_booked_on_its_day(payment, standing, context)
    returned = own.quickbooks_id if own is not None else pending_id(RETURN_TYPE, payment.source_id)
    debts = debts_of(connection, realm, sorted(facts.invoice_ids.values()), {})
    return msgspec.structs.replace(
        facts,
        paid_back=paid_back,
        came_back=CameBack(returned) if booked else None,
        reopened={} if booked else debts.shares(payment, facts.invoice_ids, link),
    )


def _paper_facts(connection: sa.Connection, realm: str, paper: Paper, own: Link | None) -> PaperFacts:
    """What is known of a file without reading it: of one without a known SHA-256 that was never attached, not what its note would say."""
    owner = links_of_keys(connection, realm, [paper.belongs_to]).get(paper.belongs_to)
    stands = owner is not None and owner.state == "live"
    return PaperFacts(
        attach_to=(msgspec.convert(owner.quickbooks_type, Entity), owner.quickbooks_id)
        if owner is not None and stands
        else None,
        sha256=paper.sha256 or (sha256_of(own.mapped) if own is not None else None),
        unread=refusal(ReasonCode.PAPER_UNREADABLE, "The file is read when it is pushed."),
    )


def _party_key(record: Transaction | Paper) -> tuple[str, str] | None:
    if isinstance(record, Expense):
        key = vendor_key(record.vendor) if record.vendor is not None else None
        return None if key is None else (VENDOR, key)
    payer: Payer | None = getattr(record, "payer", None)  # a journal entry has none
    return None if payer is None else (payer.kind, payer.source_id)


def _party_name(record: Transaction | Paper) -> str:
    party: Payer | Vendor | None = getattr(record, "vendor" if isinstance(record, Expense) else "payer", None)
    return (party.name if party is not None else None) or (
        "a vendor" if isinstance(record, Expense) else "a customer"
    )


def _number_of(link: Link | None, outcome: Mapped) -> str | None:
    return None if link is None else link.mapped.get(KEY_FIELD[outcome.entity])


def _has_derived_number(outcome: Mapped, link: Link | None) -> bool:
    """Whether it was written under another number than its own: then another record has that."""
    number = _number_of(link, outcome)
    return number is not None and number != outcome.key


def _party(party: Payer | Vendor, link: Link | None) -> WouldStand:
    if isinstance(party, Payer):
        base, suffix = plain_name(party), payer_suffix(party)
        payload = map_customer(party, given_name(link, party.name, base, suffix) or base)
        entity = "Customer"
    else:
        suffix = "vendor" if party.source_id is None else f"vendor {party.source_id}"
        base = named_or(party.name, suffix.capitalize())
        payload = map_vendor(party, given_name(link, party.name, base, suffix) or base)
        entity = "Vendor"
    return WouldStand(entity=entity, payload=payload)


def is_left_as_it_is(company: Company, link: Link | None) -> bool:
    """Whether it is a customer or vendor that stood in QuickBooks before, and that this company leaves as it is there."""
    return link is not None and link.origin != _OURS and company.policies.matched_customers == "leave"
