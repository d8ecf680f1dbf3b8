"""The jobs an accountant starts, each with a twin that forces a re-sync without typing a line of configuration."""

from typing import Any

import dagster as dg

from rentaxis_pipelines.assets.session import SyncSession
from rentaxis_pipelines.options import SyncOptions
from rentaxis_pipelines.sync.choice import RECORD_TYPES

_MATCH = dg.AssetSelection.assets(["matching", "customer_matches"])
_RESULTS = dg.AssetSelection.assets("sync_results")

_EXTRACTS = {
    "customers": ["tenants", "programs"],
    "invoices": ["invoices"],
    "payments": ["payments"],
    "expenses": ["expenses"],
}
_WORDS = {
    "customers": "tenants and programs as customers",
    "invoices": "receivable invoices, with the customers they need,",
    "payments": "payments, with the customers they need,",
    "expenses": "expenses, with the vendors they need,",
}
# One push a realm at a time: the queue holds a second one back, the ledger's lock is what guarantees it.
_TAGS = {"quickbooks/push": "one_at_a_time"}


def _selection(*record_types: str) -> dg.AssetSelection:
    selection = _RESULTS
    for record_type in record_types:
        selection |= dg.AssetSelection.assets(
            *(["rentaxis", name] for name in _EXTRACTS[record_type]), ["sync", record_type]
        )
        if record_type != "expenses":
            selection |= _MATCH
    return selection


def _job(name: str, selection: dg.AssetSelection, what: str, *, force: bool) -> Any:
    if not force:
        return dg.define_asset_job(
            name, selection, description=f"Push {what} of the chosen days to QuickBooks.", tags=_TAGS
        )
    return dg.define_asset_job(
        f"{name}_force",
        selection,
        description=(
            f"Push {what} of the chosen days to QuickBooks again, changed or not. "
            "Records are updated in place; nothing is made twice."
        ),
        tags=_TAGS,
        config=dg.RunConfig(resources={"options": SyncOptions(force_resync=True)}),
    )


def sync_jobs() -> list[Any]:
    """``bulk_sync`` and one job a record type, each with its ``_force`` twin."""
    everything = _selection(*RECORD_TYPES)
    jobs = [_job("bulk_sync", everything, "all records", force=force) for force in (False, True)]
    for record_type in RECORD_TYPES:
        for force in (False, True):
            jobs.append(
                _job(f"sync_{record_type}", _selection(record_type), _WORDS[record_type], force=force)
            )
    return jobs


@dg.op(
    out=dg.Out(dg.Nothing),
    description="Read what changed in QuickBooks' lists since the last time, or all of them the first time.",
)
def read_quickbooks_lists(context: dg.OpExecutionContext, session: SyncSession) -> None:
    session.run(context)


@dg.job(
    description="Read what changed in QuickBooks' lists (customers, vendors, accounts, products and the like).",
    tags=_TAGS,
)
def refresh_quickbooks_snapshot() -> None:
    read_quickbooks_lists()
