"""A Dagster home with the project's own ``dagster.yaml``, on a database of its own. And a folder of companies."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
import pytest
import yaml
from psycopg.sql import SQL, Identifier

from rentaxis_pipelines.demo.postgres import Server
from rentaxis_pipelines.settings.shipped import DAGSTER_FILE
from rentaxis_pipelines_tests.support.company_folders import companies

__all__ = ["companies"]

_ALLOW = SQL("alter database {} allow_connections {}")


def home_on(postgres: Server, database: str, folder: Path, patch: pytest.MonkeyPatch) -> Path:
    """The folder as a DAGSTER_HOME with the project's own ``dagster.yaml``, whose variables lead to that database."""
    (folder / "dagster.yaml").write_text(DAGSTER_FILE.read_text())
    for variable, value in {
        "HOST": postgres.hostname,
        "PORT": str(postgres.port),
        "USERNAME": postgres.username,
        "PASSWORD": postgres.password,
        "DB": database,
    }.items():
        patch.setenv(f"DAGSTER_PG_{variable}", value)
    return folder


@pytest.fixture
def dagster_home(
    postgres: Server, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, str]:
    """A DAGSTER_HOME of one test; and its database's address."""
    return home_on(postgres, database.rsplit("/", 1)[1], tmp_path, monkeypatch), database


def with_plain_storage(home: Path) -> None:
    """Dagster's own ``storage: postgres`` instead of ours, with the same database."""
    settings: dict[str, Any] = yaml.safe_load((home / "dagster.yaml").read_text())
    settings["storage"] = {"postgres": settings["storage"]["custom"]["config"]}
    (home / "dagster.yaml").write_text(yaml.safe_dump(settings))


@pytest.fixture(scope="module", params=["pooled", "plain"])
def instance(
    request: pytest.FixtureRequest, postgres: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dg.DagsterInstance]:
    """Dagster's instance, once with our storage class and once with ``storage: postgres``; one for a module: its tables take seconds."""
    name = f"dagster_{uuid.uuid4().hex}"
    postgres.create_database(name)
    with pytest.MonkeyPatch.context() as patch:
        home = home_on(postgres, name, tmp_path_factory.mktemp("dagster"), patch)
        if request.param == "plain":
            with_plain_storage(home)
        with dg.DagsterInstance.from_config(str(home)) as opened:
            yield opened
    postgres.drop_database(name)


@contextmanager
def cut_off(postgres: Server) -> Iterator[None]:
    """Inside the block no connection to Dagster's database can be made, and those there were are cut."""
    name = os.environ["DAGSTER_PG_DB"]
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(_ALLOW.format(Identifier(name), SQL("false")))
        connection.execute(
            """select pg_terminate_backend(pid, 5000) from pg_stat_activity
               where datname = %s and backend_type = 'client backend'""",
            [name],
        )
        try:
            yield
        finally:
            connection.execute(_ALLOW.format(Identifier(name), SQL("true")))
