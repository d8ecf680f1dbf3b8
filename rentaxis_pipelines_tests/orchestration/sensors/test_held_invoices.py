"""An invoice that its payment stands in the way of: the payment's day is brought by itself, and the invoice follows."""

import datetime as dt

from rentaxis_pipelines_tests.support.accountant import Accountant

MONTH = {"first_day": dt.date(2026, 5, 1), "last_day": dt.date(2026, 5, 31)}
# Paid by one payment alone, on another day; neither is a case of the portfolio's.
PAID = """
    select i.id::text as invoice, i.invoice_date as billed, p.id::text as payment, p.payment_date as paid from invoices i
    join payment_allocations a on a.invoice_id = i.id and a.deleted_at is null join payments p on p.id = a.payment_id
    where i.organization_id = 1 and i.status = 'paid' and p.status = 'completed' and i.total_amount = a.amount and p.amount = a.amount
      and p.payment_date <> i.invoice_date and i.invoice_date between '2026-05-01' and '2026-05-31'
      and p.payment_date between '2026-05-01' and '2026-05-31'
      and not exists (select from demo_cases c where c.entity_id in (i.id::text, p.id::text))
    order by i.id limit 1"""


def test_a_void_follows_its_payment_over_two_ticks_and_nothing_is_tried_for_ever(company_sensors) -> None:
    """Void in RentAxis, its payment not edited and of another day, and QuickBooks voids no paid invoice."""
    company_sensors.chain.sync(**MONTH)
    (found,) = company_sensors.chain.rentaxis(PAID)
    accountant = Accountant(company_sensors.chain.quickbooks)
    accountant.control("switches", {"void_linked": "refuse"})
    company_sensors.chain.rentaxis("update invoices set status = 'void' where id = %s", int(found["invoice"]))
    day = {"first_day": found["billed"], "last_day": found["billed"]}
    assert company_sensors.chain.sync(**day)["invoice", found["invoice"]].reason_code == "held_by_payment"
    tick = company_sensors.tick("fixed_records")
    assert [one.tags["dagster/asset_partition_range_start"] for one in tick.run_requests] == [
        str(found["paid"])
    ]
    company_sensors.carry_out(tick)
    tick = company_sensors.tick("fixed_records")
    assert [one.tags["dagster/asset_partition_range_start"] for one in tick.run_requests] == [
        str(found["billed"])
    ]
    assert any(
        rows.get(("invoice", found["invoice"])) and rows["invoice", found["invoice"]].action == "void"
        for rows in company_sensors.carry_out(tick)
    )
    assert accountant.of("invoice", found["invoice"])["TotalAmt"] == 0
    assert company_sensors.asked("fixed_records") == []


def test_a_payment_that_does_not_let_go_is_pushed_once(company_sensors) -> None:
    """The payer of a paid invoice was changed and the payment left where it is: the row waits for a person."""
    company_sensors.chain.sync(**MONTH)
    (found,) = company_sensors.chain.rentaxis(PAID)
    company_sensors.chain.rentaxis(
        """update invoices set billed_to_id = (select max(t.id) from tenants t join organization_tenants o
            on o.tenant_id = t.id and o.organization_id = 1 where t.id <> invoices.billed_to_id
            and not exists (select from demo_cases c where c.entity_id = t.id::text)) where id = %s""",
        int(found["invoice"]),
    )
    day = {"first_day": found["billed"], "last_day": found["billed"]}
    assert company_sensors.chain.sync(**day)["invoice", found["invoice"]].reason_code == "held_by_payment"
    tick = company_sensors.tick("fixed_records")
    assert [one.tags["dagster/asset_partition_range_start"] for one in tick.run_requests] == [
        str(found["paid"])
    ]
    company_sensors.carry_out(tick)
    assert company_sensors.asked("fixed_records") == []
