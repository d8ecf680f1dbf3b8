"""Each thing that a decision about an unchanged record depends on, changed by itself: the record is read again, and no other is.

Nothing here says what becomes of it then; that the long way decides (``test_any_short_way`` compares the two).
"""

import datetime as dt
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from rentaxis_pipelines.ledger import prune
from rentaxis_pipelines.ledger.database import connect
from rentaxis_pipelines.ledger.sql import execute
from rentaxis_pipelines.model.sync_request import over
from rentaxis_pipelines_tests.support.accountant import Accountant
from rentaxis_pipelines_tests.support.both_ways import BothWays
from rentaxis_pipelines_tests.support.chain import LAST_DAY, Chain
from rentaxis_pipelines_tests.support.rentaxis_records import DAY, JOINED, RentAxisRecords

Key = tuple[str, str]
SINCE = JOINED.date()  # the day of its tenants
LATER = DAY + dt.timedelta(days=9)
_NUMBERS = itertools.count(1)


@dataclass
class World:
    """A tenant with a paid invoice, a vendor with a bill that was paid later, and an invoice and an expense of nobody else's."""

    chain: Chain
    accountant: Accountant
    rentaxis: RentAxisRecords
    invoice: Key
    payment: Key
    expense: Key
    bill_payment: Key
    other_invoice: Key
    other_expense: Key
    tenant: Key
    other_tenant: Key
    vendor: Key

    def all(self) -> set[Key]:
        """The records that results are of."""
        mine = (self.tenant, self.invoice, self.payment, self.expense, self.bill_payment)
        return {*mine, self.other_tenant, self.other_invoice, self.other_expense}

    def ledger(self, statement: str, **values: Any) -> list[Any]:
        with connect(self.chain.environment.pipelines_database_url.get_secret_value()) as connection:
            found = execute(connection, statement, **values)
            rows = list(found) if found.returns_rows else []
            connection.commit()
        return rows

    def change_link(self, key: Key, change: str) -> None:
        self.ledger(
            f"update ledger.links set {change} where source_type = :type and source_id = :id",
            type=key[0],
            id=key[1],
        )

    def quickbooks_id(self, key: Key) -> tuple[str, str]:
        (row,) = self.ledger(
            "select quickbooks_type, quickbooks_id from ledger.links where source_type = :type and source_id = :id",
            type=key[0], id=key[1],
        )  # fmt: skip
        return row.quickbooks_type, row.quickbooks_id

    def by_hand(self, key: Key, deed: str, **facts: Any) -> None:
        entity, quickbooks_id = self.quickbooks_id(key)
        self.accountant.control("hand", {"deed": deed, "entity": entity, "id": quickbooks_id, **facts})

    def settled(self, **asked: Any) -> set[Key]:
        """What a run of all days would settle without reading it."""
        both = BothWays(self.chain)
        both.look(**{"days": over(SINCE, LAST_DAY), "confirm_unusual": True, **asked})
        return both.seen.keys() & self.all()


@pytest.fixture
def world(rentaxis, chain, accountant) -> Iterator[World]:
    """Pushed, and known to stand unchanged."""
    number = next(_NUMBERS)
    tenant, vendor = rentaxis.tenant(f"Tenant {number}"), rentaxis.vendor(f"Vendor {number}")
    invoice = rentaxis.invoice(tenant, "100.00")
    payment = rentaxis.payment(tenant, "60.00", (invoice, "60.00"))
    paid = {"status": "paid", "paid_at": LATER, "payment_method": "check"}
    expense = rentaxis.expense("25.00", vendor_id=vendor, **paid)
    other_tenant = rentaxis.tenant(f"Other {number}")
    other_invoice = rentaxis.invoice(other_tenant, "70.00")
    other_expense = rentaxis.expense("35.00", vendor_id=rentaxis.vendor(f"Another {number}"), status="unpaid")
    rentaxis.keep_accounts()
    chain.sync(first_day=SINCE)
    keys = [("invoice", invoice), ("payment", payment), ("expense", expense), ("expense_payment", expense)]
    keys += [("invoice", other_invoice), ("expense", other_expense), tenant, other_tenant, ("vendor", vendor)]
    made = World(chain, accountant, rentaxis, *((name, str(row_id)) for name, row_id in keys))
    assert made.settled() == made.all()
    company = chain.company
    yield made
    chain.company = company
    accountant.control("hand", {"deed": "close_books", "date": None})
    rentaxis.ask(
        "UPDATE quickbooks_connections SET enabled_types = DEFAULT, sync_direction = DEFAULT WHERE id = 1"
    )
    for table in ("payment_allocations", "payments", "invoice_lines", "invoices", "expenses"):
        rentaxis.ask(f"DELETE FROM {table}")
    made.ledger(
        "delete from ledger.links where source_type in ('invoice', 'payment', 'expense', 'expense_payment')"
    )


def _policy(world: World, **chosen: Any) -> None:
    policies = world.chain.company.policies.model_copy(update=chosen)
    world.chain.company = world.chain.company.model_copy(update={"policies": policies})


def _question(world: World) -> None:
    world.ledger(
        "insert into ledger.questions values (:realm, :type, :id, 'x', 'waiting_for_confirmation', 'x', 'x', '[]', now())",
        realm=world.chain.environment.quickbooks_realm_id, type=world.other_expense[0], id=world.other_expense[1],
    )  # fmt: skip


def _mark(world: World, change: str) -> None:
    world.ledger(
        f"update ledger.settled_records set {change} where source_type = 'invoice' and source_id = :id",
        id=world.other_invoice[1],
    )


def _rename(world: World, table: str, key: Key) -> None:
    world.rentaxis.change(table, int(key[1]), name="Another name")


def _edit_customer(world: World) -> None:
    world.by_hand(world.tenant, "edit", fields={"Notes": "pays late"})


def _account(world: World) -> None:
    fields = {"Name": f"Account {next(_NUMBERS)}", "AccountType": "Expense"}
    world.accountant.control("hand", {"deed": "create", "entity": "Account", "fields": fields})


TENANTS = ("invoice", "payment")  # the records of the tenant, by their names in World
VENDORS = ("expense", "bill_payment")
ALL = ("tenant", *TENANTS, *VENDORS, "other_tenant", "other_invoice", "other_expense")
OWN_LINK = {
    "token": "sync_token = '77'",
    "hash": "content_hash = 'another'",
    "what was written": 'mapped = (mapped::jsonb || \'{"DueDate": "2026-12-31"}\')::json',
    "fields that are ours": "owned = owned[2:]",
    "origin": "origin = 'adopted'",
    "gone": "state = 'gone'",
    "void": "state = 'void'",
    "number": "quickbooks_number = 'N-77'",
    "total": "total = total + 1",
    "later date": "redated_from = '2026-04-30'",
    "object": "quickbooks_id = quickbooks_id || '0'",
}
# What is changed, and which records are read again for it.
CHANGES: Mapping[str, tuple[Callable[[World], Any], tuple[str, ...]]] = {
    "link of the invoice": (lambda world: world.change_link(world.invoice, "sync_token = '77'"), TENANTS),
    "link of the payment": (lambda world: world.change_link(world.payment, "sync_token = '5'"), ("payment",)),
    "link of the expense": (lambda world: world.change_link(world.expense, "sync_token = '5'"), VENDORS),
    "link of the bill's payment": (lambda world: world.change_link(world.bill_payment, "sync_token = '5'"), VENDORS),
    "link of the customer": (lambda world: world.change_link(world.tenant, "sync_token = '5'"), ("tenant", *TENANTS)),
    "link of the vendor": (lambda world: world.change_link(world.vendor, "state = 'gone'"), VENDORS),
    "customer inactive": (lambda world: world.by_hand(world.tenant, "deactivate"), ("tenant", *TENANTS)),
    "customer edited": (_edit_customer, ("tenant", *TENANTS)),
    "vendor inactive": (lambda world: world.by_hand(world.vendor, "deactivate"), VENDORS),
    "invoice in RentAxis": (lambda world: world.rentaxis.change("invoices", int(world.invoice[1]), memo="new"), TENANTS),
    "payment in RentAxis": (lambda world: world.rentaxis.change("payments", int(world.payment[1]), reference="9"), ("payment",)),
    "tenant in RentAxis": (lambda world: _rename(world, "tenants", world.tenant), ("tenant", *TENANTS)),
    "vendor in RentAxis": (lambda world: _rename(world, "vendors", world.vendor), VENDORS),
    "invoice excluded": (lambda world: world.chain.decide("exclude", *world.invoice), TENANTS),
    "payment excluded": (lambda world: world.chain.decide("exclude", *world.payment), ("payment",)),
    "tenant excluded": (lambda world: world.chain.decide("exclude", *world.tenant), ("tenant", *TENANTS)),
    "question": (_question, ("other_expense",)),
    "policy": (lambda world: _policy(world, unapplied="hold"), ALL),
    "account made": (_account, ALL),
    "books closed": (lambda world: world.accountant.control("hand", {"deed": "close_books", "date": "2026-04-30"}), ALL),
    "type switched off": (
        lambda world: world.rentaxis.ask("UPDATE quickbooks_connections SET enabled_types = '{customers,payments,expenses}' WHERE id = 1"), ALL,
    ),
    "amount of the mark": (lambda world: _mark(world, "amount = amount + 1"), ("other_invoice",)),
    "fingerprint of the mark": (lambda world: _mark(world, "fingerprint = md5('x')::uuid"), ("other_invoice",)),
    "settings of the mark": (lambda world: _mark(world, "settings = 'x'"), ("other_invoice",)),
    "day of the mark": (lambda world: _mark(world, "day = day + 1"), ("other_invoice",)),
    "nothing": (lambda _: None, ()),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_what_a_decision_depends_on_sends_the_record_the_long_way(world: World, change: str) -> None:
    make, long_way = CHANGES[change]
    make(world)
    assert world.all() - world.settled() == {getattr(world, name) for name in long_way}


def test_any_change_of_a_link_sends_its_record_the_long_way(world: World) -> None:
    """One after the other; each is taken back before the next."""
    world.ledger("create table as_it_was as select * from ledger.links")
    for name, change in OWN_LINK.items():
        world.change_link(world.invoice, change)
        assert world.all() - world.settled() == {world.invoice, world.payment}, name
        world.ledger("delete from ledger.links")
        world.ledger("insert into ledger.links select * from as_it_was")
    world.ledger("drop table as_it_was")


@pytest.mark.parametrize("asked", [{"force": True}, {"full": True}], ids=str)
def test_who_asks_for_everything_gets_everything_looked_at(world: World, asked: dict[str, bool]) -> None:
    assert world.settled(**asked) == set()
    assert world.settled() == world.all()


def test_a_record_under_a_number_made_up_for_it_is_always_looked_at(world: World) -> None:
    """Its number may become free, whatever becomes of itself."""
    other = int(world.other_invoice[1])
    (first,) = world.rentaxis.ask("SELECT invoice_number FROM invoices WHERE id = %s", int(world.invoice[1]))
    world.rentaxis.change("invoices", other, invoice_number=first["invoice_number"])
    for _ in range(2):
        world.chain.sync(first_day=SINCE)
    assert world.all() - world.settled() == {world.other_invoice}


def test_details_that_were_pruned_are_not_missed(world: World) -> None:
    realm, now = world.chain.environment.quickbooks_realm_id, dt.datetime.now(dt.UTC)
    with connect(world.chain.environment.pipelines_database_url.get_secret_value()) as connection:
        assert prune.prune(connection, realm, now + dt.timedelta(days=1), now).rows > 0
    assert world.settled() == world.all()


def test_a_void_record_is_settled_too_and_says_so(world: World) -> None:
    world.rentaxis.void("invoices", int(world.other_invoice[1]))
    for _ in range(2):
        results = world.chain.sync(first_day=SINCE)
    assert world.settled() == world.all()
    assert results[world.other_invoice].reason.endswith(" is already void in QuickBooks.")
