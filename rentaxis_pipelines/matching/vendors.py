"""Which QuickBooks vendor a RentAxis vendor is. Pure: vendors, links and decisions in, one match per vendor out.

The rules, in this order: an existing link; one that is proven to be ours; one active vendor with the same e-mail; one with exactly the
same name; a new one. If more than one matches, or one matches more than one, a person decides. A vendor that an expense knows only by
name is not a record of its own: it is whoever has that name, and it shares the QuickBooks vendor of a RentAxis vendor with that name. If
more than one of these match a QuickBooks vendor (by name, by e-mail), one is linked and the others share it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from rentaxis_pipelines.ledger.people import Person
from rentaxis_pipelines.matching import reasons
from rentaxis_pipelines.matching.names import name_key
from rentaxis_pipelines.matching.people_index import (
    PeopleIndex,
    claims_on,
    index_people,
    why_link_is_unusable,
)
from rentaxis_pipelines.matching.reasons import of_vendor
from rentaxis_pipelines.model.decisions import NOTHING_DECIDED, Candidate, DecisionState
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.model.source_records import Vendor

NAME_ALONE = "name:"  # prefix of the key of a vendor without an id


class VendorMatch(msgspec.Struct, frozen=True):
    """How one vendor resolves.

    linked, matched: ``quickbooks_id`` is its own (matched: not linked yet). shared: it belongs to another vendor and is used
    without a link; or ``same_as`` is the key of a vendor in the same plan, which may not exist yet. waiting, stale: see ``refusal``.
    """

    resolution: Literal["linked", "matched", "shared", "waiting", "stale", "new"]
    quickbooks_id: str | None = None
    same_as: str | None = None
    refusal: Refusal | None = None
    candidates: list[Candidate] = []


def vendor_key(vendor: Vendor) -> str | None:
    """What identifies the vendor in the ledger: its id, or its folded name; None for a vendor without either."""
    if vendor.source_id is not None:
        return vendor.source_id
    named = name_key(vendor.name or "")
    return f"{NAME_ALONE}{named}" if named else None


def match_vendors(
    vendors: Mapping[str, Vendor],
    existing: Iterable[Person],
    links: Mapping[str, Link],
    owners: Mapping[str, str],
    decided: Mapping[str, DecisionState] | None = None,
    proven: Mapping[str, str] | None = None,
    namesakes: Mapping[str, Mapping[str, str]] | None = None,
) -> dict[str, VendorMatch]:
    """One match for each vendor, by key. ``owners``: the key of the vendor that each linked QuickBooks id belongs to.

    ``proven``: the QuickBooks vendor that each was booked to before the ledger was lost. ``namesakes``: of vendors known only by name, the
    linked vendors with a record that bear that name, with their QuickBooks ids, whether or not they are among ``vendors``.
    """
    decided = decided or {}
    index = index_people(existing)
    ours = _ours(proven or {}, index.by_id, owners, decided)
    fits = _fits(vendors, index, links, owners, decided, ours)
    claims = claims_on({key: ids for key, (ids, _) in fits.items() if not key.startswith(NAME_ALONE)})
    with_name: dict[str, list[str]] = defaultdict(list)
    for key in sorted(vendors):
        if not key.startswith(NAME_ALONE):
            with_name[name_key(vendors[key].name or "")].append(key)
    matches: dict[str, VendorMatch] = {}
    taken = dict(owners)
    for key in sorted(vendors):  # sorted, so that of those known only by name, the first is always the same
        elsewhere = (namesakes or {}).get(key, {})
        same_name = {*with_name[name_key(vendors[key].name or "")], *elsewhere}
        if key in links:
            why = why_link_is_unusable(of_vendor(vendors[key], key), links[key], index)
            matches[key] = VendorMatch("stale" if why else "linked", links[key].quickbooks_id, refusal=why)
        elif key.startswith(NAME_ALONE) and len(same_name) == 1:
            (other,) = same_name
            is_planned = other in vendors
            matches[key] = VendorMatch(
                "shared",
                quickbooks_id=None if is_planned else elsewhere[other],
                same_as=other if is_planned else None,
            )
        else:
            matches[key] = match = _fitted(key, vendors[key], fits[key], claims, taken, index.by_id)
            if match.resolution == "matched" and match.quickbooks_id is not None:
                taken[match.quickbooks_id] = key
    return matches


def _fits(
    vendors: Mapping[str, Vendor],
    index: PeopleIndex,
    links: Mapping[str, Link],
    owners: Mapping[str, str],
    decided: Mapping[str, DecisionState],
    ours: Mapping[str, str],
) -> dict[str, tuple[list[str], str]]:
    """For each vendor without a link, the QuickBooks vendors that may be it, and what they have in common."""
    reserved = {quickbooks_id for key, quickbooks_id in ours.items() if not key.startswith(NAME_ALONE)}
    fits: dict[str, tuple[list[str], str]] = {}
    for key, vendor in vendors.items():
        if key in ours:
            fits[key] = [ours[key]], "own"
        elif key not in links:
            ids, by = _fitting(key, vendor, index, owners, decided.get(key, NOTHING_DECIDED))
            if not key.startswith(NAME_ALONE):
                ids = [quickbooks_id for quickbooks_id in ids if quickbooks_id not in reserved]
            fits[key] = ids, by
    return fits


def _ours(
    proven: Mapping[str, str],
    by_id: Mapping[str, Person],
    owners: Mapping[str, str],
    decided: Mapping[str, DecisionState],
) -> dict[str, str]:
    """The proven matches that are active, have no other owner, and were not rejected by a person."""
    times = Counter(quickbooks_id for key, quickbooks_id in proven.items() if not key.startswith(NAME_ALONE))
    return {
        key: quickbooks_id
        for key, quickbooks_id in proven.items()
        if quickbooks_id in by_id
        and by_id[quickbooks_id].active
        and quickbooks_id not in decided.get(key, NOTHING_DECIDED).rejected
        and (
            key.startswith(NAME_ALONE)
            or (owners.get(quickbooks_id, key) == key and times[quickbooks_id] == 1)
        )
    }


def _fitting(
    key: str,
    vendor: Vendor,
    index: PeopleIndex,
    owners: Mapping[str, str],
    decision: DecisionState,
) -> tuple[list[str], str]:
    """QuickBooks vendors that may be this one, and what they have in common."""
    if decision.make_new is not None:
        return [], ""

    def free(ids: Iterable[str]) -> list[str]:
        # A vendor known only by name does not prevent matching a vendor of that name, nor vice versa.
        return sorted(
            quickbooks_id
            for quickbooks_id in set(ids) - decision.rejected
            if quickbooks_id not in owners
            or owners[quickbooks_id].startswith(NAME_ALONE)
            or key.startswith(NAME_ALONE)
        )

    bearing_name = index.by_name.get(name_key(vendor.name or ""), [])
    named = free(quickbooks_id for quickbooks_id in bearing_name if index.by_id[quickbooks_id].active)
    mailed = free(index.ids_with_email(vendor.email))
    both = [quickbooks_id for quickbooks_id in mailed if quickbooks_id in named]
    if mailed:
        return (both if len(both) == 1 else mailed), "same e-mail"
    return named, "same name"


def _fitted(
    key: str,
    vendor: Vendor,
    fit: tuple[list[str], str],
    claims: Mapping[str, list[str]],
    taken: Mapping[str, str],
    by_id: Mapping[str, Person],
) -> VendorMatch:
    ids, by = fit
    if not ids:
        return VendorMatch("new")
    rivals = (
        [] if key.startswith(NAME_ALONE) else [claimant for claimant in claims[ids[0]] if claimant != key]
    )
    if len(ids) == 1 and by_id[ids[0]].other_currency is not None:
        return VendorMatch("waiting", refusal=reasons.other_currency(of_vendor(vendor, key), by_id[ids[0]]))
    if len(ids) == 1 and not rivals:
        shared = ids[0] in taken or (key.startswith(NAME_ALONE) and claims[ids[0]])
        return VendorMatch("shared" if shared else "matched", ids[0])
    people: Sequence[Person] = [by_id[quickbooks_id] for quickbooks_id in ids]
    candidates = [Candidate(person.quickbooks_id, person.name, by, person.active, 100) for person in people]
    return VendorMatch(
        "waiting", refusal=reasons.many_vendors(vendor, key, people, by), candidates=candidates
    )
