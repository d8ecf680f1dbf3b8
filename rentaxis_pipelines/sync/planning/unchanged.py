"""Records that stand unchanged, settled where they lie: none of them is read, mapped or compared.

The short way. A record that is not settled here goes the long way, and that is always right: when in doubt, nothing is settled. Not here: what is
marked and compared in the ledger (``ledger.settled``).
"""

from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.sync.planning.plan_context import PlanContext


def settle_unchanged(context: PlanContext, plan_id: str, record_type: str, days: DateRange) -> None:
    """Settle the rows of these days that stand as they were marked: their results are kept, and they are out of the way.

    For a plain request or a preview over days alone. The plan's head is written; its rows are in ``read_rows``. The caller commits.
    """
