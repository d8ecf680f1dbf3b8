"""Finding one record among all types by number, name, e-mail, amount or id: pushed or not, with RentAxis away too, and whatever is typed."""

import pytest

from rentaxis_pipelines_tests.web.desk.conftest import HOME, Office, words

INVOICE = "select * from invoices where organization_id = 1 and type = 'receivable' and status = 'paid' order by id limit 1"
TENANT = """select t.id, t.name, t.email from tenants t join organization_tenants o on o.tenant_id = t.id
            where o.organization_id = 1 and (select count(*) from tenants x where lower(x.name) = lower(t.name)) = 1
              and (select count(*) from tenants x where lower(x.email) = lower(t.email)) = 1 order by t.id limit 1"""


def test_the_only_record_found_is_shown_at_once(office: Office) -> None:
    """By number, name, e-mail or id, upper and lower case and blanks alike, before anything was ever pushed."""
    (invoice,) = office.chain.rentaxis(INVOICE)
    (tenant,) = office.chain.rentaxis(TENANT)
    (vendor,) = office.chain.rentaxis("select * from vendors where organization_id = 1 order by id limit 1")
    (payment,) = office.chain.rentaxis("select * from payments where organization_id = 1 order by id limit 1")
    for typed, record in (
        (invoice["invoice_number"], f"invoice/{invoice['id']}"),
        (f"  {invoice['invoice_number'].lower()} ", f"invoice/{invoice['id']}"),
        (tenant["name"].upper(), f"tenant/{tenant['id']}"),
        (tenant["email"], f"tenant/{tenant['id']}"),
        (vendor["name"], f"vendor/{vendor['id']}"),
        (payment["payment_number"], f"payment/{payment['id']}"),
    ):
        answer = office.get("/find", q=typed)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{HOME}/records/{record}"), typed


def test_an_amount_is_found_however_it_is_written(office: Office) -> None:
    """Records that were never pushed are listed with number, day, amount and state; an expense by its vendor."""
    office.chain.rentaxis("update expenses set amount = 4321.05 where organization_id = 1 and id in (1, 2)")
    office.chain.rentaxis(
        "update payments set amount = 4321.05 where id = (select min(id) from payments where organization_id = 1)"
    )
    pages = [words(office.get("/find", q=typed)) for typed in ("4321.05", "$4,321.05", "4,321.05")]
    assert pages[0].count("4,321.05") >= 3
    assert [page.count("Expense of ") for page in pages] == [2, 2, 2]
    assert "Payment PMT-" in pages[0]
    assert pages[0].count("never pushed") == 3
    assert "There are more" not in pages[0]
    office.chain.rentaxis("update payments set amount = 4321.05 where organization_id = 1")
    full = words(office.get("/find", q="4321.05"))
    assert "There are more: narrow the search." in full
    assert full.count("never pushed") == 50


def test_a_number_is_meant_before_an_id(office: Office) -> None:
    """Many records have a short id; who says that it is one gets them all."""
    listed = words(office.get("/find", q="id:1"))
    assert "Invoice INV-" in listed
    assert "Program " in listed
    office.chain.rentaxis(
        "update invoices set invoice_number = '1' where id = (select max(id) from invoices where organization_id = 1)"
    )
    answer = office.get("/find", q="1")
    assert answer.status_code == 303
    assert "/records/invoice/" in answer.headers["location"]


def test_what_nobody_has_is_a_sentence(office: Office) -> None:
    """Neither another organization's record is found, nor anything by a pattern, and no text does harm."""
    (other,) = office.chain.rentaxis(
        """select t.name, t.email from tenants t join organization_tenants o on o.tenant_id = t.id
           where o.organization_id <> 1 and t.email is not null and lower(t.name) not in (select lower(x.name) from tenants x
             join organization_tenants y on y.tenant_id = x.id where y.organization_id = 1) limit 1"""
    )
    hostile = [
        "%",
        "_",
        "INV-0000__",
        "' or '1' = '1",
        '"; drop table links; --',
        "\\",
        "\x00\x01\x1b[2J",
        "{{ 7 * 7 }}",
        "<script>alert(1)</script>",
        "﷽" * 100,
    ]
    for typed in (other["name"], other["email"], *hostile, "\udc80".encode("utf-8", "surrogatepass")):
        answer = office.get("/find", q=typed)
        assert answer.status_code == 200, typed
        assert "Nothing was found" in words(answer), typed
        assert "<script>alert" not in answer.text
    assert "Nothing was found" in words(office.get("/find", q="no such thing"))
    too_long = office.get("/find", q="x" * 10_240)
    assert too_long.status_code in (400, 414)
    assert "at most 200 characters" in words(too_long)


def test_without_rentaxis_what_was_pushed_is_found_and_that_is_said(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    (invoice,) = office.chain.rentaxis(INVOICE)
    pushed = office.chain.push_record("invoice", invoice["id"])
    assert pushed is not None
    assert pushed.status == "created"
    assert office.get("/find", q=invoice["invoice_number"]).status_code == 303
    (tenant,) = office.chain.rentaxis("select * from tenants where id = %s", invoice["billed_to_id"])
    (unpushed,) = office.chain.rentaxis(
        "select * from invoices where organization_id = 1 and type = 'receivable' order by id desc limit 1"
    )
    monkeypatch.setenv("RENTAXIS_DATABASE_URL", "postgresql://u:secret@127.0.0.1:1/none")
    for typed, name in (
        (invoice["invoice_number"], f"Invoice {invoice['invoice_number']}"),
        (f"{invoice['total_amount']:,.2f}", f"Invoice {invoice['invoice_number']}"),
        (tenant["name"], f"Tenant {tenant['name']}"),
    ):
        answer = office.get("/find", q=typed)
        assert answer.status_code == 200
        page = words(answer)
        assert name in page
        assert "RentAxis could not be" in page
        assert "in QuickBooks" in page
        assert "secret" not in answer.text
    nothing = words(office.get("/find", q=unpushed["invoice_number"]))
    assert "Nothing was found" in nothing
    assert "RentAxis could not be" in nothing
