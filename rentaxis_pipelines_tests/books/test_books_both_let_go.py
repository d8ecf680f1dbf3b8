"""What is taken back in RentAxis and was deleted in QuickBooks by a person stands nowhere: both sides agree, and nothing is left to do."""

import datetime as dt

import pytest

from rentaxis_pipelines_tests.support.accountant import money

JUNE = dt.date(2026, 6, 1)
KINDS = ("invoice", "payment", "expense")


@pytest.fixture
def owed(rentaxis):
    """An invoice, a payment on nothing and an unpaid expense of somebody new."""

    def owe(name: str) -> dict[str, int]:
        tenant = rentaxis.tenant(name)
        return {
            "invoice": rentaxis.invoice(tenant, "100.00", day=JUNE),
            "payment": rentaxis.payment(tenant, "40.00", day=JUNE),
            "expense": rentaxis.expense("25.00", day=JUNE, vendor_name=f"Vendor of {name}", status="unpaid"),
        }

    return owe


def take_back(rentaxis, source_type: str, row_id: int, how: str) -> None:
    if how == "void" and source_type == "expense":
        rentaxis.change("expenses", row_id, status="void")
    elif how == "void":
        rentaxis.void(f"{source_type}s", row_id)
    elif how == "marked":
        rentaxis.change(f"{source_type}s", row_id, deleted_at=dt.datetime.now(dt.UTC))
    else:
        rentaxis.erase(f"{source_type}s", row_id)


def delete_by_hand(accountant, source_type: str, row_id: int) -> None:
    (there,) = accountant.all_of(source_type, row_id)
    accountant.control("hand", {"deed": "delete", "entity": there["entity"], "id": there["Id"]})


@pytest.mark.parametrize("source_type", KINDS)
@pytest.mark.parametrize("how", ["void", "marked", "erased"])
def test_void_in_rentaxis_of_what_was_deleted_in_quickbooks_is_done(
    rentaxis, sync, accountant, owed, source_type, how
) -> None:
    """Neither side has it: nobody has anything to do, in this run, the next, and by force."""
    ids = owed(f"Both {source_type} {how}")
    sync()
    delete_by_hand(accountant, source_type, ids[source_type])
    take_back(rentaxis, source_type, ids[source_type], how)

    for force in (False, False, True):
        row = sync(force=force).get((source_type, str(ids[source_type])))
        if row is not None:  # erased for good, it is spoken of once
            assert (row.status, row.reason_code) == ("skipped", "unchanged"), (force, row.reason)
            assert "deleted in QuickBooks" in (row.reason or "")
            assert "ever pushed" not in (row.reason or "")
    assert not accountant.all_of(source_type, ids[source_type])


@pytest.mark.parametrize("source_type", KINDS)
def test_known_to_be_gone_before_it_is_taken_back(rentaxis, sync, accountant, owed, source_type) -> None:
    """A run that failed on it says what happened; once it is void in RentAxis too, nothing is left to do."""
    ids = owed(f"Known {source_type}")
    sync()
    delete_by_hand(accountant, source_type, ids[source_type])
    table = f"{source_type}s"
    rentaxis.change(
        table,
        ids[source_type],
        **({"memo": "Another word"} if source_type == "invoice" else {"reference": "77"})
        if source_type != "expense"
        else {"description": "Another word"},
    )
    assert sync()[source_type, str(ids[source_type])].reason_code == "gone_in_quickbooks"
    take_back(rentaxis, source_type, ids[source_type], "void")
    row = sync()[source_type, str(ids[source_type])]
    assert (row.status, row.reason_code) == ("skipped", "unchanged"), row.reason


def test_the_payment_of_a_deleted_bill_is_not_forgotten(rentaxis, sync, accountant, policies) -> None:
    """The bill was deleted by hand, its payment lost its line by that and stands: the bill is no failure, the payment says that it was
    changed, and by force it goes too.
    """
    policies(overwrite_edits="push")
    paid = dt.date(2026, 6, 9)
    expense = rentaxis.expense("31.00", day=JUNE, status="paid", vendor_name="Half Gone", paid_at=paid)
    sync()
    (bill,) = [one for one in accountant.all_of("expense", expense) if one["entity"] == "Bill"]
    accountant.control("hand", {"deed": "delete", "entity": "Bill", "id": bill["Id"]})
    rentaxis.change("expenses", expense, status="void")
    for force, reason, status in (
        (False, "changed_in_quickbooks", "failed"),
        (True, None, "updated"),
        (False, None, None),
    ):
        result = sync(force=force)
        own = result["expense", str(expense)]
        assert (own.status, own.reason_code) == ("skipped", "unchanged"), own.reason
        payment = result.get(("expense_payment", str(expense)))
        assert (payment and payment.status, payment and payment.reason_code) == (status, reason)
    (there,) = [one for one in accountant.all("BillPayment") if "Half Gone" in str(one["VendorRef"])]
    assert there["TotalAmt"] == money("0")
