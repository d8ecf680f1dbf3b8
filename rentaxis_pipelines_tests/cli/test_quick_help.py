"""Help and wrong usage wait for no import: neither Dagster nor pandas, nor anything else that is slow."""

import subprocess
import sys

import click
import pytest

from rentaxis_pipelines.cli.main import COMMANDS, main
from rentaxis_pipelines_tests.cli.test_any_input import COMMANDS as LEAVES

SLOW = (
    "dagster",
    "pandas",
    "numpy",
    "sqlalchemy",
    "alembic",
    "psycopg",
    "cryptography",
    "matplotlib",
    "requests",
    "starlette",
)
# Words, and whether they are right.
ASKED = (
    *((words, True) for words in (["--help"], ["-h"], ["--version"], ["companies", "--help"], ["--company", "elm", "record", "--help"])),
    *((words, False) for words in ([], ["recrd"], ["--nonsense"], ["record", "boat", "1"], ["bulk", "--from", "yesterday"], ["links", "lst"])),
)  # fmt: skip
PROGRAM = """
import sys
from click.testing import CliRunner
from rentaxis_pipelines.cli.main import main

for words, right in {asked!r}:
    done = CliRunner().invoke(main, words, prog_name="rentaxis-sync")
    assert done.exit_code == (0 if right else 2), (words, done.output)
    slow = sorted(set({slow!r}) & {{name.partition(".")[0] for name in sys.modules}})
    assert not slow, (words, slow)
"""


def answers_without_slow_imports(*asked: tuple[list[str], bool]) -> None:
    program = PROGRAM.format(asked=asked, slow=SLOW)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_help_version_and_wrong_usage_import_nothing_slow() -> None:
    answers_without_slow_imports(*ASKED)


def test_the_help_of_every_command_imports_nothing_slow() -> None:
    answers_without_slow_imports(*(([*words, "--help"], True) for words in LEAVES))


def test_the_list_of_commands_imports_none_of_them() -> None:
    program = (
        "import sys; from rentaxis_pipelines.cli.main import main; main(['--help'], standalone_mode=False); "
        "print(sorted(name for name in sys.modules if name.startswith('rentaxis_pipelines.')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    ours = [
        "rentaxis_pipelines.cli",
        "rentaxis_pipelines.cli.company",
        "rentaxis_pipelines.cli.group",
        "rentaxis_pipelines.cli.main",
        "rentaxis_pipelines.orchestration",
        "rentaxis_pipelines.orchestration.warm_commands",
    ]
    assert done.stdout.splitlines()[-1] == str(ours)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_where_the_list_says_and_says_of_itself_what_the_list_says(name: str) -> None:
    command = main.commands[name]
    assert isinstance(command, click.Command)
    assert command.name == name
    assert command.get_short_help_str(1_000) == COMMANDS[name].says


def test_names_are_completed_in_the_shell() -> None:
    context = click.Context(main)
    found = {item.value: item.help for item in main.shell_complete(context, "re")}
    assert list(found) == ["reconcile", "record", "results"]
