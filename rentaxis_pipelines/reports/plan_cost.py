"""What a plan costs when it is pushed: calls to QuickBooks, and the minutes its limits ask for. Pure.

Counted as they would be sent: the same waves and batches, first steps included. Not here: what is sent again because an answer was
lost, and Dagster's own time.
"""

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.quickbooks.limits import QUICKBOOKS
from rentaxis_pipelines.quickbooks.query import MAX_VALUES
from rentaxis_pipelines.sync.pushing.batching import batches, waves
from rentaxis_pipelines.sync.pushing.first_steps import note_of, release_of

# What any run reads before it plans: the lists' changes and the preferences (``sync.snapshot``).
_READ_BY_EVERY_RUN = 2


class Cost(msgspec.Struct, frozen=True):
    """``batches``: write calls of at most 30 records each, of which ``first_steps`` write a note or let go of something first.
    ``reads``: calls that Intuit meters. ``minutes``: at least so many, by QuickBooks' limits.
    """

    batches: int
    first_steps: int
    reads: int
    minutes: int

    @property
    def calls(self) -> int:
        return self.batches + self.reads


def cost_of(rows: Iterable[PlannedRow]) -> Cost:
    """The cost of sending these rows, given plan by plan in the order they would be sent."""
    sent = [row for row in rows if row.status is None]
    first_steps = ordinary = 0
    for _, of_plan in itertools.groupby(sent, key=lambda row: row.plan_id):
        rows_of_plan = list(of_plan)
        first_steps += _calls([first for row in rows_of_plan if (first := release_of(row)) is not None])
        for _, of_phase in itertools.groupby(rows_of_plan, key=lambda row: row.phase):
            rows_of_phase = list(of_phase)
            first_steps += _calls([first for row in rows_of_phase if (first := note_of(row)) is not None])
            ordinary += _calls(rows_of_phase)
    calls = first_steps + ordinary
    return Cost(calls, first_steps, _reads(sent), _minutes(calls))


def _calls(rows: Sequence[PlannedRow]) -> int:
    return sum(len(batches(wave)) for wave in waves(rows))


def _reads(rows: Sequence[PlannedRow]) -> int:
    """What stands in QuickBooks is looked at before it is changed: many ids a call."""
    changed: dict[str | None, int] = defaultdict(int)
    for row in rows:
        if row.action != "create":
            changed[row.quickbooks_type] += 1
    return _READ_BY_EVERY_RUN + sum(math.ceil(number / MAX_VALUES) for number in changed.values())


def _minutes(batch_calls: int) -> int:
    """The first quota of batches goes at once; each further one waits for its window. At least a minute for anything at all."""
    (quota,) = QUICKBOOKS.batches
    waits = max(0, math.ceil(batch_calls / quota.calls) - 1)
    return math.ceil((waits * quota.seconds) / 60) if waits else min(batch_calls, 1)
