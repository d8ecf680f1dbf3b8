"""The rows of a run, grouped for people: by record type, and by what would clear the failed and waiting ones.

Shared by the Dagster UI, the terminal and the files. Not here: how each of them displays it, or any decision about a row.
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
    """Rows that the same fix clears. ``rows``: largest amount first."""

    text: str
    rows: list[RowResult]

    @property
    def money(self) -> Decimal:
        return sum((row.amount for row in self.rows), Decimal(0))

    @property
    def label(self) -> str:
        """The row with the largest amount, and how many others there are: ``Invoice INV-7 and 3 more``."""
        more = f" and {len(self.rows) - 1:,} more" if len(self.rows) > 1 else ""
        return f"{self.rows[0].source_label}{more}"


class OpenCause(msgspec.Struct, frozen=True):
    """Rows that need attention for one reason. ``remedies``: the fixes that clear them, the one that clears the most money first.

    All waiting rows are one cause, whatever each waits for; each of those is a remedy. For any other reason each remedy is its own
    cause: two missing mappings are two causes.
    """

    code: str
    remedies: list[Remedy]

    @property
    def rows(self) -> list[RowResult]:
        """Largest amount first."""
        every = [row for remedy in self.remedies for row in remedy.rows]
        return sorted(every, key=lambda row: -abs(row.amount))

    @property
    def remedy(self) -> str:
        """What to do; if there are several things to do, how many."""
        if len(self.remedies) == 1:
            return self.remedies[0].text
        return f"{len(self.remedies):,} things to do; each clears the rows waiting for it."

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
        counted = f"{rows:,} {'row' if rows == 1 else 'rows'}"
        if len(self.remedies) == 1:
            return counted
        return f"{counted} wait for {len(self.remedies):,} others"


def needs_attention(row: RowResult) -> bool:
    """Whether the row needs a person (``ledger.attention``)."""
    return need_of(row.status, row.reason_code) is not None


def by_record_type(rows: Sequence[RowResult]) -> dict[str, list[RowResult]]:
    """Rows by record type: the four that can be chosen, always and first; then vendors and bill payments."""
    rows_by_type: dict[str, list[RowResult]] = (
        {record_type: [] for record_type in RECORD_TYPES} if rows else {}
    )
    for row in rows:
        rows_by_type.setdefault(row.record_type, []).append(row)
    return rows_by_type


def open_causes(rows: Iterable[RowResult]) -> list[OpenCause]:
    """Causes of failed and waiting rows, the one holding up the most money first."""
    rows_by_remedy: dict[tuple[str, str], list[RowResult]] = defaultdict(list)
    for row in filter(needs_attention, rows):
        rows_by_remedy[row.reason_code or "", row.how_to_fix or ""].append(row)
    causes: dict[tuple[str, str], list[Remedy]] = defaultdict(list)
    for (code, what_to_do), group in rows_by_remedy.items():
        remedy = Remedy(what_to_do, sorted(group, key=lambda row: -abs(row.amount)))
        causes[code, "" if code in WAITING else what_to_do].append(remedy)
    return sorted(
        (OpenCause(code, sorted(group, key=_weight)) for (code, _), group in causes.items()), key=_weight
    )


def _weight(group: Remedy | OpenCause) -> Decimal:
    """Sort key: most money first, regardless of sign."""
    return -sum((abs(row.amount) for row in group.rows), Decimal(0))


def open_rows_markdown(
    rows: Iterable[RowResult],
    *,
    most: int = 50,
    most_of_a_cause: int = 10,
    none: str = "Nothing needs attention.",
) -> Markdown:
    """Failed and waiting rows: for each cause a heading with its rows, money and remedy, and some of its rows below.

    At most ``most`` rows in all, the largest amounts of each cause; no cause crowds out the others.
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
            cells = [
                (remedy.label, money(remedy.money), remedy.rows[0].reason, remedy.text) for remedy in listed
            ]
            parts.append(table(("record", "amount", "reason", "what to do"), cells, right=("amount",)))
            shown += sum(len(remedy.rows) for remedy in listed)
        else:
            cause_rows = cause.rows[:room]
            cells = [(row.source_label, money(row.amount), row.reason) for row in cause_rows]
            parts.append(table(("record", "amount", "reason"), cells, right=("amount",)))
            shown += len(cause_rows)
    if left := sum(len(cause.rows) for cause in causes) - shown:
        parts.append(text(f"{left:,} more {'is' if left == 1 else 'are'} in the full list."))
    return blocks(*parts)
