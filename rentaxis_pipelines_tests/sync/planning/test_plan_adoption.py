"""Invoices and payments that stand in QuickBooks before their first push: adopted, asked about or stopped, never doubled."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from rentaxis_pipelines.ledger import versions
from rentaxis_pipelines.ledger.database import connect
from rentaxis_pipelines.settings import Company
from rentaxis_pipelines_tests.support.accountant import Accountant

RANGE = {"first_day": dt.date(2026, 5, 1), "last_day": dt.date(2026, 6, 30)}


@pytest.fixture
def invoice(chain) -> dict[str, Any]:
    """An invoice of the tenant whom e-mail links to customer 3, as RentAxis has it."""
    (found,) = chain.rentaxis(
        "select id::text, invoice_number, invoice_date, total_amount from invoices where billed_to_type = 'tenant'"
        " and billed_to_id = %s and invoice_date between '2026-06-01' and '2026-06-30' and status not in ('draft', 'void')"
        " and deleted_at is null order by id limit 1",
        chain.labelled("match_email")[1],
    )
    return found


def enter_by_hand(chain: Any, invoice: dict[str, Any], **other: Any) -> dict[str, Any]:
    """The same invoice as an accountant typed it into QuickBooks months ago."""
    amount = other.pop("amount", invoice["total_amount"])
    (item,) = chain.objects("Item", "Name = 'Rent'")
    body = {
        "CustomerRef": {"value": "3"},
        "DocNumber": invoice["invoice_number"],
        "TxnDate": invoice["invoice_date"].isoformat(),
        "Line": [
            {
                "Amount": float(amount), "DetailType": "SalesItemLineDetail", "Description": "typed by hand",
                "SalesItemLineDetail": {"ItemRef": {"value": item["Id"]}, "TaxCodeRef": {"value": "NON"}},
            }
        ],
    }  # fmt: skip
    return chain.write("Invoice", {**body, **other})


def with_policy(chain: Any, adopt: str) -> None:
    policies = chain.company.policies.model_copy(update={"adopt": adopt})
    chain.company = Company.model_validate(chain.company.model_copy(update={"policies": policies}))


def of_that_number(chain: Any, invoice: dict[str, Any]) -> list[dict[str, Any]]:
    return chain.objects("Invoice", f"DocNumber = '{invoice['invoice_number']}'")


def test_asked_first_the_row_waits_and_names_what_it_may_be(chain, invoice) -> None:
    """The demo company's policy. Confirmed, it is linked as it is; nothing is written to it."""
    by_hand = enter_by_hand(chain, invoice)
    row = chain.sync("customers", "invoices", **RANGE)["invoice", invoice["id"]]
    assert (row.status, row.reason_code) == ("skipped", "waiting_for_confirmation")
    assert row.reason == (
        f"Invoice {invoice['invoice_number']} seems to be in QuickBooks already, with the same customer, date and amount: "
        f"invoice {by_hand['Id']} of Alvarez, Marisol, dated {invoice['invoice_date']}, total {invoice['total_amount']:,.2f}."
    )
    assert [one.quickbooks_id for one in chain.questions()["invoice", invoice["id"]].candidates] == [
        by_hand["Id"]
    ]
    chain.decide("confirm", "invoice", invoice["id"], by_hand["Id"])
    row = chain.sync("customers", "invoices", **RANGE)["invoice", invoice["id"]]
    assert (row.status, row.reason_code, row.quickbooks_id) == ("skipped", "from_quickbooks", by_hand["Id"])
    assert chain.sync("customers", "invoices", **RANGE)["invoice", invoice["id"]].reason_code == "unchanged"
    assert [(one["Id"], one["SyncToken"]) for one in of_that_number(chain, invoice)] == [(by_hand["Id"], "0")]


def test_adopted_without_asking_it_is_linked_and_its_payments_find_it(chain, invoice) -> None:
    """And a later change in RentAxis goes to the adopted one."""
    with_policy(chain, "always")
    by_hand = enter_by_hand(chain, invoice)
    rows = chain.sync("customers", "invoices", **RANGE)
    assert rows["invoice", invoice["id"]].reason_code == "from_quickbooks"
    assert "It was linked, not created again." in rows["invoice", invoice["id"]].reason
    chain.rentaxis("update invoices set memo = 'corrected', updated_at = now() where id = %s", invoice["id"])
    row = chain.sync("customers", "invoices", **RANGE)["invoice", invoice["id"]]
    assert (row.status, row.quickbooks_id) == ("updated", by_hand["Id"])
    assert len(of_that_number(chain, invoice)) == 1


@pytest.mark.parametrize(
    "other", [{"amount": Decimal("1.00")}, {"TxnDate": "2026-05-02"}, {"CustomerRef": {"value": "10"}}]
)
@pytest.mark.parametrize("policy", ["always", "ask"])
def test_another_record_under_the_number_stops_the_row(
    chain, invoice, policy: str, other: dict[str, Any]
) -> None:
    """Which of the two is right is for a person. Said to be another one, it goes out under a number of its own."""
    with_policy(chain, policy)
    by_hand = enter_by_hand(chain, invoice, **other)
    row = chain.sync("customers", "invoices", **RANGE)["invoice", invoice["id"]]
    assert (row.status, row.reason_code) == ("failed", "duplicate_number")
    assert f"invoice {by_hand['Id']} of" in row.reason
    chain.decide("make_new", "invoice", invoice["id"])
    row = chain.sync("customers", "invoices", **RANGE)["invoice", invoice["id"]]
    assert (row.status, row.quickbooks_number) == ("created", f"RX-I-{invoice['id']}")
    assert chain.sync("customers", "invoices", **RANGE)["invoice", invoice["id"]].reason_code == "unchanged"


def test_a_confirmed_one_that_differs_is_brought_up_to_date(chain, invoice) -> None:
    """The person said it is the same; RentAxis is the source."""
    by_hand = enter_by_hand(chain, invoice, amount=Decimal("1.00"))
    chain.sync("customers", "invoices", **RANGE)
    chain.decide("confirm", "invoice", invoice["id"], by_hand["Id"])
    row = chain.sync("customers", "invoices", **RANGE)["invoice", invoice["id"]]
    assert (row.status, row.quickbooks_id) == ("updated", by_hand["Id"])
    (found,) = of_that_number(chain, invoice)
    assert Decimal(found["TotalAmt"]) == invoice["total_amount"]
    with connect(chain.environment.pipelines_database_url.get_secret_value()) as connection:
        kept = versions.of_record(connection, chain.environment.quickbooks_realm_id, "invoice", invoice["id"])
    assert [version.action for version in kept] == ["update"]
    assert kept[0].before is not None  # what the accountant typed, so that it can be had back
    assert (kept[0].before["TotalAmt"], kept[0].before["SyncToken"]) == (1, "0")


def test_a_confirmed_one_that_vanished_says_so(chain, invoice) -> None:
    by_hand = enter_by_hand(chain, invoice)
    chain.decide("confirm", "invoice", invoice["id"], "999999")
    row = chain.sync("customers", "invoices", **RANGE)["invoice", invoice["id"]]
    assert (row.status, row.reason_code) == ("failed", "gone_in_quickbooks")
    assert "was confirmed to be invoice 999999" in row.reason
    assert [one["Id"] for one in of_that_number(chain, invoice)] == [by_hand["Id"]]


@pytest.mark.parametrize("other", [{}, {"amount": Decimal("1.00")}, {"CustomerRef": {"value": "10"}}])
def test_where_nothing_is_to_be_adopted_a_number_in_use_is_reported(
    chain, invoice, other: dict[str, Any]
) -> None:
    """Also in a company whose QuickBooks would have taken a second one of that number. Nobody is asked; a person may still decide."""
    with_policy(chain, "never")
    Accountant(chain.quickbooks).control("switches", {"warn_duplicate_numbers": False})
    by_hand = enter_by_hand(chain, invoice, **other)
    row = chain.sync("customers", "invoices", **RANGE)["invoice", invoice["id"]]
    assert (row.status, row.reason_code, row.attempts) == ("failed", "duplicate_number", 0)
    assert f"invoice {by_hand['Id']} of" in row.reason
    assert ("invoice", invoice["id"]) not in chain.questions()
    assert [one["Id"] for one in of_that_number(chain, invoice)] == [by_hand["Id"]]
    chain.decide("make_new", "invoice", invoice["id"])
    row = chain.sync("customers", "invoices", **RANGE)["invoice", invoice["id"]]
    assert (row.status, row.quickbooks_number) == ("created", f"RX-I-{invoice['id']}")


def test_records_with_our_marker_are_taken_back_after_the_ledger_was_lost(chain) -> None:
    """A ledger restored from before the push: nothing is made a second time, and the books are as they were."""
    first = chain.sync("customers", "invoices", "payments", "expenses", **RANGE)
    made = {
        key: row.quickbooks_id
        for key, row in first.items()
        if row.status == "created" and key[0] in ("invoice", "payment", "expense")
    }
    before = {entity: len(chain.objects(entity)) for entity in ("Invoice", "Payment", "Purchase", "Bill")}
    with connect(chain.environment.pipelines_database_url.get_secret_value()) as connection:
        connection.execute(
            sa.text("delete from ledger.links where source_type in ('invoice', 'payment', 'expense')")
        )
        connection.commit()
    again = chain.sync("customers", "invoices", "payments", "expenses", **RANGE)
    assert {entity: len(chain.objects(entity)) for entity in before} == before
    assert {key: again[key].quickbooks_id for key in made} == made
    assert not [
        row
        for row in again.values()
        if row.status == "created" and row.source_type in ("invoice", "payment", "expense")
    ]
    third = chain.sync("customers", "invoices", "payments", "expenses", **RANGE)
    assert not [row for row in third.values() if row.status in ("created", "updated")]


def forget(chain: Any, state: str, invoice: dict[str, Any]) -> None:
    """The ledger's link in the state that an answer of QuickBooks left it in."""
    with connect(chain.environment.pipelines_database_url.get_secret_value()) as connection:
        connection.execute(
            sa.text(
                "update ledger.links set state = :state where source_type = 'invoice' and source_id = :id"
            ),
            {"state": state, "id": invoice["id"]},
        )
        connection.commit()


@pytest.mark.parametrize("policy", ["always", "ask", "never"])
def test_one_that_is_made_again_by_force_is_looked_for_first(chain, invoice, policy: str) -> None:
    """The ledger took it for gone; it stands there under its number with our marker, and is taken back, not doubled."""
    with_policy(chain, policy)
    made = chain.sync("customers", "invoices", **RANGE)["invoice", invoice["id"]]
    forget(chain, "gone", invoice)
    row = chain.sync("customers", "invoices", **RANGE)["invoice", invoice["id"]]
    assert (row.status, row.reason_code) == ("failed", "gone_in_quickbooks")
    row = chain.sync("customers", "invoices", force=True, **RANGE)["invoice", invoice["id"]]
    assert row.quickbooks_id == made.quickbooks_id
    assert row.status != "created"
    assert [one["Id"] for one in of_that_number(chain, invoice)] == [made.quickbooks_id]
    assert chain.sync("customers", "invoices", **RANGE)["invoice", invoice["id"]].reason_code == "unchanged"


def test_one_deleted_and_typed_anew_by_the_accountant_is_asked_about_under_force(chain, invoice) -> None:
    """Not made beside it; a person says that it is the same."""
    made = chain.sync("customers", "invoices", **RANGE)["invoice", invoice["id"]]
    Accountant(chain.quickbooks).control(
        "hand", {"deed": "delete", "entity": "Invoice", "id": made.quickbooks_id}
    )
    by_hand = enter_by_hand(chain, invoice)
    forget(chain, "gone", invoice)
    row = chain.sync("customers", "invoices", force=True, **RANGE)["invoice", invoice["id"]]
    assert (row.status, row.reason_code) == ("skipped", "waiting_for_confirmation")
    assert [one["Id"] for one in of_that_number(chain, invoice)] == [by_hand["Id"]]


def test_many_are_looked_for_with_one_query(chain) -> None:
    """Reads are metered: invoices by the hundred cost one, not one each."""
    chain.sync("customers", **RANGE)
    log = Accountant(chain.quickbooks)
    before = log.control("log?since=0")[-1]["number"]
    rows = chain.sync("invoices", **RANGE)
    made = sum(row.status == "created" and row.source_type == "invoice" for row in rows.values())
    asked = [one for one in log.control(f"log?since={before}") if "from invoice" in str(one["query"]).lower()]
    assert made > 50
    assert len(asked) == 1
