"""A customer, vendor or account that QuickBooks keeps in another currency is refused by name, before anything is sent on it."""

import datetime as dt
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from rentaxis_pipelines.mapping.preflight import check_mappings
from rentaxis_pipelines.sync.decisions import DecisionRefused
from rentaxis_pipelines.sync.snapshot import references_of

MAY_JUNE = {"first_day": dt.date(2026, 5, 1), "last_day": dt.date(2026, 6, 30)}
EUR = {"value": "EUR", "name": "Euro"}
MONEY = ("Invoice", "Payment", "Purchase", "Bill")


def control(chain: Any, path: str, body: dict[str, Any]) -> None:
    """The emulator's control plane."""
    requests.post(f"{chain.quickbooks.control_url}/{path}", json=body, timeout=60).raise_for_status()


def in_euro(chain: Any, entity: str, **fields: Any) -> str:
    return chain.write(entity, {**fields, "CurrencyRef": EUR})["Id"]


def invoices_of(rows: dict[tuple[str, str], Any], chain: Any, tenant: str) -> list[Any]:
    ids = {
        str(row["id"])
        for row in chain.rentaxis(
            "select id from invoices where billed_to_type = 'tenant' and billed_to_id = %s and invoice_date <= '2026-06-30'"
            " and status not in ('draft', 'void') and deleted_at is null",
            tenant,
        )
    }
    return [row for key, row in rows.items() if key[0] == "invoice" and key[1] in ids]


def test_a_customer_of_the_same_email_is_named_and_neither_used_nor_doubled(chain) -> None:
    """Its invoices wait and say why; a person has a new customer made, and they go."""
    key = chain.labelled("rename")
    euro = in_euro(
        chain,
        "Customer",
        DisplayName="Dana in Euro",
        PrimaryEmailAddr={"Address": "dana.whitmore@example.com"},
    )
    rows = chain.sync("customers", "invoices", **MAY_JUNE)
    assert (rows[key].status, rows[key].reason_code) == ("failed", "other_currency")
    assert f"'Dana in Euro' (customer {euro}), which QuickBooks keeps in EUR" in rows[key].reason
    waiting = invoices_of(rows, chain, key[1])
    assert waiting and {row.reason_code for row in waiting} == {"waiting_for_parent"}
    assert all("EUR" in row.reason for row in waiting)
    assert not chain.objects("Invoice", f"CustomerRef = '{euro}'")
    with pytest.raises(DecisionRefused, match="is kept in EUR"):
        chain.decide("confirm", *key, euro)
    chain.decide("reject", *key, euro)
    chain.decide("make_new", *key)
    rows = chain.sync("customers", "invoices", **MAY_JUNE)
    assert {row.status for row in [rows[key], *invoices_of(rows, chain, key[1])]} == {"created"}


def test_a_link_to_such_a_customer_stops_its_records_until_another_is_linked(chain) -> None:
    """However it came to be: the link stood before anybody looked at currencies."""
    key = chain.labelled("match_email")
    euro = in_euro(chain, "Customer", DisplayName="Marisol in Euro")
    chain.sync("customers", **MAY_JUNE)
    with chain.run() as run:
        run.connection.execute(
            sa.text(
                "update ledger.links set quickbooks_id = :euro where source_type = 'tenant' and source_id = :id"
            ),
            {"euro": euro, "id": key[1]},
        )
        run.connection.commit()
    rows = chain.sync("customers", "invoices", **MAY_JUNE)
    assert rows[key].reason_code == "other_currency"
    assert {row.reason_code for row in invoices_of(rows, chain, key[1])} == {"waiting_for_parent"}
    with pytest.raises(DecisionRefused, match="is kept in EUR"):
        chain.decide("relink", *key, in_euro(chain, "Customer", DisplayName="Another in Euro"))
    chain.decide("relink", *key, "3")
    rows = chain.sync("customers", "invoices", **MAY_JUNE)
    assert {row.status for row in invoices_of(rows, chain, key[1])} == {"created"}


def test_a_vendor_of_the_same_name_is_named_and_its_expenses_wait(chain) -> None:
    (expense,) = chain.rentaxis(
        "select e.id, e.expense_date, v.name from expenses e join vendors v on v.id = e.vendor_id"
        " where e.organization_id = 1 and e.expense_date between '2026-05-01' and '2026-10-31' and e.status <> 'void'"
        " and e.deleted_at is null and e.amount > 0 order by e.id limit 1"
    )
    taken = [one for one in chain.objects("Vendor") if one["DisplayName"] == expense["name"]]
    for one in taken:
        chain.write("Vendor", {"Id": one["Id"], "SyncToken": one["SyncToken"], "sparse": True, "DisplayName": "Somebody else",
                               "PrimaryEmailAddr": {"Address": "else@example.com"}})  # fmt: skip
    chain.rentaxis("update vendors set email = null where name = %s", expense["name"])
    euro = in_euro(chain, "Vendor", DisplayName=expense["name"])
    day = expense["expense_date"]
    row = chain.sync("expenses", first_day=day, last_day=day)["expense", str(expense["id"])]
    assert row.reason_code == "waiting_for_parent"
    assert f"(vendor {euro}), which QuickBooks keeps in EUR" in row.reason
    assert not [bill for bill in chain.objects("Bill") if bill["VendorRef"]["value"] == euro]


def test_an_account_in_another_currency_is_no_account_to_book_on(chain) -> None:
    """``check`` says it, and so does every payment that needs it; the others go."""
    mappings = chain.company.mappings
    (most,) = chain.rentaxis(
        "select a.id, a.number from payments p join accounts a on a.id = p.deposit_account_id"
        " where p.payment_date between '2026-05-01' and '2026-06-30' and p.status = 'completed' and p.deleted_at is null"
        " group by a.id, a.number order by count(*) limit 1"
    )
    in_euro(chain, "Account", Name="Euro Checking", AccountType="Bank")
    changed = mappings.model_copy(
        update={"bank_accounts": {**mappings.bank_accounts, most["number"]: "Euro Checking"}}
    )
    chain.company = chain.company.model_copy(update={"mappings": changed})
    with chain.run() as run:
        problems = {
            one.key_path: one.reason
            for one in check_mappings(chain.company, references_of(run.connection, run.realm))
        }
    key_path = f"mappings.bank_accounts.{most['number']}"
    assert problems[key_path] == (
        f"The account 'Euro Checking' ({key_path}) is kept in EUR in QuickBooks; the company's own currency is USD."
    )
    rows = chain.sync("invoices", "payments", **MAY_JUNE)
    refused = {row.source_id for row in rows.values() if row.reason_code == "other_currency"}
    by_account = {
        str(one["id"])
        for one in chain.rentaxis("select id from payments where deposit_account_id = %s", most["id"])
    }
    assert refused and refused <= by_account
    assert any(row.status == "created" for key, row in rows.items() if key[0] == "payment")


def test_a_company_that_keeps_several_currencies_is_pushed_to_in_its_own(chain) -> None:
    """Each transaction says its currency, as the reference demands; a customer in euro is refused as ever, and nothing goes twice."""
    deed = {"deed": "prefer", "group": "CurrencyPrefs", "name": "MultiCurrencyEnabled", "value": True}
    may = {"first_day": dt.date(2026, 5, 1), "last_day": dt.date(2026, 5, 31)}
    key = chain.labelled("rename")
    euro = in_euro(
        chain,
        "Customer",
        DisplayName="Dana in Euro",
        PrimaryEmailAddr={"Address": "dana.whitmore@example.com"},
    )
    before = {entity: len(chain.objects(entity)) for entity in MONEY}
    control(chain, "hand", deed)
    rows = chain.sync(**may)
    assert (rows[key].reason_code, rows[key].status) == ("other_currency", "failed")
    assert not [row.reason for row in rows.values() if row.reason_code == "rejected"]
    for entity in MONEY:
        made = chain.objects(entity)[before[entity] :]
        assert made and {one["CurrencyRef"]["value"] for one in made} == {"USD"}
        assert all(one.get("HomeTotalAmt", one["TotalAmt"]) == one["TotalAmt"] for one in made)
        assert not [one for one in made if one.get("CustomerRef", {}).get("value") == euro]
    control(chain, "hand", {**deed, "value": False})
    again = chain.sync(**may)
    assert not [row for row in again.values() if row.status in ("created", "updated")]
