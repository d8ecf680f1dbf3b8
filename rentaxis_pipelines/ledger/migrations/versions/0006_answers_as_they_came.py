"""An answer is kept for a moment only, so it is not compressed: that took Postgres longer than writing it."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("alter table ledger.requests alter column answer set storage external")
