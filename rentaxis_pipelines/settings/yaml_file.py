"""A YAML file as plain values, plus the line of every key.

Stricter than YAML where YAML bites accountants: keys are always text as written (``0500`` stays ``0500``),
a key given twice is an error, a number with a point is an exact ``Decimal``. Not here: what the keys mean
(``company``).
"""

from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from rentaxis_pipelines.settings.errors import CompanyFileError

KeyPath = tuple[str | int, ...]

_MOST_VALUES = 100_000  # a file of aliases to aliases says millions in a few lines
_DEEPEST = 50


def read_yaml(path: Path) -> tuple[dict[str, Any], dict[KeyPath, int]]:
    """The file's top mapping, and key path -> line (from 1). Raises ``CompanyFileError`` with the line of
    the fault.
    """
    return parse_yaml(text_of(path), path)


def text_of(path: Path) -> str:
    """The file's text with its line ends as they are. Raises ``CompanyFileError``."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise CompanyFileError(
            f"{path}: there is no such file. Copy config/company.example.yaml there,"
            " or set RENTAXIS_COMPANY_FILE."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise CompanyFileError(f"{path}: the file cannot be read as text ({type(error).__name__}).") from None


def parse_yaml(text: str, path: Path) -> tuple[dict[str, Any], dict[KeyPath, int]]:
    """As ``read_yaml``, of a text that may not stand in the file yet; ``path`` is named in errors."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise CompanyFileError(f"{path}{where}: this is not valid YAML ({error.problem}).") from None
    except yaml.YAMLError:
        raise CompanyFileError(
            f"{path}: this is not valid YAML (it contains a character that YAML does not allow)."
        ) from None
    except RecursionError:
        raise CompanyFileError(f"{path}: {_TOO_MUCH}") from None
    if not isinstance(node, yaml.MappingNode):
        raise CompanyFileError(
            f"{path}: expected settings such as 'time_zone: America/New_York'; the file has none."
        )
    lines: dict[KeyPath, int] = {}
    return _plain(node, (), lines, path), lines


_TOO_MUCH = "settings are nested too deeply, or an alias (*name) refers to something that contains it. Write the values out."


def _plain(node: yaml.Node, key_path: KeyPath, lines: dict[KeyPath, int], path: Path) -> Any:
    lines.setdefault(key_path, node.start_mark.line + 1)
    if len(key_path) > _DEEPEST or len(lines) > _MOST_VALUES:
        raise CompanyFileError(f"{path}, line {node.start_mark.line + 1}: {_TOO_MUCH}")
    if isinstance(node, yaml.MappingNode):
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise CompanyFileError(
                    f"{path}, line {key_node.start_mark.line + 1}: the name of a setting must be plain text, not a list."
                )
            key = str(key_node.value)
            inner = (*key_path, key)
            if key in values:
                dotted = ".".join(map(str, inner))
                raise CompanyFileError(
                    f"{path}, line {key_node.start_mark.line + 1}: {dotted} is given twice"
                    f" (first on line {lines[inner]}). Keep one of the two."
                )
            lines[inner] = key_node.start_mark.line + 1
            values[key] = _plain(value_node, inner, lines, path)
        return values
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*key_path, index), lines, path) for index, item in enumerate(node.value)]
    if node.tag == "tag:yaml.org,2002:float":
        try:
            return Decimal(str(node.value).replace("_", ""))
        except ArithmeticError:
            return str(node.value)
    try:
        return yaml.SafeLoader("").construct_object(node)
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError):
        # For example 2026-02-30, a date in form only; or what a tag (!!bool maybe) says it is and is not.
        raise CompanyFileError(
            f"{path}, line {node.start_mark.line + 1}: {'.'.join(map(str, key_path))}"
            f" is not a valid value: {node.value!r}."
        ) from None
