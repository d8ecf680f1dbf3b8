"""Commands about which organization is pushed to which QuickBooks company: ``rentaxis-sync companies ...``.

Here: arguments and output. Not here: what is allowed (``sync.companies``). Modules of the pipelines are imported inside the
commands, as in ``cli``.
"""

import getpass

import click
import msgspec

from rentaxis_pipelines.cli.company import connections
from rentaxis_pipelines.render.terminal import Column, Console, echo_json, say, table

_out = Console()


@click.group()
def companies() -> None:
    """Which RentAxis organization is pushed to which QuickBooks company from this pipelines database."""


@companies.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list instead of a table.")
def list_companies(as_json: bool) -> None:
    """Every registration, oldest first: an organization is pushed according to its latest one."""
    from rentaxis_pipelines.ledger.companies import all_registrations
    from rentaxis_pipelines.ledger.database import connect, migrate

    url = connections().pipelines_database_url.get_secret_value()
    migrate(url)
    with connect(url) as connection:
        registrations = all_registrations(connection)
    if as_json:
        echo_json(msgspec.to_builtins(registrations))
        return
    if not registrations:
        say(_out, "Nothing has been pushed from this pipelines database yet.")
        return
    names = ("RentAxis organization", "QuickBooks company", "since", "registered by", "why")
    cells = [
        (
            registration.organization_id,
            registration.realm,
            f"{registration.registered_at:%Y-%m-%d %H:%M}",
            registration.registered_by,
            registration.why or "first use",
        )
        for registration in registrations
    ]
    say(_out, table("Companies", [Column(name) for name in names], cells))


@companies.command()
@click.option("--why", required=True, help="The reason, kept with the move.")
@click.option("--who", default=getpass.getuser, show_default="you", help="Who decided, kept with the move.")
@click.option(
    "--same-records",
    is_flag=True,
    help="RentAxis gave the organization a new id, but its records kept theirs.",
)
def move(why: str, who: str, same_records: bool) -> None:
    """From now on, push the organization of the settings to the QuickBooks company of the settings."""
    from rentaxis_pipelines.sync.companies import move_company

    message = move_company(connections(), who, why, same_records=same_records)
    say(_out, message)
