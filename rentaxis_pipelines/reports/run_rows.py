"""The rows of a run, arranged for people: by record type, and by what would clear those that did not go through.

Shared by the Dagster UI, the terminal and the files. Not here: how each of them shows it, and any decision about a row.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from rentaxis_pipelines.ledger.attention import need_of
from rentaxis_pipelines.model.reasons import WAITING
from rentaxis_pipelines.model.record_types import RECORD_TYPES
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.render.markdown import Markdown, blocks, bold, money, paragraph, table, text

STATUSES = ("created", "updated", "skipped", "failed")


class Remedy(msgspec.Struct, frozen=True):
    """Rows that one deed of a person clears. ``rows``: dearest first."""

    text: str
    rows: list[RowResult]

    @property
    def money(self) -> Decimal:
        return sum((row.amount for row in self.rows), Decimal(0))

    @property
    def label(self) -> str:
        """The dearest row, and how many go with it: ``Invoice INV-7 and 3 more``."""
        more = f" and {len(self.rows) - 1:,} more" if len(self.rows) > 1 else ""
        return f"{self.rows[0].source_label}{more}"


class OpenCause(msgspec.Struct, frozen=True):
    """Rows that need attention for one reason. ``remedies``: the deeds that clear them, the one that clears most money first.

    What waits is one cause, whoever or whatever it waits for: each of those has a remedy of its own. Of any other reason each remedy is
    a cause: one missing mapping is not the other.
    """

    code: str
    remedies: list[Remedy]

    @property
    def rows(self) -> list[RowResult]:
        """Dearest first."""
        every = [row for remedy in self.remedies for row in remedy.rows]
        return sorted(every, key=lambda row: -abs(row.amount))

    @property
    def remedy(self) -> str:
        """What to do; where it is more than one thing, that it is."""
        if len(self.remedies) == 1:
            return self.remedies[0].text
        return f"{len(self.remedies):,} things to do; each clears the rows that wait for it."

    @property
    def money(self) -> Decimal:
        return sum((row.amount for row in self.rows), Decimal(0))

    @property
    def name(self) -> str:
        return self.code.replace("_", " ")

    @property
    def count(self) -> str:
        """``3 rows``, or ``60 rows wait for 12 others``."""
        rows = len(self.rows)
        said = f"{rows:,} {'row' if rows == 1 else 'rows'}"
        if len(self.remedies) == 1:
            return said
        return f"{said} wait for {len(self.remedies):,} others"


def needs_attention(row: RowResult) -> bool:
    """Whether the row needs somebody (``ledger.attention``)."""
    return need_of(row.status, row.reason_code, row.how_to_fix) is not None


def by_record_type(rows: Sequence[RowResult]) -> dict[str, list[RowResult]]:
    """Rows by record type: the four a person ticks first and always, then vendors and payments of bills."""
    found: dict[str, list[RowResult]] = {record_type: [] for record_type in RECORD_TYPES} if rows else {}
    for row in rows:
        found.setdefault(row.record_type, []).append(row)
    return found


def open_causes(rows: Iterable[RowResult]) -> list[OpenCause]:
    """What did not go through, the cause that holds up most money first."""
    found: dict[tuple[str, str], list[RowResult]] = defaultdict(list)
    for row in filter(needs_attention, rows):
        found[row.reason_code or "", row.how_to_fix or ""].append(row)
    causes: dict[tuple[str, str], list[Remedy]] = defaultdict(list)
    for (code, what_to_do), group in found.items():
        remedy = Remedy(what_to_do, sorted(group, key=lambda row: -abs(row.amount)))
        causes[code, "" if code in WAITING else what_to_do].append(remedy)
    return sorted(
        (OpenCause(code, sorted(group, key=_weight)) for (code, _), group in causes.items()), key=_weight
    )


def _weight(group: Remedy | OpenCause) -> Decimal:
    """Most money first, whichever its sign."""
    return -sum((abs(row.amount) for row in group.rows), Decimal(0))


def open_rows_markdown(
    rows: Iterable[RowResult],
    *,
    most: int = 50,
    most_of_a_cause: int = 10,
    none: str = "Nothing needs attention.",
) -> Markdown:
    """What did not go through: a heading a cause with its rows, money and remedy, and under it some of its rows.

    At most ``most`` rows in all, the dearest of each cause; no cause crowds out the others.
    """
    causes = open_causes(rows)
    if not causes:
        return text(none)
    parts: list[Markdown] = []
    shown = 0
    for cause in causes:
        room = min(most_of_a_cause, most - shown)
        if room <= 0:
            break
        parts.append(paragraph(bold(f"{cause.name}: {cause.count}, {money(cause.money)}."), cause.remedy))
        if len(cause.remedies) > 1:
            listed = cause.remedies[:room]
            cells = [(one.label, money(one.money), one.rows[0].reason, one.text) for one in listed]
            parts.append(table(("record", "amount", "reason", "what to do"), cells, right=("amount",)))
            shown += sum(len(one.rows) for one in listed)
        else:
            rows_of_it = cause.rows[:room]
            cells = [(row.source_label, money(row.amount), row.reason) for row in rows_of_it]
            parts.append(table(("record", "amount", "reason"), cells, right=("amount",)))
            shown += len(rows_of_it)
    if left := sum(len(cause.rows) for cause in causes) - shown:
        parts.append(text(f"{left:,} more {'is' if left == 1 else 'are'} in the whole list."))
    return blocks(*parts)
