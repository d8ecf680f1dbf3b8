"""Which QuickBooks object a source record is. Reads and writes of ``ledger.links``; the caller commits."""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from rentaxis_pipelines.ledger.rows import Link, as_json, fetch, insert

Key = tuple[str, str]  # source_type, source_id


def links_of(connection: sa.Connection, realm: str, source_type: str, source_ids: Iterable[str]) -> dict[str, Link]:
    """The links of these records, by source id; records without one are absent."""
    found = fetch(
        connection,
        Link,
        "select * from ledger.links where realm = :realm and source_type = :source_type and source_id = any(:ids)",
        {"realm": realm, "source_type": source_type, "ids": list(set(source_ids))},
    )
    return {link.source_id: link for link in found}


def linked_objects(connection: sa.Connection, realm: str, quickbooks_type: str) -> dict[str, Key]:
    """Whose object each linked QuickBooks id of that type is."""
    rows = connection.execute(
        sa.text(
            "select quickbooks_id, source_type, source_id from ledger.links where realm = :realm and quickbooks_type = :type"
        ),
        {"realm": realm, "type": quickbooks_type},
    )
    return {row.quickbooks_id: (row.source_type, row.source_id) for row in rows}


def save_links(connection: sa.Connection, links: Sequence[Link]) -> None:
    """Insert or replace by (realm, source_type, source_id).

    Raises sqlalchemy.exc.IntegrityError if an object already belongs to another record: two records never share one.
    """
    insert(
        connection,
        "links",
        links,
        """on conflict (realm, source_type, source_id) do update set
             quickbooks_type = excluded.quickbooks_type, quickbooks_id = excluded.quickbooks_id, sync_token = excluded.sync_token,
             content_hash = excluded.content_hash, mapped = excluded.mapped, owned = excluded.owned,
             generation = excluded.generation, origin = excluded.origin, state = excluded.state,
             quickbooks_number = excluded.quickbooks_number, total = excluded.total,
             run_id = excluded.run_id, updated_at = excluded.updated_at""",
    )


def save_changes(connection: sa.Connection, links: Sequence[Link]) -> None:
    """What an update or void left behind; where the link came from stays, and the fields we own only grow."""
    if links:
        connection.execute(
            sa.text(
                """update ledger.links l set sync_token = n.sync_token, content_hash = n.content_hash, mapped = n.mapped,
                     owned = array(select distinct unnest(l.owned || n.owned) order by 1), state = n.state,
                     quickbooks_number = n.quickbooks_number, total = n.total, run_id = n.run_id, updated_at = n.updated_at
                   from json_populate_recordset(null::ledger.links, :rows) n
                   where l.realm = n.realm and l.source_type = n.source_type and l.source_id = n.source_id"""
            ),
            {"rows": as_json(links)},
        )
