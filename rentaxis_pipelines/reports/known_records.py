"""The RentAxis records known to QuickBooks, whatever their date: those we linked, and those whose mark a transaction carries.

A reconciliation looks them all up by id, so that a record outside the requested days is never reported as gone. Not here:
reading them (``inputs``).
"""

from collections.abc import Mapping

import sqlalchemy as sa

from rentaxis_pipelines.model.marker import SQL_PATTERN
from rentaxis_pipelines.model.record_types import REGISTRY, belongs_to
from rentaxis_pipelines.rentaxis.frames import RecordType

# A bill payment, and an expense's earlier QuickBooks object, belong to the expense.
RECORD_TYPE: Mapping[str, RecordType] = {
    name: belongs_to(name) for entry in REGISTRY if entry.dated for name in entry.source_types
}

_KNOWN = """
    select source_type, source_id from ledger.links where realm = :realm and source_type = any(:source_types)
    union
    select mark.parts[1], mark.parts[2]
    from ledger.quickbooks_transactions t
    cross join lateral regexp_match(t.object ->> 'PrivateNote', :marker) as mark (parts)
    where t.realm = :realm and t.gone_at is null and mark.parts[1] = any(:source_types)
"""


def known_records(connection: sa.Connection, realm: str) -> dict[RecordType, set[str]]:
    """Ids of the records that QuickBooks knows, by record type."""
    ids_by_type: dict[RecordType, set[str]] = {}
    parameters = {"realm": realm, "source_types": list(RECORD_TYPE), "marker": SQL_PATTERN}
    for source_type, source_id in connection.execute(sa.text(_KNOWN), parameters):
        ids_by_type.setdefault(RECORD_TYPE[source_type], set()).add(source_id)
    return ids_by_type
