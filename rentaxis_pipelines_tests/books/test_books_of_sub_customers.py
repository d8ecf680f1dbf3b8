"""Tenants as sub-customers of their property's customer (``sub_customers: property``). Books read back from QuickBooks.

"Use sub-customers to track jobs, projects or properties" (Intuit's help); Customer.Job and ParentRef in QuickBooks' API reference. Whether a
parent's payment may be applied to a sub-customer's invoice is documented nowhere, so both are always on the tenant's own customer.
"""

import datetime as dt

import pytest

from rentaxis_pipelines_tests.books.test_any_advice import proof
from rentaxis_pipelines_tests.books.test_any_portfolio import empty, start_anew
from rentaxis_pipelines_tests.books.undoing import run_of, said, undo
from rentaxis_pipelines_tests.support.accountant import applied, money
from rentaxis_pipelines_tests.support.rentaxis_records import JOINED


@pytest.fixture(autouse=True)
def anew(rentaxis, chain, accountant) -> None:
    rentaxis.ask("DELETE FROM leases")
    empty(rentaxis)
    start_anew(chain, accountant)


def at_home(rentaxis, name: str):
    """A tenant with a lease of unit 1, 12 Elm Street."""
    (_, number) = payer = rentaxis.tenant(name)
    rentaxis.add(
        "leases", organization_id=1, unit_id=1, tenant_id=number, start_date=dt.date(2026, 1, 1), rent_amount=1, status="active"
    )  # fmt: skip
    return payer


def test_new_tenants_are_below_their_property_and_what_they_owe_and_pay_is_theirs(
    rentaxis, sync, accountant, chain, policies
) -> None:
    """One customer a property, made once; those that are there already stay where they are, and so does a program."""
    before = at_home(rentaxis, "Lives Here Already")
    rentaxis.invoice(before, "5.00")
    sync()
    policies(sub_customers="property")
    first, second = at_home(rentaxis, "Ada Below"), at_home(rentaxis, "Bob Below")
    program = rentaxis.program("Housing Help")
    invoice = rentaxis.invoice(first, "100.00")
    rentaxis.invoice(second, "50.00")
    rentaxis.invoice(program, "20.00")
    payment = rentaxis.payment(first, "100.00", (invoice, "100.00"))
    pushed = sync()
    assert pushed["property_customer", "1"].status == "created"
    house = accountant.customer("12 Elm Street")
    for name in ("Ada Below", "Bob Below"):
        customer = accountant.customer(name)
        assert (customer["Job"], customer["ParentRef"], customer["BillWithParent"]) == (
            True,
            {"value": house["Id"]},
            False,
        )
    assert accountant.customer("Ada Below")["FullyQualifiedName"] == "12 Elm Street:Ada Below"
    assert all(
        "ParentRef" not in accountant.customer(name) for name in ("Lives Here Already", "Housing Help")
    )
    billed, paid = accountant.of("invoice", invoice), accountant.of("payment", payment)
    assert (
        billed["CustomerRef"]["value"]
        == paid["CustomerRef"]["value"]
        == accountant.customer("Ada Below")["Id"]
    )
    assert applied(paid) == {billed["Id"]: money("100.00")}
    assert billed["Balance"] == 0
    found, rows = proof(chain)
    assert (found.failed_tests, found.proved) == ([], True)
    assert rows[f"payment/{payment}"]["explanation"] == "agrees"

    rentaxis.change("tenants", first[1], phone="(555) 010-0199")
    assert sync()["tenant", str(first[1])].status == "updated"
    assert accountant.customer("Ada Below")["ParentRef"] == {"value": house["Id"]}
    assert {row.reason_code for row in sync().values()} == {"unchanged"}


def test_a_customer_of_the_propertys_name_is_used_and_an_undo_takes_children_first(
    rentaxis, sync, accountant, chain, policies
) -> None:
    """The accountant's own stays active; one that we made goes inactive after its tenants."""
    policies(sub_customers="property")
    rentaxis.invoice(at_home(rentaxis, "Cy Below"), "10.00")
    pushed = sync()
    undone = undo(chain, run_of(pushed))
    assert {row.status for row in undone.values()} == {"updated"}, said(undone)
    assert [
        accountant.customer(each["DisplayName"])["Active"]
        for each in accountant.all("Customer")
        if "Elm" in each["DisplayName"]
    ] == [False]


@pytest.mark.parametrize("size", [1, 1000])
def test_one_property_is_made_once_whatever_the_chunks(rentaxis, chain, accountant, policies, size) -> None:
    policies(sub_customers="property")
    for number in range(4):
        at_home(rentaxis, f"Tenant {number}")
    chain.environment = chain.environment.model_copy(update={"pipelines_chunk_records": size})
    chain.sync("customers", first_day=JOINED.date(), last_day=JOINED.date())
    houses = [each for each in accountant.all("Customer") if each["DisplayName"].startswith("12 Elm")]
    assert len(houses) == 1
    assert (
        sum(each.get("ParentRef") == {"value": houses[0]["Id"]} for each in accountant.all("Customer")) == 4
    )


def test_what_was_previewed_is_approved_with_the_propertys_customer(
    rentaxis, chain, accountant, policies
) -> None:
    """The plan shows it as new, and it goes first."""
    policies(sub_customers="property")
    invoice = rentaxis.invoice(at_home(rentaxis, "Previewed Below"), "10.00")
    plan = chain.preview("invoices")
    assert not [each for each in accountant.all("Customer") if each["DisplayName"] == "12 Elm Street"]
    chain.approve(plan)
    house = accountant.customer("12 Elm Street")
    assert accountant.customer("Previewed Below")["ParentRef"] == {"value": house["Id"]}
    assert (
        accountant.of("invoice", invoice)["CustomerRef"]["value"]
        == accountant.customer("Previewed Below")["Id"]
    )


def test_a_customer_the_accountant_named_after_the_property_is_the_parent(
    rentaxis, sync, accountant, policies
) -> None:
    """No second one is made, and it is not written to."""
    policies(sub_customers="property")
    accountant.control(
        "hand", {"deed": "create", "entity": "Customer", "fields": {"DisplayName": "12 Elm Street"}}
    )
    theirs = accountant.customer("12 Elm Street")
    rentaxis.invoice(at_home(rentaxis, "Below Theirs"), "10.00")
    assert ("property_customer", "1") not in sync()
    assert accountant.customer("Below Theirs")["ParentRef"] == {"value": theirs["Id"]}
    assert accountant.customer("12 Elm Street")["SyncToken"] == theirs["SyncToken"]


def test_customers_that_exist_move_only_where_asked_and_follow_their_tenant(
    rentaxis, sync, accountant, policies
) -> None:
    """ "sub_customers: property_and_move". One that the accountant put below another customer stays there."""
    moved, kept = at_home(rentaxis, "Mia Moves"), at_home(rentaxis, "Ken Kept")
    for payer in (moved, kept):
        rentaxis.invoice(payer, "10.00")
    sync()
    accountant.control(
        "hand", {"deed": "create", "entity": "Customer", "fields": {"DisplayName": "The Owner's Own"}}
    )
    owner = {"value": accountant.customer("The Owner's Own")["Id"]}
    accountant.control(
        "hand",
        {
            "deed": "edit",
            "entity": "Customer",
            "id": accountant.customer("Ken Kept")["Id"],
            "fields": {"Job": True, "ParentRef": owner},
        },
    )
    policies(sub_customers="property_and_move")
    assert sync()["tenant", str(moved[1])].status == "updated"
    house = accountant.customer("12 Elm Street")
    assert accountant.customer("Mia Moves")["ParentRef"] == {"value": house["Id"]}
    assert accountant.customer("Ken Kept")["ParentRef"] == owner
    assert {row.reason_code for row in sync().values()} == {"unchanged"}

    rentaxis.add("properties", id=71, organization_id=1, street_address="7 Oak Lane")
    rentaxis.add("units", id=71, property_id=71, unit_number="1")
    rentaxis.add(
        "leases", organization_id=1, unit_id=71, tenant_id=moved[1], start_date=dt.date(2026, 4, 1), rent_amount=1, status="active"
    )  # fmt: skip
    assert sync()["tenant", str(moved[1])].status == "updated"
    other = accountant.customer("7 Oak Lane")
    assert accountant.customer("Mia Moves")["ParentRef"] == {"value": other["Id"]}
    assert {row.reason_code for row in sync().values()} == {"unchanged"}


def test_a_move_is_not_undone_and_says_so(rentaxis, sync, accountant, chain, policies) -> None:
    """QuickBooks' reference does not say how a sub-customer stops being one."""
    moved = at_home(rentaxis, "Nora Nested")
    rentaxis.invoice(moved, "10.00")
    sync()
    policies(sub_customers="property_and_move")
    undone = undo(chain, run_of(sync()))
    told = undone["tenant", str(moved[1])]
    assert (told.status, told.reason_code) == ("failed", "in_use")
    assert "moved below the customer of its property" in (told.reason or "")
    assert "ParentRef" in accountant.customer("Nora Nested")
