"""``rentaxis-sync status``: how the companies stand.

Here: arguments, output, exit codes. Not here: the facts (``reports.status``), the words (``reports.status_words``). Modules of the pipelines
are imported inside the command, as in ``cli``.
"""

import contextlib
import datetime as dt
import sys
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING

import click
import msgspec

from rentaxis_pipelines.cli.company import chosen_scopes
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.render.terminal import Column, Console, echo, echo_json, say, table

if TYPE_CHECKING:
    import dagster as dg

    from rentaxis_pipelines.reports.status import CompanyStatus
    from rentaxis_pipelines.settings import Scope

NEEDS_ATTENTION, STOPPED = 1, 2
_out = Console()


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of sentences.")
def status(as_json: bool) -> None:
    """How every company stands, or that of --company: last good night, what is open, queue, connection, reads. Reads only.

    Exit code 0 if nothing needs attention, 1 if something does, 2 if a company cannot be pushed to.
    """
    from rentaxis_pipelines.ledger.database import newest_version
    from rentaxis_pipelines.reports.status import program_version

    statuses, seen_at, problem = _read(chosen_scopes())
    if as_json:
        companies = [msgspec.to_builtins(each) | {"standing": each.standing} for each in statuses]
        dagster = {"daemon_seen_at": seen_at.isoformat() if seen_at else None, "problem": problem}
        versions = {"program_version": program_version(), "ledger_version": newest_version()}
        echo_json({**versions, "dagster": dagster, "companies": companies})
    else:
        _print(statuses)
        for sentence in _about_dagster(seen_at, problem):
            echo(sentence)
        echo(f"Program {program_version()}; it needs the ledger's tables at {newest_version()}.")
    standings = {each.standing for each in statuses}
    sys.exit(STOPPED if "stopped" in standings else NEEDS_ATTENTION if "attention" in standings else 0)


def _read(scopes: "Sequence[Scope]") -> "tuple[list[CompanyStatus], dt.datetime | None, str | None]":
    """The companies, when the daemon was last seen, and why Dagster could not be asked."""
    from rentaxis_pipelines.reports.status import statuses_of

    dagster, problem = None, "Its database cannot be read."
    try:
        with _dagster() as instance:
            from rentaxis_pipelines.orchestration.queue import state_of

            dagster = state_of(instance, scopes)
    except CannotLaunch as error:
        problem = str(error)
    now = dt.datetime.now(dt.UTC)
    if dagster is None:
        return statuses_of(scopes, now), None, problem
    return statuses_of(scopes, now, dagster.queues), dagster.daemon_seen_at, None


@contextlib.contextmanager
def _dagster() -> "Generator[dg.DagsterInstance]":
    """Dagster's own instance. Raises CannotLaunch where there is none."""
    from rentaxis_pipelines.orchestration.dagster_home import home

    if not home():
        raise CannotLaunch("DAGSTER_HOME is not set in this shell.")
    from rentaxis_pipelines.orchestration import launch

    with launch.instance() as instance:
        yield instance


def _print(statuses: "Sequence[CompanyStatus]") -> None:
    from rentaxis_pipelines.reports.status_words import COLUMNS, cells, sentences, troubles

    if not statuses:
        say(_out, "There is no company yet. Add one with: rentaxis-sync companies add")
    elif len(statuses) == 1:
        echo("\n".join(sentences(statuses[0])))
    else:
        say(_out, table("Companies", [Column(name) for name in COLUMNS], map(cells, statuses)))
        for sentence in troubles(statuses):
            say(_out, sentence)


def _about_dagster(seen_at: dt.datetime | None, problem: str | None) -> list[str]:
    from rentaxis_pipelines.orchestration.queue import daemon_is_dead

    if problem is not None:
        return [f"Dagster's queue is not known: {problem}"]
    if not daemon_is_dead(seen_at, dt.datetime.now(dt.UTC)):
        return []
    since = f"was last seen {seen_at:%Y-%m-%d %H:%M} UTC" if seen_at else "has not been seen in full"
    return [f"Dagster's daemon {since}: nothing that waits is started until it runs again."]
