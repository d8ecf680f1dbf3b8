"""Statements of QuickBooks' query language.

Here: building them from parts, with values escaped. Not here: sending them (``client``).

The language has AND only, quotes every value in single quotes, escapes an apostrophe with a backslash
(recorded traffic) and ignores case. How to escape a literal backslash is not documented: ``literal``
doubles it, and ``in_conditions``, which the search for lost records relies on, never sends one.
"""

from collections.abc import Iterable, Iterator

MAX_PAGE = 1000  # objects in one response (Intuit's query page)
MAX_VALUES = 200  # in one IN list; no limit is published, so statements are kept to a few thousand characters
BACKSLASH = "\\"


def literal(text: str) -> str:
    """``text`` as a quoted value: ``Amy's`` -> ``'Amy\\'s'``."""
    return "'" + text.replace(BACKSLASH, BACKSLASH * 2).replace("'", "\\'") + "'"


def select(
    entity: str, where: str = "", *, order_by: str = "Id", start: int = 1, page: int = MAX_PAGE
) -> str:
    """One page of records. ``start`` counts from 1. The order is always explicit: defaults differ by type."""
    condition = f" WHERE {where}" if where else ""
    return f"SELECT * FROM {entity}{condition} ORDERBY {order_by} STARTPOSITION {start} MAXRESULTS {page}"  # noqa: S608  # not SQL


def count(entity: str, where: str = "") -> str:
    """How many records there are."""
    condition = f" WHERE {where}" if where else ""
    return f"SELECT count(*) FROM {entity}{condition}"  # noqa: S608  # not SQL


def in_conditions(attribute: str, values: Iterable[str]) -> Iterator[str]:
    """Conditions that together find every record whose ``attribute`` is one of ``values``, whatever characters
    they contain.

    For a value with a backslash, near matches may be found too. Blank values are left out: QuickBooks reads
    them as null.
    """
    wanted = dict.fromkeys(value for value in values if value.strip())
    plain = [literal(value) for value in wanted if "\\" not in value]
    for start in range(0, len(plain), MAX_VALUES):
        yield f"{attribute} IN ({', '.join(plain[start : start + MAX_VALUES])})"
    for value in wanted:
        if "\\" in value:
            yield f"{attribute} LIKE {literal(value.replace(BACKSLASH, '%'))}"
