"""What matching customers and matching vendors share: QuickBooks' list, indexed once, and whether an entry of it can be used at all.

Not here: the rules by which a record finds its entry (``customers``, ``vendors``), the sentences (``reasons``).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeVar

import msgspec

from rentaxis_pipelines.ledger.people import Person
from rentaxis_pipelines.matching import reasons
from rentaxis_pipelines.matching.names import emails, name_key
from rentaxis_pipelines.matching.reasons import Subject
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.refusal import Refusal

Key = TypeVar("Key")


class PeopleIndex(msgspec.Struct, frozen=True):
    """QuickBooks' customers or vendors, indexed once, so that matching takes linear time in records and entries."""

    by_id: dict[str, Person]
    by_email: dict[str, list[str]]  # active ones only
    by_name: dict[str, list[str]]

    def ids_with_email(self, email_field: str | None) -> set[str]:
        """Active ones that have one of the addresses."""
        return {
            quickbooks_id
            for address in emails(email_field)
            for quickbooks_id in self.by_email.get(address, [])
        }


def index_people(people: Iterable[Person]) -> PeopleIndex:
    """Customers or vendors by id, by e-mail (active ones only) and by name."""
    by_id: dict[str, Person] = {}
    by_email: dict[str, list[str]] = defaultdict(list)
    by_name: dict[str, list[str]] = defaultdict(list)
    for person in people:
        by_id[person.quickbooks_id] = person
        by_name[name_key(person.name)].append(person.quickbooks_id)
        if person.active:
            for address in set(emails(person.email)):
                by_email[address].append(person.quickbooks_id)
    return PeopleIndex(by_id, dict(by_email), dict(by_name))


def why_unusable(subject: Subject, person: Person | None, quickbooks_id: str, name: str) -> Refusal | None:
    """Why the entry that a record is linked to cannot be used; None if it can be.

    One in another currency is reported, and no new one is created in its place. ``name``: what the link calls it.
    """
    if person is None or not person.active:
        return reasons.stale(subject, name, quickbooks_id, person)
    return None if person.other_currency is None else reasons.other_currency(subject, person)


def why_link_is_unusable(subject: Subject, link: Link, index: PeopleIndex) -> Refusal | None:
    """The same for what the ledger has linked the record to. One that we made inactive ourselves is made active again when it is needed."""
    person = index.by_id.get(link.quickbooks_id)
    if link.state == "void" and person is not None:
        index = index_people([msgspec.structs.replace(person, active=True)])
    name = link.quickbooks_number or link.quickbooks_id
    return why_unusable(subject, index.by_id.get(link.quickbooks_id), link.quickbooks_id, name)


def claims_on(ids_by_key: Mapping[Key, Iterable[str]]) -> dict[str, list[Key]]:
    """Which records each entry may be, by its id."""
    claims: dict[str, list[Key]] = defaultdict(list)
    for key, ids in ids_by_key.items():
        for quickbooks_id in ids:
            claims[quickbooks_id].append(key)
    return claims
