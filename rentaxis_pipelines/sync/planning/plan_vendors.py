"""The vendors that chosen expenses need: linked, found, or to be made, under which name.

Not here: who is who (``matching.vendors``), what a Vendor looks like (``mapping``), expenses (``planner``).
"""

import datetime as dt
import itertools
from collections.abc import Iterable, Mapping, Set
from typing import Any, cast

import msgspec

from rentaxis_pipelines.ledger import decisions, links, people
from rentaxis_pipelines.ledger.people import Person
from rentaxis_pipelines.mapping.parties import NO_TAX_DETAILS, map_vendor
from rentaxis_pipelines.mapping.text import given_names, with_suffix
from rentaxis_pipelines.matching.names import emails, name_key, words
from rentaxis_pipelines.matching.vendors import NAME_ALONE, VendorMatch, match_vendors, vendor_key
from rentaxis_pipelines.model.decisions import DecisionState, Question
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.phases import PARENTS
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.record_type import VENDOR, VENDORS
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.model.source_records import TaxDetails, Vendor
from rentaxis_pipelines.sync.known_links import link_to
from rentaxis_pipelines.sync.planning.names_in_use import NamesInUse, named_or
from rentaxis_pipelines.sync.planning.party_rows import (
    Parents,
    Party,
    because,
    behind_their_records,
    earliest,
    failed_before,
    party_row,
)
from rentaxis_pipelines.sync.planning.plan_context import PlanContext
from rentaxis_pipelines.sync.planning.planned import Subject
from rentaxis_pipelines.sync.planning.resolve_payers import question
from rentaxis_pipelines.sync.planning.why_stopped import left_out
from rentaxis_pipelines.sync.pushing.push import pending_id

ENTITY = "Vendor"


class _Vendors(msgspec.Struct, frozen=True):
    """What is known of the vendors of one plan, by vendor key. ``excluded``: of those that are linked to none."""

    parties: Mapping[str, Party]
    links: Mapping[str, Link]
    decided: Mapping[str, DecisionState]
    matches: Mapping[str, VendorMatch]
    excluded: Mapping[str, Refusal]
    failed: Mapping[tuple[str, str], Refusal]


def needed_vendors(
    context: PlanContext, wanted: Iterable[tuple[dt.date, Vendor]], booked_on: Mapping[str, Mapping[str, int]]
) -> Parents:
    """The vendors chosen expenses need, by vendor key. ``booked_on``: how many expenses of each are on which QuickBooks vendor.

    Linked ones that have changed in RentAxis since they were pushed are brought up to date.
    """
    known = _known(context, wanted, booked_on)
    names = NamesInUse(context.run)
    rows = _updates(context, known, names)
    brought_up_to_date = {row.source_id for row in rows if row.status is None}
    ids: dict[str, str] = {}
    waits: dict[str, Refusal] = {}
    # A vendor known by its name alone comes last: it may be the same as one of the others.
    for key in sorted(known.parties, key=lambda key: (key.startswith(NAME_ALONE), key)):
        match = known.matches[key]
        refused = known.excluded.get(key) or match.refusal or _stays_inactive(known, key, brought_up_to_date)
        if match.same_as is not None and key not in known.excluded:
            if match.same_as in ids:
                ids[key] = ids[match.same_as]
            else:
                waits[key] = waits[match.same_as]
        elif refused is not None:
            waits[key] = refused
        elif match.quickbooks_id is not None:
            ids[key] = match.quickbooks_id
        elif (VENDOR, key) in known.failed:
            waits[key] = known.failed[VENDOR, key]
        else:
            row = party_row(context, known.parties[key], None, names, phase=PARENTS)
            if row.action == "create":
                rows.append(row)
                ids[key] = pending_id(VENDOR, key)
            else:
                waits[key] = because(row)
    return Parents(rows, ids, waits)


def _stays_inactive(known: _Vendors, key: str, brought_up_to_date: Set[str]) -> Refusal | None:
    """Why a vendor that an undo made inactive is not made active again; None for any other."""
    link, label = known.links.get(key), known.parties[key].subject.label
    if link is None or link.state != "void" or key in brought_up_to_date:
        return None
    return known.failed.get((VENDOR, key)) or left_out(known.decided.get(key), VENDOR, key, label)


def _known(
    context: PlanContext, wanted: Iterable[tuple[dt.date, Vendor]], booked_on: Mapping[str, Mapping[str, int]]
) -> _Vendors:
    """What is known of these vendors, after what matching found is kept. A preview keeps nothing."""
    run = context.run
    first_day = earliest(
        (key, day, vendor) for day, vendor in wanted if (key := vendor_key(vendor)) is not None
    )
    taxed = _tax_details(context, [vendor for _, vendor in first_day.values()])
    parties = {
        key: _party(key, day, vendor, taxed.get(vendor.source_id or "", NO_TAX_DETAILS))
        for key, (day, vendor) in first_day.items()
    }
    vendors = {key: vendor for key, (_, vendor) in first_day.items()}
    known = links.links_of(run.connection, run.realm, VENDOR, vendors)
    decided = decisions.states_of(run.connection, run.realm, VENDOR, vendors)
    owners = {
        quickbooks_id: source_id
        for quickbooks_id, (_, source_id) in links.owners_of(run.connection, run.realm, ENTITY).items()
    }
    everybody = people.people(run.connection, run.realm, ENTITY)
    proven = _proven({key: party for key, party in parties.items() if key not in known}, everybody, booked_on)
    namesakes = _namesakes(context, {key: vendor for key, vendor in vendors.items() if key not in known})
    matches = match_vendors(vendors, everybody, known, owners, decided, proven, namesakes)
    # An excluded vendor is not linked, nor asked about; one that is linked already stays the vendor of its expenses.
    excluded = {
        key: why
        for key, party in parties.items()
        if key not in known and (why := left_out(decided.get(key), *party.key, party.subject.label))
    }
    if not context.request.preview:
        _keep(context, parties, {key: match for key, match in matches.items() if key not in excluded}, known)
    return _Vendors(parties, known, decided, matches, excluded, failed_before(context, (VENDOR,)))


def _namesakes(context: PlanContext, unlinked: Mapping[str, Vendor]) -> dict[str, dict[str, str]]:
    """Of the vendors known only by name: the linked ones with a record that bear it, by key, with their QuickBooks ids.

    Whether expenses of theirs are among those planned must not matter: they may be unchanged, or of another day.
    """
    nameless = {key: vendor.name or "" for key, vendor in unlinked.items() if key.startswith(NAME_ALONE)}
    found: dict[str, dict[str, str]] = {key: {} for key in nameless}
    named = links.live_of_type(context.connection, context.realm, VENDOR) if nameless else []
    for link in named:
        if link.source_id.startswith(NAME_ALONE):
            continue
        given = str(link.mapped.get("DisplayName") or "")
        for key, name in nameless.items():
            if _bears(given, name, link.source_id):
                found[key][link.source_id] = link.quickbooks_id
    return found


def _bears(given: str, name: str, source_id: str) -> bool:
    """Whether a vendor called ``given`` bears that name: one whose name was taken when it was made has its number behind it."""
    suffixed = with_suffix(name, f"vendor {source_id}")
    if not words(name):
        # Of "(vendor 7)" behind a name without letters "Vendor 7" would be left, which is what a vendor without a name is called.
        return given in (name.strip(), suffixed)
    return name_key(given) in (name_key(name), name_key(suffixed))


def _updates(context: PlanContext, known: _Vendors, names: NamesInUse) -> list[PlannedRow]:
    """The linked vendors that are behind their records: brought up to date, or why they cannot be.

    One that expenses know by its name alone has no record to follow. Force is for the expenses that were chosen.
    """
    context = context.unforced()
    following = {
        key: known.parties[key]
        for key, link in known.links.items()
        if known.matches[key].resolution == "linked"
        and link.state != "gone"
        and (VENDOR, key) not in known.failed
        and (link.state == "void" or not key.startswith(NAME_ALONE))
        and left_out(known.decided.get(key), VENDOR, key, key) is None
    }
    behind = behind_their_records(context, ENTITY, following, known.links)
    return [party_row(context, following[key], behind[key], names, phase=PARENTS) for key in sorted(behind)]


def _tax_details(context: PlanContext, vendors: Iterable[Vendor]) -> Mapping[str, TaxDetails]:
    """Of those with a record of their own, by its id; RentAxis is asked once for all of them."""
    ids = sorted({vendor.source_id for vendor in vendors if vendor.source_id is not None})
    return context.tax_details(ids) if ids else {}


def _party(key: str, day: dt.date, vendor: Vendor, taxed: TaxDetails) -> Party:
    subject = Subject(day, VENDORS, VENDOR, key, f"Vendor {vendor.name or key}")
    suffix = f"vendor {vendor.source_id}" if vendor.source_id is not None else "vendor"
    return Party(subject, vendor, named_or(vendor.name, f"Vendor {key}"), suffix, taxed)


def _proven(
    unlinked: Mapping[str, Party], everybody: Iterable[Person], booked_on: Mapping[str, Mapping[str, int]]
) -> dict[str, str]:
    """Vendors that the ledger does not know and that we made: our expenses are on one, or it bears the name only we would give.

    One expense alone does not prove it of a vendor of another name: its vendor may have been corrected in RentAxis since.
    """
    by_name = {person.name.casefold(): person.quickbooks_id for person in everybody}
    proven: dict[str, str] = {}
    for key, party in unlinked.items():
        names = given_names(party.name, party.suffix)
        given = [by_name.get(name.casefold()) for name in itertools.islice(names, 3)]
        booked = booked_on.get(key, {})
        sure = [
            quickbooks_id
            for quickbooks_id, expenses in booked.items()
            if quickbooks_id in given or expenses > 1
        ]
        if len(booked) == 1 and sure:
            proven[key] = sure[0]
        elif not key.startswith(NAME_ALONE) and (ours := [person for person in given[1:] if person]):
            proven[key] = ours[0]
    return proven


def _keep(
    context: PlanContext,
    parties: Mapping[str, Party],
    matches: Mapping[str, VendorMatch],
    known: Mapping[str, Link],
) -> None:
    """Keep new links, links that live again, and questions for people. Commits."""
    run = context.run
    ids = [match.quickbooks_id or "" for match in matches.values()]
    objects = people.objects(run.connection, run.realm, ENTITY, ids)
    changed: list[Link] = []
    asked: list[Question] = []
    for key, match in matches.items():
        party, link = parties[key], known.get(key)
        current = objects.get(match.quickbooks_id or "")
        if match.resolution == "matched" and current is not None and isinstance(party.record, Vendor):
            mapped = cast("dict[str, Any]", map_vendor(party.record, party.name))
            theirs = emails(current.get("PrimaryEmailAddr", {}).get("Address"))
            origin = "matched_email" if set(emails(party.record.email)) & set(theirs) else "adopted"
            changed.append(link_to(run, party.key, ENTITY, current, mapped, origin))
        elif match.resolution == "linked" and link is not None and link.state == "gone":
            changed.append(msgspec.structs.replace(link, state="live"))
        elif match.refusal is not None:
            asked.append(question(run, party.key, party.subject.label, match.refusal, match.candidates))
    links.save_links(run.connection, changed)
    decisions.keep_questions(run.connection, run.realm, [(VENDOR, key) for key in matches], asked)
    run.connection.commit()
