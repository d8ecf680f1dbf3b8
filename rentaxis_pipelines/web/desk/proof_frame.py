"""What the pages of the proof share: their tabs, a page in place of one that cannot be shown yet, months and names in an address, and
where a record is looked at. Not here: any page.
"""

import datetime as dt
import re
from collections.abc import Callable, Sequence
from typing import Any

from starlette.responses import Response

from rentaxis_pipelines.model.registry import REGISTRY
from rentaxis_pipelines.orchestration.names import RECONCILE, named
from rentaxis_pipelines.quickbooks.entities import web_url
from rentaxis_pipelines.reports.proof_pages import Cell
from rentaxis_pipelines.reports.proof_state import DOES_NOT_HOLD, NotProved, missing_explained
from rentaxis_pipelines.reports.run_words import who
from rentaxis_pipelines.web.desk.forms import FormError
from rentaxis_pipelines.web.desk.visit import Visit

PROOF = "proof"
MOST_PAGES = 200  # of fifty rows: further on a person looks at the work paper
_TABS = (
    ("Months", ""),
    ("Accounts", "accounts"),
    ("Customers and vendors", "customers"),
    ("Open receivables", "receivables"),
    ("Undeposited", "undeposited"),
    ("Possible duplicates", "duplicates"),
    ("Never pushed", "not-pushed"),
    ("Statements", "statements"),
)
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_SOURCE_TYPES = frozenset(name for entry in REGISTRY for name in entry.source_types)
_TITLES = {"replaced_expenses": "Earlier versions of expenses"}


def proved(show: Callable[[Visit], Response]) -> Callable[[Visit], Response]:
    """The page, or one that says why there is nothing to show and has the button that helps."""

    def shown(visit: Visit) -> Response:
        try:
            with missing_explained():
                return show(visit)
        except NotProved as nothing:
            return not_proved(visit, str(nothing))

    return shown


def not_proved(visit: Visit, sentence: str, trouble: str = "") -> Response:
    """The page in place of a proof that is not there."""
    return visit.render("proof_missing.html", sentence=sentence, trouble=trouble, proving=proving(visit))


def page(visit: Visit, template: str, here: str, **values: Any) -> Response:
    """A page of the proof, with its tabs; ``here``: its own."""
    tabs = [(title, visit.url(PROOF, place), place == here) for title, place in _TABS]
    tabs.append(("Changed in QuickBooks", visit.url("drift"), False))
    return visit.render(
        template, tabs=tabs, record_url=record_url(visit), type_title=type_title, who=who,
        doubt="" if values["proof"].holds else DOES_NOT_HOLD, **values,
    )  # fmt: skip


def proving(visit: Visit) -> str | None:
    """The id of the run that proves the company's books at this moment, if there is one."""
    job = named(visit.made_for, RECONCILE)
    return next((state.run_id for state in visit.launcher.going() if state.job == job), None)


def number_of(visit: Visit) -> int:
    """The number of the page asked for. Raises FormError for one beyond what is listed."""
    if visit.number > MOST_PAGES:
        raise FormError(f"Lists end at page {MOST_PAGES:,}. The work paper in Excel has every row.")
    return visit.number


def month_in(text: str) -> dt.date:
    """The first day of a month written ``2026-09``. Raises FormError."""
    written = _MONTH.fullmatch(text)
    if not written or not 1 <= int(written[2]) <= 12 or int(written[1]) < 1900:
        raise FormError("There is no such month. A month is written as a year and two digits: 2026-09.")
    return dt.date(int(written[1]), int(written[2]), 1)


def cell_in(visit: Visit) -> Cell:
    """What the address asks for: ``type``, ``account``, ``month`` and ``customer``. Raises FormError."""
    query = visit.query
    if any("\0" in value for value in query.values()):
        raise FormError("There is no such name.")
    month = query.get("month")
    return Cell(
        record_type=query.get("type"),
        account=query.get("account"),
        month=None if month is None else month_in(month),
        party=query.get("customer"),
    )


def address_of(visit: Visit, place: str, cell: Cell, **more: object) -> str:
    """The address of a page about that cell."""
    month = None if cell.month is None else f"{cell.month:%Y-%m}"
    return visit.url(
        PROOF, place, type=cell.record_type, account=cell.account, month=month, customer=cell.party, **more
    )


def record_url(visit: Visit) -> Callable[[Any], str]:
    """Where a row of the proof is looked at: our page of the record, else QuickBooks' page of what is only there, else nowhere."""

    def address(row: Any) -> str:
        source_type, _, source_id = row.record.partition("/")
        if source_type in _SOURCE_TYPES:
            return visit.url("records", source_type, source_id)
        entity, quickbooks_id = getattr(row, "entity", None), getattr(row, "quickbooks_id", None)
        return web_url(entity, quickbooks_id) if entity and quickbooks_id else ""

    return address


def type_title(record_type: str) -> str:
    """``Bill payments``."""
    return _TITLES.get(record_type) or record_type.replace("_", " ").capitalize()


def names(cell: Cell) -> Sequence[str]:
    """What a cell is about, for a heading."""
    return [
        *([cell.account] if cell.account else []),
        *([cell.party] if cell.party else []),
        *([type_title(cell.record_type).lower()] if cell.record_type else []),
        *([f"{cell.month:%B %Y}"] if cell.month else []),
    ]
