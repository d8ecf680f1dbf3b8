"""Changing the company file: any allowed change gives the settings of before with exactly that change, and keeps every comment."""

import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rentaxis_pipelines.settings import CompanyFileError
from rentaxis_pipelines.settings.company_edit import changed, read_company_text, why_not_writable
from rentaxis_pipelines.settings.scope import EXAMPLE_COMPANY
from rentaxis_pipelines.settings.yaml_file import KeyPath

EXAMPLE = read_company_text(EXAMPLE_COMPANY)
NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12
).filter(lambda name: name == name.strip() != "")
METHODS = st.sampled_from(["cash", "check", "ach", "stripe", "zelle", "other"])
LIMITS = st.one_of(st.none(), st.integers(1, 10**6))
AMOUNTS = st.one_of(st.none(), st.decimals(0, 10**9, places=2))


def under(section: KeyPath, keys: st.SearchStrategy[str], values: st.SearchStrategy[Any]) -> Any:
    return st.tuples(keys.map(lambda key: (*section, key)), values)


def one(key_path: KeyPath, values: st.SearchStrategy[Any]) -> Any:
    return st.tuples(st.just(key_path), values)


ANY_CHANGE = st.one_of(
    *(
        under(("mappings", section), NAMES, NAMES)
        for section in ("charges", "invoice_accounts", "expense_accounts", "bank_accounts")
    ),
    under(
        ("mappings", "payment_methods"),
        METHODS,
        st.fixed_dictionaries({"payment_method": st.none() | NAMES, "deposit_to": st.none() | NAMES}),
    ),
    under(
        ("mappings", "expense_payment_methods"),
        METHODS,
        st.fixed_dictionaries(
            {"payment_type": st.sampled_from(["Cash", "Check", "CreditCard"]), "pay_from": NAMES}
        ),
    ),
    one(("mappings", "default_item"), st.none() | NAMES),
    one(("mappings", "accounts_payable"), st.none() | NAMES),
    one(("policies", "closed_period"), st.sampled_from(["block", "redate"])),
    one(("policies", "approval"), st.sampled_from(["never", "first_run", "unusual", "always"])),
    one(("policies", "guard", "rows"), LIMITS),
    one(("policies", "guard", "money"), AMOUNTS),
    one(("policies", "guard", "first_average"), AMOUNTS),
    one(
        ("automation", "nightly_at"),
        st.times().map(lambda at: at.strftime("%H:%M")),
    ),
    one(("automation", "catch_up_days"), st.integers(0, 92)),
    one(
        ("notice", "email"),
        st.none()
        | st.fixed_dictionaries(
            {"to": st.lists(NAMES, min_size=1, max_size=3), "from": NAMES, "server": NAMES}
        ),
    ),
    one(("notice", "webhook"), st.booleans()),
)
DEFAULT_EMAIL = {"port": 587, "security": "starttls", "user": None}


def put(values: dict[str, Any], key_path: KeyPath, value: Any) -> None:
    for key in key_path[:-1]:
        values = values[str(key)]
    if key_path == ("notice", "email") and value is not None:
        value = {**value, "to": tuple(value["to"]), **DEFAULT_EMAIL}
    values[str(key_path[-1])] = value


@settings(max_examples=25)
@given(st.lists(ANY_CHANGE, min_size=1, max_size=3))
def test_any_allowed_change_is_that_change_alone(drawn: list[tuple[KeyPath, Any]]) -> None:
    changes = dict(drawn)
    new = changed(EXAMPLE, changes)
    expected = EXAMPLE.company.model_dump(by_alias=True)
    for key_path, value in changes.items():
        put(expected, key_path, value)
    assert new.company.model_dump(by_alias=True) == expected
    comments = [line for line in EXAMPLE.text.splitlines() if line.lstrip().startswith("#")]
    assert [line for line in new.text.splitlines() if line.lstrip().startswith("#")] == comments


@settings(max_examples=12)
@given(
    st.lists(
        st.sampled_from(
            [
                (section, key)
                for section, keys in EXAMPLE.company.mappings.model_dump().items()
                if isinstance(keys, dict)
                for key in keys
            ]
        ),
        unique=True,
    )
)
def test_any_mapping_may_be_taken_out(taken: list[tuple[str, str]]) -> None:
    new = changed(EXAMPLE, {}, [("mappings", *key_path) for key_path in taken])
    expected = EXAMPLE.company.model_dump()
    for section, key in taken:
        del expected["mappings"][section][key]
    assert new.company.model_dump() == expected
    comments = [line for line in EXAMPLE.text.splitlines() if line.lstrip().startswith("#")]
    assert [line for line in new.text.splitlines() if line.lstrip().startswith("#")] == comments


def test_no_other_line_is_touched() -> None:
    """So that what a person sees of two versions is what was changed."""
    new = changed(
        EXAMPLE,
        {("mappings", "charges", "rent"): "Rental Income", ("policies", "guard", "money"): Decimal(9)},
    )
    pairs = zip(EXAMPLE.text.splitlines(), new.text.splitlines(), strict=True)
    assert [(old, now) for old, now in pairs if old != now] == [
        ("    rent: Rent", "    rent: Rental Income"),
        (
            "    money: null       # for example 250000.00",
            "    money: 9.00       # for example 250000.00",
        ),
    ]


@pytest.mark.parametrize(
    ("key_path", "value", "sentence"),
    [
        (("policies", "closed_period"), "later", r"policies\.closed_period expected one of block or redate"),
        (("policies", "guard", "rows"), 0, r"line \d+: policies\.guard\.rows expected 1 or more, got 0\."),
        (("mappings", "charges", "rent"), " ", r"mappings\.charges\.rent expected a name, but it is empty"),
        (("automation", "nightly_at"), "25:00", r"automation\.nightly_at expected a time of day"),
        (("slug",), "other", "slug cannot be changed here, from company to other"),
        (("time_zone",), "UTC", "time_zone cannot be changed here"),
    ],
)
def test_a_wrong_value_is_refused_with_the_sentence_of_the_file(
    key_path: KeyPath, value: Any, sentence: str
) -> None:
    with pytest.raises(CompanyFileError, match=sentence):
        changed(EXAMPLE, {key_path: value})


def test_who_may_not_write_the_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "company.yaml"
    assert why_not_writable(path) == f"There is no file {path}."
    path.write_text(EXAMPLE.text)
    assert why_not_writable(path) is None
    if os.geteuid() != 0:  # root may write whatever the mode says
        path.chmod(0o400)
        assert "cannot be written to" in str(why_not_writable(path))
