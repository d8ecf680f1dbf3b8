"""The records that the undo of a run holds, so that they are not pushed again by themselves.

Here: which they are. Not here: holding them (``pushing.settle_undone``), including them again (``sync.decisions``).
"""

import sqlalchemy as sa

from rentaxis_pipelines.ledger import decisions, runs
from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.ledger.runs import KnownRun
from rentaxis_pipelines.sync.known_links import decision_states
from rentaxis_pipelines.sync.undoing.which_run import run_to_undo


def held_by_undo(connection: sa.Connection, realm: str, beginning: str) -> tuple[KnownRun, list[Key]]:
    """The undone run, and the records that are held for it now. ``beginning``: of its id, or of that of the run that undid it.

    Raises CannotLaunch for a run that is none of this company's.
    """
    run = run_to_undo(connection, realm, beginning)
    pushed, _ = runs.undone_in_the_end(connection, realm, run.run_id)
    run = runs.known(connection, realm, [pushed]).get(pushed, run)
    states = decision_states(connection, realm, decisions.undone_with(connection, realm, run.run_id))
    held = [
        key
        for key, state in states.items()
        if state.excluded is not None and state.excluded.run_id == run.run_id
    ]
    return run, sorted(held)
