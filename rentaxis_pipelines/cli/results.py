"""rentaxis-sync results, check, reconcile: what a run did, what a run needs, and the proof. Here: arguments and output."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from rentaxis_pipelines.cli.company import chosen_scope, connections
from rentaxis_pipelines.cli.runs import progress
from rentaxis_pipelines.render.terminal import Console, ascii_json, echo, echo_json, say

_FILE = click.Path(dir_okay=False, path_type=Path)
_out = Console()
_err = Console(stderr=True)


@click.command()
@click.option("--run", "run_id", help="A run's id; defaults to the latest run.")
@click.option("--status", type=click.Choice(["created", "updated", "skipped", "failed"]))
@click.option("--csv", "csv_file", type=_FILE, help="Write all rows to this file.")
@click.option("--xlsx", "xlsx_file", type=_FILE, help="Write an Excel work paper.")
@click.option("--json", "as_json", is_flag=True, help="Print the rows as one JSON list.")
def results(
    run_id: str | None, status: str | None, csv_file: Path | None, xlsx_file: Path | None, as_json: bool
) -> None:
    """Show the result of every record of a run: failed and waiting records first, largest amount first."""
    from rentaxis_pipelines.cli import screen
    from rentaxis_pipelines.reports import export

    with export.results_of_run(connections(), run_id, status) as run:
        if csv_file:
            export.write_csv(csv_file, run.rows_in_turn())
            say(_err, f"{run.count} rows written to {csv_file}.")
        if xlsx_file:
            export.write_xlsx(xlsx_file, run.book())
            say(_err, f"{run.count} rows written to {xlsx_file}.")
        if as_json:
            for part in export.json_parts(run):
                echo(ascii_json(part), newline=False)
            echo("")
        elif not (csv_file or xlsx_file):
            screen.print_run(run.run_id, run.sums, run.causes, _out)
        sys.exit(1 if run.has_failed else 0)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as one JSON list.")
def check(as_json: bool) -> None:
    """Check everything a run needs, before any row is written: worst first, most money first.

    Exit code 0: a run can start; 1: it can, but some of its rows would fail; 2: it cannot.
    """
    from rentaxis_pipelines.checks.companies import check_company
    from rentaxis_pipelines.checks.finding import exit_code
    from rentaxis_pipelines.cli import screen

    findings = check_company(chosen_scope())
    if as_json:
        echo_json([finding.as_dict() for finding in findings])
    else:
        screen.print_findings(findings, _out)
    sys.exit(exit_code(findings))


@click.command()
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
