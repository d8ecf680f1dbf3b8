"""Which rows of a plan or a run a person means: ``invoices`` for a whole record type, ``INV-0042`` or ``invoice:INV-0042`` for one record.

Pure; shared by approving and undoing. Not here: reading the rows, and what becomes of those that are not meant.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.model.record_types import BY_NAME, BY_SOURCE_TYPE


class NamedRow(Protocol):
    """What a person can name a row by."""

    @property
    def source_type(self) -> str: ...
    @property
    def source_id(self) -> str: ...
    @property
    def source_label(self) -> str: ...


def chosen(rows: Sequence[NamedRow], only: Sequence[str], without: Sequence[str]) -> set[Key]:
    """The records of ``rows`` that a person chose: all, ``only`` some, or all ``without`` some.

    Raises CannotLaunch for a name that is none of theirs, is that of several, or where both are given.
    """
    if only and without:
        raise CannotLaunch(
            "Choose rows with --only or leave rows out with --without, not both. Nothing was sent."
        )
    everything = {(row.source_type, row.source_id) for row in rows}
    if only:
        return _named(rows, only)
    return everything - _named(rows, without)


def _named(rows: Sequence[NamedRow], names: Iterable[str]) -> set[Key]:
    found: set[Key] = set()
    for name in names:
        meant = _meant(rows, name.strip())
        if not meant:
            raise CannotLaunch(
                f"'{name}' is none of the rows. Name a record type such as invoices, or a record by its number, "
                "such as INV-0042 or invoice:INV-0042. Nothing was sent."
            )
        found |= meant
    return found


def _meant(rows: Sequence[NamedRow], name: str) -> set[Key]:
    if name in BY_NAME:
        types = set(BY_NAME[name].source_types)
        # What is made for the records of a type, such as the payments of bills, goes with it.
        types |= {part for other in BY_NAME.values() if other.part_of == name for part in other.source_types}
        return {(row.source_type, row.source_id) for row in rows if row.source_type in types}
    source_type, colon, number = name.partition(":")
    if colon and source_type in BY_SOURCE_TYPE:
        rows = [row for row in rows if row.source_type == source_type]
    else:
        number = name
    keys = {(row.source_type, row.source_id) for row in rows if _is_called(row, number)}
    if len(keys) > 1:
        listed = ", ".join(sorted({f"{key[0]}:{key[1]}" for key in keys}))
        raise CannotLaunch(
            f"'{name}' could be several records: {listed}. Name one of these. Nothing was sent."
        )
    return keys


def _is_called(row: NamedRow, number: str) -> bool:
    """By its id in RentAxis, its label (Invoice INV-0042), or the number its label ends with."""
    label = row.source_label.casefold()
    wanted = number.casefold()
    return row.source_id == number or label == wanted or label.endswith(f" {wanted}")
