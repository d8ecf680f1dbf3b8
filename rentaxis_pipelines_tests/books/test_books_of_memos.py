"""What an accountant reads on a transaction: why it is void, which house and unit, the number on the check."""

import pytest

from rentaxis_pipelines_tests.support.accountant import money


def memo(found) -> list[str]:
    return found["PrivateNote"].splitlines()


def test_the_reason_of_a_void_is_to_be_read_in_quickbooks(rentaxis, sync, accountant) -> None:
    """An invoice and a payment of it: the note says why, behind QuickBooks' own word; then house and unit."""
    tenant = rentaxis.tenant("Void Reader")
    invoice = rentaxis.invoice(tenant, "500.00", memo="May")
    payment = rentaxis.payment(tenant, "500.00", (invoice, "500.00"))
    kept = rentaxis.invoice(tenant, "100.00")
    sync()
    assert memo(accountant.of("invoice", kept)) == ["12 Elm Street, unit 1", f"RentAxis invoice {kept}"]
    assert memo(accountant.of("payment", payment))[0] == "12 Elm Street, unit 1"
    rentaxis.void("payments", payment, "Check returned by the bank")
    rentaxis.void("invoices", invoice, "Wrong amount, see the new one")
    result = sync()
    assert {result[key].status for key in (("invoice", str(invoice)), ("payment", str(payment)))} == {
        "updated"
    }
    assert memo(accountant.of("invoice", invoice)) == [
        "Voided - Void in RentAxis: Wrong amount, see the new one",
        "12 Elm Street, unit 1",
        "May",
        f"RentAxis invoice {invoice}",
    ]
    assert (
        memo(accountant.of("payment", payment))[0] == "Voided - Void in RentAxis: Check returned by the bank"
    )
    again = sync()
    assert {again[key].reason_code for key in (("invoice", str(invoice)), ("payment", str(payment)))} == {
        "unchanged"
    }
    rentaxis.change("invoices", invoice, status="sent", void_reason=None)
    sync()
    assert memo(accountant.of("invoice", invoice))[0] == "12 Elm Street, unit 1"
    assert accountant.of("invoice", invoice)["Balance"] == money("500.00")


@pytest.mark.parametrize("ledger", ["kept", "lost"])
def test_checks_of_the_same_number_are_told_apart(rentaxis, chain, sync, accountant, ledger) -> None:
    """Of two tenants, and two payments of one: each has the check's number, and each is found again as itself."""
    first, second = rentaxis.tenant("Check Writer"), rentaxis.tenant("Another Writer")
    payments = [
        rentaxis.payment(payer, amount, reference="1001")
        for payer, amount in ((first, "10.00"), (first, "11.00"), (second, "12.00"))
    ]
    sync()
    found = [accountant.of("payment", payment) for payment in payments]
    assert [one["PaymentRefNum"] for one in found] == ["1001"] * 3
    assert [memo(one)[0] for one in found] == [f"Number in RentAxis: PAY-{payment}" for payment in payments]
    if ledger == "lost":
        with chain.run() as run:
            run.connection.exec_driver_sql("delete from ledger.links where source_type = 'payment'")
            run.connection.commit()
    rentaxis.change("payments", payments[1], amount="21.00")
    result = sync()
    assert not [
        one.reason for one in result.values() if one.source_type == "payment" and one.status == "failed"
    ]
    after = [accountant.of("payment", payment) for payment in payments]
    assert [(one["Id"], one["TotalAmt"]) for one in after] == [
        (one["Id"], money(amount)) for one, amount in zip(found, ("10.00", "21.00", "12.00"), strict=True)
    ]


def test_a_house_renamed_is_a_change_of_the_memo_and_of_nothing_in_closed_books(
    rentaxis, sync, accountant, closed_books
) -> None:
    """What stands in a closed month counts as unchanged; no row fails for the name of a house."""
    invoice = rentaxis.invoice(rentaxis.tenant("Renamed House"), "70.00")
    expense = rentaxis.expense("8.00")
    sync()
    closed_books("2026-05-31")
    rentaxis.change("properties", 1, street_address="12 Elm Street North")
    result = sync()
    for key in (("invoice", str(invoice)), ("expense", str(expense))):
        assert (result[key].status, result[key].reason_code) == ("skipped", "unchanged")
    closed_books(None)
    sync()
    assert memo(accountant.of("invoice", invoice))[0] == "12 Elm Street North, unit 1"
    assert memo(accountant.of("expense", expense))[0] == "12 Elm Street North"
    rentaxis.change("properties", 1, street_address="12 Elm Street")


def test_an_account_rentaxis_names_is_never_replaced_by_another(rentaxis, sync, accountant, mappings) -> None:
    """Not mapped: the row fails as any missing mapping does, and goes once it is mapped."""
    savings = rentaxis.add("accounts", organization_id=1, number="1090", name="Reserve Savings", type="asset")
    payment = rentaxis.payment(rentaxis.tenant("Saver"), "30.00", deposit_account_id=savings)
    expense = rentaxis.expense("9.00", paid_from_account_id=savings)
    result = sync()
    for key in (("payment", str(payment)), ("expense", str(expense))):
        assert (result[key].status, result[key].reason_code) == ("failed", "missing_mapping")
        assert "1090 Reserve Savings" in (result[key].reason or "")
    mappings(bank_accounts={"1000": "Checking", "1090": "Checking"})
    sync()
    assert accountant.of("payment", payment)["DepositToAccountRef"]["value"] == accountant.account("Checking")
    assert accountant.of("expense", expense)["AccountRef"]["name"] == "Checking"
