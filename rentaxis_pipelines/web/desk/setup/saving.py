"""What every page of the set-up does the same way: show the company file, say why it cannot be changed here, save a change with who and why."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from rentaxis_pipelines.settings import CompanyFileError, SettingsError
from rentaxis_pipelines.settings.company_edit import (
    CompanyText,
    changed,
    read_company_text,
    why_not_writable,
)
from rentaxis_pipelines.settings.web import may_change_company_file
from rentaxis_pipelines.settings.yaml_edit import Value
from rentaxis_pipelines.settings.yaml_file import KeyPath
from rentaxis_pipelines.sync.company_settings import save_settings
from rentaxis_pipelines.web.desk.forms import Form, FormError
from rentaxis_pipelines.web.desk.visit import Visit

CHANGE_SETTINGS = "change the settings"
_LONGEST_WHY = 500
_WHERE = re.compile(r"^.*?, line \d+: ", re.MULTILINE)


@dataclass(frozen=True)
class SettingsFile:
    """The company file as it is now. ``read_only``: why it cannot be changed here, or None."""

    file: CompanyText
    read_only: str | None


def settings_file(visit: Visit) -> SettingsFile:
    """Raises CompanyFileError where it cannot be read."""
    path = visit.environment.rentaxis_company_file
    return SettingsFile(read_company_text(path), _read_only(visit))


def show(
    visit: Visit, template: str, form: Form, sentence: str, current: SettingsFile, **values: Any
) -> Response:
    """A page of the set-up, with what was typed. ``can_save``: whether the person may, and the file can be changed here."""
    return visit.render(
        template,
        form=form,
        trouble_text=sentence,
        seen=current.file.fingerprint,
        read_only=current.read_only,
        can_save=current.read_only is None and visit.may("approver"),
        may_change=visit.may("approver"),
        **values,
    )


def why_of(form: Form) -> str:
    """Why the person makes the change. Raises FormError if that is left empty."""
    why = form["why"]
    if not why:
        raise FormError("Say in a few words why you make this change. It is kept with the change.")
    if len(why) > _LONGEST_WHY:
        raise FormError(f"Say in at most {_LONGEST_WHY} characters why you make this change.")
    return why


def checked(
    current: SettingsFile,
    changes: Mapping[KeyPath, Value],
    removed: Collection[KeyPath] = (),
    titles: Mapping[KeyPath, str] | None = None,
) -> CompanyText:
    """The file with these changes. Raises FormError for what may not be: the file's own sentence, with the setting's title."""
    if current.read_only:
        raise FormError(current.read_only)
    try:
        return changed(current.file, changes, removed)
    except CompanyFileError as error:
        raise FormError(in_words(str(error), titles or {})) from error


def save(visit: Visit, form: Form, new: CompanyText, why: str) -> bool:
    """Write the file and keep the version; False where nothing changed.

    Raises FormError where somebody changed it meanwhile, or it cannot be written.
    """
    try:
        with visit.ledger() as connection:
            return save_settings(
                connection, visit.realm, new, seen=form["seen"], who=visit.who, why=why, now=visit.now
            )
    except SettingsError as error:
        raise FormError(str(error)) from error


def in_words(sentence: str, titles: Mapping[KeyPath, str]) -> str:
    """A sentence about a line of the file, as one about the field of the page."""
    sentence = _WHERE.sub("", sentence)
    for key_path, title in titles.items():
        dotted = ".".join(map(str, key_path))
        sentence = re.sub(rf"\b{re.escape(dotted)}(?![\w.])", f"{title}:", sentence)
    return sentence


def _read_only(visit: Visit) -> str | None:
    path = visit.environment.rentaxis_company_file
    if not may_change_company_file():
        return (
            f"The settings are kept in the file {path}, which is under version control: change them there. "
            "This page shows what they say."
        )
    if (why := why_not_writable(path)) is not None:
        return f"{why} Change the settings in the file. This page shows what they say."
    return None
