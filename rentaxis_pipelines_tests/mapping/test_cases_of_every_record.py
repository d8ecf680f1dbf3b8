"""The accounting cases that invoices, payments and expenses share: unknown, not ours, too old, deleted."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from rentaxis_pipelines.mapping.expenses import plan_expense
from rentaxis_pipelines.mapping.invoices import plan_invoice
from rentaxis_pipelines.mapping.outcome import Context, Existing, Facts
from rentaxis_pipelines.mapping.parties import plan_customer
from rentaxis_pipelines.mapping.payments import plan_payment
from rentaxis_pipelines.mapping.preflight import check_company
from rentaxis_pipelines_tests.mapping.planned import (
    DELETED,
    IMPORTED,
    mapped,
    refusal,
)


def test_a_company_with_another_home_currency_is_refused_as_a_whole(context: Context) -> None:
    euros = msgspec.structs.replace(context.references, home_currency="EUR")
    (problem,) = check_company(context.company, euros)
    assert problem.blocking
    assert "EUR" in problem.reason
    assert check_company(context.company, context.references) == []


@pytest.mark.parametrize("record", ["invoice", "payment", "expense"])
def test_a_status_nobody_told_us_of_is_never_taken_for_a_good_one(
    make: SimpleNamespace, context: Context, record: str
) -> None:
    planned = {
        "invoice": lambda: plan_invoice(make.invoice(status="written_off"), None, context, Facts("58")),
        "payment": lambda: plan_payment(make.payment(status="written_off"), None, context, Facts("58", {})),
        "expense": lambda: plan_expense(make.expense(status="written_off"), None, context, Facts("60")),
    }[record]()
    assert refusal(planned).code == "unknown_source_value"
    assert "written_off" in refusal(planned).reason


@pytest.mark.parametrize("record", ["invoice", "payment", "expense", "payer"])
def test_records_born_in_quickbooks_are_never_echoed_back(
    make: SimpleNamespace, context: Context, record: str
) -> None:
    planned = {
        "invoice": lambda: plan_invoice(make.invoice(imported_link=IMPORTED), None, context, Facts("58")),
        "payment": lambda: plan_payment(make.payment(imported_link=IMPORTED), None, context, Facts("58", {})),
        "expense": lambda: plan_expense(make.expense(imported_link=IMPORTED), None, context, Facts("60")),
        "payer": lambda: plan_customer(make.payer(imported_link=IMPORTED), None, context, "Ann Lee"),
    }[record]()
    assert refusal(planned).code == "from_quickbooks"


@pytest.mark.parametrize("record", ["invoice", "payment", "expense"])
def test_records_before_go_live_are_left_to_the_old_books(
    make: SimpleNamespace, with_policy: Any, record: str
) -> None:
    context = with_policy(go_live=dt.date(2026, 4, 1))
    existing, plan = {
        "invoice": (
            Existing("Invoice", "1", "hash"),
            lambda known: plan_invoice(make.invoice(), known, context, Facts("58")),
        ),
        "payment": (
            Existing("Payment", "1", "hash"),
            lambda known: plan_payment(make.payment(), known, context, Facts("58", {})),
        ),
        "expense": (
            Existing("Purchase", "1", "hash"),
            lambda known: plan_expense(make.expense(), known, context, Facts("60")),
        ),
    }[record]
    assert refusal(plan(None)).code == "before_go_live"
    assert mapped(plan(existing)).action == "update", "what was pushed already is kept up to date"


@pytest.mark.parametrize("record", ["invoice", "payment", "expense"])
def test_what_reading_found_wrong_is_said_as_it_was_found(
    make: SimpleNamespace, context: Context, record: str
) -> None:
    wrong = {"problem_code": "missing_field", "problem": "The payer is not named."}
    planned = {
        "invoice": lambda: plan_invoice(make.invoice(**wrong), None, context, Facts("58")),
        "payment": lambda: plan_payment(make.payment(**wrong), None, context, Facts("58", {})),
        "expense": lambda: plan_expense(make.expense(**wrong), None, context, Facts("60")),
    }[record]()
    assert (refusal(planned).code, refusal(planned).reason) == (
        "missing_field",
        "The payer is not named.",
    )


@pytest.mark.parametrize("record", ["invoice", "payment", "expense"])
def test_a_deleted_record_is_voided_or_reported_by_policy(
    make: SimpleNamespace, context: Context, with_policy: Any, record: str
) -> None:
    existing, plan = {
        "invoice": (
            Existing("Invoice", "1", "hash"),
            lambda known, where: plan_invoice(make.invoice(deleted_at=DELETED), known, where, Facts(None)),
        ),
        "payment": (
            Existing("Payment", "1", "hash"),
            lambda known, where: plan_payment(
                make.payment(deleted_at=DELETED), known, where, Facts(None, {})
            ),
        ),
        "expense": (
            Existing("Purchase", "1", "hash"),
            lambda known, where: plan_expense(make.expense(deleted_at=DELETED), known, where, Facts(None)),
        ),
    }[record]
    assert mapped(plan(existing, context)).action == "void"
    reported = refusal(plan(existing, with_policy(deleted="report")))
    assert reported.code == "invalid_value"
    assert "still stands in QuickBooks" in reported.reason
    assert refusal(plan(None, context)).code == "void_never_pushed"
