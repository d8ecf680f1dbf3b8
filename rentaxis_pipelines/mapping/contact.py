"""E-mail, phone and address of a customer or vendor: what QuickBooks takes of them, and what it would not take.

A field that is empty in RentAxis is cleared in QuickBooks; a field that merely does not fit is not: it stays as it is there, and the row
says so. Not here: names (``text``), and whether a customer is written at all (``parties``).
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from rentaxis_pipelines.mapping.text import cut, one_line, units
from rentaxis_pipelines.model.payload import Payload
from rentaxis_pipelines.model.source_records import BillingAddress

PHONE_LENGTH = 30  # as all limits here: entity reference
EMAIL_LENGTH = 100  # of all addresses together, commas included
ADDRESS_LINE_LENGTH = 500
# By our name: QuickBooks' name of the part, and its length there (entity reference, PhysicalAddress).
_ADDRESS_PARTS = {
    "line1": ("Line1", 500),
    "line2": ("Line2", 500),
    "city": ("City", 255),
    "state": ("CountrySubDivisionCode", 255),
    "postal_code": ("PostalCode", 30),
    "country": ("Country", 255),
}
ADDRESS_LINES = ("Line1", "Line2", "Line3", "Line4", "Line5")

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_EMAIL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+[A-Za-z]{{2,}}")
_WORDS = {
    "DisplayName": "name",
    "PrimaryEmailAddr": "e-mail address",
    "PrimaryPhone": "phone number",
    "BillAddr": "address",
    "TaxIdentifier": "tax id",
}


class Fit(NamedTuple):
    """What QuickBooks takes of a text, None where that is nothing; ``whole``: it is all there was."""

    text: str | None
    whole: bool


class Contact(NamedTuple):
    """Fields of a payload, and the names of those QuickBooks would not take whole; those it takes nothing of are not in ``fields``."""

    fields: Payload
    unfit: list[str]


def contact(
    mail: str | None, number: str | None, address: str | None, parts: BillingAddress | None = None
) -> Contact:
    """The contact fields of a customer or vendor. ``parts``: the address in its parts, which counts where it is given."""
    fields: Payload = {}
    addresses, telephone = email(mail), phone(number)
    lines, all_lines = address_parts(parts) if parts is not None else ({}, True)
    if not lines and all_lines:
        lines, all_lines = address_lines(address)
    if addresses.text is not None:
        fields["PrimaryEmailAddr"] = {"Address": addresses.text}
    if telephone.text is not None:
        fields["PrimaryPhone"] = {"FreeFormNumber": telephone.text}
    if lines:
        fields["BillAddr"] = lines
    whole = {
        "PrimaryEmailAddr": addresses.whole,
        "PrimaryPhone": telephone.whole,
        "BillAddr": all_lines,
    }
    return Contact(fields, [name for name, fits in whole.items() if not fits])


def email(text: str | None) -> Fit:
    """The addresses QuickBooks would accept, each once, separated by commas, as many as fit.

    QuickBooks takes several in one field, 100 characters in all (help pages of two vendors); RentAxis may hold them with commas or
    semicolons.
    """
    written = [address for part in re.split("[,;]", text or "") if (address := part.strip())]
    kept: list[str] = []
    for address in dict.fromkeys(written):
        if _EMAIL.fullmatch(address) and len(",".join([*kept, address])) <= EMAIL_LENGTH:
            kept.append(address)
    return Fit(",".join(kept) or None, set(kept) == set(written))


def phone(text: str | None) -> Fit:
    """The number if it fits: half a phone number is worse than none."""
    number = one_line(text or "")
    fits = units(number) <= PHONE_LENGTH
    return Fit(number if number and fits else None, fits)


def address_lines(text: str | None) -> tuple[dict[str, str], bool]:
    """The lines of an address as ``Line1`` to ``Line5``, those beyond joined to the fifth; and whether all of it is there."""
    written = [line for part in (text or "").splitlines() if (line := one_line(part))]
    most = len(ADDRESS_LINES)
    if len(written) > most:
        written = [*written[: most - 1], ", ".join(written[most - 1 :])]
    kept = [cut(line, ADDRESS_LINE_LENGTH) for line in written]
    return dict(zip(ADDRESS_LINES, kept, strict=False)), kept == written


def address_parts(parts: BillingAddress) -> tuple[dict[str, str], bool]:
    """The parts under QuickBooks' names; and whether all of them fit. One that is too long is left out: half a ZIP code is worse than none."""
    written = {
        name: line
        for part, (name, _) in _ADDRESS_PARTS.items()
        if (line := one_line(getattr(parts, part) or ""))
    }
    longest = dict(_ADDRESS_PARTS.values())
    kept = {name: line for name, line in written.items() if units(line) <= longest[name]}
    return kept, kept == written


def in_words(unfit: list[str], payload: Mapping[str, object], kept: list[str]) -> str:
    """What became of the fields QuickBooks would not take, in a sentence each. ``kept``: those that stay as they stand there."""
    return " ".join(_sentence(name, payload, kept) for name in unfit)


def _sentence(name: str, payload: Mapping[str, object], kept: list[str]) -> str:
    word = _WORDS[name]
    if name == "DisplayName":
        return "The name in RentAxis has no visible characters, so a different name was used in QuickBooks."
    if name in kept:
        return f"The {word} in RentAxis is not valid in QuickBooks, so the one there was left unchanged."
    if name in payload:
        return f"Part of the {word} is not valid in QuickBooks, so only the valid part was sent."
    return f"The {word} in RentAxis is not valid in QuickBooks, so it was left out."


def remedy(unfit: list[str]) -> str:
    """What a person does about it."""
    words = " and the ".join(_WORDS[name] for name in unfit)
    several = (
        " Separate e-mail addresses with commas, up to 100 characters in all."
        if "PrimaryEmailAddr" in unfit
        else ""
    )
    return f"Correct the {words} in RentAxis, then run again.{several}"
