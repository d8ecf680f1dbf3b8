"""Commands about the companies there are, and which organization is pushed to which QuickBooks company: ``rentaxis-sync companies ...``.

Here: ``list``, ``check`` and ``move``, their arguments and output. Not here: adding and removing (``company_folders``), what is allowed
(``sync.companies``). Modules of the pipelines are imported inside the commands, as in ``cli``.
"""

import getpass
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click
import msgspec

from rentaxis_pipelines.cli.company import chosen_scopes, connections
from rentaxis_pipelines.cli.company_folders import add, remove
from rentaxis_pipelines.cli.company_moves import export, import_, stay
from rentaxis_pipelines.render.terminal import Column, Console, echo_json, say, table

if TYPE_CHECKING:
    from rentaxis_pipelines.ledger.companies import Registration
    from rentaxis_pipelines.settings import Scope

COULD_NOT_RUN = 2
_out, _err = Console(), Console(stderr=True)


@click.group()
def companies() -> None:
    """The companies: add, list, check and remove them, and which organization is pushed to which QuickBooks company."""


for command in (add, remove, export, import_, stay):
    companies.add_command(command)


@companies.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
def list_companies(as_json: bool) -> None:
    """Every company with what is wrong with its settings, and who was pushed where since when. Reads only.

    Exit code 2 if a company cannot be used.
    """
    scopes = chosen_scopes()
    problems = {scope.slug: scope.problem for scope in scopes}
    registrations = _registrations(scopes, problems)
    if as_json:
        listed = [_as_dict(scope, problems[scope.slug]) for scope in scopes]
        echo_json({"companies": listed, "registrations": msgspec.to_builtins(registrations)})
    else:
        _show_companies(scopes, problems)
        _show_registrations(registrations)
    sys.exit(COULD_NOT_RUN if any(problems.values()) else 0)


def _registrations(scopes: "Sequence[Scope]", problems: "dict[str, str | None]") -> "list[Registration]":
    """Those in the companies' databases, oldest first; why one cannot be asked is added to the problems."""
    from rentaxis_pipelines.ledger.companies import all_registrations, has_companies
    from rentaxis_pipelines.ledger.database import LedgerError, connect
    from rentaxis_pipelines.settings import SettingsError

    asked: dict[str, list[Registration] | str] = {}
    for scope in scopes:
        try:
            url = scope.environment.pipelines_database_url.get_secret_value()
        except SettingsError as error:
            problems[scope.slug] = problems[scope.slug] or str(error)
            continue
        if url not in asked:
            try:
                with connect(url) as connection:
                    asked[url] = all_registrations(connection) if has_companies(connection) else []
            except LedgerError as error:
                asked[url] = str(error)
        if isinstance(answer := asked[url], str):
            problems[scope.slug] = problems[scope.slug] or answer
    every = [one for answer in asked.values() if not isinstance(answer, str) for one in answer]
    return sorted(every, key=lambda registration: registration.registered_at)


def _as_dict(scope: "Scope", problem: str | None) -> dict[str, Any]:
    return {
        "slug": scope.slug,
        "folder": None if scope.folder is None else str(scope.folder),
        "organization": scope.organization,
        "realm": scope.realm,
        "problem": problem,
    }


def _show_companies(scopes: "Sequence[Scope]", problems: "dict[str, str | None]") -> None:
    if not scopes:
        say(_out, "There is no company yet. Add one with: rentaxis-sync companies add")
        return
    names = ("company", "RentAxis organization", "QuickBooks company", "settings", "folder")
    cells = [
        (
            scope.slug,
            scope.organization or "",
            scope.realm or "",
            "cannot be used" if problems[scope.slug] else "ok",
            scope.folder or "",
        )
        for scope in scopes
    ]
    say(_out, table("Companies", [Column(name) for name in names], cells))
    for scope in scopes:
        for sentence in (problems[scope.slug] or "").splitlines():
            say(_out, f"{scope.slug}: {sentence}", style="red")


def _show_registrations(registrations: "Sequence[Registration]") -> None:
    if not registrations:
        say(_out, "Nothing has been pushed yet.")
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
    say(_out, table("Pushed to, by the latest line of each", [Column(name) for name in names], cells))


@companies.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as one JSON list.")
def check(as_json: bool) -> None:
    """Check everything that runs of the companies need, as `rentaxis-sync check` does for one; --company chooses one.

    Exit code 0: all can run; 1: all can, but some of their rows would fail; 2: a company cannot run.
    """
    from rentaxis_pipelines.checks.companies import check_company, together
    from rentaxis_pipelines.checks.finding import exit_code

    scopes, found = chosen_scopes(), []
    for number, scope in enumerate(scopes, start=1):
        if not as_json:
            say(_err, f"Checking {scope.slug} ({number} of {len(scopes)}) ...")
        found.append((scope.slug, check_company(scope)))
    if as_json:
        echo_json([{"company": slug, **each.as_dict()} for slug, findings in found for each in findings])
    else:
        from rentaxis_pipelines.cli.screen import print_findings_of_companies

        print_findings_of_companies(together(found), [slug for slug, _ in found], _out)
    sys.exit(exit_code([finding for _, findings in found for finding in findings]))


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
