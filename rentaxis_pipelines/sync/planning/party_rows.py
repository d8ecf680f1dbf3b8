"""What planning customers and planning vendors share: the row of one and the name it gets, and those that are behind their records.

Not here: which of them are needed, and who is who (``plan_customers``, ``plan_vendors``).
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, cast

import msgspec

from rentaxis_pipelines.ledger import links, people
from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.mapping.outcome import Mapped
from rentaxis_pipelines.mapping.parties import NO_TAX_DETAILS, plan_customer, plan_vendor
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.marker import marker
from rentaxis_pipelines.model.payload import Entity
from rentaxis_pipelines.model.phases import PARENTS
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.refusal import Refusal, refusal_of
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.model.source_records import Payer, TaxDetails, Vendor
from rentaxis_pipelines.sync.planning.current_links import NAME, with_current_name
from rentaxis_pipelines.sync.planning.names_in_use import NamesInUse, given_name
from rentaxis_pipelines.sync.planning.plan_context import PlanContext
from rentaxis_pipelines.sync.planning.planned import Subject, existing_of, planned_row

PartyKey = TypeVar("PartyKey", str, tuple[str, str])
Record = TypeVar("Record", Payer, Vendor)


class Parents(msgspec.Struct, frozen=True):
    """What chosen records need before them: rows that make it, ids it has or will have, and why it has none."""

    rows: list[PlannedRow] = []
    ids: Mapping[Any, str] = {}  # by payer key or vendor key; a parent still to be made has a ``pending_id``
    waits: Mapping[Any, Refusal] = {}


class Party(msgspec.Struct, frozen=True):
    """A payer or vendor, and what its row is about. ``name``: its own, legal; ``suffix``: what tells it from others of that name."""

    subject: Subject
    record: Payer | Vendor
    name: str
    suffix: str
    taxed: TaxDetails = NO_TAX_DETAILS
    parent_id: str | None = None

    @property
    def key(self) -> Key:
        """Its source type and id."""
        return self.subject.source_type, self.subject.source_id

    @property
    def entity(self) -> Entity:
        """What it is in QuickBooks."""
        return "Customer" if isinstance(self.record, Payer) else "Vendor"

    def given_name(self, link: Link | None) -> str | None:
        """The name it was given in QuickBooks, if that still fits its record."""
        return given_name(link, self.record.name, self.name, self.suffix)

    def outcome(
        self, context: PlanContext, link: Link | None, name: str, *, needed: bool
    ) -> Mapped | Refusal:
        """What mapping decides about it under that name."""
        existing = existing_of(link)
        if isinstance(self.record, Payer):
            return plan_customer(
                self.record, existing, context.mapping, name, needed=needed, parent_id=self.parent_id
            )
        return plan_vendor(self.record, existing, context.mapping, name, self.taxed)


def earliest(wanted: Iterable[tuple[PartyKey, dt.date, Record]]) -> dict[PartyKey, tuple[dt.date, Record]]:
    """Each record with the first day it is needed on."""
    first: dict[PartyKey, tuple[dt.date, Record]] = {}
    for key, day, record in wanted:
        if key not in first or day < first[key][0]:
            first[key] = (day, record)
    return first


def party_row(
    context: PlanContext, party: Party, link: Link | None, names: NamesInUse, *, phase: int
) -> PlannedRow:
    """The row that creates or updates the customer or vendor, or says why not."""
    needed = phase == PARENTS
    # One that an undo made inactive lost its name to " (deleted)"; it gets one as if it were new.
    is_inactive = link is not None and link.state == "void"
    given = None if is_inactive else party.given_name(link)
    # Whether anything is written does not depend on the name, so a name is only taken for a customer that gets it.
    outcome = party.outcome(context, link, given or party.name, needed=needed)
    if given is None and isinstance(outcome, Mapped):
        is_live = link is not None and link.state != "gone"
        owner = f"{party.entity}:{link.quickbooks_id}" if link is not None and is_live else f"new {party.key}"
        name = names.choose(party.name, party.suffix, owner)
        outcome = party.outcome(context, link, name, needed=needed)
    payload = _payload(party, outcome, given) if isinstance(outcome, Mapped) else None
    if is_inactive and isinstance(outcome, Mapped):
        payload = {**cast("dict[str, Any]", outcome.payload), "Active": True}
    return planned_row(context, party.subject, outcome, link, phase=phase, payload=payload)


def _payload(party: Party, outcome: Mapped, given: str | None) -> dict[str, Any] | None:
    payload = cast("dict[str, Any]", outcome.payload)
    if outcome.action == "create" and party.entity == "Customer":
        # The mark is sent and not kept: it says whose the customer is should the ledger ever be lost, and is the accountant's to remove.
        return {**payload, "Notes": marker(*party.key)}
    if given is None:
        return None
    # RentAxis' name is what it was, so a name that differs in QuickBooks is the accountant's: it stays.
    return {field: value for field, value in payload.items() if field != NAME}


def behind_their_records(
    context: PlanContext, entity: Entity, parties: Mapping[PartyKey, Party], known: Mapping[PartyKey, Link]
) -> dict[PartyKey, Link]:
    """The links, as they are now, of those that are to be changed in QuickBooks for their records, or cannot be, whole or in part."""
    behind: dict[PartyKey, Link] = {}
    for key, party in parties.items():
        outcome = party.outcome(context, known[key], party.given_name(known[key]) or party.name, needed=False)
        unfit = isinstance(outcome, Refusal) and outcome.code == ReasonCode.UNFIT_FIELD
        if isinstance(outcome, Mapped) or outcome.status == "failed" or unfit:
            behind[key] = known[key]
    return with_changes_in_quickbooks(context, entity, behind) if behind else {}


def with_changes_in_quickbooks(
    context: PlanContext, entity: Entity, known: Mapping[PartyKey, Link]
) -> dict[PartyKey, Link]:
    """The same with links as their customers or vendors are now; what that changes of them is kept."""
    ids = [link.quickbooks_id for link in known.values()]
    objects = people.objects(context.connection, context.realm, entity, ids)
    now = {key: with_current_name(link, objects.get(link.quickbooks_id)) for key, link in known.items()}
    if not context.request.preview:
        links.save_links(context.connection, [link for key, link in now.items() if link != known[key]])
        context.connection.commit()
    return now


def failed_before(context: PlanContext, source_types: Iterable[str]) -> dict[Key, Refusal]:
    """Parents that this very run could not make: they are not tried again until the next one."""
    refused = people.refused_in_run(context.connection, context.realm, context.run.run_id, source_types)
    return {(row.source_type, row.source_id): because(row) for row in refused}


def because(row: PlannedRow | RowResult) -> Refusal:
    """Why a row is not written."""
    return refusal_of(row) or Refusal(ReasonCode.WAITING_FOR_PARENT, "", "")
