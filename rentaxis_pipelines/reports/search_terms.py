"""What a person typed to find a record, as what can be looked for: a text, and an amount where it reads as one. Pure.

Not here: the looking (``find_records``), and which record is meant where only one may be (``sync.which_record``).
"""

import re
import unicodedata
from decimal import Decimal

import msgspec

from rentaxis_pipelines.sync.which_record import BY_ID

LONGEST = 200
"""Characters. No number is longer in RentAxis or QuickBooks, and hardly a name."""

TOO_LONG = f"That is longer than any number, name or amount. Type at most {LONGEST} characters."

# 1250, 1250.5, 1,250.00, .50; thousands either all apart or none.
_AMOUNT = re.compile(r"(?:[0-9]{1,12}|[0-9]{1,3}(?:,[0-9]{3}){1,3})?(?:\.[0-9]{1,2})?", re.ASCII)


class SearchTooLong(Exception):
    """What was typed is longer than anything that could be found; the text is for people."""


class SearchTerms(msgspec.Struct, frozen=True, kw_only=True):
    """``text`` has single blanks and no control character; ``amount`` is in cents; ``only_id``: it was said to be an id."""

    text: str
    amount: Decimal | None = None
    only_id: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look for."""
        return not self.text


def search_terms(typed: str) -> SearchTerms:
    """The terms of what was typed. Raises SearchTooLong."""
    text = " ".join(_without_controls(typed).split())
    if len(text) > LONGEST:
        raise SearchTooLong(TOO_LONG)
    if text.casefold().startswith(BY_ID):
        return SearchTerms(text=text[len(BY_ID) :].strip(), only_id=True)
    return SearchTerms(text=text, amount=amount_typed(text))


def amount_typed(text: str) -> Decimal | None:
    """``1,250.00``, ``$1250``, ``-12.50`` or ``(12.50)`` as an amount in cents; None for what is none.

    A number without a point may be an invoice's as well: the caller looks for both.
    """
    bare = "".join(text.split())
    negative = bare.startswith("-") or (bare.startswith("(") and bare.endswith(")"))
    if negative:
        bare = bare[1:-1] if bare.startswith("(") else bare[1:]
    bare = bare.removeprefix("$")
    if not bare.strip(".") or not _AMOUNT.fullmatch(bare):
        return None
    amount = Decimal(bare.replace(",", "")).quantize(Decimal("0.01"))
    return -amount if negative and amount else amount


def _without_controls(typed: str) -> str:
    """Control characters as blanks, halves of characters left out: a database stores neither."""
    return "".join(
        " " if unicodedata.category(letter) == "Cc" else letter
        for letter in typed
        if unicodedata.category(letter) != "Cs"
    )
