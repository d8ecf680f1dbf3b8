"""Rows of requests: room for their outcome beside them, and no index that only rows sent again are looked up by."""

from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    # Each row is written once more, when its outcome is known. In the same page, no index has to be told.
    op.execute("alter table ledger.request_rows set (fillfactor = 50)")
    op.execute("drop index ledger.request_rows_plan")
    op.execute(
        "create index request_rows_released on ledger.request_rows (plan_id) where operation = 'release'"
    )
