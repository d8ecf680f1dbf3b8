"""Each accounting case of credits, from the RentAxis row to what an accountant reads in QuickBooks: credit memos, and what they settle."""

import datetime as dt

from rentaxis_pipelines_tests.support.accountant import applied, lines, money

MAY = dt.date(2026, 5, 1)


def test_a_concession_settles_its_invoice(credits_pushed, rentaxis, sync, accountant) -> None:
    """A credit memo, and a payment of nothing that joins it to the invoice (Intuit, "Create and apply credit memos or delayed credits in
    QuickBooks Online"; entity reference of Payment: a line to the Invoice and one to the CreditMemo, TotalAmt 0).
    """
    tenant = rentaxis.tenant("Connie Cession")
    invoice = rentaxis.invoice(tenant, "1000.00")
    credit = rentaxis.credit(tenant, "150.00", memo="First month")
    rentaxis.apply_credit(credit, (invoice, "150.00"))
    rows = sync()
    memo = accountant.of("credit", f"credit-{credit}")
    assert rows["credit", f"credit-{credit}"].status == "created"
    assert (memo["entity"], memo["DocNumber"], memo["TotalAmt"]) == ("CreditMemo", f"CR-{credit}", money(150))
    assert (memo["TxnDate"], memo["RemainingCredit"]) == ("2026-05-01", 0)
    assert lines(memo) == [("Concession", money(150))]
    joined = accountant.of("credit_application", f"credit-{credit}")
    assert (rows["credit_application", f"credit-{credit}"].status, joined["TotalAmt"]) == ("created", 0)
    billed = accountant.of("invoice", invoice)
    assert applied(joined) == {billed["Id"]: money(150), memo["Id"]: money(150)}
    assert (billed["Balance"], accountant.balance("Connie Cession")) == (money(850), money(850))
    again = sync()
    assert again["credit", f"credit-{credit}"].reason_code == "unchanged"
    assert again["credit_application", f"credit-{credit}"].reason_code == "unchanged"


def test_a_waived_late_fee_is_credited_on_the_late_fee_item(
    credits_pushed, rentaxis, sync, accountant
) -> None:
    """Where the fee's invoice stands, the waiver takes its income back and settles it (Intuit, "Create and apply credit memos or delayed
    credits in QuickBooks Online"): on the day it was waived, to the account the fee was charged to.
    """
    tenant = rentaxis.tenant("Lara Late")
    rent = rentaxis.invoice(tenant, "900.00")
    fee = rentaxis.invoice(tenant, ("50.00", "4100"), kind="late_fee")
    waiver = rentaxis.add(
        "late_fee_assessments",
        organization_id=1,
        source_invoice_id=rent,
        fee_invoice_id=fee,
        amount="50.00",
        assessed_on=MAY,
        status="waived",
        waiver_reason="Bank holiday",
        waived_on=dt.date(2026, 5, 20),
    )
    sync()
    memo = accountant.of("credit", f"late-fee-{waiver}")
    assert (memo["TxnDate"], lines(memo)) == ("2026-05-20", [("Late Fee", money(50))])
    assert "Bank holiday" in memo["PrivateNote"]
    assert accountant.of("invoice", fee)["Balance"] == 0
    assert accountant.balance("Lara Late") == money(900)


def test_a_write_off_takes_the_debt_to_bad_debt(credits_pushed, rentaxis, sync, accountant) -> None:
    """Income stays, the loss is an expense (Intuit, "Write off bad debt in QuickBooks Online": a credit memo with an item that posts to the
    bad debts account, applied to the invoice).
    """
    tenant = rentaxis.tenant("Gone Gary")
    invoice = rentaxis.invoice(tenant, "700.00")
    credit = rentaxis.credit(tenant, ("700.00", "5950"), kind="write_off", day=dt.date(2026, 8, 31))
    rentaxis.apply_credit(credit, (invoice, "700.00"))
    sync()
    assert lines(accountant.of("credit", f"credit-{credit}")) == [("Bad Debt", money(700))]
    assert accountant.posts_to("Bad Debt") == "Bad Debt"
    assert accountant.of("invoice", invoice)["Balance"] == 0
    assert accountant.balance("Gone Gary") == 0


def test_an_invoice_below_zero_is_a_credit_memo(credits_pushed, rentaxis, sync, accountant) -> None:
    """QuickBooks keeps what is owed to a customer as a credit memo (Intuit, "Create and apply credit memos or delayed credits in QuickBooks
    Online"); the invoice's own row says where it went, and lines change their sign.
    """
    tenant = rentaxis.tenant("Belle Below")
    below = rentaxis.invoice(tenant, ("-120.00", "4000"), ("20.00", "4200"), memo="Overcharged in April")
    rows = sync()
    told = rows["invoice", str(below)]
    assert (told.status, told.reason_code) == ("skipped", "pushed_as_credit")
    assert not accountant.all_of("invoice", below)
    memo = accountant.of("credit", f"invoice-{below}")
    assert (memo["DocNumber"], memo["TotalAmt"]) == (f"INV-{below}", money(100))
    assert lines(memo) == [("Rent", money(120)), ("Parking", money(-20))]
    assert accountant.balance("Belle Below") == money(-100)
    later = rentaxis.invoice(tenant, "300.00", day=dt.date(2026, 6, 1))
    rentaxis.apply_credit(below, (later, "100.00"), of="credit_invoice_id")
    assert sync()["credit_application", f"invoice-{below}"].status == "created"
    assert accountant.of("invoice", later)["Balance"] == money(200)
    assert accountant.balance("Belle Below") == money(200)


def test_an_invoice_that_falls_below_zero_leaves_no_invoice_behind(
    credits_pushed, rentaxis, sync, accountant
) -> None:
    """The Invoice is voided, the credit memo takes its place; back above zero, the reverse (entity reference: an invoice's total is zero or
    more).
    """
    tenant = rentaxis.tenant("Upton Down")
    invoice = rentaxis.invoice(tenant, "80.00")
    sync()
    rentaxis.bill_again(invoice, "-30.00")
    assert sync()["invoice", str(invoice)].status == "updated"
    assert accountant.of("invoice", invoice)["TotalAmt"] == 0
    assert accountant.of("credit", f"invoice-{invoice}")["TotalAmt"] == money(30)
    assert accountant.balance("Upton Down") == money(-30)
    rentaxis.bill_again(invoice, "45.00")
    sync()
    assert accountant.of("invoice", invoice)["Balance"] == money(45)
    assert accountant.of("credit", f"invoice-{invoice}")["TotalAmt"] == 0
    assert accountant.balance("Upton Down") == money(45)


def test_without_being_asked_nothing_changes(rentaxis, sync, accountant) -> None:
    """A company that does not push credits: an invoice below zero is refused by name as ever, and no credit is read."""
    tenant = rentaxis.tenant("Not Asked")
    below = rentaxis.invoice(tenant, "-10.00")
    credit = rentaxis.credit(tenant, "5.00")
    rows = sync()
    assert (rows["invoice", str(below)].status, rows["invoice", str(below)].reason_code) == (
        "failed",
        "invalid_value",
    )
    assert ("credit", f"credit-{credit}") not in rows
    assert not accountant.all_of("credit", f"credit-{credit}")
