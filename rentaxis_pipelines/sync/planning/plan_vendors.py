"""The vendors that chosen expenses need: linked, found, or to be made, under which name.

Not here: who is who (``matching.vendors``), what a Vendor looks like (``mapping``), expenses (``plan_records``).
"""

import datetime as dt
import itertools
from collections.abc import Iterable, Mapping
from typing import Any, cast

import msgspec

from rentaxis_pipelines.ledger import decisions, links, people
from rentaxis_pipelines.ledger.decisions import Question
from rentaxis_pipelines.ledger.people import Person
from rentaxis_pipelines.ledger.reasons import ReasonCode
from rentaxis_pipelines.ledger.rows import Link, PlannedRow
from rentaxis_pipelines.mapping.outcome import Context, Mapped, NotMapped
from rentaxis_pipelines.mapping.parties import map_vendor, plan_vendor
from rentaxis_pipelines.matching.names import emails
from rentaxis_pipelines.matching.vendors import NAME_ALONE, VendorMatch, match_vendors, vendor_key
from rentaxis_pipelines.rentaxis.records import Vendor
from rentaxis_pipelines.sync.choice import Choice
from rentaxis_pipelines.sync.planning.excluded import left_out
from rentaxis_pipelines.sync.planning.names_in_use import NamesInUse, display_names, named_or
from rentaxis_pipelines.sync.planning.plan_parties import Parents, failed_before
from rentaxis_pipelines.sync.planning.planned import PARENTS, Subject, planned_row
from rentaxis_pipelines.sync.planning.who import found_link
from rentaxis_pipelines.sync.pushing.push import pending_id
from rentaxis_pipelines.sync.run import Run

ENTITY = "Vendor"


def needed_vendors(
    run: Run,
    context: Context,
    choice: Choice,
    wanted: Iterable[tuple[dt.date, Vendor]],
    booked_on: Mapping[str, Mapping[str, int]],
) -> Parents:
    """The vendors chosen expenses need, by vendor key. ``booked_on``: how many expenses of each stand on which QuickBooks vendor."""
    first_day: dict[str, tuple[dt.date, Vendor]] = {}
    for day, vendor in wanted:
        key = vendor_key(vendor)
        if key is not None and (key not in first_day or day < first_day[key][0]):
            first_day[key] = (day, vendor)
    vendors = {key: vendor for key, (_, vendor) in first_day.items()}
    known = links.links_of(run.connection, run.realm, "vendor", vendors)
    decided = decisions.standing(run.connection, run.realm, "vendor", vendors)
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
    if not choice.dry_run:
        _keep(run, vendors, {key: one for key, one in matches.items() if key not in excluded}, known)
    failed = failed_before(run, ("vendor",))
    names = NamesInUse(run)
    rows: list[PlannedRow] = []
    ids: dict[str, str] = {}
    waits: dict[str, NotMapped] = {}
    # A vendor known by its name alone comes last: it may be the same as one of the others.
    for key in sorted(first_day, key=lambda one: (one.startswith(NAME_ALONE), one)):
        day, vendor = first_day[key]
        match = matches[key]
        if key in excluded:
            waits[key] = excluded[key]
        elif match.same_as is not None:
            if match.same_as in ids:
                ids[key] = ids[match.same_as]
            else:
                waits[key] = waits[match.same_as]
        elif match.why is not None:
            waits[key] = NotMapped(match.why.code, match.why.reason, match.why.how_to_fix)
        elif match.quickbooks_id is not None:
            ids[key] = match.quickbooks_id
        elif ("vendor", key) in failed:
            waits[key] = failed["vendor", key]
        else:
            outcome = _new_vendor(key, vendor, context, names)
            if isinstance(outcome, Mapped):
                subject = Subject(day, "vendors", "vendor", key, f"Vendor {vendor.name}")
                currency = context.company.currency
                rows.append(
                    planned_row(subject, outcome, None, choice=choice, currency=currency, phase=PARENTS)
                )
                ids[key] = pending_id("vendor", key)
            else:
                waits[key] = outcome
    return Parents(rows, ids, waits)


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
        suffix = f"vendor {vendor.source_id}" if vendor.source_id is not None else "vendor"
        names = display_names(named_or(vendor.name, f"Vendor {key}"), suffix)
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


def _new_vendor(key: str, vendor: Vendor, context: Context, names: NamesInUse) -> Mapped | NotMapped:
    if not (vendor.name or "").strip():
        return NotMapped(
            ReasonCode.MISSING_FIELD,
            f"{_label(key, vendor)} has no name.",
            "Enter the vendor's name in RentAxis, then run again.",
        )
    suffix = f"vendor {vendor.source_id}" if vendor.source_id is not None else "vendor"
    name = names.choose(named_or(vendor.name, f"Vendor {key}"), suffix, f"new vendor {key}")
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
        standing = objects.get(match.quickbooks_id or "")
        if match.resolution == "matched" and standing is not None:
            mapped = cast("dict[str, Any]", map_vendor(vendor, str(standing.get("DisplayName") or "")))
            theirs = emails(standing.get("PrimaryEmailAddr", {}).get("Address"))
            origin = "matched_email" if set(emails(vendor.email)) & set(theirs) else "adopted"
            changed.append(found_link(run, ("vendor", key), ENTITY, standing, mapped, origin))
        elif match.resolution == "linked" and link is not None and link.state == "gone":
            changed.append(msgspec.structs.replace(link, state="live"))
        elif match.why is not None:
            asked.append(
                Question(
                    realm=run.realm,
                    source_type="vendor",
                    source_id=key,
                    label=_label(key, vendor),
                    reason_code=match.why.code,
                    reason=match.why.reason,
                    how_to_fix=match.why.how_to_fix,
                    candidates=match.candidates,
                    asked_at=run.now(),
                )
            )
    links.save_links(run.connection, changed)
    decisions.keep_questions(run.connection, run.realm, [("vendor", key) for key in matches], asked)
    run.connection.commit()
