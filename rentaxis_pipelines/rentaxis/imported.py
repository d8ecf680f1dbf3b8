"""Whose each QuickBooks customer is by RentAxis' own note. All of them, not only those of the days a run reads.

Not here: what follows from it (``matching``).
"""

import sqlalchemy as sa

from rentaxis_pipelines.rentaxis.extract import staging_models


def imported_customers(connection: sa.Connection, organization_id: str) -> dict[str, list[tuple[str, str]]]:
    """Payers (kind, id) by the id of the customer that each came from.

    ``connection`` is a ``rentaxis.database.snapshot``, out of which errors come as SourceError.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    statement = staging_models().render("imported_payers")
    for row in connection.execute(statement, {"organization_id": organization_id}):
        found.setdefault(row.quickbooks_id, []).append((row.kind, row.source_id))
    return {quickbooks_id: sorted(payers) for quickbooks_id, payers in found.items()}
