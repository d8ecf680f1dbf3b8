"""Which record a command is about: prints the match, and prompts if several match and a person is at the terminal.

Here: arguments and output. Not here: the search (``sync.which_record``). The match is printed to standard error, so that standard
output stays clean.
"""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from rentaxis_pipelines.cli.company import company_scope, connections
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.render.terminal import Console, say

if TYPE_CHECKING:
    from rentaxis_pipelines.sync.which_record import Found

_err = Console(stderr=True)


def chosen_record(source_type: str, typed: str) -> "Found":
    """The record that was typed; prints what it is. Raises CannotLaunch if several match and nobody can be asked."""
    from rentaxis_pipelines.sync.which_record import described, only_one, records_meant

    records = records_meant(company_scope().current(), source_type, typed)
    if len(records) > 1:
        heading = f"{len(records)} {source_type}s match:"
        records = [records[_which(heading, [described(record) for record in records])]]
    chosen = only_one(source_type, typed, records)
    say(_err, described(chosen))
    return chosen


def chosen_object(source_type: str, typed: str) -> str:
    """The id of the QuickBooks object that was typed by id or name; prints what it is.

    An id not seen yet is accepted as is: whether it exists is decided later, with up-to-date QuickBooks lists.
    """
    from rentaxis_pipelines.model.record_types import ENTITY_LINKED_BY_HAND
    from rentaxis_pipelines.sync.which_record import objects_meant

    entity = ENTITY_LINKED_BY_HAND[source_type]
    matches = objects_meant(connections(), entity, typed)
    if not matches:
        say(_err, f"In QuickBooks: {entity.lower()} {typed.strip()}, which has not been seen there yet")
        return typed
    lines = [
        f"In QuickBooks: {entity.lower()} {match.quickbooks_id}" + (f", {match.name}" if match.name else "")
        for match in matches
    ]
    chosen = _which(f"{len(matches)} match:", lines) if len(matches) > 1 else 0
    say(_err, lines[chosen])
    return matches[chosen].quickbooks_id


def require_or_prompt(value: str | None, option: str) -> None:
    """Called before anything is looked up: a usage error if an option is missing and there is no one to ask."""
    if value is None and not sys.stdin.isatty():
        raise click.UsageError(f"Missing option '{option}'. (At a terminal you would be prompted for it.)")


def asked(value: str | None, question: str) -> str:
    """The value, or the answer to a prompt."""
    return click.prompt(question, err=True) if value is None else value


def _which(heading: str, lines: Sequence[str]) -> int:
    """The index of the line chosen at the terminal. Raises CannotLaunch, listing the lines, if there is no terminal."""
    if not sys.stdin.isatty():
        listed = "\n".join(f"  {line}" for line in lines)
        raise CannotLaunch(
            f"{heading}\n{listed}\nNothing was started. Say which one you mean, as id: followed by its id."
        )
    say(_err, heading)
    for number, line in enumerate(lines, start=1):
        say(_err, f"{number:>3}  {line}")
    return click.prompt("Which one", type=click.IntRange(1, len(lines)), err=True) - 1
