"""Where a company's variables come from: which place wins, what is shared, and what a file of secrets may hold."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.settings import EnvironmentSettingsError, Variables
from rentaxis_pipelines.settings.variables import read_variables_file
from rentaxis_pipelines_tests.support.company_folders import write_environment

NAMES = ("PIPELINES_SECRET_KEY", "QUICKBOOKS_REALM_ID", "NOTICE_WEBHOOK_URL")
VALUES = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=5)
# Empty counts as not set.
PLACES = st.dictionaries(st.sampled_from(NAMES), st.one_of(VALUES, st.sampled_from(("", " "))))


def set_in(place: dict[str, str], prefix: str = "") -> dict[str, str]:
    return {f"{prefix}{name}": value for name, value in place.items()}


@given(shared=PLACES, own=PLACES, written=PLACES, fixed=PLACES, takes_shared=st.booleans())
def test_the_strongest_place_that_says_something_wins(
    shared: dict[str, str],
    own: dict[str, str],
    written: dict[str, str],
    fixed: dict[str, str],
    takes_shared: bool,
) -> None:
    """defs.yaml, then its own file, then its prefix, then what all share; and without sharing never what stands without a prefix."""
    with (
        TemporaryDirectory() as folder,
        patch.dict(os.environ, {**set_in(shared), **set_in(own, "ELM_")}, clear=True),
    ):
        file = write_environment(
            Path(folder), "".join(f"{name}='{value}'\n" for name, value in written.items())
        )
        variables = Variables("ELM_", fixed, file, shared=takes_shared)
        read = variables.read()
        for name in NAMES:
            places = (fixed, written, own, *((shared,) if takes_shared else ()))
            said = [place[name] for place in places if place.get(name, "").strip()]
            assert read.get(name) == (said[0] if said else None)
            assert variables.get(name) == read.get(name)


@given(st.dictionaries(st.sampled_from(NAMES), VALUES))
def test_where_it_cannot_be_told_whose_they_are_there_are_none(values: dict[str, str]) -> None:
    """The variables of the process may be another company's."""
    with patch.dict(os.environ, values, clear=True):
        for ask in (
            Variables(unusable="defs.yaml is gone").read,
            lambda: Variables(unusable="defs.yaml is gone").get(NAMES[0]),
        ):
            with pytest.raises(EnvironmentSettingsError, match=r"defs\.yaml is gone"):
                ask()


@given(
    st.dictionaries(
        st.sampled_from(NAMES), st.text(st.characters(codec="utf-8", exclude_characters="\x00\r\n'\\"))
    )
)
def test_a_file_gives_back_what_was_written_in_it(values: dict[str, str]) -> None:
    """In single quotes any text that is one line; # and $ mean nothing there."""
    with TemporaryDirectory() as folder:
        text = "".join(f"{name}='{value}'\n" for name, value in values.items())
        assert read_variables_file(write_environment(Path(folder), f"# secrets\n\n{text}")) == values


@pytest.mark.parametrize("mode", [0o644, 0o640 | 0o020, 0o604, 0o601, 0o602, 0o620, 0o666])
def test_a_file_that_others_can_read_or_change_is_refused(tmp_path: Path, mode: int) -> None:
    file = write_environment(tmp_path, "PIPELINES_SECRET_KEY=hush\n", mode)
    with pytest.raises(EnvironmentSettingsError, match=f"chmod 600 {file}") as refused:
        read_variables_file(file)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640, 0o440])
def test_a_file_of_its_owner_and_at_most_read_by_a_group_is_good(tmp_path: Path, mode: int) -> None:
    """A group lets a service of another user read it."""
    assert read_variables_file(write_environment(tmp_path, "A=b\n", mode)) == {"A": "b"}


@pytest.mark.parametrize(
    ("text", "line"),
    [("A=b\nhush hush\n", 2), ("A\n", 1), ("A='hush\n", 1), ("A=b\n\n=hush\n", 3)],
)
def test_a_line_that_says_nothing_is_named_without_what_it_says(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(EnvironmentSettingsError, match=f"line {line}: expected NAME=value") as refused:
        read_variables_file(write_environment(tmp_path, text))
    assert "hush" not in str(refused.value)


def test_no_file_says_nothing_and_one_that_is_no_text_is_refused(tmp_path: Path) -> None:
    assert read_variables_file(tmp_path / "environment") == {}
    file = tmp_path / "environment"
    file.write_bytes(b"A=\xff\n")
    file.chmod(0o600)
    with pytest.raises(EnvironmentSettingsError, match="cannot be read as text"):
        read_variables_file(file)
