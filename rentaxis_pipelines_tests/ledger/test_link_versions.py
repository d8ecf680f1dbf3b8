"""Versions on real Postgres: what stood before is what is kept with the SyncToken named, or nothing; they are only ever added."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from rentaxis_pipelines.ledger import links, snapshots, transactions, versions
from rentaxis_pipelines.ledger.database import engine
from rentaxis_pipelines.ledger.versions import NewVersion
from rentaxis_pipelines.model.links import Link

NOW = dt.datetime(2026, 3, 1, 12, 30, tzinfo=dt.UTC)
KEPT = {"Id": "5", "SyncToken": "3", "TotalAmt": Decimal("10.10"), "TxnDate": "2026-03-01"}
LINK = Link(
    realm="r", source_type="invoice", source_id="1", quickbooks_type="Invoice", quickbooks_id="5", sync_token="3", content_hash="h",
    mapped={"TotalAmt": Decimal("10.10")}, owned=["TotalAmt"], origin="created", total=Decimal("10.10"), redated_from=dt.date(2026, 2, 1),
    quickbooks_number="INV-1", updated_at=NOW,
)  # fmt: skip


@pytest.fixture
def connection(ledger_database: str) -> Iterator[sa.Connection]:
    """A ledger from before versions were kept, brought up to date: a link and its object, and no version."""
    with engine(ledger_database).connect() as connection:
        links.save_links(connection, [LINK])
        transactions.keep_transactions(connection, "r", "Invoice", [KEPT], NOW)
        yield connection
    engine(ledger_database).dispose()


def new(sent_token: str | None, **changes: Any) -> NewVersion:
    facts: dict[str, Any] = {
        "realm": "r",
        "source_type": "invoice",
        "source_id": "1",
        "source_label": "Invoice INV-1",
        "quickbooks_type": "Invoice",
        "quickbooks_id": "5",
        "sync_token": "4",
        "action": "update",
        "run_id": "run",
        "who": "ann",
        "at": NOW,
        "sent_token": sent_token,
        "after": KEPT | {"SyncToken": "4", "TotalAmt": Decimal("20.00")},
    }
    return NewVersion(**(facts | changes))


def saved(connection: sa.Connection, *added: NewVersion):
    versions.save_versions(connection, added)
    return versions.of_record(connection, "r", "invoice", "1")


def test_the_object_kept_with_the_token_named_is_what_stood_and_the_link_is_kept_whole(connection) -> None:
    (version,) = saved(connection, new("3"))
    assert version.before == KEPT
    assert version.link == LINK
    assert version.after == KEPT | {"SyncToken": "4", "TotalAmt": Decimal("20.00")}


@pytest.mark.parametrize("token", ["2", "4", None])
def test_with_another_token_it_is_not_known_what_stood(connection, token) -> None:
    (version,) = saved(connection, new(token))
    assert version.before is None


def test_what_an_earlier_version_left_is_what_stood_where_the_object_kept_is_newer(connection) -> None:
    """A read may have brought our own write before it was settled."""
    saved(connection, new("3"))
    transactions.keep_transactions(connection, "r", "Invoice", [KEPT | {"SyncToken": "5"}], NOW)
    _, second = saved(connection, new("4", sync_token="5"))
    assert second.before == KEPT | {"SyncToken": "4", "TotalAmt": Decimal("20.00")}


def test_the_entry_of_a_list_is_what_stood_of_a_name(connection) -> None:
    name = {"Id": "58", "SyncToken": "0", "DisplayName": "Jane Doe", "Active": True}
    snapshots.save_objects(connection, [snapshots.entry_of("r", "Customer", name)])
    customer = new("0", source_type="tenant", quickbooks_type="Customer", quickbooks_id="58")
    versions.save_versions(connection, [customer])
    (version,) = versions.of_run(connection, "r", "run")
    assert (version.before, version.link) == (name, None)


def test_a_deletion_by_a_person_is_added_once_with_the_time_it_was_found(connection) -> None:
    transactions.note_gone(connection, "r", "Invoice", ["5"], NOW)
    versions.save_deletions(connection, "r")
    versions.save_deletions(connection, "r")
    (deletion,) = versions.of_record(connection, "r", "invoice", "1")
    assert (deletion.action, deletion.run_id, deletion.at) == ("delete", None, NOW)
    assert (deletion.before, deletion.after, deletion.sync_token) == (KEPT, None, "")
    assert (deletion.who, deletion.source_label) == ("somebody in QuickBooks", "INV-1")


@pytest.mark.parametrize(
    "statement", ["update ledger.link_versions set who = 'another'", "delete from ledger.link_versions"]
)
def test_versions_are_never_rewritten(connection, statement) -> None:
    saved(connection, new("3"))
    with pytest.raises(sa.exc.DBAPIError, match="P0001"):
        connection.execute(sa.text(statement))
