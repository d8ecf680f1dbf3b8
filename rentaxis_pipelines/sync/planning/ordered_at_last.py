"""Payments that let go of invoices before those that take them, in a plan that was made in chunks: found once all of it is written down.

Only rows that touch such an invoice are read again; they go last, in the order they would have in a plan made at once. Not here: that
order (``unapplying``).
"""

import msgspec

from rentaxis_pipelines.ledger import growing_plans, links, plans
from rentaxis_pipelines.model.record_types import INVOICE, PAYMENT, PAYMENTS
from rentaxis_pipelines.sync.planning.saving import OpenPlan, add, chosen_of
from rentaxis_pipelines.sync.planning.unapplying import applied_key, in_order


def in_order_at_last(opened: OpenPlan, let_go: set[str]) -> None:
    """Put the payments in order, and the invoices of this run behind them that can follow. Commits.

    ``let_go``: the QuickBooks ids of invoices that a payment of the plan lets go of.
    """
    if opened.record_type != PAYMENTS:
        return
    run = opened.context.run
    waiting = plans.waiting_changes(run.connection, run.realm, run.run_id, INVOICE)
    held = links.links_of(run.connection, run.realm, INVOICE, [row.source_id for row in waiting])
    touched = let_go | {link.quickbooks_id for link in held.values()}
    if not touched:
        return
    rows = growing_plans.rows_sharing(run.connection, opened.plan_id, map(applied_key, sorted(touched)))
    rows.sort(key=lambda row: (row.day, len(row.source_id), row.source_id))
    known = links.links_of(run.connection, run.realm, PAYMENT, [row.source_id for row in rows])
    in_their_order = in_order(opened.context, rows, known)
    payments = [row for row in in_their_order if row.source_type == PAYMENT]
    moved = [
        msgspec.structs.replace(row, position=position)
        for position, row in enumerate(payments, start=opened.at)
    ]
    growing_plans.replace_rows(run.connection, opened.plan_id, [row.position for row in rows], moved)
    opened.at += len(moved)
    followers, _ = chosen_of(
        opened.context, [row for row in in_their_order if row.source_type == INVOICE], []
    )
    add(opened, followers, [])
