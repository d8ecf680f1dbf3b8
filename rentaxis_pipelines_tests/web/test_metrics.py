"""``/metrics``: who may read it, and that it is Prometheus' format with a number for each company and nobody's name in it."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import requests
from dagster import DagsterInstance
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from starlette.types import ASGIApp

from rentaxis_pipelines.ledger.database import engine
from rentaxis_pipelines.render.prometheus import Gauge, exposition
from rentaxis_pipelines.settings import (
    EnvironmentSettingsError,
    load,
    scopes_from_environment,
)
from rentaxis_pipelines.settings.web import WebSettings
from rentaxis_pipelines.web.application import front_door
from rentaxis_pipelines.web.desk.desk import Desk
from rentaxis_pipelines.web.desk.launching import DagsterCalls
from rentaxis_pipelines.web.door import Door
from rentaxis_pipelines_tests.support.company_folders import add_company_folder
from rentaxis_pipelines_tests.web.conftest import running

TOKEN = "a token of many characters"
SAMPLE = re.compile(r'([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (-?[0-9.e+]+)\n')


def samples(text: str) -> dict[tuple[str, str], float]:
    """By name and labels. Every line is a comment or a sample: anything else is no metric at all."""
    lines = text.splitlines(keepends=True)
    read = [SAMPLE.fullmatch(line) for line in lines if not line.startswith("#")]
    assert all(read), text
    return {(match[1], match[2] or ""): float(match[3]) for match in read if match}


@pytest.fixture
def companies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ledger_database: str) -> Iterator[Path]:
    """Two companies, one of them without a database."""
    monkeypatch.setenv("RENTAXIS_COMPANIES_FOLDER", str(tmp_path))
    add_company_folder(tmp_path, "birch", "1", ledger_database)
    add_company_folder(tmp_path, "dead", "2", "postgresql://nobody:secret@127.0.0.1:1/nothing")
    with psycopg.connect(ledger_database) as connection:
        connection.execute(
            "insert into ledger.metered_reads values ('1', date_trunc('month', now() at time zone 'UTC'), 12)"
        )
    yield tmp_path
    engine(ledger_database).dispose()


def get(url: str, **headers: str) -> requests.Response:
    return requests.get(
        f"{url}/metrics",
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        timeout=60,
    )


def test_every_company_has_its_numbers_and_one_that_cannot_be_read_has_no_zeros(
    without_sign_in, companies
) -> None:
    answer = get(without_sign_in.url)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    read = samples(answer.text)
    assert read["rentaxis_company_metered_reads", 'company="birch"'] == 12
    assert read["rentaxis_company_open_records", 'company="birch"'] == 0
    assert read["rentaxis_company_connected", 'company="birch"'] == 0
    assert [read["rentaxis_company_up", f'company="{slug}"'] for slug in ("birch", "dead")] == [0, 0]
    assert ("rentaxis_company_open_records", 'company="dead"') not in read
    assert read["rentaxis_dagster_up", ""] == 1
    assert "secret" not in answer.text


def test_without_a_token_only_a_program_on_this_machine_reads_it(
    without_sign_in, with_passwords, companies
) -> None:
    """A proxy in front, another host name or a browser's page of another site: refused, and nothing is read."""
    for headers in (
        {"x_forwarded_for": "203.0.113.7"},
        {"host": "books.example.com"},
        {"origin": "https://evil.example.com"},
    ):
        assert get(without_sign_in.url, **headers).status_code == 403
    assert get(with_passwords.url).status_code == 200
    assert requests.post(f"{without_sign_in.url}/metrics", json={}, timeout=60).status_code in (404, 405)


def test_served_to_others_it_needs_the_token(serve, tmp_path, companies) -> None:
    """Under any host name, because a scraper in a cluster goes by address; neither a wrong token nor an empty one is let in."""
    public = {"web_public_url": "https://books.example.com"}
    with serve(**public) as served:
        assert get(served.url).status_code == 403
    with serve(**public, web_metrics_token=SecretStr(TOKEN)) as served:
        assert get(served.url, authorization=f"Bearer {TOKEN}", host="10.0.0.7:3000").status_code == 200
        for wrong in (
            {},
            {"authorization": "Bearer "},
            {"authorization": f"Bearer {TOKEN}x"},
            {"authorization": TOKEN},
        ):
            refused = get(served.url, **wrong)
            assert refused.status_code == 401
            assert "rentaxis_company" not in refused.text


def test_a_token_that_can_be_guessed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_METRICS_TOKEN", "short")
    with pytest.raises(EnvironmentSettingsError, match="at least 16 characters"):
        load(WebSettings)


def test_where_dagster_is_away_the_rest_is_still_told(dagster, companies, tmp_path) -> None:
    """Its database was deleted."""
    home = tmp_path / "gone"
    home.mkdir()
    with DagsterInstance.local_temp(str(home)) as instance:
        shutil.rmtree(home)

        def application(port: int) -> ASGIApp:
            calls = DagsterCalls(dagster.application, instance)
            door = Door.on(port, WebSettings(pipelines_secret_key=SecretStr("a key")))
            return front_door(Desk(door, calls, scopes_from_environment))

        with running(application) as port:
            read = samples(get(f"http://127.0.0.1:{port}").text)
    assert read["rentaxis_dagster_up", ""] == 0
    assert read["rentaxis_company_metered_reads", 'company="birch"'] == 12
    assert ("rentaxis_company_queued_runs", 'company="birch"') not in read


@given(st.dictionaries(st.sampled_from(["company", "version"]), st.text(), max_size=2), st.floats(-1e9, 1e15))
def test_any_label_stays_on_its_own_line(labels: dict[str, str], value: float) -> None:
    text = exposition([Gauge("some_name", "What it is.", [(labels, value)])])
    assert len(text.split("\n")) == 4
    assert text.split("\n")[2].startswith("some_name")
