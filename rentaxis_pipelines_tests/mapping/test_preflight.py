"""Before a run: what the company file names and QuickBooks does not have, with the rows and the money
behind it.
"""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from rentaxis_pipelines.mapping.invoices import plan_invoice
from rentaxis_pipelines.mapping.outcome import Context, Facts
from rentaxis_pipelines.mapping.preflight import (
    check_company,
    check_mappings,
    check_records,
    check_words,
)
from rentaxis_pipelines.mapping.references import References
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.model.source_records import Account
from rentaxis_pipelines.rentaxis.lookups import Word
from rentaxis_pipelines.settings import Mappings


def without(snapshot: Any, list_name: str, name: str) -> References:
    lists = snapshot()
    lists[list_name] = [entry for entry in lists[list_name] if entry["Name"] != name]
    return References.from_snapshot(lists)


def test_the_demo_file_fits_the_demo_company(context: Context) -> None:
    assert check_mappings(context.company, context.references) == []
    assert check_company(context.company, context.references) == []


@pytest.mark.parametrize(
    ("list_name", "name", "key_paths"),
    [
        ("Item", "Rent", {"mappings.charges.rent", "mappings.invoice_accounts.4000"}),
        ("Account", "Repairs", {"mappings.expense_accounts.5000"}),
        ("PaymentMethod", "Zelle", {"mappings.payment_methods.zelle.payment_method"}),
        (
            "Account",
            "Corporate Card",
            {"mappings.bank_accounts.1010", "mappings.expense_payment_methods.credit_card.pay_from"},
        ),
    ],
)
def test_what_quickbooks_does_not_have_is_named_once_a_place(
    context: Context, snapshot: Any, list_name: str, name: str, key_paths: set[str]
) -> None:
    problems = check_mappings(context.company, without(snapshot, list_name, name))
    assert {problem.key_path for problem in problems} == key_paths
    assert all(f"'{name}'" in problem.reason for problem in problems)


@pytest.mark.parametrize(
    ("mappings", "key_path", "says"),
    [
        ({"charges": {"deposit": "Rent"}}, "mappings.charges.deposit", "not a liability account"),
        (
            {"payment_methods": {"cash": {"deposit_to": "Rental Income"}}},
            "mappings.payment_methods.cash.deposit_to",
            "of type Income",
        ),
        (
            {"expense_payment_methods": {"check": {"payment_type": "Check", "pay_from": "Corporate Card"}}},
            "mappings.expense_payment_methods.check.pay_from",
            "must be an account of type Bank",
        ),
        (
            {
                "expense_payment_methods": {
                    "credit_card": {"payment_type": "CreditCard", "pay_from": "Checking"}
                }
            },
            "mappings.expense_payment_methods.credit_card.pay_from",
            "must be an account of type Credit Card",
        ),
        (
            {"expense_accounts": {"5000": "Accounts Payable (A/P)"}},
            "mappings.expense_accounts.5000",
            "it must be an expense account",
        ),
        (
            {"accounts_payable": "Checking"},
            "mappings.accounts_payable",
            "must be an account of type Accounts Payable",
        ),
        ({"properties": {"Elm": {"class": "South"}}}, "mappings.properties.Elm.class", "'South'"),
        ({"units": {"u1": {"location": "South"}}}, "mappings.units.u1.location", "'South'"),
    ],
)
def test_a_mapping_of_the_wrong_kind_is_named(
    context: Context, mappings: dict[str, Any], key_path: str, says: str
) -> None:
    company = context.company.model_copy(update={"mappings": Mappings.model_validate(mappings)})
    (problem,) = check_mappings(company, context.references)
    assert problem.key_path == key_path
    assert says in problem.reason


def test_an_item_that_is_a_category_cannot_be_sold(context: Context, snapshot: Any) -> None:
    lists = snapshot()
    lists["Item"][0]["Type"] = "Category"
    problems = check_mappings(context.company, References.from_snapshot(lists))
    assert "is a category in QuickBooks" in problems[0].reason


def test_a_gap_is_told_once_with_the_rows_and_the_money_behind_it(
    make: SimpleNamespace, context: Context
) -> None:
    old = Account("9", "5999", "Old Repairs", "expense")
    storage = Account("7", "4777", "Storage Fees", "income")
    expenses = [make.expense(account=old), make.expense(account=old, amount=Decimal("90.10")), make.expense()]
    invoices = [
        make.invoice(make.line("10.00", storage), make.line("5.00", storage, source_id="2")),
        make.invoice(make.line("7.00", storage), status="void"),
        make.invoice(make.line("7.00", storage), status="draft"),
        make.invoice(make.line("7.00", storage), deleted_at=dt.datetime(2026, 3, 2, tzinfo=dt.UTC)),
    ]
    problems = check_records(context, [*invoices, make.payment(), *expenses])
    assert [(problem.key_path, problem.rows, problem.money) for problem in problems] == [
        ("mappings.expense_accounts.5999", 2, Decimal("400.10")),
        ("mappings.invoice_accounts.4777", 1, Decimal("15.00")),
    ]


def test_every_gap_found_before_the_run_is_the_gap_the_row_fails_with(
    make: SimpleNamespace, context: Context
) -> None:
    """The same words in the check and in the row's result, so that a person meets one name for one thing."""
    invoice = make.invoice(make.line("10.00", Account("7", "4777", "Storage Fees", "income")))
    (problem,) = check_records(context, [invoice])
    row = plan_invoice(invoice, None, context, Facts("58"))
    assert isinstance(row, Refusal)
    assert (row.subject, row.reason, row.remedy) == (
        problem.key_path,
        problem.reason,
        problem.remedy,
    )


def test_a_missing_field_of_a_record_is_no_gap_in_the_company_file(
    make: SimpleNamespace, context: Context
) -> None:
    assert check_records(context, [make.payment(method=None), make.expense(account=None)]) == []


DEPOSITS = Account("2", "2100", "Security Deposits Held", "liability")
SAVINGS = Account("3", "1090", "Reserve Savings", "asset")
CARD = Account("4", "1010", "Corporate Card", "liability")


@pytest.mark.parametrize(
    ("mappings", "word", "key_path"),
    [
        ({}, Word("deposited", "check", SAVINGS, 3, Decimal("90.00")), "mappings.bank_accounts.1090"),
        ({}, Word("deposited", "check", CARD, 3, Decimal("90.00")), "mappings.bank_accounts.1010"),
        ({}, Word("paid_purchase", "check", SAVINGS, 3, Decimal("90.00")), "mappings.bank_accounts.1090"),
        (
            {},
            Word("paid_bill", "stripe", None, 3, Decimal("90.00")),
            "mappings.expense_payment_methods.stripe.pay_from",
        ),
        ({"invoice_accounts": {"2100": "Rent"}}, Word("account", None, DEPOSITS), "mappings.invoice_accounts.2100"),
        (
            {"invoice_accounts": {"2100": "Rent"}},
            Word("charge", None, DEPOSITS, 3, Decimal("90.00")),
            "mappings.invoice_accounts.2100",
        ),
        (
            {"charges": {}, "default_item": "Rent"},
            Word("charge", "deposit", None, 3, Decimal("90.00")),
            "mappings.default_item",
        ),
        ({"payment_methods": {}}, Word("deposited", "zelle", None, 3, Decimal("90.00")), "mappings.payment_methods.zelle"),
        ({"expense_accounts": {}}, Word("category", None, Account("8", "5000", "Repairs", "expense")), "mappings.expense_accounts.5000"),
    ],
)  # fmt: skip
def test_what_a_push_would_refuse_of_the_words_in_use_is_said_before(
    context: Context, mappings: dict[str, Any], word: Word, key_path: str
) -> None:
    """By the type of the account as well: a liability sold as income, a card that money is deposited to, a bill paid from clearing."""
    given = context.company.mappings.model_dump(by_alias=True) | mappings
    changed = context.company.model_copy(update={"mappings": Mappings.model_validate(given, strict=True)})
    (problem,) = check_words(Context(changed, context.references), [word])
    assert (problem.key_path, problem.rows, problem.money) == (key_path, word.rows, word.money)


@pytest.mark.parametrize(
    ("chosen", "word", "key_path"),
    [
        ("journal_entries", Word("journal", None, SAVINGS, 3, Decimal("90.00")), "mappings.ledger_accounts.1090"),
        ("credits", Word("credit", "write_off", None, 3, Decimal("90.00")), "mappings.charges.write_off"),
        ("refunds", Word("refunded", "check", SAVINGS, 3, Decimal("90.00")), "mappings.bank_accounts.1090"),
        ("deposit_settlements", Word("settled", None, SAVINGS, 3, Decimal("90.00")), "mappings.bank_accounts.1090"),
        ("deposits", Word("banked", None, SAVINGS, 3, Decimal("90.00")), "mappings.bank_accounts.1090"),
        ("deposits", Word("deposit_line", None, SAVINGS, 3, Decimal("90.00")), "mappings.ledger_accounts.1090"),
        ("deposits", Word("processor_fee", None, None, 3, Decimal("90.00")), "mappings.processor_fees"),
    ],
)  # fmt: skip
def test_what_a_chosen_type_needs_is_said_where_it_is_chosen(
    context: Context, chosen: str, word: Word, key_path: str
) -> None:
    """And of a type that the company does not push, nothing: its records are on the list of what is not pushed."""
    mappings = context.company.mappings.model_copy(update={"processor_fees": None})
    without = context.company.model_copy(update={"mappings": mappings})
    assert check_words(Context(without, context.references), [word]) == []
    asking = without.model_copy(update={"also_push": (chosen,)})
    (problem,) = check_words(Context(asking, context.references), [word])
    assert (problem.key_path, problem.rows, problem.money) == (key_path, word.rows, word.money)


def test_the_fee_of_a_returned_payment_needs_an_account_where_returns_are_booked(context: Context) -> None:
    word = Word("return_fee", None, None, 3, Decimal("45.00"))
    mappings = context.company.mappings.model_copy(update={"return_fees": None})
    for chosen, expected in (("void", []), ("as_deposited", ["mappings.return_fees"])):
        policies = context.company.policies.model_copy(update={"returned_payments": chosen})
        company = context.company.model_copy(update={"mappings": mappings, "policies": policies})
        found = check_words(Context(company, context.references), [word])
        assert [problem.key_path for problem in found] == expected


def test_an_account_nothing_is_booked_on_need_not_be_mapped(context: Context) -> None:
    assert check_words(context, [Word("account", None, SAVINGS), Word("account", None, DEPOSITS)]) == []


def test_a_method_the_company_file_cannot_name_is_no_gap_in_it(context: Context) -> None:
    """Its rows fail for what RentAxis holds, whatever is mapped."""
    words = [Word(use, "crypto", None, 1) for use in ("deposited", "paid_purchase", "paid_bill")]
    assert check_words(context, words) == []


@pytest.mark.parametrize(
    ("preferences", "mappings", "key_path"),
    [
        ({"SalesFormsPrefs": {"CustomTxnNumbers": False}}, {}, "quickbooks.custom_transaction_numbers"),
        (
            {"AccountingInfoPrefs": {"ClassTrackingPerTxn": False, "ClassTrackingPerTxnLine": False}},
            {"properties": {"Elm": {"class": "North"}}},
            "quickbooks.classes",
        ),
        (
            {"AccountingInfoPrefs": {"TrackDepartments": False}},
            {"units": {"u": {"location": "North"}}},
            "quickbooks.locations",
        ),
    ],
)
def test_what_is_switched_off_in_quickbooks_is_named(
    context: Context, snapshot: Any, preferences: dict[str, Any], mappings: dict[str, Any], key_path: str
) -> None:
    company = context.company.model_copy(update={"mappings": Mappings.model_validate(mappings)})
    references = References.from_snapshot(snapshot() | {"Preferences": [preferences]})
    assert [problem.key_path for problem in check_company(company, references)] == [key_path]


def test_two_payable_accounts_ask_for_a_choice(context: Context, snapshot: Any) -> None:
    lists = snapshot()
    lists["Account"].append(
        {"Id": "99", "Name": "Second A/P", "Active": True, "AccountType": "Accounts Payable"}
    )
    references = References.from_snapshot(lists)
    (problem,) = check_company(context.company, references)
    assert problem.key_path == "mappings.accounts_payable"
    assert "Second A/P" in problem.reason
