"""Whose each QuickBooks customer is by RentAxis' own note. All of them, not only those of the days a run reads.

Not here: what follows from it (``matching``).
"""

import sqlalchemy as sa

from rentaxis_pipelines.rentaxis.contract import ImportedPayer
from rentaxis_pipelines.rentaxis.folder import staging_models
from rentaxis_pipelines.rentaxis.rows import rows_of


def imported_customers(connection: sa.Connection, organization_id: str) -> dict[str, list[tuple[str, str]]]:
    """Payers (kind, id) by the id of the customer that each came from.

    ``connection`` is a ``rentaxis.database.snapshot``, out of which errors come as SourceError.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    asked = {"organization_id": organization_id}
    for row in rows_of(connection, staging_models(), "imported_payers", asked, ImportedPayer):
        found.setdefault(row.quickbooks_id, []).append((row.kind, row.source_id))
    return {quickbooks_id: sorted(payers) for quickbooks_id, payers in found.items()}
