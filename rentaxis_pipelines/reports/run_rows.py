"""The rows of a run, arranged for people: by record type, and by what would clear those that did not go through.

Shared by the Dagster UI, the terminal and the files. Not here: how each of them shows it, and any decision about a row.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from rentaxis_pipelines.ledger.reasons import REASONS, ReasonCode
from rentaxis_pipelines.ledger.rows import RowResult
from rentaxis_pipelines.render.markdown import Markdown, blocks, bold, money, paragraph, table, text
from rentaxis_pipelines.sync.choice import RECORD_TYPES

STATUSES = ("created", "updated", "skipped", "failed")


class OpenCause(msgspec.Struct, frozen=True):
    """Rows that one deed of a person clears: they share the reason code and the remedy. ``rows``: dearest first."""

    code: str
    remedy: str
    rows: list[RowResult]

    @property
    def money(self) -> Decimal:
        return sum((row.amount for row in self.rows), Decimal(0))

    @property
    def name(self) -> str:
        return self.code.replace("_", " ")


def is_open(row: RowResult) -> bool:
    """Whether the row needs somebody: it failed, it waits, or money of it was booked now that a person has to apply.

    What is applied by itself needs nobody, and what is for a person is said once: by the run that booked it.
    """
    if row.status == "failed" or (row.reason_code or "").startswith("waiting"):
        return True
    applied_in_part = REASONS[ReasonCode.APPLIED_IN_PART]
    is_new = row.reason_code == applied_in_part.code and row.status in ("created", "updated")
    return is_new and row.how_to_fix != applied_in_part.how_to_fix


def by_record_type(rows: Sequence[RowResult]) -> dict[str, list[RowResult]]:
    """Rows by record type: the four a person ticks first and always, then vendors and payments of bills."""
    found: dict[str, list[RowResult]] = {record_type: [] for record_type in RECORD_TYPES} if rows else {}
    for row in rows:
        found.setdefault(row.record_type, []).append(row)
    return found


def open_causes(rows: Iterable[RowResult]) -> list[OpenCause]:
    """What did not go through, the cause that holds up most money first."""
    found: dict[tuple[str, str], list[RowResult]] = defaultdict(list)
    for row in filter(is_open, rows):
        found[row.reason_code or "", row.how_to_fix or ""].append(row)
    causes = [
        OpenCause(code, remedy, sorted(group, key=lambda row: -abs(row.amount)))
        for (code, remedy), group in found.items()
    ]
    return sorted(causes, key=lambda cause: -sum(abs(row.amount) for row in cause.rows))


def open_rows_markdown(
    rows: Iterable[RowResult],
    *,
    most: int = 50,
    most_of_a_cause: int = 10,
    none: str = "Everything went through.",
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
        listed = cause.rows[: min(most_of_a_cause, most - shown)]
        if not listed:
            break
        number = len(cause.rows)
        heading = f"{cause.name}: {number:,} {'row' if number == 1 else 'rows'}, {cause.money:,.2f}."
        cells = ((row.source_label, money(row.amount), row.reason) for row in listed)
        parts += [
            paragraph(bold(heading), cause.remedy),
            table(("record", "amount", "reason"), cells, right=("amount",)),
        ]
        shown += len(listed)
    if left := sum(len(cause.rows) for cause in causes) - shown:
        parts.append(text(f"{left:,} more {'is' if left == 1 else 'are'} in the whole list."))
    return blocks(*parts)
