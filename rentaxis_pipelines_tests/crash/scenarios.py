"""What the harness pushes over what, by name."""

from dataclasses import dataclass, field
from typing import Any

from rentaxis_pipelines_tests.crash.expected import Books, books_of, books_undone
from rentaxis_pipelines_tests.crash.portfolio import Portfolio
from rentaxis_pipelines_tests.crash.portfolios.bill_payments import PAID_IN_PARTS, PARTS_CHANGED
from rentaxis_pipelines_tests.crash.portfolios.billing import (
    BEFORE_LETTING_GO,
    EDITED,
    EXCHANGED,
    FIRST,
    LET_GO,
    SINGLE,
    VOIDED,
)
from rentaxis_pipelines_tests.crash.portfolios.credits import CREDITED, CREDITS_CHANGED
from rentaxis_pipelines_tests.crash.portfolios.deposits import DEPOSITED, DEPOSITS_CHANGED
from rentaxis_pipelines_tests.crash.portfolios.journal_entries import ENTRIES, ENTRIES_EDITED
from rentaxis_pipelines_tests.crash.portfolios.money_back import (
    BEFORE_COMING_BACK,
    CAME_BACK,
    REFUNDED,
    REFUNDS_CHANGED,
)
from rentaxis_pipelines_tests.crash.portfolios.papers import PAPERS, PAPERS_EDITED
from rentaxis_pipelines_tests.crash.portfolios.places import HOUSES, RENAMED
from rentaxis_pipelines_tests.crash.portfolios.settlements import SETTLED, SETTLED_ANEW
from rentaxis_pipelines_tests.crash.portfolios.sub_customers import AT_HOME, MOVED


@dataclass(frozen=True)
class Scenario:
    """What is pushed over what, and the books it must come to. ``switches``: what QuickBooks is to do where nobody knows; ``undone``: it was
    pushed in a run that is then undone, and the undo is what is disturbed. ``chunk``: so many records are planned at a time.
    """

    before: Portfolio | None
    pushed: Portfolio
    force: bool = False
    switches: dict[str, Any] = field(default_factory=dict)
    undone: bool = False
    chunk: int = 20_000

    def books(self) -> Books:
        """The books afterwards: what was pushed, and what was there and not pushed again; or what was there and what an undo leaves."""
        return (books_undone if self.undone else books_of)(self.before, self.pushed)


SCENARIOS: dict[str, Scenario] = {
    "first": Scenario(None, FIRST),
    "edited": Scenario(FIRST, EDITED),
    "force": Scenario(FIRST, FIRST, force=True),
    "void": Scenario(FIRST, VOIDED),
    "single": Scenario(FIRST, SINGLE),
    "exchanged": Scenario(FIRST, EXCHANGED),
    "let go": Scenario(BEFORE_LETTING_GO, LET_GO, switches={"void_linked": "refuse"}),
    "credits": Scenario(None, CREDITED),
    "credits changed": Scenario(CREDITED, CREDITS_CHANGED),
    "houses": Scenario(None, HOUSES),
    "renamed": Scenario(HOUSES, RENAMED),
    "came back": Scenario(BEFORE_COMING_BACK, CAME_BACK),
    "came back in chunks": Scenario(BEFORE_COMING_BACK, CAME_BACK, chunk=2),
    "undo of coming back": Scenario(BEFORE_COMING_BACK, CAME_BACK, undone=True),
    "refunds changed": Scenario(REFUNDED, REFUNDS_CHANGED),
    "refunds changed in chunks": Scenario(REFUNDED, REFUNDS_CHANGED, chunk=1),
    "undo of changed refunds": Scenario(REFUNDED, REFUNDS_CHANGED, undone=True),
    "first in chunks": Scenario(None, FIRST, chunk=2),
    "edited in chunks": Scenario(FIRST, EDITED, chunk=1),
    "force in chunks": Scenario(FIRST, FIRST, force=True, chunk=2),
    "exchanged in chunks": Scenario(FIRST, EXCHANGED, chunk=1),
    "let go in chunks": Scenario(BEFORE_LETTING_GO, LET_GO, switches={"void_linked": "refuse"}, chunk=1),
    "renamed in chunks": Scenario(HOUSES, RENAMED, chunk=1),
    "entries": Scenario(ENTRIES, ENTRIES_EDITED),
    "entries in chunks": Scenario(ENTRIES, ENTRIES_EDITED, chunk=1),
    "undo of entries": Scenario(ENTRIES, ENTRIES_EDITED, undone=True),
    "deposits": Scenario(None, DEPOSITED),
    "deposits changed": Scenario(DEPOSITED, DEPOSITS_CHANGED),
    "deposits changed in chunks": Scenario(DEPOSITED, DEPOSITS_CHANGED, chunk=1),
    "undo of deposits": Scenario(None, DEPOSITED, undone=True),
    "credits changed in chunks": Scenario(CREDITED, CREDITS_CHANGED, chunk=1),
    "settled": Scenario(None, SETTLED),
    "settled anew": Scenario(SETTLED, SETTLED_ANEW),
    "undo of settling anew": Scenario(SETTLED, SETTLED_ANEW, undone=True),
    "parts": Scenario(None, PAID_IN_PARTS),
    "parts changed": Scenario(PAID_IN_PARTS, PARTS_CHANGED),
    "parts changed in chunks": Scenario(PAID_IN_PARTS, PARTS_CHANGED, chunk=1),
    "undo of parts": Scenario(None, PAID_IN_PARTS, undone=True),
    "undo of changed parts": Scenario(PAID_IN_PARTS, PARTS_CHANGED, undone=True),
    "at home": Scenario(None, AT_HOME),
    "moved": Scenario(AT_HOME, MOVED),
    "undo of moving": Scenario(AT_HOME, MOVED, undone=True),
    "papers": Scenario(None, PAPERS),
    "papers edited": Scenario(PAPERS, PAPERS_EDITED),
    "papers in chunks": Scenario(None, PAPERS, chunk=1),
    "papers with force": Scenario(PAPERS, PAPERS, force=True),
    "undo of papers": Scenario(FIRST, PAPERS, undone=True),
    "undo of the first": Scenario(None, FIRST, undone=True),
    "undo of an edit": Scenario(FIRST, EDITED, undone=True),
    "undo of a void": Scenario(FIRST, VOIDED, undone=True),
    "undo of an exchange": Scenario(FIRST, EXCHANGED, undone=True),
    "undo of credits": Scenario(None, CREDITED, undone=True),
    "undo of changed credits": Scenario(CREDITED, CREDITS_CHANGED, undone=True),
    "undo of changed deposits": Scenario(DEPOSITED, DEPOSITS_CHANGED, undone=True),
    "undo of letting go": Scenario(
        BEFORE_LETTING_GO, LET_GO, switches={"void_linked": "refuse"}, undone=True
    ),
}
