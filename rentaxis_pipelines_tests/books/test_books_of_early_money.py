"""Money received before its invoice can be paid: booked on its day, applied when the invoice arrives, on the same payment."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rentaxis_pipelines_tests.books.accountant import applied, money
from rentaxis_pipelines_tests.books.landlord import Payer

LATE = dt.date(2026, 6, 30)
FIRST = dt.date(2026, 7, 1)


def night(sync: Callable[..., Any], day: dt.date) -> Any:
    """The sync of one night."""
    return sync(first_day=day, last_day=day)


def test_rent_paid_the_day_before_its_invoice(landlord, sync, books) -> None:
    """The money is in the bank on 30 June and so it is in the books; the invoice of 1 July takes it when both are in one range."""
    tenant = landlord.tenant("Early Earl")
    invoice = landlord.invoice(tenant, "900.00", day=FIRST)
    payment = landlord.payment(tenant, "900.00", (invoice, "900.00"), day=LATE)
    row = night(sync, LATE)["payment", str(payment)]
    assert (row.status, row.reason_code) == ("created", "applied_in_part")
    assert f"900.00 waits for invoice INV-{invoice}, which is dated 2026-07-01" in row.reason
    found = books.of("payment", payment)
    assert (found["TxnDate"], found["TotalAmt"], found["UnappliedAmt"]) == (
        "2026-06-30",
        money(900),
        money(900),
    )
    assert not books.all_of("invoice", invoice)  # a range touches nothing outside it
    again = night(sync, LATE)["payment", str(payment)]
    assert (again.status, again.reason_code) == ("skipped", "applied_in_part")
    night(sync, FIRST)
    assert books.of("invoice", invoice)["Balance"] == money(900)
    row = sync(first_day=LATE, last_day=FIRST)["payment", str(payment)]
    assert (row.status, row.reason_code) == ("updated", None)
    after = books.of("payment", payment)
    assert (after["Id"], after["TxnDate"]) == (found["Id"], "2026-06-30")
    assert applied(after) == {books.of("invoice", invoice)["Id"]: money(900)}
    assert sync(first_day=LATE, last_day=FIRST)["payment", str(payment)].reason_code == "unchanged"
