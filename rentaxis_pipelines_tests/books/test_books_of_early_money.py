"""Money received before its invoice can be paid: booked on its day, applied when the invoice arrives, on the same payment."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rentaxis_pipelines_tests.support.accountant import applied, money

LATE = dt.date(2026, 6, 30)
FIRST = dt.date(2026, 7, 1)


def night(sync: Callable[..., Any], day: dt.date) -> Any:
    """The sync of one night."""
    return sync(first_day=day, last_day=day)


def test_rent_paid_the_day_before_its_invoice(rentaxis, sync, accountant) -> None:
    """The money is in the bank on 30 June and so it is in the books; the invoice of 1 July takes it when both are in one range."""
    tenant = rentaxis.tenant("Early Earl")
    invoice = rentaxis.invoice(tenant, "900.00", day=FIRST)
    payment = rentaxis.payment(tenant, "900.00", (invoice, "900.00"), day=LATE)
    row = night(sync, LATE)["payment", str(payment)]
    assert (row.status, row.reason_code) == ("created", "applied_in_part")
    assert f"900.00 is waiting for invoice INV-{invoice}, which is dated 2026-07-01" in row.reason
    found = accountant.of("payment", payment)
    assert (found["TxnDate"], found["TotalAmt"], found["UnappliedAmt"]) == (
        "2026-06-30",
        money(900),
        money(900),
    )
    assert not accountant.all_of("invoice", invoice)  # a range touches nothing outside it
    again = night(sync, LATE)["payment", str(payment)]
    assert (again.status, again.reason_code) == ("skipped", "applied_in_part")
    night(sync, FIRST)
    assert accountant.of("invoice", invoice)["Balance"] == money(900)
    row = sync(first_day=LATE, last_day=FIRST)["payment", str(payment)]
    assert (row.status, row.reason_code) == ("updated", None)
    after = accountant.of("payment", payment)
    assert (after["Id"], after["TxnDate"]) == (found["Id"], "2026-06-30")
    assert applied(after) == {accountant.of("invoice", invoice)["Id"]: money(900)}
    assert sync(first_day=LATE, last_day=FIRST)["payment", str(payment)].reason_code == "unchanged"


@pytest.fixture
def company_file(chain) -> Callable[..., None]:
    """Other settings of the company, for this test."""

    def choose(**chosen: Any) -> None:
        chain.company = chain.company.model_copy(update=chosen)

    return choose


@pytest.fixture
def enabled(rentaxis) -> Iterator[Callable[[list[str]], None]]:
    """Which record types RentAxis lets through; all of them again afterwards."""
    (kept,) = rentaxis.ask("SELECT enabled_types FROM quickbooks_connections WHERE id = 1")

    def choose(types: list[str]) -> None:
        rentaxis.ask("UPDATE quickbooks_connections SET enabled_types = %s WHERE id = 1", types)

    yield choose
    choose(kept["enabled_types"])


def paid(rentaxis, name: str, *days: dt.date, **columns: Any) -> tuple[list[int], int]:
    """A tenant's invoices of 100.00 of these days, and one payment of all of them on 30 June."""
    tenant = rentaxis.tenant(name)
    invoices = [rentaxis.invoice(tenant, "100.00", day=day, **columns) for day in days]
    return invoices, rentaxis.payment(
        tenant, f"{len(days)}00.00", *((one, "100.00") for one in invoices), day=LATE
    )


def test_an_invoice_before_go_live_is_said_once_and_is_for_a_person_to_apply(
    rentaxis, sync, accountant, company_file
) -> None:
    (old, new), payment = paid(rentaxis, "Gloria Live", dt.date(2026, 5, 20), LATE)
    company_file(go_live=dt.date(2026, 6, 1))
    row = sync()["payment", str(payment)]
    assert (row.status, row.reason_code) == ("created", "apply_by_hand")
    assert f"100.00 is for invoice INV-{old}, which is dated 2026-05-20, before the go-live" in row.reason
    assert "by hand" in row.how_to_fix
    found = accountant.of("payment", payment)
    assert applied(found) == {accountant.of("invoice", new)["Id"]: money(100)}
    assert (found["TotalAmt"], found["UnappliedAmt"]) == (money(200), money(100))
    assert sync()["payment", str(payment)].status == "skipped"
    rentaxis.void("payments", payment)
    rentaxis.void("invoices", old)
    sync()


def test_an_invoice_before_the_first_day(rentaxis, sync, accountant, company_file) -> None:
    (old,), payment = paid(rentaxis, "Fern First", dt.date(2026, 5, 20))
    company_file(first_day=dt.date(2026, 6, 1))
    row = sync(first_day=dt.date(2026, 6, 1))["payment", str(payment)]
    assert (row.status, row.reason_code) == ("created", "apply_by_hand")
    assert f"INV-{old}, which is dated 2026-05-20, before the first day" in row.reason
    assert f"rentaxis-sync record invoice {old}" in row.how_to_fix
    assert accountant.of("payment", payment)["UnappliedAmt"] == money(100)
    sync(first_day=dt.date(2026, 5, 20))  # as if it had been pushed alone
    assert accountant.of("payment", payment)["UnappliedAmt"] == 0


def test_invoices_switched_off(rentaxis, sync, accountant, enabled) -> None:
    enabled(["customers", "payments", "expenses"])
    (invoice,), payment = paid(rentaxis, "Otto Off", LATE)
    row = sync()["payment", str(payment)]
    assert (row.status, row.reason_code) == ("created", "apply_by_hand")
    assert "invoices are switched off" in row.reason
    assert "Switch" in row.how_to_fix
    enabled(["customers", "invoices", "payments", "expenses"])
    assert sync()["payment", str(payment)].status == "updated"
    assert accountant.of("invoice", invoice)["Balance"] == 0
    assert sync()["payment", str(payment)].reason_code == "unchanged"


def test_one_payment_over_an_imported_invoice_and_one_of_ours(rentaxis, chain, sync, accountant) -> None:
    """800.00 over an invoice that came from QuickBooks and one that did not: both are paid."""
    tenant = rentaxis.tenant("Imogen Port")
    own = rentaxis.invoice(tenant, "300.00")
    sync()
    customer = accountant.customer("Imogen Port")
    theirs = chain.write("Invoice", _by_hand(accountant, own, customer, "500.00"))
    imported = rentaxis.invoice(tenant, "500.00", invoice_number="QB-77")
    _imported(rentaxis, imported, theirs["Id"])
    payment = rentaxis.payment(tenant, "800.00", (imported, "500.00"), (own, "300.00"))
    row = sync()["payment", str(payment)]
    assert (row.status, row.reason_code) == ("created", None)
    assert applied(accountant.of("payment", payment)) == {
        theirs["Id"]: money(500),
        accountant.of("invoice", own)["Id"]: money(300),
    }
    assert accountant.balance("Imogen Port") == 0
    assert sync()["payment", str(payment)].reason_code == "unchanged"


@pytest.mark.parametrize("why", ["another customer", "gone", "paid already"])
def test_an_imported_invoice_that_cannot_take_it(rentaxis, chain, sync, accountant, why) -> None:
    """It is looked up before it is used: the money is booked, and the row says what the invoice is."""
    tenant, other = rentaxis.tenant(f"Ira {why}"), rentaxis.tenant(f"Another than Ira {why}")
    own, others = rentaxis.invoice(tenant, "300.00"), rentaxis.invoice(other, "300.00")
    sync()
    customer = accountant.customer(f"Another than Ira {why}" if why == "another customer" else f"Ira {why}")
    theirs = chain.write("Invoice", _by_hand(accountant, others, customer, "500.00"))
    if why == "paid already":
        line = {"Amount": 400, "LinkedTxn": [{"TxnId": theirs["Id"], "TxnType": "Invoice"}]}
        chain.write(
            "Payment",
            {
                "CustomerRef": {"value": customer["Id"]},
                "TotalAmt": 400,
                "Line": [line],
                "PaymentRefNum": "C1",
            },
        )
    imported = rentaxis.invoice(tenant, "500.00", invoice_number=f"QB {why}")
    _imported(rentaxis, imported, theirs["Id"] if why != "gone" else "987654")
    payment = rentaxis.payment(tenant, "800.00", (imported, "500.00"), (own, "300.00"))
    row = sync()["payment", str(payment)]
    assert (row.status, row.reason_code) == ("created", "apply_by_hand")
    said = {
        "another customer": "another customer",
        "gone": "no longer there",
        "paid already": "100.00 of it is still open",
    }
    assert f"500.00 is for invoice QB {why}, which was imported from QuickBooks" in row.reason
    assert said[why] in row.reason
    assert applied(accountant.of("payment", payment)) == {accountant.of("invoice", own)["Id"]: money(300)}


def _by_hand(accountant, like: int, customer: dict[str, Any], amount: str) -> dict[str, Any]:
    """An invoice as an accountant enters it, of the product another one has."""
    (line,) = [one for one in accountant.of("invoice", like)["Line"] if "SalesItemLineDetail" in one]
    item = {"ItemRef": line["SalesItemLineDetail"]["ItemRef"]}
    return {
        "CustomerRef": {"value": customer["Id"]},
        "TxnDate": "2026-05-01",
        "DocNumber": f"HAND-{customer['Id']}",
        "Line": [{"Amount": float(amount), "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": item}],
    }


def _imported(rentaxis, invoice: int, quickbooks_id: str) -> None:
    rentaxis.add(
        "quickbooks_links",
        organization_id=1,
        entity_type="invoice",
        entity_id=invoice,
        qbo_type="Invoice",
        qbo_id=quickbooks_id,
        origin="imported",
        match_state="linked",
    )


@pytest.mark.parametrize("unapplied", ["push", "hold"])
@pytest.mark.parametrize("what", ["void", "deleted", "excluded", "refused", "gone"])
def test_a_wait_that_does_not_end_by_itself_says_the_truth(
    rentaxis, chain, sync, accountant, policies, what, unapplied
) -> None:
    """What the invoice is and what to do, by its number; the money is booked on its day, unless the company holds it."""
    policies(unapplied=unapplied)
    columns = {"total_amount": money(101)} if what == "refused" else {}
    (invoice,), payment = paid(rentaxis, f"{what} {unapplied}", LATE, **columns)
    said = {
        "void": "is void in RentAxis",
        "deleted": "was deleted in RentAxis",
        "excluded": "was excluded by Dana Reyes",
        "refused": "failed on ",
        "gone": "is no longer in QuickBooks",
    }[what]
    if what == "void":
        rentaxis.void("invoices", invoice)
    if what == "deleted":
        rentaxis.ask("UPDATE invoices SET deleted_at = now() WHERE id = %s", invoice)
    if what == "excluded":
        chain.decide("exclude", "invoice", str(invoice))
    if what == "gone":
        sync("customers", "invoices")
        made = accountant.of("invoice", invoice)
        accountant.control("hand", {"deed": "delete", "entity": "Invoice", "id": made["Id"]})
        rentaxis.change("invoices", invoice, memo="Looked at again")
        assert sync("invoices")["invoice", str(invoice)].reason_code == "gone_in_quickbooks"
    row = sync()["payment", str(payment)]
    assert f"invoice INV-{invoice}, which {said}" in row.reason
    assert "not in QuickBooks yet" not in row.reason
    assert row.how_to_fix and not row.how_to_fix.startswith("Nothing to do")
    if unapplied == "push":
        assert (row.status, row.reason_code) == ("created", "apply_by_hand")
        assert accountant.of("payment", payment)["UnappliedAmt"] == money(100)
    else:
        assert row.status == ("skipped" if what in ("refused", "gone") else "failed")
        assert not accountant.all_of("payment", payment)
    rentaxis.void("payments", payment)
    rentaxis.void("invoices", invoice)


def test_an_invoice_voided_after_it_was_paid_lets_go_and_the_money_stays(rentaxis, sync, accountant) -> None:
    (invoice,), payment = paid(rentaxis, "Vera Void", LATE)
    sync()
    rentaxis.void("invoices", invoice)  # RentAxis keeps the allocation here, as it should not
    row = sync()["payment", str(payment)]
    assert row.reason_code == "apply_by_hand"
    found = accountant.of("payment", payment)
    assert (found["TotalAmt"], found["UnappliedAmt"]) == (money(100), money(100))


def test_a_closed_month_keeps_its_payment_and_says_to_apply_it_by_hand(
    rentaxis, sync, accountant, closed_books
) -> None:
    """The invoice comes after the payment's month was closed: QuickBooks lets nobody touch the payment then."""
    (invoice,), payment = paid(rentaxis, "Clo Sed", FIRST)
    night(sync, LATE)
    closed_books("2026-06-30")
    row = sync(first_day=LATE, last_day=FIRST)["payment", str(payment)]
    assert (row.status, row.reason_code) == ("failed", "closed_period")
    assert "Only what it is applied to differs" in row.reason
    assert "by hand" in row.how_to_fix
    assert accountant.of("invoice", invoice)["Balance"] == money(100)


def test_a_preview_says_what_would_wait(rentaxis, chain, sync) -> None:
    (invoice,), payment = paid(rentaxis, "Prue View", FIRST)
    row = sync(first_day=LATE, last_day=LATE, preview=True)["payment", str(payment)]
    assert row.reason_code == "preview"
    assert f"100.00 is waiting for invoice INV-{invoice}" in row.reason
    row = sync(first_day=LATE, last_day=FIRST, preview=True)["payment", str(payment)]
    assert "waits" not in row.reason
