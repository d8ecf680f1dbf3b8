"""Plans of customers and vendors: who is created, who is updated, under which name; links that matching found.

Here: customers as a chosen record type, and customers or vendors that other records need. Not here: who is who
(``matching``), what a Customer looks like (``mapping``).
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import msgspec

from rentaxis_pipelines.ledger import links, snapshots
from rentaxis_pipelines.ledger.reasons import ReasonCode
from rentaxis_pipelines.ledger.rows import Link, PlannedRow
from rentaxis_pipelines.mapping.outcome import Context, Mapped, NotMapped, content_hash
from rentaxis_pipelines.mapping.parties import (
    map_customer,
    map_vendor,
    payer_label,
    plan_customer,
    plan_vendor,
)
from rentaxis_pipelines.mapping.text import legal_display_name, with_suffix
from rentaxis_pipelines.matching.customers import Match, PayerKey
from rentaxis_pipelines.matching.vendors import match_vendors, vendor_key
from rentaxis_pipelines.rentaxis.records import Payer, Vendor
from rentaxis_pipelines.sync.choice import Choice, gate
from rentaxis_pipelines.sync.planned import PARENTS, RECORDS, Subject, existing_of, planned_row, save
from rentaxis_pipelines.sync.push import pending_id
from rentaxis_pipelines.sync.run import Run

Matches = Mapping[PayerKey, Match]
_LINK_ORIGINS = {"matched_email": "matched_email", "imported": "imported"}


def plan_customers(
    run: Run, context: Context, choice: Choice, payers: Sequence[tuple[dt.date, Payer]], matches: Matches
) -> str:
    """The plan of the customers of a date range; returns its id."""
    save_matched_links(run, choice, [payer for _, payer in payers], matches)
    known = payer_links(run, [payer for _, payer in payers])
    names = NamesInUse(run)
    rows: list[PlannedRow] = []
    subjects: list[Subject] = []
    for day, payer in sorted(payers, key=lambda one: (one[1].kind, one[1].source_id)):
        subject = Subject(day, "customers", payer.kind, payer.source_id, payer_label(payer))
        link = known.get((payer.kind, payer.source_id))
        subjects.append(subject)
        rows.append(_customer_row(subject, payer, link, matches, context, choice, names, phase=RECORDS))
    return save(run, choice, "customers", rows, subjects)


def needed_customers(
    run: Run, context: Context, choice: Choice, payers: Iterable[tuple[dt.date, Payer]], matches: Matches
) -> tuple[list[PlannedRow], dict[PayerKey, str]]:
    """Rows that make the customers chosen records need, and the customer id of each payer that has, or will have, one.

    An id of a customer still to be made is a ``pending_id``. Payers who wait for a person have none.
    """
    first_day: dict[PayerKey, tuple[dt.date, Payer]] = {}
    for day, payer in payers:
        key = (payer.kind, payer.source_id)
        if key not in first_day or day < first_day[key][0]:
            first_day[key] = (day, payer)
    distinct = [payer for _, payer in first_day.values()]
    save_matched_links(run, choice, distinct, matches)
    known = payer_links(run, distinct)
    names = NamesInUse(run)
    rows: list[PlannedRow] = []
    ids: dict[PayerKey, str] = {}
    for key in sorted(first_day):
        day, payer = first_day[key]
        match, link = matches[key], known.get(key)
        if link is not None and link.state == "live" and match.resolution != "stale":
            ids[key] = link.quickbooks_id  # also one that this very run has made since it matched
        elif match.quickbooks_id is not None and match.resolution != "stale":
            ids[key] = match.quickbooks_id
        elif match.resolution == "new" and choice.allows("customers"):
            subject = Subject(day, "customers", payer.kind, payer.source_id, payer_label(payer))
            row = _customer_row(
                subject, payer, known.get(key), matches, context, choice, names, phase=PARENTS
            )
            if row.action == "create":
                rows.append(row)
                ids[key] = pending_id(*key)
    return rows, ids


def _customer_row(
    subject: Subject,
    payer: Payer,
    link: Link | None,
    matches: Matches,
    context: Context,
    choice: Choice,
    names: "NamesInUse",
    *,
    phase: int,
) -> PlannedRow:
    outcome, payload = _plan_one(
        payer, link, matches[payer.kind, payer.source_id], context, choice, names, phase == PARENTS
    )
    return planned_row(
        subject, outcome, link, choice=choice, currency=context.company.currency, phase=phase, payload=payload
    )


def _plan_one(
    payer: Payer,
    link: Link | None,
    match: Match,
    context: Context,
    choice: Choice,
    names: "NamesInUse",
    needed: bool,
) -> tuple[Mapped | NotMapped, dict[str, Any] | None]:
    if closed := gate(choice, "customers"):
        return closed, None
    unresolved = refusal_of(match)
    if unresolved and payer.deleted_at is None:
        return unresolved, None
    base = legal_display_name(payer.name) or f"{payer.kind.capitalize()} {payer.source_id}"
    suffixed = with_suffix(base, f"{payer.kind} {payer.source_id}")
    existing = existing_of(link)
    ours = str(link.mapped.get("DisplayName")) if link else None
    kept = link is not None and ours in (base, suffixed)
    name = str(ours) if kept else names.choose(base, suffixed, besides=link.quickbooks_id if link else None)
    outcome = plan_customer(payer, existing, context, name, needed=needed)
    if isinstance(outcome, NotMapped):
        return outcome, None
    if outcome.action == "create":
        names.take(name)
        return outcome, None
    # RentAxis' name is what it was, so a name that differs in QuickBooks is the accountant's: it stays.
    payload = {
        field: value for field, value in outcome.payload.items() if not (kept and field == "DisplayName")
    }
    return outcome, cast("dict[str, Any]", payload)


def refusal_of(match: Match) -> NotMapped | None:
    """Why a payer is no customer yet, or None where nothing stands in the way."""
    if match.reason_code is None:
        return None
    return NotMapped(ReasonCode(match.reason_code), match.reason or "", match.how_to_fix or "")


def payer_links(run: Run, payers: Iterable[Payer]) -> dict[PayerKey, Link]:
    """The links of these payers."""
    by_kind: dict[str, set[str]] = {}
    for payer in payers:
        by_kind.setdefault(payer.kind, set()).add(payer.source_id)
    return {
        (kind, source_id): link
        for kind, ids in by_kind.items()
        for source_id, link in links.links_of(run.connection, run.realm, kind, ids).items()
    }


def save_matched_links(run: Run, choice: Choice, payers: Iterable[Payer], matches: Matches) -> None:
    """Keep the links matching found by itself (one e-mail, or imported). A dry run keeps nothing."""
    if choice.dry_run or not choice.allows("customers"):
        return
    known = payer_links(run, payers := list(payers))
    customers = {str(one["Id"]): one for one in snapshots.objects_of(run.connection, run.realm, "Customer")}
    new: dict[PayerKey, Link] = {}
    for payer in payers:
        key = (payer.kind, payer.source_id)
        match = matches[key]
        customer = customers.get(match.quickbooks_id or "")
        if match.resolution in _LINK_ORIGINS and key not in known and customer is not None:
            mapped = cast("dict[str, Any]", map_customer(payer, legal_display_name(payer.name)))
            new[key] = _found_link(run, key, "Customer", customer, mapped, _LINK_ORIGINS[match.resolution])
    links.save_links(run.connection, list(new.values()))
    run.connection.commit()


def _found_link(
    run: Run, key: tuple[str, str], entity: str, found: Mapping[str, Any], mapped: dict[str, Any], origin: str
) -> Link:
    return msgspec.convert(
        {
            "realm": run.realm,
            "source_type": key[0],
            "source_id": key[1],
            "quickbooks_type": entity,
            "quickbooks_id": str(found["Id"]),
            "sync_token": str(found["SyncToken"]),
            "content_hash": content_hash(mapped),
            "mapped": mapped,
            "owned": [],  # we wrote none of it
            "origin": origin,
            "quickbooks_number": str(found.get("DisplayName") or "") or None,
            "run_id": run.run_id,
            "updated_at": run.now(),
        },
        Link,
    )


def needed_vendors(
    run: Run, context: Context, choice: Choice, wanted: Iterable[tuple[dt.date, Vendor]]
) -> tuple[list[PlannedRow], dict[str, str]]:
    """Rows that make the vendors chosen expenses need, and the vendor id of each vendor by key (pending or real)."""
    first_day: dict[str, tuple[dt.date, Vendor]] = {}
    for day, vendor in wanted:
        key = vendor_key(vendor)
        if key is not None and (key not in first_day or day < first_day[key][0]):
            first_day[key] = (day, vendor)
    known = links.links_of(run.connection, run.realm, "vendor", first_day)
    vendors = snapshots.objects_of(run.connection, run.realm, "Vendor")
    by_id = {str(one["Id"]): one for one in vendors}
    owners = links.linked_objects(run.connection, run.realm, "Vendor")
    found = match_vendors({key: vendor for key, (_, vendor) in first_day.items()}, vendors, known, owners)
    names = NamesInUse(run)
    rows: list[PlannedRow] = []
    ids: dict[str, str] = {}
    new: list[Link] = []
    for key in sorted(first_day):
        day, vendor = first_day[key]
        quickbooks_id = found[key]
        if quickbooks_id is not None:
            ids[key] = quickbooks_id
            if key not in known:
                name = str(by_id[quickbooks_id].get("DisplayName") or "")
                mapped = cast("dict[str, Any]", map_vendor(vendor, name))
                new.append(
                    _found_link(run, ("vendor", key), "Vendor", by_id[quickbooks_id], mapped, "matched_email")
                )
            continue
        base = legal_display_name(vendor.name) or f"Vendor {key}"
        name = names.choose(base, with_suffix(base, f"vendor {vendor.source_id or ''}".strip()))
        outcome = plan_vendor(vendor, None, context, name)
        if isinstance(outcome, Mapped):
            names.take(name)
            subject = Subject(day, "vendors", "vendor", key, f"Vendor {vendor.name}")
            rows.append(
                planned_row(
                    subject, outcome, None, choice=choice, currency=context.company.currency, phase=PARENTS
                )
            )
            ids[key] = pending_id("vendor", key)
    if not choice.dry_run:
        links.save_links(run.connection, new)
        run.connection.commit()
    return rows, ids


class NamesInUse:
    """DisplayNames nobody else may take: unique across customers, vendors and employees, whatever the case."""

    def __init__(self, run: Run) -> None:
        self._owner: dict[str, str] = {}
        for entity in ("Customer", "Vendor", "Employee"):
            for found in snapshots.objects_of(run.connection, run.realm, entity):
                self._owner[str(found.get("DisplayName") or "").casefold()] = str(found["Id"])

    def choose(self, base: str, suffixed: str, besides: str | None = None) -> str:
        """The plain name if it is free (or the object's own), else the one with the stable suffix."""
        owner = self._owner.get(base.casefold())
        return base if owner is None or owner == besides else suffixed

    def take(self, name: str) -> None:
        """Nobody after this may have it."""
        self._owner[name.casefold()] = "planned"
