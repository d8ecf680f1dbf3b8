"""How much a plan would write, and how much was written before: what the guard compares. Reads only."""

import datetime as dt
from decimal import Decimal

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import execute
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.phases import RECORDS
from rentaxis_pipelines.model.results import WRITTEN


class Volume(msgspec.Struct, frozen=True):
    """Records of one type, their money (every amount counted as positive), and how many of them are voids."""

    rows: int
    money: Decimal
    voids: int = 0


class DayVolume(msgspec.Struct, frozen=True):
    """What was written of one day's records."""

    day: dt.date
    rows: int
    money: Decimal


def to_write(connection: sa.Connection, plan_id: str) -> Volume:
    """What the plan would send of its own record type; customers, vendors and bill payments come on top."""
    statement = """select count(*) as rows, coalesce(sum(abs(amount)), 0) as money, count(*) filter (where action = 'void') as voids
                   from ledger.planned_rows where plan_id = :plan_id and phase = :records and status is null"""
    row = execute(connection, statement, plan_id=plan_id, records=RECORDS).one()
    return Volume(row.rows, row.money, row.voids)


def written_by_day(
    connection: sa.Connection, realm: str, record_type: str, days: DateRange
) -> list[DayVolume]:
    """Records of that type that a run created or updated, each once, by their day; days without any are left out."""
    statement = """select day, count(*) as rows, sum(abs(amount)) as money from (
                     select distinct on (source_type, source_id) day, amount from ledger.single_results
                     where realm = :realm and record_type = :record_type and day >= :first_day and day < :end
                       and status = any(:written)
                     order by source_type, source_id, finished_at desc) written
                   group by day order by day"""
    rows = execute(
        connection,
        statement,
        realm=realm,
        record_type=record_type,
        first_day=days.first_day,
        end=days.end,
        written=list(WRITTEN),
    )
    return [DayVolume(row.day, row.rows, row.money) for row in rows]
