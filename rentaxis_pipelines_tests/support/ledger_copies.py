"""The ledger's tables as they were: kept in a schema beside it, and put back from there. Triggers sleep meanwhile: what they keep is
copied too. The connection is a superuser's, in autocommit.
"""

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import sql


def keep(connection: psycopg.Connection[Any], schema: str, tables: Sequence[str]) -> None:
    """Copy these tables of the ledger into the schema, which is made for it."""
    connection.execute(sql.SQL("create schema {}").format(sql.Identifier(schema)))
    for table in tables:
        copy = sql.SQL("create table {} as table {}").format(
            sql.Identifier(schema, table), sql.Identifier("ledger", table)
        )
        connection.execute(copy)


def put_back(connection: psycopg.Connection[Any], schema: str, tables: Sequence[str]) -> None:
    """Make these tables what they were when they were kept in the schema, all at once."""
    statements: list[sql.Composable] = [
        sql.SQL("set local session_replication_role = replica"),
        sql.SQL("truncate {}").format(
            sql.SQL(", ").join(sql.Identifier("ledger", table) for table in tables)
        ),
    ]
    for table in tables:
        columns = sql.SQL(", ").join(map(sql.Identifier, _columns(connection, table)))
        statements.append(
            sql.SQL("insert into {} ({}) overriding system value select {} from {}").format(
                sql.Identifier("ledger", table), columns, columns, sql.Identifier(schema, table)
            )
        )
    with connection.transaction():
        for statement in statements:
            connection.execute(statement)


def _columns(connection: psycopg.Connection[Any], table: str) -> list[str]:
    """Those that are written; the database makes the others itself."""
    found = connection.execute(
        """select column_name from information_schema.columns
           where table_schema = 'ledger' and table_name = %s and is_generated = 'NEVER' order by ordinal_position""",
        [table],
    )
    return [name for (name,) in found]
