"""Reading a run for its page: what was asked for, its sums, why rows failed, what became of it since. Not here: what follows (``run_result``)."""

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger import run_causes, run_list, runs
from rentaxis_pipelines.ledger.run_list import ListedRun
from rentaxis_pipelines.ledger.run_sums import RunSum, sums_of_runs
from rentaxis_pipelines.ledger.runs import KnownRun
from rentaxis_pipelines.reports.run_result import RunCause, causes, open_groups
from rentaxis_pipelines.sync.planning.saving import overwrites_id


class RunRead(msgspec.Struct, frozen=True):
    """A run that planned something. ``read``: records read from RentAxis so far, by type.

    ``overwrites``: the plan of what force would overwrite, while it waits for an approval. ``undone_by``: newest first. ``taken_back``: the
    run that this one took back.
    """

    run: ListedRun
    sums: list[RunSum]
    read: dict[str, int]
    overwrites: str | None
    undone_by: list[KnownRun]
    taken_back: ListedRun | None


def read_run(connection: sa.Connection, realm: str, run_id: str) -> RunRead | None:
    """The realm's run; None where it planned nothing, or for another company."""
    run = run_list.listed_run(connection, realm, run_id)
    if run is None:
        return None
    overwrites = overwrites_id(run_id) if run.forced else None
    return RunRead(
        run=run,
        sums=sums_of_runs(connection, realm, [run_id]).get(run_id, []),
        read=run_list.read_of_run(connection, realm, run_id),
        overwrites=overwrites if overwrites and run_list.waits(connection, realm, overwrites) else None,
        undone_by=runs.undos_of(connection, realm, run_id),
        taken_back=run_list.listed_run(connection, realm, run.undoes) if run.undoes else None,
    )


def causes_of(connection: sa.Connection, realm: str, run_id: str, sums: Sequence[RunSum]) -> list[RunCause]:
    """Why rows of the run need attention, the most money first."""
    groups = open_groups(sums)
    return causes(sums, run_causes.remedies(connection, realm, run_id, groups) if groups else [])
