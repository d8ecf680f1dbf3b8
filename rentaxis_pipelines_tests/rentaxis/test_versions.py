"""When records were last changed: what the staging models say of it, for chosen ids and since an instant."""

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import psycopg
import pytest
import sqlalchemy as sa

from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.rentaxis import versions
from rentaxis_pipelines.rentaxis.database import snapshot
from rentaxis_pipelines.rentaxis.extract import extract
from rentaxis_pipelines.rentaxis.frames import RecordType
from rentaxis_pipelines.rentaxis.versions import Version

NEW_YORK = ZoneInfo("America/New_York")
SIX_MONTHS = DateRange(dt.date(2026, 5, 1), dt.date(2026, 11, 1))
LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
TYPES: dict[str, RecordType] = {
    "tenant": "tenants",
    "program": "programs",
    "invoice": "invoices",
    "payment": "payments",
    "expense": "expenses",
}


@pytest.fixture
def rentaxis(rentaxis_database: str) -> Iterator[sa.Connection]:
    with snapshot(rentaxis_database) as connection:
        yield connection


def change(url: str, statement: str, *values: object) -> None:
    with psycopg.connect(url, options="-c search_path=rentaxis") as connection:
        connection.execute(statement, values)  # pyright: ignore[reportArgumentType] - a test's own text


def since(url: str, instant: dt.datetime) -> list[Version]:
    with snapshot(url) as connection:
        return versions.changed_since(connection, instant, "1", NEW_YORK)


def clock(url: str) -> dt.datetime:
    with snapshot(url) as connection:
        return versions.now(connection)


@pytest.mark.parametrize("source_type", TYPES)
def test_a_version_says_of_a_record_what_its_extract_says(rentaxis, source_type: str) -> None:
    """Day, instant of the last change, and payer are those of the record as it is pushed, for every record of the portfolio."""
    frame = extract(rentaxis, TYPES[source_type], SIX_MONTHS, "1", NEW_YORK)
    assert len(frame) > 0
    found = versions.versions_of(
        rentaxis, [(source_type, source_id) for source_id in frame["source_id"]], "1", NEW_YORK
    )
    assert len(found) == len(frame)
    for row in frame.to_dict("records"):
        version = found[source_type, row["source_id"]]
        assert (version.day, version.changed_at) == (row["day"], row["updated_at"])
        if row.get("payer"):
            payer = row["payer"]
            assert (version.party_type, version.party_id, version.party_changed_at) == (
                payer["kind"],
                payer["source_id"],
                payer["updated_at"],
            )
        if row.get("vendor"):
            assert version.party_type == "vendor"
        if source_type == "payment":
            paid = [each["invoice_id"] for each in row["allocations"]]
            refunded = [f"refund/{each['source_id']}" for each in row["refunds"]]
            assert sorted(version.pays) == sorted(paid + refunded)


def test_only_records_asked_for_and_of_the_organization_are_told(rentaxis) -> None:
    """An id that belongs to nobody, and one of the other organization, are simply not there."""
    asked = [("invoice", "1"), ("invoice", "no-such-id"), ("tenant", "-1")]
    assert set(versions.versions_of(rentaxis, asked, "1", NEW_YORK)) == {("invoice", "1")}
    assert versions.versions_of(rentaxis, [("invoice", "1")], "2", NEW_YORK) == {}
    assert versions.versions_of(rentaxis, [], "1", NEW_YORK) == {}


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("update invoices set memo = 'x', updated_at = clock_timestamp() where id = 3", ("invoice", "3")),
        (
            "update invoice_lines set amount = 1, updated_at = clock_timestamp() where invoice_id = 3",
            ("invoice", "3"),
        ),
        (
            "update payment_allocations set deleted_at = clock_timestamp() where payment_id = 4",
            ("payment", "4"),
        ),
        ("update expenses set amount = 1, updated_at = clock_timestamp() where id = 5", ("expense", "5")),
        ("update programs set name = 'x', updated_at = clock_timestamp() where id = 1", ("program", "1")),
    ],
)
def test_what_changed_since_an_instant_is_told_children_and_all(
    rentaxis_database: str, statement: str, expected: tuple[str, str]
) -> None:
    before = clock(rentaxis_database)
    assert since(rentaxis_database, before) == []
    change(rentaxis_database, statement)
    assert [(one.source_type, one.source_id) for one in since(rentaxis_database, before)] == [expected]


def test_a_changed_payer_is_told_itself_and_its_invoices_know_of_it(rentaxis_database: str) -> None:
    """Changed since: the tenant alone. Asked about one of its invoices: the payer's change stands beside the invoice's own."""
    before = clock(rentaxis_database)
    with snapshot(rentaxis_database) as connection:
        invoice = versions.versions_of(connection, [("invoice", "3")], "1", NEW_YORK)["invoice", "3"]
    assert invoice.party_type == "tenant"
    change(
        rentaxis_database,
        "update tenants set phone = '1', updated_at = clock_timestamp() where id = %s",
        invoice.party_id,
    )
    assert [(one.source_type, one.source_id) for one in since(rentaxis_database, before)] == [
        ("tenant", invoice.party_id)
    ]
    with snapshot(rentaxis_database) as connection:
        after = versions.versions_of(connection, [("invoice", "3")], "1", NEW_YORK)["invoice", "3"]
    assert after.changed_at == invoice.changed_at
    assert after.party_changed_at is not None and after.party_changed_at > before


def test_changes_come_oldest_first(rentaxis_database: str) -> None:
    """So that a cursor may stop anywhere."""
    found = since(rentaxis_database, LONG_AGO)
    assert {one.source_type for one in found} == {
        *TYPES,
        "credit",
        "credit_application",
        "deposit",
        "deposit_settlement",
        "journal_entry",
        "paper",
        "refund",
    }
    assert [one.changed_at for one in found] == sorted(one.changed_at for one in found)
