"""Refusals whose text says more than their code, against the emulated company: each has its own way and its own remedy."""

from decimal import Decimal

import msgspec
import pytest
import sqlalchemy as sa

from rentaxis_pipelines.ledger.database import engine
from rentaxis_pipelines.model.marker import marker


def requests_made(company) -> int:
    """Requests written down, each with an id of its own."""
    with engine(company.url).connect() as connection:
        return connection.execute(sa.text("select count(*) from ledger.requests")).scalar_one()


@pytest.fixture
def people(company):
    """A customer and a vendor of ours."""
    vendor = company.row("vendor", "acme", "Vendor", {"DisplayName": "Acme Plumbing"})
    company.push(company.customer("1"), vendor)
    return {"tenant": company.customer("1", "Zoe Zander"), "vendor": renamed(vendor)}


def renamed(vendor):
    return msgspec.structs.replace(vendor, payload={"DisplayName": "Acme Plumbing Company"})


@pytest.mark.parametrize("known_token", ["old", "new"])
@pytest.mark.parametrize("deed", ["merge", "deactivate"])
@pytest.mark.parametrize(("source_type", "entity"), [("tenant", "Customer"), ("vendor", "Vendor")])
def test_a_name_merged_away_or_deactivated_asks_who_is_who(
    company, people, source_type, entity, deed, known_token
):
    """It is not overwritten, not made anew and not called gone; force does not help, because QuickBooks refuses it."""
    row = people[source_type]
    own = company.link(source_type, row.source_id).quickbooks_id
    into = {"into": company.hand("create", entity=entity, fields={"DisplayName": "The Other"})["Id"]}
    company.hand(deed, entity=entity, id=own, **(into if deed == "merge" else {}))
    standing = next(one for one in company.objects(entity) if one["Id"] == own)
    assert standing["Active"] is False
    token = {"sync_token": standing["SyncToken"]} if known_token == "new" else {}
    found = company.push(company.changed(row, forced=True, **token))[row.source_id]
    assert (found.status, found.reason_code) == ("failed", "inactive_reference")
    assert f"(number {own}), which was made inactive in QuickBooks or merged into another." in found.reason
    assert f"rentaxis-sync links relink {source_type} '{row.source_id}' ID" in found.how_to_fix
    assert company.link(source_type, row.source_id).state == "live"
    assert next(one for one in company.objects(entity) if one["Id"] == own) == standing
    assert company.known_active(entity, own) is False


@pytest.mark.parametrize("text", ["one_name", "one_product"])
@pytest.mark.parametrize("times", [1, 3])
def test_a_list_in_use_is_tried_again_in_the_same_run(company, text, times):
    """Though QuickBooks repeats a stored refusal for the same id: each try is a request of its own, after a longer pause."""
    company.ask("switches", {"requestid_failures": "replay"})
    company.fault(operation="batch", action="fault_items", items=[0], code=text, times=times)
    found = company.push(company.customer("1"), company.customer("2", "Yves Young"))
    assert [found[one].status for one in "12"] == ["created", "created"]
    assert [found[one].attempts for one in "12"] == [times + 1, 1]
    assert requests_made(company) == times + 1
    assert 0 < company.clock.slept <= sum(2 * 2**number for number in range(times))
    assert [one["DisplayName"] for one in company.objects("Customer")].count("Zoe Zane") == 1


def test_a_list_in_use_for_good_fails_and_says_so_and_the_next_run_makes_the_row(company):
    company.fault(operation="batch", action="fault_items", items=[0], code="one_name", times=0)
    found = company.push(company.customer("1"))["1"]
    assert (found.status, found.reason_code, found.fault_code) == ("failed", "not_reached", "6000")
    assert "busy with another change to the same list" in found.reason
    assert "one name at a time" in found.reason
    assert "run again" in found.how_to_fix
    company.ask("faults", {"clear": True})
    assert company.push(company.customer("1", generation=9))["1"].status == "created"


def test_a_list_in_use_while_the_run_is_asked_to_stop_is_not_reached(company):
    company.fault(operation="batch", action="fault_items", items=[0], code="one_name", times=0)
    company.stop_requested = lambda: bool(company.ask("faults")[0]["hits"])
    found = company.push(company.customer("1"))["1"]
    assert (found.reason_code, found.reason) == (
        "not_reached",
        "The run was stopped before this record was sent.",
    )
    assert company.clock.slept == 0


@pytest.mark.parametrize("how", ["6190", "6190_with_200"])
def test_a_subscription_that_ended_stops_the_run_and_names_the_remedy(company, how):
    """With HTTP 400 or 200 (QuickBooks-V3-PHP-SDK issue 211): nothing is taken as done, nothing is sent twice."""
    company.fault(operation="batch", action="answer", code=how, times=0)
    found = company.push(company.customer("1"), company.customer("2", "Yves Young"))
    assert {one.status for one in found.values()} == {"failed"}
    assert {one.reason_code for one in found.values()} == {"not_reached"}
    assert "its subscription has ended or has a billing problem" in found["1"].reason
    assert found["1"].how_to_fix.startswith("Renew it in QuickBooks")
    assert company.ask("faults")[0]["hits"] == 1
    company.ask("faults", {"clear": True})
    again = [company.customer("1", generation=9), company.customer("2", "Yves Young", generation=9)]
    assert {one.status for one in company.push(*again).values()} == {"created"}


@pytest.mark.parametrize("act", ["change", "void"])
def test_a_payment_matched_to_the_bank_feed_is_to_be_unmatched(company, act):
    """It stays as it is, money and note; unmatched by a person, it goes."""
    company.push(company.invoice("1"))
    invoice = company.link("invoice", "1").quickbooks_id
    row = company.payment("p", "60.00", invoice)
    company.push(row)
    own = company.link("payment", "p").quickbooks_id
    company.hand("match", entity="Payment", id=own)
    (standing,) = company.objects("Payment")
    if act == "change":
        row = company.payment("p", "70.00", invoice)
    asked = company.void(row) if act == "void" else company.changed(row)
    found = company.push(asked)["p"]
    assert (found.status, found.reason_code, found.fault_code) == ("failed", "matched_to_bank", "6000")
    assert found.reason.startswith("The record is matched to a bank feed transaction in QuickBooks")
    assert found.how_to_fix.startswith("Unmatch it in QuickBooks")
    assert found.attempts == 1
    assert company.objects("Payment") == [standing]
    company.hand("match", entity="Payment", id=own, undo=True)
    assert company.push(msgspec.structs.replace(asked, generation=9))["p"].status == "updated"
    (standing,) = company.objects("Payment")
    assert standing["TotalAmt"] == (70 if act == "change" else 0)


def test_an_inactive_item_on_a_line_is_to_be_made_active(company):
    row = company.invoice("1")
    company.ask("switches", {"inactive_reference": "6000"})
    item = row.payload["Line"][0]["SalesItemLineDetail"]["ItemRef"]["value"]
    company.hand("deactivate", entity="Item", id=item)
    found = company.push(row)["1"]
    assert (found.status, found.reason_code, found.fault_code) == ("failed", "inactive_reference", "6000")
    assert "product or service on the record is inactive" in found.reason
    assert found.how_to_fix.startswith("Make it active again in QuickBooks (Sales, Products & services)")
    company.hand("activate", entity="Item", id=item)
    again = msgspec.structs.replace(row, generation=9)
    assert company.push(again)["1"].status == "created"


def test_a_stale_object_that_is_a_closed_period_is_a_closed_period(company):
    """It is not read and sent again: the books stay closed."""
    company.push(company.invoice("1"))
    company.fault(operation="batch", action="fault_items", items=[0], code="stale_closed", times=0)
    found = company.push(company.changed(company.invoice("1", "70.00")))["1"]
    assert (found.status, found.reason_code, found.fault_code) == ("failed", "closed_period", "5010")
    assert found.attempts == 1


def expense(company, amount):
    """An expense paid from the bank account, planned as a Purchase."""
    accounts = {one["Name"]: {"value": one["Id"]} for one in company.objects("Account")}
    kind = "AccountBasedExpenseLineDetail"
    payload = {
        "PaymentType": "Cash",
        "AccountRef": accounts["Checking"],
        "DocNumber": "E-1",
        "TxnDate": "2026-03-01",
        "PrivateNote": marker("expense", "1"),
        "Line": [{"DetailType": kind, "Amount": Decimal(amount), kind: {"AccountRef": accounts["Repairs"]}}],
    }
    return company.row("expense", "1", "Purchase", payload, amount=Decimal(amount))


def test_a_purchase_a_person_voided_is_not_given_its_money_back(company):
    """Its status alone says so, whatever became of the note; with force it is."""
    company.push(expense(company, "80.00"))
    own = company.link("expense", "1").quickbooks_id
    company.hand("void", entity="Purchase", id=own)
    renamed = {"PaymentType": "Cash", "PrivateNote": "entered twice"}
    standing = company.hand("edit", entity="Purchase", id=own, fields=renamed)
    assert standing["status"] == "Voided"
    found = company.push(company.changed(expense(company, "90.00")))["1"]
    assert (found.status, found.reason_code) == ("failed", "changed_in_quickbooks")
    assert found.reason == (
        "Somebody voided expense 1 in QuickBooks after it was pushed; it was not overwritten."
    )
    assert company.objects("Purchase") == [standing]
    found = company.push(company.changed(expense(company, "90.00"), forced=True))["1"]
    assert found.status == "updated"
    assert [one["TotalAmt"] for one in company.objects("Purchase")] == [Decimal("90.00")]


def test_an_expense_below_nothing_says_why_it_is_refused(company):
    """The whole batch is carried out but for it, and it is sent once."""
    found = company.push(expense(company, "-5.00"), company.customer("2"))
    assert [(found[one].status, found[one].attempts) for one in "12"] == [("failed", 1), ("created", 1)]
    assert (found["1"].reason_code, found["1"].fault_code) == ("rejected", "6000")
    assert "You must specify a transaction amount that is 0 or greater." in found["1"].reason
    assert company.objects("Purchase") == []
