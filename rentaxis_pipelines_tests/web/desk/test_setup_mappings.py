"""The mappings: what is missing stands first with what waits for it, only what fits is offered, and what a change touches is said before it is made."""

import os
import re
from decimal import Decimal
from html import unescape
from pathlib import Path

import psycopg
import pytest

from rentaxis_pipelines.orchestration.names import PUSH_DAYS
from rentaxis_pipelines.settings import load_company
from rentaxis_pipelines_tests.web.desk.conftest import Office, words

MISSING = "expense_accounts/5999"


@pytest.fixture
def file(office: Office) -> Path:
    """The company file of the office, which a test may change."""
    return Path(os.environ["RENTAXIS_COMPANY_FILE"])


@pytest.fixture
def pushed(office: Office) -> Office:
    """Everything of the portfolio was pushed; expenses of the unmapped account wait."""
    office.chain.sync("expenses")
    return office


def offered(text: str, name: str) -> list[str]:
    """The choices of a field."""
    select = text.split(f'<select name="{name}"')[1].split("</select>", maxsplit=1)[0]
    return [unescape(value) for value in re.findall(r'<option value="([^"]*)"', select)]


def seen(text: str) -> str:
    return text.split('name="seen" value="')[1].split('"', maxsplit=1)[0]


def row_of(text: str, label: str) -> str:
    """What a person reads in the table's row that begins so."""
    rows = re.findall(r"(?s)<tr.*?</tr>", text)
    found = next(row for row in rows if label in row.split("</th>")[0])
    return " ".join(unescape(re.sub(r"<select.*?</select>|<[^>]+>", " ", found, flags=re.DOTALL)).split())


def test_what_is_missing_stands_first_with_the_rows_and_the_money_behind_it(
    pushed: Office, file: Path
) -> None:
    """And is mapped there, with the comments of the file kept; then nothing is missing any more."""
    url = pushed.chain.environment.pipelines_database_url.get_secret_value()
    with psycopg.connect(url) as connection:
        count, amount = connection.execute(
            "select count(*), sum(amount) from ledger.open_records where how_to_fix like '%expense_accounts.5999 %'"
        ).fetchone() or (0, Decimal(0))
    assert count
    shown = pushed.get("/setup/mappings")
    assert f"{count} record" in row_of(shown.text, "5999")
    assert f"{amount:,.2f}" in row_of(shown.text, "5999")
    choices = offered(shown.text, f"to/{MISSING}")
    assert "Repairs" in choices
    assert "Accounts Receivable (A/R)" not in choices
    assert f"{count}" in words(pushed.get("/setup"))
    before = file.read_text()
    answer = pushed.post(
        "/setup/mappings",
        why="The accountant said so",
        seen=seen(shown.text),
        **{f"to/{MISSING}": "Other Expenses", f"was/{MISSING}": ""},
    )
    assert "The mapping is saved." in words(pushed.follow(answer))
    assert load_company(file).mappings.expense_accounts["5999"] == "Other Expenses"
    second_click = pushed.post(
        "/setup/mappings",
        why="The accountant said so",
        seen=seen(shown.text),
        **{f"to/{MISSING}": "Other Expenses", f"was/{MISSING}": ""},
    )
    assert "The settings say this already, so nothing was saved." in words(second_click)
    assert set(before.splitlines()) < set(file.read_text().splitlines())
    assert "ann: The accountant said so" in words(pushed.get("/setup/versions"))


def test_what_a_change_touches_is_said_before_it_is_made(pushed: Office, file: Path) -> None:
    """With what was pushed so far: as many records, and as much money, as stand in QuickBooks with it."""
    url = pushed.chain.environment.pipelines_database_url.get_secret_value()
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "select l.total from ledger.links l join ledger.snapshot_objects o on o.realm = l.realm and o.entity = 'Account'"
            " and o.object ->> 'Name' = 'Utilities' and l.state = 'live'"
            """ and l.mapped::text like '%"AccountRef":{"value":"' || o.quickbooks_id || '"}%'"""
        ).fetchall()
    assert rows
    total = sum((row[0] for row in rows), Decimal(0))
    shown = pushed.get("/setup/mappings", section="expense_accounts")
    name = "expense_accounts/5100"
    fields = {
        "section": "expense_accounts",
        "why": "Utilities are repairs now",
        "seen": seen(shown.text),
        f"to/{name}": "Repairs",
        f"was/{name}": "Utilities",
    }
    asked = pushed.post("/setup/mappings", **fields)
    assert asked.status_code == 200
    assert f"Utilities Repairs {len(rows)} {total:,.2f}" in words(asked)
    assert load_company(file).mappings.expense_accounts["5100"] == "Utilities"
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', asked.text))
    del hidden["form_token"]
    done = pushed.post("/setup/mappings", **{name: unescape(value) for name, value in hidden.items()})
    assert "The mapping is saved." in words(pushed.follow(done))
    assert load_company(file).mappings.expense_accounts["5100"] == "Repairs"


def test_what_does_not_fit_is_refused_and_what_was_typed_is_still_there(pushed: Office, file: Path) -> None:
    """Whatever a page may have offered: a bank account is paid from a bank, a deposit is owed, a check is drawn on a bank."""
    before = file.read_text()
    wrong = {
        "charges": {"to/charges/deposit": "Rent", "was/charges/deposit": "Security Deposit"},
        "bank_accounts": {"to/bank_accounts/1000": "Repairs", "was/bank_accounts/1000": "Checking"},
        "expense_payment_methods": {
            "to/expense_payment_methods/check": "Check|Corporate Card",
            "was/expense_payment_methods/check": "Check|Checking",
        },
    }
    for section, fields in wrong.items():
        shown = pushed.get("/setup/mappings", section=section)
        assert fields[next(iter(fields))] not in offered(shown.text, next(iter(fields)))
        refused = pushed.post(
            "/setup/mappings", section=section, why="I want it so", seen=seen(shown.text), **fields
        )
        assert refused.status_code == 400
        assert "cannot be used for it. Choose a name from the list." in words(refused)
        assert 'value="I want it so"' in refused.text
    assert file.read_text() == before


def test_payments_and_new_words(pushed: Office, file: Path) -> None:
    """A method has two sides; a word that nothing uses yet can be added; one that is there is not added twice."""
    shown = pushed.get("/setup/mappings", section="payment_methods")
    name = "payment_methods/zelle"
    answer = pushed.post(
        "/setup/mappings",
        section="payment_methods",
        confirmed="yes",
        why="No method there",
        seen=seen(shown.text),
        **{f"to/{name}": "-", f"was/{name}": "Zelle", f"second/{name}": "", f"second_was/{name}": "Checking"},
    )
    pushed.follow(answer)
    zelle = load_company(file).mappings.payment_methods["zelle"]
    assert (zelle.payment_method, zelle.deposit_to) == (None, None)
    charge = {
        "section": "charges",
        "why": "New charge",
        "new_word": "storage: unit",
        "new_to": "Other Charge",
    }
    shown = pushed.get("/setup/mappings", section="charges")
    pushed.follow(pushed.post("/setup/mappings", seen=seen(shown.text), **charge))
    assert load_company(file).mappings.charges["storage: unit"] == "Other Charge"
    again = pushed.post("/setup/mappings", seen="x", **charge)
    assert "is in the list already" in words(again)
    half = pushed.post("/setup/mappings", seen="x", **{**charge, "new_to": ""})
    assert "To add a word, give it as RentAxis has it" in words(half)


def test_before_the_lists_are_read_nothing_is_said_to_be_wrong(office: Office) -> None:
    """Only what is mapped to nothing is missing; whether the rest stands in QuickBooks is not known yet."""
    text = office.get("/setup/mappings").text
    assert "have not been read yet" in text
    assert "cannot be used" not in text
    assert "does not fit" not in text
    assert "5999" in text


def test_the_lists_are_read_by_a_run(office: Office) -> None:
    """Which an operator may start; before the first one nothing can be chosen, and that is said."""
    assert "have not been read yet" in words(office.get("/setup/mappings"))
    answer = office.post("/setup/mappings/lists", who="oscar", form_on="/setup/mappings")
    assert "QuickBooks' lists are being read." in words(office.follow(answer, who="oscar"))
    assert office.launched().job_name == f"{PUSH_DAYS}__demo"
    assert office.launched().tags["requested_by"] == "oscar"
    assert office.post("/setup/mappings/lists", who="vera", form_on="/setup/mappings").status_code == 403


def test_rentaxis_that_cannot_be_asked_is_a_sentence_and_the_rest_is_shown(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RENTAXIS_DATABASE_URL", "postgresql://u:secret@127.0.0.1:1/none")
    shown = office.get("/setup/mappings")
    assert shown.status_code == 200
    assert "RentAxis could not be asked which words it uses" in words(shown)
    assert "secret" not in shown.text
