"""Text QuickBooks accepts: names, numbers, memos and the marker line.

Lengths are counted in UTF-16 units, as a Java server counts them, so no text is longer there than here. Not
here: which text goes into which field, and contact data (``contact``).
"""

import hashlib
import itertools
import unicodedata
from collections.abc import Iterable, Iterator

from rentaxis_pipelines.model.source_records import Place

NAME_LENGTH = 500  # DisplayName of a customer or vendor (entity reference)
NUMBER_LENGTH = 21  # DocNumber (entity reference); PaymentRefNum has no published limit, so the same is kept
NOTE_LENGTH = 4000  # PrivateNote and line Description (entity reference)
COMPANY_LENGTH = 100
SUFFIX_LENGTH = 100  # ours: leaves most of the name


def cut(text: str, length: int) -> str:
    """``text`` shortened to ``length`` UTF-16 units, never in the middle of a character, without trailing blanks."""
    encoded = text.encode("utf-16-le", "surrogatepass")
    if len(encoded) <= 2 * length:
        return text.rstrip()
    return encoded[: 2 * length].decode("utf-16-le", "ignore").rstrip()


def units(text: str) -> int:
    """How long the text is where QuickBooks counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def one_line(text: str) -> str:
    """Without control and invisible characters, blanks and line ends collapsed to single spaces."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    visible = "".join(
        " " if unicodedata.category(letter) in ("Cc", "Zl", "Zp", "Zs") else letter
        for letter in text
        if unicodedata.category(letter) not in ("Cf", "Cs", "Co", "Cn")
    )
    return " ".join(unicodedata.normalize("NFC", visible).split())


def legal_display_name(text: str | None) -> str:
    """A DisplayName QuickBooks accepts: 1 to 500 long, trimmed, no colon, tab, line end or control character.

    A colon becomes a dash, because QuickBooks reads it as parent and child. ``Unnamed`` if nothing is left.
    """
    return cut(one_line((text or "").replace(":", " - ")), NAME_LENGTH) or "Unnamed"


def can_be_seen(name: str) -> bool:
    """Whether anything of a name is left once it is legal."""
    return bool(one_line(name.replace(":", "")))


def with_suffix(name: str, suffix: str, length: int = NAME_LENGTH) -> str:
    """The name made different from another of the same text, such as ``Ann Lee (tenant 17)``; still legal, and no longer than that."""
    ending = f" ({cut(one_line(suffix.replace(':', ' - ')), min(SUFFIX_LENGTH, length // 2))})"
    return cut(legal_display_name(name), length - units(ending)) + ending


def given_names(name: str, suffix: str, length: int = NAME_LENGTH) -> Iterator[str]:
    """The names a record may be given, the likeliest first: ``Ann Lee``, ``Ann Lee (tenant 17)``, ``Ann Lee (tenant 17, 2)``."""
    yield name
    yield with_suffix(name, suffix, length)
    for number in itertools.count(2):
        yield with_suffix(name, f"{suffix}, {number}", length)


def is_given_name(given: object, name: str, suffix: str, length: int = NAME_LENGTH) -> bool:
    """Whether ``given`` is one that a record is given while its own name is ``name``. The first twenty are looked at."""
    return any(given == one for one in itertools.islice(given_names(name, suffix, length), 20))


def is_legal_number(number: str | None) -> bool:
    """Whether a number can stand in QuickBooks exactly as it is."""
    return (
        number is not None
        and number != ""
        and number == one_line(number)
        and len(number.encode("utf-16-le")) // 2 <= NUMBER_LENGTH
    )


def derived_number(letter: str, source_id: str) -> str:
    """A stable, legal number for a record without a usable one: ``RX-I-123``, or a hash where the id is long."""
    plain = f"RX-{letter}-{source_id}"
    if is_legal_number(plain) and plain.isascii():
        return plain
    return f"RX-{letter}-{hashlib.sha256(source_id.encode()).hexdigest()[: NUMBER_LENGTH - len(letter) - 4]}"


def is_derived_number(number: str | None) -> bool:
    """Whether it looks like a number of ours, whatever the case."""
    return (number or "").casefold().startswith("rx-")


def are_derived_alike(one: str, other: str) -> bool:
    """Whether both are numbers of ours for the same record, whatever the letter and the case."""
    first, second = one.casefold().split("-", 2), other.casefold().split("-", 2)
    return first[0] == second[0] == "rx" and len(first) == 3 and first[2:] == second[2:]


def private_note(parts: Iterable[str | None], ending: str) -> str:
    """The memo: its parts a line each, cut so that the marker line ``ending`` always stands at the end."""
    body = "\n".join(line for part in parts if part for line in map(one_line, part.splitlines()) if line)
    body = cut(body, NOTE_LENGTH - len(ending.encode("utf-16-le")) // 2 - 1)
    return f"{body}\n{ending}" if body else ending


def place(of: Place | None) -> str | None:
    """House and unit in one line, such as ``12 Elm Street, unit 2B``; None where neither is known."""
    if of is None:
        return None
    unit = f"unit {of.unit_number}" if of.unit_number else None
    return ", ".join(filter(None, (of.property_name, unit))) or None


def description(text: str | None) -> str | None:
    """A line description, or None where there is none."""
    return cut(one_line(text or ""), NOTE_LENGTH) or None
