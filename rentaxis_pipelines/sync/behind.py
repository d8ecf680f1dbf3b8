"""Whether the ledger is younger than the books: QuickBooks holds transactions of ours that it does not know.

Here: the sentence for whoever looks (``rentaxis-sync check``). Not here: taking them back, which the next run does by itself
before it creates anything (``planning.take_back``).
"""

import datetime as dt
from collections import Counter

from rentaxis_pipelines.ledger.known_until import known_until
from rentaxis_pipelines.ledger.locks import realm_lock
from rentaxis_pipelines.settings import Company, Environment
from rentaxis_pipelines.sync.planning.take_back import unknown_to_the_ledger
from rentaxis_pipelines.sync.session import client_of

HOW_TO_CATCH_UP = (
    "Follow 'Restore from a backup' in docs/operations.md: push the days since the backup was made (rentaxis-sync bulk). The run first "
    "links what it finds, so nothing is created twice."
)


def why_behind(environment: Environment, company: Company) -> str | None:
    """In one sentence what the ledger does not know, or None.

    Raises LedgerLocked while a run pushes, LedgerUnreachable, QuickBooksError.
    """
    url, realm = environment.pipelines_database_url.get_secret_value(), environment.quickbooks_realm_id
    with realm_lock(url, realm, wait_seconds=1) as connection:
        known = known_until(connection, realm)
        unknown = unknown_to_the_ledger(connection, realm, client_of(environment), company.first_day)
    if not unknown:
        return None
    counted = Counter(transaction.entity for transaction in unknown)
    listed = ", ".join(f"{number:,} {entity}" for entity, number in sorted(counted.items()))
    until = (
        f" It knows QuickBooks up to {known.changed_at.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC."
        if known
        else ""
    )
    return (
        f"The ledger is behind QuickBooks, which has {sum(counted.values()):,} transactions with our mark that it does not know "
        f"({listed}): it was restored from an older backup, or lost.{until}"
    )
