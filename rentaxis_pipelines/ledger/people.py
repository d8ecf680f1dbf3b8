"""Customers, vendors and employees of the snapshot, with only the columns matching needs: a long list is never read in full."""

from collections.abc import Iterable
from typing import Any

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import execute, fetch
from rentaxis_pipelines.model.reasons import NOT_TRIED
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.model.snapshot import SnapshotObject

# If QuickBooks does not give the company's own currency, no currency counts as different.
_HOME_CURRENCY = """coalesce(
    (select home.object #>> '{CurrencyPrefs,HomeCurrency,value}' from ledger.snapshot_objects home
     where home.realm = :realm and home.entity = 'Preferences' limit 1),
    object #>> '{CurrencyRef,value}')"""


class Person(msgspec.Struct, frozen=True):
    """A customer or vendor as QuickBooks shows it. ``mark``: the text in its notes that identifies the RentAxis record, if we created it.

    ``other_currency``: its currency, if that is not the company's own.
    """

    quickbooks_id: str
    name: str
    email: str | None
    active: bool
    mark: str | None = None
    other_currency: str | None = None


def people(
    connection: sa.Connection, realm: str, entity: str, ids: Iterable[str] | None = None
) -> list[Person]:
    """All of that entity (``Customer`` or ``Vendor``), including inactive ones; or only those with these ids."""
    statement = f"""select quickbooks_id, coalesce(object ->> 'DisplayName', '') as name,
                          object #>> '{{PrimaryEmailAddr,Address}}' as email, active,
                          substring(object ->> 'Notes' from 'RentAxis [a-z]+ [^[:space:]]+') as mark,
                          nullif(object #>> '{{CurrencyRef,value}}', {_HOME_CURRENCY}) as other_currency
                   from ledger.snapshot_objects where realm = :realm and entity = :entity
                     and (cast(:ids as text[]) is null or quickbooks_id = any(:ids)) order by quickbooks_id"""  # noqa: S608 - a constant of this module
    return fetch(
        connection, Person, statement, realm=realm, entity=entity, ids=None if ids is None else list(set(ids))
    )


def objects(
    connection: sa.Connection, realm: str, entity: str, ids: Iterable[str]
) -> dict[str, dict[str, Any]]:
    """The objects with these ids as QuickBooks returned them; ids QuickBooks does not have are absent."""
    statement = """select * from ledger.snapshot_objects
                   where realm = :realm and entity = :entity and quickbooks_id = any(:ids)"""
    rows = fetch(connection, SnapshotObject, statement, realm=realm, entity=entity, ids=list(set(ids)))
    return {row.quickbooks_id: row.object for row in rows}


def other_currency(connection: sa.Connection, realm: str, entity: str, quickbooks_id: str) -> str | None:
    """The customer's or vendor's currency, if that is not the company's own."""
    matches = people(connection, realm, entity, [quickbooks_id])
    return matches[0].other_currency if matches else None


def names_in_use(connection: sa.Connection, realm: str) -> dict[str, str]:
    """Who has each DisplayName, by folded name: QuickBooks keeps them unique across customers, vendors and employees.

    The value is ``Entity:id``.
    """
    statement = """select entity, quickbooks_id, object ->> 'DisplayName' as name from ledger.snapshot_objects
                   where realm = :realm and entity in ('Customer', 'Vendor', 'Employee')"""
    rows = execute(connection, statement, realm=realm)
    return {(row.name or "").casefold(): f"{row.entity}:{row.quickbooks_id}" for row in rows}


def refused_in_run(
    connection: sa.Connection, realm: str, run_id: str, source_types: Iterable[str]
) -> list[RowResult]:
    """Results of customers or vendors that QuickBooks, or a rule, refused earlier in the run."""
    statement = """select * from ledger.single_results
                   where realm = :realm and run_id = :run_id and source_type = any(:types) and status = 'failed'
                     and reason_code <> all(:not_tried)"""
    return fetch(
        connection,
        RowResult,
        statement,
        realm=realm,
        run_id=run_id,
        types=list(source_types),
        not_tried=list(NOT_TRIED),
    )
