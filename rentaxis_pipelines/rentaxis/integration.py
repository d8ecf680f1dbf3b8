"""What the organization chose in RentAxis about its sync: record types, direction, realm.

A word that is not known is refused by name: passed over, it would make a run push nothing and say that everything went through. Not here:
what follows from the choice (``sync.choice``).
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

    Raises SourceOrganizationUnknown, and SourceShapeChanged where the model breaks the contract.
    """
    models = models or staging_models()
    found = rows_of(connection, models, MODEL, {"organization_id": organization_id}, IntegrationSettings)
    if not found:
        raise SourceOrganizationUnknown(
            f"RentAxis has no organization with the id {organization_id!r}. Check RENTAXIS_ORGANIZATION_ID."
        )
    refuse(_breaches(models.place(MODEL), found))
    return found[0]


def _breaches(place: str, found: Sequence[IntegrationSettings]) -> Iterator[Breach]:
    if len(found) > 1:
        yield Breach(
            place,
            "organization_id",
            f"{place} gives {len(found)} rows; it must give one row per organization.",
        )
    connected = found[0]
    if connected.realm_id is not None:
        for column in ("sync_direction", "enabled_types"):
            if getattr(connected, column) is None:
                yield Breach(
                    place,
                    column,
                    f"{place} gives a realm_id and no {column}: nothing would ever be pushed. Give what the organization chose.",
                )
