"""Records taken back in RentAxis whose transaction a person deleted in QuickBooks: they stand on neither side, so nothing is left to do.

Not here: records that RentAxis still has (``planned.gone``), and an object found gone while it was being voided (``pushing.in_doubt``).
"""

from rentaxis_pipelines.mapping.outcome import Mapped, NotMapped
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.reasons import REASONS, ReasonCode
from rentaxis_pipelines.model.source_records import Expense, Invoice, Payment

_NO_MONEY = ("void", "failed")


def is_taken_back(record: Invoice | Payment | Expense) -> bool:
    """Whether RentAxis has voided or deleted it, so that nothing of it is to stand in QuickBooks."""
    return record.deleted_at is not None or record.status in _NO_MONEY


def agreed(outcome: Mapped | NotMapped, link: Link | None, label: str) -> Mapped | NotMapped:
    """The outcome; for a record that was pushed and is gone on both sides, that they agree."""
    if isinstance(outcome, Mapped) or link is None or link.state != "gone":
        return outcome
    if outcome.reason_code != ReasonCode.VOID_NEVER_PUSHED:
        return outcome
    return NotMapped(
        ReasonCode.UNCHANGED,
        f"{label} was taken back in RentAxis and deleted in QuickBooks: both sides agree.",
        REASONS[ReasonCode.UNCHANGED].how_to_fix,
    )
