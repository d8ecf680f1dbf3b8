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
from rentaxis_pipelines.matching.names import emails, name_key
from rentaxis_pipelines.model.decisions import NOTHING_DECIDED, Candidate, DecisionState
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.model.source_records import Vendor

NAME_ALONE = "name:"  # prefix of the key of a vendor without an id


class VendorMatch(msgspec.Struct, frozen=True):
    """How one vendor resolves.

    linked, matched: ``quickbooks_id`` is its own (matched: not linked yet). shared: it belongs to another vendor and is used
    without a link; or ``same_as`` is the key of a vendor in the same plan, which may not exist yet. waiting, stale: see ``why``.
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
) -> dict[str, VendorMatch]:
    """One match for each vendor, by key. ``owners``: the key of the vendor that each linked QuickBooks id belongs to.

    ``proven``: the QuickBooks vendor that each was booked to before the ledger was lost.
    """
    decided = decided or {}
    by_id = {person.quickbooks_id: person for person in existing}
    by_email: dict[str, list[str]] = defaultdict(list)
    by_name: dict[str, list[str]] = defaultdict(list)
    for person in by_id.values():
        if person.active:
            by_name[name_key(person.name)].append(person.quickbooks_id)
            for address in set(emails(person.email)):
                by_email[address].append(person.quickbooks_id)
    ours = _ours(proven or {}, by_id, owners, decided)
    spoken_for = {quickbooks_id for key, quickbooks_id in ours.items() if not key.startswith(NAME_ALONE)}
    fits: dict[str, tuple[list[str], str]] = {}
    for key, vendor in vendors.items():
        if key in ours:
            fits[key] = [ours[key]], "own"
        elif key not in links:
            ids, by = _fitting(key, vendor, by_email, by_name, owners, decided.get(key, NOTHING_DECIDED))
            free = [
                quickbooks_id
                for quickbooks_id in ids
                if quickbooks_id not in spoken_for or key.startswith(NAME_ALONE)
            ]
            fits[key] = free, by
    claims: dict[str, list[str]] = defaultdict(list)
    for key, (ids, _) in fits.items():
        if not key.startswith(NAME_ALONE):
            for quickbooks_id in ids:
                claims[quickbooks_id].append(key)
    bearers: dict[str, list[str]] = defaultdict(list)
    for key in sorted(vendors):
        if not key.startswith(NAME_ALONE):
            bearers[name_key(vendors[key].name or "")].append(key)
    matches: dict[str, VendorMatch] = {}
    taken = dict(owners)
    for key in sorted(vendors):  # sorted, so that of those known only by name, the first is always the same
        if key in links:
            matches[key] = _linked(vendors[key], links[key], by_id)
            continue
        named = bearers[name_key(vendors[key].name or "")]
        if key.startswith(NAME_ALONE) and len(named) == 1:
            matches[key] = VendorMatch("shared", same_as=named[0])
            continue
        matches[key] = match = _fitted(key, vendors[key], fits[key], claims, taken, by_id)
        if match.resolution == "matched" and match.quickbooks_id is not None:
            taken[match.quickbooks_id] = key
    return matches


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


def _linked(vendor: Vendor, link: Link, by_id: Mapping[str, Person]) -> VendorMatch:
    existing = by_id.get(link.quickbooks_id)
    if existing is not None and existing.active and existing.other_currency is not None:
        why = reasons.vendor_of_other_currency(vendor, link.source_id, existing)
        return VendorMatch("stale", link.quickbooks_id, refusal=why)
    if existing is not None and existing.active:
        return VendorMatch("linked", link.quickbooks_id)
    why = reasons.stale_vendor(vendor, link.source_id, link.quickbooks_number or link.quickbooks_id, existing)
    return VendorMatch("stale", link.quickbooks_id, refusal=why)


def _fitting(
    key: str,
    vendor: Vendor,
    by_email: Mapping[str, list[str]],
    by_name: Mapping[str, list[str]],
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

    named = free(by_name.get(name_key(vendor.name or ""), []))
    mailed = free(
        quickbooks_id for address in emails(vendor.email) for quickbooks_id in by_email.get(address, [])
    )
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
        return VendorMatch("waiting", refusal=reasons.vendor_of_other_currency(vendor, key, by_id[ids[0]]))
    if len(ids) == 1 and not rivals:
        shared = ids[0] in taken or (key.startswith(NAME_ALONE) and claims[ids[0]])
        return VendorMatch("shared" if shared else "matched", ids[0])
    people: Sequence[Person] = [by_id[quickbooks_id] for quickbooks_id in ids]
    candidates = [Candidate(person.quickbooks_id, person.name, by, person.active, 100) for person in people]
    return VendorMatch(
        "waiting", refusal=reasons.many_vendors(vendor, key, people, by), candidates=candidates
    )
