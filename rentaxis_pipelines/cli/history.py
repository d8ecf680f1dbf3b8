"""``rentaxis-sync history``: what was done to one record in QuickBooks, when, by whom, before and after.

Here: arguments and output. Not here: what is told (``reports.history``). Modules of the pipelines are imported inside, as in ``main``.
"""

from typing import TYPE_CHECKING

import click

from rentaxis_pipelines.cli.company import company_scope
from rentaxis_pipelines.cli.which import chosen_record
from rentaxis_pipelines.model.record_types import DECIDABLE, listed
from rentaxis_pipelines.render.characters import one_line
from rentaxis_pipelines.render.terminal import Console, echo_json, say, text

if TYPE_CHECKING:
    from rentaxis_pipelines.reports.history import Entry, RecordHistory

_out = Console()


@click.command(
    help=f"Show what was done to one record in QuickBooks: TYPE is {listed(DECIDABLE)}; RECORD its number, name, e-mail or id."
)
@click.argument("source_type", metavar="TYPE", type=click.Choice(DECIDABLE))
@click.argument("known_by", metavar="RECORD")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def history(source_type: str, known_by: str, as_json: bool) -> None:
    """Show every version of one record, oldest first: our writes and what people changed in QuickBooks. Nothing is sent."""
    from rentaxis_pipelines.ledger.database import connect
    from rentaxis_pipelines.reports.history_reading import history_of

    chosen = chosen_record(source_type, known_by)
    scope = company_scope().current()
    environment = scope.environment
    with connect(environment.pipelines_database_url.get_secret_value()) as connection:
        told = history_of(
            connection,
            environment.quickbooks_realm_id,
            (chosen.source_type, chosen.source_id),
            chosen.label,
            scope.company.zone,
        )
    if as_json:
        echo_json(told.as_dict())
    else:
        print_history(told, _out)


def print_history(told: "RecordHistory", out: Console) -> None:
    """Each version under the day and time it happened on, newest last."""
    say(out, text(one_line(told.label), "bold"), f": {_counted(told)}" if told.entries else "")
    if told.remark:
        say(out, one_line(told.remark))
    for entry in told.entries:
        _print_entry(entry, out)


def _print_entry(entry: "Entry", out: Console) -> None:
    say(out, text(f"{entry.at:%Y-%m-%d %H:%M %Z}  {one_line(entry.heading)}", "bold"))
    if not entry.before_known:
        say(out, "  What stood before is not known; this stood afterwards:")
    for change in entry.changes:
        stood, stands = one_line(change.stands), one_line(change.will_stand)
        said = f"{stood or 'empty'} -> {stands or 'empty'}" if stood and entry.before_known else stands
        say(out, f"  {one_line(change.field)}: {said or 'taken away'}")
    if not entry.changes:
        say(out, "  Nothing that people see changed.")


def _counted(told: "RecordHistory") -> str:
    number = len(told.entries)
    return f"{number} {'version' if number == 1 else 'versions'}, newest last"
