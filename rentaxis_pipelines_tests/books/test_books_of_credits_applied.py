"""QuickBooks with "Automatically apply credits" on: money that it joins to another invoice by itself is never silently so."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from rentaxis_pipelines.reports import transactions
from rentaxis_pipelines.reports.drift import changed_fields
from rentaxis_pipelines_tests.support.accountant import applied, money

LATE = dt.date(2026, 6, 30)
FIRST = dt.date(2026, 7, 1)


@pytest.fixture
def automatic(accountant: Any) -> Iterator[Any]:
    """Switches the preference; off again afterwards."""

    def prefer(value: bool) -> None:
        accountant.control(
            "hand", {"deed": "prefer", "group": "SalesFormsPrefs", "name": "AutoApplyCredit", "value": value}
        )

    prefer(True)
    yield prefer
    prefer(False)
    accountant.control("switches", {"auto_apply_shown": True})


def drifted(chain: Any, payment: int) -> list[str]:
    """The fields of a payment that the report of edits names, once it has read QuickBooks."""
    with chain.run() as run:
        transactions.bring_up_to_date(run, LATE)
        return [
            row["field"]
            for row in changed_fields(run.connection, run.realm)
            if row["record"] == f"payment/{payment}"
        ]


@pytest.mark.parametrize("shown", [True, False], ids=["in the answer", "after the answer"])
def test_money_it_takes_for_an_older_invoice_is_said_and_no_later_payment_is_lost(
    rentaxis, chain, sync, accountant, automatic, shown
) -> None:
    accountant.control("switches", {"auto_apply_shown": shown})
    name = f"Taken {shown}"
    tenant = rentaxis.tenant(name)
    june, july = (rentaxis.invoice(tenant, "100.00", day=day) for day in (LATE, FIRST))
    early = rentaxis.payment(tenant, "100.00", (july, "100.00"), day=LATE)
    row = sync(first_day=LATE, last_day=LATE)["payment", str(early)]
    assert applied(accountant.of("payment", early)) == {accountant.of("invoice", june)["Id"]: money(100)}
    if shown:
        assert (row.status, row.reason_code) == ("failed", "changed_in_quickbooks")
        assert f"It is applied to invoice INV-{june} (100.00) there." in row.reason
        assert f"Unapply it from invoice INV-{june} (100.00) in QuickBooks" in row.how_to_fix
        assert "switch off 'Automatically apply credits'" in row.how_to_fix
    assert drifted(chain, early) == ["Line"]
    # The invoice's own payment is not taken as done. What QuickBooks did after its answer may be a person's act: it is not
    # overwritten; what it did in its answer was said, and RentAxis' allocation puts it right.
    late = rentaxis.payment(tenant, "100.00", (june, "100.00"), day=FIRST)
    rows = sync(first_day=LATE, last_day=FIRST)
    by_id = {one: rows["payment", str(one)] for one in (early, late)}
    if shown:
        assert by_id[early].status == "updated"
        # The two go side by side; where the late one comes first it is refused, and goes the next time.
        again = sync(first_day=LATE, last_day=FIRST)["payment", str(late)]
        assert by_id[late].status == "created" or (by_id[late].reason_code, again.status) == (
            "rejected",
            "created",
        )
    else:
        assert (by_id[late].status, by_id[late].reason_code) == ("failed", "rejected")
        assert f"because payment PAY-{early} (100.00) is applied to it" in by_id[late].reason
        assert (by_id[early].status, by_id[early].reason_code) == ("failed", "changed_in_quickbooks")
        assert f"It is applied to invoice INV-{june} (100.00) there." in by_id[early].reason
        let_go_by_hand(chain, automatic, accountant.of("payment", early))
        rows = sync(first_day=LATE, last_day=FIRST)
        assert {rows["payment", str(one)].status for one in (early, late)} <= {"created", "updated"}
    assert applied(accountant.of("payment", early)) == {accountant.of("invoice", july)["Id"]: money(100)}
    assert applied(accountant.of("payment", late)) == {accountant.of("invoice", june)["Id"]: money(100)}
    assert accountant.balance(name) == 0
    assert drifted(chain, early) == []


def let_go_by_hand(chain: Any, automatic: Any, payment: Any) -> None:
    """As the row's remedy says: the preference off, the payment unapplied."""
    automatic(False)
    body = {field: payment[field] for field in ("Id", "SyncToken", "CustomerRef")}
    chain.write("Payment", {**body, "TotalAmt": 100.0, "Line": [], "sparse": True})


@pytest.mark.parametrize("shown", [True, False], ids=["in the answer", "after the answer"])
def test_money_it_applies_as_rentaxis_does_is_done_once(
    rentaxis, chain, sync, accountant, automatic, shown
) -> None:
    accountant.control("switches", {"auto_apply_shown": shown})
    name = f"As we would {shown}"
    tenant = rentaxis.tenant(name)
    july = rentaxis.invoice(tenant, "100.00", day=FIRST)
    early = rentaxis.payment(tenant, "100.00", (july, "100.00"), day=LATE)
    assert sync(first_day=LATE, last_day=LATE)["payment", str(early)].status == "created"
    rows = sync(first_day=LATE, last_day=FIRST)
    assert (rows["invoice", str(july)].status, rows["payment", str(early)].status) == ("created", "updated")
    assert applied(accountant.of("payment", early)) == {accountant.of("invoice", july)["Id"]: money(100)}
    assert accountant.balance(name) == 0
    assert drifted(chain, early) == []
    assert sync(first_day=LATE, last_day=FIRST)["payment", str(early)].reason_code == "unchanged"
