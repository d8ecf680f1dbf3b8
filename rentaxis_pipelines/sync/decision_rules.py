"""Which decisions fit what is there now, and how that is said. Pure.

Here: the request, its checks, the sentences, and what can be undone how. Not here: the kinds of decision (``model.decisions``), reading what
is there and carrying a decision out (``sync.decisions``).
"""

from collections.abc import Sequence

import msgspec

from rentaxis_pipelines.model.decisions import DECISIONS, Decision, DecisionState, Kind
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.record_types import DECIDABLE, ENTITY_LINKED_BY_HAND


class DecisionRefused(Exception):
    """The decision cannot be carried out; nothing was written. The text says why, who decided otherwise, and what to do.

    It names records and QuickBooks objects by id, but where the request brought the names a person knows them by.
    """

    def __init__(self, why: str) -> None:
        super().__init__(f"Nothing was decided. {why}")


class Labels(msgspec.Struct, frozen=True, kw_only=True):
    """The names a person knows the record and the QuickBooks object by, for sentences on a screen. Never stored or logged."""

    record: str = ""  # as results show it: "Tenant Terrence Boyd"
    target: str = ""  # the object's name or number alone: "Terrence Boyd"


NO_LABELS = Labels()


class DecisionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a person wants. ``quickbooks_id``: where the kind names one (``model.decisions``).

    ``seen``: the newest decision there was when the person looked, None if that is not known; one about the same record since then
    is told instead of being followed by this one. ``withdraws``: the decision that is to be undone, the record's newest if None.
    """

    kind: Kind
    source_type: str
    source_id: str
    quickbooks_id: str | None = None
    why: str
    who: str
    seen: int | None = None
    withdraws: int | None = None
    labels: Labels = NO_LABELS


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What is there now about the record: its link, what decisions amount to, and those in force, oldest first."""

    link: Link | None
    state: DecisionState
    in_force: Sequence[Decision]


def complete(request: DecisionRequest) -> DecisionRequest:
    """The request trimmed. Raises DecisionRefused where a part of it is missing."""
    request = msgspec.structs.replace(
        request,
        source_id=request.source_id.strip(),
        quickbooks_id=(request.quickbooks_id or "").strip() or None,
        why=request.why.strip(),
        who=request.who.strip(),
    )
    if request.source_type not in DECIDABLE:
        raise DecisionRefused(f"'{request.source_type}' is not a record type. Known: {', '.join(DECIDABLE)}.")
    if not request.source_id:
        raise DecisionRefused("The decision does not say which record it is about: give its id in RentAxis.")
    if not request.who or not request.why:
        raise DecisionRefused("A decision is stored with who made it and why: give both.")
    kind, words = DECISIONS[request.kind], request.kind.replace("_", " ")
    if request.source_type not in kind.source_types:
        raise DecisionRefused(
            f"An {request.source_type} cannot be linked by hand. Exclude it, or let the next run push it."
        )
    if kind.names_object == "must" and request.quickbooks_id is None:
        raise DecisionRefused(
            f"To {words}, say which {entity_of(request)} in QuickBooks you mean, by its id."
        )
    if kind.names_object == "never" and request.quickbooks_id is not None:
        raise DecisionRefused(f"To {words}, no QuickBooks id is needed; leave it out.")
    return request


def decided_since(request: DecisionRequest, made: Sequence[Decision]) -> str | None:
    """Who decided what about the record since the person looked, or None. ``made``: all decisions about it, oldest first."""
    newest = made[-1] if made else None
    if request.seen is None or newest is None or newest.decision_id <= request.seen:
        return None
    record = record_of(request, request.labels)
    same = (newest.kind, newest.quickbooks_id) == (request.kind, request.quickbooks_id)
    target = target_of(newest, request.labels if same else NO_LABELS, known=same or not request.labels.record)
    did = DID[newest.kind].format(record=record, target=target)
    if same:
        return f"This was decided already: {newest.who} {did}."
    return f"{newest.who} {did} after you opened the page. Look at it again, then decide."


def why_not(decision: Decision, standing: Standing, labels: Labels = NO_LABELS) -> str | None:
    """Why the decision does not fit what is there now, or None."""
    link = standing.link
    record, target, entity = record_of(decision, labels), target_of(decision, labels), entity_of(decision)
    linked = None if link is None else f"{entity} {_name_of(link, labels)}"
    linked_to_it = link is not None and link.quickbooks_id == decision.quickbooks_id
    by = _linked_by(standing)
    match decision.kind:
        case "confirm" | "relink" if linked_to_it:
            return f"{record} is linked to {target} already.{by}"
        case "confirm" if link is not None:
            return f"{record} is linked to {linked}.{by} To link another one, relink it."
        case "relink" if link is None:
            return f"{record} is not linked yet: confirm {target} instead."
        case "reject" if linked_to_it:
            return f"{record} is linked to {target}.{by} Unlink it instead."
        case "reject" if decision.quickbooks_id in standing.state.rejected:
            return f"{record} has already been rejected as {target}{_rejected_by(decision, standing)}."
        case "unlink" if link is None:
            return f"{record} is not linked, so there is nothing to unlink."
        case "unlink" if link is not None and decision.quickbooks_id not in (None, link.quickbooks_id):
            asked = labels.target or decision.quickbooks_id
            return f"{record} is linked to {linked}, not to {asked}.{by}"
        case "unlink" if link is not None and link.origin == "imported":
            return (
                f"RentAxis itself says that {record} was imported from {linked}. "
                "Correct that in RentAxis, or relink it to another one."
            )
        case "make_new" if link is not None:
            return f"{record} is linked to {linked}.{by} Unlink it first."
        case "make_new" if standing.state.make_new is not None:
            who = standing.state.make_new.who
            return f"{record} is already marked to be created as new, by {who}; the next run pushes it."
        case "exclude" if standing.state.excluded is not None:
            return f"{record} was already excluded by {standing.state.excluded.who}."
        case "include" if standing.state.excluded is None:
            return f"{record} is not excluded."
        case _:
            return None


def record_of(about: DecisionRequest | Decision, labels: Labels) -> str:
    """The record, at the beginning of a sentence or within it."""
    return labels.record or f"{about.source_type.capitalize()} {about.source_id}"


def entity_of(about: DecisionRequest | Decision) -> str:
    """What the record is in QuickBooks, in lower case."""
    return ENTITY_LINKED_BY_HAND.get(about.source_type, "record").lower()


def target_of(about: DecisionRequest | Decision, labels: Labels, *, known: bool = True) -> str:
    """The QuickBooks object; ``known``: False where the person does not know it by its id."""
    return (
        f"{entity_of(about)} {labels.target or about.quickbooks_id}"
        if known
        else f"another {entity_of(about)}"
    )


def beginning(text: str) -> str:
    """The same at the beginning of a sentence."""
    return text[:1].upper() + text[1:]


DID: dict[Kind, str] = {
    "confirm": "linked {record} to {target}",
    "relink": "linked {record} to {target}",
    "reject": "said that {record} is not {target}",
    "unlink": "unlinked {record}",
    "make_new": "said that {record} is to be created as new in QuickBooks",
    "exclude": "excluded {record} from the sync",
    "include": "included {record} in the sync again",
    "undo": "undid the run that pushed {record}",
    "withdraw": "undid a decision about {record}",
}
"""What somebody did by a decision, after their name."""


def describe(decision: Decision, labels: Labels = NO_LABELS) -> str:
    """The decision in one sentence, for whoever took it."""
    record, target = record_of(decision, labels), target_of(decision, labels)
    return beginning(DECISIONS[decision.kind].outcome.format(record=record, object=target))


def _name_of(link: Link, labels: Labels) -> str:
    """The linked object: by its name or number for a person who reads names, else by id."""
    return (labels.record and link.quickbooks_number) or link.quickbooks_id


def _linked_by(standing: Standing) -> str:
    """Who made the link, as a sentence after another; empty if the sync did."""
    linked = [made for made in standing.in_force if made.kind in ("confirm", "relink")]
    link = standing.link
    if link is None or not linked or linked[-1].quickbooks_id != link.quickbooks_id:
        return ""
    return f" {linked[-1].who} linked it."


def _rejected_by(decision: Decision, standing: Standing) -> str:
    rejected = [
        made
        for made in standing.in_force
        if made.kind in ("reject", "unlink") and made.quickbooks_id == decision.quickbooks_id
    ]
    return f" by {rejected[-1].who}" if rejected else ""
