"""Which rows of a plan have a result, found by one exact look-up a row.

By the plan alone, Postgres went through all its results for each row to send: quadratic, half a minute a thousand rows.
"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("create index row_results_plan_record on ledger.row_results (plan_id, source_type, source_id)")
    op.execute("drop index ledger.row_results_plan")
