"""``rentaxis-sync prune``: remove what is old and no longer needed.

Here: arguments, output, exit code. Not here: what goes and what stays (``sync.prune``, ``orchestration.prune_runs``). Modules of the pipelines
are imported inside the command, as in ``cli``.
"""

import datetime as dt
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from rentaxis_pipelines.cli.company import chosen, chosen_scopes
from rentaxis_pipelines.render.terminal import Console, say

if TYPE_CHECKING:
    from rentaxis_pipelines.settings import Scope

COULD_NOT_RUN = 2
_out, _err = Console(), Console(stderr=True)


def _days(_context: click.Context, _parameter: click.Parameter, value: str) -> int:
    from rentaxis_pipelines.sync.prune import FEWEST_DAYS

    written = re.fullmatch(r"([0-9]{1,5})d?", value.strip())
    if written is None:
        raise click.BadParameter(f"{value} is not a number of days, such as 400d.")
    if int(written[1]) < FEWEST_DAYS:
        raise click.BadParameter(
            f"at least {FEWEST_DAYS} days: until then a stored plan may wait for its approval and needs its details."
        )
    return int(written[1])


@click.command()
@click.option("--older-than", "days", required=True, metavar="DAYS", callback=_days, help="Such as 400d.")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@click.option(
    "--dagster-runs", is_flag=True, help="Also remove runs of that age from Dagster, with their events."
)
def prune(days: int, dry_run: bool, dagster_runs: bool) -> None:
    """Remove the details of old plans and requests, and extracted rows, of every company or that of --company.

    What proves the books and what undo needs stays. Exit code 2 if a company could not be done; the others are.
    """
    from rentaxis_pipelines.ledger.database import LedgerError
    from rentaxis_pipelines.settings import SettingsError
    from rentaxis_pipelines.storage.tables import StorageError
    from rentaxis_pipelines.sync.prune import prune as prune_company

    now = dt.datetime.now(dt.UTC)
    before = now - dt.timedelta(days=days)
    scopes = chosen_scopes()
    failed = False
    verb = "would remove" if dry_run else "removed"
    for scope in scopes:
        try:
            gone = prune_company(scope.environment, before, now, dry_run=dry_run)
        except (LedgerError, SettingsError, StorageError) as error:
            failed = True
            say(_err, f"{scope.slug}: {error}", style="red")
        else:
            say(_out, f"{scope.slug}: {verb} {gone.sentence}.")
    if dagster_runs:
        say(_out, f"Dagster: {verb} {_prune_runs(scopes, before, dry_run=dry_run):,} runs.")
    sys.exit(COULD_NOT_RUN if failed else 0)


def _prune_runs(scopes: "Sequence[Scope]", before: dt.datetime, *, dry_run: bool) -> int:
    from rentaxis_pipelines.model.errors import CannotLaunch
    from rentaxis_pipelines.orchestration import launch
    from rentaxis_pipelines.orchestration.dagster_home import home
    from rentaxis_pipelines.orchestration.prune_runs import prune_runs

    if not home():
        raise CannotLaunch("DAGSTER_HOME is not set in this shell, so Dagster's runs are not known.")
    with launch.instance() as instance:
        return prune_runs(instance, None if chosen() is None else scopes, before, dry_run=dry_run)
