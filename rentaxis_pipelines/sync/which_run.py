"""Which run is meant by the beginning of its id, as people see and write it.

Here: the rule and its sentences. Not here: what may be done with the run (``sync.undo``), plans (``sync.previews``).
"""

from collections.abc import Sequence

from rentaxis_pipelines.ledger import plans, results
from rentaxis_pipelines.ledger.database import connect
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.model.previews import FEWEST, SHORT
from rentaxis_pipelines.settings import Environment


def run_meant(environment: Environment, typed: str) -> str:
    """The id of the company's run that begins so. Raises CannotLaunch where none does, or several do."""
    beginning = typed.strip()
    if len(beginning) < FEWEST:
        raise CannotLaunch(f"Give at least the first {FEWEST} characters of the run's id. Nothing was sent.")
    with connect(environment.pipelines_database_url.get_secret_value()) as connection:
        if not results.has_ledger(connection):
            raise CannotLaunch("Nothing has been synced yet: the ledger is empty.")
        return the_run(beginning, plans.runs_meant(connection, beginning), environment.quickbooks_realm_id)


def the_run(beginning: str, found: Sequence[plans.MeantRun], realm: str) -> str:
    """The one of these runs, of any company, that pushed to ``realm`` and is meant. Raises CannotLaunch with the reason why none is."""
    ours = [run for run in found if run.realm == realm]
    exact = [run for run in ours if run.run_id == beginning]
    pushed = exact or [run for run in ours if not run.preview] or ours
    if not ours:
        if found:
            raise CannotLaunch(
                f"Run {beginning} pushed to another QuickBooks company, not to {realm}. Choose that company. Nothing was sent."
            )
        raise CannotLaunch(
            f"The ledger has no run whose id begins with '{beginning}'. Every run's page shows its id. Nothing was sent."
        )
    if len(pushed) > 1:
        listed = ", ".join(run.run_id for run in pushed)
        raise CannotLaunch(
            f"'{beginning}' could be several runs: {listed}. Give more of it. Nothing was sent."
        )
    (run,) = pushed
    if run.preview:
        raise CannotLaunch(
            f"Run {run.run_id[:SHORT]} was a preview: it wrote nothing, so there is nothing to undo. Nothing was sent."
        )
    return run.run_id
