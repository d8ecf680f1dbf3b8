"""A command handed over to another process: its input and output go along, its signals, its end and its code; else it goes on where it was given.

Both sides are real processes; what the warm one carries out is a few lines of its own here (``e2e/test_one_record_at_once`` has the real one).
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from rentaxis_pipelines.orchestration import warm_commands

HERE = 3  # the code of a command that was carried out where it was given
GIVEN = f"""
import sys
from rentaxis_pipelines.orchestration import warm_commands
code = warm_commands.carried_out(["bulk", "--json"])
sys.exit({HERE} if code is None else code)
"""
CARRIED_OUT = """
import os, signal, sys, time
from rentaxis_pipelines.orchestration import warm_commands
with warm_commands.listening() as commands:
    print("listening", flush=True)
    there, _ = commands.accept()
with there:
    asked = warm_commands.asked_by(there)
    if not warm_commands.fits(asked):
        warm_commands.decline(there)
        sys.exit()
    if not warm_commands.take(there, os.getpid()):
        sys.exit()
    warm_commands.end_with(there)
    print("taken", flush=True)
    """


@dataclass
class Place:
    """A folder of Dagster's, and the processes of a test."""

    home: Path
    started: list[subprocess.Popen[bytes]]

    def process(self, program: str, **variables: str) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "DAGSTER_HOME": str(self.home), **variables}
        process = subprocess.Popen(
            [sys.executable, "-c", program],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.started.append(process)
        return process

    def warm(self, deed: str) -> subprocess.Popen[bytes]:
        """A process that is warm and does that with a command."""
        process = self.process(CARRIED_OUT + deed.strip().replace("\n", "\n    "))
        assert process.stdout is not None
        assert process.stdout.readline() == b"listening\n"
        return process


@pytest.fixture
def place() -> Iterator[Place]:
    with tempfile.TemporaryDirectory() as folder:  # an address has a hundred characters at most
        place = Place(Path(folder), [])
        yield place
        for process in place.started:
            process.kill()
            process.communicate()


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("words", "warm"),
    [
        (["bulk"], True),
        (["--company", "elm", "record", "invoice", "INV-1"], True),
        (["--company=elm", "bulk", "--force"], True),
        (["bulk", "--help"], False),
        (["record", "-h"], False),
        (["results"], False),
        (["--company", "bulk"], False),
        (["--company"], False),
        (["--version"], False),
        ([], False),
    ],
)
def test_only_commands_that_push_are_handed_over(words: list[str], warm: bool) -> None:
    assert warm_commands.is_warm(words) is warm


def test_it_is_carried_out_there_with_its_input_and_output_and_its_code(place: Place) -> None:
    place.warm("""
said = os.read(asked.files[0], 100)
os.write(asked.files[1], b"out: " + said)
os.write(asked.files[2], " ".join([*asked.words, asked.environment["COLUMNS"], asked.folder]).encode())
warm_commands.end(there, 7)
os._exit(0)""")
    given = place.process(GIVEN, COLUMNS="44")
    assert given.communicate(b"typed", timeout=60) == (b"out: typed", f"bulk --json 44 {Path.cwd()}".encode())
    assert given.returncode == 7


def test_nobody_listens(place: Place) -> None:
    given = place.process(GIVEN)
    assert given.wait(60) == HERE


def test_whoever_listened_was_killed(place: Place) -> None:
    warm = place.warm("time.sleep(60)")
    warm.kill()
    warm.wait()
    given = place.process(GIVEN)
    assert given.wait(60) == HERE


def test_there_is_no_folder_of_dagsters(place: Place) -> None:
    assert place.process(GIVEN, DAGSTER_HOME="").wait(60) == HERE
    assert place.process(GIVEN, DAGSTER_HOME="/nowhere").wait(60) == HERE
    assert place.process(GIVEN, DAGSTER_HOME=f"/{'long' * 50}").wait(60) == HERE


def test_somebody_listens_and_says_nothing(place: Place) -> None:
    place.process(f"""
import socket, time
there = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
there.bind({str(place.home / "warm.sock")!r})
there.listen()
time.sleep(60)""")
    until((place.home / "warm.sock").exists)
    assert place.process(GIVEN).wait(60) == HERE


@pytest.mark.parametrize(
    "variable", ["RENTAXIS_ORGANIZATION_ID", "QUICKBOOKS_REALM_ID", "PIPELINES_WARM_PROCESS", "DAGSTER_PG_DB"]
)
def test_a_command_under_other_settings_goes_on_where_it_was_given(place: Place, variable: str) -> None:
    """One company's command never runs under another's settings."""
    warm = place.warm("raise AssertionError")
    assert place.process(GIVEN, **{variable: "another"}).wait(60) == HERE
    assert warm.wait(60) == 0


def test_a_command_of_another_folder_goes_on_where_it_was_given(place: Place, tmp_path: Path) -> None:
    """Settings may name files relative to it."""
    warm = place.warm("raise AssertionError")
    given = place.process(f"import os; os.chdir({str(tmp_path)!r})\n{GIVEN}")
    assert given.wait(60) == HERE
    assert warm.wait(60) == 0


def test_an_answer_that_comes_too_late_is_not_acted_upon(place: Place) -> None:
    """Otherwise the command would be carried out twice."""
    warm = place.process(
        CARRIED_OUT.replace("asked = warm", "time.sleep(warm_commands._SECONDS * 2); asked = warm")
    )
    assert warm.stdout is not None
    assert warm.stdout.readline() == b"listening\n"
    assert place.process(GIVEN).wait(60) == HERE
    assert warm.wait(60) == 0
    assert warm.stdout.read() == b""  # not taken


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_what_the_one_is_told_the_other_is(place: Place, told: signal.Signals) -> None:
    """Ctrl-C lets what is being sent come to its end."""
    warm = place.warm(f"""
signal.signal({int(told)}, lambda *_: (warm_commands.end(there, 9), os._exit(0)))
os.write(asked.files[1], b"ready")
time.sleep(60)""")
    given = place.process(GIVEN)
    assert given.stdout is not None
    assert given.stdout.read(5) == b"ready"
    given.send_signal(told)
    assert given.wait(60) == 9
    warm.wait(60)


def test_a_signal_that_ends_the_one_ends_the_other(place: Place) -> None:
    """Whoever waits for the command sees what it would have seen without the other process."""
    warm = place.warm("""
os.write(asked.files[1], b"ready")
time.sleep(60)""")
    given = place.process(GIVEN)
    assert given.stdout is not None
    assert given.stdout.read(5) == b"ready"
    given.send_signal(signal.SIGTERM)
    assert given.wait(60) == warm.wait(60) == -signal.SIGTERM


def test_killed_here_it_is_killed_there(place: Place) -> None:
    """Nobody is left who waits for it, and nobody could stop it any more."""
    warm = place.warm("""
os.write(asked.files[1], b"ready")
time.sleep(60)""")
    given = place.process(GIVEN)
    assert given.stdout is not None
    assert given.stdout.read(5) == b"ready"
    given.kill()
    assert warm.wait(60) == -signal.SIGKILL


def test_killed_there_it_ends_here(place: Place) -> None:
    warm = place.warm("""
os.write(asked.files[1], b"ready")
time.sleep(60)""")
    given = place.process(GIVEN)
    assert given.stdout is not None
    assert given.stdout.read(5) == b"ready"
    warm.kill()
    assert given.wait(60) == 128 + signal.SIGKILL


def test_a_folder_that_nothing_can_be_written_to_stops_nobody(place: Place) -> None:
    """Commands go on where they are given then; runs are carried out as ever."""
    (place.home / "warm.sock").mkdir()
    (place.home / "warm.sock" / "file").touch()
    asked = place.process(
        "import sys; from rentaxis_pipelines.orchestration import warm_commands; sys.exit(warm_commands.listening() is not None)"
    )
    assert asked.wait(60) == 0


def test_nobody_else_may_hand_over_a_command(place: Place) -> None:
    place.warm("time.sleep(60)")
    assert (place.home / "warm.sock").stat().st_mode & 0o077 == 0
