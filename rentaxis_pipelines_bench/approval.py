"""What looking first costs: a preview beside planning alone, an approval beside a plain push, of the same portfolio by turns.

Each round has two new companies, so that everything is created in both. "Planning alone" is what every run did before previews were
stored: reading, matching, deciding, writing the rows down.
"""

import statistics
from collections.abc import Callable

from rentaxis_pipelines.ledger import results
from rentaxis_pipelines.model.record_types import RECORD_TYPES
from rentaxis_pipelines.model.sync_request import ApprovedPlan, over
from rentaxis_pipelines_bench.calls import FIRST_DAY, LAST_DAY
from rentaxis_pipelines_bench.figures import Figure
from rentaxis_pipelines_bench.measured_company import MeasuredCompany, opened, seconds

GROUP = "Looking first"
MOST_TO_PREVIEW, MOST_TO_APPROVE = 2.0, 1.10


def measure(units: int, rounds: int) -> list[Figure]:
    """Ratios of medians."""
    planning: list[float] = []
    previewing: list[float] = []
    approving: list[float] = []
    pushing: list[float] = []
    rows = 0

    def look_first() -> None:
        nonlocal rows
        with opened(units=units) as measured:
            planning.append(_plan_alone(measured))
            previewing.append(_sync(measured, "preview", preview=True)[0])
            approved = ApprovedPlan(preview_id="preview")
            taken, rows = _sync(measured, "approve", days=(), approved=approved)
            approving.append(taken)

    def push_at_once() -> None:
        with opened(units=units) as measured:
            _plan_alone(measured)
            pushing.append(_sync(measured, "push")[0])

    for round_ in range(rounds):
        both: list[Callable[[], None]] = [look_first, push_at_once]
        for turn in both if round_ % 2 == 0 else reversed(both):
            turn()
    return [
        _figure(f"preview of {rows:,} rows", "planning them alone", previewing, planning, MOST_TO_PREVIEW),
        _figure(f"approval of {rows:,} rows", "a push without looking", approving, pushing, MOST_TO_APPROVE),
    ]


def _figure(name: str, beside: str, ours: list[float], others: list[float], most: float) -> Figure:
    taken, plain = statistics.median(ours), statistics.median(others)
    return Figure(
        group=GROUP,
        name=name,
        value=taken / plain,
        unit=f"times {beside}",
        target=f"at most {most}",
        met=taken / plain <= most,
        note=f"{taken:.2f} s beside {plain:.2f} s; medians of {len(ours)} rounds",
    )


def _plan_alone(measured: MeasuredCompany) -> float:
    def plan() -> None:
        for record_type in RECORD_TYPES:
            engine.plan(record_type)

    with measured.engine("plan", asked={"days": over(FIRST_DAY, LAST_DAY)}) as engine:
        return seconds(plan)


def _sync(measured: MeasuredCompany, run_id: str, **asked: object) -> tuple[float, int]:
    """Seconds, and how many records were written."""
    with measured.engine(run_id, asked={"days": over(FIRST_DAY, LAST_DAY), **asked}) as engine:
        taken = seconds(engine.sync)
        sums = results.sums_of_run(engine.run.connection, engine.run.realm, run_id)
    return taken, sum(group.rows for group in sums if group.status in ("created", "updated"))
