"""The result of a whole range in a few lines: what a person reads first, on every page that shows a run.

Here: how many records need attention, out of how many, by cause and remedy. Not here: the records themselves (``run_rows``).
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence

from rentaxis_pipelines.ledger.attention import Need, describe, need_of
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.render.markdown import Markdown, blocks, money, table, text
from rentaxis_pipelines.reports.days_proof import Open
from rentaxis_pipelines.reports.run_rows import open_causes
from rentaxis_pipelines.sync.outcomes import DONE, WOULD, tally

_CAUSES = 10  # every day of the range holds a copy


def needs_of(rows: Sequence[RowResult]) -> Counter[Need]:
    """How many of the rows need attention, by what they need."""
    found: Counter[Need] = Counter()
    for row in rows:
        if need := need_of(row.status, row.reason_code, row.how_to_fix):
            found[need] += 1
    return found


def headline(counts: Mapping[Need, int], rows: int) -> str:
    """``6 failed, 10 waiting, of 812 rows``: what matters first, as a tag of a run is cut after some thirty characters."""
    of = f"{rows:,} {'row' if rows == 1 else 'rows'}"
    found = describe(dict(counts))
    return f"{found}, of {of}" if found else f"{of}, nothing needs attention" if rows else "no records"


def sentence(days: str, rows: Sequence[RowResult], *, dry_run: bool = False) -> str:
    """The days, how many of the rows need attention, and how many went which way. Plain text, with no name and no amount."""
    outcomes = tally(rows)
    ways = ", ".join(
        f"{outcomes[one].rows if one in outcomes else 0:,} {one.replace('_', ' ')}"
        for one in (WOULD if dry_run else DONE)
    )
    return f"{days}: {headline(needs_of(rows), len(rows))}" + (f" ({ways})." if rows else ".")


def causes(rows: Sequence[RowResult], standing: Sequence[Open] = ()) -> Markdown:
    """Why rows need attention, and what to do. ``standing``: what needs it by the newest results of these days; said where that is
    more than is among ``rows``, which may be of one record type only.
    """
    found = _causes(rows)
    more = text(_more_stands(needs_of(rows), standing))
    return blocks(found, more) or text("Nothing needs attention.")


def _causes(rows: Sequence[RowResult]) -> Markdown:
    found = open_causes(rows)
    if not found:
        return text("")
    shown = [(one.name, one.count, money(one.money), one.remedy) for one in found[:_CAUSES]]
    left = len(found) - len(shown)
    more = f"{left:,} more {'cause is' if left == 1 else 'causes are'} in the whole list."
    heads = ("cause", "rows", "amount of these rows", "what to do")
    return blocks(table(heads, shown, right=heads[2:3]), text(more if left else ""))


def _more_stands(needs: Mapping[Need, int], standing: Sequence[Open]) -> str:
    counts: Counter[Need] = Counter()
    for one in standing:
        counts[one.need] += one.rows
    if not any(counts[need] > needs.get(need, 0) for need in counts):
        return ""
    return f"With what earlier runs left of these days: {describe(counts)}."


def days_said(days: Sequence[str]) -> str:
    """``2026-09-01 to 2026-09-30``; days that lie apart are counted: ``5 days from 2026-09-01 to 2026-09-30``."""
    first, last = min(days), max(days)
    if first == last:
        return first
    apart = (dt.date.fromisoformat(last) - dt.date.fromisoformat(first)).days + 1 != len(days)
    return f"{len(days)} days from {first} to {last}" if apart else f"{first} to {last}"
