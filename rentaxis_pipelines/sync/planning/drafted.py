"""A plan in the making, and made again where transactions of ours turn up that the ledger did not know.

Here: the order of looking before anything is first created. Not here: the looks (``take_back``, ``adopt``).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from rentaxis_pipelines.mapping.outcome import Context
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.sync.planning.adopt import adopt
from rentaxis_pipelines.sync.planning.expense_rows import Exchange
from rentaxis_pipelines.sync.planning.planned import Subject
from rentaxis_pipelines.sync.planning.take_back import look_once
from rentaxis_pipelines.sync.request import Terms
from rentaxis_pipelines.sync.run import Run


@dataclass(frozen=True)
class Drafted:
    """Rows in their order, and the records they are about. ``parents``: rows they need first; ``exchanged``: of expenses."""

    parents: list[PlannedRow]
    rows: list[PlannedRow]
    subjects: list[Subject]
    exchanged: list[Exchange] = field(default_factory=list[Exchange])


def with_our_own(run: Run, context: Context, terms: Terms, draft: Callable[[], Drafted]) -> Drafted:
    """The plan, drafted anew until nothing of ours turns up in QuickBooks that the ledger did not know. Commits what was found.

    Every new draft knows one record more, so it ends. A dry run keeps the links too: whose they are is a fact, no decision.
    """
    while True:
        drafted = draft()
        if look_once(run, context.company.first_day, drafted.rows):
            continue
        rows = adopt(run, context, terms, drafted.rows)
        if rows is not None:
            return replace(drafted, rows=rows)
