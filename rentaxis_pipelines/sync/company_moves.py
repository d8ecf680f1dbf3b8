"""A company out of a pipelines database and into another one: its part of the ledger, which is all there is of it that cannot be made anew.

Here: when it may go or come, and the sentences. Not here: the file (``company_file``), the rows (``ledger.company_rows``), its folder
(``settings.new_company``), an organization that gets other books (``companies.move_company``).
"""

import datetime as dt
import importlib.metadata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from rentaxis_pipelines.ledger import companies, moved_away
from rentaxis_pipelines.ledger.company_rows import (
    begin_snapshot,
    count_in,
    plain_text,
    rows_in,
    rows_out,
    tables_with_rows,
)
from rentaxis_pipelines.ledger.company_tables import LedgerTable, company_tables
from rentaxis_pipelines.ledger.database import ledger_version, lost_connection_explained, migrate
from rentaxis_pipelines.ledger.moved_away import Departure
from rentaxis_pipelines.settings import CompanyKey, Environment, SettingsError
from rentaxis_pipelines.sync.companies import nobody_pushing
from rentaxis_pipelines.sync.company_file import (
    FORMAT,
    CompanyFileReader,
    CompanyFileWriter,
    Manifest,
    TableInFile,
    opened,
    written,
)
from rentaxis_pipelines.sync.run import utc_now


class CannotMove(SettingsError):
    """The company cannot be exported or imported. Nothing was changed."""


@dataclass(frozen=True)
class Moved:
    """How many rows were written, in how many tables that have any."""

    rows: int
    tables: int


def export_company(
    environment: Environment,
    file: Path,
    *,
    who: str,
    leave: str | None = None,
    now: Callable[[], dt.datetime] = utc_now,
) -> Moved:
    """Write the company's part of the ledger to the file, as it stands at one instant while no run is going.

    ``leave``: why the company goes; then nothing of it can be written here from now on, and its connection is forgotten here. Raises
    CannotMove, NoCompanyFile, LedgerLocked while a run is going.
    """
    key, url = environment.company_key, environment.pipelines_database_url.get_secret_value()
    if leave is not None and not leave.strip():
        raise CannotMove("Nothing was exported. A company leaves with a reason, which is kept: give one.")
    if file.exists():
        raise CannotMove(f"{file} already exists, so nothing was exported. Name another file.")
    migrate(url)
    with lost_connection_explained(), nobody_pushing(environment) as connection:
        _refuse_unknown(connection, key)
        gone = moved_away.departure_of(connection, key.realm)
        if leave is not None and gone is None:
            _note(connection, key, who, leave, now(), moved=True)
        try:
            with written(file) as writer:
                moved = _write(
                    connection, writer, key, who, left=leave is not None, ledger=ledger_version(url), at=now()
                )
        except BaseException:
            if leave is not None and gone is None:
                connection.rollback()
                _note(connection, key, who, "its export failed", now(), moved=False)
            raise
        if leave is not None:
            connection.execute(
                sa.text("delete from ledger.oauth_tokens where realm = :realm"), {"realm": key.realm}
            )
            connection.commit()
    return moved


def _write(
    connection: sa.Connection,
    writer: CompanyFileWriter,
    key: CompanyKey,
    who: str,
    *,
    left: bool,
    ledger: str,
    at: dt.datetime,
) -> Moved:
    begin_snapshot(connection)
    tables = company_tables(connection)
    in_file: dict[str, TableInFile] = {}
    for table in tables:
        counts: list[int] = []
        writer.put(table.name, count_in(rows_out(connection, table, tables, key.realm), counts.append))
        in_file[table.name] = TableInFile(columns=table.columns, rows=sum(counts))
    connection.rollback()
    writer.finish(
        Manifest(
            format=FORMAT,
            program=importlib.metadata.version("rentaxis_pipelines"),
            ledger=ledger,
            realm=key.realm,
            organization_id=key.organization_id,
            exported_at=at,
            exported_by=who,
            left=left,
            tables=in_file,
        )
    )
    return _sum(in_file)


def import_company(environment: Environment, file: Path) -> Moved:
    """Write the company of the file into the ledger of the settings, which must know nothing of it yet.

    Raises CannotMove where the settings are of another company, the versions differ or there is anything of it already, NoCompanyFile,
    LedgerLocked; then nothing was written.
    """
    key, url = environment.company_key, environment.pipelines_database_url.get_secret_value()
    with opened(file) as reader:
        _refuse_another(reader.manifest, key, file)
        migrate(url)
        _refuse_other_version(reader.manifest, ledger_version(url), file)
        with lost_connection_explained(), nobody_pushing(environment) as connection:
            companies.lock_registrations(connection)
            _refuse_known(connection, key)
            tables = company_tables(connection)
            _refuse_other_tables(reader.manifest, tables, file)
            plain_text(connection)
            try:
                _read(connection, reader, tables, key, file)
            except BaseException:
                connection.rollback()
                raise
            connection.commit()
    return _sum(reader.manifest.tables)


def _read(
    connection: sa.Connection,
    reader: CompanyFileReader,
    tables: list[LedgerTable],
    key: CompanyKey,
    file: Path,
) -> None:
    for table in tables:
        rows = rows_in(connection, table, tables, key.realm, reader.pieces(table.name))
        if rows != reader.manifest.tables[table.name].rows:
            raise CannotMove(
                f"{file} is damaged: it should hold {reader.manifest.tables[table.name].rows} rows of ledger.{table.name}, but holds {rows}. "
                "Nothing was imported."
            )
    others = {registration.realm for registration in companies.all_registrations(connection)}
    newest = companies.newest_of_organization(connection, key.organization_id)
    if key.realm not in others or newest is None or newest.realm != key.realm:
        raise CannotMove(
            f"{file} does not say that RentAxis organization {key.organization_id} is pushed to QuickBooks company {key.realm}. "
            "Nothing was imported."
        )


def stay(environment: Environment, who: str, why: str, now: Callable[[], dt.datetime] = utc_now) -> None:
    """Take back that the company left. Raises CannotMove where it did not, or the reason is missing."""
    key = environment.company_key
    if not why.strip():
        raise CannotMove("Nothing was changed. That a company stays is kept with the reason: give one.")
    migrate(environment.pipelines_database_url.get_secret_value())
    with nobody_pushing(environment) as connection:
        if moved_away.departure_of(connection, key.realm) is None:
            raise CannotMove(
                f"QuickBooks company {key.realm} has not left this database. Nothing was changed."
            )
        _note(connection, key, who, why, now(), moved=False)


def _note(
    connection: sa.Connection, key: CompanyKey, who: str, why: str, at: dt.datetime, *, moved: bool
) -> None:
    moved_away.note(connection, Departure(realm=key.realm, moved=moved, who=who, why=why.strip(), at=at))


def _sum(tables: Mapping[str, TableInFile]) -> Moved:
    counts = [table.rows for table in tables.values()]
    return Moved(sum(counts), sum(1 for count in counts if count))


def _refuse_unknown(connection: sa.Connection, key: CompanyKey) -> None:
    newest = companies.newest_of_realm(connection, key.realm)
    if newest is None:
        raise CannotMove(
            f"Nothing was ever pushed to QuickBooks company {key.realm} from this pipelines database, so there is nothing to export."
        )
    if newest.organization_id != key.organization_id:
        raise CannotMove(
            f"QuickBooks company {key.realm} has the records of RentAxis organization {newest.organization_id}, and the settings are those of "
            f"organization {key.organization_id}. Nothing was exported. Correct the settings."
        )


def _refuse_another(manifest: Manifest, key: CompanyKey, file: Path) -> None:
    if (manifest.organization_id, manifest.realm) != key:
        raise CannotMove(
            f"{file} holds RentAxis organization {manifest.organization_id} with QuickBooks company {manifest.realm}, but the settings are those "
            f"of {key}. Nothing was imported. Choose the company with --company, or correct its settings."
        )


def _refuse_other_version(manifest: Manifest, ledger: str, file: Path) -> None:
    if manifest.ledger != ledger:
        raise CannotMove(
            f"{file} was exported from a ledger at {manifest.ledger}, and this one is at {ledger}. Nothing was imported. Install the same version "
            f"of this program in both places, and export again. The file was written by version {manifest.program}."
        )


def _refuse_known(connection: sa.Connection, key: CompanyKey) -> None:
    here = tables_with_rows(connection, key.realm)
    if here:
        raise CannotMove(
            f"This pipelines database has rows of QuickBooks company {key.realm} already (in ledger.{', ledger.'.join(here[:3])}"
            f"{' and more' if len(here) > 3 else ''}), and they are never overwritten. Nothing was imported. Import into a database that "
            "never had the company; if it left here and was not pushed from elsewhere since, run rentaxis-sync companies stay."
        )
    newest = companies.newest_of_organization(connection, key.organization_id)
    if newest is not None:
        raise CannotMove(
            f"In this pipelines database RentAxis organization {key.organization_id} is pushed to QuickBooks company {newest.realm}. Nothing was "
            "imported. Another RentAxis installation may use the same id: then import into a database of its own."
        )


def _refuse_other_tables(manifest: Manifest, tables: list[LedgerTable], file: Path) -> None:
    ours = {table.name: tuple(table.columns) for table in tables}
    theirs = {name: tuple(table.columns) for name, table in manifest.tables.items()}
    if ours != theirs:
        odd = sorted(name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name))
        raise CannotMove(
            f"{file} does not fit this ledger's tables: {', '.join(odd)} differ. Nothing was imported. Install the same version of this program in "
            "both places, and export again."
        )
