"""Markdown as Dagster's UI shows it (react-markdown with remark-gfm), so written that a real parser gives every text back as it was.

Whatever is not ``Markdown`` already is text, and is escaped: no mark in it means anything, no table breaks, no link or picture
arises. Here: the parts a page is made of. Not here: which figures stand on it (``reports.markdown``).
"""

import base64
import datetime as dt
import re
import string
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote, urlsplit

from rentaxis_pipelines.model.money import as_read
from rentaxis_pipelines.render.characters import one_line


class Markdown(str):
    """Text that is Markdown. Made in this module alone; anything else is escaped before it stands beside it."""

    __slots__ = ()


# Every mark of ASCII but comma and apostrophe, which no dialect reads. A backslash before a mark makes it a plain one (CommonMark 2.4).
# Bar, backslash and backtick are written as numbers: tables and code spans look at those before any escape is undone.
_ESCAPED: Final = {ord(mark): f"\\{mark}" for mark in string.punctuation if mark not in ",'"} | {
    ord(mark): f"&#{ord(mark)};" for mark in "|\\`"
}
# remark-gfm looks for addresses once more in the finished text, where no escape is left to see (mdast-util-gfm-autolink-literal,
# findAndReplace): only a code span stays untouched. So each address stands in one; it shows the same characters.
_IN_ADDRESS = r"[\w.~:/?#@!$&()*+,;=%-]*"
_ADDRESS: Final = re.compile(
    rf"(?:(?:https?|ftp)://|www\.|mailto:|xmpp:){_IN_ADDRESS}|[-.\w+]+@[-.\w+@]+", re.IGNORECASE | re.ASCII
)


def text(value: object) -> Markdown:
    """Any value as text of a paragraph, list item or cell, on one line; ``Markdown`` stays as it is."""
    if isinstance(value, Markdown):
        return value
    shown = one_line(value)
    parts: list[str] = []
    end = 0
    for address in _ADDRESS.finditer(shown):
        parts += [shown[end : address.start()].translate(_ESCAPED), f"`{address[0]}`"]
        end = address.end()
    escaped = "".join([*parts, shown[end:].translate(_ESCAPED)])
    return Markdown(re.sub(r"\A\s|\s\Z", lambda space: f"&#{ord(space[0])};", escaped))


def money(amount: Decimal) -> Markdown:
    """An amount as it is read: ``-1,234.50``."""
    return Markdown(as_read(amount))


def cell(value: object) -> Markdown:
    """One cell: numbers and days as they are read, anything else as text."""
    match value:
        case Markdown():
            return value
        case bool():
            return text(value)
        case Decimal():
            whole = value == value.to_integral_value() and value.as_tuple().exponent == 0
            return Markdown(f"{value:,}") if whole else money(value)
        case int():
            return Markdown(value)
        case dt.datetime():
            return Markdown(value.isoformat(sep=" ", timespec="minutes"))
        case dt.date():
            return Markdown(value.isoformat())
        case _:
            return text(value)


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]], right: Collection[str] = ()) -> Markdown:
    """A table; the columns named in ``right`` stand to the right."""
    lines = [
        [text(head) for head in heads],
        ["---:" if head in right else "---" for head in heads],
        *([cell(value) for value in row] for row in rows),
    ]
    return Markdown("\n".join(f"| {' | '.join(line)} |" for line in lines))


def paragraph(*parts: object) -> Markdown:
    """The parts one after another, a space between two."""
    return Markdown(" ".join(text(part) for part in parts if part not in (None, "")))


def heading(value: object, *, level: int = 1) -> Markdown:
    """A heading of level 1 (the page's) to 6."""
    return Markdown(f"{'#' * level} {text(value)}")


def bold(value: object) -> Markdown:
    """Text in bold, as a part of its own: a space, or nothing, stands before and after it."""
    return Markdown(f"**{text(value)}**") if value else Markdown()


def bullets(items: Iterable[object]) -> Markdown:
    """A list, one item a line."""
    return Markdown("\n".join(f"- {text(item)}" for item in items))


def blocks(*parts: Markdown) -> Markdown:
    """Paragraphs, tables and lists below one another; empty ones are left out."""
    return Markdown("\n\n".join(part for part in parts if part))


def link(label: object, url: str) -> Markdown:
    """A link whose text is the label; the label alone where the address is none of the web."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return text(label)
    if parts.scheme not in ("http", "https") or not parts.netloc or one_line(url) != url:
        return text(label)
    address = quote(url, safe=";/?:@&=+$,#%~!*().-_[]").replace("&", "&amp;")
    return Markdown(f"[{text(label) or text(url)}](<{address}>)")


def picture(about: str, png: bytes) -> Markdown:
    """A picture of ours within the text itself: no file to serve, and it stays with the run."""
    return Markdown(f"![{text(about)}](data:image/png;base64,{base64.b64encode(png).decode()})")
