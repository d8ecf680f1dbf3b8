"""Whose a record is: the QuickBooks customer or vendor it is booked on, as the newest plan or link says. Read-only.

Not here: customers and vendors themselves (``ledger.people``).
"""

from collections.abc import Sequence

import sqlalchemy as sa

from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.ledger.open_records import OpenRecord
from rentaxis_pipelines.ledger.sql import execute


def names_of_parties(connection: sa.Connection, realm: str, records: Sequence[OpenRecord]) -> dict[Key, str]:
    """The name of the customer or vendor of each record where one is known; a record that is one itself is absent."""
    statement = """select w.source_type, w.source_id, min(s.object ->> 'DisplayName') as name
                   from unnest(cast(:plans as text[]), cast(:types as text[]), cast(:ids as text[])) as w (plan_id, source_type, source_id)
                   join ledger.planned_rows p on p.plan_id = w.plan_id and p.source_type = w.source_type and p.source_id = w.source_id
                   left join ledger.links l on l.realm = :realm and l.source_type = w.source_type and l.source_id = w.source_id
                   cross join lateral (select coalesce(p.payload, p.mapped, l.mapped) as body) b
                   join ledger.snapshot_objects s on s.realm = :realm and (
                     s.entity = 'Customer' and s.quickbooks_id = b.body #>> '{CustomerRef,value}'
                     or s.entity = 'Vendor' and s.quickbooks_id = coalesce(b.body #>> '{VendorRef,value}', b.body #>> '{EntityRef,value}'))
                   group by 1, 2"""
    rows = execute(
        connection,
        statement,
        realm=realm,
        plans=[record.plan_id for record in records],
        types=[record.source_type for record in records],
        ids=[record.source_id for record in records],
    )
    return {(row.source_type, row.source_id): row.name for row in rows}
