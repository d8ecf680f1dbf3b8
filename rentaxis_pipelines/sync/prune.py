"""Removing of one company what is old and no longer needed: the details of plans and requests in the ledger, and extracted rows.

Here: both together, and what it comes to in words. Not here: what exactly goes and what stays (``ledger.prune``, ``storage.prune``),
Dagster's runs (``orchestration.prune_runs``).
"""

import datetime as dt
from typing import Final

import msgspec

from rentaxis_pipelines.ledger import prune as ledger_rows
from rentaxis_pipelines.ledger.database import connect, lost_connection_explained, migrate
from rentaxis_pipelines.settings import Environment
from rentaxis_pipelines.storage.frames import connected
from rentaxis_pipelines.storage.prune import PrunedFrames, prune_frames
from rentaxis_pipelines.storage.tables import Store
from rentaxis_pipelines.sync.companies import STAGING, refuse_another_company

# A stored plan can wait for its approval for a year (policies.preview_days), and needs its details until then.
FEWEST_DAYS: Final = 370


class PrunedCompany(msgspec.Struct, frozen=True, kw_only=True):
    """What went, or would go, of one company. ``bytes``: of the ledger's part."""

    requests: int
    plans: int
    rows: int
    bytes: int
    frame_days: int
    frame_rows: int

    @property
    def sentence(self) -> str:
        """The same in words, beginning in the middle of a sentence."""
        return (
            f"the bodies of {self.requests:,} requests, the details of {self.rows:,} rows of {self.plans:,} plans "
            f"({self.bytes / 1_000_000:,.1f} MB), and {self.frame_rows:,} extracted rows of {self.frame_days:,} days of tables"
        )


def prune(environment: Environment, before: dt.datetime, now: dt.datetime, *, dry_run: bool) -> PrunedCompany:
    """Remove what was over before then, or with ``dry_run`` only count it. Can be stopped and repeated.

    Raises LedgerError, CompanyChanged where the database holds another company's records, StorageError.
    """
    url, company = environment.pipelines_database_url.get_secret_value(), environment.company_key
    migrate(url)
    with lost_connection_explained(), connect(url) as connection:
        refuse_another_company(connection, company)
        if dry_run:
            gone = ledger_rows.would_prune(connection, company.realm, before)
        else:
            gone = ledger_rows.prune(connection, company.realm, before, now)
    frames = _prune_frames(url, Store.of(company, STAGING), before, dry_run=dry_run)
    return PrunedCompany(
        requests=gone.requests,
        plans=gone.plans,
        rows=gone.rows,
        bytes=gone.bytes,
        frame_days=frames.days,
        frame_rows=frames.rows,
    )


def _prune_frames(url: str, store: Store, before: dt.datetime, *, dry_run: bool) -> PrunedFrames:
    with connected(url) as connection:
        return prune_frames(connection, store, before, dry_run=dry_run)
