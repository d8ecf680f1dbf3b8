"""Rules that hold for every record: totals to the cent, and a hash that moves only with what QuickBooks
would see.
"""

import datetime as dt
import random
from decimal import Decimal
from types import SimpleNamespace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.mapping.invoices import plan_invoice
from rentaxis_pipelines.mapping.outcome import Context, Facts, Mapped
from rentaxis_pipelines.mapping.payments import plan_payment
from rentaxis_pipelines.model.payload import content_hash
from rentaxis_pipelines.model.refusal import Refusal

CENTS = st.integers(min_value=-500_000, max_value=500_000).map(lambda cents: Decimal(cents) / 100)
PARTS = st.integers(min_value=1, max_value=500_000).map(lambda cents: Decimal(cents) / 100)


@given(st.lists(CENTS, min_size=1, max_size=12))
def test_the_lines_sent_add_up_to_the_total_or_nothing_is_sent(
    make: SimpleNamespace, context: Context, amounts: list[Decimal]
) -> None:
    lines = [make.line(str(amount), position=number) for number, amount in enumerate(amounts)]
    planned = plan_invoice(make.invoice(*lines), None, context, Facts("58"))
    if sum(amounts) < 0:
        assert isinstance(planned, Refusal)
        assert planned.code == "invalid_value"
        return
    assert isinstance(planned, Mapped)
    assert planned.total == sum(amounts)
    assert [line["Amount"] for line in planned.payload["Line"]] == amounts
    assert all(line["Amount"].as_tuple().exponent == -2 for line in planned.payload["Line"])


@given(st.lists(PARTS, max_size=8), st.integers(min_value=0, max_value=100_000))
def test_a_payment_applies_its_parts_and_leaves_the_rest(
    make: SimpleNamespace, context: Context, parts: list[Decimal], extra: int
) -> None:
    total = sum(parts, Decimal(extra) / 100)
    allocations = [(str(number), str(part)) for number, part in enumerate(parts)]
    payment = make.payment(*allocations, amount=total)
    planned = plan_payment(
        payment, None, context, Facts("58", {source_id: f"q{source_id}" for source_id, _ in allocations})
    )
    if total == 0:
        assert isinstance(planned, Refusal)
        return
    assert isinstance(planned, Mapped)
    assert planned.payload["TotalAmt"] == planned.total == total
    assert sum(line["Amount"] for line in planned.payload["Line"]) == total - Decimal(extra) / 100


@given(st.randoms(use_true_random=False))
def test_the_hash_does_not_see_the_order_of_keys(shuffle: random.Random) -> None:
    def shuffled(value: object) -> object:
        if isinstance(value, dict):
            keys = list(value)
            shuffle.shuffle(keys)
            return {key: shuffled(value[key]) for key in keys}
        return [shuffled(inner) for inner in value] if isinstance(value, list) else value

    payload = {
        "b": {"y": Decimal("1.00"), "x": "text"},
        "a": [{"q": 1, "p": None}, {"Amount": Decimal("2.50"), "z": True}],
        "c": "é",
    }
    assert content_hash(shuffled(payload)) == content_hash(payload)


def test_the_hash_sees_amounts_not_their_spelling() -> None:
    assert content_hash({"Amount": Decimal("5")}) == content_hash({"Amount": Decimal("5.00")})
    assert content_hash({"Amount": Decimal("5.00")}) != content_hash({"Amount": Decimal("5.01")})
    assert content_hash({"Amount": Decimal("5.00")}) != content_hash({"Amount": Decimal("-5.00")})


def test_the_hash_sees_the_order_of_lines() -> None:
    assert content_hash({"Line": ["a", "b"]}) != content_hash({"Line": ["b", "a"]})


LATER = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "change",
    [
        {"status": "overdue"},
        {"status": "partially_paid", "amount_paid": Decimal("5.00"), "balance_due": Decimal("5.00")},
        {"status": "paid"},
        {"updated_at": LATER},
        {"billed_to_id": "other"},
        {"void_reason": "not void after all"},
    ],
    ids=lambda change: next(iter(change)) + "=" + str(next(iter(change.values()))),
)
def test_what_quickbooks_would_not_see_changes_no_invoice_hash(
    make: SimpleNamespace, context: Context, change: dict[str, object]
) -> None:
    before = plan_invoice(make.invoice(), None, context, Facts("58"))
    after = plan_invoice(msgspec.structs.replace(make.invoice(), **change), None, context, Facts("58"))
    assert isinstance(before, Mapped)
    assert isinstance(after, Mapped)
    assert after.content_hash == before.content_hash


@pytest.mark.parametrize(
    "change",
    [
        {"invoice_date": dt.date(2026, 3, 2)},
        {"due_date": dt.date(2026, 3, 6)},
        {"invoice_number": "INV-18"},
        {"memo": "a word"},
        {"kind": "late_fee"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_quickbooks_would_see_changes_the_invoice_hash(
    make: SimpleNamespace, context: Context, change: dict[str, object]
) -> None:
    before = plan_invoice(make.invoice(), None, context, Facts("58"))
    after = plan_invoice(msgspec.structs.replace(make.invoice(), **change), None, context, Facts("58"))
    assert isinstance(before, Mapped)
    assert isinstance(after, Mapped)
    assert after.content_hash != before.content_hash


def test_another_customer_changes_the_invoice_hash(make: SimpleNamespace, context: Context) -> None:
    before = plan_invoice(make.invoice(), None, context, Facts("58"))
    after = plan_invoice(make.invoice(), None, context, Facts("59"))
    assert before.content_hash != after.content_hash


@pytest.mark.parametrize("amount", ["0.001", "10000000000.00", "NaN", "Infinity"])
def test_an_amount_that_is_no_amount_in_cents_is_refused(
    make: SimpleNamespace, context: Context, amount: str
) -> None:
    invoice = make.invoice(make.line(), total_amount=Decimal(amount))
    planned = plan_invoice(invoice, None, context, Facts("58"))
    assert isinstance(planned, Refusal)
    assert planned.code == "invalid_value"
    assert "INV-17" in planned.reason


def test_a_total_that_is_not_the_sum_of_its_lines_is_refused_in_cents(
    make: SimpleNamespace, context: Context
) -> None:
    planned = plan_invoice(
        make.invoice(make.line("10.00"), total_amount=Decimal("10.01")), None, context, Facts("58")
    )
    assert isinstance(planned, Refusal)
    assert planned.code == "total_mismatch"
    assert "0.01 apart" in planned.reason
