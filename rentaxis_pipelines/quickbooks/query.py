"""Statements of QuickBooks' query language.

Here: building them from parts, with values escaped. Not here: sending them (``client``).

The language knows AND only, quotes every value in single quotes, and escapes an apostrophe by a backslash
(recorded traffic). How a literal backslash is escaped is not published; it is doubled here, which no value
can turn against the statement.
"""

from collections.abc import Iterable, Iterator

MAX_PAGE = 1000  # objects in one answer (Intuit's query page)
MAX_VALUES = 200  # of one IN list; no limit is published, so statements are kept to some thousand characters


def literal(text: str) -> str:
    """``text`` as a quoted value: ``Amy's`` -> ``'Amy\\'s'``."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def select(
    entity: str, where: str = "", *, order_by: str = "Id", start: int = 1, page: int = MAX_PAGE
) -> str:
    """One page of records. ``start`` counts from 1. The order is always stated: defaults differ by type."""
    condition = f" WHERE {where}" if where else ""
    return f"SELECT * FROM {entity}{condition} ORDERBY {order_by} STARTPOSITION {start} MAXRESULTS {page}"  # noqa: S608  # not SQL


def count(entity: str, where: str = "") -> str:
    """How many records there are."""
    condition = f" WHERE {where}" if where else ""
    return f"SELECT count(*) FROM {entity}{condition}"  # noqa: S608  # not SQL


def in_conditions(attribute: str, values: Iterable[str]) -> Iterator[str]:
    """Conditions that together find every record whose ``attribute`` is one of ``values``."""
    distinct = list(dict.fromkeys(values))
    for start in range(0, len(distinct), MAX_VALUES):
        chunk = ", ".join(literal(value) for value in distinct[start : start + MAX_VALUES])
        yield f"{attribute} IN ({chunk})"
