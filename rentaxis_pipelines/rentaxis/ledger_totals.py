"""RentAxis' own general ledger by month, account and property: the staging model ``ledger_totals``, which a folder may lack.

Here: reading it. Not here: what it is compared with (``reports.statements``).
"""

import datetime as dt

import sqlalchemy as sa

from rentaxis_pipelines.rentaxis.contract import LedgerTotal
from rentaxis_pipelines.rentaxis.folder import staging_models
from rentaxis_pipelines.rentaxis.not_pushed import cannot_read
from rentaxis_pipelines.rentaxis.rows import rows_of

MODEL = "ledger_totals"


def ledger_totals(
    connection: sa.Connection, first_day: dt.date, end: dt.date, organization_id: str
) -> list[LedgerTotal] | str:
    """What was posted from ``first_day`` on and before ``end``; a sentence instead where it cannot be read, and why.

    ``connection`` is a ``snapshot``. Raises SourceShapeChanged if the model breaks the contract.
    """
    models = staging_models(connection)
    if MODEL not in models.models:
        return f"the folder of staging SQL has no {MODEL}.sql"
    if (tables := cannot_read(connection, models, MODEL)) is not None:
        if tables:
            return f"the database user may not read {', '.join(tables)}"
        return f"RentAxis has no tables of what {MODEL}.sql reads"
    parameters = {"organization_id": organization_id, "first_day": first_day, "day_after_last": end}
    return rows_of(connection, models, MODEL, parameters, LedgerTotal)
