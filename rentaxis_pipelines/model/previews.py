"""A preview: the plan of a whole run, stored to be looked at and approved.

The struct has the columns of ``ledger.previews``; its rows are the planned rows of the run ``preview_id``. People call it a plan.
Life of it: ``planned -> approved -> pushing -> done``, or ``superseded`` by a newer one of the same request.
"""

import datetime as dt
from typing import Literal

import msgspec

from rentaxis_pipelines.model.sync_request import SyncRequest

PreviewState = Literal["planned", "approved", "pushing", "done", "superseded"]
WhyMade = Literal["asked", "policy", "guard", "overwrites"]
SHORT = 8  # characters of its id, or a run's, that people see and write
FEWEST = 4  # that they have to write


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """``why``: a person asked for it, or a run was held back and became one: by ``policies.approval``, by the guard, or because force
    would have overwritten what a person changed in QuickBooks. ``only_rows``, ``without_rows``: what was chosen of it when it was approved.
    """

    preview_id: str
    realm: str
    requested_by: str
    request: SyncRequest
    why: WhyMade = "asked"
    created_at: dt.datetime
    state: PreviewState = "planned"
    superseded_by: str | None = None
    approved_by: str | None = None
    approved_at: dt.datetime | None = None
    only_rows: list[str] = []
    without_rows: list[str] = []
    pushed_by_run: str | None = None
    interrupted_runs: list[str] = []  # those before it, which died on the way
    done_at: dt.datetime | None = None

    @property
    def short_id(self) -> str:
        """How people name it."""
        return self.preview_id[:SHORT]
