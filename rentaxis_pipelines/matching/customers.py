"""Which QuickBooks customer a tenant or program is. Pure: payers, customers and links in, one match a payer out.

The rules, in this order: a link that stands; a link RentAxis imported; exactly one active customer with the payer's e-mail,
which no other payer has; several customers or payers with one e-mail: a person decides; a customer of the same name: a person
confirms; none: a new customer. The answer depends on neither the order of the payers nor of the customers.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec

from rentaxis_pipelines.ledger.reasons import ReasonCode
from rentaxis_pipelines.ledger.rows import Link
from rentaxis_pipelines.matching.names import emails, name_key, why_alike
from rentaxis_pipelines.rentaxis.records import Payer

Resolution = Literal["linked", "imported", "matched_email", "waiting", "ambiguous", "stale", "new"]
PayerKey = tuple[str, str]  # kind, source_id


class Candidate(msgspec.Struct, frozen=True):
    """A customer a person may confirm, and why it is suggested."""

    quickbooks_id: str
    display_name: str
    why: str
    active: bool


class Match(msgspec.Struct, frozen=True):
    """How one payer resolves. ``quickbooks_id`` is set for linked, imported and matched_email."""

    payer_kind: str
    payer_id: str
    resolution: Resolution
    quickbooks_id: str | None = None
    reason_code: str | None = None
    reason: str | None = None
    how_to_fix: str | None = None
    candidates: list[Candidate] = []


class Customers(msgspec.Struct, frozen=True):
    """The snapshot of customers, indexed once: matching is linear in payers and in customers."""

    by_id: dict[str, dict[str, Any]]
    by_email: dict[str, list[str]]
    by_name: dict[str, list[str]]


def index_customers(customers: Iterable[dict[str, Any]]) -> Customers:
    """Customers as QuickBooks gives them, by id, by e-mail (active ones only) and by name."""
    by_id: dict[str, dict[str, Any]] = {}
    by_email: dict[str, list[str]] = defaultdict(list)
    by_name: dict[str, list[str]] = defaultdict(list)
    for customer in customers:
        quickbooks_id = str(customer["Id"])
        by_id[quickbooks_id] = customer
        by_name[name_key(display_name(customer))].append(quickbooks_id)
        if customer.get("Active", True):
            for address in set(emails(customer.get("PrimaryEmailAddr", {}).get("Address"))):
                by_email[address].append(quickbooks_id)
    return Customers(by_id, dict(by_email), dict(by_name))


def match_customers(
    payers: Iterable[Payer],
    customers: Customers,
    links: Mapping[PayerKey, Link],
    owners: Mapping[str, PayerKey],
) -> dict[PayerKey, Match]:
    """One match for each payer.

    ``links``: the ledger's links of these payers. ``owners``: which payer each linked customer id belongs to; a customer
    that is somebody's already is nobody else's candidate.
    """
    return {(payer.kind, payer.source_id): _match(payer, customers, links, owners) for payer in payers}


def _match(
    payer: Payer, customers: Customers, links: Mapping[PayerKey, Link], owners: Mapping[str, PayerKey]
) -> Match:
    key = (payer.kind, payer.source_id)
    link = links.get(key)
    if link is not None:
        return _linked(payer, link, customers)
    if payer.imported_link is not None:
        return Match(payer.kind, payer.source_id, "imported", payer.imported_link.quickbooks_id)
    free = [found for found in _with_email(payer, customers) if found not in owners]
    if free and (len(free) > 1 or payer.payers_with_same_email > 1):
        return _ambiguous(payer, free, customers)
    if free:
        return Match(payer.kind, payer.source_id, "matched_email", free[0])
    alike = [found for found in customers.by_name.get(name_key(payer.name or ""), []) if found not in owners]
    if alike and name_key(payer.name or ""):
        return _waiting(payer, alike, customers)
    return Match(payer.kind, payer.source_id, "new")


def _linked(payer: Payer, link: Link, customers: Customers) -> Match:
    customer = customers.by_id.get(link.quickbooks_id)
    if link.state == "live" and customer is not None and customer.get("Active", True):
        return Match(payer.kind, payer.source_id, "linked", link.quickbooks_id)
    became = "was deleted or merged" if customer is None else "was made inactive"
    return Match(
        payer.kind,
        payer.source_id,
        "stale",
        link.quickbooks_id,
        ReasonCode.GONE_IN_QUICKBOOKS,
        f"{_named(payer)} is linked to customer {link.quickbooks_number or link.quickbooks_id}, which {became} in QuickBooks.",
        "Make the customer active again in QuickBooks, or link another one (rentaxis-sync links), then run again.",
    )


def _with_email(payer: Payer, customers: Customers) -> list[str]:
    return sorted({found for address in emails(payer.email) for found in customers.by_email.get(address, [])})


def _ambiguous(payer: Payer, found: Sequence[str], customers: Customers) -> Match:
    names = " and ".join(f"'{display_name(customers.by_id[one])}'" for one in found)
    if len(found) > 1:
        reason = f"{len(found)} customers in QuickBooks have the e-mail address of {_named(payer)}: {names}."
    else:
        reason = (
            f"{payer.payers_with_same_email} payers in RentAxis share one e-mail address, and customer {names} has it: "
            f"whether that is {_named(payer)} is for a person to say."
        )
    return Match(
        payer.kind,
        payer.source_id,
        "ambiguous",
        None,
        ReasonCode.AMBIGUOUS_MATCH,
        reason,
        "Say which customer it is (rentaxis-sync links confirm), or merge the double customers in QuickBooks.",
        [_candidate(one, "same e-mail", customers) for one in found],
    )


def _waiting(payer: Payer, alike: Sequence[str], customers: Customers) -> Match:
    candidates = [
        _candidate(one, why_alike(payer.name or "", display_name(customers.by_id[one])), customers)
        for one in sorted(alike)
    ]
    listed = "; ".join(
        f"'{one.display_name}' ({one.why}{'' if one.active else ', inactive'})" for one in candidates
    )
    return Match(
        payer.kind,
        payer.source_id,
        "waiting",
        None,
        ReasonCode.WAITING_FOR_CONFIRMATION,
        f"{_named(payer)} may be the QuickBooks customer {listed}.",
        "Confirm or reject the suggestion (rentaxis-sync links), then run again.",
        candidates,
    )


def _candidate(quickbooks_id: str, why: str, customers: Customers) -> Candidate:
    customer = customers.by_id[quickbooks_id]
    return Candidate(quickbooks_id, display_name(customer), why, bool(customer.get("Active", True)))


def display_name(customer: Mapping[str, Any]) -> str:
    """The name QuickBooks shows."""
    return str(customer.get("DisplayName") or "")


def _named(payer: Payer) -> str:
    return f"{payer.kind} {payer.name or payer.source_id}"
