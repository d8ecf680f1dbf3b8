"""The run that a person wants to take back, by its id or the beginning of it; a sentence where it is none that can be.

Here: finding it. Not here: what becomes of its rows (``sync.undo``).
"""

import sqlalchemy as sa

from rentaxis_pipelines.ledger import results, runs
from rentaxis_pipelines.ledger.runs import KnownRun
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.model.results import WRITTEN

_NOTHING_SENT = "Nothing was sent."


def run_to_undo(connection: sa.Connection, realm: str, beginning: str) -> KnownRun:
    """The one run of this company that is meant. Raises CannotLaunch for an unknown one, one of another company, or a preview."""
    wanted = beginning.strip()
    meant = runs.meant(connection, wanted) if wanted else []
    exact = [run for run in meant if run.run_id == wanted]
    ours = [run for run in exact or meant if run.realm == realm]
    if not meant:
        raise CannotLaunch(f"There is no run '{wanted}'. Take its id from the list of runs. {_NOTHING_SENT}")
    if not ours:
        raise CannotLaunch(f"Run '{wanted}' is a run of another company; undo it there. {_NOTHING_SENT}")
    pushed = [run for run in ours if not run.previewed]
    if not pushed:
        raise CannotLaunch(
            f"Run '{wanted}' was a preview: it sent nothing, so there is nothing to undo. {_NOTHING_SENT}"
        )
    if len(pushed) > 1:
        listed = ", ".join(run.run_id for run in pushed[:5])
        raise CannotLaunch(
            f"'{wanted}' could be several runs: {listed}. Write more of its id. {_NOTHING_SENT}"
        )
    return pushed[0]


def wrote_nothing(connection: sa.Connection, realm: str, run: KnownRun) -> CannotLaunch:
    """To be raised for a run that no version is kept of."""
    rows = results.results_of(connection, realm, run_id=run.run_id)
    if any(row.status in WRITTEN for row in rows):
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
