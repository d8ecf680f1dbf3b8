"""Can a month be closed, and what stands between: the marts ``ready_to_close`` and ``blockers``, a page at a time.

Not here: what makes a month ready (``dbt_like_sql/marts/ready_to_close.sql``), and the reconciliation itself (``proof_pages``).
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.paging import ROWS_A_PAGE, Page, offset_of, page_of
from rentaxis_pipelines.ledger.sql import execute
from rentaxis_pipelines.reports.desk_words import for_the_desk
from rentaxis_pipelines.reports.proof_names import title_of
from rentaxis_pipelines.reports.proof_state import (
    DOES_NOT_HOLD,
    NotProved,
    Proof,
    last_proof,
    missing_explained,
)

_ANSWERS = {
    "ready": "Yes, {month} is ready to close.",
    "open": "No, {month} is not ready to close.",
    "not over": "No, {month} was not over when the books were proved last.",
    "no records": "There is nothing to close: {month} has no records.",
}


class Month(msgspec.Struct, frozen=True, kw_only=True):
    """One month. ``state``: ready, open, not over, no records. ``of_month``: its records; ``records`` and ``amount`` stand between, which
    ``stands_between`` says in words. ``never_pushed``: what else it holds that no run pushes, or None.
    """

    month: dt.date
    state: str
    of_month: int
    records: int
    amount: Decimal
    stands_between: str | None
    never_pushed: str | None

    @property
    def is_ready(self) -> bool:
        return self.state == "ready"

    @property
    def answer(self) -> str:
        """Yes or no, in a sentence."""
        return _ANSWERS[self.state].format(month=f"{self.month:%B %Y}")


class MonthsReady(msgspec.Struct, frozen=True):
    """The months, newest first, as the last proof found them. ``sentence``: why nobody knows, where nothing is proved or the proof does not
    hold.
    """

    proof: Proof | None = None
    months: Sequence[Month] = ()
    sentence: str = ""

    def last(self, today: dt.date) -> Month | None:
        """The month before that of ``today``, which people close next; None where the proof does not reach it, or does not hold."""
        if self.sentence:
            return None
        return next((month for month in self.months if month.month == last_month(today)), None)

    def answer(self, today: dt.date) -> str:
        """Is last month ready to close: yes or no, in a sentence, or why that is not known."""
        month = self.last(today)
        if month is not None:
            return month.answer
        return (
            self.sentence
            or f"The last proof does not reach {last_month(today):%B %Y}. Prove the books again."
        )


def last_month(today: dt.date) -> dt.date:
    """The first day of the month before that of ``today``."""
    return (today.replace(day=1) - dt.timedelta(days=1)).replace(day=1)


class Kind(msgspec.Struct, frozen=True):
    """Records that stand between for one reason: "3 records <in_short>"."""

    in_short: str
    records: int
    amount: Decimal


class Blocker(msgspec.Struct, frozen=True, kw_only=True):
    """One record that stands between. ``entity`` and ``quickbooks_id``: what it is in QuickBooks, if it is there."""

    record: str
    record_type: str
    label: str
    party: str | None
    day: dt.date | None
    amount: Decimal
    meaning: str
    reason: str | None
    remedy: str
    entity: str | None
    quickbooks_id: str | None


def months_ready(connection: sa.Connection) -> MonthsReady:
    """Every month with its state; never raises NotProved, and leaves the connection usable."""
    try:
        with connection.begin_nested():
            proof = last_proof(connection)
            return MonthsReady(proof, months(connection), "" if proof.holds else DOES_NOT_HOLD)
    except NotProved as none:
        return MonthsReady(sentence=str(none))


def months(connection: sa.Connection) -> list[Month]:
    """Every month, newest first. Raises NotProved."""
    return _months(connection, "true")


def month_of(connection: sa.Connection, month: dt.date) -> Month | None:
    """One month by its first day; None if the proof does not reach it. Raises NotProved."""
    return next(iter(_months(connection, "month = :month", month=month)), None)


def _months(connection: sa.Connection, where: str, **values: object) -> list[Month]:
    statement = f"""select month, state, of_month, records, amount, stands_between, never_pushed
                    from ready_to_close where {where} order by month desc"""  # noqa: S608 - constants of this module
    with missing_explained():
        return [Month(**row) for row in execute(connection, statement, **values).mappings()]


def kinds_of(connection: sa.Connection, month: dt.date) -> list[Kind]:
    """What stands between in counts and money, most money first. Raises NotProved."""
    statement = """select code.in_short, kinds.records, kinds.amount
                   from (select explanation, count(*) as records, sum(at_stake) as amount from blockers
                         where month = :month group by explanation) kinds
                   join explanations code on code.code = kinds.explanation
                   order by kinds.amount desc, code.in_short"""
    with missing_explained():
        return [Kind(**row) for row in execute(connection, statement, month=month).mappings()]


def blockers_of(
    connection: sa.Connection, month: dt.date, number: int, size: int = ROWS_A_PAGE
) -> Page[Blocker]:
    """What stands between, record by record, largest amount first. Raises NotProved."""
    statement = """select listed.record, listed.record_type, listed.label, listed.party, listed.day, listed.at_stake as amount,
                          listed.meaning, record.reason, listed.remedy, record.entity, record.quickbooks_id,
                          record.strange_number
                   from (select * from blockers where month = :month order by at_stake desc, record
                         limit :limit offset :offset) listed
                   left join records record on record.record = listed.record
                   order by listed.at_stake desc, listed.record"""
    with missing_explained():
        rows = execute(
            connection, statement, month=month, limit=size + 1, offset=offset_of(number, size)
        ).mappings()
        blockers = [_blocker(row) for row in rows]
    return page_of(blockers, number, size=size)


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """A record of the month that a person excluded: who, when and why. ``entity`` and ``quickbooks_id``: what it is in QuickBooks, if it is there."""

    record: str
    label: str
    party: str | None
    day: dt.date
    amount: Decimal
    entity: str | None
    quickbooks_id: str | None
    who: str
    why: str
    at: dt.datetime


def left_out_of(
    connection: sa.Connection, realm: str, month: dt.date, number: int, size: int = ROWS_A_PAGE
) -> Page[LeftOut]:
    """What people excluded, largest amount first: an auditor asks who said so. Raises NotProved."""
    statement = """select listed.record, listed.label, listed.party_name as party, listed.rentaxis_day as day,
                          coalesce(listed.rentaxis_total, 0) as amount, listed.entity, listed.quickbooks_id, listed.strange_number,
                          decided.who, decided.why, decided.decided_at as at
                   from records listed
                   cross join lateral (
                     select who, why, decided_at from ledger.decisions
                     where realm = :realm and source_type = split_part(listed.record, '/', 1)
                       and source_id = substr(listed.record, strpos(listed.record, '/') + 1) and kind in ('exclude', 'undo')
                     order by decision_id desc limit 1) decided
                   where listed.explanation = 'excluded' and date_trunc('month', listed.rentaxis_day) = :month
                   order by abs(coalesce(listed.rentaxis_total, 0)) desc, listed.record limit :limit offset :offset"""
    with missing_explained():
        rows = execute(
            connection, statement, realm=realm, month=month, limit=size + 1, offset=offset_of(number, size)
        ).mappings()
        left_out = [_left_out(row) for row in rows]
    return page_of(left_out, number, size=size)


def _left_out(row: Mapping[Any, Any]) -> LeftOut:
    named = dict(row)
    named["label"] = title_of(row["record"], row["label"], row["entity"], named.pop("strange_number"))
    return LeftOut(**named)


def _blocker(row: Mapping[Any, Any]) -> Blocker:
    named = dict(row)
    named["label"] = title_of(row["record"], row["label"], row["entity"], named.pop("strange_number"))
    named["reason"] = row["reason"] and for_the_desk(row["reason"])
    return Blocker(**{**named, "remedy": for_the_desk(row["remedy"])})
