"""Writing the company file: checked against what stands there now, kept as a version, put in its place at once.

Here: the order of these, under a lock of the company's settings, so that of two people who save at once one is told. Not here: the
new text and whether it is allowed (``settings.company_edit``), the rows (``ledger.settings_versions``).
"""

import datetime as dt
import os
from pathlib import Path

import sqlalchemy as sa

from rentaxis_pipelines.ledger import settings_versions
from rentaxis_pipelines.ledger.settings_versions import SettingsVersion
from rentaxis_pipelines.safety.private_files import written_privately
from rentaxis_pipelines.settings import CompanyFileError, SettingsError
from rentaxis_pipelines.settings.company_edit import CompanyText, accepted, read_company_text

FIRST_SEEN = "As it was when it was first looked at here"
CHANGED_OUTSIDE = "Changed outside the desk"


class SettingsChanged(SettingsError):
    """The company file is no longer what the person saw. Nothing was written."""


def note_version(connection: sa.Connection, realm: str, path: Path, now: dt.datetime) -> CompanyText:
    """The file as it is now; if it differs from the newest version it is kept as one of its own. Commits.

    Raises CompanyFileError where the file cannot be read.
    """
    settings_versions.lock_settings(connection, realm)
    file = _noted(connection, realm, path, now)
    connection.commit()
    return file


def save_settings(
    connection: sa.Connection,
    realm: str,
    new: CompanyText,
    *,
    seen: str,
    who: str,
    why: str,
    now: dt.datetime,
) -> bool:
    """Put the new text in place of the file; False where the file says that already. Commits.

    ``seen``: the fingerprint of the text that the person saw. ``why``: in the person's words, not empty.
    Raises SettingsChanged where the file has another one by now, CompanyFileError where the new text may not
    stand there or the file cannot be written: then nothing was written.
    """
    settings_versions.lock_settings(connection, realm)
    file = _noted(connection, realm, new.path, now)
    if file.fingerprint != seen:
        by = settings_versions.newest(connection, realm)
        connection.commit()
        raise SettingsChanged(_changed_meanwhile(by))
    accepted(file, new.text)
    if file.text == new.text:
        connection.commit()
        return False
    version = SettingsVersion(realm=realm, text=new.text, who=who, why=why, at=now)
    settings_versions.save(connection, version)
    _write(new)
    connection.commit()
    return True


def note_decision(
    connection: sa.Connection, realm: str, path: Path, *, who: str, why: str, now: dt.datetime
) -> None:
    """Keep who decided something about the settings that does not stand in the file, such as switching a nightly run on. Commits."""
    settings_versions.lock_settings(connection, realm)
    file = _noted(connection, realm, path, now)
    settings_versions.save(connection, SettingsVersion(realm=realm, text=file.text, who=who, why=why, at=now))
    connection.commit()


def _noted(connection: sa.Connection, realm: str, path: Path, now: dt.datetime) -> CompanyText:
    file = read_company_text(path)
    newest = settings_versions.newest(connection, realm)
    if newest is None or newest.text != file.text:
        why = CHANGED_OUTSIDE if newest else FIRST_SEEN
        version = SettingsVersion(realm=realm, text=file.text, who="", why=why, at=now)
        settings_versions.save(connection, version)
    return file


def _changed_meanwhile(by: SettingsVersion | None) -> str:
    whose = (
        f"{by.who} changed the settings ({by.why})"
        if by is not None and by.who
        else "The settings were changed outside the desk"
    )
    return (
        f"{whose} while this page was open, so nothing was saved. What you entered is still here: look at what "
        "the settings say now, and save again if it still fits."
    )


def _write(new: CompanyText) -> None:
    """All of it or nothing, with the mode that the file has."""
    try:
        mode = new.path.stat().st_mode & 0o777
        with written_privately(new.path) as unfinished:
            with unfinished.open("wb") as file:
                file.write(new.text.encode())
                file.flush()
                os.fsync(file.fileno())
            unfinished.chmod(mode)
    except OSError as error:
        raise CompanyFileError(
            f"{new.path} cannot be written ({error.strerror}), so nothing was saved. The file and its folder must be writable for "
            "this program, and a container must be given the folder, not the file alone."
        ) from error
