"""Records that stand unchanged, settled where they lie: none of them is read, mapped or compared.

The short way. A record that is not settled here goes the long way, and that is always right: when in doubt, nothing is settled. Not here: what is
marked and compared in the ledger (``ledger.settled``).
"""

from rentaxis_pipelines.ledger import growing_plans, read_rows, settled
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.record_types import BY_NAME
from rentaxis_pipelines.model.sync_request import SyncRequest
from rentaxis_pipelines.sync.planning.plan_context import PlanContext
from rentaxis_pipelines.sync.planning.settings_used import settled_under


def settle_unchanged(context: PlanContext, plan_id: str, record_type: str, days: DateRange) -> None:
    """Settle the rows of these days that stand as they were marked: their results are kept, and they are out of the way.

    To be called for every plan whose rows are in ``read_rows``, whatever was asked: where everything is to be looked at, nothing is settled, and
    the plan's records can be marked at its end. The plan's head is written, and counts them. Commits.
    """
    read_rows.note_plan(context.connection, plan_id, marked_under(context))
    if may_settle(context.request) and context.allows(record_type):
        for source in BY_NAME[record_type].sources:
            settled.settle(context.connection, plan_id, source.source_type, days, context.run.now())
        growing_plans.count_settled(context.connection, plan_id)
    context.connection.commit()


def marked_under(context: PlanContext) -> str:
    """The settings that the plan's records are marked under."""
    return settled_under(
        context.company, context.mapping.references, context.enabled_types, context.direction
    )


def may_settle(request: SyncRequest) -> bool:
    """Whether records may be settled without being looked at: in a plain run over days.

    A preview shows each record, and an approval holds to each: what they plan has a row for all of them.
    """
    return not (
        request.preview
        or request.force
        or request.full
        or request.approved is not None
        or request.undo is not None
        or request.record is not None
    )
