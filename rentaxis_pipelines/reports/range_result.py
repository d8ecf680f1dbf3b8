"""The result of a whole date range in a few lines: what people read first on every page about a run.

Here: how many records need attention, out of how many, by cause and remedy. Not here: the records themselves (``run_rows``).
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from rentaxis_pipelines.ledger.attention import Need, describe, need_of
from rentaxis_pipelines.ledger.run_results import DaySum
from rentaxis_pipelines.render.markdown import Markdown, blocks, money, table, text
from rentaxis_pipelines.reports.days_proof import Open
from rentaxis_pipelines.reports.run_rows import OpenCauses
from rentaxis_pipelines.sync.outcomes import DONE, WOULD, tally, whole

_CAUSES = 10  # every day of the range stores a copy


def needs_of(sums: Iterable[DaySum]) -> Counter[Need]:
    """How many of the rows need attention, by what they need."""
    needs: Counter[Need] = Counter()
    for each in sums:
        if need := need_of(each.status, each.reason_code):
            needs[need] += each.rows
    return needs


def headline(counts: Mapping[Need, int], rows: int) -> str:
    """``6 failed, 10 waiting, of 812 rows``: the important part first, because run tags are cut off after about 30 characters."""
    of = f"{rows:,} {'row' if rows == 1 else 'rows'}"
    open_rows = describe(dict(counts))
    return (
        f"{open_rows}, of {of}" if open_rows else f"{of}, nothing needs attention" if rows else "no records"
    )


def sentence(days: str, sums: Sequence[DaySum], *, preview: bool = False) -> str:
    """The days, how many rows need attention, and the count of each outcome. Plain text without names or amounts."""
    outcomes = tally(sums)
    ways = ", ".join(
        f"{outcomes[outcome].rows if outcome in outcomes else 0:,} {outcome.replace('_', ' ')}"
        for outcome in (WOULD if preview else DONE)
    )
    return f"{days}: {headline(needs_of(sums), whole(sums).rows)}" + (f" ({ways})." if sums else ".")


def causes(sums: Sequence[DaySum], open_ones: OpenCauses, current: Sequence[Open] = ()) -> Markdown:
    """Why rows need attention, and what to do.

    ``current``: what needs attention by the latest results of these days; mentioned if it is more than in ``sums``, which may be of
    one record type only.
    """
    more = text(_also_open(needs_of(sums), current))
    return blocks(_causes(open_ones), more) or text("Nothing needs attention.")


def _causes(causes: OpenCauses) -> Markdown:
    if not causes.listed:
        return text("")
    shown = [(cause.name, cause.count, money(cause.money), cause.remedy) for cause in causes.listed[:_CAUSES]]
    left = causes.causes - len(shown)
    more = f"{left:,} more {'cause is' if left == 1 else 'causes are'} in the full list."
    heads = ("cause", "rows", "amount of these rows", "what to do")
    return blocks(table(heads, shown, right=heads[2:3]), text(more if left else ""))


def _also_open(needs: Mapping[Need, int], current: Sequence[Open]) -> str:
    counts: Counter[Need] = Counter()
    for group in current:
        counts[group.need] += group.rows
    if not any(counts[need] > needs.get(need, 0) for need in counts):
        return ""
    return f"With what earlier runs left open on these days: {describe(counts)}."


def days_said(days: Sequence[str]) -> str:
    """``2026-09-01 to 2026-09-30``; days with gaps are counted: ``5 days from 2026-09-01 to 2026-09-30``."""
    first, last = min(days), max(days)
    if first == last:
        return first
    has_gaps = (dt.date.fromisoformat(last) - dt.date.fromisoformat(first)).days + 1 != len(days)
    return f"{len(days)} days from {first} to {last}" if has_gaps else f"{first} to {last}"
