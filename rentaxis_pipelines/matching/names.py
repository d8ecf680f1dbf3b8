"""Normalized names: accents, case, word order, punctuation; and a description of how two names differ. Pure.

Not here: finding similar names among many (``near``).
"""

import re
import unicodedata
from collections.abc import Iterable

from rapidfuzz.distance import OSA

from rentaxis_pipelines.matching.short_forms import FORMAL

# Letters that Unicode does not decompose into a base letter and an accent.
_LETTERS = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ß": "ss", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i", "ħ": "h"}
)
# QuickBooks appends it to the name of an inactive object (recorded traffic).
_DELETED = re.compile(r" \(deleted\)$", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
_APOSTROPHE = re.compile("['’‘ʼ`]")

# Words that say what someone is, not who: ignored when names are compared for similarity.
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
    """The distinguishing words of a name key; all of them if none would be left."""
    words_found = key.split()
    return [word for word in words_found if word not in _NOT_A_NAME] or words_found


def in_full(words_: Iterable[str]) -> list[str]:
    """The words in alphabetical order, with given names in full: Robert for Bob."""
    return sorted(FORMAL.get(word, word) for word in words_)


def emails(field: str | None) -> list[str]:
    """The addresses in an e-mail field, trimmed and case-folded; QuickBooks' field may contain more than one, separated by commas."""
    return [
        address.strip().casefold()
        for address in (field or "").replace(";", ",").split(",")
        if address.strip()
    ]


def why_alike(ours: str, theirs: str) -> str:
    """A description of how two identical or similar names differ."""
    left, right = words(ours), words(theirs)
    if sorted(left) != sorted(right):
        return _why_near(left, right)
    written = _DELETED.sub("", theirs.strip())
    if ours.strip().casefold() == written.casefold():
        return "same name"
    if left != right:
        return "surname first" if ("," in written) != ("," in ours) else "same words in a different order"
    if _has_accent(ours) != _has_accent(written):
        return "same name except for an accent"
    return "same name, different spelling"


def _why_near(left: list[str], right: list[str]) -> str:
    mine, other = telling_words(" ".join(sorted(left))), telling_words(" ".join(sorted(right)))
    if mine == other:
        return "same name except for a title or company form"
    if in_full(mine) == in_full(other):
        return "same name, one in a short form"
    if set(mine) < set(other) or set(other) < set(mine):
        return "one has an additional name"
    if "".join(left) == "".join(right):
        return "same name, spaced differently"
    if OSA.distance(" ".join(mine), " ".join(other), score_cutoff=1) == 1:
        return "one letter differs"
    return "nearly the same name, different spelling"


def _has_accent(text: str) -> bool:
    return plain(text) != text.casefold()
