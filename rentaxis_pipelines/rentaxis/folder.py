"""The folder that a company's staging models are read from: the installed one, or the one its settings name.

A folder of your own holds SQL adapted to a real RentAxis database, so that the installed files are never edited. Not here: the contents
of the files.
"""

import contextlib
import functools
import weakref
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa
from pydantic import SecretStr
from sqlalchemy.exc import DBAPIError

from rentaxis_pipelines.rentaxis.contract import ADDED
from rentaxis_pipelines.rentaxis.database import STATEMENT_SECONDS, snapshot
from rentaxis_pipelines.rentaxis.described import described
from rentaxis_pipelines.rentaxis.earlier_folders import added_columns, stand_ins
from rentaxis_pipelines.rentaxis.sql_models import SqlModelError, SqlModels

SQL = Path(str(resources.files("dbt_like_sql")))  # a data package, both in the repository and when installed
STAGING_FOLDER = SQL / "staging"
_MODELS = "staging_models"  # what a connection's ``info`` holds them under


class SourceSettings(Protocol):
    """What a company's settings say of its RentAxis (``settings.SourceEnvironment``)."""

    @property
    def rentaxis_database_url(self) -> SecretStr: ...
    @property
    def rentaxis_organization_id(self) -> str: ...
    @property
    def rentaxis_sql_folder(self) -> Path | None: ...


@contextlib.contextmanager
def source_of(
    environment: SourceSettings, statement_seconds: int = STATEMENT_SECONDS, *, idles: bool = False
) -> Iterator[sa.Connection]:
    """A ``snapshot`` of the company's RentAxis, read through the company's own staging models. Also raises SqlModelError."""
    models = models_in(environment.rentaxis_sql_folder)
    url = environment.rentaxis_database_url.get_secret_value()
    with snapshot(url, statement_seconds, idles=idles) as connection:
        connection.info[_MODELS] = _completed(connection, models)
        yield connection


def _completed(connection: sa.Connection, models: SqlModels) -> SqlModels:
    """The models for this database: without the tables it does not have, of those they ask about, and with the columns that a folder made
    for an earlier version does not return. Postgres is asked for columns once for each folder.
    """
    missing = _missing_tables(connection, models)
    known = _COMPLETED.setdefault(models, {})
    if missing not in known:
        here = SqlModels(models.folder, stand_ins=models.stand_ins, missing=missing) if missing else models
        completed, is_whole = (
            (here, True) if models.folder == STAGING_FOLDER else _with_added_columns(connection, here)
        )
        if not is_whole:
            return completed
        known[missing] = completed
    return known[missing]


def _missing_tables(connection: sa.Connection, models: SqlModels) -> frozenset[str]:
    if not models.asked_about:
        return frozenset()
    statement = sa.text(
        """select wanted.name from unnest(cast(:tables as text[])) as wanted (name)
           where not exists (
             select from pg_class as there join pg_namespace as held on held.oid = there.relnamespace
             where held.nspname = :schema and there.relname = wanted.name)"""
    )
    asked = {"schema": models.source_schema, "tables": sorted(models.asked_about)}
    return frozenset(connection.execute(statement, asked).scalars())


def _with_added_columns(connection: sa.Connection, models: SqlModels) -> tuple[SqlModels, bool]:
    """And whether all of them could be described: one that Postgres does not take is left as it is, and says so where it is read."""
    lacking: dict[str, dict[str, str]] = {}
    for model in ADDED:
        statement = models.render(model)
        bound = dict.fromkeys(statement.compile().params)
        with contextlib.suppress(DBAPIError), connection.begin_nested():
            returned = described(connection, statement, bound)
            lacking[model] = {name: sql for name, sql in added_columns(model).items() if name not in returned}
    completed = SqlModels(models.folder, stand_ins=models.stand_ins, lacking=lacking, missing=models.missing)
    return completed, lacking.keys() == ADDED.keys()


_COMPLETED: weakref.WeakKeyDictionary[SqlModels, dict[frozenset[str], SqlModels]] = (
    weakref.WeakKeyDictionary()
)


def staging_models(connection: sa.Connection) -> SqlModels:
    """The models that the connection is read through: those of its company (``source_of``), else the installed ones."""
    return connection.info.get(_MODELS) or models_in(None)


def models_in(folder: Path | None) -> SqlModels:
    """The models of that folder, of the installed one for None. Raises SqlModelError, naming the file, if they cannot be used."""
    chosen = STAGING_FOLDER if folder is None else folder.expanduser().absolute()
    if not chosen.is_dir():
        raise SqlModelError(
            f"RENTAXIS_SQL_FOLDER is set to {folder}, but there is no such folder. Create one with: rentaxis-sync source new {folder}"
        )
    stamps = (
        (file.name, file.stat().st_mtime_ns, file.stat().st_size) for file in sorted(chosen.glob("*.sql"))
    )
    return _models(chosen, tuple(stamps))


@functools.lru_cache(maxsize=128)  # a server works for many companies, some with models of their own
def _models(folder: Path, stamps: tuple[tuple[str, int, int], ...]) -> SqlModels:  # noqa: ARG001 - changed files are read again
    return SqlModels(folder, stand_ins=stand_ins())
