"""rentaxis-sync demo, up, demo-env: the demo stack. Here: arguments and output. Not here: the stack itself (``demo``)."""

import contextlib
import sys
from pathlib import Path

import click

from rentaxis_pipelines.cli.group import COULD_NOT_RUN
from rentaxis_pipelines.cli.runs import progress
from rentaxis_pipelines.cli.serve import PORT
from rentaxis_pipelines.render.terminal import Console, echo, echo_json, say

_COMPANIES = click.IntRange(1, 1_000)
_COMPANIES_HELP = "Companies, each with a folder, an organization and a QuickBooks company of its own; all but the first are small."
_HOMES = click.IntRange(46, 100_000)  # 42 of them contain the special cases (demo.portfolio.SMALLEST)
_MONTHS = click.IntRange(1, 120)
_out = Console()


@click.command()
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
        whole = stack.WHOLE_BOOKS_FILE
        started = stack.running(units=units, months=months, seed=seed, small=small, company_file=whole)
        parts = running.enter_context(started)
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


@click.command()
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
    started = stack.running(
        units=units,
        months=months,
        fresh=fresh,
        folder=folder,
        small=small,
        company_file=stack.WHOLE_BOOKS_FILE,
    )
    with started as parts:
        services.serve_dagster(parts, port, announce=lambda text: say(_out, text))


@click.command("demo-env")
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
