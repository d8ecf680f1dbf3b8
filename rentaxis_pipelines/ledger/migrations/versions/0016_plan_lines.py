"""What the pages of plans and of edits in QuickBooks keep: a plan's rows in the order they are read, and what people chose."""

from pathlib import Path

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
