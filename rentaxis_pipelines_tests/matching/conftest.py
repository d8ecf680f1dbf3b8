"""Payers, customers and links in as few words as a case needs."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from rentaxis_pipelines.ledger.people import Person
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.source_records import ImportedLink, Payer

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)


def make_payer(name: str | None, email: str | None = None, **more: Any) -> Payer:
    payer = Payer(
        kind="tenant", source_id="1", name=name, email=email, phone=None, address=None,
        payers_with_same_email=1 if email else 0, created_at=NOW, updated_at=NOW, deleted_at=None, imported_link=None,
    )  # fmt: skip
    imported = more.pop("imported", None)
    if imported is not None:
        more["imported_link"] = ImportedLink("Customer", imported, "imported")
    return msgspec.structs.replace(payer, **more)


def make_link(quickbooks_id: str, source_id: str = "1", source_type: str = "tenant", **more: Any) -> Link:
    link = Link(
        realm="1", source_type=source_type, source_id=source_id, quickbooks_type="Customer", quickbooks_id=quickbooks_id,
        sync_token="0", content_hash="", mapped={}, owned=[], origin="created", quickbooks_number="Ann Lee", updated_at=NOW,
    )  # fmt: skip
    return msgspec.structs.replace(link, **more)


def make_customer(quickbooks_id: str, name: str, email: str | None = None, active: bool = True) -> Person:
    return Person(quickbooks_id, name, email, active)


@pytest.fixture
def payer() -> Callable[..., Payer]:
    return make_payer


@pytest.fixture
def link() -> Callable[..., Link]:
    return make_link


@pytest.fixture
def customer() -> Callable[..., Person]:
    return make_customer
