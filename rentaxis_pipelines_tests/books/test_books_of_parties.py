"""Customers and vendors as an accountant keeps them: they follow RentAxis, lose nothing that was not emptied, and are kept in the company's money."""

import datetime as dt
import random

import pytest

DAY = dt.date(2026, 8, 3)
ON_THE_DAY = {"first_day": DAY, "last_day": DAY}


def test_whoever_an_invoice_is_billed_to_is_up_to_date_whenever_it_joined(rentaxis, sync, accountant) -> None:
    """The tenant joined long before the first day that is synced, and has moved and married since."""
    tenant = rentaxis.tenant("Olga Brandt")
    rentaxis.invoice(tenant, "900.00", day=DAY)
    assert sync("invoices", **ON_THE_DAY)["tenant", str(tenant[1])].status == "created"
    customer = accountant.customer("Olga Brandt")
    rentaxis.change("tenants", tenant[1], name="Olga Brandt-Ruiz", phone="(555) 010-0199")
    rows = sync("invoices", **ON_THE_DAY)
    assert rows["tenant", str(tenant[1])].status == "updated"
    changed = accountant.customer("Olga Brandt-Ruiz")
    assert changed["Id"] == customer["Id"]
    assert changed["PrimaryPhone"] == {"FreeFormNumber": "(555) 010-0199"}
    assert not any(row.action != "none" for row in sync("invoices", **ON_THE_DAY).values())


def test_customers_chosen_alone_are_all_that_changed(rentaxis, sync, accountant) -> None:
    """On a day nobody joined; with a row each, and no other customer is made."""
    tenant = rentaxis.tenant("Piet Vos")
    stranger = rentaxis.tenant("Never Billed")
    rentaxis.invoice(tenant, "800.00", day=DAY)
    sync("invoices", **ON_THE_DAY)
    rentaxis.change("tenants", tenant[1], phone="(555) 010-0198")
    rentaxis.change("tenants", stranger[1], phone="(555) 010-0197")
    rows = sync("customers", **ON_THE_DAY)
    assert rows["tenant", str(tenant[1])].status == "updated"
    assert ("tenant", str(stranger[1])) not in rows
    assert accountant.customer("Piet Vos")["PrimaryPhone"] == {"FreeFormNumber": "(555) 010-0198"}


def test_a_vendors_new_phone_arrives_with_any_run_of_expenses(rentaxis, sync, chain) -> None:
    vendor = rentaxis.vendor("Ace Plumbing of Trenton", email="ace@trenton.example", phone="(555) 010-0300")
    rentaxis.expense("75.00", day=DAY, vendor_id=vendor)
    sync("expenses", **ON_THE_DAY)
    rentaxis.change("vendors", vendor, phone="(555) 010-0301")
    day = DAY + dt.timedelta(days=40)
    assert sync("expenses", first_day=day, last_day=day)["vendor", str(vendor)].status == "updated"
    (found,) = chain.objects("Vendor", "DisplayName = 'Ace Plumbing of Trenton'")
    assert found["PrimaryPhone"] == {"FreeFormNumber": "(555) 010-0301"}


def test_several_addresses_travel_and_one_that_does_not_fit_stays_as_it_was(
    rentaxis, sync, accountant
) -> None:
    """Sent, kept and said, then emptied for good; the lines of the address keep their order, and lose the one that is gone."""
    program = rentaxis.program(
        "Lakeside Vouchers",
        email="one@lake.example; two@lake.example",
        address="Suite 5\n1 Lake Rd\nTrenton, NJ 08608",
    )
    key = ("program", str(program[1]))
    invoice = rentaxis.invoice(program, "500.00", day=DAY)
    sync("invoices", **ON_THE_DAY)
    customer = accountant.customer("Lakeside Vouchers")
    assert customer["PrimaryEmailAddr"] == {"Address": "one@lake.example,two@lake.example"}
    assert [customer["BillAddr"][f"Line{n}"] for n in (1, 2, 3)] == [
        "Suite 5",
        "1 Lake Rd",
        "Trenton, NJ 08608",
    ]
    rentaxis.change("programs", program[1], email="one@lake,two@lake", address="1 Lake Rd\nTrenton, NJ 08608")
    row = sync("customers", **ON_THE_DAY)[key]
    assert (row.status, row.reason_code) == ("updated", "unfit_field")
    assert (
        "The e-mail address in RentAxis is not valid in QuickBooks, so the one there was left unchanged"
        in row.reason
    )
    customer = accountant.customer("Lakeside Vouchers")
    assert customer["PrimaryEmailAddr"] == {"Address": "one@lake.example,two@lake.example"}
    assert (customer["BillAddr"]["Line1"], customer["BillAddr"]["Line2"]) == (
        "1 Lake Rd",
        "Trenton, NJ 08608",
    )
    assert not customer["BillAddr"].get("Line3")
    assert key not in sync("invoices", **ON_THE_DAY)
    rentaxis.change("programs", program[1], email="three@lake")
    told = sync("invoices", **ON_THE_DAY)
    assert (told[key].status, told[key].reason_code) == ("skipped", "unfit_field")
    assert told["invoice", str(invoice)].reason_code == "unchanged"
    rentaxis.change("programs", program[1], email=None, address=None)
    assert sync("invoices", **ON_THE_DAY)[key].status == "updated"
    assert not {"PrimaryEmailAddr", "BillAddr"} & accountant.customer("Lakeside Vouchers").keys()


def test_a_customer_kept_in_another_currency_is_refused_by_name(rentaxis, sync, accountant, chain) -> None:
    """Nothing is booked on it, and nobody is made beside it."""
    tenant = rentaxis.tenant("Emil Euro", email="emil@euro.example")
    euro = chain.write(
        "Customer",
        {
            "DisplayName": "Emil (EUR)",
            "PrimaryEmailAddr": {"Address": "emil@euro.example"},
            "CurrencyRef": {"value": "EUR"},
        },
    )
    invoice = rentaxis.invoice(tenant, "700.00", day=DAY)
    row = sync("invoices", **ON_THE_DAY)["invoice", str(invoice)]
    assert (row.status, row.reason_code) == ("skipped", "waiting_for_parent")
    assert f"'Emil (EUR)' (customer {euro['Id']}), whose currency in QuickBooks is EUR" in row.reason
    assert not chain.objects("Invoice", f"CustomerRef = '{euro['Id']}'")
    assert [one["DisplayName"] for one in chain.objects("Customer") if "Emil" in one["DisplayName"]] == [
        "Emil (EUR)"
    ]


@pytest.mark.parametrize("seed", [1, 2])
def test_in_any_order_of_edits_and_runs_everybody_who_was_pushed_is_as_rentaxis_says(
    rentaxis, sync, chain, seed: int
) -> None:
    """Whatever a run chose, and however far apart: once customers and expenses are chosen, all phone numbers agree, and nothing is left to write."""
    chance = random.Random(seed)
    days = [dt.date(2026, 9, 1) + dt.timedelta(days=7 * number + 60 * seed) for number in range(3)]
    people = {f"Mover {seed} {number}": rentaxis.tenant(f"Mover {seed} {number}")[1] for number in range(3)}
    trades = {f"Trade {seed} {number}": rentaxis.vendor(f"Trade {seed} {number}") for number in range(2)}
    for number, tenant in enumerate(people.values()):
        rentaxis.invoice(("tenant", tenant), "10.00", day=days[number])
    for number, vendor in enumerate(trades.values()):
        rentaxis.expense("10.00", day=days[number], vendor_id=vendor)
    for number in range(12):
        day = chance.choice(days)
        match chance.choice(["tenant", "vendor", "customers", "invoices", "expenses"]):
            case "tenant":
                rentaxis.change(
                    "tenants", chance.choice(list(people.values())), phone=f"555-01{seed}{number:02}"
                )
            case "vendor":
                rentaxis.change(
                    "vendors", chance.choice(list(trades.values())), phone=f"555-02{seed}{number:02}"
                )
            case record_type:
                sync(record_type, first_day=day, last_day=day)
    sync("customers", "expenses", first_day=days[0], last_day=days[0])
    for table, entity, everybody in (("tenants", "Customer", people), ("vendors", "Vendor", trades)):
        phones = {row["name"]: row["phone"] for row in chain.rentaxis(f"select name, phone from {table}")}
        for found in chain.objects(entity):
            if found["DisplayName"] in everybody:
                assert found.get("PrimaryPhone", {}).get("FreeFormNumber") == phones[found["DisplayName"]]
    again = sync("customers", "expenses", first_day=days[0], last_day=days[0])
    assert not any(row.action != "none" for row in again.values())
