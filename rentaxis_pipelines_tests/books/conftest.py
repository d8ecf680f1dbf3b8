"""A landlord in RentAxis, an accountant in QuickBooks, and the chain between them: one company a module."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.demo import postgres as embedded
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.settings.company import Mappings
from rentaxis_pipelines_tests.books.accountant import Accountant
from rentaxis_pipelines_tests.books.landlord import Landlord
from rentaxis_pipelines_tests.support.chain import Chain, connected
from rentaxis_pipelines_tests.support.quickbooks import as_new


@pytest.fixture(scope="module")
def office(
    postgres: embedded.Server, ledger_template: str, quickbooks_server: Emulator
) -> Iterator[tuple[Landlord, Chain, Accountant]]:
    """An empty organization, an empty ledger and the demo company, for all tests of a module."""
    name = uuid.uuid4().hex
    source, pipelines = f"rentaxis_{name}", f"pipelines_{name}"
    source_url = postgres.create_database(source, template="template0")
    landlord = Landlord(source_url)
    quickbooks = as_new(quickbooks_server)
    url = postgres.create_database(pipelines, template=ledger_template)
    with connected(source_url, url, quickbooks) as chain:
        yield landlord, chain, Accountant(quickbooks)
    landlord.connection.close()
    postgres.drop_database(source)
    postgres.drop_database(pipelines)


@pytest.fixture
def landlord(office: tuple[Landlord, Chain, Accountant]) -> Landlord:
    """Who enters what happens in RentAxis."""
    return office[0]


@pytest.fixture
def books(office: tuple[Landlord, Chain, Accountant]) -> Accountant:
    """QuickBooks' books, as an accountant reads them."""
    return office[2]


@pytest.fixture
def chain(office: tuple[Landlord, Chain, Accountant]) -> Iterator[Chain]:
    """The chain; what a test changes in the company file is as before afterwards."""
    company = office[1].company
    yield office[1]
    office[1].company = company


@pytest.fixture
def sync(landlord: Landlord, chain: Chain) -> Callable[..., dict[tuple[str, str], RowResult]]:
    """One sync, after RentAxis has brought its balances up to date."""

    def run(*record_types: str, **choice: Any) -> dict[tuple[str, str], RowResult]:
        landlord.keep_accounts()
        return chain.sync(*record_types, **choice)

    return run


@pytest.fixture
def policies(chain: Chain) -> Callable[..., None]:
    """Choose other policies in the company file, for this test."""

    def choose(**chosen: Any) -> None:
        changed = chain.company.policies.model_copy(update=chosen)
        chain.company = chain.company.model_copy(update={"policies": changed})

    return choose


@pytest.fixture
def mappings(chain: Chain) -> Callable[..., None]:
    """Other mappings in the company file, for this test."""

    def choose(**chosen: Any) -> None:
        changed = Mappings.model_validate(
            {**chain.company.mappings.model_dump(by_alias=True), **chosen}, strict=True
        )
        chain.company = chain.company.model_copy(update={"mappings": changed})

    return choose


@pytest.fixture
def closed_books(books: Accountant, sync: Callable[..., Any]) -> Iterator[Callable[[str | None], None]]:
    """Close QuickBooks' books through a day; they are open again afterwards."""

    def close(day: str | None) -> None:
        books.control("hand", {"deed": "close_books", "date": day})

    yield close
    close(None)
