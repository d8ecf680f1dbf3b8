"""Mistakes made while fitting the staging SQL to a database: each is caught by ``source check`` and by a run, before anything is sent.

The demo's models, one file of them changed as somebody might. A mistake is caught where file and column are named.
"""

import datetime as dt
import re
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import psycopg
import pytest

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.demo import postgres as embedded
from rentaxis_pipelines.rentaxis.database import SourceError
from rentaxis_pipelines.rentaxis.folder import STAGING_FOLDER
from rentaxis_pipelines.rentaxis.workbench import look_at
from rentaxis_pipelines_tests.support.accountant import Accountant
from rentaxis_pipelines_tests.support.chain import Chain, connected
from rentaxis_pipelines_tests.support.quickbooks import as_new

NEW_YORK = ZoneInfo("America/New_York")


class Mistake(NamedTuple):
    """``old`` in ``file`` becomes ``new``; the look at ``model`` and a run say ``said``, a pattern with the file and the column."""

    file: str
    old: str
    new: str
    model: str
    said: str


MISTAKES = {
    "money in cents": Mistake(
        "invoices", "chosen.total_amount,", "(chosen.total_amount * 100)::bigint as total_amount,", "invoices",
        r"invoices\.sql returns total_amount as int8; a whole number is either cents",
    ),
    "cents divided by a whole number": Mistake(
        "payments", "    chosen.amount,", "    (chosen.amount * 100)::bigint / 100 as amount,", "payments",
        r"payments\.sql returns amount as int8; a whole number is either cents, or dollars that lost their cents in a division",
    ),
    "... and cast afterwards": Mistake(
        "payments", "    chosen.amount,", "    (((chosen.amount * 100)::bigint) / 100)::numeric(12, 2) as amount,", "payments",
        r"payments\.sql divides whole numbers \(.* / 100\), which drops the cents",
    ),
    "money without a scale": Mistake(
        "expenses", "expense.amount,", "(expense.amount * 100)::bigint / 100.0 as amount,", "expenses",
        r"expenses\.sql returns amount as numeric; money must declare its decimals.*Write \(amount\)::numeric\(12,2\)",
    ),
    "cents cast to numeric without decimals": Mistake(
        "expenses", "expense.amount,", "(expense.amount * 100)::numeric(12, 0) as amount,", "expenses",
        r"expenses\.sql returns amount as numeric with 0 decimals; money must have two decimals",
    ),
    "money as a float": Mistake(
        "invoices", "chosen.balance_due,", "chosen.balance_due::float8 as balance_due,", "invoices",
        r"invoices\.sql returns balance_due as float8; a float is not exact",
    ),
    "money as Postgres' money": Mistake(
        "payments", "    chosen.amount,", "    chosen.amount::money as amount,", "payments", r"payments\.sql returns amount as money; money must be",
    ),
    "a number inside JSON": Mistake(
        "invoices", "line.amount::text", "line.amount", "invoices",
        r"invoices\.sql returns lines\.amount as a number; it must be text with two decimals",
    ),
    "cents inside JSON": Mistake(
        "invoices", "line.amount::text", "(line.amount * 100)::bigint::text", "invoices", r"invoices\.sql returns lines\.amount without its cents",
    ),
    "cents divided inside JSON": Mistake(
        "payments", "allocation.amount::text", "((allocation.amount * 100)::bigint / 100)::text", "payments",
        r"payments\.sql returns allocations\.amount without its cents",
    ),
    "a time without a zone": Mistake(
        "expenses", "    expense.deleted_at,", "    expense.deleted_at at time zone 'UTC' as deleted_at,", "expenses",
        r"expenses\.sql returns deleted_at as timestamp; it must be timestamptz",
    ),
    "... in one branch of a union": Mistake(
        "payers", "        program.created_at,\n", "        program.created_at at time zone 'America/New_York' as created_at,\n", "programs",
        r"programs\.sql returns (a )?different (day|created_at|.*rows).* session has another time zone",
    ),
    "... within greatest()": Mistake(
        "invoices", "greatest(chosen.created_at, chosen.updated_at,", "greatest(chosen.created_at, chosen.updated_at at time zone 'UTC',", "invoices",
        r"invoices\.sql returns a different updated_at when the session has another time zone",
    ),
    "... inside JSON": Mistake(
        "nested_payers", "'created_at', payer.created_at,", "'created_at', payer.created_at at time zone 'UTC',", "invoices",
        r"invoices\.sql returns payer\.created_at as a timestamp without its time zone",
    ),
    "the day of a timestamp": Mistake(
        "payers", "(everyone.created_at at time zone :timezone)::date as day", "everyone.created_at::date as day", "tenants",
        r"tenants\.sql returns a different day when the session has another time zone",
    ),
    "another organization's rows": Mistake(
        "invoices", "where invoice.organization_id = (select id from {{ ref('organization') }})", "where true", "invoices",
        r"invoices\.sql returns \d+ rows of another organization, or of no organization \(organization_id\)",
    ),
    "... under a false name": Mistake(
        "payments",
        "chosen.organization_id::text as organization_id,",
        ":organization_id as organization_id,",
        "payments",
        r"payments\.sql returns rows for an organization that does not exist \(organization_id\)",
    ),
    "no organization": Mistake(
        "expenses", "    expense.organization_id::text as organization_id,\n", "", "expenses", r"expenses\.sql returns no column organization_id",
    ),
    "days that were not requested": Mistake(
        "expenses", "    and (:day_after_last is null or expense.expense_date < :day_after_last)\n", "", "expenses",
        r"expenses\.sql returns \d+ rows of days that were not requested \(day\)",
    ),
    "the day of another date": Mistake(
        "invoices", "chosen.invoice_date as day", "chosen.due_date as day", "invoices", r"invoices\.sql returns \d+ rows? whose day is not their invoice_date",
    ),
    "a helper that doubles rows": Mistake(
        "vendors", "from {{ source('vendors') }} as vendor\n", "from {{ source('vendors') }} as vendor cross join (values (1), (2)) as twice (n)\n", "expenses",
        r"expenses\.sql returns \d+ rows of \d+ with a source_id that occurs more than once.*vendors\.sql returns the same id more than once",
    ),
    "a type that is not synced": Mistake(
        "integration_settings", "connection.enabled_types::text[]", "array['Leases', 'Invoices']", "integration_settings",
        r"integration_settings\.sql returns enabled_types as 'Leases', which is not one of: customers, invoices",
    ),
    "a direction nobody knows": Mistake(
        "integration_settings", "connection.sync_direction,", "'outgoing' as sync_direction,", "integration_settings",
        r"integration_settings\.sql returns sync_direction as 'outgoing', which is not one of: to_quickbooks",
    ),
    "two rows of settings": Mistake(
        "integration_settings", "from {{ ref('organization') }} as organization", "from {{ ref('organization') }} as organization cross join (values (1), (2)) as n",
        "integration_settings", r"integration_settings\.sql returns 2 rows; it must return one row per organization",
    ),
    "an origin nobody knows": Mistake(
        "imported_links", "'origin', link.origin", "'origin', 'came from there'", "payments",
        r"(programs|payments)\.sql returns (payer\.|allocations\.)?(imported_link|invoice_link)\.origin as 'came from there', which is not one of: imported, pushed",
    ),
    "a key that is missing": Mistake(
        "accounts", "'type', account.type", "'kind', account.type", "invoices", r"invoices\.sql returns no lines\.account\.type",
    ),
    "an id as a number": Mistake(
        "payments", "chosen.id::text as source_id", "chosen.id as source_id", "payments", r"payments\.sql returns source_id as int8; it must be text",
    ),
    "a version without its zone": Mistake(
        "payer_versions", "payer.updated_at as changed_at", "payer.updated_at at time zone 'UTC' as changed_at", "payer_versions",
        r"payer_versions\.sql returns changed_at as timestamp; it must be timestamptz",
    ),
    "a payer's id as a number": Mistake(
        "imported_payers", "link.entity_id::text as source_id", "link.entity_id as source_id", "imported_payers",
        r"imported_payers\.sql returns source_id as int8; it must be text",
    ),
    "money of words in cents": Mistake(
        "words_in_use", "coalesce(sum(said.amount), 0)::numeric(20, 2)", "coalesce(sum(said.amount), 0)", "words_in_use",
        r"words_in_use\.sql returns money as numeric; money must declare its decimals",
    ),
    "no children instead of none": Mistake(
        "payments", "coalesce(allocations.allocations, '[]')", "allocations.allocations", "payments", r"payments\.sql returns an empty allocations \d+ times",
    ),
    "a column the database has not": Mistake(
        "expenses", "expense.due_date,", "expense.due_by as due_date,", "expenses",
        r"column expense\.due_by does not exist.*expenses\.sql, line \d+",
    ),
}  # fmt: skip


def everything(books: Accountant) -> int:
    """How many things there are that a run writes."""
    return sum(
        len(books.all(kind)) for kind in ("Customer", "Vendor", "Invoice", "Payment", "Purchase", "Bill")
    )


@pytest.fixture(scope="module")
def chain(
    postgres: embedded.Server, rentaxis_template: str, ledger_template: str, quickbooks_server: Emulator
) -> Iterator[tuple[Chain, Accountant, int]]:
    """The demo portfolio, the demo company before anything was pushed, and how much there is in it."""
    source, pipelines = f"mistaken_{uuid.uuid4().hex}", f"pipelines_{uuid.uuid4().hex}"
    source_url = postgres.create_database(source, template=rentaxis_template)
    with psycopg.connect(source_url, autocommit=True) as connection:
        # Changed by nobody, they are as new as the portfolio: so that the zone-less one is the newest of its row.
        connection.execute("update rentaxis.invoices set updated_at = updated_at + interval '40 days'")
        # A payment of the range that pays no invoice.
        connection.execute(
            "update rentaxis.payments set payment_date = '2026-06-10' where id = (select min(payment_id) from rentaxis.payment_allocations)"
        )
        connection.execute(
            "delete from rentaxis.payment_allocations where payment_id = (select min(payment_id) from rentaxis.payment_allocations)"
        )
    url = postgres.create_database(pipelines, template=ledger_template)
    with connected(source_url, url, as_new(quickbooks_server)) as one:
        books = Accountant(quickbooks_server)
        yield one, books, everything(books)
    postgres.drop_database(source)
    postgres.drop_database(pipelines)


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_the_adapter_is_caught_by_the_workbench_and_by_a_run(
    chain: tuple[Chain, Accountant, int], tmp_path: Path, monkeypatch, name: str
) -> None:
    """Both name the file and the column, and nothing is sent: the books are as empty after all of them as before."""
    made = MISTAKES[name]
    one, books, before = chain
    shutil.copytree(STAGING_FOLDER, tmp_path / "staging")
    file = tmp_path / "staging" / f"{made.file}.sql"
    text = file.read_text(encoding="utf-8")
    assert text.count(made.old) >= 1
    file.write_text(text.replace(made.old, made.new), encoding="utf-8")
    if name == "... under a false name":
        text = file.read_text(encoding="utf-8")
        file.write_text(
            text.replace("payment.organization_id = (select id from {{ ref('organization') }})", "true"),
            encoding="utf-8",
        )
    adapted = one.environment.model_copy(update={"rentaxis_sql_folder": tmp_path / "staging"})
    monkeypatch.setattr(one, "environment", adapted)
    look = look_at(adapted, made.model, NEW_YORK)
    assert re.search(made.said, " ".join(look.breaches)), look.breaches
    with pytest.raises(SourceError) as stopped:
        one.sync(last_day=dt.date(2026, 8, 31))  # not all there is
    assert re.search(made.said, str(stopped.value)), str(stopped.value)
    assert everything(books) == before


def test_the_demos_own_models_keep_to_the_contract(chain: tuple[Chain, Accountant, int]) -> None:
    """No look at any of them finds a breach, so what is found above is the mistake."""
    for model in sorted({made.model for made in MISTAKES.values()}):
        assert look_at(chain[0].environment, model, NEW_YORK).breaches == []
