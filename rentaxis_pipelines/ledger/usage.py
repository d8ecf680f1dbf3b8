"""What carries a vendor, class or location, by the ledger's own copies: transactions as last seen, and links as last written. Reads only."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import execute


def on(
    connection: sa.Connection, realm: str, reference: str, ids: Sequence[str]
) -> list[tuple[str, str, dict[str, Any]]]:
    """Each of these ids with the type and object of a transaction whose field ``reference`` names it, on the whole or on a line.

    An object that was never read is told as it was last written.
    """
    statement = """with known as (
                     select entity, quickbooks_id, object from ledger.quickbooks_transactions where realm = :realm and gone_at is null
                     union all
                     select l.quickbooks_type, l.quickbooks_id, l.mapped::jsonb || jsonb_build_object('Id', l.quickbooks_id)
                     from ledger.links l where l.realm = :realm and l.state = 'live'
                       and not exists (select from ledger.quickbooks_transactions t where t.realm = l.realm
                                       and t.entity = l.quickbooks_type and t.quickbooks_id = l.quickbooks_id)
                   )
                   select entity, object::text as object from known
                   where jsonb_path_exists(object, cast(:path as jsonpath), jsonb_build_object('ids', cast(:ids as jsonb)))"""
    path = f"$.**.{reference} ? (@.value == $ids[*])"
    rows = execute(connection, statement, realm=realm, path=path, ids=msgspec.json.encode(list(ids)).decode())
    decoder = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)
    carriers = [(row.entity, decoder.decode(row.object)) for row in rows]
    return [
        (quickbooks_id, entity, carrier)
        for entity, carrier in carriers
        for quickbooks_id in sorted(references_in(carrier, reference) & set(ids))
    ]


def references_in(transaction: Mapping[str, Any], reference: str) -> set[str]:
    """The ids that field names, on the transaction or on its lines."""
    return {str(found["value"]) for found in _fields(transaction, reference) if found.get("value")}


def _fields(value: Any, name: str) -> Iterator[dict[str, Any]]:
    if isinstance(value, Mapping):
        for key, inner in cast("Mapping[str, Any]", value).items():
            if key == name and isinstance(inner, Mapping):
                yield dict(cast("Mapping[str, Any]", inner))
            else:
                yield from _fields(inner, name)
    elif isinstance(value, list):
        for inner in cast("Iterable[Any]", value):
            yield from _fields(inner, name)
