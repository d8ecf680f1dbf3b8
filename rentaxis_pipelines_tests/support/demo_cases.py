"""The records of the demo portfolio that show a case, by its label."""

from typing import Any

import psycopg


def ids_of_case(connection: psycopg.Connection[Any], label: str, entity_type: str | None = None) -> list[str]:
    """RentAxis IDs, in the order in which the case wrote them; of all types unless one is named.

    Raises KeyError for a case that does not exist.
    """
    records = connection.execute(
        "SELECT entity_id FROM rentaxis.demo_cases"
        " WHERE label = %s AND (%s::text IS NULL OR entity_type = %s) ORDER BY position",
        [label, entity_type, entity_type],
    ).fetchall()
    if not records:
        raise KeyError(f"The demo portfolio has no case {label!r} of type {entity_type or 'any'}")
    return [row[0] for row in records]
