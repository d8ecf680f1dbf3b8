"""Whatever the life and whatever the chunks: a plan made in chunks is the plan made at once, and so are its results and the books.

Each sync of a life is made twice from the same state, in chunks of a few records and at once; rows, results and books are compared.
"""

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from psycopg import sql
from psycopg.rows import dict_row

from rentaxis_pipelines.model.sync_request import ApprovedPlan, over
from rentaxis_pipelines_tests.books.general_ledger import in_quickbooks, parties_in_quickbooks
from rentaxis_pipelines_tests.books.test_any_portfolio import (
    DAY,
    EXCHANGED_INVOICES,
    SETTLED_EXPENSES,
    Life,
    empty,
    live_books,
    moves,
    start_anew,
    which,
)
from rentaxis_pipelines_tests.support import ledger_copies
from rentaxis_pipelines_tests.support.accountant import Accountant
from rentaxis_pipelines_tests.support.chain import LAST_DAY, Chain

AT_ONCE = 20_000
names = itertools.count()

more_moves = st.one_of(
    st.tuples(st.just("swap numbers"), which),
    st.tuples(st.just("take number"), which, which),
    st.tuples(st.just("move"), st.sampled_from(["invoices", "payments", "expenses"]), which, st.integers(-40, 40)),
    st.tuples(st.just("share email"), which, which),
    st.tuples(st.just("share name"), which, which),
    st.tuples(st.just("share vendor name"), which, which),
    st.tuples(st.just("spend at"), which),
)  # fmt: skip


class LifeInChunks(Life):
    """The same landlord, with what chunks could get wrong: numbers that change hands, people who are alike, records that move."""

    def _swap_numbers(self, number: int) -> None:
        one = self._find("invoices", number, "true")
        other = self._find("invoices", number + 1, "true")
        if one is not None and other is not None and one["id"] != other["id"]:
            self.rentaxis.change("invoices", one["id"], invoice_number=other["invoice_number"])
            self.rentaxis.change("invoices", other["id"], invoice_number=one["invoice_number"])

    def _take_number(self, number: int, other: int) -> None:
        taker, taken = self._find("invoices", number, "true"), self._find("invoices", other, "true")
        if taker is not None and taken is not None:
            self.rentaxis.change("invoices", taker["id"], invoice_number=taken["invoice_number"])

    def _move(self, table: str, number: int, days: int) -> None:
        """To another day, maybe out of those that are pushed."""
        field = {"invoices": "invoice_date", "payments": "payment_date", "expenses": "expense_date"}[table]
        if row := self._find(table, number, "true"):
            self.rentaxis.ask(
                f"UPDATE {table} SET {field} = {field} + %s, updated_at = now() WHERE id = %s",
                days,
                row["id"],
            )

    def _share_email(self, number: int, other: int) -> None:
        """An address of the other's, beside one of their own."""
        (row,) = self.rentaxis.ask("SELECT email FROM tenants WHERE id = %s", self._payer(other)[1])
        shared = f"own{next(names)}@example.com, {row['email'].split(', ')[0]}"
        self.rentaxis.change("tenants", self._payer(number)[1], email=shared)

    def _share_name(self, number: int, other: int) -> None:
        (row,) = self.rentaxis.ask("SELECT name FROM tenants WHERE id = %s", self._payer(other)[1])
        self.rentaxis.change("tenants", self._payer(number)[1], name=row["name"])

    def _share_vendor_name(self, number: int, other: int) -> None:
        (row,) = self.rentaxis.ask("SELECT name FROM vendors WHERE id = %s", self.vendors[other % 3])
        self.rentaxis.change("vendors", self.vendors[number % 3], name=row["name"])

    def _spend_at(self, number: int) -> None:
        """At another house, whose class and location are to be made."""
        unit = self.rentaxis.ask("SELECT max(id) AS id FROM properties")[0]["id"] + 1
        self.rentaxis.add("properties", id=unit, organization_id=1, street_address=f"{number % 3} Oak Lane")
        self.rentaxis.expense("10.00", property_id=unit)


class Twice:
    """One company whose state can be put back, so that a sync is made once more."""

    def __init__(self, chain: Chain, accountant: Accountant, ledger: psycopg.Connection[Any]) -> None:
        self.chain, self.accountant, self.ledger = chain, accountant, ledger
        found = self._ask(
            "select tablename from pg_tables where schemaname = 'ledger' and tablename not in ('ledger_version', 'oauth_tokens')"
        )
        self.tables = [row["tablename"] for row in found]

    def _ask(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        cursor = self.ledger.cursor(row_factory=dict_row)
        return cursor.execute(statement, values).fetchall()  # pyright: ignore[reportArgumentType]

    def same(self, push: Callable[[], list[str]], chunk: int) -> None:
        """The same comes of it in chunks of so many records as at once."""
        with self._kept() as put_back:
            in_chunks = self._came_of(push, chunk)
            put_back()
            at_once = self._came_of(push, AT_ONCE)
        for name in at_once:
            assert in_chunks[name] == at_once[name], name

    @contextmanager
    def _kept(self) -> Iterator[Callable[[], None]]:
        state = f"state_{next(names)}"
        self.accountant.control("snapshot", {"name": state})
        ledger_copies.keep(self.ledger, state, self.tables)

        def put_back() -> None:
            ledger_copies.put_back(self.ledger, state, self.tables)
            self.accountant.control("restore", {"name": state})
            self.chain.sign_in()

        yield put_back
        self.ledger.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(state)))

    def _came_of(self, push: Callable[[], list[str]], chunk: int) -> dict[str, Any]:
        environment = self.chain.environment.model_copy(update={"pipelines_chunk_records": chunk})
        self.chain.environment = environment
        runs = push()
        called = self._called()
        return {
            "rows": {key: _seen(row, called) for key, row in self._rows("planned_rows", runs).items()},
            "results": {key: _seen(row, called) for key, row in self._rows("single_results", runs).items()},
            "sums": self._sums(runs),
            "documents": live_books(self.accountant),
            "accounts": in_quickbooks(self.accountant),
            "parties": parties_in_quickbooks(self.accountant),
            "questions": sorted(self.chain.questions()),
        }

    def _rows(self, table: str, runs: list[str]) -> dict[tuple[Any, ...], dict[str, Any]]:
        rows = self._ask(
            f"""select l.dry_run, l.record_type as plan_of, r.* from ledger.{table} r join ledger.plans l using (plan_id)
                where l.run_id = any(%s)""",
            runs,
        )
        return {(row["dry_run"], row["plan_of"], row["source_type"], row["source_id"]): row for row in rows}

    def _sums(self, runs: list[str]) -> list[Any]:
        return self._ask(
            """select dry_run, record_type, rows_in, money_in, finished_at is null as open from ledger.plans
               where run_id = any(%s) order by 1, 2""",
            runs,
        )

    def _called(self) -> dict[tuple[str, str], str]:
        """What everything in QuickBooks is called, by type and id: ids are given in the order in which objects are made."""
        fields = {
            "Customer": "DisplayName", "Vendor": "DisplayName", "Class": "FullyQualifiedName",
            "Department": "FullyQualifiedName", "Invoice": "DocNumber", "Payment": "PaymentRefNum", "Bill": "DocNumber",
            "BillPayment": "DocNumber", "Purchase": "DocNumber",
        }  # fmt: skip
        return {
            (entity, found["Id"]): str(found.get("PrivateNote") or found.get(field))
            for entity, field in fields.items()
            for found in self.accountant.all(entity)
        }


_COMPARED = (
    "day", "phase", "record_type", "source_label", "amount", "action", "status", "reason_code", "reason", "how_to_fix",
    "quickbooks_number", "readable_key", "quickbooks_type", "pending", "redated_from", "forced", "release", "payload", "edited",
    "generation", "attempts",
)  # fmt: skip
_REFERENCES = {
    "CustomerRef": "Customer", "VendorRef": "Vendor", "EntityRef": "Vendor", "ClassRef": "Class",
    "DepartmentRef": "Department", "ParentRef": "",
}  # fmt: skip


def _seen(row: dict[str, Any], called: dict[tuple[str, str], str]) -> dict[str, Any]:
    """The row, with objects by what they are called."""
    return {
        name: json.dumps(_named(row[name], called), sort_keys=True, default=str)
        for name in _COMPARED
        if name in row
    }


def _named(value: Any, called: dict[tuple[str, str], str]) -> Any:
    if isinstance(value, list):
        return [_named(each, called) for each in value]
    if not isinstance(value, dict):
        return value
    if "TxnId" in value:
        return {**value, "TxnId": called.get((value["TxnType"], value["TxnId"]), value["TxnId"])}
    return {
        name: {**inner, "value": called.get((_REFERENCES[name], inner["value"]), inner["value"])}
        if name in _REFERENCES and inner
        else _named(inner, called)
        for name, inner in value.items()
        if name not in ("Id", "SyncToken")
    }


def live_twice(
    rentaxis: Any,
    chain: Chain,
    accountant: Accountant,
    months: list[tuple[list[tuple[Any, ...]], str]],
    chunk: int,
    places: bool,
) -> None:
    empty(rentaxis)
    rentaxis.ask("DELETE FROM properties WHERE id > 1")
    start_anew(chain, accountant)
    if places:
        chosen = {"class_by": "property", "location_by": "property", "make_missing": True}
        mappings = chain.company.mappings.model_copy(update=chosen)
        chain.company = chain.company.model_copy(update={"mappings": mappings})
    life = LifeInChunks(rentaxis, chain)
    url = chain.environment.pipelines_database_url.get_secret_value()
    with psycopg.connect(url, autocommit=True) as ledger:
        _live(life, Twice(chain, accountant, ledger), months, chunk)


def _live(
    life: LifeInChunks, twice: "Twice", months: list[tuple[list[tuple[Any, ...]], str]], chunk: int
) -> None:
    rentaxis, chain = life.rentaxis, life.chain
    for dealings, how in months:
        life.begin_month()
        for move in dealings:
            life.make(move)
        rentaxis.keep_accounts()

        def push(how: str = how) -> list[str]:
            asked = {"days": over(DAY, LAST_DAY), "force": how == "forced", "preview": how == "approved"}
            with chain.engine(**asked, confirm_unusual=True) as engine:
                engine.sync()
            runs = [engine.run.run_id]
            if how == "approved":
                with chain.engine(approved=ApprovedPlan(preview_id=runs[0])) as engine:
                    engine.sync()
                runs.append(engine.run.run_id)
            return runs

        twice.same(push, chunk)


NUMBERS = {
    "months": [
        ([("rent", 1, 500, 0), ("rent", 2, 600, 0), ("share name", 0, 1), ("share vendor name", 0, 1), ("spend", 1, 9, 0, True),
          ("spend", 2, 9, 0, True)], "plain"),
        ([("swap numbers", 0), ("take number", 3, 2), ("exchange", 0), ("move", "invoices", 4, 1), ("move", "payments", 1, -40),
          ("share email", 2, 3)], "plain"),
        ([("swap numbers", 1), ("hand over", 0, 1), ("exchange", 1), ("delete", "payments", 2, True)], "approved"),
    ],
    "chunk": 2,
    "places": False,
}  # fmt: skip


def test_a_plan_in_chunks_is_the_plan_made_at_once(rentaxis, chain, accountant) -> None:
    company = chain.company

    @settings(
        max_examples=6,
        derandomize=True,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit],
    )
    @example(**NUMBERS)
    @example(months=[(month, "plain") for month, _ in SETTLED_EXPENSES["months"]], chunk=1, places=True)
    @example(months=[(month, "plain") for month, _ in EXCHANGED_INVOICES["months"]], chunk=3, places=False)
    @given(
        months=st.lists(
            st.tuples(
                st.lists(st.one_of(moves, more_moves, more_moves), min_size=3, max_size=9),
                st.sampled_from(["plain", "plain", "forced", "approved"]),
            ),
            min_size=2,
            max_size=3,
        ),
        chunk=st.integers(1, 5),
        places=st.booleans(),
    )
    def live(months: list[tuple[list[tuple[Any, ...]], str]], chunk: int, places: bool) -> None:
        chain.company = company
        live_twice(rentaxis, chain, accountant, months, chunk, places)

    live()
