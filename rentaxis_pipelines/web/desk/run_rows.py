"""The rows of a run as its page lists them: filter, search, order, a page at a time. Here: reading the address, and the addresses on.

Not here: the rest of the run's page (``run``).
"""

from collections.abc import Sequence
from typing import Any, Final, get_args

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.attention import need_of
from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.ledger.run_rows_page import RowsPage, Sort, rows_page
from rentaxis_pipelines.ledger.run_sums import RunSum
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.reports.run_result import (
    ATTENTION,
    OUTCOMES,
    TO_PUSH,
    RowFilter,
    chosen,
    meaning_of,
    outcome_of,
)
from rentaxis_pipelines.web.desk.visit import Visit

OUTCOME_WORDS: Final = {
    **{name: name for name in OUTCOMES},
    TO_PUSH: "to push",
    ATTENTION: "needs attention",
}
_LONGEST = 200  # characters of a text that is looked for


class Asked(msgspec.Struct, frozen=True):
    """What the address asks for. ``back``: the order turned round."""

    which: RowFilter
    text: str
    sort: Sort
    back: bool
    after: str
    before: str


class RowsShown(msgspec.Struct, frozen=True):
    """``whole``: how many rows the filter chooses, where no text is looked for. ``by_beginning``: see ``run_result.chosen``."""

    asked: Asked
    page: RowsPage
    whole: int | None
    by_beginning: bool


def asked_for(visit: Visit) -> Asked:
    """What the address asks for; what it should not say is passed over."""
    query = visit.query
    sorts: dict[str, Sort] = {name: name for name in get_args(Sort)}
    return Asked(
        which=RowFilter(query.get("status", ""), query.get("type", ""), query.get("reason", "")),
        text=query.get("q", "").strip()[:_LONGEST],
        sort=sorts.get(query.get("sort", ""), "amount"),
        back=query.get("back") == "yes",
        after=query.get("after", ""),
        before=query.get("before", ""),
    )


def rows_shown(
    connection: sa.Connection, realm: str, run_id: str, sums: Sequence[RunSum], asked: Asked
) -> RowsShown:
    """The page of rows that was asked for."""
    choice = chosen(sums, asked.which, asked.text)
    page = rows_page(
        connection,
        realm,
        run_id,
        choice.groups,
        sort="record" if choice.by_beginning else asked.sort,
        backwards=asked.back,
        containing=choice.containing,
        after=_key(asked.after),
        before=_key(asked.before),
    )
    return RowsShown(asked, page, None if asked.text else choice.whole, choice.by_beginning)


def _key(place: str) -> Key | None:
    source_type, colon, source_id = place.partition(":")
    return (source_type, source_id) if colon else None


def place_of(row: RowResult) -> str:
    """The row's place in an address."""
    return f"{row.source_type}:{row.source_id}"


def word_of(row: RowResult) -> str:
    """What became of the row, in a word: waiting where it waits."""
    need = need_of(row.status, row.reason_code)
    return "waiting" if need == "waiting" else OUTCOME_WORDS[outcome_of(row.status, row.reason_code or "")]


def same_query(asked: Asked, **changes: Any) -> dict[str, Any]:
    """The address's query for another page or order of the same rows; what is empty is left out."""
    query: dict[str, Any] = {
        "status": asked.which.outcome,
        "type": asked.which.record_type,
        "reason": asked.which.reason_code,
        "q": asked.text,
        "sort": "" if asked.sort == "amount" else asked.sort,
        "back": "yes" if asked.back else "",
        **changes,
    }
    return {name: value or None for name, value in query.items()}


def reasons_in(sums: Sequence[RunSum]) -> list[tuple[str, str]]:
    """Codes and meanings of the reasons that rows of the run have."""
    codes = sorted({each.reason_code for each in sums if each.reason_code})
    return [(code, meaning_of(code) or code.replace("_", " ")) for code in codes]
