"""Reasons and remedies on the desk: the sentences of the results, without commands, ids and settings."""

import pytest

from rentaxis_pipelines.model.reasons import REASONS
from rentaxis_pipelines.reports.desk_words import for_the_desk, meaning_of, remedy_of


@pytest.mark.parametrize("code", list(REASONS))
def test_no_reason_speaks_of_commands_or_files(code: str) -> None:
    for said in (meaning_of(code), remedy_of(code, None), remedy_of(code, REASONS[code].remedy)):
        assert said.strip().endswith(".")
        assert not any(word in said for word in ("rentaxis-sync", "company.yaml", "make-new", "--force"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "Add mappings.expense_accounts.5999 to company.yaml, then run again.",
            "Add expense accounts, 5999 to the set-up, then retry.",
        ),
        (
            "Make the customer active again in QuickBooks, or link another one, such as the one it was merged into "
            "(rentaxis-sync links relink tenant 7 ID), then run again.",
            "Make the customer active again in QuickBooks, or link another one, such as the one it was merged into, then retry.",
        ),
        (
            "or have a new one created (reject 5, or unlink it, then make-new), then run again.",
            "or have a new one created, then retry.",
        ),
        ("Tenant A (B) is 'X' (customer 5): same name.", "Tenant A (B) is 'X': same name."),
        ("Invoice 7 pays 5.00 (a deposit).", "Invoice 7 pays 5.00 (a deposit)."),
        (
            "Name the one bills are booked to under mappings.accounts_payable in company.yaml.",
            "Name the one bills are booked to under accounts payable in the set-up.",
        ),
        (
            "Set mappings.payment_methods.'wire transfer'.deposit_to.",
            "Set payment methods, wire transfer, deposit to.",
        ),
    ],
)
def test_sentences_lose_commands_ids_and_settings_and_nothing_else(text: str, says: str) -> None:
    assert for_the_desk(text) == says
