"""The payer of each QuickBooks customer according to RentAxis. All of them, not only those of the days a run reads.

Not here: what follows from it (``matching``).
"""

import sqlalchemy as sa

from rentaxis_pipelines.rentaxis.contract import ImportedPayer
from rentaxis_pipelines.rentaxis.folder import staging_models
from rentaxis_pipelines.rentaxis.rows import rows_of


def imported_customers(connection: sa.Connection, organization_id: str) -> dict[str, list[tuple[str, str]]]:
    """Payers (kind, id) by the id of the customer that each came from.

    ``connection`` is a ``rentaxis.database.snapshot``, which turns errors into SourceError.
    """
    payers_by_customer: dict[str, list[tuple[str, str]]] = {}
    parameters = {"organization_id": organization_id}
    for row in rows_of(connection, staging_models(connection), "imported_payers", parameters, ImportedPayer):
        payers_by_customer.setdefault(row.quickbooks_id, []).append((row.kind, row.source_id))
    return {quickbooks_id: sorted(payers) for quickbooks_id, payers in payers_by_customer.items()}
