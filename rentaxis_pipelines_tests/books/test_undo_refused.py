"""What cannot be undone is refused row by row, by number, with what to do; all the rest is undone."""

import datetime as dt
from decimal import Decimal

import pytest

from rentaxis_pipelines_tests.books.test_any_portfolio import empty, start_anew
from rentaxis_pipelines_tests.books.undoing import books_of, differing, run_of, said, standing, undo
from rentaxis_pipelines_tests.support.rentaxis_records import DAY

JUNE = dt.date(2026, 6, 1)


@pytest.fixture(autouse=True)
def anew(rentaxis, chain, accountant) -> None:
    empty(rentaxis)
    start_anew(chain, accountant)
    accountant.control("switches", {"void_linked": "unlink", "matched_change": "any"})


def _hand(accountant, deed: str, **words) -> None:
    accountant.control("hand", {"deed": deed, **words})


def test_a_deposit_a_closed_month_an_edit_and_a_later_payment(
    rentaxis, chain, accountant, sync, closed_books
) -> None:
    """One run of five tenants: those four are refused by name, the fifth is undone to the last cent."""
    names = ("Deposited", "Closed", "Edited", "Paid Later", "Undone")
    tenants = {name: rentaxis.tenant(name) for name in names}
    invoices = {
        name: rentaxis.invoice(
            tenants[name], "100.00", invoice_date=DAY if name == "Closed" else JUNE, due_date=JUNE
        )
        for name in names
    }
    payments = {
        name: rentaxis.payment(tenants[name], "100.00", (invoices[name], "100.00"), day=JUNE)
        for name in ("Deposited", "Undone")
    }
    pushed = sync()
    _hand(accountant, "deposit", payments=[accountant.of("payment", payments["Deposited"])["Id"]])
    _hand(
        accountant,
        "edit",
        entity="Invoice",
        id=accountant.of("invoice", invoices["Edited"])["Id"],
        fields={"CustomerMemo": {"value": "Thanks"}},
    )
    later = rentaxis.payment(tenants["Paid Later"], "40.00", (invoices["Paid Later"], "40.00"), day=JUNE)
    sync()
    closed_books("2026-05-31")
    before = books_of(accountant)
    results = undo(chain, run_of(pushed))
    invoice = {name: results["invoice", str(invoices[name])] for name in names}
    assert {name: row.reason_code for name, row in invoice.items()} == {
        "Deposited": "held_by_payment",
        "Closed": "closed_period",
        "Edited": "changed_in_quickbooks",
        "Paid Later": "held_by_payment",
        "Undone": None,
    }
    assert results["payment", str(payments["Deposited"])].reason_code == "deposited"
    assert results["payment", str(payments["Undone"])].status == "updated"
    assert {name: results["tenant", str(tenants[name][1])].reason_code for name in names} == {
        **dict.fromkeys(names, "in_use"),
        "Undone": None,
    }
    number = {name: f"Invoice INV-{invoices[name]}" for name in names}
    assert invoice["Closed"].reason == (
        f"{number['Closed']} cannot be undone: QuickBooks' books are closed through 2026-05-31, and it is dated 2026-05-01."
    )
    assert "somebody changed CustomerMemo in QuickBooks" in invoice["Edited"].reason
    assert f"payment PAY-{later} (40.00)" in invoice["Paid Later"].reason
    assert f"Payment PAY-{payments['Deposited']} (100.00)" in invoice["Deposited"].reason
    assert "part of a bank deposit" in invoice["Deposited"].reason
    for row in results.values():
        assert row.how_to_fix or row.status == "updated"
    after = books_of(accountant)
    touched = {line.split(")")[0] for line in differing(before, after)}
    undone = {
        accountant.of("invoice", invoices["Undone"])["Id"],
        accountant.of("payment", payments["Undone"])["Id"],
    }
    assert len(touched) == 3  # the invoice, the payment and the customer of the fifth
    assert all(accountant.balance(name) == before_of(before, name) for name in names[:4])
    assert undone


def before_of(books, name: str) -> Decimal:
    """What the customer owed."""
    return next(
        Decimal(one["Balance"])
        for (entity, _), one in books.items()
        if entity == "Customer" and one["DisplayName"] == name
    )


def test_a_payment_matched_to_the_bank_keeps_its_invoice(rentaxis, chain, accountant, sync) -> None:
    """Its API does not tell; it says so when the payment is to be voided, and then the invoice and the customer stay too."""
    tenant = rentaxis.tenant("Ada O'Neil")
    invoice = rentaxis.invoice(tenant, "100.00")
    payment = rentaxis.payment(tenant, "100.00", (invoice, "100.00"))
    free = rentaxis.invoice(tenant, "30.00")
    pushed = sync()
    _hand(accountant, "match", entity="Payment", id=accountant.of("payment", payment)["Id"])
    before = accountant.of("payment", payment), accountant.of("invoice", invoice)
    results = undo(chain, run_of(pushed))
    assert said(results) == {
        ("payment", str(payment)): ("failed", "matched_to_bank"),
        ("invoice", str(invoice)): ("failed", "held_by_payment"),
        ("invoice", str(free)): ("updated", None),
        ("tenant", str(tenant[1])): ("failed", "in_use"),
    }
    assert (accountant.of("payment", payment), accountant.of("invoice", invoice)) == before
    assert accountant.balance("Ada O'Neil") == 0
    # Unmatched, the same undo finishes the rest.
    _hand(accountant, "match", entity="Payment", id=before[0]["Id"], undo=True)
    rest = undo(chain, run_of(pushed))
    assert said(rest)["invoice", str(free)] == ("skipped", "unchanged")
    assert {row.status for row in rest.values()} == {"updated", "skipped"}


def test_what_a_later_run_or_rentaxis_changed_is_left_to_it(rentaxis, chain, accountant, sync) -> None:
    tenant = rentaxis.tenant("Ada O'Neil")
    pushed_again, edited, plain = (rentaxis.invoice(tenant, amount) for amount in ("10.00", "20.00", "30.00"))
    pushed = sync()
    rentaxis.bill_again(pushed_again, "11.00")
    later = run_of(sync("invoices"))
    rentaxis.bill_again(edited, "21.00")
    results = undo(chain, run_of(pushed))
    reason = {key[1]: row.reason for key, row in results.items()}
    assert said(results)["invoice", str(plain)] == ("updated", None)
    assert said(results)["invoice", str(pushed_again)] == ("failed", "changed_later")
    assert said(results)["invoice", str(edited)] == ("failed", "changed_later")
    today = dt.datetime.now(dt.UTC).date()
    assert (
        reason[str(pushed_again)]
        == f"Invoice INV-{pushed_again} was changed again by run {later} on {today}, started by a test."
    )
    assert reason[str(edited)].startswith(f"Invoice INV-{edited} was changed in RentAxis on ")
    # The later run goes first, then the earlier one.
    assert {row.status for row in undo(chain, later).values()} == {"updated"}
    assert said(undo(chain, run_of(pushed)))["invoice", str(pushed_again)] == ("updated", None)


def test_what_a_person_deleted_voided_or_moved_on(rentaxis, chain, accountant, sync) -> None:
    tenant, other = rentaxis.tenant("Ada O'Neil"), rentaxis.tenant("Ben Ruiz")
    deleted, voided, changed = (rentaxis.invoice(tenant, amount) for amount in ("10.00", "20.00", "30.00"))
    rentaxis.invoice(other, "5.00")
    pushed = sync()
    rentaxis.bill_again(changed, "31.00")
    changing = sync()
    _hand(accountant, "delete", entity="Invoice", id=accountant.of("invoice", deleted)["Id"])
    _hand(accountant, "void", entity="Invoice", id=accountant.of("invoice", voided)["Id"])
    _hand(accountant, "create", entity="CreditMemo", fields={
        "CustomerRef": {"value": accountant.customer("Ben Ruiz")["Id"]},
        "Line": [{"Amount": 1, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": {"value": accountant.all("Item")[0]["Id"]}}}],
    })  # fmt: skip
    _hand(accountant, "delete", entity="Invoice", id=accountant.of("invoice", changed)["Id"])
    assert said(undo(chain, run_of(changing))) == {
        ("invoice", str(changed)): ("failed", "gone_in_quickbooks")
    }
    results = undo(chain, run_of(pushed))
    assert said(results)["invoice", str(deleted)] == ("skipped", "unchanged")
    assert said(results)["invoice", str(voided)] == ("skipped", "unchanged")
    assert said(results)["tenant", str(tenant[1])] == ("updated", None)
    assert said(results)["tenant", str(other[1])] == ("failed", "in_use")
    assert (
        "the credit memo of " in results["tenant", str(other[1])].reason
        or "credit memo " in results["tenant", str(other[1])].reason
    )


@pytest.mark.parametrize("voids", ["unlink", "refuse"])
def test_a_bill_that_somebody_paid_stays(rentaxis, chain, accountant, sync, voids) -> None:
    accountant.control("switches", {"void_linked": voids})
    vendor = rentaxis.vendor("Ace Plumbing", email="ace@example.com")
    bill = rentaxis.expense("40.00", vendor_id=vendor, status="unpaid")
    free = rentaxis.expense("50.00", vendor_id=vendor, status="unpaid")
    pushed = sync()
    found = accountant.of("expense", bill)
    _hand(accountant, "create", entity="BillPayment", fields={
        "VendorRef": found["VendorRef"], "TotalAmt": 40, "PayType": "Check", "DocNumber": "1017",
        "CheckPayment": {"BankAccountRef": {"value": accountant.account("Checking")}},
        "Line": [{"Amount": 40, "LinkedTxn": [{"TxnId": found["Id"], "TxnType": "Bill"}]}],
    })  # fmt: skip
    before = standing(books_of(accountant))
    results = undo(chain, run_of(pushed))
    assert said(results) == {
        ("expense", str(bill)): ("failed", "held_by_payment"),
        ("expense", str(free)): ("updated", None),
        ("vendor", str(vendor)): ("failed", "in_use"),
    }
    assert "bill payment 1017 (40.00)" in results["expense", str(bill)].reason
    left = standing(books_of(accountant))
    assert {key for key in before if key not in left} == {("Bill", str(int(found["Id"]) + 1))} or len(
        before
    ) - len(left) == 1
