"""Who owes: the accounting cases of tenants and programs as customers, as they are decided here."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from rentaxis_pipelines.mapping.invoices import plan_invoice
from rentaxis_pipelines.mapping.outcome import Context, Existing, Facts
from rentaxis_pipelines.mapping.parties import plan_customer
from rentaxis_pipelines.mapping.text import legal_display_name, with_suffix
from rentaxis_pipelines.model.source_records import Account
from rentaxis_pipelines_tests.mapping.planned import DELETED, items, linked, mapped, refusal


def test_split_rent_is_two_invoices_to_two_customers(make: SimpleNamespace, context: Context) -> None:
    """The customer is who is billed, never the lease: tenant's and program's parts make up the contract
    rent.
    """
    subsidy = Account("9", "4010", "Subsidy Rental Income", "income")
    tenant_part = make.invoice(make.line("350.00"))
    program_part = make.invoice(
        make.line("850.00", subsidy), source_id="18", invoice_number="INV-18", billed_to_type="program"
    )
    first = mapped(plan_invoice(tenant_part, None, context, Facts("58")))
    second = mapped(plan_invoice(program_part, None, context, Facts("77")))
    assert first.payload["CustomerRef"] == {"value": "58"}
    assert second.payload["CustomerRef"] == {"value": "77"}
    assert first.total + second.total == Decimal("1200.00")
    assert (items(first), items(second)) == (["1"], ["2"])


def test_a_program_is_a_customer_with_a_company_name(make: SimpleNamespace, context: Context) -> None:
    program = make.payer(kind="program", name="City Housing Authority", email="pay@cha.example", phone=None)
    planned = mapped(plan_customer(program, None, context, "City Housing Authority"))
    assert planned.entity == "Customer"
    assert planned.payload == {
        "DisplayName": "City Housing Authority",
        "CompanyName": "City Housing Authority",
        "PrimaryEmailAddr": {"Address": "pay@cha.example"},
    }


def test_a_missing_or_bad_email_holds_up_nobody(make: SimpleNamespace, context: Context) -> None:
    for email in (None, "", "no address"):
        planned = mapped(plan_customer(make.payer(email=email), None, context, "Ann Lee"))
        assert "PrimaryEmailAddr" not in planned.payload


def test_equal_names_stay_apart_and_a_rename_updates_the_same_customer(
    make: SimpleNamespace, context: Context
) -> None:
    name = with_suffix(legal_display_name("Ann Lee"), "tenant 17")
    assert name == "Ann Lee (tenant 17)"
    first = mapped(plan_customer(make.payer(), None, context, name))
    same = plan_customer(make.payer(), linked(first), context, name)
    assert refusal(same).code == "unchanged"
    renamed = mapped(plan_customer(make.payer(name="Ann Lee-Kim"), linked(first), context, "Ann Lee-Kim"))
    assert renamed.action == "update"
    assert renamed.key == "Ann Lee-Kim"


@pytest.mark.parametrize("origin", ["matched_email", "confirmed", "adopted"])
def test_a_customer_that_stood_before_is_left_as_it_is_unless_the_company_says_so(
    make: SimpleNamespace, context: Context, with_policy: Any, origin: str
) -> None:
    standing = Existing("Customer", "12", None, origin)
    left = refusal(plan_customer(make.payer(), standing, context, "Ann Lee"))
    assert left.code == "unchanged"
    over = with_policy(matched_customers="update")
    assert mapped(plan_customer(make.payer(), standing, over, "Ann Lee")).action == "update"


def test_a_payer_deleted_in_rentaxis_is_left_alone_but_made_where_an_invoice_needs_it(
    make: SimpleNamespace, context: Context
) -> None:
    payer = make.payer(deleted_at=DELETED)
    assert refusal(plan_customer(payer, None, context, "Ann Lee")).code == "void_never_pushed"
    assert mapped(plan_customer(payer, None, context, "Ann Lee", needed=True)).action == "create"
    standing = Existing("Customer", "12", "hash")
    assert refusal(plan_customer(payer, standing, context, "Ann Lee")).code == "unchanged"


def test_an_invoice_whose_payer_is_no_customer_yet_waits(make: SimpleNamespace, context: Context) -> None:
    planned = refusal(plan_invoice(make.invoice(), None, context, Facts(None)))
    assert planned.code == "waiting_for_parent"
    assert "Ann Lee" in planned.reason
