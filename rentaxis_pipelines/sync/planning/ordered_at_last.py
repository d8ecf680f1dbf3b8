"""Payments that let go of invoices before those that take them, in a plan that was made in chunks: found once all of it is written down.

Only rows that touch such an invoice are read again; they go last, in the order they would have in a plan made at once. Not here: that
order (``unapplying``).
"""

import msgspec

from rentaxis_pipelines.ledger import growing_plans, links, plans
from rentaxis_pipelines.model.record_type import DEPOSIT
from rentaxis_pipelines.model.record_types import BY_NAME, HELD_TYPES, PAYING_TYPES
from rentaxis_pipelines.sync.known_links import links_of_keys
from rentaxis_pipelines.sync.planning.saving import OpenPlan, add, chosen_of
from rentaxis_pipelines.sync.planning.unapplying import applied_key, in_order


def in_order_at_last(opened: OpenPlan, let_go: set[str]) -> None:
    """Put the payments in order, and the invoices of this run behind them that can follow. Commits.

    ``let_go``: the QuickBooks ids of invoices and credits that a payment of the plan lets go of, and of our bank deposits that let go of one.
    """
    (source_type, *_) = BY_NAME[opened.record_type].source_types
    if source_type not in PAYING_TYPES:
        return
    run = opened.context.run
    waiting = [
        (row.source_type, row.source_id)
        for held_type in HELD_TYPES
        for row in plans.waiting_changes(run.connection, run.realm, run.run_id, held_type)
    ]
    held = links_of_keys(run.connection, run.realm, waiting)
    touched = let_go | {link.quickbooks_id for link in held.values()}
    if not touched:
        return
    rows = growing_plans.rows_sharing(run.connection, opened.plan_id, map(applied_key, sorted(touched)))
    rows.sort(key=lambda row: (row.day, len(row.source_id), row.source_id))
    known = links.links_of(run.connection, run.realm, source_type, [row.source_id for row in rows])
    in_their_order = in_order(opened.context, rows, known, source_type)
    payments = [row for row in in_their_order if row.source_type == source_type]
    moved = [
        msgspec.structs.replace(row, position=position)
        for position, row in enumerate(payments, start=opened.at)
    ]
    growing_plans.replace_rows(run.connection, opened.plan_id, [row.position for row in rows], moved)
    opened.at += len(moved)
    followers, _ = chosen_of(
        opened.context, [row for row in in_their_order if row.source_type in (*HELD_TYPES, DEPOSIT)], []
    )
    add(opened, followers, [])
