"""Lines of the list of runs, made of what the ledger knows of a run and what Dagster does. Pure but for what it is given.

Not here: reading either (``ledger.run_list``, ``web.desk.launching``), the page (``web.desk.runs``).
"""

import datetime as dt
from collections.abc import Sequence

import msgspec

from rentaxis_pipelines.ledger.attention import describe
from rentaxis_pipelines.ledger.run_list import ListedRun
from rentaxis_pipelines.ledger.run_sums import RunSum
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.reports import run_words
from rentaxis_pipelines.reports.run_result import TypeResult, by_type, needs_of


class RunLine(msgspec.Struct, frozen=True, kw_only=True):
    """One run. ``days``: None where it was about no days. ``state``: one word; ``note``: a sentence, empty where there is none to say.

    ``types``: its result by record type, the types without rows left out; ``attention``: ``6 failed, 10 waiting``.
    """

    run_id: str
    name: str
    who: str
    at: dt.datetime
    days: DateRange | None
    options: str
    state: str
    note: str = ""
    types: list[TypeResult] = []
    attention: str = ""


def line_of(run: ListedRun, sums: Sequence[RunSum], state: str) -> RunLine:
    """The line of a run that planned something. ``state``: as Dagster has it, empty where it does not know the run any more."""
    of_days = not run.one_record and run.undoes is None
    options = [run_words.types_of(run.record_types)] if of_days else []
    options += ["forced"] if run.forced else []
    ended = "done" if run.finished_at is not None else "not finished"
    return RunLine(
        run_id=run.run_id,
        name=run_words.name_of(run),
        who=run_words.who(run.requested_by),
        at=run.started_at,
        days=DateRange.of_days(run.first_day, run.last_day) if of_days else None,
        options=", ".join(filter(None, options)),
        state=state or ended,
        note="A plan waits for an approval." if run_words.plan_waits(run) else "",
        types=[each for each in by_type(sums, {}) if each.whole.rows],
        attention=describe(dict(needs_of(sums))),
    )
