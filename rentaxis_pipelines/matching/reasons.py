"""Why a payer's customer is not certain, in an accountant's words, and what to do about it.

Here: the sentences. Not here: when they apply (``customers``, ``vendors``).
"""

from collections.abc import Collection, Sequence

from rentaxis_pipelines.ledger.people import Person
from rentaxis_pipelines.model.decisions import Candidate
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.model.source_records import Payer, Vendor


def named(payer: Payer) -> str:
    """The payer as a sentence begins with it: ``Tenant Ann Lee``."""
    return f"{payer.kind.capitalize()} {payer.name or payer.source_id}"


def customer_named(customer: Person) -> str:
    """The customer with the number a person needs to confirm it."""
    return f"'{customer.name}' (customer {customer.quickbooks_id})"


def stale(payer: Payer, name: str, quickbooks_id: str, customer: Person | None) -> Refusal:
    """The linked customer is inactive, or no longer there."""
    who = f"{named(payer)} is linked to customer '{name}'"
    if customer is not None:
        return Refusal(
            ReasonCode.INACTIVE_REFERENCE,
            f"{who}, which was made inactive in QuickBooks, or merged into another.",
            f"Make the customer active again in QuickBooks, or link another one, such as the one it was merged into "
            f"(rentaxis-sync links relink {payer.kind} {payer.source_id} ID), then run again.",
        )
    return Refusal(
        ReasonCode.GONE_IN_QUICKBOOKS,
        f"{who} (number {quickbooks_id}), which is no longer in QuickBooks: it was deleted, or merged into another.",
        f"Link the customer it was merged into (rentaxis-sync links relink {payer.kind} {payer.source_id} ID), "
        f"or unlink it to have a new one made, then run again.",
    )


def other_currency(payer: Payer, customer: Person) -> Refusal:
    """The customer would be this payer's, but amounts would be taken for another money."""
    return Refusal(
        ReasonCode.OTHER_CURRENCY,
        f"{named(payer)} is customer {customer_named(customer)}, which QuickBooks keeps in {customer.other_currency}, "
        "not in the company's own currency. QuickBooks cannot change that.",
        f"Link a customer kept in the company's own currency (rentaxis-sync links confirm or relink {payer.kind} {payer.source_id} ID), "
        f"or have a new one made (reject {customer.quickbooks_id}, or unlink it, then make-new), then run again.",
    )


def vendor_of_other_currency(vendor: Vendor, key: str, found: Person) -> Refusal:
    """The same of a vendor."""
    return Refusal(
        ReasonCode.OTHER_CURRENCY,
        f"Vendor {vendor.name or key} is vendor '{found.name}' (vendor {found.quickbooks_id}), which QuickBooks keeps in "
        f"{found.other_currency}, not in the company's own currency. QuickBooks cannot change that.",
        f"Link a vendor kept in the company's own currency (rentaxis-sync links confirm or relink vendor '{key}' ID), "
        f"or have a new one made (reject {found.quickbooks_id}, or unlink it, then make-new), then run again.",
    )


def imported_twice(payer: Payer, customer: Person, owner: tuple[str, str]) -> Refusal:
    """RentAxis names a customer that is another payer's."""
    return Refusal(
        ReasonCode.AMBIGUOUS_MATCH,
        f"{named(payer)} came from customer {customer_named(customer)} by RentAxis' own record, "
        f"but that customer is {owner[0]} {owner[1]} already.",
        "Say whose customer it is: correct the link in RentAxis, or unlink the other payer (rentaxis-sync links unlink).",
    )


def several_customers(payer: Payer, found: Sequence[Person], others: Collection[str]) -> Refusal:
    """One e-mail, several customers."""
    names = _and(
        [
            customer_named(one) + (", somebody else's already" if one.quickbooks_id in others else "")
            for one in found
        ]
    )
    return Refusal(
        ReasonCode.AMBIGUOUS_MATCH,
        f"{len(found)} customers in QuickBooks have the e-mail address of {named(payer)}: {names}.",
        f"Say which one it is ({_confirm(payer)}), or merge the double customers in QuickBooks, then run again.",
    )


def several_own(payer: Payer, found: Sequence[Person]) -> Refusal:
    """The mark in the notes was copied to another customer."""
    return Refusal(
        ReasonCode.AMBIGUOUS_MATCH,
        f"{len(found)} customers in QuickBooks carry the mark of {named(payer)} in their notes: "
        f"{_and([customer_named(one) for one in found])}.",
        f"Say which one it is ({_confirm(payer)}), then run again.",
    )


def several_payers(payer: Payer, customer: Person) -> Refusal:
    """One customer, several payers with its e-mail in RentAxis."""
    return Refusal(
        ReasonCode.AMBIGUOUS_MATCH,
        f"{payer.payers_with_same_email} payers in RentAxis share the e-mail address of customer "
        f"{customer_named(customer)}; {named(payer)} is one of them.",
        f"Say whose customer it is ({_confirm(payer)}, or reject), then run again.",
    )


def several_claims(payer: Payer, customer: Person, rivals: Sequence[Payer]) -> Refusal:
    """One customer with several addresses, each a different payer's."""
    return Refusal(
        ReasonCode.AMBIGUOUS_MATCH,
        f"Customer {customer_named(customer)} has the e-mail addresses of {named(payer)} "
        f"and of {_and([named(one) for one in rivals])}.",
        f"Say whose customer it is ({_confirm(payer)}, or reject), then run again.",
    )


def alike(payer: Payer, candidates: Sequence[Candidate], in_all: int) -> Refusal:
    """Customers of the same or nearly the same name."""
    listed = "; or ".join(f"'{one.name}' (customer {one.quickbooks_id}): {one.why}" for one in candidates)
    more = f"; and {in_all - len(candidates)} more" if in_all > len(candidates) else ""
    return Refusal(
        ReasonCode.WAITING_FOR_CONFIRMATION,
        f"{named(payer)} may be the QuickBooks customer {listed}{more}.",
        f"{'Confirm it' if any(one.active for one in candidates) else 'Make it active in QuickBooks, then confirm it'} "
        f"({_confirm(payer)}), or say it is somebody else "
        f"(rentaxis-sync links make-new {payer.kind} {payer.source_id}), then run again.",
    )


def _confirm(payer: Payer) -> str:
    return f"rentaxis-sync links confirm {payer.kind} {payer.source_id} ID"


def _and(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def stale_vendor(vendor: Vendor, key: str, name: str, standing: Person | None) -> Refusal:
    """The linked vendor is inactive, or no longer there."""
    inactive, gone = "was made inactive in QuickBooks, or merged into another", "is no longer in QuickBooks"
    became = f"which {inactive if standing else gone}"
    return Refusal(
        ReasonCode.INACTIVE_REFERENCE if standing else ReasonCode.GONE_IN_QUICKBOOKS,
        f"Vendor {vendor.name or key} is linked to vendor '{name}', {became}.",
        f"Make the vendor active again in QuickBooks, or link another one, such as the one it was merged into "
        f"(rentaxis-sync links relink vendor '{key}' ID), then run again.",
    )


def several_vendors(vendor: Vendor, key: str, found: Sequence[Person], by: str) -> Refusal:
    """Several vendors in QuickBooks fit one of RentAxis, or one fits several."""
    names = _and([f"'{one.name}' (vendor {one.quickbooks_id})" for one in found])
    if len(found) > 1:
        reason = f"{len(found)} vendors in QuickBooks have the {by.removeprefix('same ')} of vendor {vendor.name or key}: {names}."
    else:
        reason = f"Several vendors in RentAxis have the {by.removeprefix('same ')} of {names}; vendor {vendor.name or key} is one of them."
    return Refusal(
        ReasonCode.AMBIGUOUS_MATCH,
        reason,
        f"Say which one it is (rentaxis-sync links confirm vendor '{key}' ID), or that it is a new one (make-new), then run again.",
    )
