"""The vendors that chosen expenses need: linked, found, or to be made, under which name.

Not here: who is who (``matching.vendors``), what a Vendor looks like (``mapping``), expenses (``planner``).
"""

import datetime as dt
import itertools
from collections.abc import Iterable, Mapping
from typing import Any, cast

import msgspec

from rentaxis_pipelines.ledger import decisions, links, people
from rentaxis_pipelines.ledger.people import Person
from rentaxis_pipelines.mapping.outcome import Context, Mapped
from rentaxis_pipelines.mapping.parties import map_vendor, plan_vendor
from rentaxis_pipelines.matching.names import emails
from rentaxis_pipelines.matching.vendors import NAME_ALONE, VendorMatch, match_vendors, vendor_key
from rentaxis_pipelines.model.decisions import DecisionState, Question
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.phases import PARENTS
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.model.source_records import Vendor
from rentaxis_pipelines.sync.planning.current_links import NAME
from rentaxis_pipelines.sync.planning.excluded import left_out
from rentaxis_pipelines.sync.planning.names_in_use import NamesInUse, display_names, given_name, named_or
from rentaxis_pipelines.sync.planning.plan_parties import (
    Parents,
    failed_before,
    is_behind,
    with_changes_in_quickbooks,
)
from rentaxis_pipelines.sync.planning.planned import Subject, existing_of, planned_row
from rentaxis_pipelines.sync.planning.resolve_payers import found_link
from rentaxis_pipelines.sync.pushing.push import pending_id
from rentaxis_pipelines.sync.request import Terms
from rentaxis_pipelines.sync.run import Run

ENTITY = "Vendor"


class _Vendors(msgspec.Struct, frozen=True):
    """What is known of the vendors of one plan, by vendor key. ``excluded``: of those that are linked to none."""

    wanted: Mapping[str, tuple[dt.date, Vendor]]
    links: Mapping[str, Link]
    decided: Mapping[str, DecisionState]
    matches: Mapping[str, VendorMatch]
    excluded: Mapping[str, Refusal]
    failed: Mapping[tuple[str, str], Refusal]


def needed_vendors(
    run: Run,
    context: Context,
    terms: Terms,
    wanted: Iterable[tuple[dt.date, Vendor]],
    booked_on: Mapping[str, Mapping[str, int]],
) -> Parents:
    """The vendors chosen expenses need, by vendor key. ``booked_on``: how many expenses of each stand on which QuickBooks vendor.

    Linked ones that have changed in RentAxis since they were pushed are brought up to date.
    """
    found = _known(run, terms, wanted, booked_on)
    names = NamesInUse(run)
    rows = _following(run, context, terms, found, names)
    ids: dict[str, str] = {}
    waits: dict[str, Refusal] = {}
    # A vendor known by its name alone comes last: it may be the same as one of the others.
    for key in sorted(found.wanted, key=lambda one: (one.startswith(NAME_ALONE), one)):
        day, vendor = found.wanted[key]
        match = found.matches[key]
        if key in found.excluded:
            waits[key] = found.excluded[key]
        elif match.same_as is not None:
            if match.same_as in ids:
                ids[key] = ids[match.same_as]
            else:
                waits[key] = waits[match.same_as]
        elif match.refusal is not None:
            waits[key] = match.refusal
        elif match.quickbooks_id is not None:
            ids[key] = match.quickbooks_id
        elif ("vendor", key) in found.failed:
            waits[key] = found.failed["vendor", key]
        else:
            outcome = _new_vendor(key, vendor, context, names)
            if isinstance(outcome, Mapped):
                rows.append(_row(key, day, vendor, outcome, None, context, terms))
                ids[key] = pending_id("vendor", key)
            else:
                waits[key] = outcome
    return Parents(rows, ids, waits)


def _known(
    run: Run,
    terms: Terms,
    wanted: Iterable[tuple[dt.date, Vendor]],
    booked_on: Mapping[str, Mapping[str, int]],
) -> _Vendors:
    """What is known of these vendors, after what matching found is kept. A dry run keeps nothing."""
    first_day: dict[str, tuple[dt.date, Vendor]] = {}
    for day, vendor in wanted:
        key = vendor_key(vendor)
        if key is not None and (key not in first_day or day < first_day[key][0]):
            first_day[key] = (day, vendor)
    vendors = {key: vendor for key, (_, vendor) in first_day.items()}
    known = links.links_of(run.connection, run.realm, "vendor", vendors)
    decided = decisions.states_of(run.connection, run.realm, "vendor", vendors)
    owners = {
        quickbooks_id: source_id
        for quickbooks_id, (_, source_id) in links.linked_objects(run.connection, run.realm, ENTITY).items()
    }
    everybody = people.people(run.connection, run.realm, ENTITY)
    proven = _proven(vendors, known, everybody, booked_on)
    matches = match_vendors(vendors, everybody, known, owners, decided, proven)
    # An excluded vendor is not linked, nor asked about; one that is linked already stays the vendor of its expenses.
    excluded = {
        key: why
        for key, vendor in vendors.items()
        if key not in known and (why := left_out(decided, "vendor", key, _label(key, vendor)))
    }
    if not terms.request.preview:
        _keep(run, vendors, {key: one for key, one in matches.items() if key not in excluded}, known)
    return _Vendors(first_day, known, decided, matches, excluded, failed_before(run, ("vendor",)))


def _following(
    run: Run, context: Context, terms: Terms, found: _Vendors, names: NamesInUse
) -> list[PlannedRow]:
    """The linked vendors that are behind their records: brought up to date, or why they cannot be.

    One that expenses know by its name alone has no record to follow. Force is for the expenses that were chosen.
    """
    context, terms = (
        msgspec.structs.replace(context, force=False),
        terms.unforced(),
    )
    behind: dict[str, Link] = {}
    for key, link in found.links.items():
        linked = found.matches[key].resolution == "linked" and ("vendor", key) not in found.failed
        stays = key.startswith(NAME_ALONE) or left_out(found.decided, "vendor", key, key) is not None
        existing = existing_of(link)
        if not linked or stays or existing is None:
            continue
        vendor = found.wanted[key][1]
        if is_behind(plan_vendor(vendor, existing, context, _name(key, vendor, link))):
            behind[key] = link
    if not behind:
        return []
    known = with_changes_in_quickbooks(run, terms, ENTITY, behind)
    return [_update(key, *found.wanted[key], known[key], context, terms, names) for key in sorted(behind)]


def _update(
    key: str,
    day: dt.date,
    vendor: Vendor,
    link: Link,
    context: Context,
    terms: Terms,
    names: NamesInUse,
) -> PlannedRow:
    base, suffix = _base(key, vendor), _suffix(vendor)
    kept = given_name(link, vendor.name, base, suffix)
    name = kept or names.choose(base, suffix, f"{ENTITY}:{link.quickbooks_id}")
    outcome = plan_vendor(vendor, existing_of(link), context, name)
    payload = None
    if isinstance(outcome, Mapped) and kept is not None:
        # RentAxis' name is what it was, so a name that differs in QuickBooks is the accountant's: it stays.
        payload = cast("dict[str, Any]", {k: value for k, value in outcome.payload.items() if k != NAME})
    return _row(key, day, vendor, outcome, link, context, terms, payload)


def _row(
    key: str,
    day: dt.date,
    vendor: Vendor,
    outcome: Mapped | Refusal,
    link: Link | None,
    context: Context,
    terms: Terms,
    payload: dict[str, Any] | None = None,
) -> PlannedRow:
    subject = Subject(day, "vendors", "vendor", key, _label(key, vendor))
    currency = context.company.currency
    return planned_row(subject, outcome, link, terms=terms, currency=currency, phase=PARENTS, payload=payload)


def _proven(
    vendors: Mapping[str, Vendor],
    known: Mapping[str, Link],
    everybody: Iterable[Person],
    booked_on: Mapping[str, Mapping[str, int]],
) -> dict[str, str]:
    """Vendors that the ledger does not know and that we made: our expenses stand on one, or it bears the name only we would give.

    One expense alone does not prove it of a vendor of another name: its vendor may have been corrected in RentAxis since.
    """
    by_name = {one.name.casefold(): one.quickbooks_id for one in everybody}
    proven: dict[str, str] = {}
    for key, vendor in vendors.items():
        if key in known:
            continue
        names = display_names(_base(key, vendor), _suffix(vendor))
        given = [by_name.get(name.casefold()) for name in itertools.islice(names, 3)]
        booked = booked_on.get(key, {})
        sure = [one for one, expenses in booked.items() if one in given or expenses > 1]
        if len(booked) == 1 and sure:
            proven[key] = sure[0]
        elif vendor.source_id is not None and (found := [one for one in given[1:] if one]):
            proven[key] = found[0]
    return proven


def _label(key: str, vendor: Vendor) -> str:
    return f"Vendor {vendor.name or key}"


def _base(key: str, vendor: Vendor) -> str:
    return named_or(vendor.name, f"Vendor {key}")


def _suffix(vendor: Vendor) -> str:
    return f"vendor {vendor.source_id}" if vendor.source_id is not None else "vendor"


def _name(key: str, vendor: Vendor, link: Link) -> str:
    """The name the vendor was given, as long as it fits its record; its own name otherwise."""
    base = _base(key, vendor)
    return given_name(link, vendor.name, base, _suffix(vendor)) or base


def _new_vendor(key: str, vendor: Vendor, context: Context, names: NamesInUse) -> Mapped | Refusal:
    if not (vendor.name or "").strip():
        return Refusal(
            ReasonCode.MISSING_FIELD,
            f"{_label(key, vendor)} has no name.",
            "Enter the vendor's name in RentAxis, then run again.",
        )
    name = names.choose(_base(key, vendor), _suffix(vendor), f"new vendor {key}")
    return plan_vendor(vendor, None, context, name)


def _keep(
    run: Run, vendors: Mapping[str, Vendor], matches: Mapping[str, VendorMatch], known: Mapping[str, Link]
) -> None:
    """Keep new links, links that live again, and questions for people. Commits."""
    objects = people.objects(
        run.connection, run.realm, ENTITY, [one.quickbooks_id or "" for one in matches.values()]
    )
    changed: list[Link] = []
    asked: list[Question] = []
    for key, match in matches.items():
        vendor, link = vendors[key], known.get(key)
        current = objects.get(match.quickbooks_id or "")
        if match.resolution == "matched" and current is not None:
            mapped = cast("dict[str, Any]", map_vendor(vendor, _base(key, vendor)))
            theirs = emails(current.get("PrimaryEmailAddr", {}).get("Address"))
            origin = "matched_email" if set(emails(vendor.email)) & set(theirs) else "adopted"
            changed.append(found_link(run, ("vendor", key), ENTITY, current, mapped, origin))
        elif match.resolution == "linked" and link is not None and link.state == "gone":
            changed.append(msgspec.structs.replace(link, state="live"))
        elif match.refusal is not None:
            asked.append(
                Question(
                    realm=run.realm,
                    source_type="vendor",
                    source_id=key,
                    label=_label(key, vendor),
                    reason_code=match.refusal.code,
                    reason=match.refusal.reason,
                    how_to_fix=match.refusal.remedy,
                    candidates=match.candidates,
                    asked_at=run.now(),
                )
            )
    links.save_links(run.connection, changed)
    decisions.keep_questions(run.connection, run.realm, [("vendor", key) for key in matches], asked)
    run.connection.commit()
