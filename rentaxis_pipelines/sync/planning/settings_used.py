"""What records are decided by besides themselves and what stands in QuickBooks, as fingerprints. Pure, but for reading our own code once.

``fingerprint`` says whether another attempt may end otherwise, ``settled_under`` whether a decision still holds (``ledger.settled``).
"""

import functools
import hashlib
from collections.abc import Collection
from pathlib import Path
from typing import Final

import msgspec

from rentaxis_pipelines.mapping.references import References
from rentaxis_pipelines.settings import Company

_CODE: Final = Path(__file__).parents[2]
# Whatever reads a row, matches it, maps it, or decides about it.
_DECIDING: Final = ("mapping", "matching", "model", "rentaxis", "settings", "sync/planning")


def fingerprint(company: Company, references: References) -> str:
    """Of the company file's mappings and policies, and of QuickBooks' lists and preferences by name.

    Balances and the like are not among the references, so a posting does not change it.
    """
    mapped = company.model_dump_json(include={"go_live", "currency", "mappings", "policies"})
    listed = msgspec.json.encode(references, order="sorted")
    return hashlib.sha256(mapped.encode() + listed).hexdigest()[:32]


def settled_under(
    company: Company, references: References, enabled_types: Collection[str], direction: str
) -> str:
    """Of all that, what RentAxis lets be pushed, the company's first day, and the code that decides.

    Of classes and locations only those that the company file names: any other is that of a property or unit, and is told by its link.
    """
    named = {
        name.strip().casefold()
        for mapped in (*company.mappings.properties.values(), *company.mappings.units.values())
        for name in (mapped.class_name, mapped.location)
        if name is not None
    }
    lists = {
        list_name: {name: entry for name, entry in entries.items() if name in named}
        if list_name in ("Class", "Department")
        else entries
        for list_name, entries in references.lists.items()
    }
    used = fingerprint(company, msgspec.structs.replace(references, lists=lists))
    parts = (used, str(company.first_day), direction, *sorted(enabled_types), code_version())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


@functools.cache
def code_version() -> str:
    """Of our own code that decides about records: what an earlier one decided is not taken for what this one would."""
    digest = hashlib.sha256()
    for room in _DECIDING:
        for file in sorted((_CODE / room).rglob("*.py")):
            digest.update(file.relative_to(_CODE).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()
