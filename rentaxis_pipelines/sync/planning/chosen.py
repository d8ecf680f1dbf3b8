"""The plan of the chosen days of one record type: what stands unchanged is settled where it lies, the rest is planned in chunks.

Here: that order. Not here: either of the two (``unchanged``, ``in_chunks``, ``customers_in_chunks``), records that a person named (``one_record``).
"""

from rentaxis_pipelines.sync.planning.customers_in_chunks import plan_customers_of
from rentaxis_pipelines.sync.planning.in_chunks import Range, plan_range
from rentaxis_pipelines.sync.planning.plan_context import PlanContext
from rentaxis_pipelines.sync.planning.planned import PlanMade
from rentaxis_pipelines.sync.planning.saving import open_plan


def plan_chosen(context: PlanContext, asked: Range) -> PlanMade:
    """Write down what is to be done about each record of the days, which are noted already. Raises SourceError, QuickBooksError."""
    name = asked.record_type.name
    opened = open_plan(context, name)
    if asked.record_type.party:
        plan_customers_of(opened, asked)
        return PlanMade(opened.plan_id, name)
    return PlanMade(opened.plan_id, name, plan_range(opened, asked))
