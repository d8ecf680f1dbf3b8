"""What people decide about a record: whose customer or vendor it is, and whether it is left out of the sync."""

import datetime as dt
from typing import Literal

import msgspec

Kind = Literal["confirm", "reject", "unlink", "relink", "make_new", "exclude", "include"]


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """One decision. ``decision_id`` is given by the ledger, in the order decided."""

    decision_id: int = 0
    realm: str
    source_type: str
    source_id: str
    kind: Kind
    quickbooks_type: str | None = None
    quickbooks_id: str | None = None
    why: str
    who: str
    decided_at: dt.datetime


class DecisionState(msgspec.Struct, frozen=True, kw_only=True):
    """What a record's decisions amount to now."""

    confirmed: str | None = None  # the QuickBooks object it is
    rejected: frozenset[str] = frozenset()  # objects it is not
    make_new: Decision | None = None
    excluded: Decision | None = None


NOTHING_DECIDED = DecisionState()


class Candidate(msgspec.Struct, frozen=True):
    """A QuickBooks object a person may confirm, why it is suggested, and how alike the names are (0 to 100)."""

    quickbooks_id: str
    name: str
    why: str
    active: bool
    score: int


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A record that waits for a person."""

    realm: str
    source_type: str
    source_id: str
    label: str
    reason_code: str
    reason: str
    how_to_fix: str
    candidates: list[Candidate]
    asked_at: dt.datetime
