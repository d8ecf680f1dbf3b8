"""No secret leaves for another address: not after a redirect, not through a proxy, and no password of ~/.netrc comes in its place."""

import pytest

from rentaxis_pipelines.quickbooks.auth import Application, StoredToken
from rentaxis_pipelines.quickbooks.client import QuickBooksClient, RealmAddress, WriteRequest
from rentaxis_pipelines.quickbooks.connect import Grant, keep_grant
from rentaxis_pipelines.quickbooks.faults import AuthenticationFailed, CompanyUnavailable
from rentaxis_pipelines.quickbooks.limits import Limits
from rentaxis_pipelines.quickbooks.tokens import Token
from rentaxis_pipelines_tests.support.file_stores import FileTokenStore, new_key

REDIRECTS = [301, 302, 303, 307, 308]
GRANTED = {
    "access_token": "stranger",
    "refresh_token": "stranger",
    "expires_in": 3600,
    "token_type": "bearer",
}


@pytest.fixture
def stranger(server_kind, behaviours):
    """Another server that would take whatever it is handed."""
    other = server_kind()
    other.does(behaviours.answer(200, GRANTED))
    yield other
    other.close()


@pytest.fixture
def store(tmp_path) -> FileTokenStore:
    return FileTokenStore(tmp_path / "token", new_key())


def application(server) -> Application:
    return Application("client-id", "client-secret", f"{server.base_url}/oauth2/v1/tokens/bearer")


@pytest.mark.parametrize("status", REDIRECTS)
def test_the_token_service_cannot_send_the_secret_elsewhere(server, behaviours, stranger, store, status):
    """Neither the code of a sign-in nor a refresh token; and a token in a redirect's own body is not believed."""
    server.does(behaviours.answer(status, GRANTED, Location=f"{stranger.base_url}/tokens"))
    old = Token("access-0", "refresh-0", 0.0, "9130")
    with store.locked() as held:
        held.save(old)
    with pytest.raises(
        AuthenticationFailed, match=f"redirects to another one .HTTP {status}.*QUICKBOOKS_AUTH_BASE_URL"
    ):
        StoredToken(application(server), store).access_token()
    with pytest.raises(AuthenticationFailed, match="QUICKBOOKS_AUTH_BASE_URL"):
        keep_grant(application(server), store, Grant("9130", "code"), "https://example.test/cb")
    with store.locked() as held:
        assert held.load() == old
    assert len(server.received) == 2
    assert stranger.received == []


@pytest.mark.parametrize("status", REDIRECTS)
def test_the_api_cannot_send_the_access_token_elsewhere(client, server, behaviours, stranger, status):
    """A read and a write, each asked once and said in a sentence that names the setting."""
    server.does(behaviours.answer(status, "moved", Location=f"{stranger.base_url}/v3"))
    for call in (client.company_info, lambda: client.write(WriteRequest("r-1", "batch", b"{}"))):
        with pytest.raises(CompanyUnavailable, match="Set QUICKBOOKS_BASE_URL to QuickBooks' own address"):
            call()
    assert len(server.received) == 2
    assert stranger.received == []


def test_passwords_and_proxies_of_the_environment_do_not_meet_our_secrets(
    server, behaviours, stranger, store, tmp_path, monkeypatch
):
    """A ~/.netrc for the host, and a proxy for plain http: the token goes straight to the server, under its own name."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, stranger.base_url)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with store.locked() as held:
        held.save(Token("access-0", "refresh-0", 0.0, "9130"))
    server.does(
        behaviours.answer(200, {**GRANTED, "access_token": "access-1"}),
        behaviours.answer(200, {"CompanyInfo": {"CompanyName": "Acme"}}),
    )
    client = QuickBooksClient(
        RealmAddress(server.base_url, "9130"), StoredToken(application(server), store), limits=Limits.off()
    )
    assert client.company_info() == {"CompanyName": "Acme"}
    sent = [request.headers["authorization"] for request in server.received]
    assert sent == ["Basic Y2xpZW50LWlkOmNsaWVudC1zZWNyZXQ=", "Bearer access-1"]
    assert stranger.received == []
