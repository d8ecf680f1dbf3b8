"""Vendors that were changed in RentAxis, whatever expenses name them. Not here: whether that changes anything in QuickBooks."""

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
    """Those of these vendors that changed after ``since``, by id.

    ``connection`` is a ``rentaxis.database.snapshot``, out of which errors come as SourceError.
    """
    models = staging_models()
    asked = {"organization_id": organization_id, "ids": list(ids), "changed_since": since}
    with in_file(models, MODEL):
        found = connection.execute(models.render(MODEL), asked).all()
    return msgspec.convert([row.vendor for row in found], list[Vendor])
