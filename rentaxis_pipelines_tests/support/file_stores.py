"""A token and a log of calls in files, which processes of a test share: the client's contracts without a database.

Production keeps both in the ledger; what is tested with these is the client: who waits, who refreshes, and that it is done once.
"""

import fcntl
import os
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from cryptography.fernet import Fernet

from rentaxis_pipelines.quickbooks.limits import Calls
from rentaxis_pipelines.quickbooks.tokens import HeldToken, Token, check_keys, decrypt, encrypt


def new_key() -> str:
    """A fresh key for ``PIPELINES_SECRET_KEY``."""
    return Fernet.generate_key().decode()


class FileTokenStore:
    """A token in a file that only its owner may read. ``path`` need not exist."""

    def __init__(self, path: Path, key: str) -> None:
        check_keys(key)  # a malformed key is said at start, not at the first refresh
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
            encrypted = self._path.read_bytes()
        except FileNotFoundError:
            return None
        return decrypt(encrypted, self._key)

    def refuse_unwritable(self) -> None:
        beside = self._path.with_name(self._path.name + ".new")
        os.close(os.open(beside, os.O_WRONLY | os.O_CREAT, 0o600))
        beside.unlink()

    def save(self, token: Token) -> None:
        # Written beside and moved over, so that a crash or a full disk leaves the old token, not half of one.
        beside = self._path.with_name(self._path.name + ".new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(encrypt(token, self._key))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class FileCallLog:
    """A call log for all threads and processes of one machine: a small file, locked while it is looked at.

    A file that is torn or foreign counts as empty; the worst that follows is one 429.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock

    @contextmanager
    def locked(self) -> Generator["_HeldCalls"]:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)  # given back by close, also when the process dies
            yield _HeldCalls(descriptor, self._clock)
        finally:
            os.close(descriptor)


class _HeldCalls:
    def __init__(self, descriptor: int, clock: Callable[[], float]) -> None:
        self._descriptor = descriptor
        self.now = clock

    def load(self) -> Calls:
        try:
            return msgspec.json.decode(os.pread(self._descriptor, 1_000_000, 0), type=Calls)
        except ValueError:
            return Calls()

    def save(self, calls: Calls) -> None:
        body = msgspec.json.encode(calls)
        os.pwrite(self._descriptor, body, 0)
        os.ftruncate(self._descriptor, len(body))
