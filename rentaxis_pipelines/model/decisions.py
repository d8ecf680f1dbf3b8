"""What people decide about a record: whose customer or vendor it is, and whether it is left out of the sync.

``DECISIONS`` describes each kind once, for the command line, Dagster's forms and whoever carries it out.
Not here: whether a decision is allowed as things are now (``sync.decisions``).
"""

import datetime as dt
from collections.abc import Mapping
from typing import Literal

import msgspec

from rentaxis_pipelines.model.record_types import DECIDABLE, ENTITY_LINKED_BY_HAND

Kind = Literal["confirm", "reject", "unlink", "relink", "make_new", "exclude", "include", "undo", "withdraw"]


class DecisionKind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of decision, as people meet it.

    ``names_object``: whether it is about a QuickBooks object: it must name one, may name the one it is about, or names none.
    ``outcome``: what it comes to, in a sentence with ``{record}`` and ``{object}``.
    """

    purpose: str
    outcome: str
    names_object: Literal["must", "may", "never"] = "never"
    source_types: tuple[str, ...] = DECIDABLE


DECISIONS: Mapping[Kind, DecisionKind] = {
    "confirm": DecisionKind(
        purpose="Say that a record is the suggested QuickBooks object. Records waiting for it are pushed by the next run.",
        outcome="{record} is {object}. Records waiting for it are pushed by the next run.",
        names_object="must",
        source_types=tuple(ENTITY_LINKED_BY_HAND),
    ),
    "reject": DecisionKind(
        purpose="Say that a record is not the suggested QuickBooks object. It is never suggested again.",
        outcome="{record} is not {object}. It will not be suggested again.",
        names_object="must",
        source_types=tuple(ENTITY_LINKED_BY_HAND),
    ),
    "unlink": DecisionKind(
        purpose="Undo the link of a record. The object in QuickBooks stays as it is.",
        outcome="{record} is no longer linked to {object}, and will not be linked again automatically.",
        names_object="may",
    ),
    "relink": DecisionKind(
        purpose="Link a record to a different QuickBooks object.",
        outcome="{record} is now linked to {object}.",
        names_object="must",
        source_types=tuple(ENTITY_LINKED_BY_HAND),
    ),
    "make_new": DecisionKind(
        purpose="Say that a record is none of the suggested QuickBooks objects. The next run creates a new one.",
        outcome="{record} will be created as new in QuickBooks by the next run.",
    ),
    "exclude": DecisionKind(
        purpose="Leave a record out of the sync until it is included again.",
        outcome="{record} is excluded from the sync from now on.",
    ),
    "include": DecisionKind(
        purpose="Include a record again that was excluded.",
        outcome="{record} is included in the sync again.",
    ),
    "withdraw": DecisionKind(
        purpose="Undo the newest decision about a record, as if it had not been made. Possible until a sync has used it.",
        outcome="The newest decision about {record} is undone.",
    ),
}


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """One decision. ``decision_id`` is given by the ledger, in the order decided; ``run_id`` is the run that was undone, of kind ``undo``;
    ``withdraws`` is the decision that is taken back, of kind ``withdraw``.
    """

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
    run_id: str | None = None
    withdraws: int | None = None


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
