"""The users file: who may come in, with which role, and the hash of their password.

Here: reading it as it is at this moment, and writing it. Not here: how passwords are hashed (``passwords``), what a role may do
(``people``). The file is YAML, and only its owner may read it::

    users:
      ann@example.com: {role: operator, password: $argon2id$..., added: '2026-09-01T10:00:00+00:00'}

Whoever signs in elsewhere (OpenID Connect, a proxy) stands here without a password.
"""

import contextlib
import datetime as dt
import fcntl
import os
import re
import stat
import threading
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rentaxis_pipelines.safety.private_files import private_folder, written_privately
from rentaxis_pipelines.settings.errors import SettingsError, nearest
from rentaxis_pipelines.settings.yaml_file import KeyPath, read_yaml
from rentaxis_pipelines.web.people import Role

ROLES = tuple(role.name for role in Role)
_NAME = re.compile(r"\w[\w.@+-]{0,99}")
_KEYS = ("role", "password", "added")


class UsersFileError(SettingsError):
    """The users file cannot be used, or not in that way."""


@dataclass(frozen=True, slots=True)
class User:
    """One entry. ``password`` is a hash, or empty; ``added`` tells two entries of the same name apart."""

    name: str
    role: Role
    password: str = ""
    added: str = ""


class UsersFile:
    """The file at ``path``, read again whenever it has changed. Names are the same in capitals."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._seen: tuple[int, ...] = ()
        self._users: Mapping[str, User] = {}

    def find(self, name: str) -> User | None:
        """The user of that name, as the file is now. Raises UsersFileError."""
        return self.users().get(name.casefold())

    def users(self) -> Mapping[str, User]:
        """Everybody, by casefolded name. Raises UsersFileError."""
        now = self._look()
        with self._lock:
            if now != self._seen:
                self._users, self._seen = _read(self.path), now
            return self._users

    @contextlib.contextmanager
    def changing(self) -> Generator[dict[str, User]]:
        """The users, to be changed in the block; written when it ends well. Excludes every other change. Makes the file if need be."""
        try:
            private_folder(self.path.parent)
            lock_file = self.path.with_name(self.path.name + ".lock")
            with os.fdopen(os.open(lock_file, os.O_RDWR | os.O_CREAT, 0o600)) as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)  # given back when it is closed, also when the process dies
                users = dict(self.users()) if self.path.exists() else {}
                yield users
                _write(self.path, users)
        except OSError as error:
            raise UsersFileError(
                f"{self.path}: the users file cannot be written ({error.strerror})."
            ) from None

    def _look(self) -> tuple[int, ...]:
        try:
            found = self.path.stat()
        except OSError:
            raise UsersFileError(
                f"{self.path}: there is no such users file. Add the first user with `rentaxis-sync users add NAME`."
            ) from None
        if found.st_mode & (stat.S_IRWXO | stat.S_IWGRP | stat.S_IXGRP):
            raise UsersFileError(
                f"{self.path}: others can read or change the users file. Run: chmod 600 {self.path}"
            )
        return (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)


def new_user(name: str, role: Role, password: str = "") -> User:
    """A user added now. Raises UsersFileError for a name that cannot be one."""
    if not _NAME.fullmatch(name):
        raise UsersFileError(
            f"'{name}' cannot be a user's name: letters, digits and . _ @ + - are taken, up to 100 of them."
        )
    return User(name, role, password, dt.datetime.now(dt.UTC).isoformat())


def _read(path: Path) -> dict[str, User]:
    with contextlib.suppress(OSError, UnicodeDecodeError):
        if not path.read_text(encoding="utf-8").strip():
            return {}
    values, lines = read_yaml(path)
    entries = values.get("users")
    if set(values) != {"users"} or not isinstance(entries, dict):
        raise UsersFileError(f"{path}: expected one key, users, with a name a line.")
    users: dict[str, User] = {}
    for name, entry in entries.items():
        user = _user(path, lines, name, entry)
        if name.casefold() in users:
            raise _fault(
                path,
                lines,
                ("users", name),
                "is there twice, if capitals are left aside. Keep one of the two.",
            )
        users[name.casefold()] = user
    return users


def _user(path: Path, lines: Mapping[KeyPath, int], name: str, entry: Any) -> User:
    where = ("users", name)
    if not _NAME.fullmatch(name):
        raise _fault(path, lines, where, "cannot be a user's name: letters, digits and . _ @ + - are taken.")
    if not isinstance(entry, dict):
        raise _fault(path, lines, where, "needs a role: viewer, operator or approver.")
    for key in entry:
        if key not in _KEYS:
            raise _fault(path, lines, (*where, key), f"is no setting of a user.{nearest(key, list(_KEYS))}")
    role, password = entry.get("role"), entry.get("password") or ""
    if role not in ROLES:
        raise _fault(
            path,
            lines,
            (*where, "role") if "role" in entry else where,
            f"expected a role: viewer, operator or approver.{nearest(str(role), list(ROLES))}",
        )
    if not isinstance(password, str) or not (password == "" or password.startswith("$argon2")):
        raise _fault(
            path,
            lines,
            (*where, "password"),
            f"is no hash. Set it with `rentaxis-sync users password {name}`.",
        )
    return User(name, Role[role], password, str(entry.get("added") or ""))


def _fault(path: Path, lines: Mapping[KeyPath, int], where: KeyPath, sentence: str) -> UsersFileError:
    return UsersFileError(f"{path}, line {lines.get(where, 1)}: {'.'.join(map(str, where))} {sentence}")


def _write(path: Path, users: Mapping[str, User]) -> None:
    entries = {
        user.name: {
            "role": user.role.name,
            **({"password": user.password} if user.password else {}),
            **({"added": user.added} if user.added else {}),
        }
        for user in users.values()
    }
    # Moved over the old one when it is whole: a running door reads one or the other, never half of one.
    with written_privately(path) as unfinished, unfinished.open("w", encoding="utf-8") as file:
        file.write(
            "# Written by `rentaxis-sync users`. A change counts at once, also for who is signed in.\n"
        )
        yaml.safe_dump({"users": entries}, file, allow_unicode=True, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
