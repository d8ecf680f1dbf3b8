"""Whatever happened before, and whatever happens between a preview and its approval: what was seen goes, and nothing else does.

What may be sent is worked out here from two previews, the one that was approved and one made right before it is pushed: rows that are
the same in both, and no others.
"""

import datetime as dt
import json
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from rentaxis_pipelines.ledger import previews
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.sync.known_links import links_of_keys
from rentaxis_pipelines_tests.books.general_ledger import (
    in_quickbooks,
    in_rentaxis,
    parties_in_quickbooks,
    parties_in_rentaxis,
)
from rentaxis_pipelines_tests.books.test_any_portfolio import Life, empty, moves, start_anew
from rentaxis_pipelines_tests.support.accountant import Accountant
from rentaxis_pipelines_tests.support.chain import LAST_DAY, Chain
from rentaxis_pipelines_tests.support.rentaxis_records import DAY

Key = tuple[str, str]
months = st.lists(moves, max_size=6)
hand_edits = st.lists(
    st.tuples(
        st.sampled_from(["Invoice", "Payment", "Customer"]),
        st.integers(0, 9),
        st.sampled_from(["note", "void"]),
    ),
    max_size=2,
)
chosen_policies = st.sampled_from([{}, {}, {"unapplied": "hold"}])


def rows_of(chain: Chain, plan: str) -> list[PlannedRow]:
    with chain.run() as run:
        return previews.rows_of(run.connection, run.realm, plan)


def to_send(chain: Chain, plan: str) -> dict[Key, PlannedRow]:
    return {(row.source_type, row.source_id): row for row in rows_of(chain, plan) if row.status is None}


def by_hand(accountant: Accountant, edits: list[tuple[str, int, str]]) -> None:
    """What a person does in QuickBooks meanwhile."""
    for entity, number, what in edits:
        there = [found for found in accountant.all(entity) if str(found.get("Active", True)) == "True"]
        if not there:
            continue
        found = there[number % len(there)]
        address = {"entity": entity, "id": found["Id"]}
        if what == "void" and entity != "Customer":
            accountant.control("hand", {"deed": "void", **address})
        else:
            field = (
                "Notes" if entity == "Customer" else "CustomerMemo" if entity == "Invoice" else "PrivateNote"
            )
            value: Any = {"value": "Mine now"} if field == "CustomerMemo" else "Mine now"
            accountant.control("hand", {"deed": "edit", **address, "fields": {field: value}})


def said(row: PlannedRow, ids: dict[str, str]) -> str:
    """All that the row would do, as one text; parents by their ids where they stand by now."""
    standing = {
        name: value
        for name, value in (row.standing or {}).items()
        if name
        not in (
            "SyncToken",
            "MetaData",
            "Balance",
            "BalanceWithJobs",
            "UnappliedAmt",
            "LinkedTxn",
            "HomeBalance",
        )
    }
    whole = [row.action, row.quickbooks_type, row.quickbooks_id, row.payload, row.release, standing]
    text = json.dumps(whole, default=str, sort_keys=True)
    for pending, quickbooks_id in ids.items():
        text = text.replace(f'"{pending}"', f'"{quickbooks_id}"')
    return text


def test_with_nothing_changed_exactly_the_plan_is_written(rentaxis, chain, accountant) -> None:
    """For any history: each row of the plan that was to be sent is written as it said, no other row is, both books agree to the cent
    afterwards, and the next sync finds nothing to do.
    """

    @settings(
        max_examples=70,
        derandomize=False,
        print_blob=True,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
    )
    @given(before=st.lists(months, min_size=1, max_size=2), forced=st.booleans())
    def check(before: list[list[tuple[Any, ...]]], forced: bool) -> None:
        empty(rentaxis)
        start_anew(chain, accountant)
        life = Life(rentaxis, chain)
        for dealings in before:
            life.begin_month()
            for move in dealings:
                life.make(move)
            rentaxis.keep_accounts()
            plan = chain.preview(first_day=DAY, force=forced)
            planned = {key: row.action for key, row in to_send(chain, plan).items()}
            results = chain.approve(plan)
            written = {
                key: row.action for key, row in results.items() if row.status in ("created", "updated")
            }
            assert written == planned, {
                key: (results[key].reason_code, results[key].reason)
                for key in planned.keys() - written.keys()
            }
            assert parties_in_quickbooks(accountant) == parties_in_rentaxis(rentaxis)
            assert in_quickbooks(accountant) == in_rentaxis(rentaxis)
        after = chain.sync(first_day=DAY)
        assert [row for row in after.values() if row.status in ("created", "updated")] == []

    check()


def test_no_row_goes_that_differs_from_what_was_seen(rentaxis, chain, accountant, policies) -> None:
    """Source, settings and books change between the preview and its approval: exactly the rows go that would still be the same; each of
    the others has its result with the reason.
    """

    @settings(
        max_examples=120,
        derandomize=False,
        print_blob=True,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
    )
    @given(
        before=months,
        seen=months,
        since=months,
        edits=hand_edits,
        changed=chosen_policies,
        forced=st.booleans(),
    )
    def check(
        before: list[Any],
        seen: list[Any],
        since: list[Any],
        edits: list[Any],
        changed: dict[str, str],
        forced: bool,
    ) -> None:
        empty(rentaxis)
        start_anew(chain, accountant)
        policies(unapplied="push")
        life = Life(rentaxis, chain)
        for dealings in (before, seen):
            life.begin_month()
            for move in dealings:
                life.make(move)
            rentaxis.keep_accounts()
            if dealings is before:
                chain.sync(first_day=DAY)
        plan = chain.preview(first_day=DAY, force=forced)
        for move in since:
            life.make(move)
        rentaxis.keep_accounts()
        by_hand(accountant, edits)
        policies(**changed)
        approved = to_send(chain, plan)
        now = to_send(chain, _another(chain, forced))
        ids = _ids_made(chain, approved)
        same = {
            key for key in approved.keys() & now.keys() if said(approved[key], ids) == said(now[key], ids)
        }
        results = chain.approve(plan)
        written = {key for key, row in results.items() if row.status in ("created", "updated")}
        assert written <= same, [
            (key, said(approved[key], ids), key in now and said(now[key], ids)) for key in written - same
        ]
        for key in same - written:  # it needs another row that did not go
            row = results[key]
            assert row.reason_code in ("waiting_for_parent", "rejected", "held_by_payment"), (key, row.reason)
        for key in (approved.keys() | now.keys()) - same:
            assert results[key].status != "created", results[key]
            assert results[key].reason_code is not None

    check()


def _another(chain: Chain, forced: bool) -> str:
    """A preview of the same records that supersedes nothing: of one day less, on which there are none."""
    return chain.preview(first_day=DAY, last_day=LAST_DAY - dt.timedelta(days=1), force=forced)


def _ids_made(chain: Chain, rows: dict[Key, PlannedRow]) -> dict[str, str]:
    parents = {tuple(parent.split("/", 1)) for row in rows.values() for parent in row.pending}
    with chain.run() as run:
        known = links_of_keys(run.connection, run.realm, parents)  # pyright: ignore[reportArgumentType]
    return {
        f"pending:{kind}/{source_id}": link.quickbooks_id
        for (kind, source_id), link in known.items()
        if link.origin == "created"
    }
