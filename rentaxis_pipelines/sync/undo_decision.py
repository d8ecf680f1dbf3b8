"""How a decision can be undone: taken back as if it had not been made, answered by its opposite, or why not. Pure.

A decision that a sync has used is not taken back: what the sync wrote would stay behind without a reason. Not here: carrying it out
(``sync.decisions``).
"""

import msgspec

from rentaxis_pipelines.model.decisions import Decision, Kind
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.record_types import ENTITY_LINKED_BY_HAND, PARTY_TYPES
from rentaxis_pipelines.sync.decision_rules import NO_LABELS, Labels, Standing, record_of


class WayBack(msgspec.Struct, frozen=True, kw_only=True):
    """How to undo a decision: by a decision of this ``kind`` (about ``quickbooks_id``, where the kind names an object), or not at all if
    it is None. ``button``: what that does, in two words; ``note``: what to know of it, or why it cannot be undone.
    """

    kind: Kind | None = None
    quickbooks_id: str | None = None
    button: str = "Undo"
    note: str = ""


_TAKE_BACK = WayBack(kind="withdraw")
_USED = "A sync has used this decision since."


def way_back(decision: Decision, standing: Standing, labels: Labels = NO_LABELS) -> WayBack:
    """How the decision can be undone now. ``standing``: of its record."""
    later = [made for made in standing.in_force if made.decision_id > decision.decision_id]
    if decision.kind == "withdraw":
        return WayBack(note="This undid another decision. Make that one again if it was right.")
    if decision.decision_id not in {made.decision_id for made in standing.in_force}:
        return WayBack(note="It is undone already.")
    if decision.kind in ("exclude", "undo"):
        return _of_exclusion(decision, standing)
    if later:
        return WayBack(note=f"{later[-1].who} decided later about this record. Undo that first.")
    if decision.kind == "include":
        return WayBack(kind="exclude", button="Exclude again")
    if decision.kind == "relink" and (before := _linked_before(decision, standing)) is not None:
        return WayBack(kind="relink", quickbooks_id=before, button="Link the earlier one")
    return _of_match(decision, standing.link, record_of(decision, labels))


def _linked_before(decision: Decision, standing: Standing) -> str | None:
    """The object that the record was taken off when it was linked to another one: the decision just before says so."""
    earlier = [made for made in standing.in_force if made.decision_id < decision.decision_id]
    before = earlier[-1] if earlier else None
    return before.quickbooks_id if before is not None and before.kind == "unlink" and standing.link else None


def _of_exclusion(decision: Decision, standing: Standing) -> WayBack:
    excluded = standing.state.excluded
    if excluded is None or excluded.decision_id != decision.decision_id:
        return WayBack(note="It is included again already.")
    return WayBack(kind="include", button="Undo" if decision.kind == "exclude" else "Include again")


def _of_match(decision: Decision, link: Link | None, record: str) -> WayBack:
    match decision.kind:
        case "confirm" if link is None or _not_used_yet(decision, link):
            return _TAKE_BACK
        case "confirm" | "relink" if link is not None and link.quickbooks_id == decision.quickbooks_id:
            return WayBack(
                kind="unlink", button="Unlink", note=f"{_USED} Unlinking leaves QuickBooks as it is."
            )
        case "reject" | "make_new" if link is None:
            return _TAKE_BACK
        case "make_new":
            return WayBack(
                note=f"{_USED} {record} is in QuickBooks now; undo the run that created it, or link another one."
            )
        case "unlink" if link is None and decision.source_type in ENTITY_LINKED_BY_HAND:
            return WayBack(kind="confirm", quickbooks_id=decision.quickbooks_id, button="Link again")
        case "unlink" if link is None:
            return WayBack(
                note=f"{record} cannot be linked by hand; the next sync finds it by its mark, if it has one."
            )
        case _:
            return WayBack(note=f"{_USED} {record} is linked to something else now.")


def _not_used_yet(decision: Decision, link: Link) -> bool:
    """A customer or vendor linked by this decision, that no run has looked at since."""
    linked_by_it = link.origin == "confirmed" and link.quickbooks_id == decision.quickbooks_id
    return linked_by_it and decision.source_type in PARTY_TYPES and not link.mapped
