"""Rows in every table of the ledger, made of what each column may hold, and the ledger as values to compare.

A table that a later migration makes is filled too; only what a check demands is written here. What triggers keep is left to them.
"""

import datetime as dt
import json
import random
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from rentaxis_pipelines.ledger.company_tables import (
    KEPT_BY_TRIGGERS,
    LedgerTable,
    company_tables,
    is_of,
    numbered_by,
)
from rentaxis_pipelines.safety.driver import driver

# What a line of COPY's text could be mistaken for, and what a person may type.
NASTY = (
    "\\N",
    "\\.",
    "a\tb",
    "line\nbreak\r",
    "back\\slash\\n",
    "'quote\"",
    "",
    " ",
    "Zoë 🏠 \u202e",
    "{}",
    "null",
    "\\x41",
)
WHEN = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
CHOICES: Mapping[tuple[str, str], tuple[object, ...]] = {
    ("plans", "dry_run"): (False, False, True),
    ("links", "origin"): ("created", "matched_email", "confirmed", "adopted", "imported"),
    ("links", "state"): ("live", "void", "gone"),
    ("planned_rows", "action"): ("create", "update", "void", "delete", "none"),
    ("planned_rows", "status"): (None, "created", "skipped", "failed"),
    ("requests", "state"): ("sending", "answered", "recorded"),
    ("single_results", "action"): ("create", "update", "void", "delete", "none"),
    ("single_results", "status"): ("created", "updated", "skipped", "failed", "failed", "failed"),
    ("single_results", "reason_code"): ("waiting_for_parent", "apply_by_hand", "unchanged"),
    ("decisions", "kind"): ("exclude", "include"),
    ("decisions", "quickbooks_id"): (None,),
    ("decisions", "withdraws"): (None,),
    ("decisions", "batch_rows"): (None,),
    ("decisions", "why"): ("a reason\twith a tab",),
    ("decisions", "who"): ("Dana",),
    ("previews", "why"): ("asked", "policy", "guard", "overwrites"),
    ("previews", "state"): ("planned", "approved", "pushing", "done", "superseded"),
    ("link_versions", "action"): ("create", "update", "void", "delete", "note", "release", "edited"),
}


def organization_of(realm: str) -> str:
    return f"organization of {realm}"


def fill(connection: sa.Connection, realm: str, chosen: random.Random, most: int = 3) -> None:
    """Up to ``most`` rows of the company in every table, and always its registration and one decision taken back by another. Commits."""
    tables = company_tables(connection)
    by_name = {table.name: table for table in tables}
    for table in tables:
        if table.name in KEPT_BY_TRIGGERS:
            continue
        types = _types(connection, table)
        parents = {
            reference.column: _values(
                connection, by_name[reference.table], by_name, realm, reference.table_column
            )
            for reference in table.references
            if reference.table != table.name
        }
        for number in range(
            max(1, chosen.randint(0, most))
            if table.name in ("companies", "plans", "decisions")
            else chosen.randint(0, most)
        ):
            row = {
                name: _value(table, name, kind, number, realm, chosen, parents)
                for name, kind in types.items()
            }
            if all(parents.values()):
                _insert(connection, table, row)
        connection.commit()
    _take_back_a_decision(connection, realm)
    connection.execute(
        sa.text(
            "update ledger.open_records set decided = 'exclude', decided_by = 'Dana', decided_at = now() where realm = :realm and source_id like '%0'"
        ),
        {"realm": realm},
    )
    connection.commit()


def _take_back_a_decision(connection: sa.Connection, realm: str) -> None:
    statement = """insert into ledger.decisions (realm, source_type, source_id, kind, why, who, decided_at, withdraws)
                   select realm, source_type, source_id, 'withdraw', 'a slip', 'Dana', now(), decision_id from ledger.decisions
                   where realm = :realm order by decision_id limit 1"""
    connection.execute(sa.text(statement), {"realm": realm})


def _types(connection: sa.Connection, table: LedgerTable) -> dict[str, str]:
    found = connection.execute(
        sa.text(
            "select column_name, udt_name from information_schema.columns where table_schema = 'ledger' and table_name = :name"
        ),
        {"name": table.name},
    )
    types = {row.column_name: row.udt_name for row in found}
    return {name: types[name] for name in table.columns if name != table.number}


def _values(
    connection: sa.Connection, table: LedgerTable, by_name: Mapping[str, LedgerTable], realm: str, column: str
) -> list[Any]:
    query = sql.SQL("select {} from {} where {}").format(
        sql.Identifier(column), table.place, is_of(table, by_name, realm)
    )
    return [row[0] for row in driver(connection).execute(query)]


def _value(
    table: LedgerTable,
    name: str,
    kind: str,
    number: int,
    realm: str,
    chosen: random.Random,
    parents: Mapping[str, list[Any]],
) -> object:
    if name == "realm":
        return realm
    if name == "organization_id":
        return organization_of(realm)
    if name in parents:
        return chosen.choice(parents[name]) if parents[name] else None
    if (table.name, name) in CHOICES:
        return chosen.choice(CHOICES[table.name, name])
    text = f"{chosen.choice(NASTY)} {table.name} {realm} {number}"
    return {
        "text": text,
        "int4": number,
        "int8": number,
        "numeric": chosen.randint(-(10**6), 10**6) / 100,
        "bool": chosen.random() < 0.5,
        "date": WHEN.date() + dt.timedelta(days=number),
        "timestamptz": WHEN + dt.timedelta(hours=number, microseconds=chosen.randint(0, 10**6)),
        "json": Jsonb({"text": text, "n": number}),
        "jsonb": Jsonb([text, {"n": number}]),
        "bytea": text.encode() + b"\x00\\\xff",
        "_text": [text, chosen.choice(NASTY)],
        "_numeric": [number + 0.25, chosen.randint(-(10**6), 10**6) / 100],
        "uuid": uuid.UUID(int=chosen.getrandbits(128)),
    }[kind]


def _insert(connection: sa.Connection, table: LedgerTable, row: Mapping[str, object]) -> None:
    columns = sql.SQL(", ").join(map(sql.Identifier, row))
    values = sql.SQL(", ").join(sql.Placeholder() * len(row))
    statement = sql.SQL("insert into {} ({}) values ({}) on conflict do nothing").format(
        table.place, columns, values
    )
    driver(connection).execute(statement, list(row.values()))


def company_in(connection: sa.Connection, realm: str) -> dict[str, list[dict[str, Any]]]:
    """Every row of the company by table, to be compared: numbers that the database counts up as their place in the order."""
    tables = company_tables(connection)
    by_name = {table.name: table for table in tables}
    places: dict[str, dict[int, int]] = {}
    found: dict[str, list[dict[str, Any]]] = {}
    for table in tables:
        query = sql.SQL("select to_jsonb(t)::text as row from {} t where {}").format(
            table.place, is_of(table, by_name, realm)
        )
        with driver(connection).cursor(row_factory=dict_row) as cursor:
            rows = [_decoded(row["row"]) for row in cursor.execute(query)]
        if (number := table.number) is not None:
            counted_up = sorted(int(row[number]) for row in rows)
            places[table.name] = {value: place for place, value in enumerate(counted_up)}
        for row in rows:
            for column, counted in numbered_by(table, by_name).items():
                if row[column] is not None:
                    row[column] = places[counted][row[column]]
        found[table.name] = sorted(rows, key=repr)
    connection.rollback()
    return found


def _decoded(text: str) -> dict[str, Any]:
    return json.loads(text, parse_float=str)
