"""The program as a group of commands: a command's module is imported when the command is called, and its help waits for nothing else.

Here: finding a command, the list of all in ``--help``, and what becomes of an error. Not here: which commands there are (``main``).
"""

import importlib
import io
import sys
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from typing import Any, Final, NamedTuple

import click

from rentaxis_pipelines.orchestration import warm_commands

COULD_NOT_RUN: Final = 2


class Listed(NamedTuple):
    """Where a command is, as ``module:attribute``, and what it says of itself in one line: the first sentence of its own help."""

    place: str
    says: str


class _Commands(MutableMapping[str, click.Command]):
    """The commands by name, each imported when it is first asked for. One that was added as an object takes the place of the listed one."""

    def __init__(self, listed: Mapping[str, Listed]) -> None:
        self.listed = listed
        self._loaded: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name not in self._loaded:
            module, _, attribute = self.listed[name].place.partition(":")
            self._loaded[name] = getattr(importlib.import_module(module), attribute)
        return self._loaded[name]

    def __contains__(self, name: object) -> bool:  # Mapping's own would import it
        return name in self.listed or name in self._loaded

    def __iter__(self) -> Iterator[str]:
        return iter({**self.listed, **self._loaded})

    def __len__(self) -> int:
        return len({**self.listed, **self._loaded})

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self._loaded[name]


class Program(click.Group):
    """Turns known errors into one sentence and exit code 2; anything else is a bug and is shown in full, without values."""

    def list_commands_as(self, listed: Mapping[str, Listed]) -> None:
        """These are its commands."""
        self._listed = listed
        self.commands = _Commands(listed)  # pyright: ignore[reportIncompatibleVariableOverride] - click asks for no more than a mapping

    def main(self, args: Sequence[str] | None = None, *given: Any, **others: Any) -> Any:
        """As of any command. What a person typed is handed over to a process that is warm already, where there is one."""
        if args is None and (code := warm_commands.carried_out(sys.argv[1:])) is not None:
            sys.exit(code)
        return super().main(args, *given, **others)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's own form
        """The list under ``--help``, without importing any of them."""
        limit = formatter.width - 6 - max(map(len, self._listed))
        rows = [
            (name, click.Command(name, help=each.says).get_short_help_str(limit))
            for name, each in sorted(self._listed.items())
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.exceptions.Exit:
            raise
        except click.Abort:
            _complain("No answer was given, so nothing was started.", style="red")
            sys.exit(COULD_NOT_RUN)
        except click.ClickException as error:  # it may quote user input
            shown = io.StringIO()
            error.show(shown)
            _complain(shown.getvalue().rstrip())
            sys.exit(error.exit_code)
        except Exception as error:
            shown = _sentence_or_error(error)
        raise shown


def _sentence_or_error(error: Exception) -> BaseException:
    """Ends the program with the sentence of an error that has one; else the error, without values."""
    from rentaxis_pipelines.cli.extras import sentence_of_missing
    from rentaxis_pipelines.orchestration.errors_for_people import for_people
    from rentaxis_pipelines.safety.unexpected import without_values

    sentence = for_people(error)
    if sentence is None and isinstance(error, ModuleNotFoundError):
        sentence = sentence_of_missing(error)
    if sentence is not None:
        _complain(sentence, style="red")
        sys.exit(COULD_NOT_RUN)
    return without_values(error)


def _complain(text: object, style: str = "") -> None:
    from rentaxis_pipelines.render.terminal import Console, say

    say(Console(stderr=True), text, style=style)
