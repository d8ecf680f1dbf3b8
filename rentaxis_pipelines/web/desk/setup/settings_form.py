"""Settings as fields of a form: what each shows, and from what was typed to the value that is written.

Here: the meaning of the fields. Not here: which settings a page has (``policies``, ``automation``, ``notices``), what they may be and
what they mean (``settings.explained``).
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from rentaxis_pipelines.settings import Company
from rentaxis_pipelines.settings.explained import Explanation, SettingForm, explanations, form_of
from rentaxis_pipelines.settings.yaml_edit import Value
from rentaxis_pipelines.settings.yaml_file import KeyPath
from rentaxis_pipelines.web.desk.forms import Form, FormError

_NUMBER = re.compile(r"\d{1,9}")
_AMOUNT = re.compile(r"\d{1,3}(,\d{3})+(\.\d{1,2})?|\d{1,12}(\.\d{1,2})?")
# Choices whose own word says too little beside what it does.
_CHOICE_TITLES = {"true": "Yes", "false": "No", "first_run": "First run"}


@dataclass(frozen=True)
class Setting:
    """``title``: what people call it; ``empty``: what no value means."""

    key_path: KeyPath
    title: str
    empty: str = "none"

    @property
    def name(self) -> str:
        """The name of its field."""
        return ".".join(map(str, self.key_path))

    @property
    def form(self) -> SettingForm:
        return form_of(self.key_path)

    @property
    def explanation(self) -> Explanation:
        return explanations().get(self.key_path, Explanation(""))


@dataclass(frozen=True)
class Field:
    """A setting on a page. ``value``: what is shown; ``now``: what the settings say, both as typed."""

    setting: Setting
    value: str
    now: str

    @property
    def choices(self) -> list[tuple[str, str, str]]:
        """Value, title and what it does; of a choice that may be empty, that one first."""
        form, explained = self.setting.form, self.setting.explanation.choices
        values = ("true", "false") if form.kind == "switch" else form.values
        empty = [("", self.setting.empty[:1].upper() + self.setting.empty[1:], "")] if form.optional else []
        return [*empty, *((value, _title_of(value), explained.get(value, "")) for value in values)]


def fields(settings: Iterable[Setting], company: Company, form: Form) -> list[Field]:
    """The settings as they are now, and what the person changed on a page that is shown once more."""
    shown: list[Field] = []
    for setting in settings:
        now = written(value_of(company, setting.key_path))
        shown.append(Field(setting, _typed(form, setting, now), now))
    return shown


def changes_of(form: Form, settings: Sequence[Setting], company: Company) -> dict[KeyPath, Value]:
    """What the person changed. Raises FormError for what is no number, amount or day."""
    changed = [field for field in fields(settings, company, form) if field.value != field.now]
    return {field.setting.key_path: _read(field.setting, field.value) for field in changed}


def titles_of(settings: Iterable[Setting]) -> Mapping[KeyPath, str]:
    """What people call each setting."""
    return {setting.key_path: setting.title for setting in settings}


def value_of(company: Company, key_path: KeyPath) -> Any:
    """What the settings say; None for a part of a section that is not there."""
    here: Any = company
    for part in key_path:
        if here is None:
            return None
        here = getattr(here, _attribute(here, str(part)))
    return here


def written(value: Any) -> str:
    """A value as a field shows it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _attribute(model: BaseModel, key: str) -> str:
    return next(name for name, info in type(model).model_fields.items() if key in (name, info.alias))


def _title_of(value: str) -> str:
    return _CHOICE_TITLES.get(value, value[:1].upper() + value[1:])


def _typed(form: Form, setting: Setting, now: str) -> str:
    """What the person changed it to, or what the settings say now."""
    typed = form.all(f"to/{setting.name}")
    return typed[0] if typed and typed[0] != form[f"was/{setting.name}"] else now


def _read(setting: Setting, typed: str) -> Value:
    form = setting.form
    if not typed:
        if form.optional:
            return None
        raise FormError(f"{setting.title}: this cannot be left empty.")
    match form.kind:
        case "switch":
            return typed == "true"
        case "number" if _NUMBER.fullmatch(typed):
            return int(typed)
        case "number":
            raise FormError(f"{setting.title}: '{typed}' is no whole number, such as 25.")
        case "money" if _AMOUNT.fullmatch(typed):
            return Decimal(typed.replace(",", ""))
        case "money":
            raise FormError(f"{setting.title}: '{typed}' is no amount, such as 250,000.00.")
        case "day":
            return _day(setting, typed)
        case _:
            return typed


def _day(setting: Setting, typed: str) -> dt.date:
    try:
        return dt.date.fromisoformat(typed)
    except ValueError:
        raise FormError(f"{setting.title}: '{typed}' is no date, such as 2026-01-31.") from None
