"""rentaxis-sync bulk, record: push a range of days, or one record. Here: arguments and output. Not here: the runs (``orchestration``)."""

import datetime as dt
import sys

import click

from rentaxis_pipelines.cli.company import company_scope
from rentaxis_pipelines.cli.runs import (
    check_connected,
    chosen_range,
    progress,
    range_options,
    run_id_of,
    show_runs,
)
from rentaxis_pipelines.cli.which import chosen_record
from rentaxis_pipelines.model.record_types import SOURCE_TYPES, listed


@click.command()
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
    full: bool,
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
            full=full,
            confirm_unusual=confirm_unusual,
        )
    sys.exit(show_runs([run_id_of(done, BULK_SYNC)], as_json))


@click.command(
    help=f"Push one record: TYPE is {listed(SOURCE_TYPES)}; RECORD its number, name, e-mail or id."
)
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
