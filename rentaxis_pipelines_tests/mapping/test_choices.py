"""What a mapping may be set to, and the table of the mappings made of it: nothing is offered that a push would refuse."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from rentaxis_pipelines.ledger.open_records import OpenRemedy
from rentaxis_pipelines.mapping import choices, resolve
from rentaxis_pipelines.mapping.outcome import Context
from rentaxis_pipelines.mapping.preflight import check_mappings
from rentaxis_pipelines.mapping.references import References
from rentaxis_pipelines.model.source_records import Account
from rentaxis_pipelines.rentaxis.lookups import Word
from rentaxis_pipelines.reports.mapping_table import (
    MappingRow,
    key_of,
    mapping_table,
    waiting_by_key,
)
from rentaxis_pipelines.settings import Mappings
from rentaxis_pipelines.web.desk.setup.mapping_form import MappingChange


def account(number: str | None, name: str, kind: str = "expense") -> Account:
    return Account(source_id="1", number=number, name=name, type=kind)


def word(use: Any, word: str | None = None, account: Account | None = None, rows: int = 1) -> Word:
    return Word(use, word, account, rows, Decimal(rows * 10))


def table(context: Context, *words: Word, **mappings: Any) -> dict[str, MappingRow]:
    company = context.company.model_copy(update={"mappings": Mappings(**mappings)})
    rows = mapping_table(msgspec.structs.replace(context, company=company), words, {})
    return {f"{row.section}/{row.key}": row for row in rows}


def test_only_what_fits_is_offered(context: Context) -> None:
    """Deposits go to a liability, money is received in a bank, a bill is paid from a bank or a card."""
    assert choices.items(context, held=True) == ["Security Deposit"]
    assert {"Rent", "Security Deposit"} <= set(choices.items(context))
    received = choices.accounts_of_types(context, [resolve.DEPOSIT_TYPES])
    assert received == ["Checking", "Stripe Clearing", "Undeposited Funds"]
    both = choices.accounts_of_types(context, [resolve.DEPOSIT_TYPES, resolve.BILL_PAYING_TYPES])
    assert both == ["Checking"]
    assert not {"Accounts Receivable (A/R)", "Accounts Payable (A/P)"} & set(
        choices.spending_accounts(context)
    )


def test_what_is_inactive_or_in_another_currency_is_not_offered(snapshot: Any, context: Context) -> None:
    lists = snapshot()
    for entry in lists["Account"]:
        entry["CurrencyRef"] = {"value": "CAD" if entry["Name"] == "Repairs" else "USD"}
        entry["Active"] = entry["Name"] != "Utilities"
    other = msgspec.structs.replace(context, references=References.from_snapshot(lists))
    offered = choices.spending_accounts(other)
    assert "Cleaning" in offered
    assert not {"Repairs", "Utilities"} & set(offered)


def test_every_choice_of_every_word_is_one_that_a_push_takes(context: Context) -> None:
    """Of all words of the demo company; set as the page sets it, nothing is wrong with it."""
    rows = mapping_table(context, [], {})
    assert len(rows) > 40
    for row in rows:
        assert row.choices, row.key
        for choice in row.choices:
            value = MappingChange(row, choice, "").value
            mappings = {row.key: value} if row.section == "general" else {row.section: {row.key: value}}
            company = context.company.model_copy(update={"mappings": Mappings.model_validate(mappings)})
            assert check_mappings(company, context.references) == [], (row.key, choice)


def test_a_word_is_found_where_a_push_would_look_for_it(context: Context) -> None:
    """An account by its number, or by its name; a charge that the default covers is not missing; a method that cannot be mapped is no row."""
    deposit = account("2100", "Deposits", "liability")
    rows = table(
        context,
        word("charge", "rent", rows=3),
        word("charge", None, deposit),
        word("category", None, account("5000", "Repairs")),
        word("category", None, account(None, "Misc")),
        word("deposited", "cash"),
        word("deposited", "barter"),
        word("paid_bill", "check", account("1000", "Bank", "asset")),
        word("deposited", None, account("1000", "Bank", "asset")),
        word("account", None, account("4000", "Income", "income")),
        expense_accounts={"5000": "Repairs"},
    )
    assert rows["charges/rent"].missing
    assert (rows["charges/rent"].used_rows, rows["charges/rent"].used_amount) == (3, Decimal(30))
    assert list(rows["invoice_accounts/2100"].choices) == ["Security Deposit"]
    assert rows["invoice_accounts/2100"].label == "2100 Deposits"
    assert not rows["expense_accounts/5000"].missing
    assert rows["expense_accounts/Misc"].missing
    assert list(rows["bank_accounts/1000"].choices) == ["Checking"]
    assert rows["bank_accounts/1000"].used_rows == 2
    assert rows["payment_methods/cash"].missing
    assert "payment_methods/barter" not in rows
    assert "invoice_accounts/4000" not in rows
    assert "charges/rent" not in table(context, word("charge", "rent"), default_item="Rent")


def test_what_is_missing_comes_first_the_most_money_first(context: Context) -> None:
    waiting = {("expense_accounts", "5999"): (2, Decimal(500)), ("charges", "pets"): (9, Decimal(70))}
    rows = mapping_table(context, [], waiting)  # pyright: ignore[reportArgumentType]
    assert [row.key for row in rows[:2]] == ["5999", "pets"]
    assert [row.missing for row in rows[:3]] == [True, True, False]


def test_what_is_mapped_to_something_that_is_gone_is_missing(context: Context) -> None:
    rows = table(context, expense_accounts={"5000": "Nothing"}, accounts_payable="Repairs")
    assert rows["expense_accounts/5000"].missing
    assert rows["general/accounts_payable"].missing
    assert not rows["general/default_item"].missing


@pytest.mark.parametrize(
    ("sentence", "key"),
    [
        ("Add mappings.charges.late fee to company.yaml, then run again.", ("charges", "late fee")),
        ("Create the account 'X' in QuickBooks or correct mappings.bank_accounts.10.5, then run again.", ("bank_accounts", "10.5")),
        ("Make 'X' active in QuickBooks or change mappings.payment_methods.cash.deposit_to, then run again.", ("payment_methods", "cash")),
        ("Map mappings.expense_payment_methods.check.pay_from to an account of type Bank, then run again.", ("expense_payment_methods", "check")),
        ("Map mappings.charges.deposit to a product or service that posts to a liability account, then run again.", ("charges", "deposit")),
        ("Choose a product or service for mappings.default_item, then run again.", ("general", "default_item")),
        ("mappings.accounts_payable", ("general", "accounts_payable")),
        ("mappings.properties.12 Elm.class", None),
        ("Look at it.", None),
    ],
)  # fmt: skip
def test_what_waits_is_found_by_what_its_row_says_is_to_be_done(
    sentence: str, key: tuple[str, str] | None
) -> None:
    assert key_of(sentence) == key
    remedy = OpenRemedy(how_to_fix=sentence, rows=2, amount=Decimal(5))
    expected = {} if key is None else {key: (4, Decimal(10))}
    assert (
        waiting_by_key([remedy, remedy, OpenRemedy(how_to_fix=None, rows=1, amount=Decimal(1))]) == expected
    )
