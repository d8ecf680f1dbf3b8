"""Whatever a run did, undoing it gives the books of before it; included and pushed again, they are the books of the run.

The lives are those of ``test_any_portfolio``. Nobody touches QuickBooks meanwhile, so nothing may be refused.
"""

import os
from typing import Any

from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from rentaxis_pipelines_tests.books.test_any_portfolio import (
    EXCHANGED_INVOICES,
    RETURNED_DEPOSIT,
    SETTLED_EXPENSES,
    Life,
    empty,
    live_books,
    moves,
    start_anew,
    sync_and_compare,
)
from rentaxis_pipelines_tests.books.undoing import books_of, differing, include, run_of, standing, undo
from rentaxis_pipelines_tests.support.accountant import Accountant
from rentaxis_pipelines_tests.support.chain import Chain
from rentaxis_pipelines_tests.support.rentaxis_records import RentAxisRecords


def undo_and_redo(
    rentaxis: RentAxisRecords,
    chain: Chain,
    accountant: Accountant,
    months: list[tuple[list[tuple[Any, ...]], bool]],
    voids: str,
) -> None:
    """Each month is pushed, undone and compared with what stood before, the undo undone and compared with what was pushed; then the month
    is undone once more, included and pushed anew.
    """
    empty(rentaxis)
    start_anew(chain, accountant)
    accountant.control("switches", {"void_linked": voids})
    life = Life(rentaxis, chain)
    for dealings, force in months:
        life.begin_month()
        for move in dealings:
            life.make(move)
        rentaxis.keep_accounts()
        before, owed = books_of(accountant), balances(accountant)
        pushed = chain.sync(force=force)
        said, run_id = live_books(accountant), run_of(pushed)
        undone = undo(chain, run_id)
        assert refused(undone) == []
        assert {row.action for row in undone.values()} & {"void", "delete", "update"}
        assert differing(standing(before), standing(books_of(accountant))) == []
        assert {name: balances(accountant)[name] for name in owed} == owed
        assert refused(undo(chain, run_of(undone))) == []
        assert live_books(accountant) == said
        assert refused(undo(chain, run_id)) == []
        assert differing(standing(before), standing(books_of(accountant))) == []
        include(chain, run_id)
        sync_and_compare(rentaxis, chain, accountant)
        assert live_books(accountant) == said


def refused(results: dict[Any, Any]) -> list[tuple[Any, ...]]:
    """The rows that failed, with their reasons."""
    return [(key, row.reason_code, row.reason) for key, row in results.items() if row.status == "failed"]


def balances(accountant: Accountant) -> dict[str, Any]:
    """What each customer owes, by id."""
    return {one["Id"]: one["Balance"] for one in accountant.all("Customer")}


def test_books_after_an_undo_are_those_of_before_and_pushed_again_those_of_the_run(
    rentaxis, chain, accountant
) -> None:
    @settings(
        max_examples=int(os.environ.get("UNDO_EXAMPLES", "3")),
        derandomize="UNDO_EXAMPLES"
        not in os.environ,  # the same lives each time, unless others are asked for
        print_blob=True,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
    )
    @example(**RETURNED_DEPOSIT)
    @example(**SETTLED_EXPENSES)
    @example(**EXCHANGED_INVOICES)
    @given(
        months=st.lists(
            st.tuples(st.lists(moves, min_size=3, max_size=9), st.booleans()), min_size=2, max_size=3
        ),
        voids=st.sampled_from(["unlink", "refuse"]),
    )
    def live(months: list[tuple[list[tuple[Any, ...]], bool]], voids: str) -> None:
        undo_and_redo(rentaxis, chain, accountant, months, voids)

    live()
