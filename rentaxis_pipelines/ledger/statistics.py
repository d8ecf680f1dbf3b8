"""What the database's planner knows of the ledger, brought up to date where much has changed since it last looked.

Postgres looks by itself about once a minute, and a push fills tables faster: a question over all records, asked right after one, would be
planned as if the tables were empty and take a hundred times as long. Here: looking again where it pays. Not here: what is asked.
"""

import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import execute

_MUCH = 0.1  # of a table's rows
_FEW = 500  # rows of which no plan goes wrong

# Only what this user may look at; others' tables would bring a warning each.
_STALE = """select c.relname from pg_stat_user_tables s join pg_class c on c.oid = s.relid
            where s.schemaname = 'ledger' and s.n_mod_since_analyze > :few + :much * s.n_live_tup and pg_has_role(c.relowner, 'USAGE')
            order by c.relname"""


def refresh_statistics(connection: sa.Connection) -> list[str]:
    """Look anew at the tables of the ledger that have changed a lot; returns which. Commits, before and after: looking keeps others out."""
    connection.commit()
    tables = list(execute(connection, _STALE, few=_FEW, much=_MUCH).scalars())
    for table in tables:
        execute(connection, f'analyze ledger."{table}"')
    connection.commit()
    return tables
