"""Records that need attention now, kept as results are written (migration 0014): by cause, and the rows of a cause page by page.

Here: reads. Not here: what needs attention (``ledger.attention``), what is worth a retry (``ledger.open_rows``).
"""

import datetime as dt
from collections.abc import Collection, Sequence
from decimal import Decimal

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.attention import Need
from rentaxis_pipelines.ledger.paging import ROWS_A_PAGE, Page, offset_of, page_of
from rentaxis_pipelines.ledger.sql import execute, fetch


class OpenRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One record that needs attention, as its newest result says. ``decided``: the kind of what a person decided since; the next run
    carries it out.
    """

    realm: str
    source_type: str
    source_id: str
    record_type: str
    run_id: str
    plan_id: str
    day: dt.date
    source_label: str
    amount: Decimal
    currency: str
    need: Need
    reason_code: str
    reason: str | None
    how_to_fix: str | None
    quickbooks_url: str | None
    finished_at: dt.datetime
    cause: str
    decided: str | None = None
    decided_by: str | None = None
    decided_at: dt.datetime | None = None


class OpenCause(msgspec.Struct, frozen=True, kw_only=True):
    """What one remedy clears. ``how_to_fix``: of waiting records, that of one of them. ``oldest_day``: of the records' own days."""

    cause: str
    need: Need
    reason_code: str
    how_to_fix: str | None
    rows: int
    amount: Decimal
    oldest_day: dt.date


class OpenTotal(msgspec.Struct, frozen=True, kw_only=True):
    """How much needs attention and was not decided yet; no ``oldest_day`` where nothing does."""

    rows: int
    amount: Decimal
    oldest_day: dt.date | None


def total(connection: sa.Connection, realm: str, *, record_type: str | None = None) -> OpenTotal:
    """All that needs attention."""
    statement = """select coalesce(sum(rows), 0)::bigint as rows, coalesce(sum(amount), 0) as amount,
                     (select min(day) from ledger.open_records where realm = :realm and decided is null
                        and (cast(:record_type as text) is null or record_type = :record_type)) as oldest_day
                   from ledger.open_sums where realm = :realm and not done
                     and (cast(:record_type as text) is null or record_type = :record_type)"""
    row = execute(connection, statement, realm=realm, record_type=record_type).one()
    return OpenTotal(rows=row.rows, amount=row.amount, oldest_day=row.oldest_day)


class OpenRemedy(msgspec.Struct, frozen=True, kw_only=True):
    """Undecided records that name the same remedy."""

    how_to_fix: str | None
    rows: int
    amount: Decimal


def remedies(connection: sa.Connection, realm: str, reason_codes: Collection[str]) -> list[OpenRemedy]:
    """What needs attention for one of these reasons, by what is to be done about it."""
    statement = """select how_to_fix, count(*) as rows, sum(amount) as amount from ledger.open_records
                   where realm = :realm and decided is null and reason_code = any(:codes) group by how_to_fix"""
    return fetch(connection, OpenRemedy, statement, realm=realm, codes=list(reason_codes))


def decided_count(connection: sa.Connection, realm: str) -> int:
    """How many records a person has decided about since their last result."""
    statement = "select coalesce(sum(rows), 0)::bigint from ledger.open_sums where realm = :realm and done"
    return execute(connection, statement, realm=realm).scalar_one()


def total_of_reasons(connection: sa.Connection, realm: str, reason_codes: Collection[str]) -> OpenTotal:
    """All that needs attention for one of these reasons."""
    found = [each for each in causes(connection, realm) if each.reason_code in reason_codes]
    return OpenTotal(
        rows=sum(each.rows for each in found),
        amount=sum((each.amount for each in found), Decimal()),
        oldest_day=min((each.oldest_day for each in found), default=None),
    )


_CAUSES = """select s.cause, o.need, s.reason_code, o.how_to_fix, s.rows, s.amount, d.oldest_day
             from (select cause, reason_code, sum(rows)::bigint as rows, sum(amount) as amount, sum(held) as held from ledger.open_sums
                   where realm = :realm and not done and (cast(:record_type as text) is null or record_type = :record_type)
                     and (cast(:cause as text) is null or cause = :cause)
                   group by cause, reason_code
                   order by reason_code = any(:first) desc, held desc, cause limit :limit offset :offset) s
             cross join lateral (
               select need, how_to_fix from ledger.open_records
               where realm = :realm and cause = s.cause and decided is null
                 and (cast(:record_type as text) is null or record_type = :record_type) limit 1) o
             cross join lateral (
               select min(day) as oldest_day from ledger.open_records
               where realm = :realm and cause = s.cause and decided is null
                 and (cast(:record_type as text) is null or record_type = :record_type)) d
             order by s.reason_code = any(:first) desc, s.held desc, s.cause"""


def _causes(connection: sa.Connection, realm: str, **values: object) -> list[OpenCause]:
    all_of_it: dict[str, object] = {
        "record_type": None,
        "cause": None,
        "first": [],
        "limit": None,
        "offset": 0,
    }
    return fetch(connection, OpenCause, _CAUSES, realm=realm, **{**all_of_it, **values})


def causes(connection: sa.Connection, realm: str, *, record_type: str | None = None) -> list[OpenCause]:
    """By cause, the one that holds up the most money first."""
    return _causes(connection, realm, record_type=record_type)


def page_of_causes(
    connection: sa.Connection,
    realm: str,
    number: int,
    *,
    record_type: str | None = None,
    first: Sequence[str] = (),
    size: int,
) -> Page[OpenCause]:
    """A page of the same; those of the reasons in ``first`` before all others."""
    found = _causes(
        connection,
        realm,
        record_type=record_type,
        first=list(first),
        limit=size + 1,
        offset=offset_of(number, size),
    )
    return page_of(found, number, size=size)


def cause(
    connection: sa.Connection, realm: str, cause: str, *, record_type: str | None = None
) -> OpenCause | None:
    """One cause, of what nobody has decided about yet; None where nothing has it."""
    sums = _causes(connection, realm, record_type=record_type, cause=cause)
    return sums[0] if sums else None


def rows_of_cause(
    connection: sa.Connection,
    realm: str,
    cause: str,
    number: int = 1,
    *,
    record_type: str | None = None,
    size: int = ROWS_A_PAGE,
) -> Page[OpenRecord]:
    """A page of a cause's records that nobody has decided about yet, largest amount first."""
    # Only the keys are put in order: a late page of a large cause would sort whole rows otherwise.
    statement = """select o.* from (
                     select source_type, source_id, abs(amount) as held from ledger.open_records
                     where realm = :realm and cause = :cause and decided is null
                       and (cast(:record_type as text) is null or record_type = :record_type)
                     order by held desc, source_type, source_id limit :limit offset :offset) k
                   join ledger.open_records o on o.realm = :realm and o.source_type = k.source_type and o.source_id = k.source_id
                   order by k.held desc, k.source_type, k.source_id"""
    rows = fetch(
        connection,
        OpenRecord,
        statement,
        realm=realm,
        cause=cause,
        record_type=record_type,
        limit=size + 1,
        offset=offset_of(number, size),
    )
    return page_of(rows, number, size=size)


def first_rows(
    connection: sa.Connection,
    realm: str,
    causes: Sequence[str],
    *,
    record_type: str | None = None,
    size: int,
) -> dict[str, list[OpenRecord]]:
    """The largest records of each of these causes, by cause."""
    statement = """select o.* from unnest(cast(:causes as text[])) as wanted (cause) cross join lateral (
                     select * from ledger.open_records where realm = :realm and cause = wanted.cause and decided is null
                       and (cast(:record_type as text) is null or record_type = :record_type)
                     order by abs(amount) desc, source_type, source_id limit :size) o"""
    rows = fetch(
        connection,
        OpenRecord,
        statement,
        realm=realm,
        causes=list(causes),
        record_type=record_type,
        size=size,
    )
    by_cause: dict[str, list[OpenRecord]] = {}
    for each in rows:
        by_cause.setdefault(each.cause, []).append(each)
    return by_cause


def decided_rows(
    connection: sa.Connection, realm: str, number: int = 1, *, size: int = ROWS_A_PAGE
) -> Page[OpenRecord]:
    """A page of the records that a person has decided about since their last result, newest decision first."""
    statement = """select * from ledger.open_records where realm = :realm and decided is not null
                   order by decided_at desc, source_type, source_id limit :limit offset :offset"""
    rows = fetch(
        connection, OpenRecord, statement, realm=realm, limit=size + 1, offset=offset_of(number, size)
    )
    return page_of(rows, number, size=size)


def record(connection: sa.Connection, realm: str, source_type: str, source_id: str) -> OpenRecord | None:
    """The record, if it needs attention."""
    statement = """select * from ledger.open_records
                   where realm = :realm and source_type = :source_type and source_id = :source_id"""
    rows = fetch(connection, OpenRecord, statement, realm=realm, source_type=source_type, source_id=source_id)
    return rows[0] if rows else None
