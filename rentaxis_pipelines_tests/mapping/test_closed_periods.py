"""Closed books: the closing date itself is closed, nothing that stands in a closed period is touched, and
redating is stable however often the closing date moves."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from rentaxis_pipelines.mapping.invoices import plan_invoice
from rentaxis_pipelines.mapping.outcome import Existing, Facts, Mapped
from rentaxis_pipelines.mapping.payments import plan_payment
from rentaxis_pipelines.model.refusal import Refusal

END_OF_MARCH = dt.date(2026, 3, 31)


@pytest.mark.parametrize(
    ("closing_date", "closed"),
    [(dt.date(2026, 3, 1), True), (dt.date(2026, 2, 28), False), (END_OF_MARCH, True), (None, False)],
)
def test_the_closing_date_itself_is_closed(
    make: SimpleNamespace, with_policy: Any, closing_date: dt.date | None, closed: bool
) -> None:
    planned = plan_invoice(make.invoice(), None, with_policy(closing_date=closing_date), Facts("58"))
    assert isinstance(planned, Refusal) is closed
    if closed:
        assert planned.code == "closed_period"
        assert "2026-03-01" in planned.reason
        assert str(closing_date) in planned.reason


def test_redate_books_on_the_first_open_day_and_says_so_in_the_memo(
    make: SimpleNamespace, with_policy: Any
) -> None:
    planned = plan_invoice(
        make.invoice(), None, with_policy(closing_date=END_OF_MARCH, closed_period="redate"), Facts("58")
    )
    assert isinstance(planned, Mapped)
    assert planned.payload["TxnDate"] == "2026-04-01"
    assert planned.payload["DueDate"] == "2026-03-05"
    assert "Dated 2026-03-01 in RentAxis" in planned.payload["PrivateNote"]
    assert planned.payload["PrivateNote"].endswith("RentAxis invoice 17")


def test_a_redated_record_is_unchanged_however_far_the_books_are_closed(
    make: SimpleNamespace, with_policy: Any
) -> None:
    first = plan_invoice(
        make.invoice(), None, with_policy(closing_date=END_OF_MARCH, closed_period="redate"), Facts("58")
    )
    standing = Existing("Invoice", "301", first.content_hash, txn_date=dt.date(2026, 4, 1))
    for closing_date in (None, dt.date(2026, 2, 28), END_OF_MARCH, dt.date(2026, 12, 31)):
        later = plan_invoice(
            make.invoice(),
            standing,
            with_policy(closing_date=closing_date, closed_period="redate"),
            Facts("58"),
        )
        assert isinstance(later, Refusal)
        assert later.code == "unchanged"


def test_an_edit_of_a_redated_record_keeps_the_day_it_was_booked_on(
    make: SimpleNamespace, with_policy: Any
) -> None:
    standing = Existing("Invoice", "301", "hash", txn_date=dt.date(2026, 4, 9))
    context = with_policy(closing_date=END_OF_MARCH, closed_period="redate")
    planned = plan_invoice(make.invoice(memo="edited"), standing, context, Facts("58"))
    assert isinstance(planned, Mapped)
    assert (planned.action, planned.payload["TxnDate"]) == ("update", "2026-04-09")


@pytest.mark.parametrize("policy", ["block", "redate"])
@pytest.mark.parametrize("change", [{"memo": "edited"}, {"status": "void"}], ids=["edit", "void"])
def test_what_stands_in_a_closed_period_is_never_changed(
    make: SimpleNamespace, with_policy: Any, policy: str, change: dict[str, Any]
) -> None:
    standing = Existing("Invoice", "301", "hash", txn_date=dt.date(2026, 3, 1))
    context = with_policy(closing_date=END_OF_MARCH, closed_period=policy)
    planned = plan_invoice(make.invoice(**change), standing, context, Facts("58"))
    assert isinstance(planned, Refusal)
    assert planned.code == "closed_period"


def test_force_leaves_the_unchanged_in_a_closed_period_alone(make: SimpleNamespace, with_policy: Any) -> None:
    open_books = plan_invoice(make.invoice(), None, with_policy(), Facts("58"))
    standing = Existing("Invoice", "301", open_books.content_hash, txn_date=dt.date(2026, 3, 1))
    planned = plan_invoice(
        make.invoice(), standing, with_policy(closing_date=END_OF_MARCH, force=True), Facts("58")
    )
    assert isinstance(planned, Refusal)
    assert planned.code == "unchanged"


def test_an_edit_that_moves_a_record_into_a_closed_month_is_blocked(
    make: SimpleNamespace, with_policy: Any
) -> None:
    standing = Existing("Invoice", "301", "hash", txn_date=dt.date(2026, 4, 9))
    planned = plan_invoice(make.invoice(), standing, with_policy(closing_date=END_OF_MARCH), Facts("58"))
    assert isinstance(planned, Refusal)
    assert planned.code == "closed_period"


def test_a_payment_of_an_open_month_on_an_invoice_of_a_closed_month_goes_through(
    make: SimpleNamespace, with_policy: Any
) -> None:
    payment = msgspec.structs.replace(make.payment(("17", "1200.00")), payment_date=dt.date(2026, 4, 2))
    planned = plan_payment(payment, None, with_policy(closing_date=END_OF_MARCH), Facts("58", {"17": "301"}))
    assert isinstance(planned, Mapped)
    assert planned.payload["TxnDate"] == "2026-04-02"
