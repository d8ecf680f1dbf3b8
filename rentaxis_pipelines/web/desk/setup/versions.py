"""Every version of the settings: who made it, when and why, which lines changed; and putting one back."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from starlette.responses import Response
from starlette.routing import BaseRoute

from rentaxis_pipelines.ledger import settings_versions
from rentaxis_pipelines.ledger.settings_versions import SettingsVersion
from rentaxis_pipelines.settings import CompanyFileError
from rentaxis_pipelines.settings.company_edit import CompanyText, accepted
from rentaxis_pipelines.settings.yaml_file import parse_yaml
from rentaxis_pipelines.sync.company_settings import note_version
from rentaxis_pipelines.web.desk.forms import Form, FormError, action, page
from rentaxis_pipelines.web.desk.setup.saving import (
    CHANGE_SETTINGS,
    in_words,
    save,
    settings_file,
    show,
    why_of,
)
from rentaxis_pipelines.web.desk.visit import Visit
from rentaxis_pipelines.web.people import Role

VERSIONS_A_PAGE = 10
_MOST_LINES = 200  # of one version


class Line(msgspec.Struct, frozen=True):
    """A line that a version took out (``-``) or put in (``+``)."""

    sign: str
    text: str


class ChangedSetting(msgspec.Struct, frozen=True):
    """A setting that a version changed, in words; empty where it was not there, or is not any more."""

    name: str
    before: str
    after: str


class ShownVersion(msgspec.Struct, frozen=True):
    """``settings`` and ``lines``: what it changed; empty for the first one, of which nothing before is known."""

    version: SettingsVersion
    settings: Sequence[ChangedSetting]
    lines: Sequence[Line]
    more_lines: int
    is_current: bool
    is_first: bool


def routes() -> list[BaseRoute]:
    """The addresses of this page."""
    return [
        page("/setup/versions", lambda visit: _page(visit, Form({}))),
        action("/setup/versions", _put_back, role=Role.approver, what=CHANGE_SETTINGS, again=_page),
    ]


def changed_lines(before: str, after: str) -> list[Line]:
    """The lines that differ, in the order of the file."""
    compared = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [
        Line(line[0], line[1:])
        for line in list(compared)[2:]  # the two names of files
        if line[0] in "+-"
    ]


def changed_settings(before: str, after: str, path: Path) -> list[ChangedSetting]:
    """The settings that differ; none where one of the two cannot be read."""
    try:
        old, new = _settings_of(before, path), _settings_of(after, path)
    except CompanyFileError:
        return []
    return [
        ChangedSetting(name, old.get(name, ""), new.get(name, ""))
        for name in dict.fromkeys([*old, *new])
        if old.get(name) != new.get(name)
    ]


@lru_cache(maxsize=200)
def _settings_of(text: str, path: Path) -> Mapping[str, str]:
    return dict(_flat(parse_yaml(text, path)[0]))


def _flat(values: Any, names: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Every setting with its name and value in words."""
    if isinstance(values, dict) and values:
        for key, inner in values.items():
            # Below the mappings the keys are RentAxis' own words.
            own = names[:1] == ("mappings",) and len(names) >= 2
            yield from _flat(inner, (*names, key if own else key.replace("_", " ")))
    elif values != {}:
        yield ", ".join(names)[:1].upper() + ", ".join(names)[1:], _written(values)


def _written(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _page(visit: Visit, form: Form, sentence: str = "") -> Response:
    current = settings_file(visit)
    with visit.ledger() as connection:
        note_version(connection, visit.realm, current.file.path, visit.now)
        found = settings_versions.page(connection, visit.realm, visit.number, VERSIONS_A_PAGE)
    older = [*found.rows[1:], None]
    shown = [
        _shown(version, before, current.file) for version, before in zip(found.rows, older, strict=False)
    ][:VERSIONS_A_PAGE]
    listed = msgspec.structs.replace(found, rows=shown)
    return show(visit, "setup_versions.html", form, sentence, current, versions=listed)


def _shown(version: SettingsVersion, before: SettingsVersion | None, now: CompanyText) -> ShownVersion:
    lines = changed_lines(before.text, version.text) if before else []
    return ShownVersion(
        version=version,
        settings=changed_settings(before.text, version.text, now.path) if before else [],
        lines=lines[:_MOST_LINES],
        more_lines=max(0, len(lines) - _MOST_LINES),
        is_current=version.text == now.text,
        is_first=before is None,
    )


def _put_back(visit: Visit, form: Form) -> Response:
    current = settings_file(visit)
    if current.read_only:
        raise FormError(current.read_only)
    number = form["version"]
    with visit.ledger() as connection:
        version = (
            settings_versions.version(connection, visit.realm, int(number))
            if number.isascii() and number.isdigit() and len(number) < 18
            else None
        )
    if version is None:
        raise FormError("There is no such version of the settings. Choose one from the list.")
    try:
        new = accepted(current.file, version.text)
    except CompanyFileError as error:
        raise FormError(f"That version cannot be put back. {in_words(str(error), {})}") from error
    done = save(visit, form, new, why_of(form))
    said = "That version is in place again." if done else "The settings say that already."
    return visit.go(visit.url("setup", "versions"), said)
