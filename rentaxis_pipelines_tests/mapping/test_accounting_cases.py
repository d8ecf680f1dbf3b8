"""Every accounting case RentAxis' public knowledge base leaves to the sync, as it is decided here.

One test a case, in the order an accountant would meet them: who owes, what is billed, what is paid, what is
spent.
"""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from rentaxis_pipelines.mapping.bill_payments import plan_bill_payment
from rentaxis_pipelines.mapping.expenses import plan_expense, plan_replaced
from rentaxis_pipelines.mapping.invoices import plan_invoice
from rentaxis_pipelines.mapping.outcome import Context, Existing, Mapped
from rentaxis_pipelines.mapping.parties import plan_customer, plan_vendor
from rentaxis_pipelines.mapping.payments import plan_payment
from rentaxis_pipelines.mapping.preflight import check_company
from rentaxis_pipelines.mapping.references import References
from rentaxis_pipelines.mapping.text import legal_display_name, with_suffix
from rentaxis_pipelines.model.marker import parse_marker
from rentaxis_pipelines.model.payload import VOID_HASH, VOIDED_BY_OPERATION
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.model.source_records import Account, ImportedLink, Place, Vendor

IMPORTED = ImportedLink("Invoice", "301", "imported")
DELETED = dt.datetime(2026, 3, 20, tzinfo=dt.UTC)
LIABILITY = Account("2", "2100", "Security Deposits Held", "liability")


def mapped(planned: Mapped | Refusal | None) -> Mapped:
    assert isinstance(planned, Mapped), planned
    return planned


def refusal(planned: Mapped | Refusal | None) -> Refusal:
    assert isinstance(planned, Refusal), planned
    return planned


def linked(planned: Mapped, **changes: Any) -> Existing:
    """What stands in QuickBooks after ``planned`` was sent."""
    known = Existing(planned.entity, "301", planned.content_hash, pushed=planned.payload)
    return msgspec.structs.replace(known, **changes)


def items(planned: Mapped) -> list[str]:
    return [line["SalesItemLineDetail"]["ItemRef"]["value"] for line in planned.payload["Line"]]


# ---------- who owes ----------


def test_split_rent_is_two_invoices_to_two_customers(make: SimpleNamespace, context: Context) -> None:
    """The customer is who is billed, never the lease: tenant's and program's parts make up the contract
    rent.
    """
    subsidy = Account("9", "4010", "Subsidy Rental Income", "income")
    tenant_part = make.invoice(make.line("350.00"))
    program_part = make.invoice(
        make.line("850.00", subsidy), source_id="18", invoice_number="INV-18", billed_to_type="program"
    )
    first = mapped(plan_invoice(tenant_part, None, context, "58"))
    second = mapped(plan_invoice(program_part, None, context, "77"))
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
    planned = refusal(plan_invoice(make.invoice(), None, context, None))
    assert planned.code == "waiting_for_parent"
    assert "Ann Lee" in planned.reason


# ---------- what is billed ----------


def test_an_invoice_carries_its_lines_in_order_dates_number_and_marker(
    make: SimpleNamespace, context: Context
) -> None:
    late = Account("4", "4100", "Late Fees", "income")
    second = make.line("45.50", late, source_id="2", position=2, description="Late fee\tMarch")
    invoice = make.invoice(second, make.line("1200.00"), memo="For March\nThank you")
    planned = mapped(plan_invoice(invoice, None, context, "58"))
    assert planned.payload == {
        "CustomerRef": {"value": "58"},
        "DocNumber": "INV-17",
        "TxnDate": "2026-03-01",
        "DueDate": "2026-03-05",
        "PrivateNote": "For March\nThank you\nRentAxis invoice 17",
        "Line": [
            {
                "DetailType": "SalesItemLineDetail",
                "Amount": Decimal("1200.00"),
                "Description": "Rent March 2026",
                "SalesItemLineDetail": {"ItemRef": {"value": "1"}, "TaxCodeRef": {"value": "NON"}},
            },
            {
                "DetailType": "SalesItemLineDetail",
                "Amount": Decimal("45.50"),
                "Description": "Late fee March",
                "SalesItemLineDetail": {"ItemRef": {"value": "3"}, "TaxCodeRef": {"value": "NON"}},
            },
        ],
    }
    assert (planned.action, planned.entity, planned.key_field, planned.key) == (
        "create",
        "Invoice",
        "DocNumber",
        "INV-17",
    )
    assert planned.total == Decimal("1245.50")


def test_a_draft_is_not_pushed_until_it_is_sent(make: SimpleNamespace, context: Context) -> None:
    assert refusal(plan_invoice(make.invoice(status="draft"), None, context, None)).code == "draft"


def test_turning_overdue_is_no_change(make: SimpleNamespace, context: Context) -> None:
    pushed = linked(mapped(plan_invoice(make.invoice(), None, context, "58")))
    again = plan_invoice(make.invoice(status="overdue"), pushed, context, "58")
    assert refusal(again).code == "unchanged"


def test_force_pushes_the_unchanged_in_place(
    make: SimpleNamespace, context: Context, with_policy: Any
) -> None:
    pushed = linked(mapped(plan_invoice(make.invoice(), None, context, "58")))
    assert mapped(plan_invoice(make.invoice(), pushed, with_policy(force=True), "58")).action == "update"


def test_an_edited_invoice_updates_the_same_object(make: SimpleNamespace, context: Context) -> None:
    pushed = linked(mapped(plan_invoice(make.invoice(), None, context, "58")))
    planned = mapped(plan_invoice(make.invoice(make.line("1250.00")), pushed, context, "58"))
    assert (planned.action, planned.total) == ("update", Decimal("1250.00"))


def test_a_changed_payer_is_exchanged(make: SimpleNamespace, context: Context) -> None:
    pushed = linked(mapped(plan_invoice(make.invoice(), None, context, "58")), customer_id="58")
    moved = mapped(plan_invoice(make.invoice(), pushed, context, "77"))
    assert moved.payload["CustomerRef"] == {"value": "77"}


def test_void_and_reissue_voids_the_old_number_and_makes_a_new_one(
    make: SimpleNamespace, context: Context
) -> None:
    pushed = linked(mapped(plan_invoice(make.invoice(), None, context, "58")))
    void = mapped(plan_invoice(make.invoice(status="void", void_reason="wrong rent"), pushed, context, None))
    assert (void.action, void.key, void.total) == ("void", "INV-17", Decimal("0.00"))
    assert "wrong rent" in void.payload["PrivateNote"]
    reissue = make.invoice(make.line("1250.00"), source_id="21", invoice_number="INV-21")
    assert mapped(plan_invoice(reissue, None, context, "58")).action == "create"
    again = plan_invoice(make.invoice(status="void"), linked(void), context, None)
    assert refusal(again).code == "unchanged"


def test_a_void_invoice_is_voided_whatever_else_is_wrong_with_it(
    make: SimpleNamespace, context: Context
) -> None:
    invoice = make.invoice(
        status="void", total_amount=Decimal("1.00"), problem_code="total_mismatch", problem="Off."
    )
    assert mapped(plan_invoice(invoice, Existing("Invoice", "301", "hash"), context, None)).action == "void"


def test_an_invoice_void_before_its_first_push_is_never_made(make: SimpleNamespace, context: Context) -> None:
    assert refusal(plan_invoice(make.invoice(status="void"), None, context, "58")).code == "void_never_pushed"


def test_a_late_fee_is_its_own_invoice_and_may_grow(make: SimpleNamespace, context: Context) -> None:
    fee = make.invoice(make.line("35.00", description="Late fee"), kind="late_fee", source_id="30")
    first = mapped(plan_invoice(fee, None, context, "58"))
    assert items(first) == ["3"]
    grown = make.invoice(make.line("40.00", description="Late fee"), kind="late_fee", source_id="30")
    assert mapped(plan_invoice(grown, linked(first), context, "58")).action == "update"


def test_a_late_fee_waived_by_voiding_is_voided(make: SimpleNamespace, context: Context) -> None:
    fee = make.invoice(make.line("35.00"), kind="late_fee", status="void", void_reason="waived: first time")
    planned = mapped(plan_invoice(fee, Existing("Invoice", "301", "hash"), context, None))
    assert planned.action == "void"
    assert "waived: first time" in planned.payload["PrivateNote"]


@pytest.mark.parametrize("by", ["account", "charge"])
def test_a_security_deposit_is_a_liability_and_never_income(
    make: SimpleNamespace, context: Context, snapshot: Any, by: str
) -> None:
    line = make.line("1500.00", LIABILITY if by == "account" else None)
    invoice = make.invoice(line, kind="deposit")
    assert items(mapped(plan_invoice(invoice, None, context, "58"))) == ["7"]
    lists = snapshot()
    for item in lists["Item"]:
        item["IncomeAccountRef"] = {"value": "42"}
    income = msgspec.structs.replace(context, references=References.from_snapshot(lists))
    refused = refusal(plan_invoice(invoice, None, income, "58"))
    assert refused.code == "missing_mapping"
    assert "no liability account" in refused.reason


def test_a_rent_line_without_account_is_mapped_by_its_charge_then_by_the_default(
    make: SimpleNamespace, context: Context, with_policy: Any
) -> None:
    assert items(mapped(plan_invoice(make.invoice(), None, context, "58"))) == ["1"]
    odd = make.invoice(kind="storage")
    refused = refusal(plan_invoice(odd, None, context, "58"))
    assert (refused.code, refused.subject) == ("missing_mapping", "mappings.charges.storage")
    assert "'storage'" in refused.reason
    mappings = context.company.mappings.model_copy(update={"default_item": "Other Charge"})
    assert items(mapped(plan_invoice(odd, None, with_policy(mappings=mappings), "58"))) == ["9"]


def test_a_line_with_an_account_that_is_not_mapped_never_falls_to_the_default(
    make: SimpleNamespace, context: Context, with_policy: Any
) -> None:
    """The default is for lines that say nothing: a laundry line must not end up as rent."""
    mappings = context.company.mappings.model_copy(update={"default_item": "Rent"})
    odd = make.line("10.00", Account("7", "4777", "Storage Fees", "income"))
    refused = refusal(plan_invoice(make.invoice(odd), None, with_policy(mappings=mappings), "58"))
    assert refused.subject == "mappings.invoice_accounts.4777"
    assert "4777 Storage Fees" in refused.reason


def test_an_item_made_inactive_fails_by_name(make: SimpleNamespace, context: Context, snapshot: Any) -> None:
    lists = snapshot()
    lists["Item"][0] |= {"Name": "Rent (deleted)", "FullyQualifiedName": "Rent (deleted)", "Active": False}
    changed = msgspec.structs.replace(context, references=References.from_snapshot(lists))
    refused = refusal(plan_invoice(make.invoice(), None, changed, "58"))
    assert refused.code == "inactive_reference"
    assert "'Rent'" in refused.reason


def test_a_negative_line_goes_but_a_negative_invoice_is_a_persons_decision(
    make: SimpleNamespace, context: Context
) -> None:
    discount = make.line("-200.00", source_id="2", position=2, description="Concession")
    planned = mapped(plan_invoice(make.invoice(make.line(), discount), None, context, "58"))
    assert planned.total == Decimal("1000.00")
    refused = refusal(plan_invoice(make.invoice(discount), None, context, "58"))
    assert refused.code == "invalid_value"
    assert "credit memo" in refused.remedy


def test_a_zero_invoice_goes(make: SimpleNamespace, context: Context) -> None:
    free = make.line("-1200.00", source_id="2", position=2)
    assert mapped(plan_invoice(make.invoice(make.line(), free), None, context, "58")).total == Decimal("0.00")


def test_an_invoice_without_lines_is_refused(make: SimpleNamespace, context: Context) -> None:
    empty = msgspec.structs.replace(make.invoice(), lines=[], total_amount=Decimal("0.00"))
    assert refusal(plan_invoice(empty, None, context, "58")).code == "missing_field"


@pytest.mark.parametrize(
    ("number", "taken", "sent"),
    [
        ("INV-2026-000000000017", False, "INV-2026-000000000017"),
        ("INV-2026-0000000000017", False, "RX-I-17"),
        (None, False, "RX-I-17"),
        ("INV\t17", False, "RX-I-17"),
        ("INV-17", True, "RX-I-17"),
    ],
)
def test_a_number_quickbooks_cannot_take_becomes_a_stable_one_and_stays_in_the_memo(
    make: SimpleNamespace, context: Context, number: str | None, taken: bool, sent: str
) -> None:
    invoice = make.invoice(invoice_number=number)
    planned = mapped(plan_invoice(invoice, None, context, "58", number_is_taken=taken))
    assert planned.payload["DocNumber"] == planned.key == sent
    assert ("Number in RentAxis: " in planned.payload["PrivateNote"]) is (
        number is not None and number != sent
    )


def test_class_and_location_come_from_the_unit_or_else_the_property(
    make: SimpleNamespace, context: Context, with_policy: Any
) -> None:
    company = type(context.company).model_validate(
        context.company.model_dump(by_alias=True)
        | {
            "mappings": context.company.mappings.model_dump(by_alias=True)
            | {
                "properties": {"12 Elm Street": {"class": "North", "location": "Elm Street"}},
                "units": {"12 Elm Street / 2B": {"location": "Gone"}},
            }
        }
    )
    placed = with_policy(mappings=company.mappings)
    at_property = make.invoice(place=Place("p1", "12 Elm Street", None, None))
    planned = mapped(plan_invoice(at_property, None, placed, "58"))
    assert planned.payload["DepartmentRef"] == {"value": "801"}
    assert planned.payload["Line"][0]["SalesItemLineDetail"]["ClassRef"] == {"value": "901"}
    at_unit = make.invoice(place=Place("p1", "12 Elm Street", "u1", "2B"))
    refused = refusal(plan_invoice(at_unit, None, placed, "58"))
    assert refused.subject == "mappings.units.12 Elm Street / 2B.location"
    per_transaction = with_policy(mappings=company.mappings, class_tracking="transaction")
    whole = mapped(plan_invoice(at_property, None, per_transaction, "58")).payload
    assert whole["ClassRef"] == {"value": "901"}
    assert "ClassRef" not in whole["Line"][0]["SalesItemLineDetail"]


def test_rent_is_not_taxed_even_where_quickbooks_reckons_tax_by_itself(
    make: SimpleNamespace, context: Context, with_policy: Any
) -> None:
    plain = mapped(plan_invoice(make.invoice(), None, context, "58")).payload
    assert "TxnTaxDetail" not in plain
    automated = mapped(
        plan_invoice(make.invoice(), None, with_policy(automated_sales_tax=True), "58")
    ).payload
    assert automated["TxnTaxDetail"] == {"TotalTax": Decimal("0.00")}
    assert automated["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"] == {"value": "NON"}


def test_a_company_with_another_home_currency_is_refused_as_a_whole(context: Context) -> None:
    euros = msgspec.structs.replace(context.references, home_currency="EUR")
    (problem,) = check_company(context.company, euros)
    assert problem.blocking
    assert "EUR" in problem.reason
    assert check_company(context.company, context.references) == []


def test_dates_travel_unchanged(make: SimpleNamespace, context: Context) -> None:
    invoice = make.invoice(invoice_date=dt.date(2026, 12, 31), due_date=dt.date(2027, 1, 1))
    payload = mapped(plan_invoice(invoice, None, context, "58")).payload
    assert (payload["TxnDate"], payload["DueDate"]) == ("2026-12-31", "2027-01-01")


def test_a_payable_invoice_is_never_a_quickbooks_invoice(make: SimpleNamespace, context: Context) -> None:
    payable = make.invoice(type="payable")
    assert refusal(plan_invoice(payable, None, context, "58")).code == "unknown_source_value"


@pytest.mark.parametrize("record", ["invoice", "payment", "expense"])
def test_a_status_nobody_told_us_of_is_never_taken_for_a_good_one(
    make: SimpleNamespace, context: Context, record: str
) -> None:
    planned = {
        "invoice": lambda: plan_invoice(make.invoice(status="written_off"), None, context, "58"),
        "payment": lambda: plan_payment(make.payment(status="written_off"), None, context, "58", {}),
        "expense": lambda: plan_expense(make.expense(status="written_off"), None, context, "60"),
    }[record]()
    assert refusal(planned).code == "unknown_source_value"
    assert "written_off" in refusal(planned).reason


@pytest.mark.parametrize("record", ["invoice", "payment", "expense", "payer"])
def test_records_born_in_quickbooks_are_never_echoed_back(
    make: SimpleNamespace, context: Context, record: str
) -> None:
    planned = {
        "invoice": lambda: plan_invoice(make.invoice(imported_link=IMPORTED), None, context, "58"),
        "payment": lambda: plan_payment(make.payment(imported_link=IMPORTED), None, context, "58", {}),
        "expense": lambda: plan_expense(make.expense(imported_link=IMPORTED), None, context, "60"),
        "payer": lambda: plan_customer(make.payer(imported_link=IMPORTED), None, context, "Ann Lee"),
    }[record]()
    assert refusal(planned).code == "from_quickbooks"


def test_imported_history_marked_paid_gets_no_invented_payment(
    make: SimpleNamespace, context: Context
) -> None:
    """A paid invoice without payment rows goes as it is, open; the difference is reported by the
    reconciliation.
    """
    invoice = make.invoice(status="paid", amount_paid=Decimal("1200.00"), balance_due=Decimal(0))
    planned = mapped(plan_invoice(invoice, None, context, "58"))
    assert planned.entity == "Invoice"
    assert planned.total == Decimal("1200.00")


@pytest.mark.parametrize("record", ["invoice", "payment", "expense"])
def test_records_before_go_live_are_left_to_the_old_books(
    make: SimpleNamespace, with_policy: Any, record: str
) -> None:
    context = with_policy(go_live=dt.date(2026, 4, 1))
    existing, plan = {
        "invoice": (
            Existing("Invoice", "1", "hash"),
            lambda known: plan_invoice(make.invoice(), known, context, "58"),
        ),
        "payment": (
            Existing("Payment", "1", "hash"),
            lambda known: plan_payment(make.payment(), known, context, "58", {}),
        ),
        "expense": (
            Existing("Purchase", "1", "hash"),
            lambda known: plan_expense(make.expense(), known, context, "60"),
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
        "invoice": lambda: plan_invoice(make.invoice(**wrong), None, context, "58"),
        "payment": lambda: plan_payment(make.payment(**wrong), None, context, "58", {}),
        "expense": lambda: plan_expense(make.expense(**wrong), None, context, "60"),
    }[record]()
    assert (refusal(planned).code, refusal(planned).reason) == (
        "missing_field",
        "The payer is not named.",
    )


# ---------- what is paid ----------


def test_a_part_payment_is_linked_for_the_applied_amount(make: SimpleNamespace, context: Context) -> None:
    payment = make.payment(("17", "400.00"), amount=Decimal("400.00"))
    planned = mapped(plan_payment(payment, None, context, "58", {"17": "301"}))
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
    assert (planned.entity, planned.key_field, planned.key) == ("Payment", "PaymentRefNum", "1042")


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
    payload = mapped(plan_payment(make.payment(**facts), None, context, "58", {})).payload
    assert payload["PaymentRefNum"] == number
    assert payload["PrivateNote"].splitlines() == [*filter(None, [note]), "RentAxis payment 9"]


def test_house_and_unit_stand_first_in_every_memo(make: SimpleNamespace, context: Context) -> None:
    """Behind why, where there is a why; a payment names the places of all invoices it pays."""
    home, other = Place("1", "12 Elm Street", "4", "2B"), Place("2", "9 Oak Lane", None, None)
    invoice = make.invoice(place=home, memo="Rent", void_reason="Wrong tenant")
    note = mapped(plan_invoice(invoice, None, context, "58")).payload["PrivateNote"]
    assert note.splitlines() == ["12 Elm Street, unit 2B", "Rent", "RentAxis invoice 17"]
    standing = Existing("Invoice", "1", "hash")
    void = mapped(plan_invoice(msgspec.structs.replace(invoice, status="void"), standing, context, "58"))
    assert void.payload["PrivateNote"].splitlines()[:2] == [
        "Void in RentAxis: Wrong tenant", "12 Elm Street, unit 2B",
    ]  # fmt: skip
    payment = make.payment(("17", "400.00"), ("18", "300.00"), ("19", "10.00"), reference=None)
    places = zip(payment.allocations, (home, other, home), strict=True)
    parts = [msgspec.structs.replace(part, place=place) for part, place in places]
    paid = msgspec.structs.replace(payment, allocations=parts)
    payload = mapped(plan_payment(paid, None, context, "58", {"17": "1", "18": "2", "19": "3"})).payload
    assert payload["PrivateNote"].splitlines()[:2] == ["12 Elm Street, unit 2B", "9 Oak Lane"]
    bill = make.expense(status="unpaid", place=home)
    assert (
        mapped(plan_expense(bill, None, context, "60"))
        .payload["PrivateNote"]
        .startswith("12 Elm Street, unit 2B\n")
    )
    paying = mapped(plan_bill_payment(make.expense(place=home), "301", None, context, "60"))
    assert paying.payload["PrivateNote"].startswith("12 Elm Street, unit 2B\nPays RX-E-44\n")


def test_one_payment_of_many_invoices_is_one_object_with_a_line_each(
    make: SimpleNamespace, context: Context
) -> None:
    payment = make.payment(("17", "700.00"), ("18", "500.00"))
    planned = mapped(plan_payment(payment, None, context, "58", {"17": "301", "18": "302"}))
    assert [line["LinkedTxn"][0]["TxnId"] for line in planned.payload["Line"]] == ["301", "302"]


def test_a_payment_is_booked_with_what_can_be_applied_and_says_what_is_left(
    make: SimpleNamespace, context: Context
) -> None:
    payment = make.payment(("17", "700.00"), ("18", "500.00"))
    planned = mapped(plan_payment(payment, None, context, "58", {"17": "301"}))
    assert [line["Amount"] for line in planned.payload["Line"]] == [Decimal("700.00")]
    assert planned.total == Decimal("1200.00")
    assert planned.remark is not None and planned.remark.code == "applied_in_part"
    assert "500.00 waits for invoice INV-18, which is not in QuickBooks yet" in planned.remark.reason
    again = refusal(plan_payment(payment, linked(planned), context, "58", {"17": "301"}))
    assert (again.code, again.status) == ("applied_in_part", "skipped")
    arrived = mapped(plan_payment(payment, linked(planned), context, "58", {"17": "301", "18": "302"}))
    assert (arrived.action, len(arrived.payload["Line"]), arrived.remark) == ("update", 2, None)


def test_a_payment_is_held_where_the_company_wants_no_unapplied_money(
    make: SimpleNamespace, with_policy: Any
) -> None:
    payment = make.payment(("17", "700.00"), ("18", "500.00"))
    hold = with_policy(unapplied="hold")
    refused = refusal(plan_payment(payment, None, hold, "58", {"17": "301"}))
    assert refused.code == "waiting_for_parent"
    assert "invoice INV-18" in refused.reason


def test_an_overpayment_stays_unapplied_and_is_applied_later_on_the_same_object(
    make: SimpleNamespace, context: Context
) -> None:
    over = mapped(plan_payment(make.payment(("17", "1000.00")), None, context, "58", {"17": "301"}))
    assert over.total == Decimal("1200.00")
    assert [line["Amount"] for line in over.payload["Line"]] == [Decimal("1000.00")]
    later = make.payment(("17", "1000.00"), ("25", "200.00"))
    planned = mapped(plan_payment(later, linked(over), context, "58", {"17": "301", "25": "340"}))
    assert planned.action == "update"
    assert len(planned.payload["Line"]) == 2


def test_a_prepayment_is_a_payment_without_lines(make: SimpleNamespace, context: Context) -> None:
    assert mapped(plan_payment(make.payment(), None, context, "58", {})).payload["Line"] == []


def test_an_edited_payment_replaces_its_lines_whole(make: SimpleNamespace, context: Context) -> None:
    first = mapped(plan_payment(make.payment(("17", "1200.00")), None, context, "58", {"17": "301"}))
    edited = make.payment(
        ("18", "900.00"), amount=Decimal("900.00"), method="zelle", payment_date=dt.date(2026, 3, 6)
    )
    planned = mapped(plan_payment(edited, linked(first), context, "58", {"18": "302"}))
    assert planned.action == "update"
    assert planned.payload["TotalAmt"] == Decimal("900.00")
    assert planned.payload["DepositToAccountRef"] == {"value": "35"}
    assert planned.payload["Line"] == [
        {"Amount": Decimal("900.00"), "LinkedTxn": [{"TxnId": "302", "TxnType": "Invoice"}]}
    ]


def test_the_order_of_allocations_is_no_change(make: SimpleNamespace, context: Context) -> None:
    ids = {"17": "301", "18": "302"}
    first = mapped(plan_payment(make.payment(("17", "700.00"), ("18", "500.00")), None, context, "58", ids))
    turned = plan_payment(make.payment(("18", "500.00"), ("17", "700.00")), linked(first), context, "58", ids)
    assert refusal(turned).code == "unchanged"


def test_allocations_above_the_payment_are_refused_in_cents(make: SimpleNamespace, context: Context) -> None:
    refused = refusal(plan_payment(make.payment(("17", "1200.01")), None, context, "58", {"17": "301"}))
    assert refused.code == "invalid_value"
    assert "0.01 too much" in refused.reason


def test_a_void_payment_is_voided_with_its_reason(make: SimpleNamespace, context: Context) -> None:
    first = mapped(plan_payment(make.payment(("17", "1200.00")), None, context, "58", {"17": "301"}))
    void = make.payment(status="void", void_reason="entered twice")
    planned = mapped(plan_payment(void, linked(first), context, None, {}))
    assert (planned.action, planned.content_hash) == ("void", VOID_HASH)
    assert "entered twice" in planned.payload["PrivateNote"]
    assert refusal(plan_payment(void, None, context, None, {})).code == "void_never_pushed"


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
    assert refusal(plan_payment(payment, None, context, "58", {})).code == never_pushed
    after = plan_payment(payment, Existing("Payment", "1", "hash"), context, "58", {})
    assert (after.action if isinstance(after, Mapped) else after.code) == pushed_before


def test_a_stripe_payment_goes_gross_into_clearing(make: SimpleNamespace, context: Context) -> None:
    payload = mapped(plan_payment(make.payment(method="stripe"), None, context, "58", {})).payload
    assert payload["TotalAmt"] == Decimal("1200.00")
    assert payload["DepositToAccountRef"] == {"value": "36"}


def test_the_account_rentaxis_names_wins_over_the_methods(make: SimpleNamespace, context: Context) -> None:
    """One that is not mapped fails the row; the method's account is never taken in its place."""
    named = make.payment(method="check", deposit_account=Account("1", "1000", "Operating Checking", "asset"))
    assert mapped(plan_payment(named, None, context, "58", {})).payload["DepositToAccountRef"] == {
        "value": "35"
    }
    assert mapped(plan_payment(make.payment(), None, context, "58", {})).payload["DepositToAccountRef"] == {
        "value": "37"
    }
    old = Account("6", "1999", "Old Bank", "asset")
    for refused in (
        refusal(plan_payment(make.payment(method="check", deposit_account=old), None, context, "58", {})),
        refusal(plan_expense(make.expense(paid_from_account=old), None, context, "60")),
        refusal(plan_bill_payment(make.expense(paid_from_account=old), "301", None, context, "60")),
    ):
        assert (refused.code, refused.subject) == ("missing_mapping", "mappings.bank_accounts.1999")
        assert "1999 Old Bank" in refused.reason


def test_money_is_never_deposited_to_a_card_account(make: SimpleNamespace, context: Context) -> None:
    card = make.payment(deposit_account=Account("1", "1010", "Corporate Card", "liability"))
    refused = refusal(plan_payment(card, None, context, "58", {}))
    assert refused.subject == "mappings.bank_accounts.1010"


def test_a_method_that_is_not_mapped_is_named(
    make: SimpleNamespace, context: Context, with_policy: Any
) -> None:
    mappings = context.company.mappings.model_copy(update={"payment_methods": {}})
    refused = refusal(plan_payment(make.payment(), None, with_policy(mappings=mappings), "58", {}))
    assert (refused.code, refused.subject) == ("missing_mapping", "mappings.payment_methods.check")


# ---------- what is spent ----------


def test_an_expense_paid_now_is_a_purchase(make: SimpleNamespace, context: Context) -> None:
    planned = mapped(plan_expense(make.expense(), None, context, "60"))
    assert planned.entity == "Purchase"
    assert planned.payload == {
        "PaymentType": "Check",
        "AccountRef": {"value": "35"},
        "EntityRef": {"value": "60", "type": "Vendor"},
        "DocNumber": "RX-E-44",
        "TxnDate": "2026-03-10",
        "PrivateNote": "Kitchen tap\nRentAxis expense 44",
        "Line": [
            {
                "DetailType": "AccountBasedExpenseLineDetail",
                "Amount": Decimal("310.00"),
                "Description": "Kitchen tap",
                "AccountBasedExpenseLineDetail": {"AccountRef": {"value": "50"}},
            }
        ],
    }


@pytest.mark.parametrize(
    ("method", "paid_from", "way", "account"),
    [
        ("cash", None, "Cash", "35"),
        ("check", None, "Check", "35"),
        ("credit_card", None, "CreditCard", "40"),
        ("check", Account("1", "1010", "Corporate Card", "liability"), "CreditCard", "40"),
        ("credit_card", Account("1", "1000", "Operating Checking", "asset"), "Cash", "35"),
        (None, Account("1", "1000", "Operating Checking", "asset"), "Cash", "35"),
    ],
)
def test_the_way_of_payment_always_fits_the_account_paid_from(
    make: SimpleNamespace,
    context: Context,
    method: str | None,
    paid_from: Account | None,
    way: str,
    account: str,
) -> None:
    expense = make.expense(payment_method=method, paid_from_account=paid_from)
    payload = mapped(plan_expense(expense, None, context, None)).payload
    assert (payload["PaymentType"], payload["AccountRef"]) == (way, {"value": account})


def test_a_purchase_needs_no_vendor(make: SimpleNamespace, context: Context) -> None:
    expense = make.expense(vendor=None)
    assert "EntityRef" not in mapped(plan_expense(expense, None, context, None)).payload


def test_an_unpaid_expense_is_a_bill(make: SimpleNamespace, context: Context) -> None:
    expense = make.expense(status="unpaid", payment_method=None, paid_at=None, due_date=dt.date(2026, 4, 9))
    planned = mapped(plan_expense(expense, None, context, "60"))
    assert planned.entity == "Bill"
    assert planned.payload["VendorRef"] == {"value": "60"}
    assert planned.payload["DueDate"] == "2026-04-09"
    assert "PaymentType" not in planned.payload
    assert plan_bill_payment(expense, "301", None, context, "60") is None


@pytest.mark.parametrize(
    ("vendor", "code"),
    [
        (None, "missing_field"),
        (Vendor(None, None, None, None, None), "missing_field"),
        (..., "waiting_for_parent"),
    ],
)
def test_a_bill_without_a_vendor_is_a_row_failure(
    make: SimpleNamespace, context: Context, vendor: Any, code: str
) -> None:
    expense = make.expense(status="unpaid") if vendor is ... else make.expense(status="unpaid", vendor=vendor)
    assert refusal(plan_expense(expense, None, context, None)).code == code


def test_a_bill_paid_later_stays_and_gets_a_bill_payment(make: SimpleNamespace, context: Context) -> None:
    unpaid = make.expense(status="unpaid", payment_method=None, paid_at=None)
    bill = linked(mapped(plan_expense(unpaid, None, context, "60")))
    paid = make.expense(paid_at=dt.date(2026, 4, 2))
    assert refusal(plan_expense(paid, bill, context, "60")).code == "unchanged"
    planned = mapped(plan_bill_payment(paid, "301", None, context, "60"))
    assert (planned.action, planned.entity, planned.total) == ("create", "BillPayment", Decimal("310.00"))
    assert planned.payload == {
        "VendorRef": {"value": "60"},
        "DocNumber": "RX-B-44",
        "TxnDate": "2026-04-02",
        "TotalAmt": Decimal("310.00"),
        "PayType": "Check",
        "CheckPayment": {"BankAccountRef": {"value": "35"}},
        "PrivateNote": "Pays RX-E-44\nRentAxis expense_payment 44",
        "Line": [{"Amount": Decimal("310.00"), "LinkedTxn": [{"TxnId": "301", "TxnType": "Bill"}]}],
    }
    again = plan_bill_payment(paid, "301", linked(planned), context, "60")
    assert refusal(again).code == "unchanged"
    card = make.expense(payment_method="credit_card")
    by_card = mapped(plan_bill_payment(card, "301", None, context, "60")).payload
    assert (by_card["PayType"], by_card["CreditCardPayment"]) == (
        "CreditCard",
        {"CCAccountRef": {"value": "40"}},
    )


def test_a_bill_is_paid_from_a_bank_or_card_account_only(make: SimpleNamespace, context: Context) -> None:
    """A Purchase may be paid from a clearing account; QuickBooks' BillPayment knows a check and a card."""
    expense = make.expense(payment_method="stripe")
    assert mapped(plan_expense(expense, None, context, "60")).payload["AccountRef"] == {"value": "36"}
    refused = refusal(plan_bill_payment(expense, "301", None, context, "60"))
    assert refused.subject == "mappings.expense_payment_methods.stripe.pay_from"


@pytest.mark.parametrize("change", [{"status": "unpaid"}, {"status": "void"}, {"deleted_at": DELETED}])
def test_a_payment_taken_back_is_voided_off_its_bill(
    make: SimpleNamespace, context: Context, change: dict[str, Any]
) -> None:
    pushed = {"PrivateNote": "Pays RX-E-44\nRentAxis expense_payment 44"}
    payment = Existing("BillPayment", "302", "hash", pushed=pushed)
    planned = mapped(plan_bill_payment(make.expense(**change), "301", payment, context, "60"))
    assert (planned.action, planned.entity) == ("void", "BillPayment")
    done = msgspec.structs.replace(payment, content_hash=VOID_HASH)
    assert plan_bill_payment(make.expense(**change), "301", done, context, "60") is None


def test_a_purchase_never_gets_a_bill_payment(make: SimpleNamespace, context: Context) -> None:
    assert plan_bill_payment(make.expense(), None, None, context, "60") is None


def test_a_purchase_that_turns_unpaid_becomes_a_bill(make: SimpleNamespace, context: Context) -> None:
    """The bill is made anew under the same number; the purchase is brought to zero and gives its number free."""
    purchase = linked(mapped(plan_expense(make.expense(), None, context, "60")))
    unpaid = make.expense(status="unpaid")
    planned = mapped(plan_expense(unpaid, purchase, context, "60"))
    assert (planned.action, planned.entity, planned.key) == ("create", "Bill", "RX-E-44")
    let_go = mapped(plan_replaced(unpaid, purchase, context))
    assert (let_go.action, let_go.entity, let_go.payload["DocNumber"]) == ("void", "Purchase", "RX-V-44")
    assert let_go.payload["Line"][0]["Amount"] == Decimal("0.00")
    assert parse_marker(let_go.payload["PrivateNote"]) == ("expense", "44")
    gone = msgspec.structs.replace(purchase, content_hash=VOID_HASH)
    assert refusal(plan_replaced(unpaid, gone, context)).code == "unchanged"
    assert refusal(plan_replaced(unpaid, None, context)).code == "unchanged"


LATE = dt.date(2026, 4, 2)
NOBODY: dict[str, Any] = {"vendor": None}
CLEARING: dict[str, Any] = {"payment_method": "stripe"}


@pytest.mark.parametrize(
    ("facts", "stands_as", "entity", "day"),
    [
        ({}, None, "Purchase", "2026-03-10"),
        ({}, "Purchase", "Purchase", "2026-03-10"),
        ({}, "Bill", "Bill", "2026-03-10"),
        ({"paid_at": None}, None, "Purchase", "2026-03-10"),
        (CLEARING, "Bill", "Purchase", "2026-03-10"),
        (NOBODY, None, "Purchase", "2026-03-10"),
        (NOBODY, "Bill", "Purchase", "2026-03-10"),
        ({"paid_at": LATE}, None, "Bill", "2026-03-10"),
        ({"paid_at": LATE}, "Purchase", "Bill", "2026-03-10"),
        ({"paid_at": LATE}, "Bill", "Bill", "2026-03-10"),
        ({"paid_at": LATE} | CLEARING, None, "Bill", "2026-03-10"),
        ({"paid_at": LATE} | NOBODY, None, "Purchase", "2026-04-02"),
        ({"paid_at": LATE} | NOBODY, "Bill", "Purchase", "2026-04-02"),
        ({"status": "unpaid", "paid_at": None}, None, "Bill", "2026-03-10"),
        ({"status": "unpaid", "paid_at": LATE}, "Purchase", "Bill", "2026-03-10"),
    ],
)
def test_what_an_expense_is_booked_as_follows_from_the_facts(
    make: SimpleNamespace, context: Context, facts: dict[str, Any], stands_as: Any, entity: str, day: str
) -> None:
    expense = make.expense(**facts)
    existing = Existing(stands_as, "301", "hash") if stands_as else None
    planned = mapped(plan_expense(expense, existing, context, "60" if expense.vendor else None))
    assert (planned.entity, planned.payload["TxnDate"]) == (entity, day)
    assert planned.action == ("update" if stands_as == entity else "create")


def test_what_was_owed_at_go_live_is_paid_on_its_day_out_of_the_opening_balance(
    make: SimpleNamespace, context: Context, with_policy: Any
) -> None:
    """The expense belongs to the books before; the bank does not. No second expense: accounts payable becomes smaller."""
    began = with_policy(go_live=dt.date(2026, 4, 1))
    planned = mapped(plan_expense(make.expense(paid_at=LATE), None, began, "60"))
    assert (planned.entity, planned.payload["TxnDate"]) == ("Purchase", "2026-04-02")
    (line,) = planned.payload["Line"]
    assert line["AccountBasedExpenseLineDetail"]["AccountRef"] == {"value": "39"}
    assert planned.payload["EntityRef"] == {"value": "60", "type": "Vendor"}
    assert "Owed since 2026-03-10, before go-live on 2026-04-01" in planned.payload["PrivateNote"]
    early = make.expense(paid_at=dt.date(2026, 3, 20))
    for expense in (make.expense(), early, make.expense(status="unpaid", paid_at=None)):
        assert refusal(plan_expense(expense, None, began, "60")).code == "before_go_live"
    nobody = mapped(plan_expense(make.expense(paid_at=LATE, vendor=None), None, began, None))
    assert nobody.payload["Line"][0]["AccountBasedExpenseLineDetail"]["AccountRef"] == {"value": "50"}
    waits = refusal(plan_expense(make.expense(paid_at=LATE), None, began, None))
    assert waits.code == "waiting_for_parent"


def test_a_void_needs_nothing_but_what_was_pushed(
    make: SimpleNamespace, context: Context, with_policy: Any
) -> None:
    """A mapping or a vendor that has gone since keeps nobody from a void."""
    pushed = mapped(plan_expense(make.expense(status="unpaid"), None, context, "60"))
    unmapped = with_policy(mappings=context.company.mappings.model_copy(update={"expense_accounts": {}}))
    void = mapped(plan_expense(make.expense(status="void", vendor=None), linked(pushed), unmapped, None))
    assert void.payload["VendorRef"] == {"value": "60"}
    assert void.payload["Line"][0]["Amount"] == Decimal("0.00")


@pytest.mark.parametrize(("entity", "status"), [("Purchase", "paid"), ("Bill", "unpaid")])
def test_a_void_expense_is_brought_to_zero_and_keeps_its_number(
    make: SimpleNamespace, context: Context, entity: str, status: str
) -> None:
    """QuickBooks' reference knows no void operation for these two, so their zeroed form is sent as an
    update.
    """
    assert entity not in VOIDED_BY_OPERATION
    pushed = mapped(plan_expense(make.expense(status=status), None, context, "60"))
    assert pushed.entity == entity
    void = mapped(plan_expense(make.expense(status="void"), linked(pushed), context, "60"))
    assert (void.action, void.total, void.content_hash) == ("void", Decimal("0.00"), VOID_HASH)
    assert void.payload["DocNumber"] == pushed.payload["DocNumber"]
    assert void.payload["Line"][0]["Amount"] == Decimal("0.00")
    assert void.payload["PrivateNote"].startswith("Voided\n")
    assert refusal(plan_expense(make.expense(status="void"), None, context, "60")).code == "void_never_pushed"
    assert refusal(plan_expense(make.expense(status="void"), linked(void), context, "60")).code == "unchanged"


def test_a_custom_property_name_and_a_payable_invoice_go_to_the_memo(
    make: SimpleNamespace, context: Context
) -> None:
    expense = make.expense(
        custom_property_name="Storage lot", payable_invoice_id="90", payable_invoice_number="P-90"
    )
    note = mapped(plan_expense(expense, None, context, "60")).payload["PrivateNote"]
    assert note.splitlines() == [
        "Property: Storage lot",
        "Payable invoice in RentAxis: P-90",
        "Kitchen tap",
        "RentAxis expense 44",
    ]
    assert parse_marker(note) == ("expense", "44")


def test_a_category_that_is_not_mapped_is_named(make: SimpleNamespace, context: Context) -> None:
    expense = make.expense(account=Account("9", "5999", "Old Repairs", "expense"))
    refused = refusal(plan_expense(expense, None, context, "60"))
    assert (refused.code, refused.subject) == ("missing_mapping", "mappings.expense_accounts.5999")
    assert "5999 Old Repairs" in refused.reason


def test_an_account_made_inactive_in_quickbooks_fails_by_name(
    make: SimpleNamespace, context: Context, snapshot: Any
) -> None:
    lists = snapshot()
    for account in lists["Account"]:
        if account["Name"] == "Repairs":
            account |= {
                "Name": "Repairs (deleted)",
                "FullyQualifiedName": "Repairs (deleted)",
                "Active": False,
            }
    changed = msgspec.structs.replace(context, references=References.from_snapshot(lists))
    refused = refusal(plan_expense(make.expense(), None, changed, "60"))
    assert refused.code == "inactive_reference"
    assert "'Repairs'" in refused.reason


def test_a_vendors_refund_is_a_persons_decision(make: SimpleNamespace, context: Context) -> None:
    refused = refusal(plan_expense(make.expense(amount=Decimal("-10.00")), None, context, "60"))
    assert refused.code == "invalid_value"


def test_a_vendor_is_made_once_and_one_that_stood_before_is_left_alone(
    make: SimpleNamespace, context: Context
) -> None:
    vendor = Vendor("5", "Ace Plumbing", "ace@example.com", None, "1 Pipe Rd")
    planned = mapped(plan_vendor(vendor, None, context, "Ace Plumbing"))
    assert planned.payload == {
        "DisplayName": "Ace Plumbing",
        "PrimaryEmailAddr": {"Address": "ace@example.com"},
        "BillAddr": {"Line1": "1 Pipe Rd"},
    }
    assert refusal(plan_vendor(vendor, linked(planned), context, "Ace Plumbing")).code == "unchanged"
    before = Existing("Vendor", "1", None, "matched_email")
    assert refusal(plan_vendor(vendor, before, context, "Ace Plumbing")).code == "unchanged"


# ---------- deleted in RentAxis ----------


@pytest.mark.parametrize("record", ["invoice", "payment", "expense"])
def test_a_deleted_record_is_voided_or_reported_by_policy(
    make: SimpleNamespace, context: Context, with_policy: Any, record: str
) -> None:
    existing, plan = {
        "invoice": (
            Existing("Invoice", "1", "hash"),
            lambda known, where: plan_invoice(make.invoice(deleted_at=DELETED), known, where, None),
        ),
        "payment": (
            Existing("Payment", "1", "hash"),
            lambda known, where: plan_payment(make.payment(deleted_at=DELETED), known, where, None, {}),
        ),
        "expense": (
            Existing("Purchase", "1", "hash"),
            lambda known, where: plan_expense(make.expense(deleted_at=DELETED), known, where, None),
        ),
    }[record]
    assert mapped(plan(existing, context)).action == "void"
    reported = refusal(plan(existing, with_policy(deleted="report")))
    assert reported.code == "invalid_value"
    assert "still stands in QuickBooks" in reported.reason
    assert refusal(plan(None, context)).code == "void_never_pushed"
