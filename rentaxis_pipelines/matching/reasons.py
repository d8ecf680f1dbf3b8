"""Why it is not certain which customer or vendor a record is, in accounting terms, and what to do about it.

Here: the sentences. Not here: when they apply (``customers``, ``vendors``).
"""

from collections.abc import Collection, Sequence

import msgspec

from rentaxis_pipelines.ledger.people import Person
from rentaxis_pipelines.model.decisions import Candidate
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.model.source_records import Payer, Vendor


class Subject(msgspec.Struct, frozen=True):
    """The record a sentence is about: at its beginning (``Tenant Ann Lee``), in commands (``tenant 7``), and as what it is in QuickBooks."""

    label: str
    in_commands: str
    entity: str  # "customer" or "vendor"


def of_payer(payer: Payer) -> Subject:
    """A tenant or program."""
    return Subject(named(payer), f"{payer.kind} {payer.source_id}", "customer")


def of_vendor(vendor: Vendor, key: str) -> Subject:
    """A vendor, by its key in the ledger."""
    return Subject(f"Vendor {vendor.name or key}", f"vendor '{key}'", "vendor")


def named(payer: Payer) -> str:
    """The payer as the start of a sentence: ``Tenant Ann Lee``."""
    return f"{payer.kind.capitalize()} {payer.name or payer.source_id}"


def customer_named(customer: Person) -> str:
    """The customer with the id a person needs to confirm it."""
    return f"'{customer.name}' (customer {customer.quickbooks_id})"


def stale(subject: Subject, name: str, quickbooks_id: str, person: Person | None) -> Refusal:
    """The linked customer or vendor is inactive, or no longer exists."""
    entity, relink = subject.entity, f"rentaxis-sync links relink {subject.in_commands} ID"
    linked = f"{subject.label} is linked to {entity} '{name}'"
    if person is not None:
        return Refusal(
            ReasonCode.INACTIVE_REFERENCE,
            f"{linked}, which was made inactive in QuickBooks or merged into another {entity}.",
            f"Make the {entity} active again in QuickBooks, or link another one, such as the one it was merged into "
            f"({relink}), then run again.",
        )
    return Refusal(
        ReasonCode.GONE_IN_QUICKBOOKS,
        f"{linked} (id {quickbooks_id}), which is no longer in QuickBooks: it was deleted or merged into another {entity}.",
        f"Link the {entity} it was merged into ({relink}), or unlink it to have a new one created, then run again.",
    )


def other_currency(subject: Subject, person: Person) -> Refusal:
    """The customer or vendor would be this record's, but its amounts would be in the wrong currency."""
    entity = subject.entity
    return Refusal(
        ReasonCode.OTHER_CURRENCY,
        f"{subject.label} is {entity} '{person.name}' ({entity} {person.quickbooks_id}), whose currency in QuickBooks is "
        f"{person.other_currency}, not the company's own currency. QuickBooks cannot change that.",
        f"Link a {entity} in the company's own currency (rentaxis-sync links confirm or relink {subject.in_commands} ID), "
        f"or have a new one created (reject {person.quickbooks_id}, or unlink it, then make-new), then run again.",
    )


def imported_twice(payer: Payer, customer: Person, owner: tuple[str, str]) -> Refusal:
    """RentAxis names a customer that belongs to another payer."""
    return _ambiguous(
        f"{named(payer)} was imported from customer {customer_named(customer)} according to RentAxis, "
        f"but that customer already belongs to {owner[0]} {owner[1]}.",
        "Say whose customer it is: correct the link in RentAxis, or unlink the other payer (rentaxis-sync links unlink).",
    )


def email_on_many_customers(payer: Payer, customers: Sequence[Person], others: Collection[str]) -> Refusal:
    """One e-mail, more than one customer."""
    names = _and(
        [
            customer_named(customer)
            + (", which already belongs to someone else" if customer.quickbooks_id in others else "")
            for customer in customers
        ]
    )
    return _ambiguous(
        f"{len(customers)} customers in QuickBooks have the e-mail address of {named(payer)}: {names}.",
        f"Say which one it is ({_confirm(payer)}), or merge the duplicate customers in QuickBooks, then run again.",
    )


def mark_on_many_customers(payer: Payer, customers: Sequence[Person]) -> Refusal:
    """The mark in the notes was copied to another customer."""
    return _ambiguous(
        f"{len(customers)} customers in QuickBooks carry the mark of {named(payer)} in their notes: "
        f"{_and([customer_named(customer) for customer in customers])}.",
        f"Say which one it is ({_confirm(payer)}), then run again.",
    )


def email_on_many_payers(payer: Payer, customer: Person) -> Refusal:
    """One customer, and more than one payer with its e-mail in RentAxis."""
    return _ambiguous(
        f"{payer.payers_with_same_email} payers in RentAxis share the e-mail address of customer "
        f"{customer_named(customer)}; {named(payer)} is one of them.",
        f"Say whose customer it is ({_confirm(payer)}, or reject), then run again.",
    )


def addresses_of_many_payers(payer: Payer, customer: Person, rivals: Sequence[Payer]) -> Refusal:
    """One customer with more than one address, each a different payer's."""
    return _ambiguous(
        f"Customer {customer_named(customer)} has the e-mail addresses of {named(payer)} "
        f"and of {_and([named(rival) for rival in rivals])}.",
        f"Say whose customer it is ({_confirm(payer)}, or reject), then run again.",
    )


def alike(payer: Payer, candidates: Sequence[Candidate], in_all: int) -> Refusal:
    """Customers with the same or nearly the same name."""
    listed = "; or ".join(
        f"'{candidate.name}' (customer {candidate.quickbooks_id}): {candidate.why}"
        for candidate in candidates
    )
    more = f"; and {in_all - len(candidates)} more" if in_all > len(candidates) else ""
    return Refusal(
        ReasonCode.WAITING_FOR_CONFIRMATION,
        f"{named(payer)} may be the QuickBooks customer {listed}{more}.",
        f"{'Confirm it' if any(candidate.active for candidate in candidates) else 'Make it active in QuickBooks, then confirm it'} "
        f"({_confirm(payer)}), or say it is someone else "
        f"(rentaxis-sync links make-new {payer.kind} {payer.source_id}), then run again.",
    )


def _ambiguous(reason: str, remedy: str) -> Refusal:
    return Refusal(ReasonCode.AMBIGUOUS_MATCH, reason, remedy)


def _confirm(payer: Payer) -> str:
    return f"rentaxis-sync links confirm {payer.kind} {payer.source_id} ID"


def _and(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def many_vendors(vendor: Vendor, key: str, matches: Sequence[Person], by: str) -> Refusal:
    """More than one QuickBooks vendor matches a RentAxis vendor, or one matches more than one."""
    names = _and([f"'{match.name}' (vendor {match.quickbooks_id})" for match in matches])
    if len(matches) > 1:
        reason = f"{len(matches)} vendors in QuickBooks have the {by.removeprefix('same ')} of vendor {vendor.name or key}: {names}."
    else:
        reason = f"More than one vendor in RentAxis has the {by.removeprefix('same ')} of {names}; vendor {vendor.name or key} is one of them."
    return _ambiguous(
        reason,
        f"Say which one it is (rentaxis-sync links confirm vendor '{key}' ID), or that it is new (make-new), then run again.",
    )
