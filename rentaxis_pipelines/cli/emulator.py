"""``rentaxis-sync emulator``: the QuickBooks emulator, with the variables that point these pipelines at it."""

from collections.abc import Sequence
from pathlib import Path

import click

from rentaxis_pipelines.cli.serve import PORT
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.render.terminal import echo

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option("--port", type=PORT, default=8400, show_default=True, help="0 picks a free port.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--seed", type=click.Choice(["demo", "recorded", "empty"]), default="demo", show_default=True)
@click.option("--state", type=_FILE, help="Keep the books in this file.")
@click.option(
    "--realm", "realms", multiple=True, metavar="NAME[=SEED]", help="A company; repeat it for more."
)
@click.option(
    "--switch",
    "switches",
    multiple=True,
    metavar="NAME=VALUE",
    help="How QuickBooks behaves where its behavior is not documented.",
)
@click.option(
    "--switches", "switches_file", type=_FILE, help="The same switches as a JSON file; --switch overrides it."
)
@click.option("--list-switches", is_flag=True, help="Explain every switch and stop.")
def emulator(
    port: int,
    host: str,
    seed: str,
    state: Path | None,
    realms: Sequence[str],
    switches: Sequence[str],
    switches_file: Path | None,
    list_switches: bool,
) -> None:
    """Serve QuickBooks Online companies on this machine, for development."""
    from quickbooks_emulator import command

    if list_switches:
        echo(command.help_for_switches())
        return

    def say(base_url: str, companies: command.Companies) -> None:
        heading, *details = command.how_to_reach(base_url, companies).splitlines()
        echo("\n".join([heading, *_variables(base_url, companies[0]["realm"]), *details]))

    try:
        command.run(
            say=say,
            port=port,
            host=host,
            seed=seed,
            state=state,
            realms=realms,
            switches=switches,
            switches_file=switches_file,
        )
    except command.CannotStart as error:
        raise CannotLaunch(str(error)) from error


def _variables(base_url: str, realm: str) -> list[str]:
    from quickbooks_emulator import oauth

    variables = {
        "QUICKBOOKS_BASE_URL": base_url,
        "QUICKBOOKS_AUTH_BASE_URL": base_url,
        "QUICKBOOKS_REALM_ID": realm,
        "QUICKBOOKS_CLIENT_ID": oauth.CLIENT_ID,
        "QUICKBOOKS_CLIENT_SECRET": oauth.CLIENT_SECRET,
    }
    return [
        *(f"export {name}={value}" for name, value in variables.items()),
        f"# Its sign-in page, which approves by itself: {base_url}/connect/oauth2",
    ]
