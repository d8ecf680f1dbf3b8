"""What was changed in QuickBooks since we wrote it, record by record, as the last reconciliation found it; and which of it people keep.

Reads the mart ``drift`` of the company's reports, page by page. Not here: finding it (``drift``), keeping it (``ledger.kept_edits``).
"""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.kept_edits import EditedField
from rentaxis_pipelines.ledger.paging import ROWS_A_PAGE, Page, offset_of, page_of
from rentaxis_pipelines.ledger.sql import execute, fetch

What = Literal["edited", "voided", "deleted", "merged", "made inactive"]


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """A record that was changed there. ``record``: source type and id; ``seen``: changes with the fields and their values. ``kept_by``,
    ``kept_at``: who decided to keep exactly this. ``written_at``: when we wrote the record again, after the reconciliation.
    """

    record: str
    record_type: str
    label: str
    party: str | None
    what: What
    amount: Decimal
    changed_at: dt.datetime | None
    remedy: str | None
    fields: list[EditedField]
    seen: str
    kept_by: str | None
    kept_at: dt.datetime | None
    written_at: dt.datetime | None

    @property
    def key(self) -> tuple[str, str]:
        """Source type and id."""
        source_type, _, source_id = self.record.partition("/")
        return source_type, source_id


# Another value of a field, theirs or ours, is another edit: what was kept does not hold for it.
_EDITS = """
    select edit.*, kept.who as kept_by, kept.at as kept_at,
      case when link.updated_at > :made_at then link.updated_at end as written_at
    from (select record, min(record_type) as record_type, coalesce(min(label), '') as label, min(party) as party, min(what) as what,
            coalesce(max(abs(amount)), 0) as amount, max(changed_at::timestamptz) as changed_at, min(remedy) as remedy,
            coalesce(jsonb_agg(jsonb_build_object('field', field, 'ours', ours, 'theirs', theirs) order by field)
              filter (where field is not null), '[]') as fields,
            md5(jsonb_agg(jsonb_build_object('field', field, 'ours', ours, 'theirs', theirs) order by field)::text) as seen
          from drift group by record) edit
    left join lateral (select * from ledger.kept_edits k where k.realm = :realm
                         and k.source_type = split_part(edit.record, '/', 1)
                         and k.source_id = substr(edit.record, strpos(edit.record, '/') + 1)
                       order by k.kept_id desc limit 1) newest on true
    left join lateral (select newest.who, newest.at where newest.fields::jsonb = edit.fields and edit.fields <> '[]') kept on true
    left join ledger.links link on link.realm = :realm and link.source_type = split_part(edit.record, '/', 1)
      and link.source_id = substr(edit.record, strpos(edit.record, '/') + 1)
"""


def reconciled_at(connection: sa.Connection) -> dt.datetime | None:
    """When the last reconciliation was made; None before the first."""
    statement = "select to_regclass('parameters') is not null and to_regclass('drift') is not null"
    if not execute(connection, statement).scalar_one():
        return None
    return execute(connection, "select made_at from parameters").scalar_one_or_none()


def edits(
    connection: sa.Connection,
    realm: str,
    made_at: dt.datetime,
    number: int = 1,
    *,
    kept: bool,
    size: int = ROWS_A_PAGE,
) -> Page[Edit]:
    """A page of the edits that nobody decided about, or of those that are ``kept``; the largest amount first."""
    statement = f"""select * from ({_EDITS}) edit where (kept_by is not null) = :kept
                    order by amount desc, record limit :limit offset :offset"""  # noqa: S608 - constants of this module
    rows = fetch(
        connection,
        Edit,
        statement,
        realm=realm,
        made_at=made_at,
        kept=kept,
        limit=size + 1,
        offset=offset_of(number, size),
    )
    return page_of(rows, number, size=size)


def edit_of(connection: sa.Connection, realm: str, made_at: dt.datetime, record: str) -> Edit | None:
    """The edit of that record, by source type and id as the mart says it."""
    statement = f"select * from ({_EDITS}) edit where record = :record"  # noqa: S608 - a constant of this module
    rows = fetch(connection, Edit, statement, realm=realm, made_at=made_at, record=record)
    return rows[0] if rows else None


def counts(connection: sa.Connection, realm: str, made_at: dt.datetime) -> Mapping[bool, int]:
    """How many edits there are, by whether they are kept."""
    statement = f"select kept_by is not null as kept, count(*) as edits from ({_EDITS}) edit group by 1"  # noqa: S608 - a constant of this module
    rows = execute(connection, statement, realm=realm, made_at=made_at)
    return {row.kept: row.edits for row in rows}
