"""Records a person left out of the sync. Not here: how that was decided (``sync.decisions``)."""

from collections.abc import Mapping

from rentaxis_pipelines.model.decisions import DecisionState
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.refusal import Refusal


def left_out(
    decided: Mapping[str, DecisionState], source_type: str, source_id: str, label: str
) -> Refusal | None:
    """Why the record is left out, by whom and when; None for a record that is not."""
    excluded = decided[source_id].excluded if source_id in decided else None
    if excluded is None:
        return None
    why = excluded.why.rstrip(" .")
    return Refusal(
        ReasonCode.EXCLUDED,
        f"{label} was excluded by {excluded.who} on {excluded.decided_at:%Y-%m-%d}: {why}.",
        f"Include it again if it should be pushed (rentaxis-sync include {source_type} {source_id}).",
    )
