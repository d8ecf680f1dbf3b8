"""rentaxis-sync serve, users: the web front end. Here: arguments and output. Not here: the work itself (``web``)."""

import contextlib
import dataclasses
import sys
from collections.abc import Collection, Generator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.render.terminal import Column, Console, say, table

if TYPE_CHECKING:
    from rentaxis_pipelines.web.users import User, UsersFile

PORT = click.IntRange(0, 65535)
_ROLES = click.Choice(["viewer", "operator", "approver"])
_out = Console()


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", type=PORT, default=3000, show_default=True, help="The port to listen on; 0 picks a free one."
)
@click.option(
    "--workspace",
    "-w",
    multiple=True,
    default=["workspace.yaml"],
    show_default=True,
    type=click.Path(path_type=Path),
    help="Dagster's workspace file. Repeatable.",
)
def serve(host: str, port: int, workspace: tuple[Path, ...]) -> None:
    """Serve the Dagster UI behind sign-in and access control, until interrupted."""
    from rentaxis_pipelines.web.serve import serve as serve_now

    serve_now(host, port, workspace, lambda text: say(_out, text))


@click.group()
def users() -> None:
    """Who may open the UI. The file is set by WEB_USERS_FILE; changes take effect immediately."""


@users.command()
@click.argument("name")
@click.option("--role", type=_ROLES, required=True, help="What the user may do.")
@click.option(
    "--company",
    "companies",
    multiple=True,
    metavar="SLUG",
    help="The only company the user sees. Repeatable. Without it, they see every company.",
)
@click.option(
    "--no-password", is_flag=True, help="For a user who signs in through OpenID Connect or a proxy."
)
def add(name: str, role: str, companies: tuple[str, ...], no_password: bool) -> None:
    """Add a user; asks for the password."""
    from rentaxis_pipelines.web.people import Role
    from rentaxis_pipelines.web.users import UsersFileError, new_user

    user = new_user(name, Role[role], companies=frozenset(companies) if companies else None)
    with _file().changing() as entries:
        if name.casefold() in entries:
            raise UsersFileError(f"{name} is already a user. Nothing was changed.")
        if not no_password:
            user = dataclasses.replace(user, password=_prompt_for_password())
        entries[name.casefold()] = user
    only = f", for {_listed(companies)} alone" if companies else ""
    say(_out, f"{name} can now sign in as {role}{only}.")
    _warn_of_unknown(companies)


@users.command(name="companies")
@click.argument("name")
@click.argument("companies", nargs=-1, metavar="[SLUG]...")
@click.option("--all", "every", is_flag=True, help="Every company, those that are added later too.")
def set_companies(name: str, companies: tuple[str, ...], every: bool) -> None:
    """Say which companies a user sees, in place of those they saw; it counts at once."""
    if every == bool(companies):
        raise click.UsageError("Name the companies that the user sees, or give --all for every company.")
    with _changing(name) as (entries, user):
        entries[name.casefold()] = dataclasses.replace(
            user, companies=None if every else frozenset(companies)
        )
    say(_out, f"{user.name} now sees {'every company' if every else f'{_listed(companies)} alone'}.")
    _warn_of_unknown(companies)


@users.command()
@click.argument("name")
def password(name: str) -> None:
    """Set a user's password; ends their sessions."""
    with _changing(name) as (entries, user):
        entries[name.casefold()] = dataclasses.replace(user, password=_prompt_for_password())
    say(_out, f"{user.name} has a new password and must sign in again.")


@users.command()
@click.argument("name")
@click.argument("role", type=_ROLES)
def role(name: str, role: str) -> None:
    """Give a user another role; ends their sessions."""
    from rentaxis_pipelines.web.people import Role

    with _changing(name) as (entries, user):
        entries[name.casefold()] = dataclasses.replace(user, role=Role[role])
    say(_out, f"{user.name} is now {role} and must sign in again.")


@users.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove a user; ends their sessions at once."""
    with _changing(name) as (entries, user):
        del entries[name.casefold()]
    say(_out, f"{user.name} was removed and signed out.")


@users.command(name="list")
def list_users() -> None:
    """List users, their roles and their companies."""
    rows = [
        (
            user.name,
            user.role.name,
            "all" if user.companies is None else ", ".join(sorted(user.companies)) or "none",
            "a password" if user.password else "OpenID Connect or a proxy",
            user.added[:10],
        )
        for user in sorted(_file().users().values(), key=lambda user: user.name.casefold())
    ]
    columns = [Column(name) for name in ("user", "role", "companies", "signs in with", "added")]
    say(_out, table("Users", columns, rows))


def _listed(companies: Collection[str]) -> str:
    return ", ".join(sorted(set(companies)))


def _warn_of_unknown(companies: Collection[str]) -> None:
    """Say which of these are not among the companies that this machine knows: a company may be named before it is added."""
    from rentaxis_pipelines.settings import SettingsError, scopes_from_environment
    from rentaxis_pipelines.settings.errors import nearest

    try:
        known = [scope.slug for scope in scopes_from_environment()]
    except SettingsError:
        return
    for company in sorted(set(companies) - set(known)):
        say(_out, f"There is no company {company} here yet.{nearest(company, known)}")


def _file() -> "UsersFile":
    from rentaxis_pipelines.settings.web import load_users_path
    from rentaxis_pipelines.web.users import UsersFile

    return UsersFile(load_users_path())


@contextlib.contextmanager
def _changing(name: str) -> "Generator[tuple[dict[str, User], User]]":
    from rentaxis_pipelines.web.users import UsersFileError

    file = _file()
    file.users()  # without a file there is nothing to change
    with file.changing() as entries:
        user = entries.get(name.casefold())
        if user is None:
            raise UsersFileError(f"{name} is not a user. Nothing was changed.")
        yield entries, user


def _prompt_for_password() -> str:
    """The hash of the password typed at a terminal, twice and hidden; or of the first line of standard input."""
    from rentaxis_pipelines.web.passwords import hashed

    typed = (
        click.prompt("Password", hide_input=True, confirmation_prompt="Repeat the password")
        if sys.stdin.isatty()
        else sys.stdin.readline().rstrip("\n")
    )
    try:
        return hashed(typed)
    except ValueError as error:
        raise CannotLaunch(f"{error} Nothing was changed.") from error
