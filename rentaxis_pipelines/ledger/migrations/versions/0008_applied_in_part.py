"""Payments that are applied in part are found in a moment, as those that failed or wait are."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.execute("drop index ledger.row_results_open")
    op.execute(
        """create index row_results_open on ledger.row_results (realm, source_type, source_id)
           where status = 'failed'
              or reason_code in ('waiting_for_confirmation', 'waiting_for_parent', 'applied_in_part')"""
    )
