"""RentAxis records by what people call them: number, name, e-mail or id.

Here: the query. Not here: the SELECT (``dbt_like_sql/staging/known_by.sql``), and choosing among matches (``sync.which_record``).
"""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from rentaxis_pipelines.rentaxis.contract import Named
from rentaxis_pipelines.rentaxis.folder import staging_models
from rentaxis_pipelines.rentaxis.rows import rows_of


def records_known_by(
    connection: sa.Connection,
    source_type: str,
    known_by: str,
    organization_id: str,
    timezone: ZoneInfo,
    *,
    ids: Iterable[str] = (),
) -> list[Named]:
    """Records of the type with this id, number, name or e-mail, ignoring case; and those with these ids.

    ``known_by`` has single spaces. ``connection`` is a ``rentaxis.database.snapshot``, which turns errors into SourceError.
    """
    parameters = {
        "organization_id": organization_id,
        "timezone": timezone.key,
        "source_type": source_type,
        "known_by": known_by,
        "ids": list(ids),
    }
    return rows_of(connection, staging_models(connection), "known_by", parameters, Named)
