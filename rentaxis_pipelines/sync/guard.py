"""Holding a plan back before anything of it is sent, because it would write far more than usual.

Here: the rule, and the words for it. Not here: the limits (``policies.guard`` in the company file), who may lift them (a person
who confirms; force does not), and the plan that a person can approve instead (``previews``). One record pushed on demand is looked at like a range of one row.
"""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from rentaxis_pipelines.ledger import plans, results, volumes
from rentaxis_pipelines.ledger.database import lost_connection_explained
from rentaxis_pipelines.ledger.volumes import DayVolume, Volume
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.model.results import WRITTEN
from rentaxis_pipelines.settings import Guard
from rentaxis_pipelines.sync.finish import finish_plan
from rentaxis_pipelines.sync.run import Run

# With less history than this, "usual" would be an accident: rent is billed once a month.
DAYS_OF_HISTORY = 28
# A count so small is never called unusual, however quiet the past was; money is looked at all the same.
FEW_ROWS = 50
_LOOKED_BACK = dt.timedelta(days=366)  # and as far ahead: an older range is filled in after a newer one

HOW_TO_CONFIRM = (
    "Or launch the same range with the tag confirm_unusual set to yes (confirm_unusual: true in the configuration, "
    "--confirm-unusual on the command line)."
)


class UnusualPlan(Exception):
    """The plan was held back; nothing of it was sent. The text says why, what to do, and what the run wrote before, in rows: what
    they are worth stands in the results.
    """


class Unusual(NamedTuple):
    """Why a plan is out of the usual: ``sentence`` for errors and logs, ``worth`` for the results, which may hold amounts."""

    sentence: str
    worth: str


def usual(history: Sequence[DayVolume], days: int) -> Volume | None:
    """The most that any stretch of so many days held, or None where there is too little history to tell.

    For a range longer than the history its whole is scaled up to the range. ``history``: by day, days without rows left out.
    """
    if not history or (history[-1].day - history[0].day).days + 1 < DAYS_OF_HISTORY:
        return None
    span = (history[-1].day - history[0].day).days + 1
    if days >= span:
        rows = sum(of_day.rows for of_day in history)
        money = sum((of_day.money for of_day in history), Decimal(0))
        return Volume(-(-rows * days // span), money * days / span)
    most_rows, most_money = 0, Decimal(0)
    rows, money, oldest = 0, Decimal(0), 0
    for of_day in history:
        rows, money = rows + of_day.rows, money + of_day.money
        while (of_day.day - history[oldest].day).days >= days:
            rows, money = rows - history[oldest].rows, money - history[oldest].money
            oldest += 1
        most_rows, most_money = max(most_rows, rows), max(most_money, money)
    return Volume(most_rows, most_money)


def why_unusual(volume: Volume, known: Volume | None, guard: Guard) -> str | None:
    """What is far from usual, as the end of a sentence, or None. ``known``: the usual, None where too little is known."""
    if guard.rows is not None and volume.rows > guard.rows:
        return f"the limit is {guard.rows:,} rows (policies.guard.rows)"
    if guard.money is not None and volume.money > guard.money:
        return f"the limit is {guard.money:,.2f} (policies.guard.money)"
    if guard.voids is not None and volume.voids > guard.voids:
        return f"{volume.voids:,} of them would be voided, and the limit is {guard.voids:,} (policies.guard.voids)"
    if known is None:
        return _why_unusual_at_first(volume, guard)
    if guard.times_usual is None:
        return None
    many = volume.rows > FEW_ROWS and volume.rows > known.rows * guard.times_usual
    dear = known.money > 0 and volume.money > known.money * guard.times_usual
    if many or dear:
        return (
            f"no range of this length ever had more than {known.rows:,} rows, or more than a certain amount, and more than "
            f"{guard.times_usual} times either is held back (policies.guard.times_usual)"
        )
    return None


def _why_unusual_at_first(volume: Volume, guard: Guard) -> str | None:
    """What a first sync does not hold. Its money is looked at too: an adapter that gives cents for dollars is seen here or in the books."""
    until = "too little has been pushed yet to know what is usual, and until then"
    if guard.first_rows is not None and volume.rows > guard.first_rows:
        return f"{until} {guard.first_rows:,} rows is the limit (policies.guard.first_rows); start a first sync with a few days"
    if guard.first_average is not None and volume.money > guard.first_average * volume.rows:
        return (
            f"{until} {guard.first_average:,.2f} a record, on average, is the most (policies.guard.first_average). Compare one amount "
            "with RentAxis first: cents mistaken for dollars look like this"
        )
    if guard.first_money is not None and volume.money > guard.first_money:
        return f"{until} {guard.first_money:,.2f} is the limit (policies.guard.first_money); start a first sync with a few days"
    return None


@lost_connection_explained()
def judge(run: Run, plan_id: str, guard: Guard) -> Unusual | None:
    """Why the plan is out of the usual, or None."""
    plan = plans.plan_of(run.connection, run.realm, plan_id)
    volume = volumes.to_write(run.connection, plan_id)
    if volume.rows == 0:
        return None
    first_day = plan.first_day - _LOOKED_BACK
    # Days to come hold little yet: they would make a short history look long, and busy days look unusual.
    last_day = min(plan.last_day + _LOOKED_BACK, run.now().date())
    history: list[DayVolume] = []
    if first_day <= last_day:
        around = DateRange.of_days(first_day, last_day)
        history = volumes.written_by_day(run.connection, run.realm, plan.record_type, around)
    known = usual(history, plan.days.number_of_days)
    why = why_unusual(volume, known, guard)
    if why is None:
        return None
    most = (
        "" if known is None else f", and no range of this length was ever worth more than {known.money:,.2f}"
    )
    return Unusual(
        f"The {plan.record_type} of {plan.days} would write {volume.rows:,} rows: {why}.",
        f"They are worth {volume.money:,.2f}{most}.",
    )


@lost_connection_explained()
def hold(run: Run, plan_id: str, unusual: Unusual, how_to_go_on: str) -> None:
    """Give every row of the plan its result, and raise UnusualPlan. Nothing of it is sent then. Raises PlanUnknown for another company's."""
    plans.plan_of(run.connection, run.realm, plan_id)
    results.save_unreached(
        run.connection,
        plan_id,
        Refusal(
            ReasonCode.HELD_BACK,
            f"Held back before anything was sent. {unusual.sentence} {unusual.worth}",
            how_to_go_on,
        ),
        run.now(),
    )
    run.connection.commit()
    finish_plan(run, plan_id)
    raise UnusualPlan(f"{unusual.sentence} None of it was sent. {_written_before(run)} {how_to_go_on}")


def _written_before(run: Run) -> str:
    written: dict[str, int] = {}
    for each in results.sums_of_run(run.connection, run.realm, run.run_id):
        if each.status in WRITTEN:
            written[each.record_type] = written.get(each.record_type, 0) + each.rows
    if not written:
        return "This run has written nothing."
    return f"This run had already written {', '.join(f'{rows:,} {name}' for name, rows in written.items())}."
