"""Why a record is looked at no further: a person left it out, its object is gone from QuickBooks, or it is gone on both sides.

Not here: how leaving out was decided (``sync.decisions``), what may be pushed at all (``plan_context``), and an object found gone while
it was being voided (``pushing.in_doubt``).
"""

from rentaxis_pipelines.mapping.outcome import Mapped
from rentaxis_pipelines.model.decisions import DecisionState
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.refusal import Refusal, refusal
from rentaxis_pipelines.model.source_records import Transaction
from rentaxis_pipelines.model.statuses import TAKEN_BACK
from rentaxis_pipelines.sync.planning.plan_context import PlanContext


def left_out(decided: DecisionState | None, source_type: str, source_id: str, label: str) -> Refusal | None:
    """Why the record is left out, by whom and when; None for a record that is not."""
    excluded = decided.excluded if decided is not None else None
    if excluded is None:
        return None
    why = excluded.why.rstrip(" .")
    if excluded.kind == "undo":
        return Refusal(
            ReasonCode.UNDONE,
            f"{label} is not pushed again by itself. {why} on {excluded.decided_at:%Y-%m-%d} by {excluded.who}.",
            f"Include it again if it should be pushed (rentaxis-sync include {source_type} {source_id}).",
        )
    return Refusal(
        ReasonCode.EXCLUDED,
        f"{label} was excluded by {excluded.who} on {excluded.decided_at:%Y-%m-%d}: {why}.",
        f"Include it again if it should be pushed (rentaxis-sync include {source_type} {source_id}).",
    )


def gone_in_quickbooks(context: PlanContext, link: Link | None, label: str) -> Refusal | None:
    """A record whose object is gone from QuickBooks waits for a person, or for force, which makes a new one."""
    if link is None or link.state != "gone" or context.request.force:
        return None
    return refusal(
        ReasonCode.GONE_IN_QUICKBOOKS,
        f"{label} was pushed as {link.quickbooks_type} {link.quickbooks_number or link.quickbooks_id}, "
        "which is no longer in QuickBooks.",
    )


def is_void_or_deleted(record: Transaction) -> bool:
    """Whether RentAxis has voided or deleted it, so that nothing of it is to be in QuickBooks."""
    return record.deleted_at is not None or getattr(record, "status", None) in TAKEN_BACK


def or_gone_on_both_sides(outcome: Mapped | Refusal, link: Link | None, label: str) -> Mapped | Refusal:
    """The outcome; for a record taken back in RentAxis whose transaction a person deleted in QuickBooks, that both sides agree."""
    never_pushed = isinstance(outcome, Refusal) and outcome.code == ReasonCode.VOID_NEVER_PUSHED
    if link is None or link.state != "gone" or not never_pushed:
        return outcome
    return refusal(
        ReasonCode.UNCHANGED,
        f"{label} was voided or deleted in RentAxis and deleted in QuickBooks: both sides agree.",
    )
