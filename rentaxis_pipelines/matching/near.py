"""Similar names, found among many without comparing each pair.

Names are indexed under keys that similar names share: the sound of their words, the name without one letter, the name without one or
two words. Only names that share a key are compared, with rapidfuzz. A key shared by many names is not distinctive and is skipped, so
the work grows with the number of names, not with its square.

Here: which names are similar, and how similar. Not here: whose names they are (``customers``).
"""

import functools
import itertools
import re
from collections.abc import Iterable, Iterator

import msgspec
from rapidfuzz.distance import OSA

from rentaxis_pipelines.matching.names import in_full, telling_words

# Measured on the labelled pairs of the tests: nine of ten suggestions are right, nine of ten near names are found.
THRESHOLD = 86
# A key shared by more names than this is not distinctive.
CROWD = 60
# In shorter names one letter makes too big a difference (and a Chinese name has two or three).
_SHORTEST = 6
_SPACED_DIFFERENTLY = 8  # letters; shorter names of the same letters are anagrams (Amy, May)
_MANY_WORDS = 6  # people have no more; the two words left out may be a second given name and a second surname
_ADDITIONAL_NAME = 90  # the score of a name that has all words of the other, plus others

_SAME_SOUND = (
    (r"ph", "f"),
    (r"g(?=e)", "j"),
    (r"ck|q", "k"),
    (r"x", "ks"),
    (r"c(?=[eiy])|z", "s"),
    (r"c", "k"),
    (r"v|w", "f"),
)
_SOUNDS = [(re.compile(pattern), letter) for pattern, letter in _SAME_SOUND]
_SILENT = re.compile(r"(?<=.)[aeiouyh]+")
# Words this short that differ in one letter are different names; longer ones are misspelled.
_FEW_LETTERS = 5
_LONG = 5  # a word this long with one additional letter is the same word with a typo
_TWICE = re.compile(r"(.)\1+")


# Words repeat: a hundred thousand people have a few thousand names.
@functools.lru_cache(maxsize=100_000)
def sound(word: str) -> str:
    """A word's consonants, so that ``kjaergaard`` and ``kjergard``, ``catherine`` and ``katherine`` are equal."""
    if not word.isascii() or word.isdigit():
        return word
    for pattern, letter in _SOUNDS:
        word = pattern.sub(letter, word)
    return _TWICE.sub(r"\1", _SILENT.sub("", word))


class _Parts(msgspec.Struct, frozen=True):
    """The parts of a name key that are compared, computed once: a name is compared with a few others."""

    telling: list[str]
    numbers: list[str]
    different: frozenset[str]
    letters: str  # sorted, without spaces
    by_sound: list[str]  # so that Catherine and Katherine are in the same position


@functools.lru_cache(maxsize=100_000)
def _parts(key: str) -> _Parts:
    telling = in_full(telling_words(key))
    return _Parts(
        telling,
        [word for word in telling if any(letter.isdigit() for letter in word)],
        frozenset(telling),
        "".join(sorted("".join(telling))),
        sorted(telling, key=lambda word: (sound(word), word)),
    )


def score(ours: str, theirs: str) -> int:
    """How similar two name keys are, 0 to 100; 0 if a word shows they are different names, regardless of the rest."""
    mine, other = _parts(ours), _parts(theirs)
    if mine.numbers != other.numbers:
        return 0
    if mine.telling == other.telling:
        return 100
    if len(mine.letters) >= _SPACED_DIFFERENTLY and mine.letters == other.letters:
        return _ADDITIONAL_NAME
    small, big = sorted((mine.different, other.different), key=len)
    if len(small) >= 2 and small < big:
        return _ADDITIONAL_NAME
    # Common words come first, so that differing words are in the same position.
    ours_alone = [word for word in mine.by_sound if word not in other.different]
    theirs_alone = [word for word in other.by_sound if word not in mine.different]
    if len(ours_alone) == len(theirs_alone) and any(map(_are_different_names, ours_alone, theirs_alone)):
        return 0
    both = [word for word in mine.by_sound if word in other.different]
    left, right = both + ours_alone, both + theirs_alone
    spelling = OSA.normalized_similarity(" ".join(left), " ".join(right))
    pronunciation = OSA.normalized_similarity(" ".join(map(sound, left)), " ".join(map(sound, right)))
    return round(100 * (spelling + pronunciation) / 2)


def _are_different_names(ours: str, theirs: str) -> bool:
    """Whether two differing words are different names, not spellings of one: Tim and Tom, Paul and Paula, Baker and Hacker."""
    if ours == theirs:
        return False
    short, long = sorted((ours, theirs), key=len)
    if sound(ours)[:1] != sound(theirs)[:1]:
        typo = len(short) >= _LONG and len(short) < len(long) and OSA.distance(short, long) == 1
        return not typo  # a letter left out near the start of a long word
    if len(short) == len(long):
        pairs = zip(short.replace("y", "i"), long.replace("y", "i"), strict=True)
        different = [pair for pair in pairs if pair[0] != pair[1]]
        return len(different) == 1 and (len(short) <= _FEW_LETTERS or set(different[0]) == {"a", "o"})
    return long in (short + "a", short + "le", short + "а")  # the last is a Cyrillic letter


class NearNames:
    """An index of name keys for finding similar ones."""

    def __init__(self, keys: Iterable[str]) -> None:
        # Most blocks have one name: storing a str instead of a list saves memory and garbage collection.
        self._alone: dict[str, str] = {}
        self._meeting: dict[str, list[str]] = {}
        for key in set(keys):
            for block in _blocks(key):
                first = self._alone.setdefault(block, key)
                if first != key:
                    self._meeting.setdefault(block, [first]).append(key)

    def like(self, key: str) -> list[tuple[str, int]]:
        """Keys similar to this one with their score, most similar first; without the key itself."""
        met: set[str] = set()
        for block in _blocks(key):
            if (meeting := self._meeting.get(block)) is None:
                met.update(filter(None, (self._alone.get(block),)))
            elif len(meeting) <= CROWD:
                met.update(meeting)
        met.discard(key)
        scored = [(other, score(key, other)) for other in met]
        return sorted((pair for pair in scored if pair[1] >= THRESHOLD), key=lambda pair: (-pair[1], pair[0]))


def _blocks(key: str) -> set[str]:
    """The keys under which a name is indexed."""
    return set(_each_block(key))


def _each_block(key: str) -> Iterator[str]:
    name_words = in_full(telling_words(key))
    sounds = sorted(sound(word) for word in name_words)
    for left_out in range(3 if len(name_words) <= _MANY_WORDS else 2):
        if left_out == 0 or len(name_words) - left_out >= 2:
            for kept in itertools.combinations(sounds, len(name_words) - left_out):
                yield "whole " + " ".join(kept)
    joined = " ".join(name_words)
    yield "letters " + "".join(sorted(joined.replace(" ", "")))
    if len(joined) >= _SHORTEST:
        yield joined
        for number, word in enumerate(name_words):
            others = name_words[:number] + name_words[number + 1 :]
            for position in range(len(word)):
                yield " ".join(sorted([*others, word[:position] + word[position + 1 :]]))
