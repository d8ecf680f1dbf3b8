"""Pushed records by what they were recorded with, on real Postgres: where each kind of record holds it, and nowhere else."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from rentaxis_pipelines.ledger import links
from rentaxis_pipelines.ledger.database import engine
from rentaxis_pipelines.ledger.mapped_uses import Place, Uses, uses_of
from rentaxis_pipelines.model.links import Link

NOW = dt.datetime(2026, 3, 1, 12, 30, tzinfo=dt.UTC)
REF = {"value": "7"}
OTHER = {"CustomerRef": REF, "DocNumber": "7", "ClassRef": REF}
PAYLOADS: dict[Place, list[dict[str, Any]]] = {
    "item": [{"Line": [{"Amount": 1}, {"SalesItemLineDetail": {"ItemRef": REF}}]}],
    "expense_account": [{"Line": [{"AccountBasedExpenseLineDetail": {"AccountRef": REF}}]}],
    "deposited_to": [{"DepositToAccountRef": REF}],
    "payment_method": [{"PaymentMethodRef": REF}],
    "paid_from": [
        {"AccountRef": REF},
        {"CheckPayment": {"BankAccountRef": REF}},
        {"CreditCardPayment": {"CCAccountRef": REF}},
    ],
    "payable": [{"APAccountRef": REF}],
}


def link(number: int, mapped: dict[str, Any], **changes: Any) -> Link:
    values: dict[str, Any] = {
        "realm": "r",
        "source_type": "invoice",
        "source_id": str(number),
        "quickbooks_type": "Invoice",
        "quickbooks_id": str(number),
        "sync_token": "0",
        "content_hash": "h",
        "mapped": mapped,
        "owned": [],
        "origin": "created",
        "total": Decimal("10.10"),
        "updated_at": NOW,
    }
    return Link(**{**values, **changes})


@pytest.fixture
def connection(ledger_database: str) -> Iterator[sa.Connection]:
    """Each kind of record once, and others that have the same id elsewhere, are void, or another company's."""
    payloads = [payload for every in PAYLOADS.values() for payload in every]
    every = [link(number, payload) for number, payload in enumerate([*payloads, OTHER])]
    every += [link(100 + number, payload, state="void") for number, payload in enumerate(payloads)]
    every += [link(200 + number, payload, realm="s") for number, payload in enumerate(payloads)]
    with engine(ledger_database).connect() as connection:
        links.save_links(connection, every)
        yield connection
    engine(ledger_database).dispose()


def test_records_are_found_where_they_hold_it_and_nowhere_else(connection: sa.Connection) -> None:
    for place, payloads in PAYLOADS.items():
        assert uses_of(connection, "r", [place], "7") == Uses(len(payloads), Decimal("10.10") * len(payloads))
        assert uses_of(connection, "r", [place], "70") == Uses(0, Decimal(0))
    assert uses_of(connection, "r", ["deposited_to", "paid_from"], "7").rows == 4
