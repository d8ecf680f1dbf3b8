"""Names that are nearly the same, found among many without comparing each with each.

Names are put under keys that near names share: the sound of their words, the name less one letter, the name less a word
or two. Only names that meet under a key are compared, by rapidfuzz. A key that many names meet under says nothing and is
passed over, so the work grows with the number of names, not with its square.

Here: which names are near, and how near. Not here: whose names they are (``customers``).
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
# A key that more names than this meet under tells nobody apart.
CROWD = 60
# Shorter names differ by too much when they differ by a letter (and a Chinese name has two or three).
_SHORTEST = 6
_SPACED_OTHERWISE = 8  # letters; shorter names of the same letters are anagrams (Amy, May)
_MANY_WORDS = (
    6  # a person has no more; of these the two left out may be a second given name and a second surname
)
_A_NAME_MORE = 90  # the score of a name that has all words of the other, and more

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
# Words this short that differ in a letter are different names; longer ones are misspelt.
_FEW_LETTERS = 5
_LONG = 5  # a word of as many letters, with one more anywhere, is the same word with a slip
_TWICE = re.compile(r"(.)\1+")


# Words come again and again: a hundred thousand people have a few thousand names.
@functools.lru_cache(maxsize=100_000)
def sound(word: str) -> str:
    """A word's consonants, so that ``kjaergaard`` and ``kjergard``, ``catherine`` and ``katherine`` are alike."""
    if not word.isascii() or word.isdigit():
        return word
    for pattern, letter in _SOUNDS:
        word = pattern.sub(letter, word)
    return _TWICE.sub(r"\1", _SILENT.sub("", word))


class _Parts(msgspec.Struct, frozen=True):
    """What is compared of a name key, worked out once: a name is compared with a few others."""

    telling: list[str]
    numbers: list[str]
    different: frozenset[str]
    letters: str  # sorted, without spaces
    by_sound: list[str]  # so that Catherine and Katherine stand at the same place


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
    """How near two name keys are, 0 to 100; 0 where a word tells the two apart whatever the rest says."""
    mine, other = _parts(ours), _parts(theirs)
    if mine.numbers != other.numbers:
        return 0
    if mine.telling == other.telling:
        return 100
    if len(mine.letters) >= _SPACED_OTHERWISE and mine.letters == other.letters:
        return _A_NAME_MORE
    small, big = sorted((mine.different, other.different), key=len)
    if len(small) >= 2 and small < big:
        return _A_NAME_MORE
    # What both have stands first, so that words which differ stand at the same place.
    ours_alone = [word for word in mine.by_sound if word not in other.different]
    theirs_alone = [word for word in other.by_sound if word not in mine.different]
    if len(ours_alone) == len(theirs_alone) and any(map(_tell_apart, ours_alone, theirs_alone)):
        return 0
    both = [word for word in mine.by_sound if word in other.different]
    left, right = both + ours_alone, both + theirs_alone
    spelt = OSA.normalized_similarity(" ".join(left), " ".join(right))
    spoken = OSA.normalized_similarity(" ".join(map(sound, left)), " ".join(map(sound, right)))
    return round(100 * (spelt + spoken) / 2)


def _tell_apart(ours: str, theirs: str) -> bool:
    """Whether two words that differ are two names, not two spellings: Tim and Tom, Paul and Paula, Baker and Hacker."""
    if ours == theirs:
        return False
    short, long = sorted((ours, theirs), key=len)
    if sound(ours)[:1] != sound(theirs)[:1]:
        slip = len(short) >= _LONG and len(short) < len(long) and OSA.distance(short, long) == 1
        return not slip  # a letter left out near the start of a long word
    if len(short) == len(long):
        pairs = zip(short.replace("y", "i"), long.replace("y", "i"), strict=True)
        different = [pair for pair in pairs if pair[0] != pair[1]]
        return len(different) == 1 and (len(short) <= _FEW_LETTERS or set(different[0]) == {"a", "o"})
    return long in (short + "a", short + "le", short + "а")  # the last is a Cyrillic letter


class NearNames:
    """Name keys to be found by near ones."""

    def __init__(self, keys: Iterable[str]) -> None:
        # Most blocks hold one name: a text each, not a list, keeps memory and Python's garbage collection small.
        self._alone: dict[str, str] = {}
        self._meeting: dict[str, list[str]] = {}
        for key in set(keys):
            for block in _blocks(key):
                first = self._alone.setdefault(block, key)
                if first != key:
                    self._meeting.setdefault(block, [first]).append(key)

    def like(self, key: str) -> list[tuple[str, int]]:
        """Keys near this one with their score, nearest first; the key itself is not among them."""
        met: set[str] = set()
        for block in _blocks(key):
            if (meeting := self._meeting.get(block)) is None:
                met.update(filter(None, (self._alone.get(block),)))
            elif len(meeting) <= CROWD:
                met.update(meeting)
        met.discard(key)
        scored = [(other, score(key, other)) for other in met]
        return sorted((one for one in scored if one[1] >= THRESHOLD), key=lambda one: (-one[1], one[0]))


def _blocks(key: str) -> set[str]:
    """The keys a name is put under."""
    return set(_each_block(key))


def _each_block(key: str) -> Iterator[str]:
    found = in_full(telling_words(key))
    sounds = sorted(sound(word) for word in found)
    for left_out in range(3 if len(found) <= _MANY_WORDS else 2):
        if left_out == 0 or len(found) - left_out >= 2:
            for kept in itertools.combinations(sounds, len(found) - left_out):
                yield "whole " + " ".join(kept)
    joined = " ".join(found)
    yield "letters " + "".join(sorted(joined.replace(" ", "")))
    if len(joined) >= _SHORTEST:
        yield joined
        for number, word in enumerate(found):
            others = found[:number] + found[number + 1 :]
            for at in range(len(word)):
                yield " ".join(sorted([*others, word[:at] + word[at + 1 :]]))
