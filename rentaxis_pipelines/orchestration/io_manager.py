"""The Dagster IO manager that keeps pandas frames by day in Postgres, each company's in a schema of its own.

Here: which table and which days an asset's output or input means. Not here: how they are stored
(``frames``), whose they are (``tables``). One table an asset: ``rentaxis/invoices`` of the QuickBooks company 9130 is
``staging_9130.rentaxis__invoices``, whatever short name the company has. A range of days is written and read at once; an asset
without partitions is replaced and read whole. Rows by day are handed only to the run that wrote them.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg
import pandas as pd
import psycopg
import pyarrow as pa

from rentaxis_pipelines.model.dates import DateRange, whole
from rentaxis_pipelines.orchestration.failures import in_peoples_words
from rentaxis_pipelines.orchestration.session import SESSION, Sessions
from rentaxis_pipelines.orchestration.stored_rows import StoredRows
from rentaxis_pipelines.settings import CompanyKey
from rentaxis_pipelines.storage.derived import Naming, derive_window
from rentaxis_pipelines.storage.frames import (
    StorageError,
    connected,
    counts_of,
    days_of_others,
    other_writers,
    read_window,
    refuse_frame_of_another,
    replace_window,
    unwritten_days,
)
from rentaxis_pipelines.storage.renewed import Incoming, renew_window
from rentaxis_pipelines.storage.tables import DAY, FramesOfAnotherCompany, Store

REFUSED = "problem_code"  # the column of an extract that says why a row cannot be pushed
STAGING = "staging"  # the key of the resource
# Metadata of an input that counts as empty where the run did not read it, because not every job extracts all record types.
MAY_BE_UNREAD: Mapping[str, Any] = {"may_be_unread": True}
# Metadata of an input that is given where the rows are (``stored_rows.StoredRows``) instead of a frame of them.
AS_STORED: Mapping[str, Any] = {"as_stored": True}


class NeverExtracted(StorageError):
    """Days were asked for that this company never wrote; to take them as empty would leave records out unseen."""


class ReadByAnotherRun(StorageError):
    """The rows were read from RentAxis by another run; since then newer ones may have been pushed."""


@dataclass(frozen=True)
class Kept:
    """Rows that a step has brought up to date by itself, some at a time (``PostgresFrames.renew``), instead of handing on a frame of all.

    ``refused``: how many of them cannot be pushed, by reason code, the most first.
    """

    asset: dg.AssetKey
    days: DateRange
    company: CompanyKey
    rows: int
    refused: Mapping[str, int]


@dataclass(frozen=True)
class PostgresFrames(dg.IOManager):
    """Keeps frames with a ``day`` column; see ``frames.replace_window`` for what it promises.

    A frame is written and read for one company only, and a frame by day only by the run that wrote it: what another run has read may be
    older than what was pushed since. What it is to keep says whose it is (``frames.belonging_to``).
    ``slug``: the company's short name, where its assets are under it; it is not part of a table's name.
    Raises FramesOfAnotherCompany, also for an asset under another company's ``slug``, NeverExtracted for days of an input that this
    company never wrote, ReadByAnotherRun for days that another run wrote.
    """

    database_url: str
    company: CompanyKey
    slug: str = ""

    def renew(
        self, asset: dg.AssetKey, days: DateRange, incoming: Incoming, run_id: str, *, full: bool
    ) -> Kept:
        """Bring the asset's rows of these days up to date, as of this run; see ``renewed.renew_window``."""
        store, table = self._store(), self._table(asset)
        with connected(self.database_url) as connection:
            rows, _ = renew_window(connection, store, table, days, incoming, written_by=run_id, full=full)
            return Kept(asset, days, store.company, rows, counts_of(connection, store, table, days, REFUSED))

    def handle_output(self, context: dg.OutputContext, obj: pd.DataFrame | Kept) -> None:
        days = _days(context.asset_partition_keys) if context.has_asset_partitions else None
        store = self._store()
        if isinstance(obj, Kept):
            self._table(context.asset_key)
            if (obj.asset, obj.days, obj.company) != (context.asset_key, days, store.company):
                raise FramesOfAnotherCompany(
                    f"The rows kept are not those of {context.asset_key.to_user_string()} for {store.company}. Nothing was sent."
                )
            context.add_output_metadata({"dagster/row_count": obj.rows})
            return
        refuse_frame_of_another(obj, store.company)
        with connected(self.database_url) as connection:
            count = replace_window(
                connection, store, self._table(context.asset_key), days, obj, context.run_id
            )
        # Of the whole range: Dagster copies it to every day of it, so it stays this small.
        context.add_output_metadata({"dagster/row_count": count})

    def load_input(self, context: dg.InputContext) -> pd.DataFrame | StoredRows:
        days = _days(context.asset_partition_keys) if context.has_asset_partitions else None
        store, table = self._store(), self._table(context.asset_key)
        with connected(self.database_url) as connection:
            if days is None:
                return read_window(connection, store, table, days)
            if context.definition_metadata.get("as_stored"):
                run_id = context.step_context.run_id
                unread = self._unread(context, connection, days)
                return StoredRows(self.database_url, store, table, days, run_id, unread)
            frame = read_window(connection, store, table, days)
            others = self._unread(context, connection, days)
            return frame[~frame[DAY].isin(others)].reset_index(drop=True) if others else frame

    def _unread(
        self, context: dg.InputContext, connection: psycopg.Connection, days: DateRange
    ) -> list[dt.date]:
        """The days that this run did not write, where they count as empty. Raises NeverExtracted or ReadByAnotherRun where they do not."""
        store, table = self._store(), self._table(context.asset_key)
        others = days_of_others(connection, store, table, days, context.step_context.run_id)
        asset = context.asset_key.to_user_string()
        if not others:
            return []
        if context.definition_metadata.get("may_be_unread"):
            context.log.info(
                f"{len(others)} days of {asset} were not read by this run; they are treated as empty here."
            )
            return others
        unknown = unwritten_days(connection, store, table, days)
        if unknown:
            writers = other_writers(connection, store, table, unknown)
            raise NeverExtracted(_never_extracted(asset, store, unknown, writers))
        raise ReadByAnotherRun(read_by_another_run(asset, others))

    def derive(
        self, asset: dg.AssetKey, days: DateRange, run_id: str, said: pa.Table, namings: Sequence[Naming]
    ) -> Kept:
        """Make the asset's rows of these days, in the database, what is said of whoever rows of other assets name
        (``derived.derive_window``).
        """
        store, table = self._store(), self._table(asset)
        rows = derive_window(self.database_url, store, table, days, run_id, said, namings)
        return Kept(asset, days, store.company, rows, {})

    def _store(self) -> Store:
        return Store.of(self.company, "staging")

    def _table(self, key: dg.AssetKey) -> str:
        if not self.slug:
            return "__".join(key.path)
        if key.path[0] != self.slug:
            raise FramesOfAnotherCompany(
                f"{key.to_user_string()} is not an asset of {self.slug}. Nothing was read or stored."
            )
        return "__".join(key.path[1:])


class Staging(dg.IOManager):
    """The frames of the company whose asset it is, with errors in people's words.

    Settings are read when a step first needs them: what is wrong with them is then said by a failed step, which Dagster does not start
    again.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def renew(
        self, asset: dg.AssetKey, days: DateRange, incoming: Incoming, run_id: str, *, full: bool
    ) -> Kept:
        """Bring the asset's rows of these days up to date (``PostgresFrames.renew``)."""
        return self._frames(asset).renew(asset, days, incoming, run_id, full=full)

    def derive(
        self, asset: dg.AssetKey, days: DateRange, run_id: str, said: pa.Table, namings: Sequence[Naming]
    ) -> Kept:
        """Make the asset's rows of these days of what is said of somebody (``PostgresFrames.derive``)."""
        return self._frames(asset).derive(asset, days, run_id, said, namings)

    def handle_output(self, context: dg.OutputContext, obj: pd.DataFrame | Kept) -> None:
        with in_peoples_words():
            self._frames(context.asset_key).handle_output(context, obj)

    def load_input(self, context: dg.InputContext) -> pd.DataFrame | StoredRows:
        with in_peoples_words():
            return self._frames(context.asset_key).load_input(context)

    def _frames(self, asset: dg.AssetKey) -> PostgresFrames:
        scope = self._sessions.of(asset.path[0]).scope
        url = scope.environment.pipelines_database_url.get_secret_value()
        return PostgresFrames(url, scope.environment.company_key, scope.slug)


def staging_resource(make: type[Staging] = Staging) -> dg.IOManagerDefinition:
    """The frames of all companies, as Dagster's IO manager ``staging``. It reads no settings but those of the run's session."""

    @dg.io_manager(required_resource_keys={SESSION})
    def staging(context: dg.InitResourceContext) -> Staging:
        return make(getattr(context.resources, SESSION))

    return staging


def read_by_another_run(asset: str, days: list[dt.date]) -> str:
    """The sentence for rows of these days that this run did not read itself."""
    return (
        f"The rows of {asset} for {_which(days)} were read by another run, and newer rows may have been pushed since. "
        f"Nothing was sent. {_REMEDY}"
    )


def _never_extracted(asset: str, store: Store, days: list[dt.date], others: list[CompanyKey]) -> str:
    theirs = (
        f" They were for {', and '.join(map(str, others))}, whose rows are not touched." if others else ""
    )
    return (
        f"The rows of {asset} for {_which(days)} were never extracted for {store.company}.{theirs} Nothing was sent. {_REMEDY} "
        "If the company is not the one you meant, set RENTAXIS_ORGANIZATION_ID and QUICKBOOKS_REALM_ID."
    )


def _which(days: list[dt.date]) -> str:
    return (
        str(days[0]) if len(days) == 1 else f"{len(days)} of the days asked for, the first of them {days[0]},"
    )


_REMEDY = "Launch a job that extracts them too, for example bulk_sync, or select everything above this asset as well."


def _days(partition_keys: Iterable[str]) -> DateRange:
    """The days of a partition or a range of them. Raises StorageError if days are left out in between."""
    days = sorted(dt.date.fromisoformat(key) for key in partition_keys)
    try:
        return whole(days)
    except ValueError:
        raise StorageError(
            f"The partitions from {days[0]} to {days[-1]} do not include every day in between."
        ) from None
