"""What is paid: every accounting case of a payment RentAxis' public knowledge base leaves to the sync, as it is decided here."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from rentaxis_pipelines.mapping.expenses import plan_expense
from rentaxis_pipelines.mapping.invoices import plan_invoice
from rentaxis_pipelines.mapping.outcome import Context, Existing, Facts, Mapped
from rentaxis_pipelines.mapping.payments import plan_payment
from rentaxis_pipelines.model.payload import VOID_HASH
from rentaxis_pipelines.model.source_records import Account, Place
from rentaxis_pipelines_tests.mapping.planned import (
    linked,
    mapped,
    plan_whole_payment,
    refusal,
)


def test_a_part_payment_is_linked_for_the_applied_amount(make: SimpleNamespace, context: Context) -> None:
    payment = make.payment(("17", "400.00"), amount=Decimal("400.00"))
    planned = mapped(plan_payment(payment, None, context, Facts("58", {"17": "301"})))
    assert planned.payload == {
        "CustomerRef": {"value": "58"},
        "TotalAmt": Decimal("400.00"),
        "TxnDate": "2026-03-04",
        "PaymentRefNum": "1042",
        "PaymentMethodRef": {"value": "71"},
        "DepositToAccountRef": {"value": "37"},
        "PrivateNote": "Number in RentAxis: PAY-9\nRentAxis payment 9",
        "Line": [{"Amount": Decimal("400.00"), "LinkedTxn": [{"TxnId": "301", "TxnType": "Invoice"}]}],
    }
    assert (planned.entity, planned.key) == ("Payment", "1042")


@pytest.mark.parametrize(
    ("facts", "policy", "number", "note"),
    [
        ({}, "reference", "1042", "Number in RentAxis: PAY-9"),
        ({}, "memo", "PAY-9", "Reference: 1042"),
        ({"method": "ach"}, "reference", "PAY-9", "Reference: 1042"),
        ({"reference": None}, "reference", "PAY-9", None),
        ({"reference": "x" * 22}, "reference", "PAY-9", "Reference: " + "x" * 22),
        ({"payment_number": "1042"}, "reference", "1042", None),
    ],
)
def test_the_number_on_a_check_is_the_reference_number_unless_the_company_says_otherwise(
    make: SimpleNamespace, with_policy: Any, facts: dict[str, Any], policy: str, number: str, note: str | None
) -> None:
    """Whichever is not the number stands in the note."""
    context = with_policy(check_numbers=policy)
    payload = mapped(plan_payment(make.payment(**facts), None, context, Facts("58", {}))).payload
    assert payload["PaymentRefNum"] == number
    assert payload["PrivateNote"].splitlines() == [*filter(None, [note]), "RentAxis payment 9"]


def test_house_and_unit_stand_first_in_every_memo(make: SimpleNamespace, context: Context) -> None:
    """Behind why, where there is a why; a payment names the places of all invoices it pays."""
    home, other = Place("1", "12 Elm Street", "4", "2B"), Place("2", "9 Oak Lane", None, None)
    invoice = make.invoice(place=home, memo="Rent", void_reason="Wrong tenant")
    note = mapped(plan_invoice(invoice, None, context, Facts("58"))).payload["PrivateNote"]
    assert note.splitlines() == ["12 Elm Street, unit 2B", "Rent", "RentAxis invoice 17"]
    standing = Existing("Invoice", "1", "hash")
    void = mapped(
        plan_invoice(msgspec.structs.replace(invoice, status="void"), standing, context, Facts("58"))
    )
    assert void.payload["PrivateNote"].splitlines()[:2] == [
        "Void in RentAxis: Wrong tenant", "12 Elm Street, unit 2B",
    ]  # fmt: skip
    payment = make.payment(("17", "400.00"), ("18", "300.00"), ("19", "10.00"), reference=None)
    places = zip(payment.allocations, (home, other, home), strict=True)
    parts = [msgspec.structs.replace(part, place=place) for part, place in places]
    paid = msgspec.structs.replace(payment, allocations=parts)
    payload = mapped(
        plan_payment(paid, None, context, Facts("58", {"17": "1", "18": "2", "19": "3"}))
    ).payload
    assert payload["PrivateNote"].splitlines()[:2] == ["12 Elm Street, unit 2B", "9 Oak Lane"]
    bill = make.expense(status="unpaid", place=home)
    assert (
        mapped(plan_expense(bill, None, context, Facts("60")))
        .payload["PrivateNote"]
        .startswith("12 Elm Street, unit 2B\n")
    )
    paying = mapped(plan_whole_payment(make.expense(place=home), "301", None, context, "60"))
    assert paying.payload["PrivateNote"].startswith("12 Elm Street, unit 2B\nPays RX-E-44\n")


def test_one_payment_of_many_invoices_is_one_object_with_a_line_each(
    make: SimpleNamespace, context: Context
) -> None:
    payment = make.payment(("17", "700.00"), ("18", "500.00"))
    planned = mapped(plan_payment(payment, None, context, Facts("58", {"17": "301", "18": "302"})))
    assert [line["LinkedTxn"][0]["TxnId"] for line in planned.payload["Line"]] == ["301", "302"]


def test_a_payment_is_booked_with_what_can_be_applied_and_says_what_is_left(
    make: SimpleNamespace, context: Context
) -> None:
    payment = make.payment(("17", "700.00"), ("18", "500.00"))
    planned = mapped(plan_payment(payment, None, context, Facts("58", {"17": "301"})))
    assert [line["Amount"] for line in planned.payload["Line"]] == [Decimal("700.00")]
    assert planned.total == Decimal("1200.00")
    assert planned.remark is not None and planned.remark.code == "apply_by_hand"
    assert "500.00 is waiting for invoice INV-18, which is not in QuickBooks yet" in planned.remark.reason
    again = refusal(plan_payment(payment, linked(planned), context, Facts("58", {"17": "301"})))
    assert (again.code, again.status) == ("apply_by_hand", "skipped")
    arrived = mapped(plan_payment(payment, linked(planned), context, Facts("58", {"17": "301", "18": "302"})))
    assert (arrived.action, len(arrived.payload["Line"]), arrived.remark) == ("update", 2, None)


def test_a_payment_is_held_where_the_company_wants_no_unapplied_money(
    make: SimpleNamespace, with_policy: Any
) -> None:
    payment = make.payment(("17", "700.00"), ("18", "500.00"))
    hold = with_policy(unapplied="hold")
    refused = refusal(plan_payment(payment, None, hold, Facts("58", {"17": "301"})))
    assert refused.code == "waiting_for_parent"
    assert "invoice INV-18" in refused.reason


def test_an_overpayment_stays_unapplied_and_is_applied_later_on_the_same_object(
    make: SimpleNamespace, context: Context
) -> None:
    over = mapped(plan_payment(make.payment(("17", "1000.00")), None, context, Facts("58", {"17": "301"})))
    assert over.total == Decimal("1200.00")
    assert [line["Amount"] for line in over.payload["Line"]] == [Decimal("1000.00")]
    later = make.payment(("17", "1000.00"), ("25", "200.00"))
    planned = mapped(plan_payment(later, linked(over), context, Facts("58", {"17": "301", "25": "340"})))
    assert planned.action == "update"
    assert len(planned.payload["Line"]) == 2


def test_a_prepayment_is_a_payment_without_lines(make: SimpleNamespace, context: Context) -> None:
    assert mapped(plan_payment(make.payment(), None, context, Facts("58", {}))).payload["Line"] == []


def test_an_edited_payment_replaces_its_lines_whole(make: SimpleNamespace, context: Context) -> None:
    first = mapped(plan_payment(make.payment(("17", "1200.00")), None, context, Facts("58", {"17": "301"})))
    edited = make.payment(
        ("18", "900.00"), amount=Decimal("900.00"), method="zelle", payment_date=dt.date(2026, 3, 6)
    )
    planned = mapped(plan_payment(edited, linked(first), context, Facts("58", {"18": "302"})))
    assert planned.action == "update"
    assert planned.payload["TotalAmt"] == Decimal("900.00")
    assert planned.payload["DepositToAccountRef"] == {"value": "35"}
    assert planned.payload["Line"] == [
        {"Amount": Decimal("900.00"), "LinkedTxn": [{"TxnId": "302", "TxnType": "Invoice"}]}
    ]


def test_the_order_of_allocations_is_no_change(make: SimpleNamespace, context: Context) -> None:
    ids = {"17": "301", "18": "302"}
    first = mapped(
        plan_payment(make.payment(("17", "700.00"), ("18", "500.00")), None, context, Facts("58", ids))
    )
    turned = plan_payment(
        make.payment(("18", "500.00"), ("17", "700.00")), linked(first), context, Facts("58", ids)
    )
    assert refusal(turned).code == "unchanged"


def test_allocations_above_the_payment_are_refused_in_cents(make: SimpleNamespace, context: Context) -> None:
    refused = refusal(
        plan_payment(make.payment(("17", "1200.01")), None, context, Facts("58", {"17": "301"}))
    )
    assert refused.code == "invalid_value"
    assert "0.01 too much" in refused.reason


def test_a_void_payment_is_voided_with_its_reason(make: SimpleNamespace, context: Context) -> None:
    first = mapped(plan_payment(make.payment(("17", "1200.00")), None, context, Facts("58", {"17": "301"})))
    void = make.payment(status="void", void_reason="entered twice")
    planned = mapped(plan_payment(void, linked(first), context, Facts(None, {})))
    assert (planned.action, planned.content_hash) == ("void", VOID_HASH)
    assert "entered twice" in planned.payload["PrivateNote"]
    assert refusal(plan_payment(void, None, context, Facts(None, {}))).code == "void_never_pushed"


@pytest.mark.parametrize(
    ("status", "never_pushed", "pushed_before"),
    [
        ("pending", "draft", "invalid_value"),
        ("failed", "void_never_pushed", "void"),
        ("refunded", "invalid_value", "invalid_value"),
    ],
)
def test_what_is_not_completed_is_never_pushed_as_money(
    make: SimpleNamespace, context: Context, status: str, never_pushed: str, pushed_before: str
) -> None:
    payment = make.payment(status=status)
    assert refusal(plan_payment(payment, None, context, Facts("58", {}))).code == never_pushed
    after = plan_payment(payment, Existing("Payment", "1", "hash"), context, Facts("58", {}))
    assert (after.action if isinstance(after, Mapped) else after.code) == pushed_before


def test_a_stripe_payment_goes_gross_into_clearing(make: SimpleNamespace, context: Context) -> None:
    payload = mapped(plan_payment(make.payment(method="stripe"), None, context, Facts("58", {}))).payload
    assert payload["TotalAmt"] == Decimal("1200.00")
    assert payload["DepositToAccountRef"] == {"value": "36"}


def test_the_account_rentaxis_names_wins_over_the_methods(make: SimpleNamespace, context: Context) -> None:
    """One that is not mapped fails the row; the method's account is never taken in its place."""
    named = make.payment(method="check", deposit_account=Account("1", "1000", "Operating Checking", "asset"))
    assert mapped(plan_payment(named, None, context, Facts("58", {}))).payload["DepositToAccountRef"] == {
        "value": "35"
    }
    assert mapped(plan_payment(make.payment(), None, context, Facts("58", {}))).payload[
        "DepositToAccountRef"
    ] == {"value": "37"}
    old = Account("6", "1999", "Old Bank", "asset")
    for refused in (
        refusal(
            plan_payment(make.payment(method="check", deposit_account=old), None, context, Facts("58", {}))
        ),
        refusal(plan_expense(make.expense(paid_from_account=old), None, context, Facts("60"))),
        refusal(plan_whole_payment(make.expense(paid_from_account=old), "301", None, context, "60")),
    ):
        assert (refused.code, refused.subject) == ("missing_mapping", "mappings.bank_accounts.1999")
        assert "1999 Old Bank" in refused.reason


def test_money_is_never_deposited_to_a_card_account(make: SimpleNamespace, context: Context) -> None:
    card = make.payment(deposit_account=Account("1", "1010", "Corporate Card", "liability"))
    refused = refusal(plan_payment(card, None, context, Facts("58", {})))
    assert refused.subject == "mappings.bank_accounts.1010"


def test_a_method_that_is_not_mapped_is_named(
    make: SimpleNamespace, context: Context, with_policy: Any
) -> None:
    mappings = context.company.mappings.model_copy(update={"payment_methods": {}})
    refused = refusal(plan_payment(make.payment(), None, with_policy(mappings=mappings), Facts("58", {})))
    assert (refused.code, refused.subject) == ("missing_mapping", "mappings.payment_methods.check")
