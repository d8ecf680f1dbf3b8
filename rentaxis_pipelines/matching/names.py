"""Names made comparable: accents, case, order of the words, punctuation. Pure."""

import re
import unicodedata

# Letters that Unicode does not take apart into a base letter and an accent.
_LETTERS = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ß": "ss", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i", "ħ": "h"}
)
_DELETED = re.compile(
    r" \(deleted\)$", re.IGNORECASE
)  # QuickBooks appends it to an inactive name (recorded traffic)
_WORD = re.compile(r"[^\W_]+")


def words(name: str) -> list[str]:
    """The name's words without case, accents and punctuation, in the order written."""
    folded = _DELETED.sub("", name.strip()).casefold().translate(_LETTERS)
    plain = "".join(
        letter for letter in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(letter)
    )
    return _WORD.findall(plain)


def name_key(name: str) -> str:
    """The same for two names that differ only in accents, case, punctuation or the order of their words."""
    return " ".join(sorted(words(name)))


def emails(field: str | None) -> list[str]:
    """The addresses in an e-mail field, trimmed and case-folded; QuickBooks' field may hold several, comma separated."""
    return [one.strip().casefold() for one in (field or "").replace(";", ",").split(",") if one.strip()]


def why_alike(ours: str, theirs: str) -> str:
    """In words, how two names with the same ``name_key`` differ."""
    plain = _DELETED.sub("", theirs.strip())
    if ours.strip().casefold() == plain.casefold():
        return "same name"
    if words(ours) != words(theirs):
        return "same words in another order" if "," not in plain else "surname first"
    if _without_accents(ours) != ours.casefold() or _without_accents(plain) != plain.casefold():
        return "same name but for an accent"
    return "same name, other spelling"


def _without_accents(text: str) -> str:
    folded = text.casefold().translate(_LETTERS)
    return "".join(
        letter for letter in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(letter)
    )
