"""A page of a long list: the rows of one page, and whether another one follows. The database pages; nothing is counted for it."""

from collections.abc import Sequence
from typing import Generic, TypeVar

import msgspec

Row = TypeVar("Row")
ROWS_A_PAGE = 50


class Page(msgspec.Struct, Generic[Row], frozen=True, kw_only=True):
    """``number``: from 1. ``total``: how many rows the whole list has, where that is known without counting."""

    rows: Sequence[Row]
    number: int
    has_more: bool
    total: int | None = None


def page_of(rows: Sequence[Row], number: int, total: int | None = None, size: int = ROWS_A_PAGE) -> Page[Row]:
    """The page made of a read with ``limit size + 1``: the last row, if there, only tells that there is more."""
    return Page(rows=rows[:size], number=number, has_more=len(rows) > size, total=total)


def offset_of(number: int, size: int = ROWS_A_PAGE) -> int:
    """How many rows come before the page of that number."""
    return (max(number, 1) - 1) * size
