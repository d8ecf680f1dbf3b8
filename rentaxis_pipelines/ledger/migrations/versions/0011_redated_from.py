"""A record's own date, for one booked on a later date because the books were closed: proof reads it here, not in the memo."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.execute("alter table ledger.planned_rows add column redated_from date")
    op.execute("alter table ledger.links add column redated_from date")
    # Until now the date was kept in the memo only; this is the last time it is read from there. A plan that a dead run left
    # unfinished is settled by the next one, from its rows.
    for table, memo, chosen in (
        ("links", "mapped ->> 'PrivateNote'", "true"),
        (
            "planned_rows",
            "coalesce(mapped, payload) ->> 'PrivateNote'",
            "plan_id in (select plan_id from ledger.plans where finished_at is null)",
        ),
    ):
        op.execute(
            rf"""update ledger.{table}
                 set redated_from = substring({memo} from '^Dated (\d{{4}}-\d{{2}}-\d{{2}}) in RentAxis; the books')::date
                 where {chosen} and {memo} ~ '^Dated \d{{4}}-\d{{2}}-\d{{2}} in RentAxis; the books were closed'"""  # noqa: S608 - constants of this migration
        )
