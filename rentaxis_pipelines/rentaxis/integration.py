"""The organization's sync settings in RentAxis: record types, direction, realm.

An unknown value is refused by name: if ignored, a run would push nothing and report success. Not here: the consequences of the settings
(``sync.choice``).
"""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from rentaxis_pipelines.rentaxis.breaches import Breach, refuse
from rentaxis_pipelines.rentaxis.contract import IntegrationSettings
from rentaxis_pipelines.rentaxis.database import SourceOrganizationUnknown
from rentaxis_pipelines.rentaxis.folder import staging_models
from rentaxis_pipelines.rentaxis.rows import rows_of
from rentaxis_pipelines.rentaxis.sql_models import SqlModels

MODEL = "integration_settings"


def integration_settings(
    connection: sa.Connection, organization_id: str, models: SqlModels | None = None
) -> IntegrationSettings:
    """Enabled record types, direction and realm as RentAxis has them, in our spelling.

    Raises SourceOrganizationUnknown, and SourceShapeChanged if the model breaks the contract.
    """
    models = models or staging_models(connection)
    rows = rows_of(connection, models, MODEL, {"organization_id": organization_id}, IntegrationSettings)
    if not rows:
        raise SourceOrganizationUnknown(
            f"RentAxis has no organization with id {organization_id!r}. Check RENTAXIS_ORGANIZATION_ID."
        )
    refuse(_breaches(models.place(MODEL), rows))
    return rows[0]


def _breaches(place: str, rows: Sequence[IntegrationSettings]) -> Iterator[Breach]:
    if len(rows) > 1:
        yield Breach(
            place,
            "organization_id",
            f"{place} returns {len(rows)} rows; it must return one row per organization.",
        )
    connected = rows[0]
    if connected.realm_id is not None:
        for column in ("sync_direction", "enabled_types"):
            if getattr(connected, column) is None:
                yield Breach(
                    place,
                    column,
                    f"{place} returns a realm_id but no {column}: nothing would ever be pushed. Return what the organization chose.",
                )
