"""A ledger with a few customers and a program that is one of them already, for tests of decisions. No QuickBooks, no RentAxis.

Here: the fixture and its few values; a folder whose tests use it imports it in its conftest.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from rentaxis_pipelines.ledger import links, snapshots
from rentaxis_pipelines.ledger.database import connect, engine
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.snapshot import SnapshotObject
from rentaxis_pipelines.sync.decisions import DecisionRequest

REALM = "1"
AT = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
CUSTOMERS = {"5": ("Terrence Boyd", True), "6": ("Ann Lee", True), "9": ("Lucille Okafor (deleted)", False)}


@pytest.fixture
def decidable(ledger_database: str) -> Iterator[sa.Connection]:
    """A ledger that knows three customers and one vendor; program 2 is customer 6 already."""
    with connect(ledger_database) as connection:
        objects = [
            SnapshotObject(
                realm=REALM, entity="Customer", quickbooks_id=quickbooks_id, active=active,
                object={"Id": quickbooks_id, "SyncToken": "3", "DisplayName": name, "Active": active},
            )
            for quickbooks_id, (name, active) in CUSTOMERS.items()
        ]  # fmt: skip
        snapshots.save_objects(connection, objects)
        links.save_links(connection, [link("program", "2", "6")])
        connection.commit()
        yield connection
    engine(ledger_database).dispose()


def link(source_type: str, source_id: str, quickbooks_id: str, **more: Any) -> Link:
    made = Link(
        realm=REALM, source_type=source_type, source_id=source_id, quickbooks_type="Customer", quickbooks_id=quickbooks_id,
        sync_token="0", content_hash="x", mapped={"DisplayName": "Ann Lee"}, owned=["DisplayName"], origin="created",
        quickbooks_number="Ann Lee", updated_at=AT,
    )  # fmt: skip
    return msgspec.structs.replace(made, **more)


def request(
    kind: Any,
    source_id: str = "1",
    quickbooks_id: str | None = None,
    source_type: str = "tenant",
    **more: Any,
) -> DecisionRequest:
    given = {"why": "the lease says so", "who": "Dana Reyes", **more}
    return DecisionRequest(
        kind=kind, source_type=source_type, source_id=source_id, quickbooks_id=quickbooks_id, **given
    )


def link_of(ledger: sa.Connection, source_id: str = "1", source_type: str = "tenant") -> Link | None:
    return links.links_of(ledger, REALM, source_type, [source_id]).get(source_id)
