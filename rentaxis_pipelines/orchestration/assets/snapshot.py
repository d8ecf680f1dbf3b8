"""QuickBooks' lists as last read: where matching and mapping look things up.

No step of their own makes them: every run brings them up to date before it does anything else (``sync.snapshot``), and says so here.
To Dagster they are therefore external assets, which nobody can forget to materialize.
"""

from collections.abc import Iterator

import dagster as dg

from rentaxis_pipelines.ledger import snapshots
from rentaxis_pipelines.orchestration.names import group, key
from rentaxis_pipelines.settings import Scope
from rentaxis_pipelines.sync.run import Run


def customers_key(scope: Scope) -> dg.AssetKey:
    """The customers as QuickBooks has them."""
    return key(scope, "quickbooks", "customers")


def lists_key(scope: Scope) -> dg.AssetKey:
    """All other lists of QuickBooks."""
    return key(scope, "quickbooks", "lists")


def snapshot_assets(scope: Scope) -> list[dg.AssetSpec]:
    """The lists of the company's QuickBooks."""
    return [
        dg.AssetSpec(
            customers_key(scope),
            group_name=group(scope, "0_quickbooks"),
            kinds={"postgres"},
            description="Customers as QuickBooks has them. Every run brings them up to date first, by reading what changed.",
        ),
        dg.AssetSpec(
            lists_key(scope),
            group_name=group(scope, "0_quickbooks"),
            kinds={"postgres"},
            description="Vendors, accounts, products, classes, locations, payment methods, terms and preferences of QuickBooks. "
            "Every run brings them up to date first.",
        ),
    ]


def snapshot_materializations(scope: Scope, run: Run) -> Iterator[dg.AssetMaterialization]:
    """What a run that has just brought the snapshot up to date tells Dagster: how many of each there are."""
    counts = snapshots.counts_of(run.connection, run.realm)
    yield dg.AssetMaterialization(customers_key(scope), metadata={"customers": counts.pop("Customer", 0)})
    yield dg.AssetMaterialization(
        lists_key(scope), metadata={entity.lower(): number for entity, number in counts.items()}
    )
