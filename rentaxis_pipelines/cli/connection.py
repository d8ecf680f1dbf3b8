"""Commands for the connection to QuickBooks: ``rentaxis-sync connect`` and ``rotate-key``.

Here: arguments and output. Not here: the work itself (``sync.connection``). Modules of the pipelines are imported inside the commands, as in
``cli``. Addresses are printed without wrapping: a wrapped address could not be opened.
"""

import sys
from typing import TYPE_CHECKING

import click

from rentaxis_pipelines.cli.company import connections
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.render.terminal import echo

if TYPE_CHECKING:
    from rentaxis_pipelines.quickbooks.connect import Invitation
    from rentaxis_pipelines.quickbooks.tokens import Token
    from rentaxis_pipelines.settings import Environment


@click.command()
@click.option("--redirect-uri", metavar="URI", help="The redirect URI exactly as registered with Intuit.")
@click.option(
    "--paste",
    is_flag=True,
    help="Paste the address of the final page in the browser, instead of waiting for a callback.",
)
def connect(redirect_uri: str | None, paste: bool) -> None:
    """Connect the QuickBooks company: sign in to Intuit in the browser, once.

    Without options the browser is redirected to this machine, which Intuit allows for sandbox companies only. For a real company, use
    --redirect-uri and --paste.
    """
    from rentaxis_pipelines.sync import connection

    if paste != (redirect_uri is not None):
        raise click.UsageError(
            "--redirect-uri and --paste must be used together: nothing here listens at that address."
        )
    environment = connections()
    if redirect_uri is None:
        try:
            token = connection.sign_in_on_this_machine(environment, _show)
        except OSError as error:
            raise CannotLaunch(
                f"The callback on this machine did not start: port {connection.LOOPBACK_PORT} is in use. Stop the program using it, then "
                "run `rentaxis-sync connect` again."
            ) from error
    else:
        invitation = connection.begin_sign_in(environment, redirect_uri)
        _show(invitation.url)
        echo("Then copy the full address of the final page in the browser (the page may be blank).")
        token = _token_pasted(environment, invitation)
    echo(f"QuickBooks company {token.realm_id} is connected.")


def _show(url: str) -> None:
    echo("Sign in to QuickBooks here:")
    echo(url)


def _token_pasted(environment: "Environment", invitation: "Invitation") -> "Token":
    """Prompts until the answer is valid if a person is at the terminal; otherwise the first answer must be valid."""
    from rentaxis_pipelines.ledger.database import LedgerError
    from rentaxis_pipelines.quickbooks.faults import AnswerUnfit, NotSent
    from rentaxis_pipelines.sync.connection import finish_sign_in

    while True:
        try:
            return finish_sign_in(environment, invitation, _pasted())
        except (AnswerUnfit, LedgerError, NotSent) as error:  # the same answer may still be valid
            if not sys.stdin.isatty():
                raise
            echo(f"{error}\nTry again, or stop with Ctrl-C.")


def _pasted() -> str:
    """One line. If a terminal wrapped the address over several lines, ``grant_from_answer`` reassembles it from its parameters."""
    echo("Paste it here: ", newline=False)
    line = sys.stdin.readline()
    if not line:
        raise CannotLaunch("Nothing was pasted, so nothing was connected: run `rentaxis-sync connect` again.")
    return line


@click.command("rotate-key")
def rotate_key() -> None:
    """Re-encrypt the stored QuickBooks tokens with the newest key, the first one in PIPELINES_SECRET_KEY."""
    from rentaxis_pipelines.sync.connection import seal_all_again

    realms = seal_all_again(connections())
    if not realms:
        echo("No company is connected, so there is nothing to encrypt.")
        return
    echo(
        f"Encrypted with the newest key: the token of QuickBooks company {', '.join(realms)}. Once every service runs with the newest key, "
        "the older keys can be removed from PIPELINES_SECRET_KEY."
    )
