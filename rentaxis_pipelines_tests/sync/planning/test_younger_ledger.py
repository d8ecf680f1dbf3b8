"""A ledger that is younger than the books: what is read to notice it, what is never overwritten, and what a copy is not."""

import datetime as dt
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from rentaxis_pipelines.model.marker import parse_marker
from rentaxis_pipelines.settings import Company
from rentaxis_pipelines.sync.behind import why_behind
from rentaxis_pipelines_tests.support import ledger_copies
from rentaxis_pipelines_tests.support.accountant import Accountant

RANGE = {"first_day": dt.date(2026, 9, 1), "last_day": dt.date(2026, 9, 30)}
WHOLE = {"first_day": dt.date(2026, 5, 1), "last_day": dt.date(2026, 10, 31)}
TYPES = ("customers", "invoices", "payments", "expenses")


@pytest.fixture
def books(chain) -> Accountant:
    """The company, which takes a number twice and ignores request ids: nothing but us keeps a record from being doubled."""
    accountant = Accountant(chain.quickbooks)
    accountant.control("switches", {"warn_duplicate_numbers": False, "requestid": "ignored"})
    return accountant


@pytest.fixture
def invoice(chain) -> dict[str, Any]:
    """An invoice of September that nobody has paid."""
    (found,) = chain.rentaxis(
        "select i.id::text, invoice_number, invoice_date, total_amount from invoices i where organization_id = 1 and status in ('sent', 'overdue')"
        " and deleted_at is null and billed_to_type = 'tenant' and invoice_date between '2026-09-01' and '2026-09-30'"
        " and not exists (select from payment_allocations a where a.invoice_id = i.id) order by i.id limit 1"
    )
    return found


def ledger(chain: Any, *statements: str) -> None:
    with psycopg.connect(chain.environment.pipelines_database_url.get_secret_value()) as connection:
        for statement in statements:
            connection.execute(statement)  # pyright: ignore[reportArgumentType] - a test's own text


def lose(chain: Any) -> None:
    """All that the ledger knows, but for the sign-in."""
    kept = ("ledger_version", "oauth_tokens")
    with psycopg.connect(chain.environment.pipelines_database_url.get_secret_value()) as connection:
        tables = connection.execute("select tablename from pg_tables where schemaname = 'ledger'").fetchall()
        names = ", ".join(f"ledger.{name}" for (name,) in tables if name not in kept)
        connection.execute(f"truncate {names}")  # pyright: ignore[reportArgumentType] - a test's own text


@contextmanager
def restored(chain: Any) -> Any:
    """The ledger afterwards is the one from before the block."""
    with psycopg.connect(
        chain.environment.pipelines_database_url.get_secret_value(), autocommit=True
    ) as connection:
        found = connection.execute("select tablename from pg_tables where schemaname = 'ledger'").fetchall()
        names = [name for (name,) in found if name != "ledger_version"]
        ledger_copies.keep(connection, "backup", names)
        yield
        ledger_copies.put_back(connection, "backup", names)


def calls(books: Accountant, since: int, *kinds: str) -> list[str]:
    """What was asked of QuickBooks after call number ``since``: statements, paths."""
    found = [one for one in books.control(f"log?since={since}") if one["kind"] in kinds]
    return [one["query"].get("query") or one["request_body"] or one["path"] for one in found]


def last(books: Accountant) -> int:
    return int(books.control("")["log"]["last"])


def with_policy(chain: Any, adopt: str) -> None:
    policies = chain.company.policies.model_copy(update={"adopt": adopt})
    chain.company = Company.model_validate(chain.company.model_copy(update={"policies": policies}))


def edited(books: Accountant, invoice: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The invoice in QuickBooks after a person changed it there."""
    found = books.of("invoice", invoice["id"])
    return books.control("hand", {"deed": "edit", "entity": "Invoice", "id": found["Id"], "fields": fields})


def test_a_run_that_creates_reads_once_for_our_own_and_once_in_two_hundred_rows_for_numbers(
    chain, books
) -> None:
    """Under any policy. A run that creates nothing new reads what it always did: the lists' changes and the preferences."""
    with_policy(chain, "never")
    before = last(books)
    chain.sync("customers", **WHOLE)
    # The ledger knew nothing of transactions: each of the nine types is read once, whole, whatever the company pushes now.
    assert len([one for one in calls(books, before, "read") if "TxnDate >=" in one]) == 9

    before = last(books)
    rows = chain.sync("invoices", **WHOLE)
    made = sum(row.status == "created" and row.source_type == "invoice" for row in rows.values())
    asked = calls(books, before, "read")
    assert made > 200
    assert len([one for one in asked if "DocNumber IN" in one]) == -(-made // 200)
    assert len(asked) == 2 + 1 + -(-made // 200), asked

    before = last(books)
    rows = chain.sync("payments", **RANGE)
    assert 0 < sum(row.status == "created" and row.source_type == "payment" for row in rows.values()) <= 200
    asked = calls(books, before, "read")
    assert len(asked) == 2 + 1 + 1, asked

    before = last(books)
    chain.sync("payments", **RANGE)
    assert len(calls(books, before, "read")) == 2


@pytest.mark.parametrize("policy", ["always", "ask", "never"])
def test_a_lost_ledger_takes_everything_back_and_leaves_what_a_person_changed(
    chain, books, invoice, policy: str
) -> None:
    """The portfolio of the demo: customers, vendors, all four record types. Only the row a person changed is reported."""
    with_policy(chain, policy)
    first = chain.sync(*TYPES, **RANGE)
    edited(books, invoice, DueDate="2026-12-24")
    standing = {
        entity: books.all(entity)
        for entity in ("Customer", "Vendor", "Invoice", "Payment", "Purchase", "Bill")
    }
    lose(chain)
    before = last(books)
    again = chain.sync(*TYPES, **RANGE)
    assert not [row for row in again.values() if row.status in ("created", "updated")]
    assert not calls(books, before, "write", "batch")
    assert {entity: books.all(entity) for entity in standing} == standing
    row = again["invoice", invoice["id"]]
    assert (row.status, row.reason_code) == ("failed", "changed_in_quickbooks")
    assert "differs in due date" in row.reason
    failed = {key for key, one in first.items() if one.status == "failed"}
    assert {key for key, one in again.items() if one.status == "failed"} == failed | {
        ("invoice", invoice["id"])
    }
    # With force RentAxis' version is put back.
    row = chain.sync("invoices", force=True, **RANGE)["invoice", invoice["id"]]
    assert row.status == "updated"
    assert chain.sync("invoices", **RANGE)["invoice", invoice["id"]].reason_code == "unchanged"


def test_a_restored_link_does_not_overwrite_what_a_person_changed_since(chain, books, invoice) -> None:
    """RentAxis changed too, and the restored ledger knows neither: QuickBooks' token is newer, so the row is looked at, then reported."""
    chain.sync(*TYPES, **RANGE)
    with restored(chain):
        edited(books, invoice, DueDate="2026-12-24")
    chain.rentaxis("update invoices set memo = 'corrected', updated_at = now() where id = %s", invoice["id"])
    row = chain.sync("invoices", **RANGE)["invoice", invoice["id"]]
    assert (row.status, row.reason_code) == ("failed", "changed_in_quickbooks")
    assert books.of("invoice", invoice["id"])["DueDate"] == "2026-12-24"


def test_an_old_answer_is_no_proof_of_what_stands_now(chain, books, invoice) -> None:
    """RentAxis went back and forth while the ledger is one that saw nothing of it; QuickBooks repeats the answers of ids it knows."""
    books.control("switches", {"requestid": "documented"})
    chain.sync(*TYPES, **RANGE)
    with restored(chain):
        for memo in ("one", "two"):
            chain.rentaxis(
                "update invoices set memo = %s, updated_at = now() where id = %s", memo, invoice["id"]
            )
            assert chain.sync("invoices", **RANGE)["invoice", invoice["id"]].status == "updated"
    chain.rentaxis("update invoices set memo = 'one', updated_at = now() where id = %s", invoice["id"])
    row = chain.sync("invoices", **RANGE)["invoice", invoice["id"]]
    assert books.of("invoice", invoice["id"])["PrivateNote"].splitlines()[1] == "two"
    assert (row.status, row.reason_code) == ("failed", "changed_in_quickbooks")
    chain.let_force_overwrite()
    assert chain.sync("invoices", force=True, **RANGE)["invoice", invoice["id"]].status == "updated"
    assert books.of("invoice", invoice["id"])["PrivateNote"].splitlines()[1] == "one"


def test_a_copy_a_person_made_of_ours_is_not_ours(chain, books, invoice) -> None:
    """It carries the mark as well. With the original gone it is not taken for it either: another number, day and total."""
    chain.sync(*TYPES, **RANGE)
    original = books.of("invoice", invoice["id"])
    (line,) = [{**original["Line"][0], "Id": None, "Amount": 1}]
    copy = chain.write(
        "Invoice",
        {
            "CustomerRef": {"value": original["CustomerRef"]["value"]}, "DocNumber": "COPY-1", "TxnDate": "2026-08-09",
            "PrivateNote": original["PrivateNote"], "Line": [{key: value for key, value in line.items() if key != "Id" and key != "LineNum"}],
        },
    )  # fmt: skip
    lose(chain)
    row = chain.sync(*TYPES, **RANGE)["invoice", invoice["id"]]
    assert (row.reason_code, row.quickbooks_id) == ("unchanged", original["Id"])
    books.control("hand", {"deed": "delete", "entity": "Invoice", "id": original["Id"]})
    lose(chain)
    row = chain.sync(*TYPES, **RANGE)["invoice", invoice["id"]]
    assert (row.status, row.reason_code) == ("failed", "changed_in_quickbooks")
    (standing,) = [one for one in books.all("Invoice") if one["Id"] == copy["Id"]]
    assert (standing["SyncToken"], Decimal(standing["TotalAmt"])) == ("0", Decimal(1))


def test_what_was_made_and_voided_while_the_ledger_was_away_is_voided_there(chain, books, invoice) -> None:
    """To the restored ledger it is a record voided before it was ever pushed, which it hears of for the first time: so it looks."""
    chain.sync("customers", **RANGE)
    with restored(chain):
        chain.sync("invoices", **RANGE)
    chain.rentaxis("update invoices set status = 'void', updated_at = now() where id = %s", invoice["id"])
    row = chain.sync("invoices", **RANGE)["invoice", invoice["id"]]
    assert (row.status, row.action) == ("updated", "void")
    assert books.of("invoice", invoice["id"])["TotalAmt"] == 0


def test_what_a_person_voided_is_not_made_live_again(chain, books, invoice) -> None:
    """The ledger is lost, RentAxis still wants the invoice: reported. Force is a person's word."""
    chain.sync(*TYPES, **RANGE)
    books.control(
        "hand", {"deed": "void", "entity": "Invoice", "id": books.of("invoice", invoice["id"])["Id"]}
    )
    lose(chain)
    row = chain.sync("invoices", **RANGE)["invoice", invoice["id"]]
    assert (row.status, row.reason_code) == ("failed", "changed_in_quickbooks")
    assert "is void there" in row.reason
    assert len(books.all_of("invoice", invoice["id"])) == 1


def test_our_own_of_a_record_rentaxis_does_not_have_is_reported_not_voided(chain, books, invoice) -> None:
    """It may be of a RentAxis that was set up anew; a ledger that pushed it would have voided it."""
    chain.sync(*TYPES, **RANGE)
    lose(chain)
    chain.rentaxis("delete from invoice_lines where invoice_id = %s", invoice["id"])
    chain.rentaxis("delete from invoices where id = %s", invoice["id"])
    chain.sync(*TYPES, **RANGE)
    row = chain.sync("invoices", **RANGE)["invoice", invoice["id"]]
    assert (row.status, row.reason_code) == ("failed", "changed_in_quickbooks")
    assert "RentAxis has no such record" in row.reason
    assert books.of("invoice", invoice["id"])["TotalAmt"] != 0


def test_customers_we_made_are_ours_again_also_where_a_person_renamed_them(chain, books) -> None:
    """By the mark in their notes, without e-mail and without a question; a later change in RentAxis goes to them, the name stays."""
    rows = chain.sync("customers", **WHOLE)
    made = [row for key, row in rows.items() if key[0] == "tenant" and row.status == "created"]
    one = made[0]
    books.control(
        "hand",
        {
            "deed": "edit",
            "entity": "Customer",
            "id": one.quickbooks_id,
            "fields": {"DisplayName": "Their own name"},
        },
    )
    for other in made:
        chain.rentaxis("update tenants set email = null where id::text = %s", other.source_id)
    before = len(books.all("Customer"))
    lose(chain)
    again = chain.sync("customers", **WHOLE)
    assert len(books.all("Customer")) == before
    assert not [row for row in again.values() if row.status == "created"]
    asked = {key for key in chain.questions() if key[0] == "tenant"}
    assert not asked & {("tenant", row.source_id) for row in made}
    chain.rentaxis(
        "update tenants set phone = '(555) 010-0007', updated_at = now() where id::text = %s", one.source_id
    )
    assert chain.sync("customers", **WHOLE)["tenant", one.source_id].status == "updated"
    (standing,) = [found for found in books.all("Customer") if found["Id"] == one.quickbooks_id]
    assert (standing["DisplayName"], standing["PrimaryPhone"]["FreeFormNumber"]) == (
        "Their own name",
        "(555) 010-0007",
    )


def test_check_says_that_the_ledger_is_behind_and_up_to_when_it_knows(chain, books) -> None:
    """One that is up to date is not called behind, nor is one in the middle of what an earlier run left open."""
    chain.sync("customers", **WHOLE)
    assert why_behind(chain.environment, chain.company) is None
    with restored(chain):
        chain.sync("invoices", **RANGE)
        assert why_behind(chain.environment, chain.company) is None
    made = len([one for one in books.all("Invoice") if parse_marker(one.get("PrivateNote"))])
    behind = why_behind(chain.environment, chain.company)
    assert behind is not None
    assert f"has {made} transactions with our mark that it does not know ({made} Invoice)" in behind
    assert "It knows QuickBooks up to 20" in behind
    lose(chain)
    lost = why_behind(chain.environment, chain.company)
    assert lost is not None
    assert f"({made} Invoice)" in lost
    assert "up to" not in lost
    chain.sync("invoices", **RANGE)
    assert why_behind(chain.environment, chain.company) is None
