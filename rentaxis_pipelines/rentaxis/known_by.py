"""RentAxis records by what people call them: number, name, e-mail or id.

Here: asking. Not here: the SELECT (``dbt_like_sql/staging/known_by.sql``), and which of several is meant (``sync.which_record``).
"""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.rentaxis.extract import staging_models


class Named(msgspec.Struct, frozen=True):
    """A record and what it is called besides its id. ``label``: a number or a name; ``amount`` in the company's currency."""

    source_type: str
    source_id: str | None  # None: a vendor that is only a name on expenses
    known_by: list[str]
    label: str | None
    amount: Decimal | None
    day: dt.date


def records_known_by(
    connection: sa.Connection,
    source_type: str,
    known_by: str,
    organization_id: str,
    timezone: ZoneInfo,
    *,
    ids: Iterable[str] = (),
) -> list[Named]:
    """Records of the type whose id, number, name or e-mail it is, upper and lower case alike; and those with these ids.

    ``known_by`` has single blanks. ``connection`` is a ``rentaxis.database.snapshot``, out of which errors come as SourceError.
    """
    statement = staging_models().render("known_by")
    given = {
        "organization_id": organization_id,
        "timezone": timezone.key,
        "source_type": source_type,
        "known_by": known_by,
        "ids": list(ids),
    }
    rows = connection.execute(statement, {name: given[name] for name in statement.compile().params})
    return [Named(**row) for row in rows.mappings()]
