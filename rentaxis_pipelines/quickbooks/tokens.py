"""The OAuth token at rest: what it holds, how it is sealed, where it is kept.

Here: the token, the seal (useless without the key), the contract of a store and a store in a file. Not
here: getting or refreshing a token (``auth``, ``connect``). Another store (a database row) keeps the same
contract.
"""

import fcntl
import os
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

import msgspec
from cryptography.fernet import Fernet, InvalidToken

from rentaxis_pipelines.quickbooks.faults import TokenUnreadable


class Token(msgspec.Struct, frozen=True):
    """One grant: one company. Moments are seconds since 1970."""

    access_token: str
    refresh_token: str
    expires_at: float
    realm_id: str

    def __repr__(self) -> str:
        return f"Token(realm_id={self.realm_id!r}, expires_at={self.expires_at!r})"


class HeldToken(Protocol):
    """A token store while it is locked."""

    def load(self) -> Token | None:
        """The token, or None where nobody has connected yet. Raises ``TokenUnreadable`` for a wrong key."""
        ...

    def save(self, token: Token) -> None:
        """Keeps ``token``; when this returns it has survived a crash."""
        ...


class TokenStore(Protocol):
    """Where the token of one company is kept. Locking it excludes every other thread and process."""

    def locked(self) -> AbstractContextManager[HeldToken]: ...


def seal(token: Token, key: str) -> bytes:
    """``token`` encrypted with ``key`` (a Fernet key: 32 bytes in URL-safe base64)."""
    return _fernet(key).encrypt(msgspec.json.encode(token))


def unseal(sealed: bytes, key: str) -> Token:
    """The token that was sealed with ``key``.

    Raises:
        TokenUnreadable: it was sealed with another key, or is damaged.
    """
    try:
        return msgspec.json.decode(_fernet(key).decrypt(sealed), type=Token)
    except (InvalidToken, msgspec.DecodeError):
        raise TokenUnreadable(
            "The stored QuickBooks token does not open with PIPELINES_SECRET_KEY: set the key it was stored "
            "with, or run `rentaxis-sync connect` to connect again."
        ) from None


def new_key() -> str:
    """A fresh key for ``PIPELINES_SECRET_KEY``."""
    return Fernet.generate_key().decode()


class FileTokenStore:
    """A token in a file that only its owner may read. ``path`` need not exist."""

    def __init__(self, path: Path, key: str) -> None:
        _fernet(key)  # a malformed key is said at start, not at the first refresh
        self._path = path
        self._key = key

    @contextmanager
    def locked(self) -> Generator[HeldToken]:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self._path.with_name(self._path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)  # given back by close, also when the process dies
            yield _HeldFile(self._path, self._key)
        finally:
            os.close(lock)


class _HeldFile:
    def __init__(self, path: Path, key: str) -> None:
        self._path = path
        self._key = key

    def load(self) -> Token | None:
        try:
            sealed = self._path.read_bytes()
        except FileNotFoundError:
            return None
        return unseal(sealed, self._key)

    def save(self, token: Token) -> None:
        # Written beside and moved over, so that a crash or a full disk leaves the old token, not half of one.
        beside = self._path.with_name(self._path.name + ".new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(seal(token, self._key))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _fernet(key: str) -> Fernet:
    try:
        return Fernet(key)
    except ValueError:
        raise TokenUnreadable(
            "PIPELINES_SECRET_KEY is not a key: it must be 32 random bytes in URL-safe base64, 44 characters."
        ) from None
