"""Dagster's own Postgres storage, keeping its connections. Named in ``dagster.yaml``; no code of ours uses it.

dagster-postgres connects anew for every statement, in the daemon and in runs; only Dagster's web server keeps its connections. A
range of days writes thousands of events: of a year without a record, connecting was three quarters of the time.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from dagster._serdes import ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage, PostgresEventLogStorage, PostgresRunStorage
from dagster_postgres.utils import create_pg_engine, get_token_provider_from_config, pg_url_from_config

from rentaxis_pipelines.safety.database_errors import without_values

_KEPT: dict[str, Any] = {
    "isolation_level": "AUTOCOMMIT",  # as dagster-postgres has it
    "pool_size": 1,
    "max_overflow": 20,  # for a moment, beside the one that is kept
    "pool_recycle": 3_600,  # seconds
    "hide_parameters": True,  # what is stored of a run holds names and amounts
    "pool_pre_ping": True,  # after the database was away a moment, the next statement finds a new connection
}


class _Keeping:
    """What both storages do with the connections they keep. Dagster's own names, as dagster-postgres uses them."""

    postgres_url: str
    _token_provider: Any
    _engine: sa.Engine

    def keep_connections(self) -> None:
        self._engine = without_values(create_pg_engine(self.postgres_url, self._token_provider, **_KEPT))

    def dispose(self) -> None:
        """The code server opens an instance for every tick of a sensor: what is kept must end with it."""
        super().dispose()  # pyright: ignore[reportAttributeAccessIssue]  # of the storage it is mixed into
        self._engine.dispose()


class _Runs(_Keeping, PostgresRunStorage):
    pass


class _Events(_Keeping, PostgresEventLogStorage):
    pass


class PooledPostgresStorage(DagsterPostgresStorage):
    """``DagsterPostgresStorage``, taking the same configuration, with one connection kept for runs and one for events."""

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "PooledPostgresStorage":
        """Called by Dagster with the section ``config`` of ``dagster.yaml``."""
        url = pg_url_from_config(config_value)
        autocreate = config_value.get("should_autocreate_tables", True)
        token_provider = get_token_provider_from_config(config_value)
        storage = cls(url, autocreate, inst_data, token_provider)
        runs = _Runs(url, autocreate, token_provider=token_provider)
        events = _Events(url, autocreate, token_provider=token_provider)
        for part in (runs, events):
            part.keep_connections()
        storage._run_storage, storage._event_log_storage = runs, events
        return storage
