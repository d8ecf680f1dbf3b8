"""Markdown as Dagster's UI shows it (react-markdown with remark-gfm), escaped so that a parser gives back every text unchanged.

Anything that is not already ``Markdown`` is text and is escaped: no character in it is markup, no table breaks, no link or image
appears. Here: the building blocks of a page. Not here: which figures are on it (``reports.markdown``).
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
    """Text that is Markdown. Only this module makes it; anything else is escaped before the two are combined."""

    __slots__ = ()


# All ASCII punctuation except comma and apostrophe, which no dialect interprets. A backslash makes punctuation literal (CommonMark 2.4).
# Bar, backslash and backtick are written as numeric entities: tables and code spans read those before escapes are resolved.
_ESCAPED: Final = {ord(mark): f"\\{mark}" for mark in string.punctuation if mark not in ",'"} | {
    ord(mark): f"&#{ord(mark)};" for mark in "|\\`"
}
# remark-gfm searches the finished text again for addresses, after escapes are resolved (mdast-util-gfm-autolink-literal,
# findAndReplace), and skips only code spans. So each address is put in a code span, which shows the same characters.
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
    """An amount as people read it: ``-1,234.50``."""
    return Markdown(as_read(amount))


def cell(value: object) -> Markdown:
    """One cell: numbers and dates formatted for people, anything else as text."""
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
    """A table; the columns named in ``right`` are right-aligned."""
    lines = [
        [text(head) for head in heads],
        ["---:" if head in right else "---" for head in heads],
        *([cell(value) for value in row] for row in rows),
    ]
    return Markdown("\n".join(f"| {' | '.join(line)} |" for line in lines))


def paragraph(*parts: object) -> Markdown:
    """The parts joined by spaces."""
    return Markdown(" ".join(text(part) for part in parts if part not in (None, "")))


def heading(value: object, *, level: int = 1) -> Markdown:
    """A heading of level 1 (the page's) to 6."""
    return Markdown(f"{'#' * level} {text(value)}")


def bold(value: object) -> Markdown:
    """Text in bold. It must have a space, or nothing, before and after it."""
    return Markdown(f"**{text(value)}**") if value else Markdown()


def bullets(items: Iterable[object]) -> Markdown:
    """A list, one item per line."""
    return Markdown("\n".join(f"- {text(item)}" for item in items))


def blocks(*parts: Markdown) -> Markdown:
    """Paragraphs, tables and lists, one below the other; empty ones are left out."""
    return Markdown("\n\n".join(part for part in parts if part))


def link(label: object, url: str) -> Markdown:
    """A link whose text is the label; only the label if the address is not http or https."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return text(label)
    if parts.scheme not in ("http", "https") or not parts.netloc or one_line(url) != url:
        return text(label)
    address = quote(url, safe=";/?:@&=+$,#%~!*().-_[]").replace("&", "&amp;")
    return Markdown(f"[{text(label) or text(url)}](<{address}>)")


def picture(about: str, png: bytes) -> Markdown:
    """One of our own images, embedded in the text: no file to serve, and it is kept with the run."""
    return Markdown(f"![{text(about)}](data:image/png;base64,{base64.b64encode(png).decode()})")
