"""Which QuickBooks customer a tenant or program is. Pure: payers, customers, links and decisions in, one match a payer out.

The rules, in this order: a link that stands; a link RentAxis imported; a customer that carries our mark of this payer (the ledger was lost); exactly one active customer with the payer's e-mail,
which no other payer has; several customers or payers with one e-mail: a person decides; a customer of the same or nearly the
same name: a person confirms; none: a new customer. A customer that is somebody's already is nobody else's candidate, and one
that a person said it is not is never suggested again. The answer depends on neither the order of the payers nor of the
customers. A customer kept in another currency than the company's own serves nobody: it is named.

Not here: the sentences (``reasons``), where links and decisions are kept (``ledger``).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from rentaxis_pipelines.ledger.people import Person
from rentaxis_pipelines.matching import reasons
from rentaxis_pipelines.matching.names import emails, name_key, why_alike
from rentaxis_pipelines.matching.near import NearNames
from rentaxis_pipelines.model.decisions import NOTHING_DECIDED, Candidate, DecisionState
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.model.source_records import Payer

Resolution = Literal["linked", "imported", "own", "matched_email", "waiting", "ambiguous", "stale", "new"]
PayerKey = tuple[str, str]  # kind, source_id

SHOWN = 5  # candidates a person is shown, the likeliest first


class Match(msgspec.Struct, frozen=True):
    """How one payer resolves. ``quickbooks_id`` is set for linked, imported, own, matched_email and stale."""

    payer_kind: str
    payer_id: str
    resolution: Resolution
    quickbooks_id: str | None = None
    refusal: Refusal | None = None
    candidates: list[Candidate] = []


class Customers(msgspec.Struct, frozen=True):
    """The snapshot of customers, indexed once: matching is linear in payers and in customers."""

    by_id: dict[str, Person]
    by_email: dict[str, list[str]]  # active customers only
    by_name: dict[str, list[str]]


def index_customers(customers: Iterable[Person]) -> Customers:
    """Customers by id, by e-mail (active ones only) and by name."""
    by_id: dict[str, Person] = {}
    by_email: dict[str, list[str]] = defaultdict(list)
    by_name: dict[str, list[str]] = defaultdict(list)
    for customer in customers:
        by_id[customer.quickbooks_id] = customer
        by_name[name_key(customer.name)].append(customer.quickbooks_id)
        if customer.active:
            for address in set(emails(customer.email)):
                by_email[address].append(customer.quickbooks_id)
    return Customers(by_id, dict(by_email), dict(by_name))


def match_customers(
    payers: Iterable[Payer],
    customers: Customers,
    links: Mapping[PayerKey, Link],
    owners: Mapping[str, PayerKey],
    decided: Mapping[PayerKey, DecisionState] | None = None,
    imported_before: Mapping[str, Sequence[PayerKey]] | None = None,
    own: Mapping[PayerKey, Sequence[str]] | None = None,
) -> dict[PayerKey, Match]:
    """One match for each payer.

    ``links``: the ledger's links of these payers. ``owners``: which payer each linked customer id belongs to.
    ``decided``: what people decided about these payers. ``imported_before``: which payers each customer id came from by
    RentAxis' own record, those that are not among ``payers`` too. ``own``: the customers that carry our mark of each payer, of
    any payer.
    """
    by_key = {_key(payer): payer for payer in payers}
    decided = decided or {}
    found: dict[PayerKey, Match] = {}
    unlinked: dict[PayerKey, Payer] = {}
    imported: dict[str, set[PayerKey]] = defaultdict(set)
    elsewhere = set(
        owners.values()
    )  # the ledger's link counts, also where a person corrected RentAxis' record
    for quickbooks_id, keys in (imported_before or {}).items():
        if left := set(keys) - elsewhere:
            imported[quickbooks_id] = left
    for key in sorted(by_key):
        payer = by_key[key]
        if (link := links.get(key)) is not None:
            found[key] = _linked(payer, link, customers)
            continue
        unlinked[key] = payer
        if payer.imported_link is not None:
            imported[payer.imported_link.quickbooks_id].add(key)
    marked = _marked(own or {}, owners, decided)
    with_email = {
        key: _with_email(payer, customers, decided.get(key, NOTHING_DECIDED))
        for key, payer in unlinked.items()
        if payer.imported_link is None and key not in marked
    }
    claims: dict[str, list[PayerKey]] = defaultdict(list)
    for key, ids in with_email.items():
        for quickbooks_id in ids:
            claims[quickbooks_id].append(key)
    taken = {*imported, *owners, *(one for ids in marked.values() for one in ids)}
    by_name: dict[PayerKey, Payer] = {}
    for key, payer in unlinked.items():
        if payer.imported_link is not None:
            quickbooks_id = payer.imported_link.quickbooks_id
            others = {owners[quickbooks_id]} if quickbooks_id in owners else imported[quickbooks_id]
            found[key] = _imported(payer, quickbooks_id, customers, sorted(others - {key}))
            continue
        if key in marked:
            found[key] = _own(payer, [customers.by_id[one] for one in marked[key]])
            continue
        free = [one for one in with_email[key] if one not in taken]
        if not free:
            by_name[key] = payer
            continue
        rivals = sorted({other for one in free for other in claims[one]} - {key})
        found[key] = _by_email(payer, with_email[key], free, customers, [by_key[one] for one in rivals])
    matched = {one.quickbooks_id or "" for one in found.values() if one.resolution == "matched_email"}
    return found | _by_names(by_name, customers, matched.union(taken), decided)


def _key(payer: Payer) -> PayerKey:
    return payer.kind, payer.source_id


def _linked(payer: Payer, link: Link, customers: Customers) -> Match:
    customer = customers.by_id.get(link.quickbooks_id)
    if customer is not None and customer.active:
        return _usable(payer, customer, "linked")
    why = reasons.stale(payer, link.quickbooks_number or link.quickbooks_id, link.quickbooks_id, customer)
    return _because(payer, "stale", why, quickbooks_id=link.quickbooks_id)


def _imported(payer: Payer, quickbooks_id: str, customers: Customers, others: list[PayerKey]) -> Match:
    customer = customers.by_id.get(quickbooks_id)
    if customer is None or not customer.active:
        name = customer.name if customer else quickbooks_id
        why = reasons.stale(payer, name, quickbooks_id, customer)
        return _because(payer, "stale", why, quickbooks_id=quickbooks_id)
    if others:
        return _because(payer, "ambiguous", reasons.imported_twice(payer, customer, others[0]))
    return _usable(payer, customer, "imported")


def _usable(payer: Payer, customer: Person, resolution: Resolution) -> Match:
    """The customer, unless it is kept in another currency: then it is named, and nobody is made in its place."""
    if customer.other_currency is None:
        return Match(*_key(payer), resolution, customer.quickbooks_id)
    why = reasons.other_currency(payer, customer)
    return _because(payer, "stale", why, quickbooks_id=customer.quickbooks_id)


def _marked(
    own: Mapping[PayerKey, Sequence[str]],
    owners: Mapping[str, PayerKey],
    decided: Mapping[PayerKey, DecisionState],
) -> dict[PayerKey, list[str]]:
    """Of the customers that carry a payer's mark those that are nobody's, and that no person said to be somebody else."""
    left = {
        key: [
            one for one in ids if one not in owners and one not in decided.get(key, NOTHING_DECIDED).rejected
        ]
        for key, ids in own.items()
    }
    return {key: ids for key, ids in left.items() if ids}


def _own(payer: Payer, found: Sequence[Person]) -> Match:
    """A customer we made, also where the accountant has renamed it since."""
    active = [one for one in found if one.active]
    if len(active) == 1:
        return _usable(payer, active[0], "own")
    if active:
        candidates = [_candidate(payer, one, "our own mark", 100) for one in active]
        return _because(payer, "ambiguous", reasons.several_own(payer, active), candidates)
    why = reasons.stale(payer, found[0].name, found[0].quickbooks_id, found[0])
    return _because(payer, "stale", why, quickbooks_id=found[0].quickbooks_id)


def _with_email(payer: Payer, customers: Customers, standing: DecisionState) -> list[str]:
    """Active customers with the payer's e-mail; none for a payer who, a person said, is a new one."""
    if standing.make_new is not None:
        return []
    found = {one for address in emails(payer.email) for one in customers.by_email.get(address, [])}
    return sorted(found - standing.rejected, key=_by_number)


def _by_email(
    payer: Payer, ids: list[str], free: list[str], customers: Customers, rivals: list[Payer]
) -> Match:
    """``ids``: customers with the payer's e-mail; ``free``: those that are nobody's; ``rivals``: payers who have it too."""
    if len(ids) == 1 and payer.payers_with_same_email <= 1 and not rivals:
        return _usable(payer, customers.by_id[free[0]], "matched_email")
    candidates = [_candidate(payer, customers.by_id[one], "same e-mail", 100) for one in free]
    if len(ids) > 1:
        why = reasons.several_customers(payer, [customers.by_id[one] for one in ids], set(ids) - set(free))
    elif payer.payers_with_same_email > 1:
        why = reasons.several_payers(payer, customers.by_id[free[0]])
    else:
        why = reasons.several_claims(payer, customers.by_id[free[0]], rivals)
    return _because(payer, "ambiguous", why, candidates)


def _by_names(
    payers: Mapping[PayerKey, Payer],
    customers: Customers,
    taken: Collection[str],
    decided: Mapping[PayerKey, DecisionState],
) -> dict[PayerKey, Match]:
    if not payers:
        return {}
    free: dict[str, list[str]] = {}
    for name, ids in customers.by_name.items():
        if name and (left := sorted((one for one in ids if one not in taken), key=_by_number)):
            free[name] = left
    near = NearNames(free)
    found: dict[PayerKey, Match] = {}
    for key, payer in payers.items():
        standing = decided.get(key, NOTHING_DECIDED)
        name = name_key(payer.name or "")
        alike = [(name, 100), *near.like(name)] if name and standing.make_new is None else []
        ids = [
            (one, score)
            for other, score in alike
            for one in free.get(other, ())
            if one not in standing.rejected
        ]
        if ids:
            candidates = [_alike(payer, customers.by_id[one], score) for one, score in ids[:SHOWN]]
            found[key] = _because(payer, "waiting", reasons.alike(payer, candidates, len(ids)), candidates)
        else:
            found[key] = Match(*key, "new")
    return found


def _alike(payer: Payer, customer: Person, score: int) -> Candidate:
    return _candidate(payer, customer, why_alike(payer.name or "", customer.name), score)


def _candidate(payer: Payer, customer: Person, why: str, score: int) -> Candidate:
    ours, theirs = set(emails(payer.email)), set(emails(customer.email))
    if ours and theirs and not ours & theirs:
        why += ", another e-mail"
    if not customer.active:
        why += ", inactive in QuickBooks"
    if customer.other_currency is not None:
        why += f", kept in {customer.other_currency}"
    return Candidate(customer.quickbooks_id, customer.name, why, customer.active, score)


def _because(
    payer: Payer,
    resolution: Resolution,
    why: Refusal,
    candidates: list[Candidate] | None = None,
    quickbooks_id: str | None = None,
) -> Match:
    return Match(*_key(payer), resolution, quickbooks_id, why, candidates or [])


def _by_number(quickbooks_id: str) -> tuple[int, str]:
    return len(quickbooks_id), quickbooks_id
