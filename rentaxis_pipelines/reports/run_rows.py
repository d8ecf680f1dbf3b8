"""A run's results, put in groups for people: by record type, and by what would clear the failed and waiting ones. Pure.

Shared by the Dagster UI, the terminal and the files. Not here: how each of them displays it, reading (``run_results``), any decision about a row.
"""

import datetime as dt
import itertools
from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from rentaxis_pipelines.ledger.run_results import DaySum, RemedyRows
from rentaxis_pipelines.model.record_types import BASIC_TYPES
from rentaxis_pipelines.model.registry import REGISTRY
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.render.markdown import Markdown, blocks, bold, money, paragraph, table, text

STATUSES = ("created", "updated", "skipped", "failed")
_PLACE = {entry.name: place for place, entry in enumerate(REGISTRY)}


class Remedy(msgspec.Struct, frozen=True):
    """Rows that the same fix clears. ``largest``: those with the largest amounts, at least one."""

    text: str
    rows: int
    money: Decimal
    largest: list[RowResult]

    @property
    def label(self) -> str:
        """The row with the largest amount, and how many others there are: ``Invoice INV-7 and 3 more``."""
        more = f" and {self.rows - 1:,} more" if self.rows > 1 else ""
        return f"{self.largest[0].source_label}{more}"


class OpenCause(msgspec.Struct, frozen=True):
    """Rows that need attention for one reason; ``things`` is how many fixes clear them. ``remedies``: of these those that clear the most money.

    All waiting rows are one cause, whatever each waits for; each of those is a remedy. For any other reason each remedy is its own
    cause: two missing mappings are two causes.
    """

    code: str
    rows: int
    money: Decimal
    things: int
    remedies: list[Remedy]

    @property
    def remedy(self) -> str:
        """What to do; if there are several things to do, how many."""
        if self.things == 1:
            return self.remedies[0].text
        return f"{self.things:,} things to do; each clears the rows waiting for it."

    @property
    def name(self) -> str:
        return self.code.replace("_", " ")

    @property
    def count(self) -> str:
        """``3 rows``, or ``60 rows wait for 12 others``."""
        counted = f"{self.rows:,} {'row' if self.rows == 1 else 'rows'}"
        return counted if self.things == 1 else f"{counted} wait for {self.things:,} others"


class OpenCauses(msgspec.Struct, frozen=True):
    """Why rows need attention: ``rows`` of them for so many ``causes``. ``listed``: those that hold up the most money, that one first."""

    causes: int = 0
    rows: int = 0
    listed: list[OpenCause] = []


def open_causes(remedies: Iterable[RemedyRows]) -> OpenCauses:
    """The causes of one day, or of all days at once. ``remedies``: in the ledger's order."""
    whole = OpenCauses()
    for _, group in itertools.groupby(remedies, key=lambda remedy: remedy.place):
        of_cause = list(group)
        first = of_cause[0]
        listed = [Remedy(each.remedy, each.rows, each.money, each.largest) for each in of_cause]
        cause = OpenCause(first.code, first.cause_rows, first.cause_money, first.cause_remedies, listed)
        whole = OpenCauses(first.causes, first.rows_in_all, [*whole.listed, cause])
    return whole


def causes_by_day(remedies: Iterable[RemedyRows]) -> dict[dt.date, OpenCauses]:
    """The causes of each day that has any."""
    return {
        day: open_causes(group) for day, group in itertools.groupby(remedies, key=lambda remedy: remedy.day)
    }


def by_record_type(sums: Sequence[DaySum]) -> dict[str, list[DaySum]]:
    """The sums by record type, in the registry's order: those that every company has always, others that have any."""
    by_type: dict[str, list[DaySum]] = {record_type: [] for record_type in BASIC_TYPES} if sums else {}
    for each in sums:
        by_type.setdefault(each.record_type, []).append(each)
    return dict(sorted(by_type.items(), key=lambda entry: _PLACE.get(entry[0], len(_PLACE))))


def open_rows_markdown(
    causes: OpenCauses,
    *,
    most: int = 50,
    most_of_a_cause: int = 10,
    none: str = "Nothing needs attention.",
) -> Markdown:
    """Failed and waiting rows: for each cause a heading with its rows, money and remedy, and some of its rows below.

    At most ``most`` rows in all, the largest amounts of each cause; no cause crowds out the others.
    """
    if not causes.listed:
        return text(none)
    parts: list[Markdown] = []
    shown = 0
    for cause in causes.listed:
        room = min(most_of_a_cause, most - shown)
        if room <= 0:
            break
        parts.append(paragraph(bold(f"{cause.name}: {cause.count}, {money(cause.money)}."), cause.remedy))
        if cause.things > 1:
            listed = cause.remedies[:room]
            cells = [
                (remedy.label, money(remedy.money), remedy.largest[0].reason, remedy.text)
                for remedy in listed
            ]
            parts.append(table(("record", "amount", "reason", "what to do"), cells, right=("amount",)))
            shown += sum(remedy.rows for remedy in listed)
        else:
            cause_rows = cause.remedies[0].largest[:room]
            cells = [(row.source_label, money(row.amount), row.reason) for row in cause_rows]
            parts.append(table(("record", "amount", "reason"), cells, right=("amount",)))
            shown += len(cause_rows)
    if left := causes.rows - shown:
        parts.append(text(f"{left:,} more {'is' if left == 1 else 'are'} in the full list."))
    return blocks(*parts)
