"""The plan of tenants and programs, in chunks: by kind and id, so that names are given in the same order whatever the chunks.

Keys of all of them are kept, as many as the portfolio has; records of one chunk at a time. Not here: a customer's row
(``plan_customers``), records with a day (``in_chunks``).
"""

from collections.abc import Collection

from rentaxis_pipelines.ledger import read_rows
from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.ledger.read_rows import RowChunk
from rentaxis_pipelines.sync.planning.changed_parties import changed_payers, read_changed
from rentaxis_pipelines.sync.planning.in_chunks import Range
from rentaxis_pipelines.sync.planning.names_in_use import NamesInUse
from rentaxis_pipelines.sync.planning.plan_context import PlanContext
from rentaxis_pipelines.sync.planning.plan_customers import customer_rows
from rentaxis_pipelines.sync.planning.saving import OpenPlan, add, as_they_may_go, chosen_of, close
from rentaxis_pipelines.sync.planning.unchanged import settle_unchanged
from rentaxis_pipelines.sync.source import Dated, records_of


def plan_customers_of(opened: OpenPlan, asked: Range) -> None:
    """Write the plan of the customers of these days down, and of all that changed since where it is the first range.

    They are noted already, and those that stand unchanged are settled first, without being read.
    """
    context = opened.context
    settle_unchanged(context, opened.plan_id, asked.record_type.name, context.days)
    types = asked.record_type.source_types
    chosen = set(read_rows.unsettled(context.connection, types, context.days))
    changed: set[Key] = set()
    if asked.is_first:
        # All that changed since they were pushed go once, with the first range; those of other ranges go with these.
        changed = set(changed_payers(context, asked.source, read_rows.keys(context.connection, types)))
    names = NamesInUse(context.run)
    everybody = sorted(chosen | changed)
    for start in range(0, len(everybody), asked.size):
        some = everybody[start : start + asked.size]
        payers = [
            *_read(context, asked, [key for key in some if key in chosen]),
            *read_changed(context, asked.source, [key for key in some if key not in chosen]),
        ]
        rows, subjects = customer_rows(context, payers, asked.matches(), names)
        rows, subjects = chosen_of(context, rows, subjects)
        add(opened, as_they_may_go(context, rows), [subject.amount for subject in subjects])
    close(opened)


def _read(context: PlanContext, asked: Range, keys: Collection[Key]) -> list[Dated]:
    payers: list[Dated] = []
    for source in asked.record_type.sources:
        if ids := [source_id for source_type, source_id in keys if source_type == source.source_type]:
            payers += records_of(asked.reading, source.model, RowChunk(context.days, ids, len(ids)))
    return payers
