"""The company file: what is accepted, and that every fault is one sentence with file, line, key and what
was expected.
"""

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from rentaxis_pipelines.model.record_types import OPTIONAL_TYPES
from rentaxis_pipelines.settings import Company, CompanyFileError, SettingsError, load_company
from rentaxis_pipelines.settings.company import Mappings, Policies

CONFIG = Path(__file__).parents[2] / "config"
GOOD = "time_zone: America/New_York\nfirst_day: 2026-01-01\n"
EMAIL = "notice:\n  email:\n    from: sync@example.com\n    server: localhost\n"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "company.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["company.demo.yaml", "company.whole_books.yaml", "company.example.yaml"])
def test_the_files_we_ship_are_good(name: str) -> None:
    company = load_company(CONFIG / name)
    assert company.zone == ZoneInfo("America/New_York")
    assert company.first_day == dt.date(2026, 1, 1)
    assert company.go_live is None
    assert company.policies.closed_period == "block"


def test_nothing_runs_by_itself_before_a_person_has_switched_it_on() -> None:
    """The example is what a production company starts from, and what is left out of a file begins the same way."""
    example, demo = (
        load_company(CONFIG / name).automation for name in ("company.example.yaml", "company.demo.yaml")
    )
    assert (example.switched_on, example.nightly_time, example.catch_up_days) == (False, dt.time(3), 7)
    assert example == Company(time_zone="UTC", first_day=dt.date(2026, 1, 1)).automation
    assert not demo.switched_on


def test_the_whole_books_are_the_demo_company_with_everything_switched_on() -> None:
    """Every optional record type is pushed and every policy that adds to the books is on; all else is as in the demo file, mappings included."""
    plain, whole = (load_company(CONFIG / f"company.{name}.yaml") for name in ("demo", "whole_books"))
    assert set(whole.also_push) == set(OPTIONAL_TYPES)
    switched_on = {
        "sub_customers": "property",
        "vendor_1099": "push",
        "vendor_credits": "push",
        "returned_payments": "as_deposited",
    }
    assert whole.policies == plain.policies.model_copy(update=switched_on)
    added = {"charges", "ledger_accounts", "terms"}
    assert whole.mappings.model_dump(exclude=added) == plain.mappings.model_dump(exclude=added)
    assert plain.mappings.charges.items() < whole.mappings.charges.items()
    assert whole.mappings.ledger_accounts
    assert whole.mappings.terms
    apart = {"also_push", "mappings", "policies"}
    assert whole.model_dump(exclude=apart) == plain.model_dump(exclude=apart)


def test_the_example_names_every_mapping_and_policy() -> None:
    """What a person can set is found in the file they copy: a setting that it does not name is one that nobody finds."""
    text = (CONFIG / "company.example.yaml").read_text(encoding="utf-8")
    settings = (*Company.model_fields, *Mappings.model_fields, *Policies.model_fields)
    assert [name for name in settings if not re.search(rf"^[\s#]*{name}:", text, re.MULTILINE)] == []
    assert [name for name in OPTIONAL_TYPES if f"#   {name} " not in text] == []


def test_the_demo_file_leaves_one_account_unmapped_on_purpose() -> None:
    mapped = load_company(CONFIG / "company.demo.yaml").mappings.expense_accounts
    assert "5999" not in mapped
    assert mapped["5000"] == "Repairs"


def test_the_smallest_file_is_time_zone_and_first_day(tmp_path: Path) -> None:
    company = load_company(written(tmp_path, GOOD))
    assert company == Company(time_zone="America/New_York", first_day=dt.date(2026, 1, 1))


def test_account_numbers_need_no_quotes_and_keep_their_zeros(tmp_path: Path) -> None:
    path = written(
        tmp_path, GOOD + "mappings:\n  expense_accounts:\n    0500: Repairs\n    5000: Utilities\n"
    )
    assert load_company(path).mappings.expense_accounts == {"0500": "Repairs", "5000": "Utilities"}


def test_amounts_are_exact(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD + "policies:\n  guard:\n    rows: 5000\n    money: 250000.10\n")
    guard = load_company(path).policies.guard
    assert (guard.rows, guard.money) == (5000, Decimal("250000.10"))


def test_the_guard_keeps_watch_unless_told_otherwise_and_nobody_is_told_before_somebody_is_named() -> None:
    """What the example says is what stands where nothing is said."""
    plain = Company(time_zone="UTC", first_day=dt.date(2026, 1, 1))
    example = load_company(CONFIG / "company.example.yaml")
    assert (example.policies.guard, example.notice) == (plain.policies.guard, plain.notice)
    assert (plain.policies.guard.times_usual, plain.policies.guard.first_rows) == (10, 1000)
    assert (plain.notice.email, plain.notice.webhook, plain.notice.include_details) == (None, False, False)


def test_who_is_told_by_mail(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        GOOD
        + "notice:\n  when: always\n  email:\n    to: [books@example.com]\n    from: sync@example.com\n    server: localhost\n",
    )
    email = load_company(path).notice.email
    assert email is not None
    assert (email.to, email.sender, email.port, email.security) == (
        ("books@example.com",),
        "sync@example.com",
        587,
        "starttls",
    )


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("first_day: 2026-01-01\n", 1, ["time_zone", "is required"]),
        (
            "time_zone: America/New_Yrok\nfirst_day: 2026-01-01\n",
            1,
            ["time_zone", "America/New_Yrok", "such as"],
        ),
        ("time_zone: America/New_York\nfirst_day: soon\n", 2, ["first_day", "expected a date"]),
        ("time_zone: America/New_York\nfirst_day: 2026-02-30\n", 2, ["first_day", "2026-02-30"]),
        *(
            (
                f"time_zone: America/New_York\nfirst_day: {day}\n",
                2,
                ["first_day", "from 1970-01-01 to today", day],
            )
            for day in ("0001-01-01", "1969-12-31", "2999-01-01", "9999-12-31")
        ),
        (GOOD + "curency: USD\n", 3, ["curency", "is not a setting", "Did you mean 'currency'?"]),
        (GOOD + "currency: dollars\n", 3, ["currency", "three capital letters"]),
        (GOOD + "mappings:\n  charge:\n    rent: Rent\n", 4, ["mappings.charge ", "Did you mean 'charges'?"]),
        (
            GOOD + "mappings:\n  charges:\n    rent: 12\n",
            5,
            ["mappings.charges.rent", "expected text", "quotes"],
        ),
        (GOOD + "mappings:\n  charges:\n    rent: ' '\n", 5, ["mappings.charges.rent", "expected a name"]),
        (GOOD + "mappings:\n  charges: Rent\n", 4, ["mappings.charges", "key: value"]),
        (
            GOOD + "mappings:\n  payment_methods:\n    chek: {payment_method: Check}\n",
            5,
            ["mappings.payment_methods.chek", "cash", "Did you mean 'check'?"],
        ),
        (
            GOOD + "mappings:\n  payment_methods:\n    check: {deposit: Checking}\n",
            5,
            ["mappings.payment_methods.check.deposit", "Did you mean 'deposit_to'?"],
        ),
        (
            GOOD
            + "mappings:\n  expense_payment_methods:\n    check: {payment_type: Cheque, pay_from: Bank}\n",
            5,
            ["mappings.expense_payment_methods.check.payment_type", "Cash, Check or CreditCard", "'Cheque'"],
        ),
        (
            GOOD + "mappings:\n  properties:\n    Elm: {clas: North}\n",
            5,
            ["mappings.properties.Elm.clas", "Did you mean 'class'?"],
        ),
        (
            GOOD + "policies:\n  closed_period: ignore\n",
            4,
            ["policies.closed_period", "block or redate", "'ignore'"],
        ),
        (GOOD + "policies:\n  guard:\n    rows: many\n", 5, ["policies.guard.rows", "whole number"]),
        (GOOD + "policies:\n  guard:\n    money: 1e\n", 5, ["policies.guard.money", "amount"]),
        (GOOD + "policies:\n  guard:\n    times: 3\n", 5, ["policies.guard.times ", "times_usual"]),
        (GOOD + "notice:\n  when: allways\n", 4, ["notice.when", "Did you mean 'always'?"]),
        (GOOD + "notice:\n  webhook: https://example.com\n", 4, ["notice.webhook", "true or false"]),
        (GOOD + EMAIL + "    to: me@example.com\n", 7, ["notice.email.to", "[books@example.com]"]),
        (GOOD + EMAIL + "    to: [me@example.com]\n    form: x\n", 8, ["notice.email.form", "'from'"]),
        (GOOD + "notice:\n  dagster_url: dagster\n", 4, ["notice.dagster_url", "must begin with https://"]),
        (
            GOOD
            + EMAIL.replace("localhost", "mail.example.com")
            + "    to: [me@example.com]\n    security: none\n    user: me\n",
            9,
            ["notice.email.user", "starttls or tls", "the password would be sent unencrypted"],
        ),
        (GOOD + 'automation:\n  nightly_at: "25:00"\n', 4, ["automation.nightly_at", "time of day", "25:00"]),
        (GOOD + "automation:\n  nightly_at: 11:30\n", 4, ["automation.nightly_at", "quotes"]),
        (GOOD + "automation:\n  catch_up_days: -1\n", 4, ["automation.catch_up_days", "0"]),
        (GOOD + "automation:\n  tries: 0\n", 4, ["automation.tries", "1"]),
        (GOOD + "currency: USD\ncurrency: USD\n", 4, ["currency", "given twice", "line 3"]),
        (
            GOOD + "mappings:\n  charges:\n    rent: Rent\n    rent: Other\n",
            6,
            ["mappings.charges.rent", "given twice"],
        ),
        (GOOD + "mappings:\n  charges: {rent: Rent\n", 5, ["not valid YAML"]),
        (GOOD + "mappings:\n\tcharges: {}\n", 4, ["not valid YAML"]),
    ],
)
def test_a_fault_is_one_sentence_with_file_line_key_and_what_was_expected(
    tmp_path: Path, text: str, line: int, says: list[str]
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        load_company(path)
    sentence = str(caught.value)
    assert sentence.startswith(f"{path}, line {line}"), sentence
    assert "\n" not in sentence
    for words in says:
        assert words in sentence


LAUGHS = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]\n" for n in range(1, 9))


@pytest.mark.parametrize(
    "text",
    [
        "notice: &again\n  email: *again\n",
        "mappings: &again {charges: *again, properties: *again}\n",
        "mappings: &one\n  charges: &other\n    rent: *one\n    fee: *other\n",
        "l0: &l0 [ha]\n" + LAUGHS,
        "mappings: " + "[" * 10_000,
        "mappings: " + "[" * 500 + "]" * 500 + "\n",
    ],
    ids=["itself", "twice itself", "each other", "a billion laughs", "open brackets", "deep brackets"],
)
def test_a_file_that_never_ends_is_one_sentence(tmp_path: Path, text: str) -> None:
    """An alias within what it stands for, aliases of aliases, lists in lists: YAML says so much in a few lines."""
    with pytest.raises(CompanyFileError) as caught:
        load_company(written(tmp_path, GOOD + text))
    assert "nested too deeply, or an alias" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_an_alias_that_ends_is_written_out(tmp_path: Path) -> None:
    text = "mappings:\n  properties:\n    Elm: &north {class: North}\n    Oak: *north\n"
    properties = load_company(written(tmp_path, GOOD + text)).mappings.properties
    assert properties["Elm"] == properties["Oak"]
    assert properties["Oak"].class_name == "North"


@pytest.mark.parametrize(
    "value", ["!!bool maybe", "!!timestamp soon", "!!int ''", "!!python/name:os.system", "9" * 5_000]
)
def test_a_value_that_is_not_what_it_says_is_one_sentence(tmp_path: Path, value: str) -> None:
    with pytest.raises(CompanyFileError, match=r"line 3: go_live is not a valid value"):
        load_company(written(tmp_path, f"{GOOD}go_live: {value}\n"))


@pytest.mark.parametrize("text", ["", "# only a comment\n", "just words\n", "- a\n- list\n"])
def test_a_file_without_settings_is_said_so(tmp_path: Path, text: str) -> None:
    with pytest.raises(CompanyFileError, match="expected settings such as 'time_zone: America/New_York'"):
        load_company(written(tmp_path, text))


def test_a_missing_file_says_where_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(CompanyFileError, match=r"there is no such file.*company\.example\.yaml"):
        load_company(tmp_path / "company.yaml")


def test_a_file_that_is_no_text_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "company.yaml"
    path.write_bytes(b"\xff\xfe\x00time_zone")
    with pytest.raises(CompanyFileError, match="cannot be read as text"):
        load_company(path)


def test_every_fault_of_a_file_is_named_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, "time_zone: Mars\nfirst_day: soon\npolicys: {}\n")
    with pytest.raises(CompanyFileError) as caught:
        load_company(path)
    assert len(str(caught.value).splitlines()) == 3


def test_a_password_in_a_link_is_refused_and_not_repeated(tmp_path: Path) -> None:
    """The link to Dagster goes into every notice; the sentence about it goes to logs and screens."""
    text = GOOD + "notice:\n  dagster_url: https://me:hush@dagster.example.com\n"
    with pytest.raises(CompanyFileError, match="must not contain a user name or password") as caught:
        load_company(written(tmp_path, text))
    assert "hush" not in str(caught.value)


def test_a_mail_server_on_this_machine_may_take_a_password_in_the_clear(tmp_path: Path) -> None:
    text = GOOD + EMAIL + "    to: [me@example.com]\n    security: none\n    user: me\n"
    email = load_company(written(tmp_path, text)).notice.email
    assert email is not None
    assert email.user == "me"


def test_the_address_of_a_records_page_is_made_from_the_pattern(tmp_path: Path) -> None:
    """With the kind and the id in it, escaped; nothing without a pattern, or for what has no page of its own."""
    pattern = "rentaxis_record_url: https://app.example.com/{record_type}/{id}?from=sync\n"
    company = load_company(written(tmp_path, GOOD + pattern))
    assert company.record_url("invoice", "a/7") == "https://app.example.com/invoices/a%2F7?from=sync"
    pages = [company.record_url(kind, "7") for kind in ("tenant", "vendor", "expense_payment")]
    assert [str(page).split("/")[3] for page in pages] == ["tenants", "vendors", "expenses"]
    assert company.record_url("property_class", "7") is None
    assert load_company(written(tmp_path, GOOD)).record_url("invoice", "7") is None


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("https://app.example.com/invoices", "expected an address with {id} in it"),
        ("https://app.example.com/{type}/{id}", "expected an address with {id} in it"),
        ("javascript:alert({id})", "must begin with https://"),
        ("https://user:secret@app.example.com/{id}", "must not contain a user name or password"),
    ],
)
def test_an_address_pattern_that_leads_nowhere_is_named(tmp_path: Path, pattern: str, says: str) -> None:
    with pytest.raises(CompanyFileError, match=r"line 3: rentaxis_record_url") as refused:
        load_company(written(tmp_path, GOOD + f'rentaxis_record_url: "{pattern}"\n'))
    assert says in str(refused.value)
    assert "secret" not in str(refused.value)
