"""Why a record is not written, or not in full: the one value for it, from the rule that says so to the row a person reads.

Here: the value, and how a row of a plan or result carries it. Not here: the codes and their table (``reasons``), when a rule
applies (``mapping``, ``matching``, ``sync``).
"""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from rentaxis_pipelines.model.reasons import REASONS, ReasonCode, RefusalStatus


class Refusal(msgspec.Struct, frozen=True):
    """Why one record does not go. ``reason`` says what is the matter with it, ``remedy`` what a person does about it.

    ``subject`` is what the reason is about, such as the key path of a missing mapping or the id of an invoice.
    """

    code: ReasonCode
    reason: str
    remedy: str
    subject: str | None = None

    @property
    def status(self) -> RefusalStatus:
        """``skipped`` or ``failed``, as the table of reasons says."""
        return REASONS[self.code].status


class Refusable(Protocol):
    """A row of a plan or of the results, as far as its refusal goes."""

    @property
    def reason_code(self) -> str | None: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def how_to_fix(self) -> str | None: ...


def refusal(
    code: ReasonCode, reason: str | None = None, remedy: str | None = None, subject: str | None = None
) -> Refusal:
    """A refusal in the words of the reason table, or in more exact ones."""
    table = REASONS[code]
    return Refusal(code, reason or table.meaning, remedy or table.remedy, subject)


def columns_of(why: Refusal) -> Mapping[str, str]:
    """The refusal as the columns of a row that was written all the same; ``msgspec.structs.replace`` takes them."""
    return {"reason_code": why.code, "reason": why.reason, "how_to_fix": why.remedy}


def decided_by(why: Refusal) -> Mapping[str, str]:
    """The refusal as the columns of a row that is decided by it: its status too."""
    return {"status": why.status, **columns_of(why)}


UNDECIDED: Mapping[str, None] = {"status": None, "reason_code": None, "reason": None, "how_to_fix": None}


def refusal_of(row: Refusable) -> Refusal | None:
    """The refusal a row carries, or None."""
    if row.reason_code is None:
        return None
    return Refusal(ReasonCode(row.reason_code), row.reason or "", row.how_to_fix or "")
