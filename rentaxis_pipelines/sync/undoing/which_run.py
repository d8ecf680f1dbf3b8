"""The run that a person wants to take back, and the sentences where it is none that can be.

Not here: which run the beginning of an id means (``sync.which_run``), what becomes of its rows (``sync.undo``).
"""

import sqlalchemy as sa

from rentaxis_pipelines.ledger import plans, results, runs
from rentaxis_pipelines.ledger.runs import KnownRun
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.model.results import WRITTEN
from rentaxis_pipelines.sync.which_run import the_run

_NOTHING_SENT = "Nothing was sent."


def run_to_undo(connection: sa.Connection, realm: str, beginning: str) -> KnownRun:
    """The one run of this company that is meant. Raises CannotLaunch for an unknown one, one of another company, or a preview."""
    run_id = the_run(beginning.strip(), plans.runs_meant(connection, beginning.strip()), realm)
    return runs.known(connection, realm, [run_id])[run_id]


def wrote_nothing(connection: sa.Connection, realm: str, run: KnownRun) -> CannotLaunch:
    """To be raised for a run that no version is kept of."""
    if any(each.status in WRITTEN for each in results.sums_of_run(connection, realm, run.run_id)):
        return CannotLaunch(
            f"Run {run.short_id} was pushed before this program kept what stood in QuickBooks before each change, so it cannot be undone. "
            f"Correct its records in QuickBooks by hand. {_NOTHING_SENT}"
        )
    return CannotLaunch(
        f"Run {run.short_id} wrote nothing to QuickBooks, so there is nothing to undo. {_NOTHING_SENT}"
    )


def undone_already(connection: sa.Connection, realm: str, run: KnownRun) -> CannotLaunch:
    """To be raised for a run of which nothing is left."""
    undos = runs.undos_of(connection, realm, run.run_id)
    by = (
        f" by {undos[0].requested_by} on {undos[0].started_at:%Y-%m-%d} (run {undos[0].short_id})"
        if undos
        else ""
    )
    return CannotLaunch(f"Run {run.short_id} has already been undone{by}. {_NOTHING_SENT}")
