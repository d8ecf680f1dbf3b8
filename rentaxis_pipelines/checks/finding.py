"""One thing that was looked at, how bad it is, and in which order such things are read."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Literal

import msgspec

Severity = Literal["stops", "rows", "soon", "ok"]
_ORDER = ("stops", "rows", "soon", "ok")


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What was found. ``text`` says it, ``how_to_fix`` what to do where it is not good.

    ``severity``: ``stops``: no run should go; ``rows``: a run can go, and these ``rows`` over ``money`` of it fail; ``soon``: nothing is
    wrong yet, but ``text`` says what will be, or what is not as it should be; ``ok``. ``check``: the name of the look it is of.
    """

    severity: Severity
    text: str
    how_to_fix: str = ""
    rows: int = 0
    money: Decimal = Decimal("0.00")
    check: str = ""

    @property
    def good(self) -> bool:
        """Whether nothing has to be mended."""
        return self.severity in ("soon", "ok")

    def as_dict(self) -> dict[str, Any]:
        """For --json, as docs/operations.md has it; money as text with two decimals."""
        return {
            "check": self.check,
            "severity": self.severity,
            "good": self.good,
            "text": self.text,
            "how_to_fix": self.how_to_fix,
            "rows": self.rows,
            "money": f"{self.money:.2f}",
        }


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """What stops a run first, then what costs rows, most money first; what is good last, as it was looked at."""
    return sorted(findings, key=lambda one: (_ORDER.index(one.severity), -one.money, -one.rows))


def ok(text: str) -> Finding:
    return Finding(severity="ok", text=text)


def stops(text: str, how_to_fix: str = "") -> Finding:
    return Finding(severity="stops", text=text, how_to_fix=how_to_fix)


def soon(text: str, how_to_fix: str = "") -> Finding:
    return Finding(severity="soon", text=text, how_to_fix=how_to_fix)
