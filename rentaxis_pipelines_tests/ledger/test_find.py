"""Looking records up in the ledger: by number, name, e-mail, amount and id; by indexes, in one company's books alone."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from rentaxis_pipelines.ledger import find, links, snapshots, transactions
from rentaxis_pipelines.ledger.database import connect
from rentaxis_pipelines.ledger.find import KnownKey
from rentaxis_pipelines.model.links import Link

REALM, OTHER = "9", "10"
AT = dt.datetime(2026, 11, 3, tzinfo=dt.UTC)
TYPES = ("tenant", "vendor", "invoice", "expense", "expense_payment")


def link(
    source_type: str, source_id: str, entity: str, quickbooks_id: str, number: str | None, **changes: Any
) -> Link:
    fields: dict[str, Any] = {"realm": REALM, "total": None, **changes}
    return Link(
        source_type=source_type, source_id=source_id, quickbooks_type=entity, quickbooks_id=quickbooks_id, sync_token="0",
        content_hash="h", mapped={}, owned=[], origin="created", quickbooks_number=number, updated_at=AT, **fields,
    )  # fmt: skip


@pytest.fixture
def connection(ledger_database: str) -> Iterator[sa.Connection]:
    with connect(ledger_database) as opened:
        links.save_links(
            opened,
            [
                link("invoice", "17", "Invoice", "145", "INV-42", total=Decimal("1250.00")),
                link("expense_payment", "5", "BillPayment", "150", "RX-B-5", total=Decimal("1250.00")),
                link("tenant", "9", "Customer", "58", "Ada Byron"),
                link("invoice", "18", "Invoice", "146", "INV-43", total=Decimal("7.00")),
                link("invoice", "99", "Invoice", "145", "INV-42", realm=OTHER, total=Decimal("1250.00")),
            ],
        )
        person = {
            "Id": "58",
            "SyncToken": "1",
            "DisplayName": "Byron, Ada",
            "PrimaryEmailAddr": {"Address": "Ada@example.com"},
        }
        snapshots.save_objects(opened, [snapshots.entry_of(REALM, "Customer", person)])
        renumbered = {"Id": "146", "SyncToken": "1", "DocNumber": "1042", "TxnDate": "2026-11-01"}
        transactions.keep_transactions(opened, REALM, "Invoice", [renumbered], AT)
        opened.commit()
        yield opened


def keys(found: list[KnownKey]) -> list[tuple[str, str, bool]]:
    return [(known.source_type, known.source_id, known.by_id) for known in found]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("inv-42", [("invoice", "17", False)]),
        ("1042", [("invoice", "18", False)]),
        ("ada byron", [("tenant", "9", False)]),
        ("BYRON, Ada", [("tenant", "9", False)]),
        ("ADA@EXAMPLE.COM", [("tenant", "9", False)]),
        ("17", [("invoice", "17", True)]),
        ("99", []),
        ("%", []),
        ("INV-4_", []),
    ],
)  # fmt: skip
def test_a_record_is_known_by_what_it_is_called_on_either_side(
    connection: sa.Connection, typed: str, found: list[tuple[str, str, bool]]
) -> None:
    """By the number or name we gave it or somebody gave it in QuickBooks since; by an id only as an id; nothing of another company's."""
    assert keys(find.called(connection, REALM, TYPES, typed, 50)) == found


def test_an_amount_is_exact(connection: sa.Connection) -> None:
    assert keys(find.of_amount(connection, REALM, TYPES, Decimal("1250.00"), 50)) == [
        ("expense_payment", "5", False),
        ("invoice", "17", False),
    ]
    assert len(find.of_amount(connection, REALM, TYPES, Decimal("1250.00"), 1)) == 1
    assert not find.of_amount(connection, REALM, ("invoice",), Decimal("1250.01"), 50)


def test_no_search_goes_through_a_whole_table(connection: sa.Connection) -> None:
    """Of ten thousand links none is read but by an index."""
    connection.execute(
        sa.text(
            """insert into ledger.links select :realm, 'invoice', 'x' || n, 'Invoice', 'x' || n, '0', 'h', '{}', '{}', 0, 'created', 'live',
                 'X-' || n, n from generate_series(1, 10000) n"""
        ),
        {"realm": REALM},
    )
    connection.commit()
    connection.execute(sa.text("analyze ledger.links"))
    connection.commit()
    counted = sa.text("select pg_stat_get_xact_tuples_returned('ledger.links'::regclass)")
    find.called(connection, REALM, TYPES, "X-77", 50)
    find.of_amount(connection, REALM, TYPES, Decimal(77), 50)
    # Tuples that a sequential scan of this transaction went through.
    assert connection.execute(counted).scalar_one() == 0
    connection.execute(sa.text("select count(content_hash) from ledger.links")).scalar_one()
    assert connection.execute(counted).scalar_one() >= 10_000


def test_a_transaction_is_given_as_last_seen(connection: sa.Connection) -> None:
    seen = find.transaction_of(connection, REALM, "Invoice", "146")
    assert seen is not None
    assert (seen.object["DocNumber"], seen.seen_at, seen.gone_at) == ("1042", AT, None)
    assert find.transaction_of(connection, OTHER, "Invoice", "146") is None
