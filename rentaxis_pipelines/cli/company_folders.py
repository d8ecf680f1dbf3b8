"""``rentaxis-sync companies add`` and ``companies remove``: the folders of companies.

Here: arguments, questions and output. Not here: the files (``settings.new_company``, ``sync.company_folders``). Modules of the pipelines are imported inside the
commands, as in ``cli``.
"""

import contextlib
import datetime as dt
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.render.terminal import Console, say

if TYPE_CHECKING:
    import sqlalchemy as sa

    from rentaxis_pipelines.settings import Scope

_RELOAD = "Dagster shows the change after a reload: Deployment, Reload. Runs of other companies go on."
_out = Console()


def _folder_of_companies() -> Path:
    """Where the companies' folders are. Raises CannotLaunch where there is one company, of the environment."""
    from rentaxis_pipelines.settings.companies import COMPANIES_FOLDER, companies_folder

    folder = companies_folder()
    if folder is None:
        raise CannotLaunch(
            f"{COMPANIES_FOLDER} is not set, so the environment describes the only company. Set it to a folder that is to hold a folder for "
            "each company, for every service and in this shell."
        )
    return folder


@click.command()
@click.argument("slug")
@click.option("--organization", required=True, metavar="ID", help="Id of the RentAxis organization.")
@click.option("--realm", required=True, metavar="ID", help="The QuickBooks company id.")
@click.option("--prefix", default="", metavar="NAME_", help="What its own variables begin with: ELM_STREET_.")
@click.option("--time-zone", metavar="ZONE", help="Such as America/New_York.")
@click.option(
    "--first-day",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The first day that can be chosen.",
)
def add(
    slug: str,
    organization: str,
    realm: str,
    prefix: str,
    time_zone: str | None,
    first_day: dt.datetime | None,
) -> None:
    """Add a company: write its folder, named SLUG, with defs.yaml, company.yaml and environment.

    SLUG is its short name: lowercase letters, digits and single underscores, such as elm_street.
    """
    from rentaxis_pipelines.settings.new_company import checked_books
    from rentaxis_pipelines.sync.company_folders import add_company

    books = checked_books(organization, realm, prefix)
    day = None if first_day is None else first_day.date()
    folder = add_company(_folder_of_companies(), slug, books, time_zone=time_zone, first_day=day)
    for file in sorted(folder.iterdir()):
        say(_out, f"Written: {file}")
    say(_out, "Fill in company.yaml and the connections in environment, then continue with:")
    say(_out, f"  rentaxis-sync --company {slug} check")
    say(_out, f"  rentaxis-sync --company {slug} connect")
    say(_out, _RELOAD)


@click.command()
@click.argument("slug")
@click.option("--delete", is_flag=True, help="Delete the folder instead of moving it aside.")
@click.option("--extracted", is_flag=True, help="Also drop its extracted rows and its reports.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--database-gone",
    is_flag=True,
    help="Its pipelines database is gone for good: do not ask there whether a run is going.",
)
def remove(slug: str, delete: bool, extracted: bool, yes: bool, database_gone: bool) -> None:
    """Remove the company SLUG: its folder goes, its ledger stays. Refused while one of its runs is going.

    The folder is moved to .removed beside the others. What was pushed stays in QuickBooks, and the ledger keeps the proof of it: added
    again with the same organization and QuickBooks company, it goes on where it was.
    """
    from rentaxis_pipelines.settings import scopes_from_environment
    from rentaxis_pipelines.sync.companies import drop_extracted
    from rentaxis_pipelines.sync.company_folders import delete_folder, set_aside

    companies = _folder_of_companies()
    scope = next((scope for scope in scopes_from_environment() if scope.slug == slug), None)
    if scope is None or scope.folder is None:
        raise CannotLaunch(f"There is no company {slug}. `rentaxis-sync companies list` shows them all.")
    if extracted and database_gone:
        raise click.UsageError("--extracted needs the database that --database-gone says is gone.")
    if not yes:
        what = "Delete" if delete else "Move aside"
        click.confirm(f"{what} the folder {scope.folder}?", abort=True)
    with _no_run_going(scope, database_gone=database_gone, needs_database=extracted) as connection:
        dropped = (
            drop_extracted(connection, scope.environment.company_key) if connection and extracted else []
        )
        if delete:
            delete_folder(scope.folder)
            say(_out, f"Deleted: {scope.folder}")
        else:
            say(_out, f"Moved to {set_aside(companies, scope.folder, dt.datetime.now(dt.UTC))}")
    kept = "Its ledger stays: links, plans, results and decisions of its QuickBooks company"
    say(_out, f"{kept}{'' if extracted else ', and its extracted rows and reports'}.")
    for schema in dropped:
        say(_out, f"Dropped: the schema {schema}")
    say(_out, _RELOAD)


@contextlib.contextmanager
def _no_run_going(
    scope: "Scope", *, database_gone: bool, needs_database: bool
) -> "Generator[sa.Connection | None]":
    """No run of the company pushes inside the block; None where its database is not asked. Raises CannotLaunch, LedgerError."""
    from rentaxis_pipelines.ledger.database import LedgerUnreachable
    from rentaxis_pipelines.orchestration.going_runs import runs_not_ended
    from rentaxis_pipelines.settings import SettingsError
    from rentaxis_pipelines.sync.companies import nobody_pushing

    going = runs_not_ended(scope.realm) if scope.realm else []
    if going:
        raise CannotLaunch(
            f"{scope.slug} has {len(going)} runs in Dagster that have not ended, such as {going[0]}. Nothing was removed. Wait for them, or "
            "terminate them in Dagster, and remove the company then."
        )
    if database_gone:
        yield None
        return
    try:
        environment = scope.environment
    except SettingsError:  # without its connections no run of it could have begun
        if needs_database:
            raise
        yield None
        return
    with contextlib.ExitStack() as held:
        try:
            connection = held.enter_context(nobody_pushing(environment))
        except LedgerUnreachable as error:
            raise CannotLaunch(
                f"{error} Nothing was removed. If that database is gone for good, add --database-gone."
            ) from error
        yield connection
