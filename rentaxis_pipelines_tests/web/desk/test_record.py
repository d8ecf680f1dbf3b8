"""The page of one record: how it stands in a sentence, both sides, history; pushed, left out and taken in again from there."""

import datetime as dt
import re

import pytest
import requests

from rentaxis_pipelines_tests.web.desk.conftest import HOME, Office, words

INVOICE = "select * from invoices where organization_id = 1 and type = 'receivable' and status = 'paid' order by id limit 1"


def an_invoice(office: Office) -> tuple[str, str]:
    """Address and number of an invoice."""
    (invoice,) = office.chain.rentaxis(INVOICE)
    return f"/records/invoice/{invoice['id']}", invoice["invoice_number"]


def push_something_else(office: Office) -> None:
    """A first sync, so that QuickBooks' lists are known."""
    (expense,) = office.chain.rentaxis("select min(id) as id from expenses where organization_id = 1")
    office.chain.push_record("expense", expense["id"])


def marked(answer: requests.Response) -> list[str]:
    """The fields that are marked as different."""
    return re.findall(r'<tr class="differs"><th scope="row">([^<]+?) <strong>', answer.text)


def test_a_record_that_was_never_pushed_is_pushed_with_one_click(office: Office) -> None:
    """What it needs first is named. The run is the person's own, and a second click finds it going."""
    address, number = an_invoice(office)
    assert "QuickBooks' lists have not been read yet" in words(office.get(address))
    office.chain.push_record(
        "expense",
        office.chain.rentaxis("select min(id) as id from expenses where organization_id = 1")[0]["id"],
    )
    page = office.get(address)
    said = words(page)
    assert f"Invoice {number} " in said
    assert "It was never pushed to QuickBooks." in said
    assert "(not in QuickBooks yet)" in said
    assert "Push again" not in said
    assert not marked(page)
    answer = office.post(f"{address}/push", who="oscar", form_on=address)
    run = office.launched()
    assert (answer.status_code, answer.headers["location"]) == (303, f"{HOME}/runs/{run.run_id}")
    config = run.run_config["ops"]["push_one_record"]["config"]
    assert config == {"record_type": "invoice", "source_id": f"id:{address.rpartition('/')[2]}"}
    assert run.tags["requested_by"] == "oscar"
    assert "force" not in run.tags
    again = office.post(f"{address}/push", who="oscar", form_on=address)
    assert again.headers["location"] == answer.headers["location"]
    assert office.launched().run_id == run.run_id


def test_both_sides_of_what_was_just_pushed_agree(office: Office) -> None:
    """Of every kind of record, with its state, its history, and no id where it has a number."""
    chain = office.chain
    records = {
        "invoice": chain.rentaxis(INVOICE)[0]["id"],
        "payment": chain.rentaxis(
            "select id from payments where organization_id = 1 and status = 'completed' order by id limit 1"
        )[0]["id"],
        "expense": chain.rentaxis(
            "select id from expenses where organization_id = 1 and status = 'paid' and vendor_id is not null and deleted_at is null order by id limit 1"
        )[0]["id"],
    }
    for source_type, source_id in records.items():
        result = chain.push_record(source_type, source_id)
        assert result is not None
        assert result.status in ("created", "updated"), result
    (invoice,) = chain.rentaxis(INVOICE)
    (expense,) = chain.rentaxis("select * from expenses where id = %s", records["expense"])
    records |= {invoice["billed_to_type"]: invoice["billed_to_id"], "vendor": expense["vendor_id"]}
    for source_type, source_id in records.items():
        page = office.get(f"/records/{source_type}/{source_id}")
        said = words(page)
        assert page.status_code == 200, said
        assert "In QuickBooks as " in said or "Linked to " in said, said
        assert not marked(page), (source_type, marked(page), said)
        assert "Both sides agree." in said, (source_type, said)
        assert "created by a test" in said
        assert f"RentAxis {source_type} {source_id}" not in said
    assert f"In QuickBooks as invoice {invoice['invoice_number']} since " in words(
        office.get(f"/records/invoice/{invoice['id']}")
    )
    part = words(office.get(f"/records/expense_payment/{records['expense']}"))
    assert part.count("Expense of ") and "Push again" in part
    assert ("Push now" in words(office.get(f"/records/vendor/{expense['vendor_id']}"))) is False


def test_differences_are_marked_and_a_push_again_overwrites_them(office: Office) -> None:
    """What was changed in RentAxis, field by field; force is said to overwrite, and is noted on the run."""
    address, _ = an_invoice(office)
    source_id = address.rpartition("/")[2]
    office.chain.push_record("invoice", source_id)
    office.chain.rentaxis(
        "update invoices set due_date = due_date + 3, memo = 'See <b>lease</b>', updated_at = now() where id = %s",
        source_id,
    )
    page = office.get(address)
    assert marked(page) == ["due date", "memo"]
    assert "2 differences are marked." in words(page)
    assert "See &lt;b&gt;lease" in page.text
    assert "overwrites what somebody changed in QuickBooks" in words(page)
    office.post(f"{address}/push", who="oscar", form_on=address, force="yes")
    assert office.launched().tags["force"] == "yes"


def test_a_record_is_excluded_with_a_reason_and_included_again(office: Office) -> None:
    """Each with its person; without a reason nothing is decided and what was typed stays; done twice it is a sentence."""
    office.chain.sync("expenses", first_day=dt.date(2026, 5, 1), last_day=dt.date(2026, 5, 1))
    address, number = an_invoice(office)
    push_something_else(office)
    none = office.post(f"{address}/exclude", who="oscar", form_on=address, why="  ")
    assert none.status_code == 400
    assert "Say why it is excluded" in words(none)
    long = office.post(f"{address}/exclude", who="oscar", form_on=address, why="x" * 501)
    assert long.status_code == 400
    assert "x" * 501 in long.text
    done = office.post(f"{address}/exclude", who="oscar", form_on=address, why="Billed twice & <i>wrong</i>")
    said = words(office.follow(done, "vera"))
    assert f"Invoice {number} is excluded: no sync pushes it" in said
    assert "Excluded by oscar on " in said
    assert "Billed twice & <i>wrong</i>" in said
    assert "Push now" not in said
    second = office.post(f"{address}/exclude", who="ann", form_on=address, why="the same")
    assert second.status_code == 409
    assert f"Invoice {number} was already excluded by oscar" in words(second)
    included = office.post(f"{address}/include", who="ann", form_on=address)
    said = words(office.follow(included))
    assert f"Invoice {number} is included again: the next sync" in said
    assert "Included again by ann on " in said
    assert "Push now" in said


def test_of_two_who_decide_at_once_the_second_is_told(office: Office) -> None:
    """What the page showed is what is decided about: who decided meanwhile, and what, is said instead."""
    address, number = an_invoice(office)
    office.chain.push_record("invoice", address.rpartition("/")[2])
    opened = re.findall(r'name="seen" value="(\d+)"', office.get(address).text)[0]
    first = office.post(f"{address}/exclude", who="oscar", form_on=address, why="Billed twice", seen=opened)
    assert first.status_code == 303
    second = office.post(f"{address}/exclude", who="ann", form_on=address, why="Typed with care", seen=opened)
    said = words(second)
    assert "This was decided already: oscar" in said
    assert f"Invoice {number}" in said


def test_a_viewer_looks_and_nothing_else(office: Office) -> None:
    address, _ = an_invoice(office)
    said = words(office.get(address, who="vera"))
    assert "Push now" not in said
    assert "Exclude" not in said
    for deed in ("push", "exclude", "include"):
        refused = office.post(f"{address}/{deed}", who="vera", form_on="", why="no")
        assert refused.status_code == 403, deed
        assert "may not" in words(refused)
    without_token = requests.post(
        f"{office.url}{HOME}{address}/push",
        {"force": "yes"},
        headers={"x-forwarded-email": "oscar"},
        timeout=60,
    )
    assert without_token.status_code == 403


@pytest.mark.parametrize(
    "record",
    [
        "invoice/999999",
        "castle/1",
        "invoice/%00",
        "invoice/..%2F..%2Fetc",
        "vendor/name:nobody",
        "tenant/1'--",
    ],
)
def test_what_does_not_exist_is_a_sentence(office: Office, record: str) -> None:
    page = office.get(f"/records/{record}")
    assert page.status_code == (400 if "%00" in record else 404)
    if page.status_code == 400:
        return  # the door takes no such address
    assert "There is no such record of this company." in words(page)
    assert office.post(f"/records/{record}/push", form_on="/sync").status_code == 404


def test_another_organizations_record_is_none_of_this_company(office: Office) -> None:
    """Nothing of it is said: not its number, not its amount."""
    (other,) = office.chain.rentaxis("select * from invoices where organization_id <> 1 limit 1")
    ours = office.chain.rentaxis(
        "select 1 as one from invoices where organization_id = 1 and id = %s", other["id"]
    )
    assert not ours
    page = office.get(f"/records/invoice/{other['id']}")
    assert page.status_code == 404
    assert other["invoice_number"] not in page.text
    assert (
        office.post(f"/records/invoice/{other['id']}/exclude", form_on="/sync", why="theirs").status_code
        == 404
    )


def test_what_failed_says_why_and_what_to_do(office: Office) -> None:
    """And each run that tried it."""
    address, _ = an_invoice(office)
    source_id = address.rpartition("/")[2]
    office.chain.rentaxis(
        "update invoices set total_amount = total_amount + 1, updated_at = now() where id = %s", source_id
    )
    failed = office.chain.push_record("invoice", source_id)
    assert failed is not None
    assert failed.status == "failed"
    said = words(office.get(address))
    assert "Not in QuickBooks: it failed on " in said
    assert failed.reason is not None
    assert failed.reason in said
    assert f"A push would not write it as it is: {failed.reason}" in said
    assert "a test" in said


@pytest.mark.parametrize("switched_on", [True, False])
def test_an_invoice_below_zero_is_a_credit_where_rentaxis_settings_switch_credits_on(
    office: Office, switched_on: bool
) -> None:
    """The page says what a push would say, though the company file names no credits."""
    push_something_else(office)
    address, _ = an_invoice(office)
    source_id = address.rpartition("/")[2]
    office.chain.rentaxis("update invoice_lines set amount = -amount where invoice_id = %s", source_id)
    office.chain.rentaxis(
        "update invoices set total_amount = -total_amount, updated_at = now() where id = %s", source_id
    )
    if switched_on:
        office.chain.rentaxis(
            "update quickbooks_connections set enabled_types = array_append(enabled_types, 'credits') where organization_id = 1"
        )
    said = words(office.get(address))
    assert ("it is pushed as a credit" in said) is switched_on
    pushed = office.chain.push_record("invoice", source_id)
    assert pushed is not None
    assert (pushed.reason_code == "pushed_as_credit") is switched_on
    assert pushed.reason is not None
    assert pushed.reason in said


def test_the_page_stands_without_rentaxis(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """As far as the ledger knows the record; one that it does not know is a sentence, without the password."""
    address, number = an_invoice(office)
    office.chain.push_record("invoice", address.rpartition("/")[2])
    monkeypatch.setenv("RENTAXIS_DATABASE_URL", "postgresql://u:secret@127.0.0.1:1/none")
    page = office.get(address)
    assert page.status_code == 200
    assert f"In QuickBooks as invoice {number}" in words(page)
    assert "RentAxis' side is not shown." in words(page)
    unknown = office.get("/records/invoice/999999")
    assert unknown.status_code == 404
    assert "could not be reached" in words(unknown)
    assert "secret" not in page.text + unknown.text


def test_what_rentaxis_deleted_for_good_keeps_its_page(office: Office) -> None:
    """It is in QuickBooks, so its history is still told."""
    address, number = an_invoice(office)
    source_id = address.rpartition("/")[2]
    office.chain.push_record("invoice", source_id)
    office.chain.rentaxis("delete from payment_allocations where invoice_id = %s", source_id)
    office.chain.rentaxis("delete from invoice_lines where invoice_id = %s", source_id)
    office.chain.rentaxis("delete from invoices where id = %s", source_id)
    said = words(office.get(address))
    assert "RentAxis no longer has this record." in said
    assert f"Invoice {number}" in said
