"""The marker: the line in a QuickBooks object that says which RentAxis record it is."""

import re
from urllib.parse import quote, unquote

_MARKER = re.compile(r"RentAxis ([a-z_]+) (\S+)$")
SQL_PATTERN = r"RentAxis ([a-z_]+) (\S+)\s*$"  # the same for Postgres, over a whole note: type and quoted id


def marker(source_type: str, source_id: str) -> str:
    """The line that says which RentAxis record a QuickBooks transaction is, such as ``RentAxis invoice 123``."""
    return f"RentAxis {source_type} {quote(source_id, safe='')}"


def parse_marker(note: str | None) -> tuple[str, str] | None:
    """``(source_type, source_id)`` from the last line of a note that is a marker, or None.

    Words QuickBooks puts in front do not matter, nor lines a person added below.
    """
    for line in reversed((note or "").splitlines()):
        if match := _MARKER.search(line.strip()):
            return match[1], unquote(match[2])
    return None
