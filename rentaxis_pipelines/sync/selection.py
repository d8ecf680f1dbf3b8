"""Which rows of a plan or a run a person means: ``invoices`` for a whole record type, ``INV-0042`` or ``invoice:INV-0042`` for one record.

Pure; shared by approving and undoing. Not here: reading the rows, and what becomes of those that are not meant.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.model.record_types import BY_NAME, BY_SOURCE_TYPE, part_of


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


def _named(rows: Sequence[NamedRow], names: Sequence[str]) -> set[Key]:
    if not names:
        return set()
    called = _called(rows)
    found: set[Key] = set()
    for name in names:
        meant = _meant(rows, called, name.strip())
        if not meant:
            raise CannotLaunch(
                f"'{name}' is none of the rows. Name a record type such as invoices, or a record by its number, "
                "such as INV-0042 or invoice:INV-0042. Nothing was sent."
            )
        found |= meant
    return found


class _Called(NamedTuple):
    """The records by their id in RentAxis, and by their label (invoice inv-0042) or what it ends with, a word or more."""

    by_id: Mapping[str, set[Key]]
    by_words: Mapping[str, set[Key]]

    def records(self, name: str) -> set[Key]:
        return self.by_id.get(name, set[Key]()) | self.by_words.get(name.casefold(), set[Key]())


def _called(rows: Iterable[NamedRow]) -> _Called:
    by_id: dict[str, set[Key]] = {}
    by_words: dict[str, set[Key]] = {}
    for row in rows:
        key = (row.source_type, row.source_id)
        by_id.setdefault(row.source_id, set()).add(key)
        label = row.source_label.casefold()
        for words in (label, *(label[at + 1 :] for at, letter in enumerate(label) if letter == " ")):
            by_words.setdefault(words, set()).add(key)
    return _Called(by_id, by_words)


def _meant(rows: Sequence[NamedRow], called: _Called, name: str) -> set[Key]:
    if name in BY_NAME:
        types = types_named(name)
        return {(row.source_type, row.source_id) for row in rows if row.source_type in types}
    source_type, colon, number = name.partition(":")
    if colon and source_type in BY_SOURCE_TYPE:
        keys = {key for key in called.records(number) if key[0] == source_type}
        # An id names its record, whatever another one's number is: so what is listed below can be named.
        keys = keys & {(source_type, number)} or keys
    else:
        keys = called.records(name)
    if len(keys) > 1:
        listed = ", ".join(sorted({f"{key[0]}:{key[1]}" for key in keys}))
        raise CannotLaunch(
            f"'{name}' could be several records: {listed}. Name one of these. Nothing was sent."
        )
    return keys


def types_named(record_type: str) -> frozenset[str]:
    """The source types that the name of a record type stands for: what is made for its records, such as the payments of bills, goes with it."""
    parts = (kind.source_types for kind in part_of(record_type))
    return frozenset(itertools.chain(BY_NAME[record_type].source_types, *parts))
