"""Why rows of one run need attention, by remedy, the most money first. Reads only.

Here: the rows with the largest amounts, grouped. Not here: which groups of rows need attention (``attention``), their counts and money
(``run_sums``), causes that stand open now, whatever run they are of (``open_records``).
"""

from collections.abc import Sequence
from decimal import Decimal

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.run_rows_page import Group
from rentaxis_pipelines.ledger.sql import fetch

SHOWN = 5  # rows of each remedy
LOOKED_AT = 5_000  # rows, shared by the groups: a run may have a million that failed


class OpenRow(msgspec.Struct, frozen=True):
    """One of a remedy's rows. ``reason``: the sentence about this record."""

    source_type: str
    source_id: str
    source_label: str
    amount: Decimal
    reason: str | None
    quickbooks_url: str | None


class RemedyRows(msgspec.Struct, frozen=True):
    """What the same remedy clears. ``weight``: its money without signs; ``largest``: its rows with the largest amounts."""

    reason_code: str
    how_to_fix: str
    rows: int
    amount: Decimal
    weight: Decimal
    largest: list[OpenRow]


def looked_at_of_each(groups: Sequence[Group]) -> int:
    """How many rows of each group are looked at, the largest amounts first."""
    return max(1, LOOKED_AT // max(1, len(groups)))


def remedies(
    connection: sa.Connection,
    realm: str,
    run_id: str,
    groups: Sequence[Group],
    *,
    shown: int = SHOWN,
    most: int = 50,
) -> list[RemedyRows]:
    """What would clear the rows of these groups, the most money first; ``shown`` rows of each of at most so many remedies."""
    statement = """with open_rows as (
                     select x.* from unnest(cast(:record_types as text[]), cast(:statuses as text[]), cast(:reasons as text[]))
                                       as g (record_type, status, reason_code)
                     cross join lateral (
                       select * from ledger.single_results x
                       where x.run_id = :run_id and x.realm = :realm and x.record_type = g.record_type and x.status = g.status
                         and coalesce(x.reason_code, '') = g.reason_code
                       order by -abs(x.amount), x.source_type, x.source_id limit :of_each) x),
                   numbered as (
                     select *, row_number() over (partition by reason_code, how_to_fix
                                                  order by abs(amount) desc, source_type, source_id) as number
                     from open_rows)
                   select coalesce(reason_code, '') as reason_code, coalesce(how_to_fix, '') as how_to_fix, count(*) as rows,
                          sum(amount) as amount, sum(abs(amount)) as weight,
                          json_agg(json_build_object(
                            'source_type', source_type, 'source_id', source_id, 'source_label', source_label, 'amount', amount,
                            'reason', reason, 'quickbooks_url', quickbooks_url) order by number) filter (where number <= :shown) as largest
                   from numbered group by 1, 2 order by weight desc, reason_code, how_to_fix limit :most"""
    return fetch(
        connection,
        RemedyRows,
        statement,
        realm=realm,
        run_id=run_id,
        record_types=[group.record_type for group in groups],
        statuses=[group.status for group in groups],
        reasons=[group.reason_code for group in groups],
        of_each=looked_at_of_each(groups),
        shown=shown,
        most=most,
    )
