"""Whatever happens on either side, in any order: what is settled without being read is what reading it would have said, row by row.

The lives are those of ``test_any_portfolio``, and besides them people who edit, void and delete in QuickBooks, decide about records, undo runs,
push single ones, change settings; names in RentAxis that change without the records themselves. Both ways are gone at every step
and compared (``support.both_ways``). What the books say is not looked at here.
"""

import contextlib
import datetime as dt
import os
import urllib.error
from typing import Any

from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.model.record_types import RECORD_TYPES
from rentaxis_pipelines.model.sync_request import UndoneRun, over
from rentaxis_pipelines.sync.decisions import DecisionRefused
from rentaxis_pipelines.sync.known_links import links_of_keys
from rentaxis_pipelines_tests.books.test_any_portfolio import (
    EXCHANGED_INVOICES,
    RETURNED_DEPOSIT,
    SETTLED_EXPENSES,
    Life,
    empty,
    moves,
    start_anew,
    which,
)
from rentaxis_pipelines_tests.support.accountant import Accountant
from rentaxis_pipelines_tests.support.both_ways import BothWays
from rentaxis_pipelines_tests.support.chain import LAST_DAY, Chain
from rentaxis_pipelines_tests.support.rentaxis_records import DAY, JOINED, RentAxisRecords

SINCE = JOINED.date()  # the day of the tenants
TRANSACTIONS = ("Invoice", "Payment", "Purchase", "Bill", "BillPayment")
EDITS = {"PrivateNote": "Mine now", "DocNumber": "X-1", "TxnDate": "2026-05-20"}
SETTINGS: dict[str, dict[str, dict[str, Any]]] = {
    "plain": {},
    "classes": {"mappings": {"class_by": "unit", "make_missing": True}},
    "locations": {"mappings": {"location_by": "property", "make_missing": True}},
    "hold": {"policies": {"unapplied": "hold"}},
    "numbers": {"policies": {"check_numbers": "reference"}},
    "report": {"policies": {"deleted": "report"}},
    "update": {"policies": {"matched_customers": "update"}},
}

others = st.one_of(
    st.tuples(st.just("their edit"), st.sampled_from(TRANSACTIONS), which, st.sampled_from(sorted(EDITS))),
    st.tuples(st.just("their void"), st.sampled_from(TRANSACTIONS[:2]), which),
    st.tuples(st.just("their delete"), st.sampled_from(TRANSACTIONS), which),
    st.tuples(st.just("their customer"), which, st.sampled_from(["rename", "deactivate", "activate"])),
    st.tuples(st.just("their vendor"), which, st.sampled_from(["rename", "deactivate", "activate"])),
    st.tuples(
        st.just("rename"), st.sampled_from(["tenants", "vendors", "units", "properties", "accounts"]), which
    ),
    st.tuples(
        st.just("decide"),
        st.sampled_from(["exclude", "include", "unlink"]),
        st.sampled_from(RECORD_TYPES),
        which,
    ),
    st.tuples(st.just("push alone"), which),
    st.tuples(st.just("undo"), which),
    st.tuples(st.just("settings"), st.sampled_from(sorted(SETTINGS))),
    st.tuples(st.just("switch off"), st.sampled_from(["invoices", "none"])),
    st.tuples(st.just("same number"), which, which),
    st.tuples(
        st.just("look"),
        st.booleans(),
        st.sampled_from([(), ("invoices",), ("payments",), ("expenses",)]),
        st.integers(0, 45),
    ),
)


class TwoSidedLife(Life):
    """A landlord's dealings, and what other people do on either side meanwhile."""

    def __init__(self, rentaxis: RentAxisRecords, chain: Chain, accountant: Accountant) -> None:
        super().__init__(rentaxis, chain)
        self.accountant, self.both, self.runs = accountant, BothWays(chain), list[str]()
        self.plain = chain.company

    def sync(self, **asked: Any) -> None:
        self.rentaxis.keep_accounts()
        asked = {"days": over(SINCE, LAST_DAY), "confirm_unusual": True, **asked}
        if asked.get("preview"):
            self.both.look(**asked)
            return
        with self.both.engine(**asked) as engine:
            engine.sync()
        self.runs.append(engine.run.run_id)

    def _sync(self, record_type: str) -> None:
        self.sync(days=over(SINCE, LAST_DAY, record_type))

    def _look(self, preview: bool, record_types: tuple[str, ...], first: int) -> None:
        """Some days, some types; as a preview or not."""
        begin = DAY + dt.timedelta(days=first)
        ranges = (
            *over(SINCE, begin, *record_types),
            *over(begin + dt.timedelta(days=1), LAST_DAY, *record_types),
        )
        self.sync(days=ranges, preview=preview)

    def _there(self, entity: str, number: int) -> dict[str, Any] | None:
        found = self.accountant.all(entity)
        return found[number % len(found)] if found else None

    def _by_hand(self, deed: str, entity: str, number: int, **facts: Any) -> None:
        if (there := self._there(entity, number)) is not None:
            with contextlib.suppress(urllib.error.HTTPError):  # what QuickBooks lets nobody do
                self.accountant.control("hand", {"deed": deed, "entity": entity, "id": there["Id"], **facts})

    def _their_edit(self, entity: str, number: int, name: str) -> None:
        there = self._there(entity, number) or {}
        whole = {each: there[each] for each in ("VendorRef", "PaymentType", "CustomerRef") if each in there}
        self._by_hand("edit", entity, number, fields={**whole, name: EDITS[name]})

    def _their_void(self, entity: str, number: int) -> None:
        self._by_hand("void", entity, number)

    def _their_delete(self, entity: str, number: int) -> None:
        self._by_hand("delete", entity, number)

    def _their_customer(self, number: int, what: str) -> None:
        self._their_person("Customer", number, what)

    def _their_vendor(self, number: int, what: str) -> None:
        self._their_person("Vendor", number, what)

    def _their_person(self, entity: str, number: int, what: str) -> None:
        if (there := self._there(entity, number)) is not None:
            fields = (
                {"DisplayName": f"{there['DisplayName']} II"}
                if what == "rename"
                else {"Active": what == "activate"}
            )
            self._by_hand("edit", entity, number, fields=fields)

    def _rename(self, table: str, number: int) -> None:
        column = {"units": "unit_number", "properties": "street_address"}.get(table, "name")
        rows = self.rentaxis.ask(f"SELECT id, {column} AS name FROM {table} ORDER BY id")
        row = rows[number % len(rows)]
        self.rentaxis.change(table, row["id"], **{column: f"{row['name']}b"})

    def _decide(self, kind: str, record_type: str, number: int) -> None:
        table = "tenants" if record_type == "customers" else record_type
        rows = self.rentaxis.ask(f"SELECT id FROM {table} ORDER BY id")
        if rows:
            key = (table[:-1], str(rows[number % len(rows)]["id"]))
            with self.chain.run() as run:
                known = links_of_keys(run.connection, run.realm, [key])
            there = known[key].quickbooks_id if kind == "unlink" and key in known else None
            with contextlib.suppress(DecisionRefused):
                self.chain.decide(kind, *key, there)

    def _push_alone(self, number: int) -> None:
        if row := self._find("invoices", number, "true"):
            self.rentaxis.keep_accounts()
            self.chain.push_record("invoice", row["id"])

    def _undo(self, number: int) -> None:
        if self.runs:
            run_id = self.runs[number % len(self.runs)]
            with (
                contextlib.suppress(CannotLaunch),
                self.chain.engine(undo=UndoneRun(run_id=run_id)) as engine,
            ):
                engine.sync()

    def _settings(self, name: str) -> None:
        company = self.plain
        for part, values in SETTINGS[name].items():
            company = company.model_copy(update={part: getattr(company, part).model_copy(update=values)})
        self.chain.company = company

    def _switch_off(self, record_type: str) -> None:
        enabled = [name for name in RECORD_TYPES if name != record_type]
        self.rentaxis.ask("UPDATE quickbooks_connections SET enabled_types = %s WHERE id = 1", enabled)

    def _same_number(self, number: int, other: int) -> None:
        one, two = self._find("invoices", number, "true"), self._find("invoices", other, "true")
        if one and two:
            self.rentaxis.change("invoices", one["id"], invoice_number=two["invoice_number"].lower())


def live_through(
    rentaxis: RentAxisRecords,
    chain: Chain,
    accountant: Accountant,
    months: list[list[tuple[Any, ...]]],
    voids: str,
) -> int:
    """Make the moves, and look both ways at the end of each month, when all is pushed, and once more; how many records were settled."""
    empty(rentaxis)
    start_anew(chain, accountant)
    accountant.control("switches", {"void_linked": voids})
    life = TwoSidedLife(rentaxis, chain, accountant)
    try:
        for dealings in months:
            life.begin_month()
            for move in dealings:
                life.make(move)
            life.sync(preview=True)
            life.sync()
            life.sync(preview=True)
            life.chain.sync(first_day=SINCE)  # pushed the short way, by itself
            life.sync(preview=True)
    finally:
        chain.company = life.plain
    return life.both.settled


def test_the_short_way_says_what_the_long_way_says(rentaxis, chain, accountant) -> None:
    settled: list[int] = []

    @settings(
        max_examples=int(os.environ.get("SHORT_WAY_EXAMPLES", "4")),
        derandomize="SHORT_WAY_EXAMPLES"
        not in os.environ,  # the same lives each time, unless others are asked for
        print_blob=True,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],  # making a failing life shorter costs minutes
    )
    @example(months=[dealings for dealings, _ in RETURNED_DEPOSIT["months"]], voids="unlink")
    @example(months=[dealings for dealings, _ in SETTLED_EXPENSES["months"]], voids="unlink")
    @example(months=[dealings for dealings, _ in EXCHANGED_INVOICES["months"]], voids="refuse")
    @given(
        months=st.lists(st.lists(st.one_of(moves, others), min_size=3, max_size=8), min_size=1, max_size=3),
        voids=st.sampled_from(["unlink", "refuse"]),
    )
    def live(months: list[list[tuple[Any, ...]]], voids: str) -> None:
        settled.append(live_through(rentaxis, chain, accountant, months, voids))

    live()
    assert sum(settled) > 100  # the short way was gone
