"""Which QuickBooks object a source record is. Reads and writes of ``ledger.links``; the caller commits."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import as_json, execute, fetch, insert, write
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.record_type import DEPOSIT, PAYMENT
from rentaxis_pipelines.model.record_types import PAYING_TYPES, sql_whole_id

Key = tuple[str, str]  # source_type, source_id


def links_of(
    connection: sa.Connection, realm: str, source_type: str, source_ids: Iterable[str]
) -> dict[str, Link]:
    """The links of these records, by source id; records without one are absent."""
    statement = "select * from ledger.links where realm = :realm and source_type = :source_type and source_id = any(:ids)"
    links = fetch(
        connection, Link, statement, realm=realm, source_type=source_type, ids=list(set(source_ids))
    )
    return {link.source_id: link for link in links}


def parts_of(connection: sa.Connection, realm: str, source_type: str, whole_ids: Iterable[str]) -> list[Link]:
    """The links of the parts of these records, of a source type whose ids hold the record's (``record_types.part_id``)."""
    whole_id = sql_whole_id("source_type", "source_id")
    statement = f"""select * from ledger.links where realm = :realm and source_type = :source_type
                    and {whole_id} = any(:ids) order by source_id"""  # noqa: S608 - constants
    return fetch(connection, Link, statement, realm=realm, source_type=source_type, ids=list(set(whole_ids)))


def live_of_type(connection: sa.Connection, realm: str, source_type: str) -> list[Link]:
    """The live links of all records of that type: for vendors and the like, of which a company has few."""
    statement = "select * from ledger.links where realm = :realm and source_type = :source_type and state = 'live' order by source_id"
    return fetch(connection, Link, statement, realm=realm, source_type=source_type)


def are_any(connection: sa.Connection, realm: str, source_type: str) -> bool:
    """Whether any record of that type has a link."""
    statement = "select exists (select from ledger.links where realm = :realm and source_type = :source_type)"
    return execute(connection, statement, realm=realm, source_type=source_type).scalar_one()


def of_objects(
    connection: sa.Connection, realm: str, quickbooks_type: str, quickbooks_ids: Iterable[str]
) -> list[Link]:
    """The links to these objects."""
    statement = "select * from ledger.links where realm = :realm and quickbooks_type = :type and quickbooks_id = any(:ids)"
    return fetch(connection, Link, statement, realm=realm, type=quickbooks_type, ids=list(quickbooks_ids))


def owners_of(
    connection: sa.Connection, realm: str, quickbooks_type: str, quickbooks_ids: Iterable[str] | None = None
) -> dict[str, Key]:
    """The record of each of these QuickBooks ids, or of each linked one of the type; ids without a record are absent."""
    statement = """select quickbooks_id, source_type, source_id from ledger.links
                   where realm = :realm and quickbooks_type = :type
                     and (cast(:ids as text[]) is null or quickbooks_id = any(:ids))"""
    ids = None if quickbooks_ids is None else list(quickbooks_ids)
    rows = execute(connection, statement, realm=realm, type=quickbooks_type, ids=ids)
    return {row.quickbooks_id: (row.source_type, row.source_id) for row in rows}


def numbers_of(
    connection: sa.Connection, realm: str, quickbooks_type: str, quickbooks_ids: Iterable[str]
) -> dict[str, str]:
    """The numbers of these linked QuickBooks objects, by id; those without one are absent. ``quickbooks_type``: also as a payment's line names
    it, for which a Purchase is an "Expense".
    """
    quickbooks_type = "Purchase" if quickbooks_type == "Expense" else quickbooks_type
    statement = """select quickbooks_id, quickbooks_number from ledger.links
                   where realm = :realm and quickbooks_type = :type and quickbooks_id = any(:ids) and quickbooks_number is not null"""
    rows = execute(connection, statement, realm=realm, type=quickbooks_type, ids=list(quickbooks_ids))
    return {row.quickbooks_id: row.quickbooks_number for row in rows}


def voided_among(
    connection: sa.Connection, realm: str, quickbooks_type: str, quickbooks_ids: Iterable[str]
) -> set[str]:
    """Which of these QuickBooks objects we have voided."""
    statement = """select quickbooks_id from ledger.links where realm = :realm and quickbooks_type = :type
                     and quickbooks_id = any(:ids) and state = 'void'"""
    rows = execute(connection, statement, realm=realm, type=quickbooks_type, ids=list(quickbooks_ids))
    return {row.quickbooks_id for row in rows}


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
             redated_from = excluded.redated_from, run_id = excluded.run_id, updated_at = excluded.updated_at""",
    )


def drop(connection: sa.Connection, realm: str, objects: Iterable[tuple[str, str]]) -> None:
    """Forget the links to these objects (type and id): they were deleted. Whichever record each was stored under: an expense that was to
    stand as something else may have been planned so by a run that died.
    """
    listed = list(objects)
    statement = """delete from ledger.links l using unnest(cast(:types as text[]), cast(:ids as text[])) as o (quickbooks_type, quickbooks_id)
                   where l.realm = :realm and l.quickbooks_type = o.quickbooks_type and l.quickbooks_id = o.quickbooks_id"""
    write(
        connection,
        statement,
        realm=realm,
        types=[quickbooks_type for quickbooks_type, _ in listed],
        ids=[quickbooks_id for _, quickbooks_id in listed],
    )


def put_under(connection: sa.Connection, links: Sequence[Link]) -> None:
    """Store each link under the record it names, whichever record it was stored under before: two may be swapped."""
    for link in links:
        statement = "delete from ledger.links where realm = :realm and quickbooks_type = :type and quickbooks_id = :id"
        execute(connection, statement, realm=link.realm, type=link.quickbooks_type, id=link.quickbooks_id)
    save_links(connection, links)


def save_changes(connection: sa.Connection, links: Sequence[Link]) -> None:
    """Save the result of an update or void; the link's origin stays, and the fields we own can only be added to."""
    if links:
        statement = """update ledger.links l set sync_token = n.sync_token, content_hash = n.content_hash, mapped = n.mapped,
                         owned = array(select distinct unnest(l.owned || n.owned) order by 1), state = n.state,
                         quickbooks_number = n.quickbooks_number, total = n.total, redated_from = n.redated_from, run_id = n.run_id, updated_at = n.updated_at
                       from json_populate_recordset(null::ledger.links, :rows) n
                       where l.realm = n.realm and l.source_type = n.source_type and l.source_id = n.source_id"""
        write(connection, statement, rows=as_json(links))


def save_first_step(
    connection: sa.Connection, realm: str, key: Key, *, sync_token: str, written: Mapping[str, Any]
) -> None:
    """Save the result of the first of two writes. The object no longer matches any record, so its hash is cleared."""
    statement = """update ledger.links set sync_token = :token, content_hash = '',
                     quickbooks_number = coalesce(cast(:written as jsonb) ->> 'DocNumber', quickbooks_number),
                     mapped = (mapped::jsonb || cast(:written as jsonb))::json
                   where realm = :realm and source_type = :source_type and source_id = :source_id"""
    write(
        connection,
        statement,
        realm=realm,
        source_type=key[0],
        source_id=key[1],
        token=sync_token,
        written=as_json(written),
    )


def save_gone(connection: sa.Connection, realm: str, keys: Iterable[Key], at: dt.datetime) -> None:
    """Record that the objects of these records are no longer in QuickBooks."""
    for source_type, source_id in keys:
        statement = """update ledger.links set state = 'gone', updated_at = :at
                       where realm = :realm and source_type = :source_type and source_id = :source_id"""
        write(connection, statement, realm=realm, source_type=source_type, source_id=source_id, at=at)


def holders_of_numbers(
    connection: sa.Connection, realm: str, source_type: str, numbers: Iterable[str]
) -> dict[str, str]:
    """The record of that type that has each QuickBooks number, by folded number. Objects gone from QuickBooks have none."""
    statement = """select quickbooks_number, source_id from ledger.links
                   where realm = :realm and source_type = :source_type and state <> 'gone'
                     and lower(quickbooks_number) = any(:numbers)"""
    rows = execute(
        connection,
        statement,
        realm=realm,
        source_type=source_type,
        numbers=list({number.lower() for number in numbers}),
    )
    return {row.quickbooks_number.casefold(): row.source_id for row in rows}


def planned_to_be_made(
    connection: sa.Connection, realm: str, run_id: str, source_type: str, source_ids: Iterable[str]
) -> dict[str, str]:
    """Those of these invoices, or credits, that the run's plans would create, each with its customer: a QuickBooks id, or the pending one
    of a customer to be made.
    """
    statement = """select p.source_id, p.payload #>> '{CustomerRef,value}' as customer
                   from ledger.planned_rows p join ledger.plans l using (plan_id)
                   where l.realm = :realm and l.run_id = :run_id and p.source_type = :source_type and p.action = 'create'
                     and p.status is null and p.source_id = any(:ids)"""
    rows = execute(
        connection, statement, realm=realm, run_id=run_id, source_type=source_type, ids=list(source_ids)
    )
    return {row.source_id: row.customer for row in rows}


def planned_payloads(
    connection: sa.Connection, realm: str, run_id: str, source_type: str, source_ids: Iterable[str]
) -> dict[str, dict[str, Any]]:
    """Those of these records that the run's plans would create, each with what would be sent."""
    statement = """select p.source_id, p.payload
                   from ledger.planned_rows p join ledger.plans l using (plan_id)
                   where l.realm = :realm and l.run_id = :run_id and p.source_type = :source_type and p.action = 'create'
                     and p.status is null and p.source_id = any(:ids)"""
    rows = execute(
        connection, statement, realm=realm, run_id=run_id, source_type=source_type, ids=list(source_ids)
    )
    return {row.source_id: row.payload for row in rows}


def is_anything_billed_to(
    connection: sa.Connection, realm: str, source_type: str, customer_ids: Iterable[str]
) -> bool:
    """Whether a live object of a record of that type is on one of these QuickBooks customers."""
    statement = """select exists (select from ledger.links where realm = :realm and source_type = :source_type and state = 'live'
                   and mapped #>> '{CustomerRef,value}' = any(:ids))"""
    ids = list(customer_ids)
    if not ids:
        return False
    return execute(connection, statement, realm=realm, source_type=source_type, ids=ids).scalar_one()


def payments_on(
    connection: sa.Connection, realm: str, invoice_ids: Iterable[str]
) -> dict[str, dict[Key, Decimal]]:
    """By QuickBooks id of an invoice or credit memo: our live payments and applications of credits on it, with amounts, as last written."""
    wanted = list(invoice_ids)
    if not wanted:
        return {}
    statement = """select p.source_type, p.source_id, linked.value ->> 'TxnId' as invoice_id, (line.value ->> 'Amount')::numeric as amount
                   from ledger.links p
                   cross join lateral jsonb_array_elements(coalesce(p.mapped::jsonb -> 'Line', '[]')) as line (value)
                   cross join lateral jsonb_array_elements(coalesce(line.value -> 'LinkedTxn', '[]')) as linked (value)
                   where p.realm = :realm and p.source_type = any(:types) and p.state = 'live'
                     and linked.value ->> 'TxnId' = any(:ids)
                   order by p.source_type desc, length(p.source_id), p.source_id"""
    rows = execute(connection, statement, realm=realm, types=list(PAYING_TYPES), ids=wanted)
    payments_by_invoice: dict[str, dict[Key, Decimal]] = {}
    for row in rows:
        payments_by_invoice.setdefault(row.invoice_id, {})[row.source_type, row.source_id] = row.amount
    return payments_by_invoice


def payments_alone_on(
    connection: sa.Connection, realm: str, ids: Iterable[str]
) -> dict[str, dict[str, Decimal]]:
    """The same of payments without applications of credits, by source id: what pays a return or a refund."""
    return {
        paid: alone
        for paid, amounts in payments_on(connection, realm, ids).items()
        if (alone := {source_id: amount for (kind, source_id), amount in amounts.items() if kind == PAYMENT})
    }


def deposits_of(connection: sa.Connection, realm: str, payment_ids: Iterable[str]) -> dict[str, str]:
    """By QuickBooks id of a payment, the record of our live bank deposit that gathers it by a link, as last written."""
    wanted = list(payment_ids)
    if not wanted:
        return {}
    statement = """select d.source_id, linked.value ->> 'TxnId' as payment_id
                   from ledger.links d
                   cross join lateral jsonb_array_elements(coalesce(d.mapped::jsonb -> 'Line', '[]')) as line (value)
                   cross join lateral jsonb_array_elements(coalesce(line.value -> 'LinkedTxn', '[]')) as linked (value)
                   where d.realm = :realm and d.source_type = :source_type and d.state = 'live'
                     and linked.value ->> 'TxnType' = 'Payment' and linked.value ->> 'TxnId' = any(:ids)"""
    rows = execute(connection, statement, realm=realm, source_type=DEPOSIT, ids=wanted)
    return {row.payment_id: row.source_id for row in rows}


def written_at(connection: sa.Connection, realm: str, source_types: Sequence[str]) -> dict[Key, dt.datetime]:
    """The last write of each live link of these types."""
    statement = """select source_type, source_id, updated_at from ledger.links
                   where realm = :realm and source_type = any(:types) and state = 'live'"""
    rows = execute(connection, statement, realm=realm, types=list(source_types))
    return {(row.source_type, row.source_id): row.updated_at for row in rows}
