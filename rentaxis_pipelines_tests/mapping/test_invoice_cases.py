"""What is billed: every accounting case of an invoice RentAxis' public knowledge base leaves to the sync, as it is decided here."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from rentaxis_pipelines.mapping.invoices import plan_invoice
from rentaxis_pipelines.mapping.outcome import Context, Existing, Facts
from rentaxis_pipelines.mapping.references import References
from rentaxis_pipelines.model.source_records import Account, Place
from rentaxis_pipelines_tests.mapping.planned import (
    LIABILITY,
    items,
    linked,
    mapped,
    refusal,
)


def test_an_invoice_carries_its_lines_in_order_dates_number_and_marker(
    make: SimpleNamespace, context: Context
) -> None:
    late = Account("4", "4100", "Late Fees", "income")
    second = make.line("45.50", late, source_id="2", position=2, description="Late fee\tMarch")
    invoice = make.invoice(second, make.line("1200.00"), memo="For March\nThank you")
    planned = mapped(plan_invoice(invoice, None, context, Facts("58")))
    assert planned.payload == {
        "CustomerRef": {"value": "58"},
        "DocNumber": "INV-17",
        "TxnDate": "2026-03-01",
        "DueDate": "2026-03-05",
        "PrivateNote": "For March\nThank you\nRentAxis invoice 17",
        "Line": [
            {
                "DetailType": "SalesItemLineDetail",
                "Amount": Decimal("1200.00"),
                "Description": "Rent March 2026",
                "SalesItemLineDetail": {"ItemRef": {"value": "1"}, "TaxCodeRef": {"value": "NON"}},
            },
            {
                "DetailType": "SalesItemLineDetail",
                "Amount": Decimal("45.50"),
                "Description": "Late fee March",
                "SalesItemLineDetail": {"ItemRef": {"value": "3"}, "TaxCodeRef": {"value": "NON"}},
            },
        ],
    }
    assert (planned.action, planned.entity, planned.key) == ("create", "Invoice", "INV-17")
    assert planned.total == Decimal("1245.50")


def test_a_draft_is_not_pushed_until_it_is_sent(make: SimpleNamespace, context: Context) -> None:
    assert refusal(plan_invoice(make.invoice(status="draft"), None, context, Facts(None))).code == "draft"


def test_turning_overdue_is_no_change(make: SimpleNamespace, context: Context) -> None:
    pushed = linked(mapped(plan_invoice(make.invoice(), None, context, Facts("58"))))
    again = plan_invoice(make.invoice(status="overdue"), pushed, context, Facts("58"))
    assert refusal(again).code == "unchanged"


def test_force_pushes_the_unchanged_in_place(
    make: SimpleNamespace, context: Context, with_policy: Any
) -> None:
    pushed = linked(mapped(plan_invoice(make.invoice(), None, context, Facts("58"))))
    assert (
        mapped(plan_invoice(make.invoice(), pushed, with_policy(force=True), Facts("58"))).action == "update"
    )


def test_an_edited_invoice_updates_the_same_object(make: SimpleNamespace, context: Context) -> None:
    pushed = linked(mapped(plan_invoice(make.invoice(), None, context, Facts("58"))))
    planned = mapped(plan_invoice(make.invoice(make.line("1250.00")), pushed, context, Facts("58")))
    assert (planned.action, planned.total) == ("update", Decimal("1250.00"))


def test_a_changed_payer_is_exchanged(make: SimpleNamespace, context: Context) -> None:
    pushed = linked(mapped(plan_invoice(make.invoice(), None, context, Facts("58"))), customer_id="58")
    moved = mapped(plan_invoice(make.invoice(), pushed, context, Facts("77")))
    assert moved.payload["CustomerRef"] == {"value": "77"}


def test_void_and_reissue_voids_the_old_number_and_makes_a_new_one(
    make: SimpleNamespace, context: Context
) -> None:
    pushed = linked(mapped(plan_invoice(make.invoice(), None, context, Facts("58"))))
    void = mapped(
        plan_invoice(make.invoice(status="void", void_reason="wrong rent"), pushed, context, Facts(None))
    )
    assert (void.action, void.key, void.total) == ("void", "INV-17", Decimal("0.00"))
    assert "wrong rent" in void.payload["PrivateNote"]
    reissue = make.invoice(make.line("1250.00"), source_id="21", invoice_number="INV-21")
    assert mapped(plan_invoice(reissue, None, context, Facts("58"))).action == "create"
    again = plan_invoice(make.invoice(status="void"), linked(void), context, Facts(None))
    assert refusal(again).code == "unchanged"


def test_a_void_invoice_is_voided_whatever_else_is_wrong_with_it(
    make: SimpleNamespace, context: Context
) -> None:
    invoice = make.invoice(
        status="void", total_amount=Decimal("1.00"), problem_code="total_mismatch", problem="Off."
    )
    assert (
        mapped(plan_invoice(invoice, Existing("Invoice", "301", "hash"), context, Facts(None))).action
        == "void"
    )


def test_an_invoice_void_before_its_first_push_is_never_made(make: SimpleNamespace, context: Context) -> None:
    assert (
        refusal(plan_invoice(make.invoice(status="void"), None, context, Facts("58"))).code
        == "void_never_pushed"
    )


def test_a_late_fee_is_its_own_invoice_and_may_grow(make: SimpleNamespace, context: Context) -> None:
    fee = make.invoice(make.line("35.00", description="Late fee"), kind="late_fee", source_id="30")
    first = mapped(plan_invoice(fee, None, context, Facts("58")))
    assert items(first) == ["3"]
    grown = make.invoice(make.line("40.00", description="Late fee"), kind="late_fee", source_id="30")
    assert mapped(plan_invoice(grown, linked(first), context, Facts("58"))).action == "update"


def test_a_late_fee_waived_by_voiding_is_voided(make: SimpleNamespace, context: Context) -> None:
    fee = make.invoice(make.line("35.00"), kind="late_fee", status="void", void_reason="waived: first time")
    planned = mapped(plan_invoice(fee, Existing("Invoice", "301", "hash"), context, Facts(None)))
    assert planned.action == "void"
    assert "waived: first time" in planned.payload["PrivateNote"]


@pytest.mark.parametrize("by", ["account", "charge"])
def test_a_security_deposit_is_a_liability_and_never_income(
    make: SimpleNamespace, context: Context, snapshot: Any, by: str
) -> None:
    line = make.line("1500.00", LIABILITY if by == "account" else None)
    invoice = make.invoice(line, kind="deposit")
    assert items(mapped(plan_invoice(invoice, None, context, Facts("58")))) == ["7"]
    lists = snapshot()
    for item in lists["Item"]:
        item["IncomeAccountRef"] = {"value": "42"}
    income = msgspec.structs.replace(context, references=References.from_snapshot(lists))
    refused = refusal(plan_invoice(invoice, None, income, Facts("58")))
    assert refused.code == "missing_mapping"
    assert "not a liability account" in refused.reason


def test_a_rent_line_without_account_is_mapped_by_its_charge_then_by_the_default(
    make: SimpleNamespace, context: Context, with_policy: Any
) -> None:
    assert items(mapped(plan_invoice(make.invoice(), None, context, Facts("58")))) == ["1"]
    odd = make.invoice(kind="storage")
    refused = refusal(plan_invoice(odd, None, context, Facts("58")))
    assert (refused.code, refused.subject) == ("missing_mapping", "mappings.charges.storage")
    assert "'storage'" in refused.reason
    mappings = context.company.mappings.model_copy(update={"default_item": "Other Charge"})
    assert items(mapped(plan_invoice(odd, None, with_policy(mappings=mappings), Facts("58")))) == ["9"]


def test_a_line_with_an_account_that_is_not_mapped_never_falls_to_the_default(
    make: SimpleNamespace, context: Context, with_policy: Any
) -> None:
    """The default is for lines that say nothing: a laundry line must not end up as rent."""
    mappings = context.company.mappings.model_copy(update={"default_item": "Rent"})
    odd = make.line("10.00", Account("7", "4777", "Storage Fees", "income"))
    refused = refusal(plan_invoice(make.invoice(odd), None, with_policy(mappings=mappings), Facts("58")))
    assert refused.subject == "mappings.invoice_accounts.4777"
    assert "4777 Storage Fees" in refused.reason


def test_an_item_made_inactive_fails_by_name(make: SimpleNamespace, context: Context, snapshot: Any) -> None:
    lists = snapshot()
    lists["Item"][0] |= {"Name": "Rent (deleted)", "FullyQualifiedName": "Rent (deleted)", "Active": False}
    changed = msgspec.structs.replace(context, references=References.from_snapshot(lists))
    refused = refusal(plan_invoice(make.invoice(), None, changed, Facts("58")))
    assert refused.code == "inactive_reference"
    assert "'Rent'" in refused.reason


def test_a_negative_line_goes_but_a_negative_invoice_is_a_persons_decision(
    make: SimpleNamespace, context: Context
) -> None:
    discount = make.line("-200.00", source_id="2", position=2, description="Concession")
    planned = mapped(plan_invoice(make.invoice(make.line(), discount), None, context, Facts("58")))
    assert planned.total == Decimal("1000.00")
    refused = refusal(plan_invoice(make.invoice(discount), None, context, Facts("58")))
    assert refused.code == "invalid_value"
    assert "credit memo" in refused.remedy


def test_a_zero_invoice_goes(make: SimpleNamespace, context: Context) -> None:
    free = make.line("-1200.00", source_id="2", position=2)
    assert mapped(plan_invoice(make.invoice(make.line(), free), None, context, Facts("58"))).total == Decimal(
        "0.00"
    )


def test_an_invoice_without_lines_is_refused(make: SimpleNamespace, context: Context) -> None:
    empty = msgspec.structs.replace(make.invoice(), lines=[], total_amount=Decimal("0.00"))
    assert refusal(plan_invoice(empty, None, context, Facts("58"))).code == "missing_field"


@pytest.mark.parametrize(
    ("number", "taken", "sent"),
    [
        ("INV-2026-000000000017", False, "INV-2026-000000000017"),
        ("INV-2026-0000000000017", False, "RX-I-17"),
        (None, False, "RX-I-17"),
        ("INV\t17", False, "RX-I-17"),
        ("INV-17", True, "RX-I-17"),
    ],
)
def test_a_number_quickbooks_cannot_take_becomes_a_stable_one_and_stays_in_the_memo(
    make: SimpleNamespace, context: Context, number: str | None, taken: bool, sent: str
) -> None:
    invoice = make.invoice(invoice_number=number)
    planned = mapped(plan_invoice(invoice, None, context, Facts("58", number_is_taken=taken)))
    assert planned.payload["DocNumber"] == planned.key == sent
    assert ("Number in RentAxis: " in planned.payload["PrivateNote"]) is (
        number is not None and number != sent
    )


def test_class_and_location_come_from_the_unit_or_else_the_property(
    make: SimpleNamespace, context: Context, with_policy: Any
) -> None:
    company = type(context.company).model_validate(
        context.company.model_dump(by_alias=True)
        | {
            "mappings": context.company.mappings.model_dump(by_alias=True)
            | {
                "properties": {"12 Elm Street": {"class": "North", "location": "Elm Street"}},
                "units": {"12 Elm Street / 2B": {"location": "Gone"}},
            }
        }
    )
    placed = with_policy(mappings=company.mappings)
    at_property = make.invoice(place=Place("p1", "12 Elm Street", None, None))
    planned = mapped(plan_invoice(at_property, None, placed, Facts("58")))
    assert planned.payload["DepartmentRef"] == {"value": "801"}
    assert planned.payload["Line"][0]["SalesItemLineDetail"]["ClassRef"] == {"value": "901"}
    at_unit = make.invoice(place=Place("p1", "12 Elm Street", "u1", "2B"))
    refused = refusal(plan_invoice(at_unit, None, placed, Facts("58")))
    assert refused.subject == "mappings.units.12 Elm Street / 2B.location"
    per_transaction = with_policy(mappings=company.mappings, class_tracking="transaction")
    whole = mapped(plan_invoice(at_property, None, per_transaction, Facts("58"))).payload
    assert whole["ClassRef"] == {"value": "901"}
    assert "ClassRef" not in whole["Line"][0]["SalesItemLineDetail"]


def test_rent_is_not_taxed_even_where_quickbooks_reckons_tax_by_itself(
    make: SimpleNamespace, context: Context, with_policy: Any
) -> None:
    plain = mapped(plan_invoice(make.invoice(), None, context, Facts("58"))).payload
    assert "TxnTaxDetail" not in plain
    automated = mapped(
        plan_invoice(make.invoice(), None, with_policy(automated_sales_tax=True), Facts("58"))
    ).payload
    assert automated["TxnTaxDetail"] == {"TotalTax": Decimal("0.00")}
    assert automated["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"] == {"value": "NON"}


def test_dates_travel_unchanged(make: SimpleNamespace, context: Context) -> None:
    invoice = make.invoice(invoice_date=dt.date(2026, 12, 31), due_date=dt.date(2027, 1, 1))
    payload = mapped(plan_invoice(invoice, None, context, Facts("58"))).payload
    assert (payload["TxnDate"], payload["DueDate"]) == ("2026-12-31", "2027-01-01")


def test_a_payable_invoice_is_never_a_quickbooks_invoice(make: SimpleNamespace, context: Context) -> None:
    payable = make.invoice(type="payable")
    assert refusal(plan_invoice(payable, None, context, Facts("58"))).code == "unknown_source_value"


def test_imported_history_marked_paid_gets_no_invented_payment(
    make: SimpleNamespace, context: Context
) -> None:
    """A paid invoice without payment rows goes as it is, open; the difference is reported by the
    reconciliation.
    """
    invoice = make.invoice(status="paid", amount_paid=Decimal("1200.00"), balance_due=Decimal(0))
    planned = mapped(plan_invoice(invoice, None, context, Facts("58")))
    assert planned.entity == "Invoice"
    assert planned.total == Decimal("1200.00")
