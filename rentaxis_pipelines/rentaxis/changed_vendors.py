"""Vendors that were changed in RentAxis, whichever expenses name them. Not here: whether that changes anything in QuickBooks."""

import datetime as dt
from collections.abc import Iterable

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.model.source_records import Vendor
from rentaxis_pipelines.rentaxis.folder import staging_models
from rentaxis_pipelines.rentaxis.sql_models import in_file

MODEL = "changed_vendors"


def vendors_changed_since(
    connection: sa.Connection, ids: Iterable[str], since: dt.datetime, organization_id: str
) -> list[Vendor]:
    """The vendors among ``ids`` that changed after ``since``.

    ``connection`` is a ``rentaxis.database.snapshot``, which turns errors into SourceError.
    """
    models = staging_models(connection)
    parameters = {"organization_id": organization_id, "ids": list(ids), "changed_since": since}
    with in_file(models, MODEL):
        rows = connection.execute(models.render(MODEL), parameters).all()
    return msgspec.convert([row.vendor for row in rows], list[Vendor])
