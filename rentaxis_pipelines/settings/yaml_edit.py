"""A YAML text with some of its values changed, and every other character as it was: comments, order, quotes, spaces, line ends.

The parser says where each value begins and ends, and only that stretch is replaced; the result is read again, and anything but exactly
the changes asked for is refused. ruamel.yaml does not fit: it hangs a comment on the setting before it, so removing or adding a setting
loses or moves the comment of the next one, and it writes ``null`` anew.
Not here: what the keys mean (``company``), the file itself (``company_edit``).
"""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn, TypeAlias, cast

import yaml

from rentaxis_pipelines.settings.errors import CompanyFileError
from rentaxis_pipelines.settings.yaml_file import KeyPath, parse_yaml

Value: TypeAlias = "str | int | bool | Decimal | dt.date | Sequence[str] | Mapping[str, Value] | None"
_Entry: TypeAlias = tuple[yaml.Node, yaml.Node]

_MOST_ON_ONE_LINE = 2  # settings of a new section that are written as {a: b, c: d}


class CannotEdit(CompanyFileError):
    """The file is written in a way that only a person can change."""


def edited(text: str, path: Path, changes: Mapping[KeyPath, Value], removed: Collection[KeyPath] = ()) -> str:
    """The text with these settings changed or added, and those removed; a setting to remove that is not there is passed over.

    Raises CompanyFileError where the text is not valid YAML, CannotEdit where a setting cannot be changed without touching others.
    ``path`` is named in errors.
    """
    expected, _ = parse_yaml(text, path)
    result = text
    try:
        for key_path, value in changes.items():
            _put(expected, key_path, value)
            result = _with(result, key_path, value)
        for key_path in removed:
            _drop(expected, key_path)
            result = _without(result, key_path)
        exact = parse_yaml(result, path)[0] == expected and not _comments(text) - _comments(result)
    except (CompanyFileError, _Unclear):
        exact = False
    if not exact:
        names = ", ".join(".".join(map(str, key_path)) for key_path in (*changes, *removed))
        raise CannotEdit(
            f"{path}: {names} cannot be changed here, because of the way the file is written around it. Change it in the file."
        )
    return result


class _Unclear(Exception):
    """Where the value begins or ends cannot be told."""


def _unclear() -> NoReturn:
    raise _Unclear


def _put(values: dict[str, Any], key_path: KeyPath, value: Value) -> None:
    for key in key_path[:-1]:
        if not isinstance(values.get(str(key)), dict):
            values[str(key)] = {}
        values = values[str(key)]
    values[str(key_path[-1])] = _plain(value)


def _plain(value: Value) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return value if isinstance(value, str) or not isinstance(value, Sequence) else list(value)


def _drop(values: dict[str, Any], key_path: KeyPath) -> None:
    for key in key_path[:-1]:
        inner = values.get(str(key))
        if not isinstance(inner, dict):
            return
        values = cast("dict[str, Any]", inner)
    values.pop(str(key_path[-1]), None)


def _comments(text: str) -> Counter[str]:
    return Counter(line for line in map(str.strip, text.splitlines()) if line.startswith("#"))


def _with(text: str, key_path: KeyPath, value: Value) -> str:
    node, entry, in_flow = _root(text), None, False
    for depth, key in enumerate(key_path):
        if not isinstance(node, yaml.MappingNode):
            return _replaced(text, _known(entry), _nested(key_path[depth:], value), in_flow)
        found = _find(node, str(key))
        if found is None:
            return _added(text, node, entry, str(key), _nested(key_path[depth + 1 :], value), in_flow)
        in_flow = in_flow or bool(node.flow_style)
        entry, node = found, found[1]
    return _replaced(text, _known(entry), value, in_flow)


def _without(text: str, key_path: KeyPath) -> str:
    node, entry = _root(text), None
    for depth, key in enumerate(key_path):
        found = _find(node, str(key)) if isinstance(node, yaml.MappingNode) else None
        if found is None:
            return text
        if depth == len(key_path) - 1:
            return _removed(text, cast("yaml.MappingNode", node), entry, found)
        entry, node = found, found[1]
    return text


def _replaced(text: str, entry: _Entry, value: Value, in_flow: bool) -> str:
    key, node = entry
    column = key.start_mark.column
    quote = node.style if isinstance(node, yaml.ScalarNode) and node.style in ("'", '"') else ""
    lines = None if in_flow else _block(value, column + 2)
    if lines is None and not _is_block(node) and node.start_mark.index < _end(text, node):
        _refuse_alias(entry)
        return text[: node.start_mark.index] + _inline(value, quote) + text[_end(text, node) :]
    text = _emptied(text, entry)
    colon = _colon(text, key)
    if lines is None:
        return f"{text[: colon + 1]} {_inline(value)}{text[colon + 1 :]}"
    return _inserted(text, colon, lines)


def _added(
    text: str, parent: yaml.MappingNode, entry: _Entry | None, key: str, value: Value, in_flow: bool
) -> str:
    """``key`` as the last one of its section."""
    if parent.value and not parent.flow_style:
        column = parent.value[0][0].start_mark.column
        return _inserted(text, _end(text, parent), _lines(key, value, column))
    if not parent.value and not in_flow:
        text = _emptied(text, _known(entry))
        section = _known(entry)[0]
        return _inserted(text, _colon(text, section), _lines(key, value, section.start_mark.column + 2))
    written = f"{_scalar(key)}: {_inline(value)}"
    if not parent.value:
        return text[: parent.start_mark.index + 1] + written + text[parent.start_mark.index + 1 :]
    end = _end(text, parent.value[-1][1])
    return f"{text[:end]}, {written}{text[end:]}"


def _removed(text: str, parent: yaml.MappingNode, section: _Entry | None, entry: _Entry) -> str:
    key, node = entry
    _refuse_alias(entry)
    position = parent.value.index(entry)
    if parent.flow_style:
        start, end = key.start_mark.index, _end(text, node)
        if position:
            start = _end(text, parent.value[position - 1][1])
        elif len(parent.value) > 1:
            end = parent.value[1][0].start_mark.index
        return text[:start] + text[end:]
    if len(parent.value) == 1:
        return _replaced(text, _known(section), cast("Value", {}), in_flow=True)
    return _without_lines(text, key.start_mark.index, _end(text, node))


def _emptied(text: str, entry: _Entry) -> str:
    """Without the value: ``key:`` and what stands behind it on the line."""
    _refuse_alias(entry)
    node = entry[1]
    if _is_block(node):
        return _without_lines(text, node.start_mark.index, _end(text, node))
    return text[: node.start_mark.index].rstrip(" ") + text[_end(text, node) :]


def _without_lines(text: str, start: int, end: int) -> str:
    """Without the lines from ``start`` to ``end``, except those that are comments."""
    first = text.rfind("\n", 0, start) + 1
    if text[first:start].strip():
        _unclear()
    last = text.find("\n", end)
    after = len(text) if last < 0 else last + 1
    kept = [line for line in text[first:after].splitlines(keepends=True) if line.lstrip().startswith("#")]
    return text[:first] + "".join(kept) + text[after:]


def _inserted(text: str, position: int, lines: Sequence[str]) -> str:
    """With these lines below the line that holds ``position``."""
    line_end = "\r\n" if "\r\n" in text else "\n"
    block = "".join(line + line_end for line in lines)
    last = text.find("\n", position)
    return f"{text}{line_end}{block}" if last < 0 else text[: last + 1] + block + text[last + 1 :]


def _root(text: str) -> yaml.Node:
    return yaml.compose(text, Loader=yaml.SafeLoader) or _unclear()


def _find(node: yaml.MappingNode, key: str) -> _Entry | None:
    return next((entry for entry in node.value if str(entry[0].value) == key), None)


def _known(entry: _Entry | None) -> _Entry:
    return entry or _unclear()


def _refuse_alias(entry: _Entry) -> None:
    """A value that is an alias (``*name``) stands elsewhere, and is the value of others too."""
    key, node = entry
    if node.start_mark.index < key.end_mark.index:
        _unclear()


def _is_block(node: yaml.Node) -> bool:
    return isinstance(node, yaml.CollectionNode) and not node.flow_style


def _end(text: str, node: yaml.Node) -> int:
    """Behind the last character of the value. The parser's own mark of a block lies behind the comments that follow it."""
    if isinstance(node, yaml.MappingNode) and _is_block(node):
        _refuse_alias(node.value[-1])
        return _end(text, node.value[-1][1])
    if isinstance(node, yaml.SequenceNode) and _is_block(node):
        return _end(text, node.value[-1])
    end = node.end_mark.index
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        return len(text[:end].rstrip())
    return end


def _colon(text: str, key: yaml.Node) -> int:
    position = text.find(":", key.end_mark.index)
    if position < 0 or text[key.end_mark.index : position].strip():
        _unclear()
    return position


def _nested(keys: KeyPath, value: Value) -> Value:
    for key in reversed(keys):
        value = {str(key): value}
    return value


def _block(value: Value, column: int) -> list[str] | None:
    """The lines of a section, or None for what is written behind its key."""
    if not isinstance(value, Mapping) or not value:
        return None
    flat = all(
        isinstance(inner, str) or not isinstance(inner, Mapping | Sequence) for inner in value.values()
    )
    if flat and 1 < len(value) <= _MOST_ON_ONE_LINE:
        return None
    return [line for key, inner in value.items() for line in _lines(key, inner, column)]


def _lines(key: str, value: Value, column: int) -> list[str]:
    block = _block(value, column + 2)
    head = f"{' ' * column}{_scalar(key)}:"
    return [head, *block] if block is not None else [f"{head} {_inline(value)}"]


def _inline(value: Value, quote: str = "") -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(key)}: {_inline(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, str):
        return _scalar(value, quote)
    if isinstance(value, Sequence):
        return "[" + ", ".join(map(_scalar, value)) + "]"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        cents = value.quantize(Decimal("0.01"))
        return f"{cents if cents == value else value:f}"
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _scalar(text: str, quote: str = "") -> str:
    """Text as YAML: plain where that is read as the same text, inside ``[]`` and ``{}`` too; else in quotes."""
    if not quote:
        plain = yaml.safe_dump([text], default_flow_style=True, width=10**9, allow_unicode=True)[1:-2]
        if plain == text:
            return text
    if quote == "'" and text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    quoted = yaml.safe_dump(text, default_style='"', width=10**9, allow_unicode=True)
    return quoted.removesuffix("\n")
