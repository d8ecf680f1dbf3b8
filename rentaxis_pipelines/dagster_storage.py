"""Dagster's own Postgres storage, keeping its connections. Named in ``dagster.yaml``; no code of ours uses it.

dagster-postgres connects anew for every statement, in the daemon and in runs; only Dagster's web server keeps its connections. A
range of days writes thousands of events: of a year without a record, connecting was three quarters of the time.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from dagster._serdes import ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage, PostgresEventLogStorage, PostgresRunStorage
from dagster_postgres.utils import get_token_provider_from_config, pg_url_from_config

# As Dagster's web server does: milliseconds a statement may take; seconds until a connection is made anew; how many there
# may be for a moment beside the one that is kept.
_KEPT = {"statement_timeout": 120_000, "pool_recycle": 3_600, "max_overflow": 20}


class _Runs(PostgresRunStorage):
    _engine: sa.Engine

    def dispose(self) -> None:
        """The code server opens an instance for every tick of a sensor: what is kept must end with it."""
        super().dispose()
        self._engine.dispose()


class _Events(PostgresEventLogStorage):
    _engine: sa.Engine

    def dispose(self) -> None:
        super().dispose()
        self._engine.dispose()


class KeptConnections(DagsterPostgresStorage):
    """``DagsterPostgresStorage``, taking the same configuration, with one connection kept for runs and one for events."""

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "KeptConnections":
        """Called by Dagster with what stands under ``config`` in ``dagster.yaml``."""
        url = pg_url_from_config(config_value)
        autocreate = config_value.get("should_autocreate_tables", True)
        token_provider = get_token_provider_from_config(config_value)
        storage = cls(url, autocreate, inst_data, token_provider)
        storage._run_storage = _Runs(url, autocreate, token_provider=token_provider)
        storage._event_log_storage = _Events(url, autocreate, token_provider=token_provider)
        for part in (storage._run_storage, storage._event_log_storage):
            part.optimize_for_webserver(**_KEPT)
        return storage
