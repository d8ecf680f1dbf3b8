"""The worked example of docs/adapter.md: another schema, only the SQL changed, and the same records come of it, and the same books."""

import datetime as dt
import re
import uuid
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import psycopg
import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.demo import postgres as embedded
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.record_types import BY_NAME, SOURCE
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.rentaxis import lookups, versions
from rentaxis_pipelines.rentaxis.contract import ADDED, OPTIONAL
from rentaxis_pipelines.rentaxis.extract import extract
from rentaxis_pipelines.rentaxis.folder import source_of
from rentaxis_pipelines.rentaxis.frames import RECORD_CLASSES, RECORD_TYPES, records_from_frame
from rentaxis_pipelines.rentaxis.integration import integration_settings
from rentaxis_pipelines.rentaxis.lookups import imported_customers
from rentaxis_pipelines.settings import SourceEnvironment
from rentaxis_pipelines_tests.books.general_ledger import in_quickbooks, parties_in_quickbooks
from rentaxis_pipelines_tests.support.accountant import Accountant
from rentaxis_pipelines_tests.support.chain import connected
from rentaxis_pipelines_tests.support.quickbooks import as_new

SECOND = Path(__file__).parents[2] / "docs" / "second_schema"
NEW_YORK = ZoneInfo("America/New_York")
ALL_TIME = DateRange(dt.date(2000, 1, 1), dt.date(2040, 1, 1))
# Versions and words of what the second schema does not keep.
OF_OPTIONAL_TYPES = (
    *("journal", "refund", "deposit_settlement"),
    *(
        f"use='{use}'"
        for use in ("credit", "settled", "banked", "deposit_line", "processor_fee", "return_fee")
    ),
)
LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def both(postgres: embedded.Server, rentaxis_template: str) -> Iterator[str]:
    """The demo portfolio in its own schema and in the second; neither has invoice numbers or payments of expenses,
    which the second schema does not know.
    """
    name = f"both_{uuid.uuid4().hex}"
    url = postgres.create_database(name, template=rentaxis_template)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("update rentaxis.invoices set invoice_number = null")
        # Nor does it keep payments of expenses: such a folder returns none.
        connection.execute("update rentaxis.expenses set status = 'unpaid' where status = 'partially_paid'")
        connection.execute("delete from rentaxis.expense_payments")
        # Nor addresses in parts, nor terms.
        for table in ("tenants", "vendors"):
            connection.execute(
                f"update rentaxis.{table} set mailing_street = null, mailing_city = null, mailing_state = null, mailing_zip = null"
            )  # pyright: ignore[reportCallIssue, reportArgumentType]  # built
        # Nor where tenants live: a lease that changes changes no tenant.
        connection.execute("update rentaxis.leases set updated_at = '2000-01-01', deleted_at = null")
        for table in ("vendors", "invoices", "expenses"):
            connection.execute(f"update rentaxis.{table} set terms = null")  # pyright: ignore[reportCallIssue, reportArgumentType]
        connection.execute((SECOND / "tables.sql").read_text(encoding="utf-8"))
    yield url
    postgres.drop_database(name)


def told_apart(record: Any) -> dict[str, Any]:
    """The record's fields. A word that is none of ours stays as each schema spells it, and is quoted in the reason; so both are left out."""
    fields = msgspec.to_builtins(record, builtin_types=(Decimal, dt.date, dt.datetime))
    fields.pop("problem")
    for payer in (fields, fields.get("payer") or {}):
        payer.pop("home", None)  # where a tenant lives the second schema does not return
    for one in (fields, *fields.get("allocations", ())):
        for name in ("status", "invoice_status", "method", "payment_method"):
            if isinstance(one.get(name), str):
                one[name] = one[name].lower().replace(" ", "_").replace("-", "_")
    return fields


def everything(url: str, folder: Path | None = None) -> dict[str, Any]:
    """All that is read of the source, by what it is."""
    settings = SourceEnvironment(
        rentaxis_database_url=SecretStr(url), rentaxis_organization_id="1", rentaxis_sql_folder=folder
    )
    with source_of(settings) as source:
        found: dict[str, Any] = {
            name: [
                told_apart(one)
                for one in records_from_frame(
                    extract(source, name, ALL_TIME, "1", NEW_YORK), RECORD_CLASSES[name]
                )
            ]
            for name in RECORD_TYPES
            if name not in OPTIONAL
        }
        found["versions"] = [
            # The second schema has no refunds that a payment could pay.
            msgspec.structs.replace(version, pays=[paid for paid in version.pays if "/" not in paid])
            for version in versions.changed_since(source, LONG_AGO, "1", NEW_YORK)
            if not SOURCE[version.source_type].optional
        ]
        found["settings"] = integration_settings(source, "1")
        found["imported"] = imported_customers(source, "1")
        in_use = lookups.words_in_use(source, "1", None)
        found["amounts"] = amounts(source, found)
        found["words"] = sorted(str(one).lower().replace(" ", "_") for one in in_use)
    return found


def amounts(source: sa.Connection, found: dict[str, Any]) -> list[lookups.Named]:
    """What is found of the three commonest amounts of each type, and of one that nothing comes to."""
    named: list[lookups.Named] = []
    for name, column in (("invoices", "total_amount"), ("payments", "amount"), ("expenses", "amount")):
        (kind,) = BY_NAME[name].sources
        common = Counter(record[column] for record in found[name] if record[column] is not None)
        for amount, times in [*common.most_common(3), (Decimal("0.07"), 0)]:
            of_amount = lookups.records_of_amount(source, kind, column, amount, "1", NEW_YORK, limit=5)
            assert len(of_amount) == min(times, 5)
            assert {record.amount for record in of_amount} <= {amount}
            named += of_amount
    return named


def test_another_schema_gives_the_same_records(both: str) -> None:
    """Every field of every record, every version, word and setting, in our spelling; ids of two tables are the same by its making."""
    first, second = everything(both), everything(both, SECOND / "staging")
    for name, found in first.items():
        if name in OPTIONAL:
            assert found
            assert second[name] == [], "the second schema keeps none"
            continue
        basic = (
            [one for one in found if not any(word in str(one) for word in OF_OPTIONAL_TYPES)]
            if name == "words"
            else found
        )
        added = ADDED.get(name, ())
        known, other = (
            [{key: one[key] for key in one if key not in added} for one in side] if added else side
            for side in (basic, second[name])
        )
        assert other == known, name
        assert found


def test_another_schema_ends_in_the_same_books(
    postgres: embedded.Server, ledger_template: str, quickbooks_server: Emulator, both: str, monkeypatch
) -> None:
    """To the cent, by account and day and by customer and vendor; every row ends as it did."""
    books = []
    for folder in ("", str(SECOND / "staging")):
        monkeypatch.setenv("RENTAXIS_SQL_FOLDER", folder)
        name = f"pipelines_{uuid.uuid4().hex}"
        url = postgres.create_database(name, template=ledger_template)
        with connected(both, url, as_new(quickbooks_server)) as chain:
            became = chain.sync()
            accountant = Accountant(quickbooks_server)
            books.append((in_quickbooks(accountant), parties_in_quickbooks(accountant), outcomes(became)))
        postgres.drop_database(name)
    first, second = books
    assert second == first
    assert len(first[0]) > 100


def outcomes(became: dict[tuple[str, str], RowResult]) -> dict[tuple[str, str], tuple[Any, ...]]:
    return {key: (one.status, one.reason_code, one.amount) for key, one in became.items()}


def test_the_page_shows_what_is_tested() -> None:
    """Each piece of SQL that docs/adapter.md takes from the second schema stands in one of its files, but for white space."""
    page = (SECOND.parent / "adapter.md").read_text(encoding="utf-8")
    part = page[page.index("## The second schema") : page.index("## What is refused")]
    pieces = re.findall(r"```sql\n(.*?)```", part, re.DOTALL)
    files = [" ".join(file.read_text(encoding="utf-8").split()) for file in SECOND.rglob("*.sql")]
    assert len(pieces) >= 8
    for piece in pieces:
        assert any(" ".join(piece.split()) in file for file in files), piece
