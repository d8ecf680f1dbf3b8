"""What each setting means and may be: its text from the comments of config/company.example.yaml, its form from ``company``.

So each explanation is written once, where who edits the file reads it too. A line of a comment that begins with "In this file:", "In the
terminal:" or "In the environment:" is for them alone. Not here: titles, and fields on a page (``web.desk.setup``).
"""

import datetime as dt
import re
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from rentaxis_pipelines.settings.company import Company
from rentaxis_pipelines.settings.scope import EXAMPLE_COMPANY
from rentaxis_pipelines.settings.yaml_file import KeyPath, parse_yaml, text_of

Kind = Literal["choice", "switch", "number", "money", "day", "text"]

_FOR_EDITORS = ("In this file:", "In the terminal:", "In the environment:")
_CHOICE = re.compile(r"^ {3}(\w+) {2,}(\S.*)$")
_SWITCH = re.compile(r"\b(true|false): (.*?)(?=\s*\b(?:true|false): |$)")


@dataclass(frozen=True)
class Explanation:
    """``text``: what the setting is about. ``choices``: what each value does, by the value as the file writes it. ``more``: what is to
    be known besides.
    """

    text: str
    choices: Mapping[str, str] = field(default_factory=dict)
    more: str = ""


@dataclass(frozen=True)
class SettingForm:
    """``values``: of a choice, those there are. ``optional``: whether it may be left empty. Bounds are included."""

    kind: Kind
    optional: bool = False
    values: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None


@lru_cache(maxsize=1)
def explanations() -> Mapping[KeyPath, Explanation]:
    """The explanation of every setting that the example explains. Raises CompanyFileError where the example is damaged."""
    text = text_of(EXAMPLE_COMPANY)
    _, lines_of_keys = parse_yaml(text, EXAMPLE_COMPANY)
    lines = text.splitlines()
    return {
        key_path: _explanation(lines, number - 1) for key_path, number in lines_of_keys.items() if key_path
    }


def form_of(key_path: KeyPath) -> SettingForm:
    """What a setting may be. Raises KeyError for one that is not there."""
    here: Any = Company
    metadata: list[Any] = []
    for part in key_path:
        by_key = {info.alias or name: info for name, info in here.model_fields.items()}
        info = by_key[str(part)]
        metadata = list(info.metadata)
        here = info.annotation
        if part != key_path[-1]:
            here = _inner(here, [])[0]
    optional = type(None) in get_args(here)
    inner, more = _inner(here, metadata)
    bounds = {
        name: bound
        for each in _flat(more)
        for name in ("ge", "le")
        if (bound := getattr(each, name, None)) is not None
    }
    return SettingForm(
        kind=_kind(inner),
        optional=optional,
        values=tuple(get_args(inner)) if get_origin(inner) is Literal else (),
        minimum=bounds.get("ge"),
        maximum=bounds.get("le"),
    )


def _explanation(lines: list[str], at: int) -> Explanation:
    """From the comment right above a line, indented as it is."""
    start = f"{' ' * (len(lines[at]) - len(lines[at].lstrip()))}#"
    first = at
    while first and lines[first - 1].startswith(start):
        first -= 1
    about: list[str] = []
    more: list[str] = []
    choices: dict[str, str] = {}
    for line in (line.removeprefix(start) for line in lines[first:at]):
        if (choice := _CHOICE.match(line)) is not None:
            choices[choice[1]] = choice[2]
        elif not line.strip().startswith(_FOR_EDITORS):
            (more if choices else about).append(line.strip())
    text = _in_words(about)
    if not choices and (switches := dict(_SWITCH.findall(text))):
        described = {key: value.strip() for key, value in switches.items()}
        return Explanation(_SWITCH.sub("", text).strip(), described)
    return Explanation(text, choices, _in_words(more))


def _in_words(lines: list[str]) -> str:
    return re.sub(r"\bnull:", "Empty:", " ".join(lines))


def _inner(annotation: Any, metadata: list[Any]) -> tuple[Any, list[Any]]:
    """Without ``None`` and ``Annotated``, with what was annotated."""
    if get_origin(annotation) in (Union, types.UnionType):
        annotation = next(inner for inner in get_args(annotation) if inner is not type(None))
    if get_origin(annotation) is Annotated:
        annotation, *more = get_args(annotation)
        return annotation, [*metadata, *more]
    return annotation, metadata


def _flat(metadata: list[Any]) -> list[Any]:
    return [inner for each in metadata for inner in (each, *getattr(each, "metadata", ()))]


def _kind(inner: Any) -> Kind:
    if get_origin(inner) is Literal:
        return "choice"
    assert not (isinstance(inner, type) and issubclass(inner, BaseModel)), "a section is no setting"
    kinds: dict[Any, Kind] = {bool: "switch", int: "number", Decimal: "money", dt.date: "day"}
    return kinds.get(inner, "text")
