"""A record's own date, for one booked on a later date because the books were closed: proof reads it here, not in the memo."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.execute("alter table ledger.planned_rows add column redated_from date")
    op.execute("alter table ledger.links add column redated_from date")
    # Until now the date was kept in the memo only; this is the last time it is read from there.
    op.execute(
        r"""update ledger.links
            set redated_from = substring(mapped ->> 'PrivateNote' from '^Dated (\d{4}-\d{2}-\d{2}) in RentAxis; the books')::date
            where mapped ->> 'PrivateNote' ~ '^Dated \d{4}-\d{2}-\d{2} in RentAxis; the books were closed'"""
    )
