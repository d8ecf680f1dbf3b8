"""Changing the company file: the new text of it, checked before it counts.

Here: pure rules from text to text, and whether the file may be changed. Not here: how a text is changed with its comments kept
(``yaml_edit``), writing the file and keeping its versions (``sync.company_settings``).
"""

import hashlib
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from rentaxis_pipelines.settings.company import Company, company_from
from rentaxis_pipelines.settings.errors import CompanyFileError
from rentaxis_pipelines.settings.yaml_edit import Value, edited
from rentaxis_pipelines.settings.yaml_file import KeyPath, text_of

# Jobs, partitions and schedules are named and cut by these when Dagster starts (``Scope.current``).
_FIXED = ("slug", "time_zone")


@dataclass(frozen=True)
class CompanyText:
    """The company file as it was read. ``fingerprint`` tells whether the file still holds the same text."""

    path: Path
    text: str

    @property
    def company(self) -> Company:
        """What the text says. Raises CompanyFileError."""
        return company_from(self.text, self.path)

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.text)


def read_company_text(path: Path) -> CompanyText:
    """The file as it is now. Raises CompanyFileError where it cannot be read."""
    return CompanyText(path, text_of(path))


def fingerprint(text: str) -> str:
    """The same for the same text only."""
    return hashlib.sha256(text.encode()).hexdigest()


def changed(
    file: CompanyText, changes: Mapping[KeyPath, Value], removed: Collection[KeyPath] = ()
) -> CompanyText:
    """The file with these settings changed or added, and those removed; comments, order and quotes stay.

    Raises CompanyFileError, with the sentence that the file itself would be refused with, for a value that is not allowed.
    """
    return accepted(file, edited(file.text, file.path, changes, removed))


def accepted(file: CompanyText, text: str) -> CompanyText:
    """``text`` in place of what the file says. Raises CompanyFileError where it may not stand there."""
    new = CompanyText(file.path, text)
    before, after = file.company, new.company
    for setting in _FIXED:
        if getattr(before, setting) != getattr(after, setting):
            raise CompanyFileError(
                f"{setting} cannot be changed here, from {getattr(before, setting)} to {getattr(after, setting)}: "
                "every day and every name depends on it. Change it in the file, and restart the sync's services."
            )
    return new


def why_not_writable(path: Path) -> str | None:
    """A sentence where this process may not replace the file, else None."""
    path = path.resolve()
    if not path.is_file():
        return f"There is no file {path}."
    if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
        return f"{path} or its folder cannot be written to by this program."
    return None
