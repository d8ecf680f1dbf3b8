"""What is entered in RentAxis, what an accountant reads in QuickBooks, and the chain between them: one company a module."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.demo import postgres as embedded
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.settings.company import Mappings
from rentaxis_pipelines_tests.support.accountant import Accountant
from rentaxis_pipelines_tests.support.chain import Chain
from rentaxis_pipelines_tests.support.rentaxis_records import RentAxisRecords
from rentaxis_pipelines_tests.support.running_company import RunningCompany, empty_company


@pytest.fixture(scope="module")
def company(
    postgres: embedded.Server, ledger_template: str, quickbooks_server: Emulator
) -> Iterator[RunningCompany]:
    """An empty organization, an empty ledger and the demo company, for all tests of a module."""
    with empty_company(postgres, ledger_template, quickbooks_server) as running:
        yield running


@pytest.fixture
def rentaxis(company: RunningCompany) -> RentAxisRecords:
    """Who enters what happens in RentAxis."""
    return company.rentaxis


@pytest.fixture
def accountant(company: RunningCompany) -> Accountant:
    """QuickBooks' books, as an accountant reads them."""
    return company.accountant


@pytest.fixture
def chain(company: RunningCompany) -> Iterator[Chain]:
    """The chain; what a test changes in the company file is as before afterwards."""
    chain = company.chain
    settings = chain.company
    yield chain
    chain.company = settings


@pytest.fixture
def sync(rentaxis: RentAxisRecords, chain: Chain) -> Callable[..., dict[tuple[str, str], RowResult]]:
    """One sync, after RentAxis has brought its balances up to date."""

    def run(*record_types: str, **choice: Any) -> dict[tuple[str, str], RowResult]:
        rentaxis.keep_accounts()
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
def credits_pushed(chain: Chain, accountant: Accountant) -> None:
    """A company that pushes credits and what they are applied to, with the products that QuickBooks needs for them."""
    if not any(item["Name"] == "Concession" for item in accountant.all("Item")):
        bad_debt = {"Name": "Bad Debt", "AccountType": "Expense", "AccountSubType": "BadDebts"}
        accountant.control("hand", {"deed": "create", "entity": "Account", "fields": bad_debt})
        for name, account in (("Concession", "Rental Income"), ("Bad Debt", "Bad Debt")):
            income = {"value": accountant.account(account)}
            fields = {"Name": name, "Type": "Service", "IncomeAccountRef": income}
            accountant.control("hand", {"deed": "create", "entity": "Item", "fields": fields})
    own = chain.company.mappings
    charges = {**own.charges, "concession": "Concession", "write_off": "Bad Debt"}
    invoice_accounts = {**own.invoice_accounts, "5950": "Bad Debt"}
    chain.company = chain.company.model_copy(
        update={
            "also_push": ("credits", "credit_applications"),
            "mappings": own.model_copy(update={"charges": charges, "invoice_accounts": invoice_accounts}),
        }
    )


@pytest.fixture
def closed_books(accountant: Accountant, sync: Callable[..., Any]) -> Iterator[Callable[[str | None], None]]:
    """Close QuickBooks' books through a day; they are open again afterwards."""

    def close(day: str | None) -> None:
        accountant.control("hand", {"deed": "close_books", "date": day})

    yield close
    close(None)
