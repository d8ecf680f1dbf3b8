"""What a preview leaves in Dagster: observations, and no day that counts as pushed.

A preview goes through the same assets as a push, and Dagster marks every day of an output as materialized. Here: the one way around
that. Not here: what is shown of such a run (``results``).
"""

from typing import Any

from dagster._core.definitions.source_asset import (  # pinned exactly; the tests see it go
    SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION as _NO_EVENT,
)

# An output that carries this key is stored and handed on, and no materialization is logged for it: Dagster's own way for assets that
# log their observations themselves (_core/execution/plan/execute_step.py, _log_materialization_or_observation_events_for_asset).
NOT_MATERIALIZED: dict[str, Any] = {_NO_EVENT: True}
