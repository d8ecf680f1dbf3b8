"""What a planned row takes off its object before it is written: payments that exchange invoices need two writes of one of them."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.execute("alter table ledger.planned_rows add column release json")
