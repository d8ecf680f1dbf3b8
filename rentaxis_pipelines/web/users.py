"""The users file: who may sign in, with which role, for which companies, and the hash of their password.

Here: reading its current state, and writing it. Not here: how passwords are hashed (``passwords``), what a role may do
(``people``). The file is YAML, readable only by its owner::

    users:
      ann@example.com: {role: operator, companies: [elm_street], password: $argon2id$..., added: '2026-09-01T10:00:00+00:00'}

Without ``companies``, a user sees every company, those that are added later too. Users who sign in through OpenID Connect or a proxy are listed without a password.
"""

import contextlib
import datetime as dt
import fcntl
import os
import re
import stat
import threading
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rentaxis_pipelines.safety.private_files import private_folder, written_privately
from rentaxis_pipelines.settings.errors import SettingsError, nearest
from rentaxis_pipelines.settings.yaml_file import read_yaml
from rentaxis_pipelines.web.people import Role

ROLES = tuple(role.name for role in Role)
_NAME = re.compile(r"\w[\w.@+-]{0,99}")
_KEYS = ("role", "companies", "password", "added")


class UsersFileError(SettingsError):
    """The users file cannot be used, or the change is not allowed."""


@dataclass(frozen=True, slots=True)
class User:
    """One entry. ``password`` is a hash, or empty; ``added`` distinguishes two entries of the same name. ``companies``: as of a ``Person``."""

    name: str
    role: Role
    password: str = ""
    added: str = ""
    companies: frozenset[str] | None = None


class UsersFile:
    """The file at ``path``, read again whenever it has changed. Names are case-insensitive."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._seen: tuple[int, ...] = ()
        self._users: Mapping[str, User] = {}

    def find(self, name: str) -> User | None:
        """The user of that name in the current file. Raises UsersFileError."""
        return self.users().get(name.casefold())

    def users(self) -> Mapping[str, User]:
        """All users, by casefolded name. Raises UsersFileError."""
        state = self._state()
        with self._lock:
            if state != self._seen:
                self._users, self._seen = _read(self.path), state
            return self._users

    @contextlib.contextmanager
    def changing(self) -> Generator[dict[str, User]]:
        """The users, to be changed in the block; written if it ends without an error. Locks out other changes. Creates the file if needed."""
        try:
            private_folder(self.path.parent)
            lock_file = self.path.with_name(self.path.name + ".lock")
            with os.fdopen(os.open(lock_file, os.O_RDWR | os.O_CREAT, 0o600)) as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)  # released when it is closed, even if the process dies
                users = dict(self.users()) if self.path.exists() else {}
                yield users
                _write(self.path, users)
        except OSError as error:
            raise UsersFileError(
                f"{self.path}: the users file cannot be written ({error.strerror})."
            ) from None

    def _state(self) -> tuple[int, ...]:
        try:
            stat_result = self.path.stat()
        except OSError:
            raise UsersFileError(
                f"{self.path}: the users file does not exist. Add the first user with `rentaxis-sync users add NAME`."
            ) from None
        if stat_result.st_mode & (stat.S_IRWXO | stat.S_IWGRP | stat.S_IXGRP):
            raise UsersFileError(
                f"{self.path}: other users can read or change the users file. Run: chmod 600 {self.path}"
            )
        return (stat_result.st_mtime_ns, stat_result.st_ctime_ns, stat_result.st_size, stat_result.st_ino)


def new_user(name: str, role: Role, password: str = "", companies: frozenset[str] | None = None) -> User:
    """A user added now. Raises UsersFileError for an invalid name."""
    if not _NAME.fullmatch(name):
        raise UsersFileError(
            f"'{name}' is not a valid user name: use up to 100 letters, digits and . _ @ + -."
        )
    return User(name, role, password, dt.datetime.now(dt.UTC).isoformat(), companies)


def _read(path: Path) -> dict[str, User]:
    with contextlib.suppress(OSError, UnicodeDecodeError):
        if not path.read_text(encoding="utf-8").strip():
            return {}
    values, lines = read_yaml(path)
    entries = values.get("users")
    if set(values) != {"users"} or not isinstance(entries, dict):
        raise UsersFileError(f"{path}: expected a single key, users, with one name per line.")
    users: dict[str, User] = {}

    def fault(sentence: str, *where: str) -> UsersFileError:
        key_path = ("users", *where)
        return UsersFileError(f"{path}, line {lines.get(key_path, 1)}: {'.'.join(key_path)} {sentence}")

    for name, entry in entries.items():
        if name.casefold() in users:
            raise fault("is listed twice (upper and lower case count as the same). Keep only one.", name)
        users[name.casefold()] = _user(name, entry, fault)
    return users


def _user(name: str, entry: Any, fault: Callable[..., UsersFileError]) -> User:
    """``fault``: makes the error from a sentence and the keys that lead to what is wrong."""
    if not _NAME.fullmatch(name):
        raise fault("is not a valid user name: use letters, digits and . _ @ + -.", name)
    if not isinstance(entry, dict):
        raise fault("needs a role: viewer, operator or approver.", name)
    for key in entry:
        if key not in _KEYS:
            raise fault(f"is not a setting of a user.{nearest(key, list(_KEYS))}", name, key)
    role, password = entry.get("role"), entry.get("password") or ""
    if role not in ROLES:
        where = (name, "role") if "role" in entry else (name,)
        raise fault(
            f"expected a role: viewer, operator or approver.{nearest(str(role), list(ROLES))}", *where
        )
    if not isinstance(password, str) or not (password == "" or password.startswith("$argon2")):
        raise fault(f"is not a hash. Set it with `rentaxis-sync users password {name}`.", name, "password")
    companies = _companies(entry["companies"], name, fault) if "companies" in entry else None
    return User(name, Role[role], password, str(entry.get("added") or ""), companies)


def _companies(written: Any, name: str, fault: Callable[..., UsersFileError]) -> frozenset[str]:
    """Nothing written there is refused, not taken for every company."""
    if not isinstance(written, list) or not all(isinstance(each, str) and each for each in written):
        raise fault(
            "expected a list of companies' short names, such as [elm_street, birch]; "
            "leave the setting out for a user of every company.",
            name,
            "companies",
        )
    return frozenset(written)


def _write(path: Path, users: Mapping[str, User]) -> None:
    entries = {
        user.name: {
            "role": user.role.name,
            **({"companies": sorted(user.companies)} if user.companies is not None else {}),
            **({"password": user.password} if user.password else {}),
            **({"added": user.added} if user.added else {}),
        }
        for user in users.values()
    }
    # Replaces the old file when complete: a running server reads one or the other, never half a file.
    with written_privately(path) as unfinished, unfinished.open("w", encoding="utf-8") as file:
        file.write(
            "# Written by `rentaxis-sync users`. Changes take effect immediately, even for signed-in users.\n"
        )
        yaml.safe_dump({"users": entries}, file, allow_unicode=True, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
