"""The result of one check, its severity, and the order in which results are shown."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Literal

import msgspec

Severity = Literal["stops", "rows", "soon", "ok"]
_ORDER = ("stops", "rows", "soon", "ok")


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What was found. ``text`` describes it, and ``how_to_fix`` says what to do if something is wrong.

    ``severity``: ``stops``: a run cannot start; ``rows``: a run can start, but these ``rows`` totaling ``money`` would fail; ``soon``:
    nothing fails yet, but ``text`` is a warning; ``ok``. ``check``: the name of the check.
    """

    severity: Severity
    text: str
    how_to_fix: str = ""
    rows: int = 0
    money: Decimal = Decimal("0.00")
    check: str = ""

    @property
    def good(self) -> bool:
        """Whether nothing has to be fixed."""
        return self.severity in ("soon", "ok")

    def as_dict(self) -> dict[str, Any]:
        """For --json, as described in docs/operations.md; money as text with two decimals."""
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
    """What stops a run first, then what makes rows fail, most money first; good results last, in the order checked."""
    return sorted(
        findings, key=lambda finding: (_ORDER.index(finding.severity), -finding.money, -finding.rows)
    )


def exit_code(findings: Iterable[Finding]) -> int:
    """0: a run can start; 1: it can, but some of its rows would fail; 2: it cannot."""
    wrong = [finding for finding in findings if not finding.good]
    return 0 if not wrong else 1 if all(finding.severity == "rows" for finding in wrong) else 2


def ok(text: str) -> Finding:
    return Finding(severity="ok", text=text)


def stops(text: str, how_to_fix: str = "") -> Finding:
    return Finding(severity="stops", text=text, how_to_fix=how_to_fix)


def soon(text: str, how_to_fix: str = "") -> Finding:
    return Finding(severity="soon", text=text, how_to_fix=how_to_fix)
