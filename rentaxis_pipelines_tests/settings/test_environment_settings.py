"""Connections from the environment: what is missing is named, and no secret is ever printed."""

import subprocess
import sys
from pathlib import Path

import pytest
import urllib3.util
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rentaxis_pipelines.settings import (
    Environment,
    EnvironmentSettingsError,
    HeartbeatSecret,
    NoticeSecrets,
    load,
    load_environment,
)
from rentaxis_pipelines.settings.addresses import address_for_secrets, is_this_machine

GOOD = {
    "RENTAXIS_DATABASE_URL": "postgresql://reader:hush1@db/rentaxis",
    "PIPELINES_DATABASE_URL": "postgresql://writer:hush2@db/pipelines",
    "QUICKBOOKS_BASE_URL": "https://quickbooks.example/",
    "QUICKBOOKS_AUTH_BASE_URL": "https://oauth.example",
    "QUICKBOOKS_REALM_ID": "4620816365",
    "QUICKBOOKS_CLIENT_ID": "client",
    "QUICKBOOKS_CLIENT_SECRET": "hush3",
    "PIPELINES_SECRET_KEY": "hush4",
    "RENTAXIS_ORGANIZATION_ID": "1",
    "RENTAXIS_COMPANY_FILE": "/etc/rentaxis/company.yaml",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_every_variable_arrives_under_its_own_name(environment: pytest.MonkeyPatch) -> None:
    loaded = load_environment()
    required = {name.upper() for name, field in Environment.model_fields.items() if field.is_required()}
    assert required == set(GOOD)
    assert loaded.rentaxis_database_url.get_secret_value() == GOOD["RENTAXIS_DATABASE_URL"]
    assert loaded.quickbooks_base_url == "https://quickbooks.example"
    assert loaded.rentaxis_company_file == Path("/etc/rentaxis/company.yaml")


def test_printing_the_settings_shows_no_secret(environment: pytest.MonkeyPatch) -> None:
    assert "hush" not in repr(load_environment()) + str(load_environment())


@pytest.mark.parametrize("name", sorted(GOOD))
@pytest.mark.parametrize("left", [None, ""])
def test_a_missing_or_empty_variable_is_named(
    environment: pytest.MonkeyPatch, name: str, left: str | None
) -> None:
    if left is None:
        environment.delenv(name)
    else:
        environment.setenv(name, left)
    with pytest.raises(EnvironmentSettingsError) as caught:
        load_environment()
    assert str(caught.value).startswith(f"The environment variable {name} is not set: ")
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "wrong", "expected"),
    [
        ("RENTAXIS_DATABASE_URL", "mysql://reader:hush1@db/x", "must begin with postgresql://"),
        ("QUICKBOOKS_BASE_URL", "quickbooks.example", "must begin with https://"),
        ("QUICKBOOKS_REALM_ID", "my-company", "must be digits only"),
    ],
)
def test_a_wrong_form_is_named_without_the_value(
    environment: pytest.MonkeyPatch, name: str, wrong: str, expected: str
) -> None:
    environment.setenv(name, wrong)
    with pytest.raises(EnvironmentSettingsError) as caught:
        load_environment()
    assert name in str(caught.value)
    assert expected in str(caught.value)
    assert wrong not in str(caught.value)
    # The whole chain of causes is what a traceback prints.
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


SECRET_ADDRESSES = ("QUICKBOOKS_BASE_URL", "QUICKBOOKS_AUTH_BASE_URL", "NOTICE_WEBHOOK_URL", "HEARTBEAT_URL")
HERE = (
    "http://localhost:8400",
    "http://127.0.0.1:8400/qbo",
    "http://127.8.8.8",
    "http://[::1]:8400",
    "HTTP://LOCALHOST",
)
ELSEWHERE = (
    "http://quickbooks.example",
    "http://10.0.0.7:8400",
    "http://0.0.0.0",
    "http://localhost.example",
    "http://127.0.0.1.example",
    "http://[2001:db8::1]",
    "http://2130706433",
    "http://127.1",
)
NO_ADDRESS = (
    "quickbooks.example",
    "ftp://quickbooks.example",
    "https:///only/a/path",
    "https://[",
    "https://a b.example",
    "https://x:port",
)
HIDING = (
    "https://hush:word@quickbooks.example",
    "http://localhost@hush.example",
    "https://hush@quickbooks.example",
)
READ_DIFFERENTLY = (
    "http://localhost\\@hush.example",
    "https://ex\u200bample.com",
    "https://ex\tample.com",
    "https://\uff47oogle.com",
)


def _load(name: str) -> str:
    """The variable's value as the settings have it."""
    if name == "NOTICE_WEBHOOK_URL":
        found = load(NoticeSecrets).notice_webhook_url
        return found.get_secret_value() if found else ""
    if name == "HEARTBEAT_URL":
        url = load(HeartbeatSecret).heartbeat_url
        return url.get_secret_value() if url else ""
    return getattr(load_environment(), name.lower())


@pytest.mark.parametrize("name", SECRET_ADDRESSES)
@pytest.mark.parametrize(
    "address", [*HERE, "https://quickbooks.example/qbo", " https://quickbooks.example\n"]
)
def test_a_secret_goes_out_encrypted_or_stays_on_this_machine(
    environment: pytest.MonkeyPatch, name: str, address: str
) -> None:
    environment.setenv(name, address)
    assert _load(name) == address.strip()


@pytest.mark.parametrize("name", SECRET_ADDRESSES)
@pytest.mark.parametrize("address", [*ELSEWHERE, *NO_ADDRESS, *HIDING, *READ_DIFFERENTLY])
def test_an_address_that_would_give_a_secret_away_is_one_sentence_that_does_not_quote_it(
    environment: pytest.MonkeyPatch, name: str, address: str
) -> None:
    """Plain http to another machine, however its address is written; a password in an address; what two readers read differently."""
    environment.setenv(name, address)
    with pytest.raises(EnvironmentSettingsError) as caught:
        _load(name)
    sentence = str(caught.value)
    assert sentence.startswith(f"The environment variable {name} (")
    assert len(sentence.splitlines()) == 1
    assert address not in sentence
    assert "hush" not in sentence
    assert caught.value.__context__ is None
    if address in ELSEWHERE:
        assert "http:// is taken only for this machine" in sentence


@pytest.mark.parametrize("address", ["https://quickbooks.example?x=1", "https://quickbooks.example/#top"])
def test_an_address_that_paths_are_put_behind_has_no_query(
    environment: pytest.MonkeyPatch, address: str
) -> None:
    environment.setenv("QUICKBOOKS_BASE_URL", address)
    with pytest.raises(EnvironmentSettingsError, match=r"without \? or #"):
        load_environment()


def test_a_webhook_may_have_a_query(environment: pytest.MonkeyPatch) -> None:
    """Some services put their secret there."""
    environment.setenv("NOTICE_WEBHOOK_URL", "https://hooks.example/notice?sig=hush")
    assert _load("NOTICE_WEBHOOK_URL") == "https://hooks.example/notice?sig=hush"


def test_the_folder_of_results_is_only_a_link_but_holds_no_password(environment: pytest.MonkeyPatch) -> None:
    """Nothing is sent there by us: a house server without TLS is for people to judge. A password would show to all who see the link."""
    environment.setenv("PIPELINES_RESULTS_URL", "http://files.house/results/")
    assert load_environment().pipelines_results_url == "http://files.house/results"
    for wrong in ("https://me:hush@files.house", "javascript:alert(1)", "file:///etc"):
        environment.setenv("PIPELINES_RESULTS_URL", wrong)
        with pytest.raises(EnvironmentSettingsError, match="PIPELINES_RESULTS_URL") as caught:
            load_environment()
        assert wrong not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "https://quickbooks.api.intuit.com",
        "https://sandbox-quickbooks.api.intuit.com",
        "https://QUICKBOOKS.API.INTUIT.COM.",
        "https://intuit.com:443/x",
    ],
)
def test_limits_are_never_off_at_intuit(environment: pytest.MonkeyPatch, address: str) -> None:
    environment.setenv("QUICKBOOKS_BASE_URL", address)
    assert load_environment().quickbooks_limits == "kept"
    environment.setenv("QUICKBOOKS_LIMITS", "off")
    with pytest.raises(EnvironmentSettingsError, match=r"QUICKBOOKS_LIMITS .* must be kept") as caught:
        load_environment()
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8400", "https://notintuit.com", "https://intuit.com.example"]
)
def test_limits_may_be_off_at_an_emulator(environment: pytest.MonkeyPatch, address: str) -> None:
    environment.setenv("QUICKBOOKS_BASE_URL", address)
    environment.setenv("QUICKBOOKS_LIMITS", "off")
    assert load_environment().quickbooks_limits == "off"


@given(st.text(max_size=60) | st.from_regex(r"https?://[^/\s]{0,20}(/.{0,10})?", fullmatch=True))
@example("HTTPS://%")
@example("https://books.example.com/%zz")
@settings(max_examples=300)
def test_whatever_is_taken_for_http_really_is_this_machine(text: str) -> None:
    """Judged by the reader that makes the connection (urllib3), not by the one that checked."""
    try:
        address = address_for_secrets(text)
    except ValueError as error:
        assert str(error)
        return
    url = urllib3.util.parse_url(address)
    assert url.auth is None
    assert url.scheme == "https" or is_this_machine(url.host or "")


def test_everything_missing_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in GOOD:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(EnvironmentSettingsError) as caught:
        load_environment()
    assert len(str(caught.value).splitlines()) == len(GOOD)


def test_nothing_is_read_at_import() -> None:
    """Definitions must load on a machine that has none of this."""
    code = "import rentaxis_pipelines.settings"
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, env={}, check=False).returncode == 0
