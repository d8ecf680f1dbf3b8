"""Whatever is typed after a command: one sentence and exit code 2, or 0 or 1 where it could run; never a trace."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import click
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rentaxis_pipelines.cli.main import main
from rentaxis_pipelines.demo import portfolio
from rentaxis_pipelines.orchestration.partitions import chosen_days
from rentaxis_pipelines.settings import load_scope

# What these start does not end by itself: only words that keep them from starting are tried.
STARTS = {"demo", "up", "emulator", "serve"}
ODD = st.one_of(
    st.sampled_from(["", " ", "\0", "\udc80", "-1", "0", "9" * 40, "1e9", "NaN", "../..", "--", "\u202e", "id:", "0001-01-01", "9999-12-31"]),
    st.text(max_size=12),
    st.integers().map(str),
    st.dates().map(str),
)  # fmt: skip


def commands(
    group: click.Group, words: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))
        else:
            yield (*words, name), command


SCOPE = load_scope()
COMMANDS = dict(commands(main))


@st.composite
def lines(draw: st.DrawFn) -> list[str]:
    """A command with any of its options, each with a fitting word or any word at all."""
    words, command = draw(st.sampled_from([one for one in COMMANDS.items() if one[0][0] not in STARTS]))
    typed = list(words)
    for parameter in command.params:
        fitting = draw(_fitting(parameter.type)) if draw(st.booleans()) else draw(ODD)
        if isinstance(parameter, click.Argument):
            typed.append(fitting)
        elif draw(st.booleans()):
            flag = isinstance(parameter, click.Option) and parameter.is_flag
            typed += [parameter.opts[0]] if flag else [parameter.opts[0], fitting]
    return typed


def _fitting(kind: click.ParamType) -> st.SearchStrategy[str]:
    if isinstance(kind, click.Choice):
        return st.sampled_from([str(one) for one in kind.choices])
    return st.dates().map(str) if isinstance(kind, click.DateTime) else st.integers(-2, 70000).map(str)


@given(typed=lines())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_whatever_is_typed_ends_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path, typed: list[str]
) -> None:
    """Without a database to reach, and with settings that are whole: what is typed is looked at before anything is."""
    monkeypatch.chdir(tmp_path)
    for name in ("RENTAXIS_DATABASE_URL", "PIPELINES_DATABASE_URL"):
        monkeypatch.setenv(name, "postgresql://nobody:nothing@127.0.0.1:9/none")
    for name, value in {
        "QUICKBOOKS_BASE_URL": "http://127.0.0.1:9",
        "QUICKBOOKS_AUTH_BASE_URL": "http://127.0.0.1:9",
        "QUICKBOOKS_REALM_ID": "1",
        "QUICKBOOKS_CLIENT_ID": "x",
        "QUICKBOOKS_CLIENT_SECRET": "x",
        "QUICKBOOKS_LIMITS": "off",
        "PIPELINES_SECRET_KEY": "A" * 43 + "=",
        "RENTAXIS_ORGANIZATION_ID": "1",
        "RENTAXIS_COMPANY_FILE": str(portfolio.SCHEMA.parents[2] / "config" / "company.demo.yaml"),
        "WEB_USERS_FILE": str(tmp_path / "users.yaml"),
    }.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(main, typed, input="\n", catch_exceptions=True)
    unfit = result.exception is not None and not isinstance(result.exception, SystemExit)
    assert not unfit, (typed, result.exception)
    assert result.exit_code in (0, 1, 2), typed
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "typed",
    [
        ("demo", "--units", "20"),
        ("demo", "--units", "9" * 20),
        ("demo", "--months", "0"),
        ("demo", "--seed", "x"),
        ("up", "--units", "-1"),
        ("up", "--months", "99999"),
        ("up", "--port", "70000"),
        ("up", "--port", "-1"),
        ("emulator", "--port", "99999"),
        ("emulator", "--state", "junk"),
        ("emulator", "--state", "nowhere/books"),
        ("emulator", "--switch", "x"),
        ("emulator", "--switch", "log_bodies=7"),
        ("serve", "--port", "65536"),
        ("serve", "--host", "a" * 300),
        ("serve", "-w", "junk"),
        ("serve", "-w", "nowhere"),
    ],
)
def test_what_cannot_be_started_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path, typed: tuple[str, ...]
) -> None:
    (tmp_path / "junk").write_text("load_from: [")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    monkeypatch.delenv("WEB_SIGN_IN", raising=False)
    result = CliRunner().invoke(main, typed, catch_exceptions=False)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output


def test_the_smallest_portfolio_that_may_be_asked_for_is_the_smallest_there_is() -> None:
    (units,) = [one.type for one in COMMANDS["demo",].params if one.name == "units"]
    assert isinstance(units, click.IntRange)
    assert units.min == portfolio.SMALLEST


@given(first_day=st.dates(), last_day=st.dates())
def test_any_two_days_are_taken_or_refused_in_a_sentence(first_day: dt.date, last_day: dt.date) -> None:
    from rentaxis_pipelines.model.errors import CannotLaunch

    said: Any = None
    try:
        chosen_days(SCOPE, first_day, last_day)
    except CannotLaunch as error:
        said = str(error)
    assert said is None or said.endswith((".", ")."))
