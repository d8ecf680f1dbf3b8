"""rentaxis-sync: the command line.

Here: arguments, output and exit codes. Not here: the work itself (``launch``, ``demo.stack``, ``check``). Every command exits with
0 if no row failed, 1 if rows failed, 2 if it could not run; then one sentence says why, and nothing was written.
Modules of the pipelines are imported inside the commands: loading the definitions needs the settings the demo sets first.
"""

import contextlib
import datetime as dt
import io
import logging
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from rentaxis_pipelines.cli import screen
from rentaxis_pipelines.cli.approval import approve, preview, undo
from rentaxis_pipelines.cli.companies import companies
from rentaxis_pipelines.cli.company import (
    chosen_scope,
    company_scope,
    connections,
)
from rentaxis_pipelines.cli.company import (
    option as company_option,
)
from rentaxis_pipelines.cli.connection import connect, rotate_key
from rentaxis_pipelines.cli.emulator import emulator
from rentaxis_pipelines.cli.history import history
from rentaxis_pipelines.cli.init import init
from rentaxis_pipelines.cli.links import exclude, include, links
from rentaxis_pipelines.cli.migrate import migrate
from rentaxis_pipelines.cli.plans import plans
from rentaxis_pipelines.cli.probe import probe
from rentaxis_pipelines.cli.prune import prune
from rentaxis_pipelines.cli.runs import (
    check_connected,
    chosen_range,
    progress,
    range_options,
    run_id_of,
    show_runs,
)
from rentaxis_pipelines.cli.serve import PORT, serve, users
from rentaxis_pipelines.cli.source import source
from rentaxis_pipelines.cli.status import status
from rentaxis_pipelines.cli.which import chosen_record
from rentaxis_pipelines.model.record_types import SOURCE_TYPES, listed
from rentaxis_pipelines.render.terminal import Console, ascii_json, echo, echo_json, say

COULD_NOT_RUN = 2
_COMPANIES = click.IntRange(1, 1_000)
_COMPANIES_HELP = "Companies, each with a folder, an organization and a QuickBooks company of its own; all but the first are small."
_HOMES = click.IntRange(46, 100_000)  # 42 of them contain the special cases (demo.portfolio.SMALLEST)
_MONTHS = click.IntRange(1, 120)
_FILE = click.Path(dir_okay=False, path_type=Path)
_out = Console()
_err = Console(stderr=True)


class _OneSentence(click.Group):
    """Turns known errors into one sentence and exit code 2; anything else is a bug and is shown in full, without values."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.exceptions.Exit:
            raise
        except click.Abort:
            say(_err, "No answer was given, so nothing was started.", style="red")
            sys.exit(COULD_NOT_RUN)
        except click.ClickException as error:  # it may quote user input
            shown = io.StringIO()
            error.show(shown)
            say(_err, shown.getvalue().rstrip())
            sys.exit(error.exit_code)
        except Exception as error:
            from rentaxis_pipelines.cli.extras import sentence_of_missing
            from rentaxis_pipelines.orchestration.errors_for_people import for_people
            from rentaxis_pipelines.safety.unexpected import without_values

            sentence = for_people(error)
            if sentence is None and isinstance(error, ModuleNotFoundError):
                sentence = sentence_of_missing(error)
            if sentence is not None:
                say(_err, sentence, style="red")
                sys.exit(COULD_NOT_RUN)
            shown = without_values(error)
        raise shown


@click.group(cls=_OneSentence, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="rentaxis_pipelines")
@company_option
def main() -> None:
    """Push RentAxis records into QuickBooks Online, and prove that the two agree."""
    # Dagster's beta notices are for developers, not for this screen.
    warnings.filterwarnings("ignore", module="dagster")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", "1000")
    os.umask(0o077)  # what Dagster stores about a run in this process may contain names and amounts


@main.command()
@click.option("--units", type=_HOMES, default=60, show_default=True, help="Homes in the made-up portfolio.")
@click.option(
    "--months", type=_MONTHS, default=6, show_default=True, help="Months of billing up to October 2026."
)
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same portfolio.")
@click.option("--companies", type=_COMPANIES, default=1, show_default=True, help=_COMPANIES_HELP)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
def demo(units: int, months: int, seed: int, companies: int, as_json: bool) -> None:
    """Start the whole stack on this machine, sync the same range three times, print what happened, stop."""
    from rentaxis_pipelines.demo import stack
    from rentaxis_pipelines.demo.portfolio import small_ones

    with progress("Starting Postgres, the RentAxis database and the QuickBooks server", as_json):
        running = contextlib.ExitStack()
        small = small_ones(companies - 1)
        parts = running.enter_context(stack.running(units=units, months=months, seed=seed, small=small))
    with running:
        from rentaxis_pipelines.demo import show  # the stack has set its environment variables by now
        from rentaxis_pipelines.settings.companies import scopes_from_environment

        reports = {
            scope.slug: show.three_runs(parts, lambda what: progress(what, as_json), scope)
            for scope in scopes_from_environment()
        }
    only = next(iter(reports.values()))
    if as_json:
        by_slug = {slug: report.as_dict() for slug, report in reports.items()}
        echo_json(by_slug if companies > 1 else only.as_dict())
    elif companies > 1:
        show.print_reports(reports, _out)
    else:
        show.print_report(only, _out)
    # The portfolio contains bad rows on purpose; the demo fails only if a run fails.
    sys.exit(COULD_NOT_RUN if any(report.broken for report in reports.values()) else 0)


@main.command()
@click.option("--units", type=_HOMES, default=60, show_default=True)
@click.option("--months", type=_MONTHS, default=6, show_default=True)
@click.option("--port", type=PORT, default=3000, show_default=True, help="The UI's port; 0 picks a free one.")
@click.option("--fresh", is_flag=True, help="Start with empty books instead of those of the last session.")
@click.option("--companies", type=_COMPANIES, default=1, show_default=True, help=_COMPANIES_HELP)
def up(units: int, months: int, port: int, fresh: bool, companies: int) -> None:
    """Start the demo stack with the Dagster UI and stay until interrupted."""
    from rentaxis_pipelines.demo import services, stack
    from rentaxis_pipelines.demo.portfolio import small_ones

    services.end_politely()
    services.refuse_taken_port(port)  # before recreating the databases of a stack that is already running
    small, folder = small_ones(companies - 1), stack.STATE / "up"
    with stack.running(units=units, months=months, fresh=fresh, folder=folder, small=small) as parts:
        services.serve_dagster(parts, port, announce=lambda text: say(_out, text))


@main.command("demo-env")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    envvar="RENTAXIS_DEMO_FOLDER",
    help="The stack's folder, if it is not that of `up`.",
)
def demo_env(folder: Path | None) -> None:
    """Print the variables of the running demo stack for a shell: eval "$(rentaxis-sync demo-env)"."""
    from rentaxis_pipelines.demo import shell, stack

    echo(shell.exports(folder or stack.STATE / "up"))


@main.command()
@range_options
@click.option("--preview", "--dry-run", "preview", is_flag=True, help="Only show what would be done.")
@click.option(
    "--confirm-unusual",
    is_flag=True,
    help="Push what the guard held back because it is far more than usual. Review a preview first.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
def bulk(
    first_day: dt.datetime | None,
    last_day: dt.datetime | None,
    types: str,
    force: bool,
    preview: bool,
    confirm_unusual: bool,
    as_json: bool,
) -> None:
    """Sync a range of days, through the same Dagster job as the UI. Without dates: everything."""
    from rentaxis_pipelines.orchestration import launch
    from rentaxis_pipelines.orchestration.names import BULK_SYNC

    scope = company_scope()
    days, chosen = chosen_range(scope, first_day, last_day, types)
    check_connected()
    with launch.instance() as instance, progress(f"Running {BULK_SYNC} for {days}", as_json):
        done = launch.run_range(
            scope,
            days,
            chosen,
            instance=instance,
            force=force,
            preview=preview,
            confirm_unusual=confirm_unusual,
        )
    sys.exit(show_runs([run_id_of(done, BULK_SYNC)], as_json))


@main.command(help=f"Push one record: TYPE is {listed(SOURCE_TYPES)}; RECORD its number, name, e-mail or id.")
@click.argument("source_type", metavar="TYPE", type=click.Choice(SOURCE_TYPES))
@click.argument("known_by", metavar="RECORD")
@click.option("--force", is_flag=True, help="Push it again even if it has not changed.")
@click.option(
    "--confirm-unusual", is_flag=True, help="Push it though the guard held it back. Look at its amount first."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
def record(source_type: str, known_by: str, force: bool, confirm_unusual: bool, as_json: bool) -> None:
    """Push one record, through the same Dagster job as the UI."""
    from rentaxis_pipelines.orchestration import launch
    from rentaxis_pipelines.orchestration.names import PUSH_RECORD

    check_connected()
    chosen = chosen_record(source_type, known_by)
    with launch.instance() as instance, progress(f"Pushing {chosen.label}", as_json):
        done = launch.run_record(
            company_scope(),
            source_type,
            chosen.source_id,
            force=force,
            confirm_unusual=confirm_unusual,
            instance=instance,
        )
    sys.exit(show_runs([run_id_of(done, PUSH_RECORD)], as_json))


@main.command()
@click.option("--run", "run_id", help="A run's id; defaults to the latest run.")
@click.option("--status", type=click.Choice(["created", "updated", "skipped", "failed"]))
@click.option("--csv", "csv_file", type=_FILE, help="Write all rows to this file.")
@click.option("--xlsx", "xlsx_file", type=_FILE, help="Write an Excel work paper.")
@click.option("--json", "as_json", is_flag=True, help="Print the rows as one JSON list.")
def results(
    run_id: str | None, status: str | None, csv_file: Path | None, xlsx_file: Path | None, as_json: bool
) -> None:
    """Show the result of every record of a run: failed and waiting records first, largest amount first."""
    from rentaxis_pipelines.reports import export

    run = export.results_of_run(connections(), run_id, status)
    if csv_file:
        export.write_csv(csv_file, run.rows)
        say(_err, f"{len(run.rows)} rows written to {csv_file}.")
    if xlsx_file:
        export.write_xlsx(xlsx_file, run)
        say(_err, f"{len(run.rows)} rows written to {xlsx_file}.")
    if as_json:
        echo(ascii_json(export.as_json(run.rows)))
    elif not (csv_file or xlsx_file):
        screen.print_run(run.run_id, run.rows, _out)
    sys.exit(1 if any(row.status == "failed" for row in run.rows) else 0)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as one JSON list.")
def check(as_json: bool) -> None:
    """Check everything a run needs, before any row is written: worst first, most money first.

    Exit code 0: a run can start; 1: it can, but some of its rows would fail; 2: it cannot.
    """
    from rentaxis_pipelines.checks.companies import check_company
    from rentaxis_pipelines.checks.finding import exit_code

    findings = check_company(chosen_scope())
    if as_json:
        echo_json([finding.as_dict() for finding in findings])
    else:
        screen.print_findings(findings, _out)
    sys.exit(exit_code(findings))


@main.command()
@click.option("--xlsx", "xlsx_file", type=_FILE, help="Write the Excel work paper.")
@click.option(
    "--select",
    multiple=True,
    metavar="MART",
    help="Only rebuild this mart from the last data read, and test it; +MART includes all it is built on. Repeatable.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
def reconcile(xlsx_file: Path | None, select: Sequence[str], as_json: bool) -> None:
    """Prove that RentAxis and QuickBooks agree, and say why where they do not. Writes nothing to QuickBooks."""
    from rentaxis_pipelines.checks.everything import rebuild_marts, reconcile_now

    if select and xlsx_file:
        raise click.UsageError("The work paper needs a full reconciliation: use either --select or --xlsx.")
    with progress("Comparing RentAxis with QuickBooks", as_json):
        summary = rebuild_marts(connections(), select) if select else reconcile_now(connections(), xlsx_file)
    if as_json:
        echo_json(summary.as_dict())
    else:
        echo(summary.text)
    sys.exit(0 if summary.proved else 1)


COMMANDS = (
    init, preview, approve, undo, plans, history, connect, rotate_key, status, migrate, prune, links, exclude, include, companies, serve, users, source,
    emulator, probe,
)  # fmt: skip
for command in COMMANDS:
    main.add_command(command)


if __name__ == "__main__":
    main()
