"""``rentaxis-sync plans``: the list of stored plans, or one of them. ``show_plan`` is what other commands show of a plan too.

Here: arguments and output. Not here: making a plan, approving it. Modules of the pipelines are imported inside, as in ``main``.
"""

from pathlib import Path

import click

from rentaxis_pipelines.cli.company import connections
from rentaxis_pipelines.render.terminal import Console, echo_json, say

_FILE = click.Path(dir_okay=False, path_type=Path)
_out = Console()
_err = Console(stderr=True)


@click.command()
@click.argument("plan", metavar="[PLAN]", required=False)
@click.option("--csv", "csv_file", type=_FILE, help="Write all rows of the plan to this file.")
@click.option("--xlsx", "xlsx_file", type=_FILE, help="Write an Excel work paper of the plan.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
def plans(plan: str | None, csv_file: Path | None, xlsx_file: Path | None, as_json: bool) -> None:
    """List the stored plans, newest first; or show the one whose id begins with PLAN. Nothing is sent."""
    if plan is not None:
        show_plan(plan, xlsx_file=xlsx_file, csv_file=csv_file, as_json=as_json)
        return
    if csv_file or xlsx_file:
        raise click.UsageError("Say which plan to write: rentaxis-sync plans PLAN --xlsx FILE.")
    from rentaxis_pipelines.cli import plan_screen
    from rentaxis_pipelines.ledger.database import connect
    from rentaxis_pipelines.reports.plan_reading import all_plans

    environment = connections()
    with connect(environment.pipelines_database_url.get_secret_value()) as connection:
        listed = all_plans(connection, environment.quickbooks_realm_id)
    if as_json:
        echo_json([entry.as_dict() for entry in listed])
    else:
        plan_screen.print_plans(listed, _out)


def show_plan(preview_id: str, *, xlsx_file: Path | None, csv_file: Path | None, as_json: bool) -> None:
    """Show the plan whose id begins so, or write it to files. Raises CannotLaunch where there is none, or a file cannot be written."""
    from rentaxis_pipelines.cli import plan_screen
    from rentaxis_pipelines.ledger.database import connect
    from rentaxis_pipelines.reports import plan_files
    from rentaxis_pipelines.reports.export import write_errors_explained
    from rentaxis_pipelines.reports.plan_reading import page_of
    from rentaxis_pipelines.reports.plan_words import how_to_go_on

    environment = connections()
    with connect(environment.pipelines_database_url.get_secret_value()) as connection:
        page = page_of(connection, environment.quickbooks_realm_id, preview_id)
    for path, write in ((csv_file, plan_files.write_plan_csv), (xlsx_file, plan_files.write_plan_xlsx)):
        if path:
            with write_errors_explained(path):
                write(path, page)
            say(_err, f"Plan {page.head.short_id}, {len(page.rows):,} rows, written to {path}.")
    if as_json:
        echo_json(plan_files.plan_as_dict(page))
        return
    if not (csv_file or xlsx_file):
        plan_screen.print_plan(page, _out)
    if page.head.state_code == "planned":
        say(_out, how_to_go_on(page), style="bold")
