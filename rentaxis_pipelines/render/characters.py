"""Control and invisible characters, in every medium: replaced by a visible mark, or by a space where they separate words.

Not here: visible characters with a special meaning in one medium (that medium's module escapes them).
"""

import re
from typing import Final

# Unicode has pictures for the C0 controls; any other invisible character becomes the replacement character.
_PICTURES: Final = {code: 0x2400 + code for code in range(0x20)} | {0x7F: 0x2421}
_BREAKS: Final = re.compile("\r\n|[\n\v\f\r\x85\u2028\u2029]")
_UNSEEN: Final = re.compile(
    "["
    "\x80-\x9f"  # C1: a terminal reads U+009B as the start of a command
    "\u00ad"  # soft hyphen
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction: a name could be displayed backwards
    "\u180e\u200b\u2060-\u2065\u206a-\u206f\ufeff"  # zero width (joiners stay: Persian, Hindi and emoji need them)
    "\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f"  # annotations, shorthand, music, tags
    "\ud800-\udfff"  # half a character: no file can hold it
    "\ufdd0-\ufdef"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))  # noncharacters
    + "]"
)  # fmt: skip


def one_line(value: object) -> str:
    """The text on one line: a line break or tab becomes one space, any other invisible character a mark. None becomes an empty string."""
    return _marked(_BREAKS.sub(" ", _text(value)).replace("\t", " "))


def lines(value: object) -> str:
    """The text with its line breaks, each as a single ``\\n``; otherwise like ``one_line``."""
    return "\n".join(_marked(line.replace("\t", " ")) for line in _BREAKS.sub("\n", _text(value)).split("\n"))


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _marked(text: str) -> str:
    return _UNSEEN.sub("\ufffd", text.translate(_PICTURES))
