"""docs/quickbooks-emulator.md says what the code does: its tables are the code's, its examples run."""

import json
import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import requests
from intuitlib.client import AuthClient

from quickbooks_emulator.__main__ import main
from quickbooks_emulator.seeds import SEEDS
from quickbooks_emulator.server import Emulator
from quickbooks_emulator.tables import filled
from rentaxis_pipelines_tests.support.quickbooks import started

PAGE = (Path(__file__).parents[2] / "docs" / "quickbooks-emulator.md").read_text(encoding="utf-8")
HERE = "localhost:8400"


def test_the_tables_are_those_of_the_code() -> None:
    assert filled(PAGE) == PAGE, "run: python scripts/write_emulator_page.py"


def test_a_page_without_a_place_for_a_table_is_refused() -> None:
    with pytest.raises(ValueError, match="the table of deeds"):
        filled(PAGE.replace("<!-- end of deeds -->", ""))


def test_options_and_seeds_are_those_of_the_command(capsys: Any) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    known = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help"}
    assert set(re.findall(r"^\| `(--[a-z-]+)", PAGE, re.MULTILINE)) == known
    seeds = PAGE.partition("## Seeds")[2].partition("## ")[0]
    assert tuple(re.findall(r"^\| `(\w+)`", seeds, re.MULTILINE)) == SEEDS


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def _calls() -> list[list[str]]:
    """The arguments of every curl on the page."""
    lines = "".join(_blocks("console")).splitlines()
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("curl ")]


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with started() as running:
        yield running


def test_every_call_on_the_page_works_one_after_the_other(emulator: Emulator) -> None:
    """In the page's order: what one call makes, a later one names."""
    calls = _calls()
    assert len(calls) >= 5
    for words in calls:
        url = words[0].replace(HERE, emulator.base_url)
        given = dict(pairwise(words))
        if "-X" in given:
            answer = requests.request(given["-X"], url, params=given["-d"], timeout=30)
        elif "-d" in given:
            answer = requests.post(url, json=json.loads(given["-d"]), timeout=30)
        else:
            answer = requests.get(url, timeout=30)
        assert answer.status_code == 200, f"{' '.join(words)}: {answer.text}"


def test_the_python_client_is_set_up_as_the_page_says(emulator: Emulator) -> None:
    """Its tokens are renewed by making it; what it can do is tested elsewhere."""
    requests.post(f"{emulator.control_url}/reset", timeout=30).raise_for_status()
    code = next(block for block in _blocks("python") if "intuitlib" in block)
    names: dict[str, Any] = {}
    exec(code.replace("http://127.0.0.1:8400", emulator.base_url), names)
    assert isinstance(names["auth"], AuthClient) and names["auth"].access_token
    assert names["client"].api_url.startswith(emulator.base_url)


def test_the_tests_own_example_runs() -> None:
    code = next(block for block in _blocks("python") if "start(" in block)
    exec(code, {})
