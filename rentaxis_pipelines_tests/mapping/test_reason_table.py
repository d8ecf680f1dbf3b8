"""The one table of reason codes is whole: every code once, with a status, a meaning and a remedy."""

from rentaxis_pipelines.model.reasons import REASONS, ReasonCode

SKIPPED = (
    "unchanged, type_not_enabled, direction_excludes_push, excluded, before_go_live, draft,"
    " void_never_pushed, from_quickbooks, pushed_as_credit, waiting_for_confirmation, waiting_for_parent,"
    " applied_in_part, apply_by_hand, unfit_field, preview, not_approved, undone"
)
FAILED = (
    "missing_field, invalid_value, unknown_source_value, missing_mapping, inactive_reference,"
    " ambiguous_match, other_currency, total_mismatch, duplicate_number, duplicate_name, closed_period, deposited,"
    " matched_to_bank, held_by_payment, changed_in_quickbooks, gone_in_quickbooks, rejected, not_reached, held_back,"
    " needs_approval, changed_since_preview, changed_later, in_use, paper_unfit, paper_unreadable"
)


def test_the_table_holds_the_agreed_codes_with_their_status() -> None:
    assert {code.value for code in REASONS if REASONS[code].status == "skipped"} == set(SKIPPED.split(", "))
    assert {code.value for code in REASONS if REASONS[code].status == "failed"} == set(FAILED.split(", "))
    assert set(REASONS) == set(ReasonCode)


def test_every_code_says_in_whole_sentences_what_it_means_and_what_to_do() -> None:
    for reason in REASONS.values():
        for sentence in (reason.meaning, reason.remedy):
            assert sentence[0].isupper()
            assert sentence.endswith(".")
            assert "_" not in sentence
