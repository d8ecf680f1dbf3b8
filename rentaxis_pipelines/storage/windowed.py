"""The Dagster IO manager that keeps pandas frames by day in Postgres.

Here: which table and which days an asset's output or input means. Not here: how they are stored
(``windows``). One table an asset (``rentaxis/invoices`` is ``staging.rentaxis__invoices``); a range of days
is written and read at once; an asset without partitions is replaced and read whole.
"""

import datetime as dt
from collections.abc import Iterable

import dagster as dg
import pandas as pd
from pydantic import Field

from rentaxis_pipelines.storage.windows import (
    Days,
    StorageError,
    connected,
    read_window,
    replace_window,
    unwritten_days,
)


class WindowedPostgresIOManager(dg.ConfigurableIOManager):
    """Keeps frames with a ``day`` column; see ``windows.replace_window`` for what it promises."""

    database_url: str = Field(description="Postgres URL of the pipeline's own database.")
    schema_name: str = Field(default="staging", description="Schema the tables of frames live in.")

    def handle_output(self, context: dg.OutputContext, obj: pd.DataFrame) -> None:
        days = _days(context.asset_partition_keys) if context.has_asset_partitions else None
        with connected(self.database_url) as connection:
            count = replace_window(connection, _table(context.asset_key), days, obj, self.schema_name)
        # Of the whole range: Dagster copies it to every day of it, so it stays this small.
        context.add_output_metadata({"dagster/row_count": count})

    def load_input(self, context: dg.InputContext) -> pd.DataFrame:
        days = _days(context.asset_partition_keys) if context.has_asset_partitions else None
        table = _table(context.asset_key)
        with connected(self.database_url) as connection:
            if days is not None:
                unknown = unwritten_days(connection, table, days, self.schema_name)
                if unknown:
                    context.log.warning(
                        f"{context.asset_key.to_user_string()} was never materialized for {len(unknown)} of "
                        f"the days asked for, the first of them {unknown[0]}; they count as empty."
                    )
            return read_window(connection, table, days, self.schema_name)


def _table(key: dg.AssetKey) -> str:
    return "__".join(key.path)


def _days(partition_keys: Iterable[str]) -> Days:
    """The window of a partition or a range of them. Raises StorageError if days are left out in between."""
    days = sorted(dt.date.fromisoformat(key) for key in partition_keys)
    window = Days(days[0], days[-1] + dt.timedelta(days=1))
    if (window.after_last - window.first).days != len(days):
        raise StorageError(f"The partitions from {days[0]} to {days[-1]} are not every day of that time.")
    return window
