"""Decisions as a list for people, newest first, a page at a time; many that were made by one action are one line. Read-only.

Not here: what decisions amount to (``ledger.decisions``), how one is undone (``sync.undo_decision``).
"""

import sqlalchemy as sa

from rentaxis_pipelines.ledger.paging import ROWS_A_PAGE, Page, offset_of, page_of
from rentaxis_pipelines.ledger.sql import fetch
from rentaxis_pipelines.model.decisions import Decision


class ListedDecision(Decision, frozen=True, kw_only=True):
    """``label``: the record as its newest result shows it; ``target``: the name or number of the QuickBooks object, where known.

    ``batch``: the same for all decisions of one action, of which this is the first; ``batch_rows``: how many those are.
    """

    label: str | None = None
    target: str | None = None
    batch: str | None = None
    batch_rows: int | None = None


_LISTED = """select d.decision_id, d.realm, d.source_type, d.source_id, d.kind, d.quickbooks_type, d.quickbooks_id, d.why, d.who,
               d.decided_at, d.run_id, d.withdraws, d.batch, d.batch_rows, r.source_label as label,
               coalesce(s.object ->> 'DisplayName', t.object ->> 'DocNumber', t.object ->> 'PaymentRefNum') as target
             from ledger.decisions d
             left join lateral (
               select source_label from ledger.single_results r
               where r.realm = d.realm and r.source_type = d.source_type and r.source_id = d.source_id
               order by r.finished_at desc limit 1) r on true
             left join ledger.snapshot_objects s
               on s.realm = d.realm and s.entity = d.quickbooks_type and s.quickbooks_id = d.quickbooks_id
             left join ledger.quickbooks_transactions t
               on t.realm = d.realm and t.entity = d.quickbooks_type and t.quickbooks_id = d.quickbooks_id"""


def listed(
    connection: sa.Connection, realm: str, number: int = 1, *, size: int = ROWS_A_PAGE
) -> Page[ListedDecision]:
    """A page of all decisions."""
    statement = f"""{_LISTED} where d.realm = :realm and (d.batch is null or d.batch_rows is not null)
                    order by d.decision_id desc limit :limit offset :offset"""
    rows = fetch(
        connection, ListedDecision, statement, realm=realm, limit=size + 1, offset=offset_of(number, size)
    )
    return page_of(rows, number, size=size)


def one(connection: sa.Connection, realm: str, decision_id: int) -> ListedDecision | None:
    """That decision, if it is the realm's."""
    statement = f"{_LISTED} where d.realm = :realm and d.decision_id = :decision_id"
    rows = fetch(connection, ListedDecision, statement, realm=realm, decision_id=decision_id)
    return rows[0] if rows else None
