"""The customers of properties, which those of tenants are put below: new ones, or all (``policies.sub_customers``).

Each is found by its link, else by the property's name among customers that are nobody's, else made, once, right before the first tenant that
needs it. It is never renamed or moved: what a person makes of it in QuickBooks stays. Invoices and payments are on the tenant's own customer,
so that what is paid and what pays are never on two levels. A customer that a person put below another stays there. Not here: the customers
of tenants (``plan_customers``).
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any, cast

import msgspec

from rentaxis_pipelines.ledger import links, people
from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.mapping.outcome import Mapped
from rentaxis_pipelines.mapping.text import legal_display_name
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.payload import Payload, content_hash
from rentaxis_pipelines.model.phases import PLACES
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.record_type import PROPERTY_CUSTOMER
from rentaxis_pipelines.model.record_types import BY_SOURCE_TYPE
from rentaxis_pipelines.model.source_records import Payer
from rentaxis_pipelines.sync.known_links import link_to
from rentaxis_pipelines.sync.planning.names_in_use import NamesInUse
from rentaxis_pipelines.sync.planning.plan_context import PlanContext
from rentaxis_pipelines.sync.planning.planned import Subject, planned_row
from rentaxis_pipelines.sync.pushing.push import pending_id

ENTITY = "Customer"


class PropertyCustomers(msgspec.Struct, frozen=True):
    """By property id: the customer's id, or a pending one; and the rows of those to be made. ``staying``: payers whose customer is not moved."""

    ids: Mapping[str, str] = {}
    rows: Mapping[str, PlannedRow] = {}
    staying: Set[Key] = frozenset()

    def above(self, payer: Payer) -> str | None:
        """The id of the customer that the payer's is to be below; None: it stays where it is."""
        if (payer.kind, payer.source_id) in self.staying:
            return None
        return self.ids.get(payer.home.property_id or "") if payer.home is not None else None

    def needed_by(self, rows: Sequence[PlannedRow], names: NamesInUse) -> list[PlannedRow]:
        """The rows of those that these rows wait for, each once in a plan."""
        wanted = {key for row in rows if row.status is None for key in row.pending}
        made = [row for row in self.rows.values() if f"{row.source_type}/{row.source_id}" in wanted]
        return [row for row in made if names.is_first(f"{row.source_type}/{row.source_id}")]


def property_customers(
    context: PlanContext,
    payers: Iterable[tuple[dt.date, Payer]],
    customers: Mapping[Key, Link],
    names: NamesInUse,
) -> PropertyCustomers:
    """Of the properties these payers live at; ``customers``: links of those they have. Keeps the links of those found; a preview keeps
    nothing.
    """
    if context.company.policies.sub_customers == "none":
        return PropertyCustomers()
    staying = _staying(context, customers)
    homes: dict[str, tuple[dt.date, str]] = {}
    for day, payer in sorted(payers, key=lambda dated: dated[0]):
        if (payer.kind, payer.source_id) in staying:
            continue
        if payer.home is not None and payer.home.property_id is not None:
            homes.setdefault(payer.home.property_id, (day, payer.home.property_name or ""))
    if not homes:
        return PropertyCustomers()
    known = links.links_of(context.connection, context.realm, PROPERTY_CUSTOMER, homes)
    ids = {source_id: link.quickbooks_id for source_id, link in known.items() if link.state == "live"}
    found = _found(context, {home: dated for home, dated in homes.items() if home not in ids})
    if not context.request.preview:
        links.save_links(context.connection, list(found.values()))
        context.connection.commit()
    ids |= {source_id: link.quickbooks_id for source_id, link in found.items()}
    rows: dict[str, PlannedRow] = {}
    for source_id, (day, name) in sorted(homes.items()):
        if source_id not in ids:
            rows[source_id] = _row(context, source_id, day, name, names)
            ids[source_id] = pending_id(PROPERTY_CUSTOMER, source_id)
    return PropertyCustomers(ids, rows, staying)


def _staying(context: PlanContext, customers: Mapping[Key, Link]) -> frozenset[Key]:
    """Of payers with customers, those whose customer is not moved: all, or those that a person put below another."""
    if context.company.policies.sub_customers != "property_and_move":
        return frozenset(customers)
    ids = [link.quickbooks_id for link in customers.values()]
    objects = people.objects(context.connection, context.realm, ENTITY, ids)

    def parent(fields: Mapping[str, Any]) -> str | None:
        reference = fields.get("ParentRef")
        return str(reference["value"]) if reference else None

    return frozenset(
        key
        for key, link in customers.items()
        if parent(objects.get(link.quickbooks_id, link.mapped)) not in (None, parent(link.mapped))
    )


def _found(context: PlanContext, homes: Mapping[str, tuple[dt.date, str]]) -> dict[str, Any]:
    """Links to active customers that bear a property's name and belong to no record. Two properties of one name share none."""
    owned = links.owners_of(context.connection, context.realm, ENTITY)
    free = {
        person.name.casefold(): person.quickbooks_id
        for person in people.people(context.connection, context.realm, ENTITY)
        if person.active and person.quickbooks_id not in owned and person.other_currency is None
    }
    wanted = {source_id: _name(source_id, name).casefold() for source_id, (_, name) in homes.items()}
    alone = {source_id for source_id, name in wanted.items() if list(wanted.values()).count(name) == 1}
    ids = {source_id: free[wanted[source_id]] for source_id in alone if wanted[source_id] in free}
    objects = people.objects(context.connection, context.realm, ENTITY, ids.values())
    return {
        source_id: link_to(
            context.run, (PROPERTY_CUSTOMER, source_id), ENTITY, objects[quickbooks_id], {}, "adopted"
        )
        for source_id, quickbooks_id in ids.items()
    }


def _row(context: PlanContext, source_id: str, day: dt.date, name: str, names: NamesInUse) -> PlannedRow:
    base = _name(source_id, name)
    key = f"{PROPERTY_CUSTOMER}/{source_id}"
    payload: Payload = {"DisplayName": names.choose(base, f"property {source_id}", f"new {key}")}
    subject = Subject(
        day,
        BY_SOURCE_TYPE[PROPERTY_CUSTOMER].name,
        PROPERTY_CUSTOMER,
        source_id,
        f"Customer of property {base}",
    )
    outcome = Mapped("create", ENTITY, payload, content_hash(payload), cast("str", payload["DisplayName"]))
    return planned_row(context, subject, outcome, None, phase=PLACES)


def _name(source_id: str, name: str) -> str:
    return legal_display_name(name or f"Property {source_id}")
