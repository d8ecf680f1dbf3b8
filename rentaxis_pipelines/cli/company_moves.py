"""``rentaxis-sync companies export``, ``import`` and ``stay``: a company out of a pipelines database and into another one.

Here: arguments and output. Not here: what is allowed (``sync.company_moves``). Modules of the pipelines are imported inside the commands,
as in ``cli``.
"""

import getpass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rentaxis_pipelines.cli.company import chosen, connections
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.render.terminal import Console, say

if TYPE_CHECKING:
    from rentaxis_pipelines.settings import Environment

_FILE = click.Path(dir_okay=False, path_type=Path)
_out = Console()
_who = click.option(
    "--who", default=getpass.getuser, show_default="you", help="Who decided, kept with the move."
)


@click.command("export")
@click.argument("slug")
@click.argument("file", type=_FILE)
@click.option("--leave", is_flag=True, help="The company leaves: nothing can be pushed from here any more.")
@click.option("--why", default="", help="With --leave: the reason, kept in this database.")
@_who
def export(slug: str, file: Path, leave: bool, why: str, who: str) -> None:
    """Write the company SLUG's part of the ledger to FILE: links, plans, results, decisions, the connection. Refused while a run is going.

    Extracted rows and reports are not in it: the next run makes them anew. FILE contains names and amounts; only you can read it.
    """
    from rentaxis_pipelines.settings.companies import chosen_scope
    from rentaxis_pipelines.sync.company_moves import export_company

    if leave != bool(why.strip()):
        raise click.UsageError("--leave and --why must be used together.")
    environment = chosen_scope(slug).environment
    moved = export_company(environment, file, who=who, leave=why if leave else None)
    say(_out, f"{moved.rows:,} rows of {moved.tables} tables were written to {file}.")
    if leave:
        say(
            _out,
            f"{slug} has left this database: nothing of it can be pushed from here any more, and its connection to QuickBooks is forgotten here.",
        )
        say(_out, "Where it goes, run: rentaxis-sync companies add, then rentaxis-sync companies import")
        say(_out, f"Here, once it works there: rentaxis-sync companies remove {slug}")


@click.command("import")
@click.argument("file", type=_FILE)
def import_(file: Path) -> None:
    """Write the company in FILE into the pipelines database of the company that has the same organization and QuickBooks company.

    Add that company first. Refused where the database has anything of it already.
    """
    from rentaxis_pipelines.sync.company_moves import import_company

    environment = _company_in(file)
    moved = import_company(environment, file)
    say(_out, f"{moved.rows:,} rows of {moved.tables} tables were read from {file}.")
    say(_out, _connection(environment))


def _company_in(file: Path) -> "Environment":
    """The settings of the company in the file. Raises CannotLaunch where there are none, NoCompanyFile."""
    from rentaxis_pipelines.settings import scopes_from_environment
    from rentaxis_pipelines.sync.company_file import opened

    if chosen() is not None:
        return connections()
    with opened(file) as reader:
        organization, realm = reader.manifest.organization_id, reader.manifest.realm
    for scope in scopes_from_environment():
        if (scope.organization, scope.realm) == (organization, realm):
            return scope.environment
    raise CannotLaunch(
        f"{file} holds RentAxis organization {organization} with QuickBooks company {realm}, and there is no such company here. Nothing was "
        f"imported. Add it first: rentaxis-sync companies add SLUG --organization {organization} --realm {realm}"
    )


def _connection(environment: "Environment") -> str:
    """Whether the imported connection to QuickBooks works with the key that is set here."""
    import datetime as dt

    from rentaxis_pipelines.quickbooks.faults import QuickBooksError
    from rentaxis_pipelines.sync.connection import connection_of

    try:
        connection = connection_of(environment, dt.datetime.now(dt.UTC))
    except QuickBooksError as error:
        return f"Its connection to QuickBooks does not work here: {error}"
    return (
        connection.warning or "Its connection to QuickBooks came with it. Continue with: rentaxis-sync check"
    )


@click.command()
@click.option("--why", required=True, help="The reason, kept in this database.")
@_who
def stay(why: str, who: str) -> None:
    """Take back that the company left this database. Only if its file was imported nowhere: two databases would push to one company."""
    from rentaxis_pipelines.sync import company_moves

    company_moves.stay(connections(), who, why)
    say(
        _out, "The company stays in this database. Connect it to QuickBooks again with: rentaxis-sync connect"
    )
