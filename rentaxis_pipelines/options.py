"""What a person may choose at launch. One resource, so the choice stands in one place of the run's configuration."""

import dagster as dg
from pydantic import Field


class SyncOptions(dg.ConfigurableResource):
    """The choices of one launch."""

    force_resync: bool = Field(
        default=False,
        description="Push records again that have not changed, in place. Never makes a second object in QuickBooks.",
    )
    dry_run: bool = Field(
        default=False,
        description="Only say what would be created, updated or skipped, and why. Nothing is sent to QuickBooks.",
    )
