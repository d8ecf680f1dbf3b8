"""QuickBooks' lists as the pipeline sees them: what matching and mapping look things up in."""

import dagster as dg

from rentaxis_pipelines.assets.session import SyncSession
from rentaxis_pipelines.ledger import snapshots
from rentaxis_pipelines.sync.snapshot import LISTS


@dg.multi_asset(
    name="quickbooks_snapshot",
    specs=[
        dg.AssetSpec(
            ["quickbooks", "customers"],
            group_name="0_quickbooks",
            kinds={"postgres"},
            description="Customers as QuickBooks has them. Every run brings them up to date first, by reading what changed.",
        ),
        dg.AssetSpec(
            ["quickbooks", "lists"],
            group_name="0_quickbooks",
            kinds={"postgres"},
            description="Vendors, accounts, products, classes, locations, payment methods, terms and preferences of QuickBooks.",
        ),
    ],
    can_subset=False,
)
def quickbooks_snapshot(
    context: dg.AssetExecutionContext, session: SyncSession
) -> tuple[dg.MaterializeResult, dg.MaterializeResult]:
    """Bring the snapshot up to date by itself, outside any sync."""
    run = session.run(context)
    count = {
        entity: len(snapshots.objects_of(run.connection, run.realm, entity))
        for entity in ("Customer", "Vendor", *LISTS)
    }
    customers = {"customers": count.pop("Customer")}
    lists = {name.lower(): number for name, number in count.items()}
    return (
        dg.MaterializeResult(asset_key=["quickbooks", "customers"], metadata=customers),
        dg.MaterializeResult(asset_key=["quickbooks", "lists"], metadata=lists),
    )
