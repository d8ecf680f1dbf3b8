"""What the probe has done, stored on disk line by line, so that an interrupted probe can be resumed and leaves nothing behind.

Every object is recorded by name or number BEFORE the call that creates it, and by ID afterwards. Each line is on disk before anything
else happens. Here: the lines and the state they describe. Not here: removing objects (``cleanup``).
"""

import hashlib
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.probe.experiment import Seen
from rentaxis_pipelines.safety.private_files import private_folder

NAME = "journal.jsonl"
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another


class CannotProbe(CannotLaunch):
    """The probe cannot be run like this. The text says why and what to do; nothing was sent, or what was created is in the journal."""


@dataclass
class Made:
    """An object of the probe. ``key``: its name or number. ``quickbooks_id``: "" until the response came. ``left``: why it still exists
    ("inactive": QuickBooks cannot delete it; else a sentence)."""

    entity: str
    key: str
    experiment: int
    quickbooks_id: str = ""
    gone: bool = False
    left: str = ""


@dataclass
class Journal:
    """One probe of one company, across all its starts. Created only by ``open_journal``."""

    path: Path
    company: str
    tag: str
    attempt: int = 0
    counts: dict[str, int | None] = field(default_factory=dict[str, "int | None"])
    seen: dict[int, Seen] = field(default_factory=dict[int, Seen])
    made: list[Made] = field(default_factory=list[Made])

    def plan(self, entity: str, key: str, experiment: int) -> Made:
        """Record an object that is about to be created."""
        self.made.append(Made(entity, key, experiment))
        self._write({"plan": len(self.made) - 1, "entity": entity, "key": key, "experiment": experiment})
        return self.made[-1]

    def found(self, made: Made, quickbooks_id: str) -> None:
        """Record the ID of an object, from the response or from a search."""
        if quickbooks_id != made.quickbooks_id:
            made.quickbooks_id = quickbooks_id
            self._write({"made": self.made.index(made), "id": quickbooks_id})

    def finished(self, made: Made, left: str = "") -> None:
        """Record that an object is gone, or that it remains and why."""
        made.gone, made.left = not left, left
        self._write({"gone": self.made.index(made), "left": left})

    def saw(self, number: int, seen: Seen) -> None:
        """Record what an experiment observed; it is then done."""
        self.seen[number] = seen
        self._write({"seen": number, "what": msgspec.to_builtins(seen)})

    def counted(self, counts: dict[str, int | None]) -> None:
        """Record how many objects the company had before the probe."""
        self.counts = counts
        self._write({"counts": counts})

    def forget(self) -> None:
        """Start over: nothing has been observed or counted yet; what remains from before is part of the next count."""
        self.seen, self.counts = {}, {}
        self.made = []
        self._write({"forget": True})

    def begin_attempt(self) -> None:
        """Another start. Names, numbers and request IDs contain its number, so none is used twice."""
        self.attempt += 1
        self._write({"attempt": self.attempt})

    @property
    def still_there(self) -> list[Made]:
        """What is not known to be gone and not known to remain."""
        return [created for created in self.made if not created.gone and not created.left]

    @property
    def left(self) -> list[Made]:
        """What remains in the company, in the order it was made."""
        return [created for created in self.made if created.left]

    def _write(self, line: dict[str, Any]) -> None:
        with self.path.open("ab") as file:
            file.write(msgspec.json.encode(line) + b"\n")
            file.flush()
            os.fsync(file.fileno())


def open_journal(folder: Path, base_url: str, realm: str) -> Journal:
    """The journal of this company in ``folder``: the existing one, or a new one.

    Raises CannotProbe if the folder contains another company's journal, or cannot be read or written.
    """
    company = hashlib.sha256(f"{base_url} {realm}".encode()).hexdigest()[:16]
    path = folder / NAME
    try:
        private_folder(folder)
        if path.exists():
            journal = _read(path)
        else:
            journal = Journal(path, company, "".join(secrets.choice(_LETTERS) for _ in range(4)))
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            journal._write({"company": company, "tag": journal.tag})
    except OSError as error:
        raise CannotProbe(
            f"The folder {folder} cannot be used ({error.strerror}): choose another one with --folder."
        ) from error
    if journal.company != company:
        raise CannotProbe(
            f"The folder {folder} contains the probe of another company. Choose another folder with --folder, so that what that probe "
            "created can still be cleaned up. Nothing was sent."
        )
    return journal


def _read(path: Path) -> Journal:
    """A last line cut short by a crash is ignored: what it was about had not happened yet."""
    *whole, _cut = path.read_bytes().split(b"\n")
    try:
        lines = [msgspec.json.decode(line) for line in whole]
        journal = Journal(path, lines[0]["company"], lines[0]["tag"])
        for line in lines[1:]:
            _take(journal, line)
    except (msgspec.DecodeError, msgspec.ValidationError, LookupError, TypeError) as error:
        raise CannotProbe(
            f"{path} is not a journal of the probe: choose another folder with --folder."
        ) from error
    if _cut:
        path.write_bytes(b"".join(line + b"\n" for line in whole))
    return journal


def _take(journal: Journal, line: dict[str, Any]) -> None:
    match line:
        case {"plan": _, "entity": entity, "key": key, "experiment": number}:
            journal.made.append(Made(entity, key, number))
        case {"made": at, "id": quickbooks_id}:
            journal.made[at].quickbooks_id = quickbooks_id
        case {"gone": at, "left": left}:
            journal.made[at].gone, journal.made[at].left = not left, left
        case {"seen": number, "what": what}:
            journal.seen[number] = msgspec.convert(what, Seen)
        case {"counts": counts}:
            journal.counts = counts
        case {"forget": True}:
            journal.seen, journal.counts, journal.made = {}, {}, []
        case {"attempt": attempt}:
            journal.attempt = attempt
        case _:
            raise LookupError(line)
