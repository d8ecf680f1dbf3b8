"""The command line: bad input gets one clear sentence, exit code 2, and nothing is written; good input does its work."""

import csv
import datetime as dt
import json
import os
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
import requests
from click.testing import CliRunner, Result

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.cli.main import main
from rentaxis_pipelines.quickbooks.tokens import Token, encrypt

RANGE = ["--from", "2026-05-01", "--to", "2026-05-07"]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


def _wrong_company_file(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    faulty = folder / "company.yaml"
    faulty.write_text(
        "time_zone: America/New_York\nfirst_day: 2026-01-01\nmappings:\n  charge:\n    rent: Rent\n"
    )
    monkeypatch.setenv("RENTAXIS_COMPANY_FILE", str(faulty))


def _no_database(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("RENTAXIS_DATABASE_URL", "postgresql://rentaxis:secret-word@127.0.0.1:9/rentaxis")


def _wrong_password(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:

    right = os.environ["PIPELINES_DATABASE_URL"]
    password = right.split(":")[2].split("@")[0]
    monkeypatch.setenv("PIPELINES_DATABASE_URL", right.replace(password, "secret-word"))


def _missing_variable(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.delenv("QUICKBOOKS_CLIENT_SECRET")


def _wrong_client(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("QUICKBOOKS_CLIENT_SECRET", "secret-word")
    _expire_token()


def _expire_token() -> None:

    encrypted = encrypt(
        Token("old", "old", 0.0, os.environ["QUICKBOOKS_REALM_ID"]), os.environ["PIPELINES_SECRET_KEY"]
    )
    with psycopg.connect(os.environ["PIPELINES_DATABASE_URL"]) as connection:
        connection.execute("update ledger.oauth_tokens set encrypted = %s", [encrypted])


def _other_realm(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("QUICKBOOKS_REALM_ID", "123456")


def _nothing(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    pass


BAD_INPUT: list[tuple[str, Callable[[pytest.MonkeyPatch, Path], None], Sequence[str], str]] = [
    ("no database", _no_database, RANGE, "127.0.0.1:9"),
    ("wrong database password", _wrong_password, RANGE, "PIPELINES_DATABASE_URL"),
    ("a missing variable", _missing_variable, RANGE, "QUICKBOOKS_CLIENT_SECRET"),
    ("wrong QuickBooks credentials", _wrong_client, RANGE, "QUICKBOOKS_CLIENT_SECRET"),
    ("a company file with a typo", _wrong_company_file, RANGE, "mappings.charge is not a setting"),
    ("another QuickBooks company than RentAxis'", _other_realm, RANGE, "QUICKBOOKS_REALM_ID is 123456"),
    ("from after to", _nothing, ["--from", "2026-05-07", "--to", "2026-05-01"], "Swap the two"),
    ("a day before the first", _nothing, ["--from", "2025-12-31", "--to", "2026-01-02"], "2026-01-01"),
    ("a day too far ahead", _nothing, ["--from", "2026-05-01", "--to", "2999-01-01"], "days_ahead"),
    ("a range that begins too far ahead", _nothing, ["--from", "2999-01-01"], "days_ahead"),
    ("an unknown type", _nothing, [*RANGE, "--types", "invoices,leases"], "'leases' is not a record type"),
    ("no date at all", _nothing, ["--from", "yesterday", "--to", "2026-05-01"], "yesterday"),
]


@pytest.mark.parametrize(
    ("what", "break_it", "arguments", "sentence"), BAD_INPUT, ids=[case[0] for case in BAD_INPUT]
)
def test_bad_input_gets_one_sentence_and_exit_code_two_and_writes_nothing(
    stack: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    database: str,
    what: str,
    break_it: Callable[[pytest.MonkeyPatch, Path], None],
    arguments: Sequence[str],
    sentence: str,
) -> None:
    """The sentence names what is wrong; no secret is in it; neither the ledger nor QuickBooks has a row more."""
    break_it(monkeypatch, tmp_path)
    before = _counts(stack)
    result = run("bulk", *arguments)
    assert result.exit_code == 2, result.output
    assert sentence in result.output
    assert "Traceback" not in result.output
    assert "secret-word" not in result.output
    assert _counts(stack) == before
    with psycopg.connect(database) as connection:
        written = connection.execute(
            "select (select count(*) from ledger.plans) + (select count(*) from ledger.requests)"
        )
        assert written.fetchone() == (0,)


@pytest.mark.parametrize(
    ("given", "first", "last"),
    [
        ([], "2026-01-01", None),
        (["--from", "2026-10-01"], "2026-10-01", None),
        (["--to", "2026-01-31"], "2026-01-01", "2026-01-31"),
    ],
    ids=["no dates", "from alone", "to alone"],
)
def test_bulk_without_dates_is_everything_up_to_the_days_ahead(
    stack: Emulator, database: str, given: Sequence[str], first: str, last: str | None
) -> None:
    """From the first day of the company file to 31 days past today, where the company is; a date left out is that end of it."""
    ahead = dt.datetime.now(ZoneInfo("America/New_York")).date() + dt.timedelta(days=31)
    result = run("bulk", *given, "--types", "customers", "--preview", "--json")
    assert result.exit_code in (0, 1), result.output
    with psycopg.connect(database) as connection:
        asked = connection.execute(
            "select distinct first_day::text, last_day::text from ledger.plans"
        ).fetchall()
    assert asked == [(first, last or str(ahead))]


def test_days_without_a_record_are_said_and_are_no_error(stack: Emulator) -> None:
    """A range of days to come may hold nothing yet."""
    result = run("bulk", "--from", "2026-01-05", "--to", "2026-01-06", "--types", "invoices")
    assert result.exit_code == 0, result.output
    assert "there are no records on these days" in result.output
    unknown = run("results", "--run", "nobody's")
    assert unknown.exit_code == 2
    assert "no rows of run" in unknown.output


def _counts(stack: Emulator) -> dict[str, Any]:
    counts = requests.get(f"{stack.base_url}/_emulator/counts", timeout=60).json()
    return {name: entry for name, entry in counts.items() if isinstance(entry, dict)} | {
        "writes": counts["writes"],
        "batches": counts["batches"],
    }


def test_a_range_is_synced_shown_and_exported(stack: Emulator, tmp_path: Path) -> None:
    """``bulk`` pushes a week, ``results`` shows the same rows, CSV and Excel hold every one of them with its money."""
    synced = run("bulk", *RANGE, "--json")
    assert synced.exit_code == 1, synced.output  # the portfolio holds bad rows on purpose
    (done,) = json.loads(synced.stdout)["runs"]
    created = done["results"]["invoices"]["created"]
    assert created > 0

    listed = run("results", "--json")
    rows = json.loads(listed.stdout)
    assert sum(row["record_type"] == "invoices" and row["status"] == "created" for row in rows) == created

    files = run("results", "--csv", str(tmp_path / "rows.csv"), "--xlsx", str(tmp_path / "rows.xlsx"))
    assert files.exit_code == 1
    with (tmp_path / "rows.csv").open(encoding="utf-8-sig", newline="") as file:
        kept = list(csv.DictReader(file))
    assert len(kept) == len(rows)
    assert sum(Decimal(row["amount"]) for row in kept) == sum(Decimal(str(row["amount"])) for row in rows)
    assert (tmp_path / "rows.xlsx").read_bytes().startswith(b"PK")


def test_one_record_brings_its_customer_and_nothing_else(stack: Emulator, rentaxis_database: str) -> None:
    """``record payment`` pushes the payment, the invoice it pays and their customer; a second time nothing."""
    with psycopg.connect(rentaxis_database) as connection:
        found = connection.execute(
            """select a.payment_id from rentaxis.payment_allocations a
               join rentaxis.payments p on p.id = a.payment_id and p.status = 'completed' and p.organization_id = 1
               join rentaxis.invoices i on i.id = a.invoice_id and i.billed_to_id = p.payer_id and i.status = 'paid'
               join rentaxis.tenants t on t.id = p.payer_id and p.payer_type = 'tenant'
               where not exists (select from rentaxis.demo_cases c where c.entity_id in (p.id::text, i.id::text, t.id::text))
                 and p.payment_date between '2026-09-01' and '2026-10-20'
                 and not exists (select from rentaxis.payment_allocations o where o.payment_id = p.id and o.invoice_id <> i.id)
               group by a.payment_id having count(*) = 1 order by a.payment_id limit 1"""
        ).fetchone()
    assert found is not None
    pushed = run("record", "payment", str(found[0]), "--json")
    assert pushed.exit_code == 0, pushed.output
    counts = {
        name: group["created"]
        for name, group in json.loads(pushed.stdout)["runs"][0]["results"].items()
        if group["created"]
    }
    assert counts == {"customers": 1, "invoices": 1, "payments": 1}
    again = run("record", "payment", str(found[0]), "--json")
    results = json.loads(again.stdout)["runs"][0]["results"]
    assert results["payments"]["skipped"] == 1
    assert not any(group["created"] or group["updated"] for group in results.values())


def test_a_record_that_does_not_exist_is_said_in_a_sentence(stack: Emulator) -> None:
    assert "RentAxis has no invoice with the number or id 424242" in run("record", "invoice", "424242").output
    assert run("record", "lease", "1").exit_code == 2


def test_a_preview_says_what_would_be_done_and_sends_nothing(stack: Emulator) -> None:
    """Payments of invoices that the same preview would make are previewed too, not called waiting."""
    before = _counts(stack)
    result = run("bulk", "--from", "2026-05-01", "--to", "2026-05-31", "--preview", "--json")
    groups = json.loads(result.stdout)["runs"][0]["results"]
    assert groups["invoices"]["skipped"] > 0
    assert not any(group["created"] or group["updated"] for group in groups.values())
    assert _counts(stack) == before
    rows = json.loads(run("results", "--json").stdout)
    previewed = [row for row in rows if row["reason_code"] == "preview"]
    assert {"invoices", "payments", "expenses"} <= {row["record_type"] for row in previewed}


def test_a_preview_on_the_screen_says_what_would_be_done_and_why_not(
    stack: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counts by what would be done, and why the rest would be skipped; the same for scripts, with money."""
    monkeypatch.setattr(
        "rentaxis_pipelines.cli.runs._out._width", 200
    )  # no word is broken, whatever screen this is
    shown = run("bulk", *RANGE, "--preview").output
    for words in (
        "would create",
        "would update",
        "would void",
        "What would be skipped",
        "This was a preview",
    ):
        assert words in shown
    (told,) = json.loads(run("bulk", *RANGE, "--preview", "--json").stdout)["runs"]
    rows = json.loads(run("results", "--json").stdout)
    creates = [row for row in rows if row["record_type"] == "invoices" and row["reason_code"] == "preview"]
    assert told["would"]["invoices"]["would_create"] == {
        "rows": len(creates),
        "amount": f"{sum(Decimal(str(row['amount'])) for row in creates):.2f}",
    }


def test_what_the_guard_holds_back_is_one_sentence_and_goes_through_once_confirmed(
    stack: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Exit code 2, the rows listed as never sent, nothing in QuickBooks; force alone does not lift it."""
    guarded = tmp_path / "company.yaml"
    text = Path(os.environ["RENTAXIS_COMPANY_FILE"]).read_text()
    guarded.write_text(text.replace("first_rows: null", "first_rows: 1"))
    monkeypatch.setenv("RENTAXIS_COMPANY_FILE", str(guarded))
    before = _counts(stack)
    for more in ([], ["--force"]):
        held = run("bulk", *RANGE, "--types", "expenses", *more)
        assert held.exit_code == 2
        assert "The expenses of 2026-05-01 to 2026-05-07 would write" in held.output
        assert "--confirm-unusual" in held.output
        assert "Traceback" not in held.output
    assert _counts(stack) == before
    assert {
        row["reason_code"] for row in json.loads(run("results", "--status", "failed", "--json").stdout)
    } >= {"held_back"}

    confirmed = run("bulk", *RANGE, "--types", "expenses", "--confirm-unusual", "--json")
    assert confirmed.exit_code in (0, 1), confirmed.output
    assert json.loads(confirmed.stdout)["runs"][0]["results"]["expenses"]["created"] > 1


def test_check_names_what_is_good_and_what_is_not(
    stack: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What some records lack, and the demo leaves out on purpose: exit code 1, with the records behind it. Nothing lacking: 0. One
    mapping that QuickBooks does not have: named with its key, exit code 2.
    """
    found = run("check", "--json")
    lacking = [one["text"] for one in json.loads(found.stdout) if not one["good"]]
    assert [one.split(":")[0] for one in lacking] == [
        "mappings.expense_accounts.5999", "mappings.bank_accounts.1090",
    ]  # fmt: skip  # most money first
    assert all(" 1 record totaling " in one for one in lacking)
    assert found.exit_code == 1

    text = Path(os.environ["RENTAXIS_COMPANY_FILE"]).read_text()
    whole = tmp_path / "whole.yaml"
    whole.write_text(
        text.replace('    "5000": Repairs\n', '    "5000": Repairs\n    "5999": Repairs\n').replace(
            '    "1000": Checking\n', '    "1000": Checking\n    "1090": Checking\n'
        )
    )
    monkeypatch.setenv("RENTAXIS_COMPANY_FILE", str(whole))
    assert run("check").exit_code == 0, run("check").output

    text = Path(os.environ["RENTAXIS_COMPANY_FILE"]).read_text()
    wrong = tmp_path / "company.yaml"
    wrong.write_text(text.replace("rent: Rent\n", "rent: Rennt\n", 1))
    monkeypatch.setenv("RENTAXIS_COMPANY_FILE", str(wrong))
    result = run("check")
    assert result.exit_code == 2
    assert "mappings.charges.rent" in result.output
    assert "Rennt" in result.output


def test_results_before_any_sync_is_a_sentence(stack: Emulator) -> None:
    result = run("results")
    assert result.exit_code == 2
    assert "Nothing has been synced yet" in result.output
