"""Each accounting case of payments, from the RentAxis row to what an accountant reads in QuickBooks."""

import datetime as dt

import pytest

from rentaxis_pipelines_tests.support.accountant import applied, money

JUNE = dt.date(2026, 6, 1)


def test_part_payment(rentaxis, sync, accountant) -> None:
    """Applied for what was paid; the invoice stays open for the rest, as in RentAxis."""
    tenant = rentaxis.tenant("Polly Part")
    invoice = rentaxis.invoice(tenant, "1000.00")
    payment = rentaxis.payment(tenant, "250.25", (invoice, "250.25"))
    sync()
    bill, paid = accountant.of("invoice", invoice), accountant.of("payment", payment)
    assert (bill["Balance"], paid["UnappliedAmt"]) == (money("749.75"), 0)
    assert applied(paid) == {bill["Id"]: money("250.25")}
    assert [
        row["balance_due"] for row in rentaxis.ask("SELECT balance_due FROM invoices WHERE id = %s", invoice)
    ] == [money("749.75")]


def test_one_payment_many_invoices(rentaxis, sync, accountant) -> None:
    """One payment, a line for each invoice; what is for one that is not there stays unapplied, and the row says for which."""
    tenant = rentaxis.tenant("Manny Bills")
    first, second = rentaxis.invoice(tenant, "100.00"), rentaxis.invoice(tenant, "200.00", status="draft")
    payment = rentaxis.payment(tenant, "300.00", (first, "100.00"), (second, "200.00"))
    row = sync()["payment", str(payment)]
    assert (row.status, row.reason_code) == ("created", "applied_in_part")
    assert f"200.00 is waiting for invoice INV-{second}, which is a draft in RentAxis" in (row.reason or "")
    assert accountant.of("payment", payment)["UnappliedAmt"] == money("200.00")
    rentaxis.change("invoices", second, status="sent")
    sync()
    found = accountant.of("payment", payment)
    assert found["TotalAmt"] == money("300.00")
    assert applied(found) == {
        accountant.of("invoice", first)["Id"]: money("100.00"),
        accountant.of("invoice", second)["Id"]: money("200.00"),
    }
    assert accountant.balance("Manny Bills") == 0


def test_overpayment_credit_and_prepayment(rentaxis, sync, accountant) -> None:
    """What is left over stays on the payment as a credit; used later, the same payment is updated, none is made up."""
    tenant = rentaxis.tenant("Otto Over")
    first = rentaxis.invoice(tenant, "100.00")
    over = rentaxis.payment(tenant, "160.00", (first, "100.00"))
    before = rentaxis.payment(tenant, "25.00")
    rentaxis.add(
        "tenant_credits",
        organization_id=1,
        tenant_id=tenant[1],
        source_payment_id=over,
        amount=money("60.00"),
        remaining=money("60.00"),
    )
    sync()
    assert accountant.of("payment", over)["UnappliedAmt"] == money("60.00")
    assert accountant.of("payment", before)["UnappliedAmt"] == money("25.00")
    assert accountant.balance("Otto Over") == money("-85.00")
    number = accountant.of("payment", over)["Id"]
    second = rentaxis.invoice(tenant, "60.00", day=JUNE)
    rentaxis.apply(over, (first, "100.00"), (second, "60.00"))
    sync()
    used = accountant.of("payment", over)
    assert (used["Id"], used["UnappliedAmt"], len(applied(used))) == (number, 0, 2)
    assert accountant.of("invoice", second)["Balance"] == 0
    assert accountant.balance("Otto Over") == money("-25.00")


def test_payment_edited(rentaxis, sync, accountant) -> None:
    """Amount, date, method and allocation change on the same payment, its lines replaced whole."""
    tenant = rentaxis.tenant("Eddy Ted")
    first, second = rentaxis.invoice(tenant, "500.00"), rentaxis.invoice(tenant, "500.00")
    payment = rentaxis.payment(tenant, "500.00", (first, "500.00"), reference="1234")
    sync()
    before = accountant.of("payment", payment)
    assert before["DepositToAccountRef"]["value"] == accountant.account("Undeposited Funds")
    rentaxis.change(
        "payments",
        payment,
        amount=money("450.00"),
        payment_date=dt.date(2026, 5, 20),
        method="ach",
        reference=None,
    )
    rentaxis.apply(payment, (second, "450.00"))
    sync()
    after = accountant.of("payment", payment)
    assert (after["Id"], after["TotalAmt"], after["TxnDate"]) == (before["Id"], money("450.00"), "2026-05-20")
    assert applied(after) == {accountant.of("invoice", second)["Id"]: money("450.00")}
    assert after["DepositToAccountRef"]["value"] == accountant.account("Checking")
    # It is no check any more, so it has RentAxis' own number.
    assert (before["PaymentRefNum"], after["PaymentRefNum"]) == ("1234", f"PAY-{payment}")
    assert after["PrivateNote"].splitlines() == ["12 Elm Street, unit 1", f"RentAxis payment {payment}"]
    assert (accountant.of("invoice", first)["Balance"], accountant.balance("Eddy Ted")) == (
        money(500),
        money(550),
    )


def test_payment_void(rentaxis, sync, accountant) -> None:
    """Voided, not deleted: it stands at zero under its number and its invoices are open again."""
    tenant = rentaxis.tenant("Vito Void")
    invoice = rentaxis.invoice(tenant, "90.00")
    payment = rentaxis.payment(tenant, "90.00", (invoice, "90.00"))
    sync()
    assert accountant.balance("Vito Void") == 0
    rentaxis.void("payments", payment, "Bounced check")
    assert sync()["payment", str(payment)].action == "void"
    found = accountant.of("payment", payment)
    assert (found["TotalAmt"], found["PaymentRefNum"]) == (0, f"PAY-{payment}")
    assert found["PrivateNote"].startswith("Voided")
    assert not applied(found)
    assert (accountant.of("invoice", invoice)["Balance"], accountant.balance("Vito Void")) == (
        money(90),
        money(90),
    )


@pytest.mark.parametrize("left", ["0.00", "40.00"])
def test_a_paid_invoice_becomes_smaller_as_its_payment_bounces(rentaxis, sync, accountant, left) -> None:
    """In one sync: QuickBooks does not let an invoice be smaller than what is applied to it, so it goes once the payment has let go."""
    tenant = rentaxis.tenant(f"Sally Small {left}")
    invoice = rentaxis.invoice(tenant, "100.00")
    payment = rentaxis.payment(tenant, "100.00", (invoice, "100.00"))
    sync()
    number = accountant.of("invoice", invoice)["Id"]
    rentaxis.bill_again(invoice, "60.00")
    if left == "0.00":
        rentaxis.void("payments", payment, "Bounced check")
    else:
        rentaxis.change("payments", payment, amount=money(left))
        rentaxis.apply(payment, (invoice, left))
    results = sync()
    assert results["invoice", str(invoice)].status == "updated"
    assert results["payment", str(payment)].status == "updated"
    found = accountant.of("invoice", invoice)
    assert (found["Id"], found["TotalAmt"]) == (number, money("60.00"))
    assert accountant.balance(f"Sally Small {left}") == money("60.00") - money(left)
    assert {row.reason_code for row in sync().values()} == {"unchanged"}


def test_a_payment_that_replaces_another(rentaxis, sync, accountant) -> None:
    """A bounced check and the payment that takes its place, in one sync: the invoice is let go before it is paid again.

    The same where one payment's part is given to another, down a chain of them.
    """
    tenant = rentaxis.tenant("Rubber Check")
    invoices = [rentaxis.invoice(tenant, "90.00") for _ in range(4)]
    payments = [rentaxis.payment(tenant, "90.00", (one, "90.00")) for one in invoices]
    sync()
    rentaxis.void("payments", payments[3], "Bounced check")
    new = rentaxis.payment(tenant, "90.00", (invoices[0], "90.00"), day=dt.date(2026, 5, 2))
    for number in range(
        3
    ):  # each moves on to the next invoice, the last of which was let go by the bounced check
        rentaxis.apply(payments[number], (invoices[number + 1], "90.00"))
    result = sync()
    assert {result["payment", str(one)].status for one in (*payments, new)} == {"updated", "created"}
    assert [accountant.of("invoice", one)["Balance"] for one in invoices] == [0, 0, 0, 0]
    assert accountant.balance("Rubber Check") == 0


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("pending", "draft"),
        ("failed", "void_never_pushed"),
        ("refunded", "invalid_value"),
        ("disputed", "unknown_source_value"),
        ("returned", "unknown_source_value"),
    ],
)
def test_refund_dispute_ach_return_bounced_check(rentaxis, sync, accountant, status, reason) -> None:
    """What is not a completed payment is never taken for one, and one of a status nobody knows is told."""
    tenant = rentaxis.tenant(f"Payer {status}")
    invoice = rentaxis.invoice(tenant, "40.00")
    payment = rentaxis.payment(tenant, "40.00", (invoice, "40.00"), status=status, method="ach")
    assert sync()["payment", str(payment)].reason_code == reason
    assert not accountant.all_of("payment", payment)
    assert accountant.balance(f"Payer {status}") == money("40.00")


def test_a_completed_payment_that_fails_later(rentaxis, sync, accountant) -> None:
    """An ACH return after the push: the payment is voided and the invoice open again."""
    tenant = rentaxis.tenant("Ach Return")
    invoice = rentaxis.invoice(tenant, "40.00")
    payment = rentaxis.payment(tenant, "40.00", (invoice, "40.00"), method="ach")
    sync()
    rentaxis.change("payments", payment, status="failed")
    rentaxis.apply(payment)
    sync()
    assert accountant.of("payment", payment)["TotalAmt"] == 0
    assert accountant.balance("Ach Return") == money("40.00")


def test_stripe_fees_and_payouts(rentaxis, sync, accountant) -> None:
    """In full into the clearing account; what Stripe keeps back is not booked here."""
    tenant = rentaxis.tenant("Strip E.")
    invoice = rentaxis.invoice(tenant, "1000.00")
    payment = rentaxis.payment(
        tenant, "1000.00", (invoice, "1000.00"), method="stripe", stripe_payment_id="pi_3Nx"
    )
    sync()
    found = accountant.of("payment", payment)
    assert found["TotalAmt"] == money("1000.00")
    assert found["DepositToAccountRef"]["value"] == accountant.account("Stripe Clearing")
    assert "Reference: pi_3Nx" in found["PrivateNote"]


def test_a_deposited_payment(rentaxis, sync, accountant) -> None:
    """What is in a bank deposit is not changed behind the bank's back: the row says so and what to do."""
    tenant = rentaxis.tenant("Depo Sited")
    invoice = rentaxis.invoice(tenant, "55.00")
    payment = rentaxis.payment(tenant, "55.00", (invoice, "55.00"))
    sync()
    accountant.control("hand", {"deed": "deposit", "payments": [accountant.of("payment", payment)["Id"]]})
    rentaxis.void("payments", payment)
    refused = sync()["payment", str(payment)]
    assert (refused.status, refused.reason_code) == ("failed", "deposited")
    assert "deposit" in (refused.how_to_fix or "")
    assert accountant.of("payment", payment)["TotalAmt"] == money("55.00")


def test_a_method_and_an_account_no_longer_mapped_are_taken_off(rentaxis, sync, accountant, mappings) -> None:
    """Emptied in the company file, emptied in QuickBooks: the money falls back to Undeposited Funds."""
    tenant = rentaxis.tenant("Un Mapped")
    payment = rentaxis.payment(tenant, "10.00", method="venmo")
    sync()
    assert accountant.of("payment", payment)["DepositToAccountRef"]["value"] == accountant.account("Checking")
    mappings(payment_methods={"venmo": {}, "check": {}, "ach": {}, "stripe": {}})
    sync()
    found = accountant.of("payment", payment)
    assert "PaymentMethodRef" not in found
    assert found.get("DepositToAccountRef", {}).get("value") in (
        None,
        accountant.account("Undeposited Funds"),
    )
