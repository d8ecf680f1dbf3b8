"""The token: useless without its key, one refresh at a time, and never used before it is stored."""

import json
import multiprocessing
import os
import stat
import threading
import urllib.parse
from pathlib import Path

import msgspec
import pytest
from cryptography.fernet import Fernet

from rentaxis_pipelines.quickbooks.auth import Application, StoredToken
from rentaxis_pipelines.quickbooks.faults import (
    ApplicationUnknown,
    AuthenticationFailed,
    GrantDead,
    NotConnected,
    NotSent,
    TokenUnreadable,
)
from rentaxis_pipelines.quickbooks.tokens import Token, check_keys, decrypt, encrypt, encrypt_again
from rentaxis_pipelines_tests.support.file_stores import FileTokenStore, new_key

NOW = 1_800_000_000.0
OLD = Token("access-0", "refresh-0", NOW - 10, "9130")
RENEWED = Token("access-1", "refresh-1", NOW + 3600, "9130", refresh_expires_at=NOW + 8_726_400)


class TokenService:
    """Intuit's token service: every refresh changes the refresh token, and only the newest one is taken."""

    def __init__(self, server, behaviours) -> None:
        self.number = 0
        self.asked: list[dict[str, str]] = []
        self._behaviours = behaviours
        self._lock = threading.Lock()
        server.does(self.behave)

    def behave(self, connection, received) -> bool:
        with self._lock:
            self.asked.append(dict(urllib.parse.parse_qsl(received.body.decode())))
            if self.asked[-1]["refresh_token"] != f"refresh-{self.number}":
                dead = {"error": "invalid_grant", "error_description": "Incorrect or invalid refresh token"}
                return self._behaviours.answer(400, dead)(connection, received)
            self.number += 1
            fresh = {
                "access_token": f"access-{self.number}",
                "refresh_token": f"refresh-{self.number}",
                "expires_in": 3600,
                "x_refresh_token_expires_in": 8_726_400,
                "token_type": "bearer",
            }
            return self._behaviours.answer(200, fresh)(connection, received)


@pytest.fixture
def service(server, behaviours) -> TokenService:
    return TokenService(server, behaviours)


@pytest.fixture
def store(tmp_path) -> FileTokenStore:
    return FileTokenStore(tmp_path / "token", new_key())


def keep(store, token: Token) -> None:
    with store.locked() as held:
        held.save(token)


def kept(store) -> Token | None:
    with store.locked() as held:
        return held.load()


def application(server) -> Application:
    return Application("client-id", "client-secret", f"{server.base_url}/oauth2/v1/tokens/bearer")


def stored_token(server, store, now=lambda: NOW) -> StoredToken:
    return StoredToken(application(server), store, now=now, timeouts=(0.5, 0.2))


def test_a_token_near_its_end_is_renewed_and_the_new_one_is_stored(server, service, store):
    """HTTP Basic with id and secret, as Intuit wants it; the whole new token is kept."""
    keep(store, OLD)
    assert stored_token(server, store).access_token() == "access-1"
    assert kept(store) == RENEWED
    assert service.asked == [{"grant_type": "refresh_token", "refresh_token": "refresh-0"}]
    assert server.received[0].headers["authorization"] == "Basic Y2xpZW50LWlkOmNsaWVudC1zZWNyZXQ="


@pytest.mark.parametrize(("left", "refreshes"), [(299, 1), (301, 0)])
def test_a_token_is_renewed_a_little_before_its_end(server, service, store, left, refreshes):
    keep(store, Token("access-0", "refresh-0", NOW + left, "9130"))
    tokens = stored_token(server, store)
    for _ in range(3):
        assert tokens.access_token() == f"access-{refreshes}"
    assert len(service.asked) == refreshes


def test_a_new_token_that_cannot_be_stored_is_not_used_and_not_lost(server, service, store, tmp_path):
    """The store fails for a while (disk full, database gone) just after the refresh: nobody gets the token
    until it is kept, and it is kept as soon as that is possible, because the old refresh token is dead by
    then.
    """
    keep(store, OLD)
    tokens = stored_token(server, store)
    in_the_way = tmp_path / "token.new"  # what the store writes before it moves it into place
    in_the_way.mkdir()
    for _ in range(2):
        with pytest.raises(IsADirectoryError):
            tokens.access_token()
    assert kept(store) == OLD
    in_the_way.rmdir()
    assert tokens.access_token() == "access-1"
    assert kept(store) == RENEWED
    assert len(service.asked) == 1


def test_ten_threads_cause_one_refresh(server, service, store):
    keep(store, OLD)
    tokens = stored_token(server, store)
    start = threading.Barrier(10)
    got: list[str] = []

    def ask() -> None:
        start.wait()
        got.append(tokens.access_token())

    threads = [threading.Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == ["access-1"] * 10
    assert len(service.asked) == 1


def test_ten_threads_whose_token_was_refused_cause_one_refresh(server, service, store):
    """The token ended early: all calls in flight meet 3200 at once."""
    keep(store, Token("access-0", "refresh-0", NOW + 3600, "9130"))
    tokens = stored_token(server, store)
    refused = tokens.access_token()
    threads = [threading.Thread(target=tokens.replace, args=(refused,)) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tokens.access_token() == "access-1"
    assert len(service.asked) == 1


def ask_in_a_process(path: Path, key: str, token_url: str, results) -> None:
    tokens = StoredToken(
        Application("client-id", "client-secret", token_url), FileTokenStore(path, key), now=lambda: NOW
    )
    results.put(tokens.access_token())


def test_processes_cause_one_refresh_between_them(server, service, tmp_path):
    """The store's lock holds across processes, and each reads the store again before it refreshes."""
    key = new_key()
    keep(FileTokenStore(tmp_path / "token", key), OLD)
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    arguments = (tmp_path / "token", key, application(server).token_url, results)
    workers = [context.Process(target=ask_in_a_process, args=arguments) for _ in range(3)]
    for worker in workers:
        worker.start()
    got = [results.get(timeout=300) for _ in workers]
    for worker in workers:
        worker.join()
    assert got == ["access-1"] * 3
    assert len(service.asked) == 1


def test_a_token_renewed_by_another_process_is_taken_from_the_store(server, service, store):
    """Refused here, but renewed elsewhere in the meantime: no second refresh."""
    keep(store, Token("access-0", "refresh-0", NOW + 3600, "9130"))
    tokens = stored_token(server, store)
    tokens.access_token()
    keep(store, Token("access-x", "refresh-x", NOW + 3600, "9130"))
    tokens.replace("access-0")
    assert tokens.access_token() == "access-x"
    assert service.asked == []


def test_dying_between_the_refresh_and_the_store_ends_in_one_clear_sentence(server, service, store):
    """The refresh token changed at Intuit and the process died before storing it: tried once more, then
    said.
    """
    keep(store, OLD)
    service.number = 1  # Intuit has already moved on
    with pytest.raises(GrantDead) as raised:
        stored_token(server, store).access_token()
    assert str(raised.value) == (
        "QuickBooks no longer accepts this connection (it was revoked, has expired, or its renewal "
        "was lost): run `rentaxis-sync connect` to connect the company again."
    )
    assert kept(store) == OLD


@pytest.mark.parametrize("status", [400, 401])
def test_a_wrong_client_is_told_from_the_body_whatever_the_status(server, behaviours, store, status):
    """A field note: invalid_client comes with 400 or 401."""
    keep(store, OLD)
    server.does(behaviours.answer(status, {"error": "invalid_client"}))
    with pytest.raises(ApplicationUnknown, match="QUICKBOOKS_CLIENT_ID and QUICKBOOKS_CLIENT_SECRET"):
        stored_token(server, store).access_token()


def test_an_answer_without_a_token_is_not_stored(server, behaviours, store):
    keep(store, OLD)
    server.does(behaviours.answer(200, {"token_type": "bearer"}))
    with pytest.raises(AuthenticationFailed):
        stored_token(server, store).access_token()
    assert kept(store) == OLD


@pytest.mark.parametrize("behaviour", ["reset", "silence", "half", "html", "429"])
def test_a_token_service_out_of_reach_means_nothing_was_sent(server, behaviours, store, behaviour):
    """The call that needed the token was never made; the service was asked a second time."""
    keep(store, OLD)
    answers = {"html": behaviours.answer(502, "<html>"), "429": behaviours.answer(429, "<html>")}
    server.does(answers.get(behaviour) or getattr(behaviours, behaviour))
    with pytest.raises(NotSent):
        stored_token(server, store).access_token()
    assert len(server.received) == 2
    assert kept(store) == OLD


def test_without_a_token_the_sentence_says_how_to_connect(server, store):
    with pytest.raises(NotConnected, match="run `rentaxis-sync connect`"):
        stored_token(server, store).access_token()


def test_the_file_is_useless_without_the_key_and_for_its_owner_only(store, tmp_path):
    keep(store, OLD)
    path = tmp_path / "token"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for secret in (b"access-0", b"refresh-0", b"9130"):
        assert secret not in path.read_bytes()


def test_a_wrong_key_is_one_clear_sentence(server, tmp_path):
    keep(FileTokenStore(tmp_path / "token", new_key()), OLD)
    tokens = stored_token(server, FileTokenStore(tmp_path / "token", new_key()))
    with pytest.raises(TokenUnreadable) as raised:
        tokens.access_token()
    assert str(raised.value) == (
        "The stored QuickBooks token does not open with any key in PIPELINES_SECRET_KEY: add the key it was "
        "stored with, or run `rentaxis-sync connect` to connect again."
    )


@pytest.mark.parametrize("damage", [b"", b"plain text", b'{"access_token":"a"}'])
def test_a_damaged_file_is_said_and_not_believed(store, tmp_path, damage):
    (tmp_path / "token").write_bytes(damage)
    with pytest.raises(TokenUnreadable):
        kept(store)


@pytest.mark.parametrize("key", ["", "hunter2", "é" * 44, "A" * 43])
def test_a_key_that_is_none_is_said_at_start(tmp_path, key):
    with pytest.raises(TokenUnreadable, match="44 characters"):
        FileTokenStore(tmp_path / "token", key)


def test_any_of_several_keys_opens_and_the_first_one_seals():
    """So a key is replaced: the new one in front, everything encrypted again, the old one taken away."""
    old, new = new_key(), new_key()
    for both in (f"{new},{old}", f" {new}\n{old}\n", f"{new} , {old},"):
        assert decrypt(encrypt(OLD, old), both) == OLD
        assert decrypt(encrypt(OLD, both), new) == OLD
        with pytest.raises(TokenUnreadable):
            decrypt(encrypt(OLD, both), old)
        again = encrypt_again(encrypt(OLD, old), both)
        assert decrypt(again, new) == OLD
        with pytest.raises(TokenUnreadable):
            decrypt(again, old)
    with pytest.raises(TokenUnreadable, match="any key in PIPELINES_SECRET_KEY"):
        encrypt_again(encrypt(OLD, old), new)


def test_a_wrong_key_among_several_is_named_by_its_place_not_its_value():
    with pytest.raises(TokenUnreadable) as raised:
        check_keys(f"{new_key()}, hunter2 {new_key()}")
    assert str(raised.value).startswith("Key 2 of 3 in PIPELINES_SECRET_KEY is not a key")
    assert "hunter2" not in str(raised.value)


def test_a_token_stored_before_its_end_was_kept_still_opens():
    key = new_key()
    before = (
        b'{"access_token":"access-0","refresh_token":"refresh-0","expires_at":%d,"realm_id":"9130"}'
        % OLD.expires_at
    )
    assert decrypt(Fernet(key).encrypt(before), key) == OLD


def test_the_end_of_the_grant_stays_known_where_a_refresh_does_not_name_it(server, service, store):
    """Intuit names it only where it is asked to, and older answers never did."""
    grant_ends = NOW + 86400
    keep(store, msgspec.structs.replace(OLD, refresh_expires_at=NOW + 5, grant_expires_at=grant_ends))
    stored_token(server, store).access_token()
    token = kept(store)
    assert token == msgspec.structs.replace(RENEWED, grant_expires_at=grant_ends)
    assert token.connection_ends_at == grant_ends


def test_an_answer_without_a_new_refresh_token_keeps_the_old_one(server, behaviours, store):
    """RFC 6749 lets the service leave it out."""
    keep(store, OLD)
    server.does(behaviours.answer(200, {"access_token": "a", "expires_in": 3600, "token_type": "bearer"}))
    stored_token(server, store).access_token()
    assert kept(store) == Token("a", "refresh-0", NOW + 3600, "9130")


def test_after_its_end_the_sentence_says_which_day_and_to_connect_again(server, service, store):
    """Intuit is asked all the same: our clock may be wrong. Its answer decides, the day explains."""
    keep(store, msgspec.structs.replace(OLD, grant_expires_at=NOW - 86400))
    service.number = 1
    with pytest.raises(GrantDead) as raised:
        stored_token(server, store).access_token()
    assert str(raised.value) == (
        "The connection to QuickBooks company 9130 ended on 2027-01-14: run `rentaxis-sync connect` to connect the company again."
    )


def test_connecting_again_replaces_a_token_of_a_lost_key(tmp_path):
    """The way out of a lost key must not need the key."""
    keep(FileTokenStore(tmp_path / "token", new_key()), OLD)
    again = FileTokenStore(tmp_path / "token", new_key())
    keep(again, Token("a", "r", NOW, "9130"))
    assert kept(again) == Token("a", "r", NOW, "9130")


def test_a_save_that_dies_half_way_leaves_the_old_token(store, tmp_path):
    """The new file is written beside the old one and moved over it."""
    keep(store, OLD)
    (tmp_path / "token.new").write_bytes(b"half a tok")
    assert kept(store) == OLD


def test_sealing_keeps_everything_and_repr_shows_nothing():
    key = new_key()
    assert decrypt(encrypt(OLD, key), key) == OLD
    assert json.dumps([repr(OLD), repr(Application("id", "client-secret"))]).find("-0") == -1
    assert "client-secret" not in repr(Application("id", "client-secret"))


def test_a_lock_left_by_a_dead_process_does_not_stay(tmp_path):
    """The lock belongs to the process: when it dies, the next one goes on."""
    key = new_key()
    keep(FileTokenStore(tmp_path / "token", key), OLD)
    context = multiprocessing.get_context("spawn")
    worker = context.Process(target=die_with_the_lock, args=(tmp_path / "token", key))
    worker.start()
    worker.join(timeout=300)
    assert worker.exitcode == 9
    assert kept(FileTokenStore(tmp_path / "token", key)) == OLD


def die_with_the_lock(path: Path, key: str) -> None:
    with FileTokenStore(path, key).locked():
        os._exit(9)
