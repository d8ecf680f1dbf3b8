"""What stands in QuickBooks of the objects that planned rows change, read before anything is sent.

A preview shows it, an approval holds to it, and force that would overwrite what a person changed there is seen by it. Not here: what a
row's fate would be (``pushing.in_doubt``), whether it goes (``approval``).
"""

from collections.abc import Sequence

import msgspec

from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.refusal import decided_by
from rentaxis_pipelines.sync.planning.plan_context import PlanContext
from rentaxis_pipelines.sync.pushing.in_doubt import Resend, compared_with_books
from rentaxis_pipelines.sync.pushing.verdicts import NotWritten


def as_they_stand(context: PlanContext, rows: Sequence[PlannedRow]) -> list[PlannedRow]:
    """The rows with the objects they change as QuickBooks has them, by their present SyncTokens; where all is planned ahead, those that
    QuickBooks' state keeps from being written are decided so. Metered reads, many rows in one, and none where nothing is changed. Raises QuickBooksError.
    """
    changing = [
        row
        for row in rows
        # What an undo changes was read when it was planned.
        if row.status is None and row.action not in ("create", "none") and row.undoes is None
    ]
    if not changing:
        return list(rows)
    compared = {
        (row.source_type, row.source_id): (current, edited, fate)
        for row, current, edited, fate in compared_with_books(context.run, changing)
    }
    stood: list[PlannedRow] = []
    for row in rows:
        if row.status is not None or (row.source_type, row.source_id) not in compared:
            stood.append(row)
            continue
        current, edited, fate = compared[row.source_type, row.source_id]
        if isinstance(fate, NotWritten):
            # A push finds that out itself, and notes what is gone.
            ahead = context.request.ahead
            stood.append(msgspec.structs.replace(row, **decided_by(fate.refusal)) if ahead else row)
            continue
        # What is done already is sent with the token we know, and found to be done when QuickBooks calls it stale.
        token = fate.row.sync_token if isinstance(fate, Resend) else row.sync_token
        stood.append(msgspec.structs.replace(row, sync_token=token, standing=current, edited=edited))
    return stood
