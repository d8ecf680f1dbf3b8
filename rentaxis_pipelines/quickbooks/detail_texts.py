"""Refusals that only differ in their text, turned into codes of ours. The only place that reads QuickBooks' texts.

QuickBooks answers 6000 (a business validation error) for very different things, and 5010 (a stale object) also for closed books.
The texts are English; in another language, or if the text is not listed here, the code alone counts: nothing is guessed.
Here: the table. Not here: the consequences of a meaning (``faults``, ``sync.pushing.verdicts``).
"""

from enum import Enum


class Meaning(Enum):
    PASSING_TROUBLE = "passing_trouble"  # a temporary QuickBooks error; the write may have been executed
    LIST_IN_USE = "list_in_use"  # someone else is changing the same list; certainly not executed
    ELEMENT_DELETED = (
        "element_deleted"  # the customer, vendor or item was made inactive or merged into another
    )
    MATCHED_TO_BANK = "matched_to_bank"  # matched to a bank feed transaction
    ITEM_INACTIVE = "item_inactive"  # an item on a line is inactive
    PERIOD_CLOSED = "period_closed"  # the books are closed for the date


# Code, phrases that must all occur (in lower case), meaning. The first match counts.
TABLE: tuple[tuple[str, tuple[str, ...], Meaning], ...] = (
    # node-quickbooks issue 48; quickbooks-ruby pull request 344.
    ("6000", ("(-30000)",), Meaning.PASSING_TROUBLE),
    (
        "6000",
        ("an unexpected error occurred while accessing or saving your data",),
        Meaning.PASSING_TROUBLE,
    ),
    # Field notes: a help page of Invoiced, and the error table of a Ruby client, which retries both.
    ("6000", ("one name at a time",), Meaning.LIST_IN_USE),
    ("6000", ("one product or service at a time",), Meaning.LIST_IN_USE),
    # Field notes without the full text, so only the words they share.
    ("6000", ("product or service", "in use by"), Meaning.LIST_IN_USE),
    ("6000", ("inventory", "locked"), Meaning.LIST_IN_USE),
    # A whole body of 2026-08-28, after a merge, and three more programs.
    ("6000", ("cannot modify a list element that has been deleted",), Meaning.ELEMENT_DELETED),
    # Help pages of three vendors.
    ("6000", ("matched to a downloaded transaction",), Meaning.MATCHED_TO_BANK),
    # Three programs.
    ("6000", ("activate this item",), Meaning.ITEM_INACTIVE),
    # A field note; 6210 carries the same words as its message.
    ("5010", ("account period closed",), Meaning.PERIOD_CLOSED),
)


def meaning_of(code: str, message: str, detail: str) -> Meaning | None:
    """What the texts of a fault with this code mean; None if the code alone counts. Case and spacing do not matter."""
    text = " ".join(f"{message} {detail}".lower().split())
    return next(
        (
            meaning
            for listed, phrases, meaning in TABLE
            if listed == code and all(phrase in text for phrase in phrases)
        ),
        None,
    )
