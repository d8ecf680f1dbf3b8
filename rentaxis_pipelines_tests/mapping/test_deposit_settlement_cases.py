"""What is refunded of a security deposit: every case as a payload or a refusal.

Source of the treatment: Intuit, "Refund a security deposit in QuickBooks Online" (a check on the liability account that holds the deposit).
"""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.mapping.credits import plan_credit
from rentaxis_pipelines.mapping.deposit_settlements import plan_deposit_settlement, settlement_lookups
from rentaxis_pipelines.mapping.outcome import Context, Existing, Facts, Mapped
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.model.source_records import Account, Credit, DepositSettlement, InvoiceLine
from rentaxis_pipelines.settings.company import Company
from rentaxis_pipelines_tests.mapping.conftest import NOW, NOWHERE
from rentaxis_pipelines_tests.mapping.planned import DELETED, mapped, refusal

DAY = dt.date(2026, 6, 30)
CENTS = st.integers(min_value=0, max_value=200_000).map(lambda cents: Decimal(cents) / 100)
HELD = Account("2100", "2100", "Security Deposits Held", "liability")


def settled(make: SimpleNamespace, held: str, kept: str, refund: str, **columns: Any) -> DepositSettlement:
    payer = make.payer()
    values: dict[str, Any] = {
        "source_id": "7",
        "payer_type": payer.kind,
        "payer_id": payer.source_id,
        "payer": payer,
        "deposit_held": Decimal(held),
        "deductions_total": Decimal(kept),
        "refund_amount": Decimal(refund),
        "settlement_date": DAY,
        "method": "check",
        "paid_from_account": None,
        "account": HELD,
        "status": "finalized",
        "place": NOWHERE,
        "updated_at": NOW,
        "deleted_at": None,
        "imported_link": None,
    }
    return DepositSettlement(**(values | columns))


def from_trust(context: Context, account: str | None) -> Context:
    company = context.company
    chosen = company.mappings.model_copy(update={"deposits_refunded_from": account})
    return msgspec.structs.replace(context, company=company.model_copy(update={"mappings": chosen}))


def test_what_is_refunded_is_a_check_on_the_liability(make: SimpleNamespace, context: Context) -> None:
    settlement = settled(make, "1000.00", "185.00", "815.00", method=None)
    planned = mapped(plan_deposit_settlement(settlement, None, from_trust(context, "Checking"), Facts("58")))
    assert planned.payload == {
        "PaymentType": "Check",
        "AccountRef": {"value": "35"},
        "EntityRef": {"value": "58", "type": "Customer"},
        "DocNumber": "RX-S-7",
        "TxnDate": "2026-06-30",
        "PrivateNote": "Security deposit refunded by settlement 7\nRentAxis deposit_settlement 7",
        "Line": [
            {
                "DetailType": "AccountBasedExpenseLineDetail",
                "Amount": Decimal("815.00"),
                "Description": "Security deposit refunded",
                "AccountBasedExpenseLineDetail": {"AccountRef": {"value": "41"}},
            }
        ],
    }
    assert (planned.entity, planned.key, planned.total) == ("Purchase", "RX-S-7", Decimal("815.00"))


@pytest.mark.parametrize(
    ("columns", "trust", "account"),
    [
        ({"method": "check"}, "Stripe Clearing", "35"),  # what RentAxis says counts
        ({"method": None}, "Stripe Clearing", "36"),
        ({"method": None, "account": None}, "Checking", "35"),  # the liability by the kind of charge
    ],
)
def test_it_is_paid_out_of_what_rentaxis_says_or_else_the_account_for_deposits(
    make: SimpleNamespace, context: Context, columns: dict[str, Any], trust: str, account: str
) -> None:
    settlement = settled(make, "100.00", "0.00", "100.00", **columns)
    planned = mapped(plan_deposit_settlement(settlement, None, from_trust(context, trust), Facts("58")))
    assert planned.payload["AccountRef"] == {"value": account}
    (line,) = planned.payload["Line"]
    assert line["AccountBasedExpenseLineDetail"] == {"AccountRef": {"value": "41"}}


def test_no_account_to_refund_from_is_a_missing_mapping(make: SimpleNamespace, context: Context) -> None:
    """Said before the run too: it is what the settlement looks up."""
    without = from_trust(context, None)
    settlement = settled(make, "100.00", "0.00", "100.00", method=None)
    planned = refusal(plan_deposit_settlement(settlement, None, without, Facts("58")))
    assert (planned.code, planned.subject) == ("missing_mapping", "mappings.deposits_refunded_from")
    assert len(list(settlement_lookups(without, settlement))) == 4


def test_a_deposit_is_never_refunded_from_income(make: SimpleNamespace, context: Context) -> None:
    """RentAxis billed the deposit to an income account: there is no liability to take it out of."""
    income = Account("4000", "4000", "Rental Income", "income")
    settlement = settled(make, "100.00", "0.00", "100.00", account=income)
    planned = refusal(plan_deposit_settlement(settlement, None, context, Facts("58")))
    assert planned.code == "missing_mapping"
    assert "not to a liability account" in planned.reason


@pytest.mark.parametrize(
    ("held", "kept", "refund", "difference"),
    [
        ("1000.00", "100.00", "950.00", "50.00"),  # interest, or a slip of the pen
        ("1000.00", "100.00", "800.00", "100.00"),
        ("1000.00", "1500.00", "1.00", "1.00"),
    ],
)
def test_kept_and_refunded_must_be_what_was_held(
    make: SimpleNamespace, context: Context, held: str, kept: str, refund: str, difference: str
) -> None:
    planned = refusal(plan_deposit_settlement(settled(make, held, kept, refund), None, context, Facts("58")))
    assert planned.code == "total_mismatch"
    assert f"a difference of {difference}" in planned.reason


@given(CENTS, CENTS)
def test_what_is_sent_is_what_was_held_less_what_was_kept(
    make: SimpleNamespace, context: Context, held: Decimal, kept: Decimal
) -> None:
    """Whatever the amounts: a check over the rest of the deposit, or none where nothing is left of it."""
    rest = max(held - kept, Decimal("0.00"))
    planned = plan_deposit_settlement(
        settled(make, str(held), str(kept), str(rest)), None, context, Facts("58")
    )
    if rest == 0:
        assert isinstance(planned, Refusal)
        assert planned.code == "void_never_pushed"
        return
    assert isinstance(planned, Mapped)
    assert planned.total == sum(line["Amount"] for line in planned.payload["Line"]) == held - kept


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"status": "draft"}, "draft"),
        ({"status": "reopened"}, "unknown_source_value"),
        ({"deleted_at": DELETED}, "void_never_pushed"),
        ({"problem_code": "missing_field", "problem": "The payer is missing."}, "missing_field"),
    ],
)
def test_what_is_not_final_is_not_sent(
    make: SimpleNamespace, context: Context, columns: dict[str, Any], code: str
) -> None:
    settlement = settled(make, "100.00", "0.00", "100.00", **columns)
    assert refusal(plan_deposit_settlement(settlement, None, context, Facts("58"))).code == code


def standing(make: SimpleNamespace, context: Context) -> Existing:
    """Its check as it was pushed."""
    sent = mapped(
        plan_deposit_settlement(settled(make, "100.00", "0.00", "100.00"), None, context, Facts("58"))
    )
    return Existing(
        "Purchase", "900", sent.content_hash, txn_date=DAY, customer_id="58", pushed=dict(sent.payload)
    )


@pytest.mark.parametrize(
    "columns",
    [
        {"deleted_at": DELETED},
        {"deductions_total": Decimal("100.00"), "refund_amount": Decimal("0.00")},
    ],
)
def test_a_check_that_is_no_longer_due_is_brought_to_zero(
    make: SimpleNamespace, context: Context, columns: dict[str, Any]
) -> None:
    settlement = settled(make, "100.00", "0.00", "100.00", **columns)
    planned = mapped(plan_deposit_settlement(settlement, standing(make, context), context, Facts("58")))
    assert (planned.action, planned.total) == ("void", Decimal("0.00"))


def test_a_settlement_opened_again_keeps_its_check_until_a_person_says(
    make: SimpleNamespace, context: Context
) -> None:
    settlement = settled(make, "100.00", "0.00", "100.00", status="draft")
    planned = refusal(plan_deposit_settlement(settlement, standing(make, context), context, Facts("58")))
    assert planned.code == "invalid_value"
    assert "Finalize it again" in planned.remedy


def test_what_is_kept_is_a_credit_only_where_settlements_are_pushed(
    make: SimpleNamespace, context: Context
) -> None:
    """A company that pushes credits and settles deposits by hand gets no second entry."""
    payer = make.payer()
    line = InvoiceLine("1", 1, "Carpet", Decimal("185.00"), HELD)
    credit = Credit(
        "deposit-7", None, "deposit", payer.kind, payer.source_id, payer, DAY, "issued", Decimal("185.00"),
        None, None, NOWHERE, [line], NOW, None, None,
    )  # fmt: skip
    assert refusal(plan_credit(credit, None, context, Facts("58"))).code == "type_not_enabled"
    planned = mapped(plan_credit(credit, None, context, Facts("58", settlements_are_pushed=True)))
    (sent,) = planned.payload["Line"]
    assert (sent["SalesItemLineDetail"]["ItemRef"], sent["Amount"]) == (
        {"value": context.references.find("Item", "Security Deposit").quickbooks_id},
        Decimal("185.00"),
    )


def test_settlements_need_credits(context: Context) -> None:
    """Without them half of each settlement would be booked."""
    as_written = context.company.model_dump(by_alias=True) | {"also_push": ["deposit_settlements"]}
    with pytest.raises(ValueError, match="needs credits and credit_applications"):
        Company.model_validate(as_written)
