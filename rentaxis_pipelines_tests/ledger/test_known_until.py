"""How far the ledger knows QuickBooks: what a run may move, and what a ledger from before knows."""

import datetime as dt
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from rentaxis_pipelines.ledger import database as ledger
from rentaxis_pipelines.ledger.database import connect, engine, migrate
from rentaxis_pipelines.ledger.known_until import KnownUntil, known_until, looked, wrote

EARLY, LATE = dt.datetime(2026, 3, 1, 8, tzinfo=dt.UTC), dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)


def changed(at: dt.datetime) -> dict[str, object]:
    return {
        "Id": "1",
        "SyncToken": "0",
        "TxnDate": "2026-03-01",
        "MetaData": {"LastUpdatedTime": at.isoformat()},
    }


def test_only_a_run_that_looked_moves_it_and_never_back(database: str) -> None:
    """Or a run that only changes things would step over what an older ledger never saw."""
    migrate(database)
    with connect(database) as connection:
        assert known_until(connection, "1") is None
        wrote(connection, "1", "a", [changed(EARLY)])
        assert known_until(connection, "1") is None
        looked(connection, "1", EARLY, "a")
        wrote(connection, "1", "b", [changed(LATE)])
        assert known_until(connection, "1") == KnownUntil(EARLY, "a")
        wrote(connection, "1", "a", [changed(LATE), changed(EARLY)])
        looked(connection, "1", EARLY, "b")
        assert known_until(connection, "1") == KnownUntil(LATE, "b")
    engine(database).dispose()


def test_a_ledger_from_before_knows_as_much_as_it_keeps(database: str) -> None:
    """So it need not read the whole company again."""
    config = Config()
    config.set_main_option("script_location", str(Path(ledger.__file__).with_name("migrations")))
    with connect(database) as connection:
        connection.execute(sa.text("create schema ledger"))
        connection.commit()
        config.attributes["connection"] = connection
        command.upgrade(config, "0007")
        for number, at in enumerate((EARLY, LATE)):
            connection.execute(
                sa.text(
                    "insert into ledger.quickbooks_transactions (realm, entity, quickbooks_id, object, seen_at)"
                    " values ('1', 'Invoice', :id, jsonb_build_object('MetaData', jsonb_build_object('LastUpdatedTime', cast(:at as text))), now())"
                ),
                {"id": str(number), "at": at.isoformat()},
            )
        connection.commit()
    migrate(database)
    with connect(database) as connection:
        assert known_until(connection, "1") == KnownUntil(LATE, None)
    engine(database).dispose()
