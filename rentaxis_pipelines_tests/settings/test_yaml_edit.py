"""A text of settings with some values changed: what the parser reads then, and that nobody's comment is lost."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.settings import CompanyFileError
from rentaxis_pipelines.settings.yaml_edit import CannotEdit, Value, edited
from rentaxis_pipelines.settings.yaml_file import KeyPath, parse_yaml

FILE = Path("company.yaml")


@pytest.mark.parametrize(
    ("text", "key_path", "value", "expected"),
    [
        ("a: 1 # why\nb: 2\n", ("a",), 3, "a: 3 # why\nb: 2\n"),
        ("a: 'x'\n", ("a",), "it's", "a: 'it''s'\n"),
        ('a: "x"\n', ("a",), "03:00", 'a: "03:00"\n'),
        ("a: x\n", ("a",), "0500", 'a: "0500"\n'),
        ("a: x\n", ("a",), "no", 'a: "no"\n'),
        ("a: x\n", ("a",), "Ada\nByron # both", 'a: "Ada\\nByron # both"\n'),
        ("a: 'x'\n", ("a",), "Ada\nByron", 'a: "Ada\\nByron"\n'),
        ("a:\nb: 1\n", ("a",), dt.date(2026, 1, 31), "a: 2026-01-31\nb: 1\n"),
        ("a: null # none\n", ("a", "b"), Decimal("5000"), "a: # none\n  b: 5000.00\n"),
        ("a: {}   # empty\n# next\nb: 1\n", ("a", "k"), "v", "a:   # empty\n  k: v\n# next\nb: 1\n"),
        ("a: {b: 1}", ("a", "k"), "x, y", 'a: {b: 1, k: "x, y"}'),
        ("a: {b: {}}\n", ("a", "b", "c"), True, "a: {b: {c: true}}\n"),
        (
            "a:\n    b: 1\n\n    # of c\n    c: 2\n# next\nd: 3",
            ("a", "e"),
            None,
            "a:\n    b: 1\n\n    # of c\n    c: 2\n    e: null\n# next\nd: 3",
        ),
        ("a: 1", ("b",), ["x", "y"], "a: 1\nb: [x, y]\n"),
        ("a: 1\r\nb:\r\n  c: 2\r\n", ("b", "d"), 3, "a: 1\r\nb:\r\n  c: 2\r\n  d: 3\r\n"),
        ("a:\n  b: 1\n  # of b\nc: 2\n", ("a",), "x", "a: x\n  # of b\nc: 2\n"),
        ("a: |\n  long\n  text\nb: 1\n", ("a",), "short", "a: short\nb: 1\n"),
        (
            "m:\n  # of cash\n  cash: {p: Cash}\n",
            ("m", "zelle"),
            {"p": "Z", "d": "C"},
            "m:\n  # of cash\n  cash: {p: Cash}\n  zelle: {p: Z, d: C}\n",
        ),
    ],
)
def test_only_the_value_itself_is_written_anew(
    text: str, key_path: KeyPath, value: Value, expected: str
) -> None:
    assert edited(text, FILE, {key_path: value}) == expected


@pytest.mark.parametrize(
    ("text", "key_path", "expected"),
    [
        ("a:\n  b: 1 # one\n  # of c\n  c: 2\n", ("a", "b"), "a:\n  # of c\n  c: 2\n"),
        ("a:\n  b: 1\n# of d\nd: 2\n", ("a", "b"), "a: {}\n# of d\nd: 2\n"),
        ("a: {b: 1, c: 2, d: 3}\n", ("a", "b"), "a: {c: 2, d: 3}\n"),
        ("a: {b: 1, c: 2, d: 3}\n", ("a", "c"), "a: {b: 1, d: 3}\n"),
        ("a: {b: 1}\n", ("a", "b"), "a: {}\n"),
        ("a:\n  b:\n    # kept\n    c: 1\n  d: 2\n", ("a", "b"), "a:\n    # kept\n  d: 2\n"),
        ("a: 1\n", ("b", "c"), "a: 1\n"),
    ],
)
def test_what_is_removed_leaves_the_comments_of_others(text: str, key_path: KeyPath, expected: str) -> None:
    assert edited(text, FILE, {}, [key_path]) == expected


@pytest.mark.parametrize(
    ("text", "key_path"),
    [
        ("x: &same 1\na: *same\n", ("a",)),
        ("x: &same 1\na: *same\n", ("x",)),
        ("? a\n# why\n: 1\n", ("a", "k")),
        ("x: 1\na: [3,\n# of 4\n4]\n", ("a",)),
    ],
)
def test_what_cannot_be_changed_by_itself_is_refused_by_name(text: str, key_path: KeyPath) -> None:
    name = ".".join(map(str, key_path))
    with pytest.raises(
        CannotEdit, match=rf"company\.yaml: {name} cannot be changed here.*Change it in the file"
    ):
        edited(text, FILE, {key_path: "v"})


def test_a_text_that_is_no_yaml_is_refused_as_before() -> None:
    with pytest.raises(CompanyFileError, match="line 1, column 5: this is not valid YAML"):
        edited("a: [", FILE, {("a",): "x"})


KEYS = st.sampled_from(["rent", "0500", "12 Elm / 2B", "a: b", "Übung", "no", "#", "'", "null"])
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12)
SCALARS = st.one_of(
    TEXTS,
    st.integers(-9, 9999),
    st.booleans(),
    st.none(),
    st.decimals(0, 10**9, places=2),
    st.dates(dt.date(1970, 1, 1)),
)
TEMPLATE = """# what this is
first: 1   # one
list: [a, b]
# of the block
block:
  # of the entry
  inside: x

  # of the other
  "0600": {flow: y, more: "z"}
# of the empty ones
empty: {}
  #   for: example
none: null
# at the end
"""
SECTIONS = st.sampled_from([("block",), ("empty",), ("none",), ("block", "0600"), ("new", "deeper"), ()])


@given(
    st.dictionaries(st.tuples(SECTIONS, KEYS), SCALARS, max_size=4),
    st.lists(st.tuples(SECTIONS, KEYS), max_size=2),
)
def test_any_change_is_read_as_exactly_that_change_and_every_comment_stays(
    wanted: dict[tuple[tuple[str, ...], str], Value], dropped: list[tuple[tuple[str, ...], str]]
) -> None:
    changes = {(*section, key): value for (section, key), value in wanted.items()}
    removed = [path for section, key in dropped if (path := (*section, key)) not in changes]
    result = edited(TEMPLATE, FILE, changes, removed)
    values, _ = parse_yaml(result, FILE)
    expected, _ = parse_yaml(TEMPLATE, FILE)
    for (*sections, key), value in changes.items():
        section = expected
        for name in sections:
            section[name] = section.get(name) or {}
            section = section[name]
        section[key] = value
    for *sections, key in removed:
        section = expected
        for name in sections:
            section = section.get(name) or {}
        section.pop(key, None)
    assert values == expected
    lines = result.splitlines()
    assert [line for line in TEMPLATE.splitlines() if line.lstrip().startswith("#")] == [
        line for line in lines if line.lstrip().startswith("#")
    ]
