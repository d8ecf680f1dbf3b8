"""Which QuickBooks vendor a RentAxis vendor is. Pure: vendors, links and decisions in, one match a vendor out.

The rules, in this order: a link that stands; one that is proven to be ours; one active vendor with the same e-mail; one with exactly the same name; a new
one. Where several fit, or one fits several, a person decides. A vendor an expense knows by its name alone is no record of
its own: it is whoever bears that name, and it shares the QuickBooks vendor of a RentAxis vendor of that name. Of several such
that fit one QuickBooks vendor (by name, by e-mail), one is linked and the others share it.
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

NAME_ALONE = "name:"  # begins the key of a vendor without an id


class VendorMatch(msgspec.Struct, frozen=True):
    """How one vendor resolves.

    linked, matched: ``quickbooks_id`` is its own (matched: not linked yet). shared: it is another's, to be used without a
    link; ``same_as`` names a vendor of the same plan instead, which may still have to be made. waiting, stale: ``refusal``.
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

    ``proven``: the QuickBooks vendor that each was booked on before the ledger was lost.
    """
    decided = decided or {}
    by_id = {one.quickbooks_id: one for one in existing}
    by_email: dict[str, list[str]] = defaultdict(list)
    by_name: dict[str, list[str]] = defaultdict(list)
    for one in by_id.values():
        if one.active:
            by_name[name_key(one.name)].append(one.quickbooks_id)
            for address in set(emails(one.email)):
                by_email[address].append(one.quickbooks_id)
    ours = _ours(proven or {}, by_id, owners, decided)
    spoken_for = {one for key, one in ours.items() if not key.startswith(NAME_ALONE)}
    fits: dict[str, tuple[list[str], str]] = {}
    for key, vendor in vendors.items():
        if key in ours:
            fits[key] = [ours[key]], "own"
        elif key not in links:
            ids, by = _fitting(key, vendor, by_email, by_name, owners, decided.get(key, NOTHING_DECIDED))
            free = [one for one in ids if one not in spoken_for or key.startswith(NAME_ALONE)]
            fits[key] = free, by
    claims: dict[str, list[str]] = defaultdict(list)
    for key, (ids, _) in fits.items():
        if not key.startswith(NAME_ALONE):
            for one in ids:
                claims[one].append(key)
    bearers: dict[str, list[str]] = defaultdict(list)
    for key in sorted(vendors):
        if not key.startswith(NAME_ALONE):
            bearers[name_key(vendors[key].name or "")].append(key)
    found: dict[str, VendorMatch] = {}
    taken = dict(owners)
    for key in sorted(
        vendors
    ):  # those known by their name alone come in their order, so the first of them is always the same
        if key in links:
            found[key] = _linked(vendors[key], links[key], by_id)
            continue
        named = bearers[name_key(vendors[key].name or "")]
        if key.startswith(NAME_ALONE) and len(named) == 1:
            found[key] = VendorMatch("shared", same_as=named[0])
            continue
        found[key] = match = _fitted(key, vendors[key], fits[key], claims, taken, by_id)
        if match.resolution == "matched" and match.quickbooks_id is not None:
            taken[match.quickbooks_id] = key
    return found


def _ours(
    proven: Mapping[str, str],
    by_id: Mapping[str, Person],
    owners: Mapping[str, str],
    decided: Mapping[str, DecisionState],
) -> dict[str, str]:
    """Of the proven ones those that stand, are nobody else's, and were not said to be somebody else by a person."""
    times = Counter(one for key, one in proven.items() if not key.startswith(NAME_ALONE))
    return {
        key: one
        for key, one in proven.items()
        if one in by_id
        and by_id[one].active
        and one not in decided.get(key, NOTHING_DECIDED).rejected
        and (key.startswith(NAME_ALONE) or (owners.get(one, key) == key and times[one] == 1))
    }


def _linked(vendor: Vendor, link: Link, by_id: Mapping[str, Person]) -> VendorMatch:
    standing = by_id.get(link.quickbooks_id)
    if standing is not None and standing.active and standing.other_currency is not None:
        why = reasons.vendor_of_other_currency(vendor, link.source_id, standing)
        return VendorMatch("stale", link.quickbooks_id, refusal=why)
    if standing is not None and standing.active:
        return VendorMatch("linked", link.quickbooks_id)
    why = reasons.stale_vendor(vendor, link.source_id, link.quickbooks_number or link.quickbooks_id, standing)
    return VendorMatch("stale", link.quickbooks_id, refusal=why)


def _fitting(
    key: str,
    vendor: Vendor,
    by_email: Mapping[str, list[str]],
    by_name: Mapping[str, list[str]],
    owners: Mapping[str, str],
    standing: DecisionState,
) -> tuple[list[str], str]:
    """QuickBooks vendors that may be this one, and by what."""
    if standing.make_new is not None:
        return [], ""

    def free(ids: Iterable[str]) -> list[str]:
        # A vendor known by its name alone does not keep a vendor of that name from being found, nor the other way round.
        return sorted(
            one
            for one in set(ids) - standing.rejected
            if one not in owners or owners[one].startswith(NAME_ALONE) or key.startswith(NAME_ALONE)
        )

    named = free(by_name.get(name_key(vendor.name or ""), []))
    mailed = free(one for address in emails(vendor.email) for one in by_email.get(address, []))
    both = [one for one in mailed if one in named]
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
    rivals = [] if key.startswith(NAME_ALONE) else [one for one in claims[ids[0]] if one != key]
    if len(ids) == 1 and by_id[ids[0]].other_currency is not None:
        return VendorMatch("waiting", refusal=reasons.vendor_of_other_currency(vendor, key, by_id[ids[0]]))
    if len(ids) == 1 and not rivals:
        shared = ids[0] in taken or (key.startswith(NAME_ALONE) and claims[ids[0]])
        return VendorMatch("shared" if shared else "matched", ids[0])
    found: Sequence[Person] = [by_id[one] for one in ids]
    candidates = [Candidate(one.quickbooks_id, one.name, by, one.active, 100) for one in found]
    return VendorMatch(
        "waiting", refusal=reasons.several_vendors(vendor, key, found, by), candidates=candidates
    )
