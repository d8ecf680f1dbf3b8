"""Commands and forms take a record by the name people know; they say what they found, and refuse what does not exist."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest
from click.testing import CliRunner, Result

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.cli.main import main
from rentaxis_pipelines.sync.which_record import described

WHY = ["--why", "test entry", "--who", "Dana"]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


def decided(database: str) -> list[tuple[str, str, str]]:
    with psycopg.connect(database) as connection:
        return connection.execute(
            "select kind, source_type, source_id from ledger.decisions order by decision_id"
        ).fetchall()


@pytest.fixture
def rows(rentaxis_database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(rentaxis_database, options="-c search_path=rentaxis", autocommit=True) as connection:
        yield connection


def first(rows: psycopg.Connection, statement: str) -> tuple[str, ...]:
    found = rows.execute(statement.encode()).fetchone()
    assert found is not None
    return tuple(str(value) for value in found)


INVOICE = """select id, invoice_number, total_amount from invoices
             where organization_id = 1 and type = 'receivable' and status = 'paid' order by id limit 1"""
TENANT = """select t.id, t.name, t.email from tenants t join organization_tenants o on o.tenant_id = t.id
            where o.organization_id = 1 and (select count(*) from tenants x where lower(x.name) = lower(t.name)) = 1
              and (select count(*) from tenants x where lower(x.email) = lower(t.email)) = 1 order by t.id limit 1"""
VENDOR = "select id, name from vendors where organization_id = 1 order by id limit 1"


def test_a_decision_is_about_the_record_a_person_names(
    stack: Emulator, database: str, rows: psycopg.Connection
) -> None:
    """By number, name or e-mail, upper and lower case alike, or by id; label, amount and day are said."""
    invoice, number, amount = first(rows, INVOICE)
    tenant, name, email = first(rows, TENANT)
    vendor, vendor_name = first(rows, VENDOR)
    expense, payable = first(
        rows,
        """select e.id, i.invoice_number from expenses e join invoices i on i.id = e.payable_invoice_id
           where e.organization_id = 1 limit 1""",
    )
    said = run("exclude", "invoice", number.lower(), *WHY)
    assert said.exit_code == 0, said.output
    assert f"Invoice {number}, {float(amount):,.2f}, " in said.stderr
    assert f"id {invoice}" in said.stderr
    for words in (
        ("include", "invoice", f"id:{invoice}"),
        ("exclude", "tenant", f"  {name.upper()} "),
        ("include", "tenant", email),
        ("exclude", "vendor", vendor_name),
        ("exclude", "expense", payable),
    ):
        done = run(*words, *WHY)
        assert done.exit_code == 0, done.output
    assert decided(database) == [
        ("exclude", "invoice", invoice),
        ("include", "invoice", invoice),
        ("exclude", "tenant", tenant),
        ("include", "tenant", tenant),
        ("exclude", "vendor", vendor),
        ("exclude", "expense", expense),
    ]


@pytest.mark.parametrize(
    "words",
    [
        ("exclude", "invoice", "INV-999999"),
        ("include", "payment", "0"),
        ("links", "unlink", "tenant", "Nobody Known"),
        ("links", "confirm", "vendor", "Nobody Known", "1"),
        ("record", "program", "nobody@example.com"),
        ("record", "expense", ""),
        ("exclude", "tenant", "id:Nobody Known"),
    ],
)
def test_what_does_not_exist_is_refused_before_anything_starts(
    stack: Emulator, database: str, words: tuple[str, ...]
) -> None:
    said = run(*words, *(WHY if words[0] != "record" else []))
    assert said.exit_code == 2
    assert "in this organization. Nothing was started." in said.output
    assert decided(database) == []


def test_another_organizations_record_does_not_exist_here(stack: Emulator, rows: psycopg.Connection) -> None:
    rows.execute(
        "update invoices set invoice_number = 'THEIRS-1' where id = (select min(id) from invoices where organization_id <> 1)"
    )
    assert run("exclude", "invoice", "THEIRS-1", *WHY).exit_code == 2


def test_where_several_fit_and_nobody_can_be_asked_they_are_listed(
    stack: Emulator, database: str, rows: psycopg.Connection
) -> None:
    """Exit code 2, each with amount and day; the exact spelling decides among numbers that differ in case only, and id: always does."""
    invoice, number, _ = first(rows, INVOICE)
    other, _ = first(
        rows,
        f"select id, 1 from invoices where organization_id = 1 and type = 'receivable' and id <> {invoice} limit 1",
    )
    rows.execute("update invoices set invoice_number = %s where id = %s", [invoice, other])
    said = run("exclude", "invoice", invoice, *WHY)
    assert said.exit_code == 2, said.output
    for part in (
        "2 invoices fit:",
        f"Invoice {number}, ",
        f"id {invoice}",
        f"id {other}",
        "Nothing was started",
    ):
        assert part in said.output
    assert run("record", "invoice", invoice).exit_code == 2
    assert run("exclude", "invoice", f"ID:{invoice}", *WHY).exit_code == 0
    assert decided(database) == [("exclude", "invoice", invoice)]

    rows.execute("update invoices set invoice_number = %s where id = %s", [number.lower(), other])
    assert run("exclude", "invoice", number.lower(), *WHY).exit_code == 0
    assert decided(database)[1:] == [("exclude", "invoice", other)]


def test_one_record_is_pushed_by_its_number_and_what_was_pushed_is_known_by_its_number_in_quickbooks(
    stack: Emulator, database: str, rows: psycopg.Connection
) -> None:
    """Also once RentAxis has it no longer."""
    invoice, number, _ = first(
        rows,
        """select i.id, invoice_number, 1 from invoices i where organization_id = 1 and type = 'receivable' and status = 'paid'
             and billed_to_type = 'tenant'
             and not exists (select from demo_cases c where c.entity_id in (i.id::text, i.billed_to_id::text))
           order by id limit 1""",
    )
    pushed = run("record", "invoice", number, "--json")
    assert pushed.exit_code == 0, pushed.output
    assert json.loads(pushed.stdout)["runs"][0]["results"]["invoices"]["created"] == 1
    assert f"Invoice {number}, " in pushed.stderr
    rows.execute("delete from payment_allocations where invoice_id = %s", [invoice])
    rows.execute("delete from invoice_lines where invoice_id = %s", [invoice])
    rows.execute("delete from invoices where id = %s", [invoice])
    gone = run("exclude", "invoice", number, *WHY)
    assert gone.exit_code == 0, gone.output
    assert f"Invoice {number}, " in gone.stderr
    assert decided(database) == [("exclude", "invoice", invoice)]


def test_a_decision_about_a_quickbooks_object_says_which_one_it_is(
    stack: Emulator, database: str, rows: psycopg.Connection
) -> None:
    """By its id or its name; the name is shown before anything is decided."""
    tenant, name, _ = first(
        rows,
        "select entity_id, t.name, 1 from demo_cases c join tenants t on t.id::text = c.entity_id where label = 'match_name_only'",
    )
    run("record", "tenant", f"id:{tenant}")
    (waiting,) = json.loads(run("links", "list", "--json").stdout)["waiting"]
    (candidate,) = waiting["candidates"]
    said = run("links", "confirm", "tenant", f"id:{tenant}", candidate["name"].upper(), *WHY)
    assert said.exit_code == 0, said.output
    assert f"In QuickBooks: customer {candidate['quickbooks_id']}, {candidate['name']}" in said.stderr
    assert f"Tenant {name}, " in said.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("exclude", "invoice", "1"),
        ("include", "invoice", "1"),
        ("links", "confirm", "tenant", "1", "2"),
        ("links", "unlink", "tenant", "1"),
        ("links", "make-new", "tenant", "1"),
        ("companies", "move"),
    ],
)
def test_without_a_terminal_a_missing_reason_is_a_usage_error(words: tuple[str, ...]) -> None:
    said = run(*words)
    assert said.exit_code == 2
    assert "Missing option '--why'" in said.output


def test_at_a_terminal_the_one_of_several_is_chosen_and_the_reason_asked_for(
    stack: Emulator, database: str, rows: psycopg.Connection
) -> None:
    """A numbered list, the answer, the reason: then it is decided."""
    invoice, _, _ = first(rows, INVOICE)
    other, _ = first(
        rows,
        f"select id, 1 from invoices where organization_id = 1 and type = 'receivable' and id <> {invoice} limit 1",
    )
    rows.execute("update invoices set invoice_number = %s where id = %s", [invoice, other])
    ours, theirs = pty.openpty()
    command = [
        sys.executable,
        "-m",
        "rentaxis_pipelines.cli.main",
        "exclude",
        "invoice",
        invoice,
        "--who",
        "Dana",
    ]
    with subprocess.Popen(
        command, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as asked:
        os.write(ours, b"7\n1\nentered twice\n")  # 7 is refused and asked again
        said, _ = asked.communicate(timeout=120)
    os.close(ours)
    os.close(theirs)
    assert asked.returncode == 0, said
    assert "Which one" in said
    chosen = min(invoice, other)  # by id, as text
    assert decided(database) == [("exclude", "invoice", chosen)]


def test_the_description_of_a_record_is_one_line() -> None:
    from rentaxis_pipelines.sync.which_record import Found

    assert described(Found(source_type="tenant", source_id="7", label="Tenant Ann")) == "Tenant Ann, id 7"
