"""A payment that QuickBooks refuses because something else was there first: by number, never by internal id."""

import datetime as dt
import re
from typing import Any

from rentaxis_pipelines_tests.support.accountant import applied, money

LATE = dt.date(2026, 6, 30)
FIRST = dt.date(2026, 7, 1)


def apply_by_hand(chain, payment: dict[str, Any], invoice: dict[str, Any], amount: int) -> None:
    """What an accountant does, and QuickBooks with "Automatically apply credits"."""
    line = {"Amount": amount, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}
    body = {name: payment[name] for name in ("Id", "SyncToken", "CustomerRef")}
    chain.write("Payment", {**body, "TotalAmt": float(payment["TotalAmt"]), "Line": [line], "sparse": True})


def test_the_invoice_was_taken_by_the_unapplied_money_of_another_payment(
    rentaxis, chain, sync, accountant
) -> None:
    tenant = rentaxis.tenant("Auto Apply")
    june = rentaxis.invoice(tenant, "100.00", day=LATE)
    july = rentaxis.invoice(tenant, "100.00", day=FIRST)
    early = rentaxis.payment(tenant, "100.00", (july, "100.00"), day=LATE)
    sync(first_day=LATE, last_day=LATE)
    apply_by_hand(chain, accountant.of("payment", early), accountant.of("invoice", june), 100)
    late = rentaxis.payment(tenant, "100.00", (june, "100.00"), day=FIRST)
    rows = sync(first_day=FIRST, last_day=FIRST)
    row = rows["payment", str(late)]
    assert (row.status, row.reason_code) == ("failed", "rejected")
    assert f"invoice INV-{june} has 0.00 open in QuickBooks, not 100.00" in row.reason
    assert f"because payment PAY-{early} (100.00) is applied to it" in row.reason
    assert f"Unapply payment PAY-{early} (100.00)" in row.how_to_fix
    assert "Automatically apply credits" in row.how_to_fix
    ids = {accountant.of("invoice", june)["Id"], accountant.of("payment", early)["Id"]}
    assert not ids & set(re.findall(r"\b\d+\b", row.reason))
    # The early one cannot move to its own invoice by itself: a person is told where it went.
    row = sync(first_day=LATE, last_day=LATE)["payment", str(early)]
    assert (row.status, row.reason_code) == ("failed", "changed_in_quickbooks")
    assert f"It is applied to invoice INV-{june} (100.00) there." in row.reason
    # Let go by hand, both go through.
    found = accountant.of("payment", early)
    body = {name: found[name] for name in ("Id", "SyncToken", "CustomerRef")}
    chain.write("Payment", {**body, "TotalAmt": 100.0, "Line": [], "sparse": True})
    rows = sync(first_day=LATE, last_day=FIRST)
    assert {rows["payment", str(one)].status for one in (early, late)} <= {"created", "updated"}
    assert applied(accountant.of("payment", early)) == {accountant.of("invoice", july)["Id"]: money(100)}
    assert accountant.balance("Auto Apply") == 0


def test_quickbooks_applied_it_as_we_would(rentaxis, chain, sync, accountant) -> None:
    """The automation may be right: then nothing is in the way, and nothing is done twice."""
    tenant = rentaxis.tenant("Auto Right")
    july = rentaxis.invoice(tenant, "100.00", day=FIRST)
    early = rentaxis.payment(tenant, "100.00", (july, "100.00"), day=LATE)
    sync(first_day=LATE, last_day=LATE)
    sync("invoices", first_day=FIRST, last_day=FIRST)
    apply_by_hand(chain, accountant.of("payment", early), accountant.of("invoice", july), 100)
    assert sync(first_day=LATE, last_day=FIRST)["payment", str(early)].status == "updated"
    assert accountant.balance("Auto Right") == 0
    assert sync(first_day=LATE, last_day=FIRST)["payment", str(early)].reason_code == "unchanged"
