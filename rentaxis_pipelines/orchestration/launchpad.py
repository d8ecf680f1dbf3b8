"""Links from a run's page to the form of the job that comes next, its tags filled in: approving what was previewed, undoing what was pushed.

Dagster starts nothing from a link. The launchpad opens, the tags stand there to be read, and a person presses Launch Run.
Here: the address, and which link a run's page shows. Not here: what the tags mean (``approval_tags``).
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import dagster as dg

from rentaxis_pipelines.ledger.run_results import DaySum
from rentaxis_pipelines.model.previews import SHORT
from rentaxis_pipelines.model.results import WRITTEN
from rentaxis_pipelines.orchestration.approval_tags import PLAN, UNDO
from rentaxis_pipelines.orchestration.names import PUSH_APPROVED, UNDO_RUN, named
from rentaxis_pipelines.settings import Scope
from rentaxis_pipelines.sync.outcomes import is_preview


def address(location: str, job: str, tags: Mapping[str, str]) -> str:
    """The launchpad of that job with these tags, on the same server. ``location``: the code location's name."""
    filled_in = [
        (f"tags[{number}][{part}]", value)
        for number, tag in enumerate(tags.items())
        for part, value in zip(("key", "value"), tag, strict=True)
    ]
    return f"/locations/{quote(location, safe='')}/jobs/{quote(job)}/playground/setup?{urlencode(filled_in)}"


def next_step(run: dg.DagsterRun, scope: Scope, sums: Sequence[DaySum]) -> dict[str, Any]:
    """What the page of a run with this outcome offers: to approve what it previewed, or to see what undoing it would do. Nothing where
    there is neither, and for a run that no server knows: one of the command line.
    """
    origin = run.remote_job_origin
    if origin is None:
        return {}
    location = origin.repository_origin.code_location_origin.location_name
    short = run.run_id[:SHORT]
    if is_preview(sums):
        link = address(location, named(scope, PUSH_APPROVED), {PLAN: short})
        return {"approve_this_plan": dg.MetadataValue.url(link)}
    if any(each.status in WRITTEN for each in sums):
        # The form looks first: the tag has to be taken away, or the plan approved, before anything is undone.
        link = address(location, named(scope, UNDO_RUN), {UNDO: short, "preview": "yes"})
        return {"undo_this_run": dg.MetadataValue.url(link)}
    return {}
