"""Look first, approve exactly that, take it back: ``preview``, ``approve`` and ``undo``.

Here: arguments, output and exit codes, which are those of every command. Not here: how a plan looks on the screen (``plans``), what is
pushed or undone (``sync.engine``). Modules of the pipelines are imported inside, as in ``main``.
"""

import datetime as dt
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from rentaxis_pipelines.cli.company import company_scope, connections
from rentaxis_pipelines.cli.plans import show_plan
from rentaxis_pipelines.cli.runs import (
    check_connected,
    chosen_range,
    progress,
    range_options,
    run_id_of,
    show_runs,
)
from rentaxis_pipelines.model.previews import SHORT

_FILE = click.Path(dir_okay=False, path_type=Path)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
_CSV = click.option("--csv", "csv_file", type=_FILE, help="Write all rows of the plan to this file.")
_XLSX = click.option("--xlsx", "xlsx_file", type=_FILE, help="Write an Excel work paper of the plan.")


@click.command()
@range_options
@_CSV
@_XLSX
@_JSON
def preview(
    first_day: dt.datetime | None,
    last_day: dt.datetime | None,
    types: str,
    force: bool,
    full: bool,
    csv_file: Path | None,
    xlsx_file: Path | None,
    as_json: bool,
) -> None:
    """Show what a range of days would write, and store it as a plan to approve. Nothing is sent."""
    from rentaxis_pipelines.orchestration import launch

    scope = company_scope()
    days, chosen = chosen_range(scope, first_day, last_day, types)
    check_connected()
    with launch.instance() as instance, progress(f"Planning {days}", as_json):
        done = launch.run_range(scope, days, chosen, instance=instance, force=force, preview=True, full=full)
    sys.exit(_show_preview(run_id_of(done, "the preview"), csv_file, xlsx_file, as_json))


@click.command()
@click.argument("plan", metavar="PLAN")
@click.option(
    "--only", multiple=True, metavar="ROWS", help="Push these rows alone: invoices, INV-0042; repeatable, or separated by commas."
)  # fmt: skip
@click.option("--without", multiple=True, metavar="ROWS", help="Push all rows but these.")
@_JSON
def approve(plan: str, only: Sequence[str], without: Sequence[str], as_json: bool) -> None:
    """Push exactly the rows of PLAN, by its id or the beginning of it. What has changed since it was made is not sent."""
    from rentaxis_pipelines.orchestration import launch
    from rentaxis_pipelines.orchestration.approval_tags import ONLY, PLAN, WITHOUT
    from rentaxis_pipelines.orchestration.names import PUSH_APPROVED

    form = {PLAN: plan, ONLY: _listed("--only", only), WITHOUT: _listed("--without", without)}
    check_connected()
    with launch.instance() as instance, progress(f"Pushing plan {plan}", as_json):
        done = launch.run_approved(company_scope(), form, instance=instance)
    sys.exit(show_runs([run_id_of(done, PUSH_APPROVED)], as_json))


@click.command()
@click.argument("run", metavar="RUN")
@click.option(
    "--only", multiple=True, metavar="ROWS", help="Take back these rows alone: invoices, INV-0042; repeatable, or separated by commas."
)  # fmt: skip
@click.option(
    "--preview", "only_preview", is_flag=True, help="Show what would be done, as a plan to approve."
)
@_CSV
@_XLSX
@_JSON
def undo(
    run: str,
    only: Sequence[str],
    only_preview: bool,
    csv_file: Path | None,
    xlsx_file: Path | None,
    as_json: bool,
) -> None:
    """Take RUN back, by its id or the beginning of it: void what it created, put back what it changed."""
    from rentaxis_pipelines.orchestration import launch
    from rentaxis_pipelines.orchestration.approval_tags import ONLY, UNDO
    from rentaxis_pipelines.orchestration.names import UNDO_RUN
    from rentaxis_pipelines.sync.which_run import run_meant

    if (csv_file or xlsx_file) and not only_preview:
        raise click.UsageError("--csv and --xlsx write a plan: use them with --preview.")
    rows = _listed("--only", only)
    check_connected()
    undone = run_meant(connections(), run)
    with launch.instance() as instance, progress(f"Taking back run {undone[:SHORT]}", as_json):
        done = launch.run_undo(
            company_scope(), {UNDO: undone, ONLY: rows}, preview=only_preview, instance=instance
        )
    run_id = run_id_of(done, UNDO_RUN)
    sys.exit(
        _show_preview(run_id, csv_file, xlsx_file, as_json) if only_preview else show_runs([run_id], as_json)
    )


def _listed(option: str, given: Sequence[str]) -> str:
    """The names of a repeatable option as one list. Raises a usage error for an empty name, which would otherwise mean all rows."""
    from rentaxis_pipelines.orchestration.approval_tags import names_in

    names = [names_in(value) for value in given]
    if not all(names):
        raise click.UsageError(f"{option} is empty. Name the rows, such as invoices or INV-0042.")
    return ",".join(name for listed in names for name in listed)


def _show_preview(preview_id: str, csv_file: Path | None, xlsx_file: Path | None, as_json: bool) -> int:
    """Show the plan; returns the exit code: 1 if a row would fail."""
    from rentaxis_pipelines.reports import export

    show_plan(preview_id, xlsx_file=xlsx_file, csv_file=csv_file, as_json=as_json)
    with export.results_of_run(connections(), preview_id, None) as run:
        return 1 if run.has_failed else 0
