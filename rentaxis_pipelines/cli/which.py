"""Which record a command is about: says what was found, asks where several fit and somebody sits at a terminal.

Here: words in, words out. Not here: the looking (``sync.which_record``). What was found is said on the error stream, so that the
output stays clean.
"""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.render.terminal import Console, say

if TYPE_CHECKING:
    from rentaxis_pipelines.sync.which_record import Found

_err = Console(stderr=True)


def chosen_record(source_type: str, typed: str) -> "Found":
    """The record that was typed, said on the screen. Raises CannotLaunch where several fit and nobody can be asked."""
    from rentaxis_pipelines.settings import load_scope
    from rentaxis_pipelines.sync.which_record import described, only_one, records_meant

    found = records_meant(load_scope().current(), source_type, typed)
    if len(found) > 1:
        found = [found[_which(f"{len(found)} {source_type}s fit:", [described(one) for one in found])]]
    chosen = only_one(source_type, typed, found)
    say(_err, described(chosen))
    return chosen


def chosen_object(source_type: str, typed: str) -> str:
    """The id of the QuickBooks object that was typed by id or name; what it is, is said on the screen.

    An id that was not seen yet is taken as it is: whether it is there is decided with QuickBooks' lists as they are then.
    """
    from rentaxis_pipelines.model.record_types import ENTITY_LINKED_BY_HAND
    from rentaxis_pipelines.settings import load_environment
    from rentaxis_pipelines.sync.which_record import objects_meant

    entity = ENTITY_LINKED_BY_HAND[source_type]
    found = objects_meant(load_environment(), entity, typed)
    if not found:
        say(_err, f"In QuickBooks: {entity.lower()} {typed.strip()}, which was not seen there yet")
        return typed
    lines = [
        f"In QuickBooks: {entity.lower()} {one.quickbooks_id}" + (f", {one.name}" if one.name else "")
        for one in found
    ]
    chosen = _which(f"{len(found)} fit:", lines) if len(found) > 1 else 0
    say(_err, lines[chosen])
    return found[chosen].quickbooks_id


def refuse_unasked(value: str | None, option: str) -> None:
    """Before anything is looked up: a usage error for an option left out where nobody can be asked for it."""
    if value is None and not sys.stdin.isatty():
        raise click.UsageError(f"Missing option '{option}'. At a terminal it would be asked for.")


def asked(value: str | None, question: str) -> str:
    """The value, or the answer to the question."""
    return click.prompt(question, err=True) if value is None else value


def _which(heading: str, lines: Sequence[str]) -> int:
    """The place of the line chosen at the terminal. Raises CannotLaunch where there is none, with the lines."""
    if not sys.stdin.isatty():
        listed = "\n".join(f"  {line}" for line in lines)
        raise CannotLaunch(
            f"{heading}\n{listed}\nNothing was started. Say which one is meant, as id: and its id."
        )
    say(_err, heading)
    for number, line in enumerate(lines, start=1):
        say(_err, f"{number:>3}  {line}")
    return click.prompt("Which one", type=click.IntRange(1, len(lines)), err=True) - 1
