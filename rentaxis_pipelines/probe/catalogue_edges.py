"""The numbered experiments on names, lengths, references, queries, changes, and work by hand: the other part of ``catalogue``."""

from rentaxis_pipelines.probe.experiment import Experiment
from rentaxis_pipelines.probe.experiments import (
    by_hand,
    changes,
    lengths,
    names_and_texts,
    queries,
    references,
)

NAMES: tuple[Experiment, ...] = (
    Experiment(
        26,
        "names of every script",
        "Is a customer's name kept as sent, and found by a query, in every script and with every sign?",
        "Every name is kept and found.",
        "recorded for an apostrophe and an ampersand; unknown for the rest",
        names_and_texts.every_script,
    ),
    Experiment(
        27,
        "forbidden characters",
        "Which code refuses a colon, a tab or a line break in a name?",
        "2040 for each; only that they are forbidden is documented.",
        "Intuit's reference of Customer and its table of codes; the code is inferred",
        names_and_texts.forbidden_characters,
        switches=("forbidden_character_code",),
    ),
    Experiment(
        28,
        "name used twice",
        "How is a second customer, or a vendor, of the same name refused, and what does the detail say?",
        "6240 for each, in any case; the detail ends with ': null'.",
        "recorded in a sandbox (2020); Intuit's page has another text",
        names_and_texts.duplicate_name,
        switches=("duplicate_name_text",),
    ),
    Experiment(
        29,
        "name after reactivation",
        "Does a customer that was inactive get its name back when it is made active?",
        "Made inactive it is called NAME (deleted); active again, NAME.",
        "recorded for the first half (2020); the second is unknown",
        names_and_texts.reactivated_name,
        switches=("reactivation_restores_name",),
    ),
    Experiment(
        30,
        "language of refusals",
        "In which language are refusals written?",
        "English. A program must go by the code in any case.",
        "recorded in English; a field note of a French company (2026-03-12)",
        names_and_texts.language,
        switches=("language",),
    ),
)

LENGTHS: tuple[Experiment, ...] = (
    Experiment(
        31,
        "length of a payment's reference",
        "How long may a payment's reference number be?",
        f"{lengths.PAYMENT_REFERENCE} characters, as document numbers.",
        "inferred; neither Intuit's reference nor its schema says",
        lengths.payment_reference,
        switches=("payment_ref_length",),
    ),
    Experiment(
        32,
        "length of other texts",
        "How long may an invoice's number, notes and line description be, and a customer's name?",
        f"In characters: {', '.join(f'{what} {longest:,}' for what, longest in lengths.DOCUMENTED.items())}.",
        "Intuit's reference of 2026; a field note for the customer's memo",
        lengths.other_texts,
    ),
)

REFERENCES: tuple[Experiment, ...] = (
    Experiment(
        33,
        "taking a reference off",
        "Which spelling of nothing takes the terms off an invoice in a sparse update?",
        "Null keeps them; an empty text, an empty object and an empty value take them off.",
        "inferred from how other fields are cleared; unknown",
        references.sparse_removal,
    ),
    Experiment(
        34,
        "inactive references",
        "Which code refuses an inactive customer, an inactive item, an inactive account?",
        "2500 for each.",
        "Intuit's page (2500); recorded in a batch (610); field notes (6250, 6000)",
        references.inactive_references,
        switches=("inactive_reference",),
    ),
    Experiment(
        35,
        "blocks that are only to be read",
        "Is a purchase refused when it is sent back with the PurchaseEx it was read with?",
        "It is refused.",
        "a field note",
        references.extension_blocks,
        switches=("extension_blocks",),
    ),
)

READING: tuple[Experiment, ...] = (
    Experiment(
        36,
        "backslash in a query",
        "How is a backslash written in the value of a query?",
        "Twice.",
        "unknown; recorded only before an apostrophe",
        queries.backslash,
        switches=("backslash",),
    ),
    Experiment(
        37,
        "STARTPOSITION 0",
        "Is a query that starts at position 0 answered?",
        "It is answered, as from position 1.",
        "inferred from a maintained client that pages so; a fault of 2013 says otherwise",
        queries.startposition_zero,
        switches=("startposition_zero",),
    ),
    Experiment(
        38,
        "MAXRESULTS above 1000",
        "Is a query for more than 1000 records answered?",
        "It is answered with 1000 at most.",
        "one collection of notes says so; not documented",
        queries.maxresults_over_1000,
        switches=("maxresults_over_1000",),
    ),
    Experiment(
        39,
        "numbers without quotation marks",
        "Is a number in a condition accepted without quotation marks?",
        "It is accepted.",
        "Intuit's query page for IN; one author reports a refusal",
        queries.unquoted_numbers,
        switches=("unquoted_numbers",),
    ),
    Experiment(
        40,
        "name of a class in a condition",
        "Can classes, locations and payment methods be asked for by name?",
        "They can.",
        "a sample of Intuit's reference, whose table does not mark the field",
        queries.unmarked_name_filter,
        switches=("unmarked_name_filter",),
    ),
    Experiment(
        41,
        "longest statement",
        "How long may a posted query be?",
        f"Up to {queries.LONGEST_TRIED:,} characters are accepted.",
        "unknown; no limit is published",
        queries.longest_statement,
        switches=("longest_post_query",),
    ),
    Experiment(
        42,
        "changes: a deleted record",
        "How does a deleted invoice stand among the changes?",
        "With domain, Id, MetaData and the status Deleted.",
        "Intuit's page; never recorded",
        changes.deleted_records,
    ),
    Experiment(
        43,
        "changes: an old date",
        "How many days back may changes be asked for?",
        "Any number; 30 is documented and was not enforced.",
        "recorded (2020: a date of 2011 was accepted); Intuit's page says 30",
        changes.oldest_date,
        switches=("cdc_days",),
    ),
)

BY_HAND: tuple[Experiment, ...] = (
    Experiment(
        44,
        "merged customer",
        "How does a customer read that a person merged into another?",
        "As inactive, and a change of it is refused with 6000.",
        "field notes, one with the whole answer (2026-08-28)",
        by_hand.merged_customers,
        switches=("merged_away",),
        needs="by_hand",
    ),
    Experiment(
        45,
        "matched to the bank feed",
        "How is a change of account refused on an expense that is matched to the bank feed?",
        "6000, and the sentence that it has to be unmatched first.",
        "help pages of three vendors",
        by_hand.matched_to_bank,
        needs="by_hand",
    ),
)

EDGES: tuple[Experiment, ...] = (*NAMES, *LENGTHS, *REFERENCES, *READING, *BY_HAND)
