"""Records taken back in RentAxis whose transaction a person deleted in QuickBooks: they stand on neither side, so nothing is left to do.

Not here: records that RentAxis still has (``planned.gone``), and an object found gone while it was being voided (``pushing.in_doubt``).
"""

from rentaxis_pipelines.mapping.outcome import Mapped
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.reasons import REASONS, ReasonCode
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.model.source_records import Transaction
from rentaxis_pipelines.model.statuses import TAKEN_BACK


def is_taken_back(record: Transaction) -> bool:
    """Whether RentAxis has voided or deleted it, so that nothing of it is to stand in QuickBooks."""
    return record.deleted_at is not None or record.status in TAKEN_BACK


def agreed(outcome: Mapped | Refusal, link: Link | None, label: str) -> Mapped | Refusal:
    """The outcome; for a record that was pushed and is gone on both sides, that they agree."""
    if isinstance(outcome, Mapped) or link is None or link.state != "gone":
        return outcome
    if outcome.code != ReasonCode.VOID_NEVER_PUSHED:
        return outcome
    return Refusal(
        ReasonCode.UNCHANGED,
        f"{label} was voided or deleted in RentAxis and deleted in QuickBooks: both sides agree.",
        REASONS[ReasonCode.UNCHANGED].remedy,
    )
