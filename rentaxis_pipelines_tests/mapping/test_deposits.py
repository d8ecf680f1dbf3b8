"""What a bank deposit is made of, and when it is refused: its lines always come to what the bank shows.

Treatment: Intuit's help, "Record and make bank deposits in QuickBooks Online" and "Account for merchant fees on bank deposits".
"""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rentaxis_pipelines.mapping.deposits import plan_deposit
from rentaxis_pipelines.mapping.outcome import Context, Existing, Facts, Mapped, Received
from rentaxis_pipelines.model.marker import parse_marker
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.model.source_records import Account, Deposit, DepositedPayment, DepositLine

NOON = dt.datetime(2026, 5, 5, 12, tzinfo=dt.UTC)
CHECKING, CLEARING, UNDEPOSITED, FEES = "35", "36", "37", "57"
BANK = Account("1", "1000", "Checking", "asset")
REPAIRS = Account("8", "5000", "Repairs", "expense")


def a_deposit(total: str, *amounts: str, fee: str = "0.00", **changes: Any) -> Deposit:
    payments = [DepositedPayment(str(number), None, Decimal(amount)) for number, amount in enumerate(amounts)]
    base = Deposit(
        "7", "payout", dt.date(2026, 5, 5), BANK, Decimal(total), Decimal(fee), "completed", "po_7", payments, [],
        NOON, None, None,
    )  # fmt: skip
    return msgspec.structs.replace(base, **changes)


def received(*amounts: str, account: str | None = None) -> Facts:
    return Facts(
        received={
            str(number): Received(f"9{number}", account, "3", Decimal(amount))
            for number, amount in enumerate(amounts)
        }
    )


def lines_of(outcome: Mapped | Refusal) -> list[dict[str, Any]]:
    assert isinstance(outcome, Mapped), outcome
    lines: Any = outcome.payload["Line"]
    return lines


def test_the_lines_of_a_payout(context: Context) -> None:
    """A payment in Undeposited Funds is linked, the fee stands below zero; the day is the key, the marker says whose it is."""
    outcome = plan_deposit(a_deposit("97.10", "100.00", fee="2.90"), None, context, received("100.00"))
    assert lines_of(outcome) == [
        {"Amount": Decimal("100.00"), "LinkedTxn": [{"TxnId": "90", "TxnType": "Payment", "TxnLineId": "0"}]},
        {
            "DetailType": "DepositLineDetail",
            "Amount": Decimal("-2.90"),
            "DepositLineDetail": {"AccountRef": {"value": FEES}},
            "Description": "Processing fees",
        },
    ]
    assert isinstance(outcome, Mapped)
    assert (outcome.key, outcome.total) == ("2026-05-05", Decimal("97.10"))
    assert parse_marker(str(outcome.payload["PrivateNote"])) == ("deposit", "7")


def test_out_of_an_account_of_its_own(context: Context) -> None:
    """QuickBooks links only what sits in Undeposited Funds: the money is taken out of the clearing account, in the customer's name."""
    outcome = plan_deposit(a_deposit("100.00", "100.00"), None, context, received("100.00", account=CLEARING))
    (line,) = lines_of(outcome)
    assert line["DepositLineDetail"] == {
        "AccountRef": {"value": CLEARING},
        "Entity": {"value": "3", "type": "CUSTOMER"},
    }
    assert "LinkedTxn" not in line


_DISPUTE = [DepositLine("1", "Dispute", REPAIRS, Decimal("-30.00"))]


@pytest.mark.parametrize(
    ("deposit", "facts", "code"),
    [
        (a_deposit("100.01", "100.00"), received("100.00"), "total_mismatch"),
        (a_deposit("90.00", "90.00"), received("100.00"), "total_mismatch"),
        (a_deposit("100.00", "100.00"), Facts(), "waiting_for_parent"),
        (a_deposit("100.00", "100.00"), received("100.00", account=CHECKING), "invalid_value"),
        (a_deposit("100.00", "100.00", bank_account=None), received("100.00"), "missing_field"),
        (a_deposit("100.00", "100.00", status="pending"), received("100.00"), "draft"),
        (a_deposit("100.00", "100.00", status="void"), received("100.00"), "void_never_pushed"),
        (a_deposit("0.00"), Facts(), "missing_field"),
        (a_deposit("100.00", "100.00", other_lines=_DISPUTE), received("100.00"), "total_mismatch"),
    ],
)
def test_refusals(context: Context, deposit: Deposit, facts: Facts, code: str) -> None:
    """What does not come to the bank's line, or would count money twice, is refused; what is not there yet is waited for."""
    outcome = plan_deposit(deposit, None, context, facts)
    assert isinstance(outcome, Refusal)
    assert outcome.code == code


def test_void_after_it_was_pushed(context: Context) -> None:
    """It is deleted: QuickBooks has no void of a deposit."""
    existing = Existing("Deposit", "12", "hash", txn_date=dt.date(2026, 5, 5))
    outcome = plan_deposit(a_deposit("1.00", "1.00", status="void"), existing, context)
    assert isinstance(outcome, Mapped)
    assert (outcome.action, outcome.entity) == ("delete", "Deposit")


_CENTS = st.integers(min_value=1, max_value=10**8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_CENTS, min_size=1, max_size=8), _CENTS, st.booleans(), st.sampled_from([-1, 0, 1]))
def test_whatever_is_in_it(context: Context, cents: list[int], fee: int, clearing: bool, off: int) -> None:
    """Its lines come to the bank's line to the cent, or nothing is sent."""
    amounts = [f"{each / Decimal(100):.2f}" for each in map(Decimal, cents)]
    total = Decimal(sum(cents) - fee + off) / 100
    deposit = a_deposit(str(total), *amounts, fee=str(Decimal(fee) / 100))
    facts = received(*amounts, account=CLEARING if clearing else UNDEPOSITED)
    outcome = plan_deposit(deposit, None, context, facts)
    if off:
        assert isinstance(outcome, Refusal)
        return
    assert sum(line["Amount"] for line in lines_of(outcome)) == total
