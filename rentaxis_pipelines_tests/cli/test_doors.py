"""The order of the first steps does not matter, and what is not ready is one sentence and exit code 2: real processes, real databases."""

import contextlib
import io
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner, Result

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.checks.finding import soon
from rentaxis_pipelines.cli.main import main
from rentaxis_pipelines.cli.screen import print_findings
from rentaxis_pipelines.demo import stack as demo_stack
from rentaxis_pipelines.demo.postgres import Server
from rentaxis_pipelines.ledger.database import LedgerAccessDenied
from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.quickbooks.connect import Invitation, grant_from_answer, keep_grant
from rentaxis_pipelines.render.terminal import Console
from rentaxis_pipelines.settings import load_environment
from rentaxis_pipelines.sync.connection import begin_sign_in, finish_sign_in
from rentaxis_pipelines.sync.session import application_of, token_store
from rentaxis_pipelines_tests.cli.roles import as_role, execute, ordinary_role

REDIRECT = "https://books.example.com/connect/callback"
DAGSTER_YAML = Path(__file__).parents[2] / "dagster.yaml"
AWAY = "postgresql://nobody:ordinary-word@127.0.0.1:9/none"


def run(*arguments: str, said: str = "") -> Result:
    return CliRunner().invoke(main, arguments, input=said, catch_exceptions=False)


def kept() -> bool:
    with token_store(load_environment()).locked() as held:
        return held.load() is not None


def sign_in(url: str) -> str:
    """What a person's browser ends on."""
    answer = requests.get(url, allow_redirects=False, timeout=60)
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


@pytest.fixture
def unused(stack: Emulator, postgres: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A pipelines database that nobody has used: no schema, no table, no token."""
    name = f"unused_{os.getpid()}_{time.monotonic_ns()}"
    url = postgres.create_database(name, template="template0")
    monkeypatch.setenv("PIPELINES_DATABASE_URL", url)
    yield url
    postgres.drop_database(name)


# ---- connect, in any order ----


@pytest.mark.parametrize("first", ["check", "status", "links list", "companies list", "rotate-key", None])
def test_whatever_is_called_first_on_a_new_database(unused: str, first: str | None) -> None:
    """Each works or is a sentence; then the company can be connected, and afterwards a run could go."""
    if first is not None:
        begun = run(*first.split())
        assert begun.exit_code in (0, 2), begun.output
        assert "Traceback" not in begun.output
    environment = load_environment()
    invitation = begin_sign_in(environment, REDIRECT)
    assert (
        finish_sign_in(environment, invitation, sign_in(invitation.url)).realm_id
        == environment.quickbooks_realm_id
    )
    assert kept()
    assert run("check").exit_code == 1, run("check").output  # some rows of the demo lack a mapping on purpose


def test_a_database_made_anew_during_the_sign_in_costs_no_grant(unused: str) -> None:
    """The tables are gone by the time the person comes back."""
    environment = load_environment()
    invitation = begin_sign_in(environment, REDIRECT)
    answer = sign_in(invitation.url)
    execute(unused, "drop schema ledger cascade")
    finish_sign_in(environment, invitation, answer)
    assert kept()


def test_a_right_taken_away_during_the_sign_in_costs_no_grant(
    unused: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused before the code is spent: once the right is there again, the same answer is good. Nobody is asked without it."""
    begin_sign_in(load_environment(), REDIRECT)  # the tables are another's
    with ordinary_role(unused) as role:
        execute(
            unused,
            f"grant usage, create on schema ledger to {role}",
            f"grant all on all tables in schema ledger to {role}",
            f"grant all on all sequences in schema ledger to {role}",
        )
        monkeypatch.setenv("PIPELINES_DATABASE_URL", as_role(unused, role))
        environment = load_environment()
        invitation = begin_sign_in(environment, REDIRECT)
        answer = sign_in(invitation.url)
        execute(unused, f"revoke insert on ledger.oauth_tokens from {role}")
        with pytest.raises(LedgerAccessDenied):
            finish_sign_in(environment, invitation, answer)
        refused = run("connect", "--redirect-uri", REDIRECT, "--paste", said=answer)
        assert refused.exit_code == 2
        assert "Sign in" not in refused.output
        execute(unused, f"grant insert on ledger.oauth_tokens to {role}")
        finish_sign_in(environment, invitation, answer)
        assert kept()


def test_a_connection_that_breaks_when_the_code_is_spent_costs_no_grant(unused: str) -> None:
    """The database's sessions are ended between Intuit's answer and the ledger."""
    environment = load_environment()
    invitation = begin_sign_in(environment, REDIRECT)
    grant = grant_from_answer(sign_in(invitation.url), invitation.state)

    def now() -> float:
        execute(
            unused,
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
        )
        return time.time()

    store = token_store(environment)
    keep_grant(application_of(environment), store, grant, REDIRECT, now=now)
    assert kept()


def test_no_word_of_a_token_is_printed(unused: str) -> None:
    """Neither when it is kept, nor when it cannot be."""
    shown: list[str] = []
    environment = load_environment()
    invitation = begin_sign_in(environment, REDIRECT)
    token = finish_sign_in(environment, invitation, sign_in(invitation.url))
    shown += [
        repr(token),
        run("check", "--json").output,
        run("status", "--json").output,
        run("rotate-key").output,
    ]
    execute(
        unused, "alter table ledger.oauth_tokens add constraint full_disk check (encrypted is null) not valid"
    )
    failed = CliRunner().invoke(main, ["rotate-key"])
    shown += [failed.output, repr(failed.exception), repr(Invitation(REDIRECT, REDIRECT, "hush"))]
    for secret in (token.access_token, token.refresh_token, "gAAAA", "hush"):
        assert not [one for one in shown if secret in one]


def test_the_sign_in_is_rehearsed_with_what_the_emulator_prints(
    unused: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command of docs/operations.md: every address whole on a narrow screen, every variable enough to connect."""
    process = subprocess.Popen(
        [sys.executable, "-m", "rentaxis_pipelines.cli.main", "emulator", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "20"},
    )
    with process, contextlib.ExitStack() as end:
        end.callback(process.terminate)
        assert process.stdout is not None
        printed = [process.stdout.readline().rstrip("\n") for _ in range(7)]
        given = dict(
            line.removeprefix("export ").split("=", 1) for line in printed if line.startswith("export ")
        )
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", given["QUICKBOOKS_BASE_URL"])
        assert printed[-1].endswith(f"{given['QUICKBOOKS_BASE_URL']}/connect/oauth2")
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        environment = load_environment()
        invitation = begin_sign_in(environment, REDIRECT)
        assert invitation.url.startswith(f"{given['QUICKBOOKS_BASE_URL']}/connect/oauth2?")
        finish_sign_in(environment, invitation, sign_in(invitation.url))
        assert kept()


def test_addresses_are_whole_on_a_narrow_screen() -> None:
    address = (
        "https://books.example.com/connect/callback?with=a-query-that-is-far-longer-than-the-screen-is-wide"
    )
    out = Console(file=io.StringIO(), width=30, color_system=None)
    print_findings([soon(f"Register {address} at Intuit.", f"Open {address}")], out)
    assert out.file.getvalue().count(address) == 2  # pyright: ignore[reportAttributeAccessIssue]


# ---- what is not ready ----


@pytest.mark.parametrize(
    ("variable", "command"),
    [
        ("RENTAXIS_DATABASE_URL", "bulk --from 2026-05-01 --to 2026-05-01"),
        ("PIPELINES_DATABASE_URL", "bulk --from 2026-05-01 --to 2026-05-01"),
        ("PIPELINES_DATABASE_URL", "record invoice 1"),
        ("PIPELINES_DATABASE_URL", "status"),
        ("PIPELINES_DATABASE_URL", "results"),
        ("PIPELINES_DATABASE_URL", "reconcile"),
        ("PIPELINES_DATABASE_URL", "links list"),
        ("PIPELINES_DATABASE_URL", "companies list"),
        ("PIPELINES_DATABASE_URL", "rotate-key"),
        ("PIPELINES_DATABASE_URL", "connect"),
        ("PIPELINES_DATABASE_URL", "check"),
        ("RENTAXIS_DATABASE_URL", "check"),
        ("RENTAXIS_DATABASE_URL", "source check"),
    ],
)
def test_a_database_that_is_away_is_one_sentence(
    stack: Emulator, monkeypatch: pytest.MonkeyPatch, variable: str, command: str
) -> None:
    monkeypatch.setenv(variable, AWAY)
    result = run(*command.split())
    assert result.exit_code == 2, result.output
    assert variable in result.output
    assert "Traceback" not in result.output
    assert "ordinary-word" not in result.output


def test_a_demo_in_a_checkout_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(CannotLaunch, match="cannot be written"),
        demo_stack.running(tmp_path / "file" / "demo"),
    ):
        pass


@pytest.fixture
def postgres_away(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A home as it should be, whose database does not answer."""
    shutil.copy(DAGSTER_YAML, tmp_path / "dagster.yaml")
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    database = {
        "HOST": "127.0.0.1",
        "PORT": "9",
        "USERNAME": "nobody",
        "PASSWORD": "ordinary-word",
        "DB": "none",
    }
    for name, value in database.items():
        monkeypatch.setenv(f"DAGSTER_PG_{name}", value)


@pytest.mark.parametrize(
    "command",
    ["bulk --from 2026-05-01 --to 2026-05-01", "record invoice 1", "serve --port 0 -w workspace.yaml"],
)
def test_dagsters_postgres_away_at_start_is_one_sentence(
    stack: Emulator, postgres_away: None, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Before anything is pushed or served; Dagster itself would try for seconds and end in a trace."""
    monkeypatch.chdir(DAGSTER_YAML.parent)
    handlers = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        result = run(*command.split())
    finally:
        for one, handler in handlers.items():  # serving sets its own
            signal.signal(one, handler)
    assert result.exit_code == 2, result.output
    assert (
        "Dagster's database 'none' at 127.0.0.1:9 cannot be reached or refused the connection."
        in result.output
    )
    assert "Traceback" not in result.output
    assert "ordinary-word" not in result.output


@pytest.mark.parametrize("command", ["serve", "emulator"])
def test_a_port_in_use_ends_the_process_with_one_sentence(stack: Emulator, command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "rentaxis_pipelines.cli.main", command, "--port", str(port)],
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
    assert done.returncode == 2, done.stderr
    assert f"port {port} cannot be" in done.stderr
    assert "Traceback" not in done.stderr
