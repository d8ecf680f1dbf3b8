"""One record as RentAxis has it now, for a page about it: there, not there any more, or RentAxis cannot be asked.

Here: asking, within seconds. Not here: the staging models (``rentaxis``), and what is made of the record (``record_page``).
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.matching.names import name_key
from rentaxis_pipelines.matching.vendors import NAME_ALONE
from rentaxis_pipelines.model.record_type import VENDOR
from rentaxis_pipelines.model.record_types import SOURCE
from rentaxis_pipelines.model.source_records import Vendor
from rentaxis_pipelines.rentaxis.database import SourceError
from rentaxis_pipelines.rentaxis.extract import extract_one_to_show
from rentaxis_pipelines.rentaxis.folder import source_of
from rentaxis_pipelines.rentaxis.frames import DAY, records_from_frame
from rentaxis_pipelines.rentaxis.integration import integration_settings
from rentaxis_pipelines.rentaxis.lookups import records_known_by, vendor_of
from rentaxis_pipelines.rentaxis.sql_models import SqlModelError
from rentaxis_pipelines.settings import Scope
from rentaxis_pipelines.sync.choice import enabled_types

SOURCE_SECONDS = 10
"""A query of RentAxis may take, before the page is shown without it."""


class SourceSide(msgspec.Struct, frozen=True, kw_only=True):
    """``record`` is None where the organization has none of that id, or RentAxis could not be asked (``away`` says why).

    ``pushed``: the record types that are pushed, as RentAxis' settings and the company file say together.
    """

    record: Any = None
    day: dt.date | None = None
    pushed: frozenset[str] = frozenset()
    away: str = ""


def source_side(scope: Scope, source_type: str, source_id: str, names: Sequence[str] = ()) -> SourceSide:
    """The record of the company's organization with that type and id. ``names``: what it may be called, for a vendor without an id."""
    try:
        with source_of(scope.environment, SOURCE_SECONDS) as source:
            if source_type == VENDOR:
                return SourceSide(record=_vendor(source, scope, source_id, names))
            return _of_model(source, scope, source_type, source_id)
    except (SourceError, SqlModelError) as error:
        return SourceSide(away=str(error))


def _of_model(source: sa.Connection, scope: Scope, source_type: str, source_id: str) -> SourceSide:
    kind = SOURCE[source_type]
    organization = scope.environment.rentaxis_organization_id
    frame = extract_one_to_show(source, kind.model, source_id, organization, scope.company.zone)
    records = list(records_from_frame(frame, kind.record_class))
    if not records:
        return SourceSide()
    pushed = enabled_types(integration_settings(source, organization), scope.company)
    return SourceSide(record=records[0], day=frame[DAY].to_list()[0], pushed=pushed)


def _vendor(source: sa.Connection, scope: Scope, source_id: str, names: Sequence[str]) -> Vendor | None:
    organization, zone = scope.environment.rentaxis_organization_id, scope.company.zone
    if not source_id.startswith(NAME_ALONE):
        return vendor_of(source, source_id, organization)
    wanted = source_id.removeprefix(
        NAME_ALONE
    )  # the words of its name in another order: RentAxis is asked by the name itself
    for name in dict.fromkeys([*names, wanted]):
        for named in records_known_by(source, VENDOR, name, organization, zone):
            if named.source_id is None and name_key(named.label or "") == wanted:
                return Vendor(None, named.label, None, None, None)
    return None
