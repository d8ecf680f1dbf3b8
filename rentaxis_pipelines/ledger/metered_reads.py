"""How many reads of QuickBooks a company has used in each month: Intuit meters them for an app as a whole.

Here: counting and reading the count. Not here: which calls count (``quickbooks.client``).
"""

import logging

from sqlalchemy.exc import SQLAlchemyError

from rentaxis_pipelines.ledger.database import LedgerError, connect
from rentaxis_pipelines.ledger.sql import execute

_LOG = logging.getLogger(__name__)


def count_read(url: str, realm: str) -> None:
    """Count one read in this month. A read that cannot be counted is made all the same, and the log says so."""
    statement = """insert into ledger.metered_reads as counted (realm, month, reads)
                   values (:realm, date_trunc('month', now() at time zone 'UTC')::date, 1)
                   on conflict (realm, month) do update set reads = counted.reads + 1"""
    try:
        with connect(url) as connection:
            # The last few may be lost with the machine: they are counted for people, nothing is decided by them.
            execute(connection, "set local synchronous_commit to off")
            execute(connection, statement, realm=realm)
            connection.commit()
    except (LedgerError, SQLAlchemyError) as error:
        _LOG.warning("A metered read could not be counted (%s).", type(error).__name__)
