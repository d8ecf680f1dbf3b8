"""What has to let go goes first: whatever has to, in one run or over several ranges, whether QuickBooks voids a paid invoice or not."""

import datetime as dt
from collections.abc import Iterator

import pytest

from rentaxis_pipelines_tests.support.accountant import applied, money

MAY, LATER = dt.date(2026, 5, 1), dt.date(2026, 5, 20)


@pytest.fixture(params=["unlink", "refuse"])
def voids(request, accountant) -> Iterator[str]:
    """Both of what QuickBooks may do with the void of a paid invoice."""
    before = accountant.control("switches", {})["void_linked"]
    accountant.control("switches", {"void_linked": request.param})
    yield request.param
    accountant.control("switches", {"void_linked": before})


def on(day: dt.date) -> dict[str, dt.date]:
    return {"first_day": day, "last_day": day}


def nothing_left(sync) -> None:
    assert not {row.status for row in sync().values()} & {"created", "updated", "failed"}


def test_void_and_bill_again_with_the_payment_moved(rentaxis, sync, accountant, voids) -> None:
    """In one run, and with one old number: the payment moves to the new invoice, then the old one is voided."""
    tenant = rentaxis.tenant(f"Void Again {voids}")
    old = rentaxis.invoice(tenant, "800.00", day=MAY)
    payment = rentaxis.payment(tenant, "800.00", (old, "800.00"), day=LATER)
    sync()
    rentaxis.void("invoices", old, "Wrong unit")
    new = rentaxis.invoice(tenant, "800.00", day=MAY)
    rentaxis.apply(payment, (new, "800.00"))
    rows = sync()
    assert (rows["invoice", str(old)].status, rows["invoice", str(old)].action) == ("updated", "void")
    assert rows["payment", str(payment)].status == "updated"
    assert accountant.of("invoice", old)["TotalAmt"] == 0
    assert accountant.of("invoice", old)["PrivateNote"].startswith("Voided - Void in RentAxis: Wrong unit")
    assert applied(accountant.of("payment", payment)) == {accountant.of("invoice", new)["Id"]: money(800)}
    assert accountant.balance(f"Void Again {voids}") == 0
    nothing_left(sync)


@pytest.mark.parametrize("how", ["void", "deleted", "erased"])
@pytest.mark.parametrize("order", ["invoice first", "payment first"])
def test_over_different_ranges(rentaxis, sync, accountant, voids, order, how) -> None:
    """The row names the payment and its day; once that has been pushed the invoice follows with its next push."""
    name = f"Ranges {voids} {order} {how}"
    tenant = rentaxis.tenant(name)
    old = rentaxis.invoice(tenant, "800.00", day=MAY)
    payment = rentaxis.payment(tenant, "800.00", (old, "800.00"), day=LATER)
    sync()
    new = rentaxis.invoice(tenant, "800.00", day=MAY)
    rentaxis.apply(payment, (new, "800.00"))
    if how == "void":
        rentaxis.void("invoices", old)
    elif how == "deleted":
        rentaxis.change("invoices", old, deleted_at=dt.datetime.now(dt.UTC))
    else:
        rentaxis.ask("DELETE FROM payment_allocations WHERE invoice_id = %s", old)
        rentaxis.erase("invoices", old)
    if order == "invoice first":
        row = sync(**on(MAY))["invoice", str(old)]
        if voids == "refuse":
            assert (row.status, row.reason_code) == ("failed", "held_by_payment")
            assert f"Payment PAY-{payment} (800.00, dated {LATER})" in row.reason
            assert accountant.of("invoice", old)["TotalAmt"] == money(800)
        assert applied(accountant.of("payment", payment)).keys() <= {accountant.of("invoice", old)["Id"]}
    sync(**on(LATER))
    sync(**on(MAY))
    sync(**on(LATER))
    assert accountant.of("invoice", old)["TotalAmt"] == 0
    assert applied(accountant.of("payment", payment)) == {accountant.of("invoice", new)["Id"]: money(800)}
    assert accountant.balance(name) == 0
    nothing_left(sync)


def test_a_payment_of_the_accountant_is_left_alone(rentaxis, chain, sync, accountant, voids) -> None:
    """Applied by hand in QuickBooks: the row names it, fails, and nothing is touched, however QuickBooks takes a void."""
    tenant = rentaxis.tenant(f"By Hand {voids}")
    invoice = rentaxis.invoice(tenant, "90.00")
    smaller = rentaxis.invoice(tenant, "50.00")
    sync()
    for number, one in (("CHK-77", invoice), ("CHK-78", smaller)):
        found = accountant.of("invoice", one)
        line = {"Amount": 50, "LinkedTxn": [{"TxnId": found["Id"], "TxnType": "Invoice"}]}
        body = {"CustomerRef": {"value": found["CustomerRef"]["value"]}, "TotalAmt": 50, "Line": [line]}
        chain.write("Payment", {**body, "PaymentRefNum": number, "TxnDate": "2026-05-09"})
    theirs = [one for one in accountant.all("Payment") if one.get("PaymentRefNum") in ("CHK-77", "CHK-78")]
    rentaxis.void("invoices", invoice)
    rentaxis.bill_again(smaller, "20.00")
    rows = sync()
    for one, number in ((invoice, "CHK-77"), (smaller, "CHK-78")):
        row = rows["invoice", str(one)]
        assert row.status == "failed"
        assert f"payment {number} (50.00, dated 2026-05-09)" in row.reason
        assert f"Unapply payment {number}" in row.how_to_fix
    assert [one for one in accountant.all("Payment") if one in theirs] == theirs
    assert accountant.of("invoice", invoice)["TotalAmt"] == money(90)
    for payment in theirs:
        address = {name: payment[name] for name in ("Id", "SyncToken", "CustomerRef")}
        chain.write("Payment", {**address, "TotalAmt": 50, "Line": [], "sparse": True})
    rows = sync()
    assert {rows["invoice", str(one)].status for one in (invoice, smaller)} == {"updated"}
    nothing_left(sync)


@pytest.mark.parametrize("many", [2, 3])
def test_payments_exchange_whole_invoices(rentaxis, sync, accountant, many) -> None:
    """In a circle, in one run: one of them is taken off first and applied anew."""
    tenant = rentaxis.tenant(f"Swap {many}")
    invoices = [rentaxis.invoice(tenant, "100.00") for _ in range(many)]
    payments = [rentaxis.payment(tenant, "100.00", (one, "100.00")) for one in invoices]
    sync()
    for number, payment in enumerate(payments):
        rentaxis.apply(payment, (invoices[(number + 1) % many], "100.00"))
    rows = sync()
    assert {rows["payment", str(one)].status for one in payments} == {"updated"}
    for number, payment in enumerate(payments):
        then = accountant.of("invoice", invoices[(number + 1) % many])["Id"]
        assert applied(accountant.of("payment", payment)) == {then: money(100)}
    assert accountant.balance(f"Swap {many}") == 0
    nothing_left(sync)


@pytest.mark.parametrize("ranges", ["one", "several"])
@pytest.mark.parametrize("taken", ["off", "along", "by another"])
def test_a_paid_invoice_goes_to_another_payer(rentaxis, sync, accountant, taken, ranges) -> None:
    """Once its payments have let go of it; those that belong to the new payer are applied again."""
    name = f"Hands {taken} {ranges}"
    first, second = rentaxis.tenant(f"{name} first"), rentaxis.tenant(f"{name} second")
    invoice = rentaxis.invoice(first, "70.00", day=MAY)
    payment = rentaxis.payment(first, "70.00", (invoice, "70.00"), day=LATER)
    sync()
    rentaxis.change("invoices", invoice, billed_to_id=second[1])
    rentaxis.apply(payment)
    if taken == "along":
        rentaxis.change("payments", payment, payer_id=second[1])
        rentaxis.apply(payment, (invoice, "70.00"))
    elif taken == "by another":
        rentaxis.payment(second, "70.00", (invoice, "70.00"), day=LATER)
    if ranges == "one":
        rows = sync()
        assert not [row.reason for row in rows.values() if row.status == "failed"]
    else:
        row = sync(**on(MAY))["invoice", str(invoice)]
        assert (row.status, row.reason_code) == ("failed", "held_by_payment")
        assert f"Payment PAY-{payment} (70.00, dated {LATER})" in row.reason
        sync(**on(LATER))
        sync(**on(MAY))
        sync(**on(LATER))
    owes = {"off": (money(-70), money(70)), "along": (0, 0), "by another": (money(-70), 0)}
    assert (accountant.balance(f"{name} first"), accountant.balance(f"{name} second")) == owes[taken]
    assert accountant.of("invoice", invoice)["CustomerRef"]["name"] == f"{name} second"
    nothing_left(sync)


def test_a_bill_that_the_accountant_paid(rentaxis, chain, sync, accountant) -> None:
    """A bill becomes void, and a bill payment that is not ours is on it: named, failed, untouched."""
    vendor = rentaxis.vendor("Hand Paid", email="hand@example.com")
    expense = rentaxis.expense("60.00", vendor_id=vendor, status="unpaid", due_date=LATER)
    sync()
    bill = accountant.of("expense", expense)
    line = {"Amount": 60, "LinkedTxn": [{"TxnId": bill["Id"], "TxnType": "Bill"}]}
    paid_from = {"BankAccountRef": {"value": accountant.account("Checking")}}
    body = {"VendorRef": bill["VendorRef"], "TotalAmt": 60, "PayType": "Check", "CheckPayment": paid_from}
    chain.write("BillPayment", {**body, "DocNumber": "2301", "TxnDate": "2026-05-08", "Line": [line]})
    rentaxis.change("expenses", expense, status="void")
    row = sync()["expense", str(expense)]
    assert row.status == "failed"
    assert "bill payment 2301 (60.00, dated 2026-05-08)" in row.reason
    assert accountant.of("expense", expense)["TotalAmt"] == money(60)
    rentaxis.change("expenses", expense, status="unpaid")


def test_an_invoice_pushed_alone_brings_the_payment_that_has_to_let_go(
    rentaxis, chain, sync, accountant, voids
) -> None:
    """By its number or id, without a range: the payment lets go, the void follows, nothing else is touched."""
    tenant = rentaxis.tenant(f"Alone {voids}")
    invoice = rentaxis.invoice(tenant, "40.00", day=MAY)
    payment = rentaxis.payment(tenant, "40.00", (invoice, "40.00"), day=LATER)
    sync()
    rentaxis.void("invoices", invoice)
    rentaxis.keep_accounts()
    chain.push_record("invoice", invoice)
    assert accountant.of("invoice", invoice)["TotalAmt"] == 0
    assert (
        accountant.of("payment", payment)["UnappliedAmt"],
        applied(accountant.of("payment", payment)),
    ) == (40, {})
