"""Which QuickBooks customer a tenant or program is. Pure: payers, customers, links and decisions in, one match per payer out.

The rules, in this order: an existing link; a link RentAxis imported; a customer with our mark of this payer (the ledger was lost);
exactly one active customer with the payer's e-mail, which no other payer has; more than one customer or payer with the same e-mail: a
person decides; a customer with the same or nearly the same name: a person confirms; none: a new customer. A customer that already
belongs to a payer is not a candidate for another, and one that a person rejected is never suggested again. The result depends on
neither the order of the payers nor of the customers. A customer in a currency other than the company's cannot be used: it is reported.

Not here: the sentences (``reasons``), where links and decisions are stored (``ledger``).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from rentaxis_pipelines.ledger.people import Person
from rentaxis_pipelines.matching import reasons
from rentaxis_pipelines.matching.names import emails, name_key, why_alike
from rentaxis_pipelines.matching.near import NearNames
from rentaxis_pipelines.matching.people_index import (
    PeopleIndex,
    claims_on,
    why_link_is_unusable,
    why_unusable,
)
from rentaxis_pipelines.matching.reasons import of_payer
from rentaxis_pipelines.model.decisions import NOTHING_DECIDED, Candidate, DecisionState
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.model.source_records import Payer

Resolution = Literal["linked", "imported", "own", "matched_email", "waiting", "ambiguous", "stale", "new"]
PayerKey = tuple[str, str]  # kind, source_id

SHOWN = 5  # candidates shown to a person, most likely first


class Match(msgspec.Struct, frozen=True):
    """How one payer resolves. ``quickbooks_id`` is set for linked, imported, own, matched_email and stale."""

    payer_kind: str
    payer_id: str
    resolution: Resolution
    quickbooks_id: str | None = None
    refusal: Refusal | None = None
    candidates: list[Candidate] = []


def match_customers(
    payers: Iterable[Payer],
    customers: PeopleIndex,
    links: Mapping[PayerKey, Link],
    owners: Mapping[str, PayerKey],
    decided: Mapping[PayerKey, DecisionState] | None = None,
    imported_before: Mapping[str, Sequence[PayerKey]] | None = None,
    own: Mapping[PayerKey, Sequence[str]] | None = None,
) -> dict[PayerKey, Match]:
    """One match for each payer.

    ``links``: the ledger's links of these payers. ``owners``: which payer each linked customer id belongs to.
    ``decided``: what people decided about these payers. ``imported_before``: which payers each customer id belongs to according
    to RentAxis' own records, including payers that are not among ``payers``. ``own``: the customers that carry our mark, by payer.
    """
    decided = decided or {}
    by_key = {_key(payer): payer for payer in sorted(payers, key=_key)}
    unlinked = {key: payer for key, payer in by_key.items() if key not in links}
    imported = _imported_by(unlinked, owners, imported_before or {})
    marked = _marked(own or {}, owners, decided)
    matches: dict[PayerKey, Match] = {}
    unknown: dict[PayerKey, Payer] = {}
    for key, payer in by_key.items():
        if key in links:
            matches[key] = _linked(payer, links[key], customers)
        elif payer.imported_link is not None:
            matches[key] = _imported(payer, payer.imported_link.quickbooks_id, customers, owners, imported)
        elif key in marked:
            matches[key] = _own(payer, [customers.by_id[quickbooks_id] for quickbooks_id in marked[key]])
        else:
            unknown[key] = payer
    taken = {*imported, *owners, *(quickbooks_id for ids in marked.values() for quickbooks_id in ids)}
    by_email = _by_emails(unknown, customers, taken, decided)
    taken |= {match.quickbooks_id for match in by_email.values() if match.quickbooks_id and not match.refusal}
    without_email = {key: payer for key, payer in unknown.items() if key not in by_email}
    return matches | by_email | _by_names(without_email, customers, taken, decided)


def _imported_by(
    unlinked: Mapping[PayerKey, Payer],
    owners: Mapping[str, PayerKey],
    imported_before: Mapping[str, Sequence[PayerKey]],
) -> dict[str, set[PayerKey]]:
    """Which payers each customer belongs to according to RentAxis. The ledger's link takes precedence, even if a person corrected
    RentAxis' record.
    """
    linked = set(owners.values())
    imported = {
        quickbooks_id: left for quickbooks_id, keys in imported_before.items() if (left := set(keys) - linked)
    }
    for key, payer in unlinked.items():
        if payer.imported_link is not None:
            imported.setdefault(payer.imported_link.quickbooks_id, set()).add(key)
    return imported


def _key(payer: Payer) -> PayerKey:
    return payer.kind, payer.source_id


def _linked(payer: Payer, link: Link, customers: PeopleIndex) -> Match:
    why = why_link_is_unusable(of_payer(payer), link, customers)
    return Match(*_key(payer), "stale" if why else "linked", link.quickbooks_id, why)


def _imported(
    payer: Payer,
    quickbooks_id: str,
    customers: PeopleIndex,
    owners: Mapping[str, PayerKey],
    imported: Mapping[str, set[PayerKey]],
) -> Match:
    customer = customers.by_id.get(quickbooks_id)
    claimants = {owners[quickbooks_id]} if quickbooks_id in owners else imported[quickbooks_id]
    others = sorted(claimants - {_key(payer)})
    if customer is not None and customer.active and others:
        return _because(payer, "ambiguous", reasons.imported_twice(payer, customer, others[0]))
    return _usable(payer, customer, quickbooks_id, "imported")


def _usable(payer: Payer, customer: Person | None, quickbooks_id: str, resolution: Resolution) -> Match:
    """The customer if it can be used; if not, it is reported, and no new customer is created in its place."""
    why = why_unusable(of_payer(payer), customer, quickbooks_id, customer.name if customer else quickbooks_id)
    return Match(*_key(payer), "stale" if why else resolution, quickbooks_id, why)


def _marked(
    own: Mapping[PayerKey, Sequence[str]],
    owners: Mapping[str, PayerKey],
    decided: Mapping[PayerKey, DecisionState],
) -> dict[PayerKey, list[str]]:
    """The customers with a payer's mark that have no owner and that no person has rejected."""
    left = {
        key: [
            quickbooks_id
            for quickbooks_id in ids
            if quickbooks_id not in owners and quickbooks_id not in decided.get(key, NOTHING_DECIDED).rejected
        ]
        for key, ids in own.items()
    }
    return {key: ids for key, ids in left.items() if ids}


def _own(payer: Payer, marked: Sequence[Person]) -> Match:
    """A customer we created, even if it has been renamed since."""
    active = [customer for customer in marked if customer.active]
    if len(active) > 1:
        candidates = [_candidate(payer, customer, "our own mark", 100) for customer in active]
        return _because(payer, "ambiguous", reasons.mark_on_many_customers(payer, active), candidates)
    customer = (active or marked)[0]
    return _usable(payer, customer, customer.quickbooks_id, "own")


def _by_emails(
    payers: Mapping[PayerKey, Payer],
    customers: PeopleIndex,
    taken: Collection[str],
    decided: Mapping[PayerKey, DecisionState],
) -> dict[PayerKey, Match]:
    """The matches of those whose e-mail a customer without an owner has."""
    with_email = {
        key: _with_email(payer, customers, decided.get(key, NOTHING_DECIDED)) for key, payer in payers.items()
    }
    claims = claims_on(with_email)
    matches: dict[PayerKey, Match] = {}
    for key, ids in with_email.items():
        if free := [quickbooks_id for quickbooks_id in ids if quickbooks_id not in taken]:
            rivals = sorted({other for quickbooks_id in free for other in claims[quickbooks_id]} - {key})
            matches[key] = _by_email(payers[key], ids, free, customers, [payers[rival] for rival in rivals])
    return matches


def _with_email(payer: Payer, customers: PeopleIndex, decision: DecisionState) -> list[str]:
    """Active customers with the payer's e-mail; none if a person decided that the payer is new."""
    if decision.make_new is not None:
        return []
    return sorted(customers.ids_with_email(payer.email) - decision.rejected, key=_by_number)


def _by_email(
    payer: Payer, ids: list[str], free: list[str], customers: PeopleIndex, rivals: list[Payer]
) -> Match:
    """``ids``: customers with the payer's e-mail; ``free``: those without an owner; ``rivals``: other payers who have it."""
    if len(ids) == 1 and payer.payers_with_same_email <= 1 and not rivals:
        return _usable(payer, customers.by_id[free[0]], free[0], "matched_email")
    candidates = [
        _candidate(payer, customers.by_id[quickbooks_id], "same e-mail", 100) for quickbooks_id in free
    ]
    if len(ids) > 1:
        why = reasons.email_on_many_customers(
            payer, [customers.by_id[quickbooks_id] for quickbooks_id in ids], set(ids) - set(free)
        )
    elif payer.payers_with_same_email > 1:
        why = reasons.email_on_many_payers(payer, customers.by_id[free[0]])
    else:
        why = reasons.addresses_of_many_payers(payer, customers.by_id[free[0]], rivals)
    return _because(payer, "ambiguous", why, candidates)


def _by_names(
    payers: Mapping[PayerKey, Payer],
    customers: PeopleIndex,
    taken: Collection[str],
    decided: Mapping[PayerKey, DecisionState],
) -> dict[PayerKey, Match]:
    if not payers:
        return {}
    free: dict[str, list[str]] = {}
    for name, ids in customers.by_name.items():
        if name and (
            left := sorted(
                (quickbooks_id for quickbooks_id in ids if quickbooks_id not in taken), key=_by_number
            )
        ):
            free[name] = left
    near = NearNames(free)
    matches: dict[PayerKey, Match] = {}
    for key, payer in payers.items():
        decision = decided.get(key, NOTHING_DECIDED)
        name = name_key(payer.name or "")
        alike = [(name, 100), *near.like(name)] if name and decision.make_new is None else []
        ids = [
            (quickbooks_id, score)
            for other, score in alike
            for quickbooks_id in free.get(other, ())
            if quickbooks_id not in decision.rejected
        ]
        if ids:
            candidates = [
                _alike(payer, customers.by_id[quickbooks_id], score) for quickbooks_id, score in ids[:SHOWN]
            ]
            matches[key] = _because(payer, "waiting", reasons.alike(payer, candidates, len(ids)), candidates)
        else:
            matches[key] = Match(*key, "new")
    return matches


def _alike(payer: Payer, customer: Person, score: int) -> Candidate:
    return _candidate(payer, customer, why_alike(payer.name or "", customer.name), score)


def _candidate(payer: Payer, customer: Person, why: str, score: int) -> Candidate:
    ours, theirs = set(emails(payer.email)), set(emails(customer.email))
    if ours and theirs and not ours & theirs:
        why += ", different e-mail"
    if not customer.active:
        why += ", inactive in QuickBooks"
    if customer.other_currency is not None:
        why += f", in {customer.other_currency}"
    return Candidate(customer.quickbooks_id, customer.name, why, customer.active, score)


def _because(
    payer: Payer, resolution: Resolution, why: Refusal, candidates: list[Candidate] | None = None
) -> Match:
    return Match(*_key(payer), resolution, None, why, candidates or [])


def _by_number(quickbooks_id: str) -> tuple[int, str]:
    return len(quickbooks_id), quickbooks_id
