"""QuickBooks' lists as the pipeline sees them: what matching and mapping look things up in.

No step of their own makes them: every run brings them up to date before it does anything else (``sync.snapshot``), and says so here.
To Dagster they are therefore external assets, which nobody can forget to materialize.
"""

from collections.abc import Iterator

import dagster as dg

from rentaxis_pipelines.ledger import snapshots
from rentaxis_pipelines.sync.run import Run

CUSTOMERS = dg.AssetKey(["quickbooks", "customers"])
LISTS = dg.AssetKey(["quickbooks", "lists"])

snapshot_assets = [
    dg.AssetSpec(
        CUSTOMERS,
        group_name="0_quickbooks",
        kinds={"postgres"},
        description="Customers as QuickBooks has them. Every run brings them up to date first, by reading what changed.",
    ),
    dg.AssetSpec(
        LISTS,
        group_name="0_quickbooks",
        kinds={"postgres"},
        description="QuickBooks' vendors, accounts, products, classes, locations, payment methods, terms and preferences. "
        "Every run brings them up to date first.",
    ),
]


def snapshot_materializations(run: Run) -> Iterator[dg.AssetMaterialization]:
    """What a run that has just brought the snapshot up to date tells Dagster: how many of each there are."""
    counts = snapshots.counts_of(run.connection, run.realm)
    yield dg.AssetMaterialization(CUSTOMERS, metadata={"customers": counts.pop("Customer", 0)})
    yield dg.AssetMaterialization(
        LISTS, metadata={entity.lower(): number for entity, number in counts.items()}
    )
