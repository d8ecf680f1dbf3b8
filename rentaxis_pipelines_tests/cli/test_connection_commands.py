"""``connect``, ``rotate-key`` and ``status``, and what ``check`` says of the connection: against the emulator's sign-in page and a
real ledger.
"""

import json
import os
import pty
import select
import socket
import sys
import threading
import time
from typing import Any

import psycopg
import pytest
import requests
from click.testing import CliRunner, Result
from cryptography.fernet import Fernet

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.cli.main import main
from rentaxis_pipelines.quickbooks.tokens import Token, decrypt, encrypt
from rentaxis_pipelines.settings import load_environment
from rentaxis_pipelines.sync import connection as sign_in_steps
from rentaxis_pipelines.sync.session import token_store

ROWS_LACK_A_MAPPING = (
    1  # what check says of the demo: all is connected, and two of its rows cannot go, on purpose
)
REDIRECT = "https://books.example.com/connect/callback"
DAY = 86400.0


def run(*arguments: str, said: str = "") -> Result:
    return CliRunner().invoke(main, arguments, input=said, catch_exceptions=False)


def kept() -> Token | None:
    with token_store(load_environment()).locked() as held:
        return held.load()


def keep(**ends: float) -> None:
    with token_store(load_environment()).locked() as held:
        held.save(Token("access", "refresh", time.time() + 3600, os.environ["QUICKBOOKS_REALM_ID"], **ends))


def is_soon(finding: dict[str, Any]) -> bool:
    return finding["check"] == "QuickBooks" and finding["severity"] == "soon"


def forget() -> None:
    with psycopg.connect(os.environ["PIPELINES_DATABASE_URL"]) as connection:
        connection.execute("delete from ledger.oauth_tokens")


@pytest.fixture
def nobody_connected(stack: Emulator) -> Emulator:
    forget()
    return stack


def sign_in(url: str) -> str:
    """What a person's browser ends on; the redirect address itself is never asked."""
    answer = requests.get(url, allow_redirects=False, timeout=60)
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


class Terminal:
    """The command at a real terminal (a pty): what it prints, and what a person types. In a thread, so that nothing is imported anew."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
        self.control, terminal = pty.openpty()
        monkeypatch.setattr("sys.stdin", open(terminal, closefd=False))  # noqa: SIM115 - a descriptor, closed below
        monkeypatch.setattr("sys.stdout", open(terminal, "w", buffering=1))  # noqa: SIM115, PTH123
        self.printed = ""
        self._thread = threading.Thread(
            target=main.main, args=(arguments,), kwargs={"standalone_mode": False}
        )
        self._thread.start()

    def until(self, words: str, *, after: int = 0) -> int:
        """Reads until ``words`` were printed; where they end. Fails where nothing more is printed for long."""
        while (found := self.printed.find(words, after)) < 0:
            assert select.select([self.control], [], [], 60)[0], self.printed
            self.printed += os.read(self.control, 4096).decode()
        return found + len(words)

    def type(self, line: str) -> None:
        os.write(self.control, f"{line}\n".encode())

    def ends(self) -> None:
        self._thread.join(60)
        assert not self._thread.is_alive()
        sys.stdin.close()
        sys.stdout.close()
        os.close(self.control)


def test_a_person_at_a_terminal_pastes_wrong_and_then_right(
    nobody_connected: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address is one line however narrow the screen, so that it can be opened; a wrong paste is one sentence and is asked again."""
    with monkeypatch.context() as patched:
        terminal = Terminal(patched, "connect", "--redirect-uri", REDIRECT, "--paste")
        asked = terminal.until("Paste it here: ")
        (url,) = [line for line in terminal.printed.splitlines() if line.startswith("http")]
        answer = sign_in(url)
        terminal.type(answer.replace("state=", "state=x"))
        asked = terminal.until("Try again, or stop with Ctrl-C.", after=asked)
        asked = terminal.until("Paste it here: ", after=asked)
        terminal.type(f"  {answer} ")
        terminal.until(f"QuickBooks company {nobody_connected.realm_id} is connected.", after=asked)
        terminal.ends()
    assert terminal.printed.count("its state differs") == 1

    token = kept()
    assert token is not None
    assert token.grant_expires_at == pytest.approx(time.time() + 5 * 365 * DAY, abs=600)
    assert token.refresh_expires_at == pytest.approx(time.time() + 100 * DAY, abs=600)
    assert run("check").exit_code == ROWS_LACK_A_MAPPING, run("check").output


def test_a_sandbox_company_is_connected_by_the_callback_on_this_machine(
    nobody_connected: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No option, nothing to paste: the browser comes back by itself."""
    monkeypatch.setattr(sign_in_steps, "LOOPBACK_PORT", 0)  # any free port: several tests may run at once
    with monkeypatch.context() as patched:
        terminal = Terminal(patched, "connect")
        end = terminal.until("Sign in to QuickBooks here:")
        terminal.until("\n", after=terminal.until("http", after=end))
        (url,) = [line for line in terminal.printed.splitlines() if line.startswith("http")]
        assert requests.get(url, timeout=60).text.startswith("Thank you.")
        terminal.until(f"QuickBooks company {nobody_connected.realm_id} is connected.")
        terminal.ends()
    assert kept() is not None


def test_a_callback_whose_port_is_taken_is_one_sentence(
    stack: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(sign_in_steps, "LOOPBACK_PORT", port)
        result = run("connect")
    assert result.exit_code == 2
    assert f"port {port} is in use" in result.output
    assert "Sign in" not in result.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--redirect-uri", REDIRECT], "must be used together"),
        (["--paste"], "must be used together"),
        (["--redirect-uri", "ftp://x", "--paste"], "must begin with https://"),
    ],
)
def test_options_that_do_not_fit_are_one_sentence(
    stack: Emulator, arguments: list[str], sentence: str
) -> None:
    result = run("connect", *arguments)
    assert result.exit_code == 2
    assert sentence in result.output


@pytest.mark.parametrize(
    ("pasted", "sentence"),
    [
        ("", "Nothing was pasted"),
        ("hello\n", "its state differs"),
        (f"{REDIRECT}?code=c&realmId=1&state=old\n", "its state differs"),
    ],
)
def test_without_a_terminal_a_wrong_answer_ends_the_command(
    nobody_connected: Emulator, pasted: str, sentence: str
) -> None:
    result = run("connect", "--redirect-uri", REDIRECT, "--paste", said=pasted)
    assert result.exit_code == 2
    assert sentence in result.output
    assert result.output.count("Paste it here") == 1
    assert kept() is None


@pytest.mark.parametrize("arguments", [[], ["--redirect-uri", "http://localhost:8765/callback", "--paste"]])
def test_a_real_company_is_told_what_to_register_and_nothing_is_begun(
    stack: Emulator, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    """Neither the callback on this machine nor localhost by hand: Intuit would send nobody there."""
    monkeypatch.setenv("QUICKBOOKS_BASE_URL", "https://quickbooks.api.intuit.com")
    monkeypatch.setenv("QUICKBOOKS_LIMITS", "kept")
    result = run("connect", *arguments)
    assert result.exit_code == 2
    assert "your app's production redirect URIs" in result.output
    assert "--paste" in result.output
    assert "Sign in" not in result.output


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("PIPELINES_DATABASE_URL", "postgresql://sync:hush@127.0.0.1:9/pipelines", "PIPELINES_DATABASE_URL"),
        ("PIPELINES_SECRET_KEY", "hush", "PIPELINES_SECRET_KEY is not a key"),
    ],
)
def test_nobody_is_asked_to_sign_in_where_the_grant_could_not_be_kept(
    stack: Emulator, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(variable, value)
    result = run("connect", "--redirect-uri", REDIRECT, "--paste", said="x\n")
    assert result.exit_code == 2
    assert sentence in result.output
    assert "Sign in" not in result.output
    assert "hush" not in result.output


def test_a_new_database_is_made_ready_before_anybody_signs_in(
    nobody_connected: Emulator, database: str
) -> None:
    """The ledger's tables are there by the time the address is shown."""
    with psycopg.connect(database) as connection:
        connection.execute("drop schema ledger cascade")
    result = run("connect", "--redirect-uri", REDIRECT, "--paste", said="hello\n")
    assert "Sign in" in result.output
    assert kept() is None


def test_a_key_is_replaced_for_every_company(stack: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """New key in front, ``rotate-key``, old key away: tokens of all companies open, and the old key opens none."""
    old, new = os.environ["PIPELINES_SECRET_KEY"], Fernet.generate_key().decode()
    other = Token("other", "other", 1.0, "777")
    with psycopg.connect(os.environ["PIPELINES_DATABASE_URL"], autocommit=True) as connection:
        connection.execute(
            "insert into ledger.oauth_tokens (realm, encrypted) values ('777', %s)", [encrypt(other, old)]
        )
        before = kept()
        monkeypatch.setenv("PIPELINES_SECRET_KEY", f"{new}, {old}")
        for _ in range(2):  # again does no harm
            result = run("rotate-key")
            assert result.exit_code == 0, result.output
            assert f"777, {stack.realm_id}" in result.output or f"{stack.realm_id}, 777" in result.output
        monkeypatch.setenv("PIPELINES_SECRET_KEY", new)
        assert kept() == before
        encrypted = connection.execute(
            "select encrypted from ledger.oauth_tokens where realm = '777'"
        ).fetchone()
        assert encrypted is not None
        assert decrypt(bytes(encrypted[0]), new) == other
        assert run("check").exit_code == ROWS_LACK_A_MAPPING

        monkeypatch.setenv("PIPELINES_SECRET_KEY", old)
        assert "cannot be decrypted with any key in PIPELINES_SECRET_KEY" in run("check").output


def test_a_token_that_no_key_opens_is_named_and_the_others_are_done(
    stack: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = os.environ["PIPELINES_SECRET_KEY"], Fernet.generate_key().decode()
    with psycopg.connect(os.environ["PIPELINES_DATABASE_URL"], autocommit=True) as connection:
        connection.execute("insert into ledger.oauth_tokens (realm, encrypted) values ('1', 'lost')")
    monkeypatch.setenv("PIPELINES_SECRET_KEY", f"{new} {old}")
    result = run("rotate-key")
    assert result.exit_code == 2
    assert "can decrypt the stored token of QuickBooks company 1:" in result.output
    assert new not in result.output
    monkeypatch.setenv("PIPELINES_SECRET_KEY", new)
    assert kept() is not None


def test_a_wrong_key_is_a_sentence_that_does_not_show_it(
    stack: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPELINES_SECRET_KEY", f"{Fernet.generate_key().decode()},hush")
    for command in (
        ["rotate-key"],
        ["status"],
        ["bulk", "--from", "2026-05-01", "--to", "2026-05-01"],
        ["check"],
    ):
        result = run(*command)
        assert result.exit_code == 2
        assert "Key 2 of 2 in PIPELINES_SECRET_KEY is not a key" in result.output
        assert "hush" not in result.output


def test_status_of_a_company_that_nobody_connected(nobody_connected: Emulator) -> None:
    result = run("status")
    assert result.exit_code == 2
    assert (
        f"QuickBooks company {nobody_connected.realm_id} is not connected: run `rentaxis-sync connect`"
        in result.output
    )
    assert "Nothing has been pushed yet." in result.output
    assert "Records that need attention: 0." in result.output
    assert run("rotate-key").output == "No company is connected, so there is nothing to encrypt.\n"


def test_status_tells_the_end_of_the_connection_the_last_run_and_what_is_open(stack: Emulator) -> None:
    """As sentences and as JSON; a preview is no run."""
    keep(refresh_expires_at=time.time() + 90 * DAY, grant_expires_at=time.time() + 900 * DAY)
    assert "The connection expires on" in run("status").output
    with token_store(load_environment()).locked() as held:
        held.save(Token(stack.access_token, stack.refresh_token, time.time() + 3600, stack.realm_id))
    run("bulk", "--from", "2026-05-01", "--to", "2026-05-03", "--types", "expenses", "--json")
    (status,) = json.loads(run("status", "--json").stdout)["companies"]
    assert (status["last_run"]["first_day"], status["last_run"]["last_day"]) == ("2026-05-01", "2026-05-03")
    assert status["last_finished_run"] == status["last_run"]
    failed = json.loads(run("results", "--status", "failed", "--json").stdout)
    assert sum(status["needs_attention"].values()) == len(failed)
    assert run("status").exit_code == (1 if failed else 0)

    with psycopg.connect(os.environ["PIPELINES_DATABASE_URL"]) as connection:
        connection.execute("update ledger.plans set finished_at = null")
    assert "has not finished" in run("status").output
    with psycopg.connect(os.environ["PIPELINES_DATABASE_URL"]) as connection:
        connection.execute("update ledger.plans set dry_run = true")
    assert "Nothing has been pushed yet." in run("status").output


@pytest.mark.parametrize(
    ("ends_in_days", "words"),
    [
        (29.5, ["expires on", "`rentaxis-sync connect` and sign in again before then"]),
        (0.001, ["expires on"]),
        (-1, ["expired on", "`rentaxis-sync connect` to connect the company again"]),
        (30.5, []),
    ],
)
def test_status_warns_thirty_days_ahead(stack: Emulator, ends_in_days: float, words: list[str]) -> None:
    keep(refresh_expires_at=time.time() + 100 * DAY, grant_expires_at=time.time() + ends_in_days * DAY)
    warning = json.loads(run("status", "--json").stdout)["companies"][0]["connection"]["warning"]
    assert (warning is not None) == bool(words)
    for one in words:
        assert one in warning
        assert one in run("status").output


def test_check_renews_a_connection_that_was_long_unused_and_says_no_more(stack: Emulator) -> None:
    """Its hundred days were nearly over; using it moved the day on."""
    ends = time.time() + 3 * DAY
    with token_store(load_environment()).locked() as held:
        held.save(Token("old", stack.refresh_token, 0.0, stack.realm_id, refresh_expires_at=ends))
    assert "unless it is used" in run("status").output
    result = run("check")
    assert result.exit_code == ROWS_LACK_A_MAPPING, result.output
    assert "soon The connection" not in result.output
    assert "if it is not used before then" in result.output


def test_check_warns_of_an_end_that_using_the_connection_does_not_move(stack: Emulator) -> None:
    """A sign-in with ten days left: said, marked as to come, and no reason to fail."""
    with token_store(load_environment()).locked() as held:
        held.save(Token("old", stack.refresh_token, 0.0, stack.realm_id))
    switches = f"{stack.base_url}/_emulator/switches"
    requests.post(switches, json={"grant_seconds": 10 * DAY}, timeout=60).raise_for_status()
    try:
        result = run("check")
        (found,) = [one for one in json.loads(run("check", "--json").stdout) if is_soon(one)]
    finally:
        requests.post(switches, json={"grant_seconds": 5 * 365 * DAY}, timeout=60).raise_for_status()
    assert result.exit_code == ROWS_LACK_A_MAPPING, result.output
    assert "soon The connection to QuickBooks company" in result.output
    assert found["good"]


def test_check_warns_that_quickbooks_applies_credits_by_itself(stack: Emulator) -> None:
    """A preference that takes unapplied money for another invoice: said, and what to do."""

    def prefer(value: bool) -> None:
        deed = {"deed": "prefer", "group": "SalesFormsPrefs", "name": "AutoApplyCredit", "value": value}
        requests.post(f"{stack.base_url}/_emulator/hand", json=deed, timeout=60).raise_for_status()

    assert "Automatically apply credits" not in run("check").output
    prefer(True)
    try:
        result = run("check")
        (found,) = [one for one in json.loads(run("check", "--json").stdout) if is_soon(one)]
    finally:
        prefer(False)
    assert found["good"]  # no reason to fail
    assert "soon QuickBooks: 'Automatically apply credits' is on." in result.output
    assert "Switch it off in QuickBooks" in result.output


def test_a_webhook_address_that_gives_its_secret_away_is_a_finding(
    stack: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTICE_WEBHOOK_URL", "http://hooks.example.com/hush")
    result = run("check")
    assert result.exit_code == 2
    assert "NOTICE_WEBHOOK_URL" in result.output
    assert "hush" not in result.output
