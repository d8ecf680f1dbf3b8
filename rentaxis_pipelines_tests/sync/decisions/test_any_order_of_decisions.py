"""Confirm, reject and the other decisions in any order, syncs between them: nobody is created twice, nothing is lost.

Each example has its own people and its own day, so that one company serves them all.
"""

import itertools
import uuid
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from rentaxis_pipelines.ledger import links
from rentaxis_pipelines.ledger.database import connect
from rentaxis_pipelines.sync.decisions import DecisionRefused

NAME_ONLY, NEAR, TWO = range(3)  # the tenants: same name, near name, one e-mail on two customers
STEPS = st.one_of(
    st.just(("sync", NAME_ONLY, 0)),
    st.tuples(
        st.sampled_from(["confirm", "reject", "make_new", "unlink", "relink", "exclude", "include"]),
        st.sampled_from([NAME_ONLY, NEAR, TWO]),
        st.integers(0, 3),
    ),
)


class People:
    """Three tenants, an invoice for each, and the four customers that they may be."""

    def __init__(self, company: Any) -> None:
        self.company, self.day = company, company.another_day()
        # A surname of letters alone, unlike that of every other example.
        surname = uuid.uuid4().hex.translate(str.maketrans("0123456789", "ghijklmnop"))[:12].title()
        mail = f"{surname.lower()}@example.com"
        self.tenants = [
            company.tenant(f"Terrence {surname}", self.day),
            company.tenant(f"Marguerite {surname}", self.day),
            company.tenant(f"Priya {surname}", self.day, mail),
        ]
        self.invoices = [
            str(company.rentaxis.invoice((kind, int(number)), "100.00", day=self.day))
            for kind, number in self.tenants
        ]
        names = (f"Terrence {surname}", f"Margerite {surname}", f"One {surname}", f"Two {surname}")
        self.customers = [
            self._customer(name, mail if name.split()[0] in ("One", "Two") else None) for name in names
        ]
        self.made: Counter[tuple[str, str]] = Counter()  # customers, by tenant
        self.told_to: Counter[tuple[str, str]] = (
            Counter()
        )  # times a person undid the link to one that was made

    def _customer(self, name: str, mail: str | None) -> str:
        address = {"PrimaryEmailAddr": {"Address": mail}} if mail else {}
        return self.company.chain.write("Customer", {"DisplayName": name, **address})["Id"]

    def candidates_of(self, tenant: int) -> list[str]:
        return self.customers[2:] if tenant == TWO else [self.customers[tenant]]

    def sync(self) -> dict[tuple[str, str], Any]:
        taken = set(self.linked().values())
        asked = self.company.chain.questions().items()
        waiting = {key for key, one in asked if {it.quickbooks_id for it in one.candidates} - taken}
        rows = self.company.chain.sync("customers", "invoices", first_day=self.day, last_day=self.day)
        for key in self.tenants:
            if rows[key].status == "created":
                assert key not in waiting, "made although it waited for a person"
                self.made[key] += 1
        return rows

    def decide(self, kind: str, tenant: int, which: int) -> None:
        key, wanted = self.tenants[tenant], self.customers[which]
        made_one = self.linked().get(key) not in (None, *self.customers)
        try:
            self.company.chain.decide(kind, *key, wanted if kind in ("confirm", "reject", "relink") else None)
        except DecisionRefused as refused:
            assert str(refused).endswith(".")
            return
        self.told_to[key] += made_one and kind in ("unlink", "relink")

    def linked(self) -> dict[tuple[str, str], str]:
        environment = self.company.chain.environment
        with connect(environment.pipelines_database_url.get_secret_value()) as connection:
            owners = links.owners_of(connection, environment.quickbooks_realm_id, "Customer")
        assert len(set(owners.values())) == len(owners)
        return {key: quickbooks_id for quickbooks_id, key in owners.items()}

    def invoices_in_quickbooks(self) -> list[dict[str, Any]]:
        return [one for number in self.invoices for one in self.company.accountant.all_of("invoice", number)]

    def check(self) -> None:
        """One customer a tenant unless a person undid it, one invoice an invoice, billed to whom it belongs."""
        for key in self.tenants:
            assert self.made[key] <= 1 + self.told_to[key], key
        assert len(self.invoices_in_quickbooks()) <= len(self.invoices)
        for number in self.invoices:
            assert len(self.company.accountant.all_of("invoice", number)) <= 1


@settings(
    max_examples=6,
    suppress_health_check=list(HealthCheck),
    phases=[
        Phase.explicit,
        Phase.generate,
    ],  # a failing example is short enough; making it shorter costs minutes
)
@given(steps=st.lists(STEPS, min_size=3, max_size=8))
@example(steps=[("exclude", 2, 0), ("sync", 0, 0), ("exclude", 2, 3)])
def test_nobody_is_created_twice_and_every_invoice_ends_with_its_customer(
    company: Any, steps: list[tuple[str, int, int]]
) -> None:
    """Whatever was decided before, once each tenant who waits is decided, every invoice is there, once."""
    people = People(company)
    for kind, tenant, which in steps:
        if kind == "sync":
            people.sync()
            people.check()
        else:
            people.decide(kind, tenant, which)
    for number in range(len(people.tenants)):
        people.decide("include", number, 0)
    people.sync()  # who was left out until now is asked about here
    for number, key in enumerate(people.tenants):
        if key in company.chain.questions():
            people.decide("make_new", number, 0)
    people.sync()
    people.check()
    linked = people.linked()
    billed = [one["CustomerRef"]["value"] for one in people.invoices_in_quickbooks()]
    assert billed == [linked[key] for key in people.tenants]
    assert {one["TotalAmt"] for one in people.invoices_in_quickbooks()} == {Decimal(100)}
    assert not [row for row in people.sync().values() if row.status in ("created", "updated")]


@pytest.mark.parametrize("steps", [*itertools.permutations(["confirm", "reject", "sync"])], ids=" ".join)
def test_confirm_reject_and_sync_in_every_order_leave_one_customer(
    company: Any, steps: tuple[str, ...]
) -> None:
    """Confirmed before it is made: the customer suggested. Rejected: a new one. Never both, never two."""
    people = People(company)
    key, suggested = people.tenants[NAME_ONLY], people.customers[NAME_ONLY]
    for step in steps:
        if step == "sync":
            people.sync()
        else:
            people.decide(step, NAME_ONLY, 0)
    people.sync()
    people.check()
    assert people.made[key] == (people.linked()[key] != suggested)
    billed = company.accountant.of("invoice", people.invoices[NAME_ONLY])["CustomerRef"]["value"]
    assert billed == people.linked()[key]
