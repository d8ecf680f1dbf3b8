"""Runs that a command starts: which days and record types, progress while they go on, and their results at the end.

Shared by the commands that push, preview, approve and undo. Not here: starting a run (``orchestration.launch``), the tables (``screen``).
"""

import contextlib
import datetime as dt
from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from rentaxis_pipelines.cli.company import connections
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.model.record_types import RECORD_TYPES
from rentaxis_pipelines.render.terminal import Console, bar, echo_json, say

if TYPE_CHECKING:  # help should be quick
    from rentaxis_pipelines.orchestration.launch import Launched
    from rentaxis_pipelines.settings import Scope

_DAY = click.DateTime(["%Y-%m-%d"])
_out = Console()
_err = Console(stderr=True)
Command = TypeVar("Command", bound=Callable[..., Any])


def range_options(command: Command) -> Command:
    """The options that choose days, record types, force and full; by default everything that can be pushed."""
    options = (
        click.option("--from", "first_day", type=_DAY, help="First day, YYYY-MM-DD; by default the first possible."),
        click.option("--to", "last_day", type=_DAY, help="Last day, inclusive; by default the last possible."),
        click.option("--types", default="", help=f"Any of {','.join(RECORD_TYPES)}; by default all."),
        click.option("--force", is_flag=True, help="Push records again even if unchanged, updating them in place."),
        click.option("--full", is_flag=True, help="Read and decide every record anew, also those that stand as they were."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def chosen_range(
    scope: "Scope", first_day: dt.datetime | None, last_day: dt.datetime | None, types: str
) -> tuple[DateRange, tuple[str, ...]]:
    """The days and record types of those options. Raises CannotLaunch for any that cannot be pushed."""
    from rentaxis_pipelines.orchestration import launch
    from rentaxis_pipelines.orchestration.partitions import chosen_days

    chosen = launch.check_types([name.strip() for name in types.split(",") if name.strip()])
    return chosen_days(scope, first_day and first_day.date(), last_day and last_day.date()), chosen


def check_connected() -> None:
    """Raises what ``check_connections`` raises where a run could not start, before anything is started."""
    from rentaxis_pipelines.checks.everything import check_connections

    check_connections(connections())


def run_id_of(done: "Launched", job: str) -> str:
    """The id of a run that came to its end. Raises CannotLaunch with the sentence that stopped it."""
    if done.error:
        raise CannotLaunch(f"The run {done.run_id} of {job} stopped: {done.error}")
    return done.run_id


def show_runs(run_ids: Sequence[str], as_json: bool) -> int:
    """Print the results of these runs; returns the exit code: 1 if a row failed."""
    from rentaxis_pipelines.cli import screen
    from rentaxis_pipelines.reports import export

    failed, summaries = False, list[dict[str, Any]]()
    for run_id in run_ids:
        with export.results_of_run(connections(), run_id, None) as run:
            failed = failed or run.has_failed
            if as_json:
                summaries.append(export.summary(run))
            elif run.sums:
                screen.print_run(run.run_id, run.sums, run.causes, _out)
            else:
                say(_out, f"Run {run.run_id}: there are no records on these days.")
    if as_json:
        echo_json({"runs": summaries})
    return 1 if failed else 0


@contextlib.contextmanager
def progress(what: str, as_json: bool) -> Generator[None]:
    """Shows progress: a bar on a terminal, otherwise a line now and then.

    On the error stream, so that the output stays clean.
    """
    from rentaxis_pipelines.sync.progress import NowAndThen, watching

    if as_json or not _err.is_terminal:
        say(_err, f"{what} ...")
        with watching(NowAndThen(lambda sentence: say(_err, f"{what}: {sentence}"))):
            yield
        return
    with (
        bar(_err, f"{what} ...") as update,
        watching(lambda progress: update(progress.sentence(), progress.answered, progress.to_send)),
    ):
        yield
    say(_err, f"{what}: done.")
