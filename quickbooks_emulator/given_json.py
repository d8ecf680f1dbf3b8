"""JSON from outside: read completely, or refused with one kind of fault, however it is malformed."""

from typing import Any

import msgspec

from quickbooks_emulator.world import decoder

DEEPEST = 50  # nothing in Intuit's schema is half as deep


class NotJson(ValueError):
    """Not UTF-8, not JSON, nested deeper than DEEPEST, or with invalid numbers."""


def read_json(raw: bytes) -> Any:
    """Objects, lists, texts, ints and exact Decimals. Raises NotJson."""
    try:
        value = decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ArithmeticError, ValueError) as problem:
        raise NotJson(str(problem)) from None
    # Every level has a bracket, so what has few of them needs no closer look.
    if raw.count(b"{") + raw.count(b"[") > DEEPEST:
        _check_depth(value)
    return value


def _check_depth(value: Any) -> None:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(DEEPEST):
        if not level:
            return
        level = [
            inner
            for each in level
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, dict | list)
        ]
    if level:
        raise NotJson(f"nested deeper than {DEEPEST}")
