"""Each experiment on names, lengths, references, queries, changes, merges and limits finds each value of its switch, alone."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quickbooks_emulator.switches import Switches
from rentaxis_pipelines.probe.catalogue import CATALOGUE
from rentaxis_pipelines.probe.experiment import Experiment, Seen
from rentaxis_pipelines.probe.experiments import (
    by_hand,
    changes,
    lengths,
    names_and_texts,
    preferences,
    queries,
    references,
    throttling,
    voids,
)
from rentaxis_pipelines.probe.experiments.measuring import longest_accepted
from rentaxis_pipelines.probe.switch_table import NOT_MEASURED, switch_rows

VALUES = (
    (names_and_texts.forbidden_characters, {"forbidden_character_code": "2040"}),
    (names_and_texts.forbidden_characters, {"forbidden_character_code": "2010"}),
    (names_and_texts.duplicate_name, {"duplicate_name_text": "recorded"}),
    (names_and_texts.duplicate_name, {"duplicate_name_text": "documented"}),
    (names_and_texts.reactivated_name, {"reactivation_restores_name": True}),
    (names_and_texts.reactivated_name, {"reactivation_restores_name": False}),
    (names_and_texts.language, {"language": "en"}),
    (names_and_texts.language, {"language": "fr"}),
    (lengths.payment_reference, {"payment_ref_length": 0}),
    (lengths.payment_reference, {"payment_ref_length": 21}),
    (lengths.payment_reference, {"payment_ref_length": 37}),
    (references.inactive_references, {"inactive_reference": "2500"}),
    (references.inactive_references, {"inactive_reference": "610"}),
    (references.inactive_references, {"inactive_reference": "6250"}),
    (references.inactive_references, {"inactive_reference": "6000"}),
    (references.extension_blocks, {"extension_blocks": "refuse"}),
    (references.extension_blocks, {"extension_blocks": "ignore"}),
    (queries.backslash, {"backslash": "any"}),
    (queries.backslash, {"backslash": "apostrophe"}),
    (queries.startposition_zero, {"startposition_zero": "allow"}),
    (queries.startposition_zero, {"startposition_zero": "refuse"}),
    (queries.maxresults_over_1000, {"maxresults_over_1000": "cap"}),
    (queries.maxresults_over_1000, {"maxresults_over_1000": "refuse"}),
    (queries.unquoted_numbers, {"unquoted_numbers": "allow"}),
    (queries.unquoted_numbers, {"unquoted_numbers": "refuse"}),
    (queries.unmarked_name_filter, {"unmarked_name_filter": "allow"}),
    (queries.unmarked_name_filter, {"unmarked_name_filter": "refuse"}),
    (queries.longest_statement, {"longest_post_query": 0}),
    (queries.longest_statement, {"longest_post_query": 8000}),
    (changes.oldest_date, {"cdc_days": 0}),
    (changes.oldest_date, {"cdc_days": 30}),
    (by_hand.merged_customers, {"merged_away": "gone"}),
    (by_hand.merged_customers, {"merged_away": "inactive"}),
    (by_hand.matched_to_bank, {"matched_change": "any"}),
    (by_hand.matched_to_bank, {"matched_change": "money"}),
    (queries.unmarked_total_filter, {"unmarked_total_filter": "allow"}),
    (queries.unmarked_total_filter, {"unmarked_total_filter": "refuse"}),
    (queries.tax_code_page, {"tax_code_page": "pseudo_beside"}),
    (queries.tax_code_page, {"tax_code_page": "counted"}),
    (preferences.credits_applied, {"auto_apply": "create", "auto_apply_shown": True}),
    (preferences.credits_applied, {"auto_apply": "create", "auto_apply_shown": False}),
    (preferences.credits_applied, {"auto_apply": "every_write", "auto_apply_shown": True}),
    (preferences.credits_applied, {"auto_apply": "every_write", "auto_apply_shown": False}),
    (preferences.credits_applied, {"auto_apply": "never"}),
    (preferences.currency_left_out, {"currency_missing": "refuse"}),
    (preferences.currency_left_out, {"currency_missing": "home"}),
    (preferences.currency_left_out, {"currency_missing": "party"}),
    (preferences.bill_without_number, {"vendor_side_numbers": "left_out"}),
    (preferences.bill_without_number, {"vendor_side_numbers": "given"}),
    (voids.journal_entry_in_batch, {"silent_void_in_batch": "refused"}),
    (voids.journal_entry_in_batch, {"silent_void_in_batch": "left_out"}),
    (throttling.reads, {"limits": False}),
    (
        throttling.reads,
        {"limits": True, "throttle_shape": "gateway", "throttle_status": 429, "retry_after": 0},
    ),
    (
        throttling.reads,
        {"limits": True, "throttle_shape": "service", "throttle_status": 403, "retry_after": 30},
    ),
    (throttling.batches, {"batch_counts_as": "one", "batch_throttled_items": False}),
    (throttling.batches, {"batch_counts_as": "items", "batch_throttled_items": False}),
    (throttling.batches, {"batch_counts_as": "one", "batch_throttled_items": True}),
    (throttling.batches, {"batch_counts_as": "items", "batch_throttled_items": True}),
)

# What the company has to prefer for an experiment to be possible, as the control plane's hand sets it.
PREFERRED = {
    preferences.credits_applied: ("SalesFormsPrefs", "AutoApplyCredit", True),
    preferences.currency_left_out: ("CurrencyPrefs", "MultiCurrencyEnabled", True),
    preferences.bill_without_number: ("OtherPrefs", "VendorAndPurchasesPrefs.UseCustomTxnNumbers", False),
}


def prefer(bench, run):
    group, name, value = PREFERRED[run]
    bench.control("hand", {"deed": "prefer", "group": group, "name": name, "value": value})


def experiment_of(run) -> Experiment:
    return next(one for one in CATALOGUE if one.run is run)


@pytest.mark.parametrize(
    ("run", "values"), VALUES, ids=[f"{run.__name__}-{'-'.join(map(str, v.values()))}" for run, v in VALUES]
)
def test_an_experiment_finds_the_value_that_was_set(bench, run, values):
    """Exactly the switches it claims, and no record more than those that are listed."""
    experiment = experiment_of(run)
    bench.control("switches", {**({"limits": True} if run is throttling.batches else {}), **values})
    if run in PREFERRED:
        prefer(bench, run)
    outcome = bench.probe([experiment])
    seen = outcome.journal.seen[experiment.number]
    assert seen.switches == values, seen.said
    assert set(seen.switches) <= set(experiment.switches)
    assert all(one.left == "inactive" for one in outcome.journal.left)


@pytest.mark.parametrize("run", PREFERRED, ids=lambda run: run.__name__)
def test_without_the_preference_nothing_is_told(bench, run):
    """The preference is the company's: it is read and never set."""
    before = bench.control("objects?entity=Preferences")
    experiment = experiment_of(run)
    seen = bench.probe([experiment]).journal.seen[experiment.number]
    assert (seen.told, seen.switches) == (False, {}), seen.said
    assert bench.control("objects?entity=Preferences") == before


def test_without_limits_nothing_is_said_about_batches(bench):
    """No refusal tells nothing: a limit may be there and may not have been met."""
    bench.control("switches", {"limits": False, "batch_counts_as": "items"})
    experiment = experiment_of(throttling.batches)
    seen = bench.probe([experiment]).journal.seen[experiment.number]
    assert (seen.switches, seen.as_expected) == ({}, None)


def test_in_another_language_no_text_is_taken_for_a_known_one(bench):
    bench.control("switches", {"language": "fr"})
    experiment = experiment_of(names_and_texts.duplicate_name)
    assert bench.probe([experiment]).journal.seen[experiment.number].switches == {}


def test_every_switch_is_measured_or_has_its_reason():
    """A new switch of the emulator needs an experiment, or a sentence why there is none."""
    measured = {name for one in CATALOGUE for name in one.switches}
    every = {each.name for each in msgspec.structs.fields(Switches)}
    assert measured | set(NOT_MEASURED) == every
    assert not measured & set(NOT_MEASURED)


def test_the_table_of_switches_says_how_each_is_known():
    """Measured, run in vain, not run, not measurable."""
    language, merge = experiment_of(names_and_texts.language), experiment_of(by_hand.merged_customers)
    seen = {language.number: Seen("French.", switches={"language": "fr"})}
    rows = {name: (value, how) for name, value, how in switch_rows(CATALOGUE, seen)}
    assert len(rows) == len(msgspec.structs.fields(Switches))
    assert rows["language"] == ("fr", f"Measured by experiment {language.number}.")
    assert rows["merged_away"] == ("", f"Experiment {merge.number} was not run. Add --by-hand.")
    assert rows["grant_seconds"] == ("", "It would take five years.")
    vain = {name: how for name, _, how in switch_rows(CATALOGUE, {language.number: Seen("Neither.", False)})}
    assert vain["language"] == f"Experiment {language.number} was run without a result."


@given(st.lists(st.integers(1, 5000), min_size=3, max_size=3, unique=True), st.integers(0, 6000))
@settings(deadline=None)
def test_halving_finds_the_last_accepted_number(bounds, limit):
    """For any bounds and any guess between them; 0 where not even the shortest is accepted; two questions where the guess is right."""
    shortest, guess, longest = sorted(bounds)
    asked: list[int] = []

    def accepts(number: int) -> bool:
        asked.append(number)
        return number <= limit

    expected = 0 if limit < shortest else min(limit, longest)
    assert longest_accepted(accepts, shortest, guess, longest) == expected
    assert len(asked) <= (2 if limit == guess else 3 + (longest - shortest).bit_length())
    assert all(shortest <= number <= longest for number in asked)


def test_lengths_are_found_to_the_character(bench):
    """The reference's own figures, by trying: the text that came back is compared."""
    experiment = experiment_of(lengths.other_texts)
    seen = bench.probe([experiment]).journal.seen[experiment.number]
    assert seen.said == (
        "Stored completely: number 21, private note 4,000, memo to the customer 1,000, line description 4,000, customer's name 500."
    )


def test_what_could_not_be_told_is_tried_again_at_the_next_start(bench):
    """The report says which preference to switch on; then the same command is enough. What was told is not asked again."""
    experiments = [experiment_of(preferences.credits_applied), experiment_of(names_and_texts.language)]
    first = bench.probe(experiments).journal
    told: list[str] = []
    prefer(bench, preferences.credits_applied)
    again = bench.probe(experiments, said=told.append).journal
    number = experiments[0].number
    assert (first.seen[number].told, again.seen[number].told) == (False, True)
    assert [line for line in told if line.startswith("Experiment")] == [
        f"Experiment {number} (1 of 1): {experiments[0].name}"
    ]
