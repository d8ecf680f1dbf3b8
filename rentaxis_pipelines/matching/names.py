"""Names made comparable: accents, case, order of the words, punctuation; and in words how two names differ. Pure.

Not here: finding names that are alike among many (``near``).
"""

import re
import unicodedata
from collections.abc import Iterable

from rapidfuzz.distance import OSA

from rentaxis_pipelines.matching.short_forms import FORMAL

# Letters that Unicode does not take apart into a base letter and an accent.
_LETTERS = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ß": "ss", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i", "ħ": "h"}
)
# QuickBooks appends it to the name of an inactive object (recorded traffic).
_DELETED = re.compile(r" \(deleted\)$", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
_APOSTROPHE = re.compile("['’‘ʼ`]")

# Words that say what somebody is, not who: left out when names are compared for nearness.
_NOT_A_NAME = frozenset(
    {"mr", "mrs", "ms", "miss", "dr", "the", "and", "llc", "inc", "incorporated", "co", "corp", "corporation"}
    | {"company", "ltd", "limited", "lp", "llp", "pllc"}
)


def words(name: str) -> list[str]:
    """The name's words without case, accents and punctuation, in the order written. ``O'Brien`` is one word."""
    text = _APOSTROPHE.sub("", _DELETED.sub("", name.strip()))
    return _WORD.findall(plain(text))


def plain(text: str) -> str:
    """The text case-folded, without accents."""
    if text.isascii():
        return text.casefold()
    folded = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return "".join(letter for letter in folded if not unicodedata.combining(letter))


def name_key(name: str) -> str:
    """The same for two names that differ only in accents, case, punctuation or the order of their words.

    A name without a single letter or digit (an emoji) is its own key; only an empty name has an empty one.
    """
    return " ".join(sorted(words(name))) or name.strip()


def telling_words(key: str) -> list[str]:
    """The words of a name key that say who it is; all of them if none would be left."""
    found = key.split()
    return [word for word in found if word not in _NOT_A_NAME] or found


def in_full(words_: Iterable[str]) -> list[str]:
    """The words in their order of the alphabet, given names written in full: Bob as Robert."""
    return sorted(FORMAL.get(word, word) for word in words_)


def emails(field: str | None) -> list[str]:
    """The addresses in an e-mail field, trimmed and case-folded; QuickBooks' field may hold several, comma separated."""
    return [one.strip().casefold() for one in (field or "").replace(";", ",").split(",") if one.strip()]


def why_alike(ours: str, theirs: str) -> str:
    """In words, how two names that are the same or near differ."""
    left, right = words(ours), words(theirs)
    if sorted(left) != sorted(right):
        return _why_near(left, right)
    written = _DELETED.sub("", theirs.strip())
    if ours.strip().casefold() == written.casefold():
        return "same name"
    if left != right:
        return "surname first" if ("," in written) != ("," in ours) else "same words in another order"
    if _has_accent(ours) != _has_accent(written):
        return "same name but for an accent"
    return "same name, other spelling"


def _why_near(left: list[str], right: list[str]) -> str:
    mine, other = telling_words(" ".join(sorted(left))), telling_words(" ".join(sorted(right)))
    if mine == other:
        return "same name but for a title or company form"
    if in_full(mine) == in_full(other):
        return "same name, one in a short form"
    if set(mine) < set(other) or set(other) < set(mine):
        return "one has a name more"
    if "".join(left) == "".join(right):
        return "same name, spaced otherwise"
    if OSA.distance(" ".join(mine), " ".join(other), score_cutoff=1) == 1:
        return "one letter differs"
    return "nearly the same name, other spelling"


def _has_accent(text: str) -> bool:
    return plain(text) != text.casefold()
