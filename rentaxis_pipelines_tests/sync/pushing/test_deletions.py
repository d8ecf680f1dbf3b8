"""Deleting in QuickBooks: in a batch, whatever fault comes between; what is absent is deleted, what is paid, matched or closed is refused."""

import msgspec
import pytest

from rentaxis_pipelines_tests.sync.pushing.conftest import DAY


def purchase(company, source_id: str = "1"):
    """A purchase as planned, still to be made."""
    account = next(one["Id"] for one in company.objects("Account") if one["AccountType"] == "Bank")
    spent = next(one["Id"] for one in company.objects("Account") if one["AccountType"] == "Expense")
    payload = {
        "PaymentType": "Cash",
        "AccountRef": {"value": account},
        "DocNumber": f"E-{source_id}",
        "TxnDate": DAY.isoformat(),
        "PrivateNote": f"RentAxis expense {source_id}",
        "Line": [
            {
                "DetailType": "AccountBasedExpenseLineDetail",
                "Amount": 5,
                "AccountBasedExpenseLineDetail": {"AccountRef": {"value": spent}},
            }
        ],
    }
    return company.row("expense", source_id, "Purchase", payload, amount=5)


def deletion(company, row):
    """The row that deletes what the other made."""
    return msgspec.structs.replace(
        company.changed(row, action="delete"), payload={}, mapped=None, undoes="run-before"
    )


def made(company, *source_ids: str):
    rows = [purchase(company, source_id) for source_id in source_ids]
    company.push(*rows)
    return [deletion(company, row) for row in rows]


@pytest.mark.parametrize("requestid", ["documented", "ignored"])
@pytest.mark.parametrize(
    "fault",
    [
        None,
        {"action": "lose_answer"},
        {"action": "reset"},
        {"action": "answer", "status": 502, "body": "", "commit": True},
        {"action": "answer", "code": "3001"},
        {"action": "drop_items", "items": [0]},
    ],
    ids=lambda rule: rule["action"] if rule else "none",
)
def test_a_deletion_is_done_once_whatever_comes_between(company, fault, requestid) -> None:
    """Each row says so, the links are gone, and nobody else's purchase is."""
    kept = company.push(purchase(company, "3"))["3"].quickbooks_id
    rows = made(company, "1", "2")
    company.ask("switches", {"requestid": requestid})
    if fault:
        company.fault(operation="batch", **fault, times=1)
    results = company.push(*rows)
    assert {(one.status, one.action) for one in results.values()} == {("updated", "delete")}
    assert [
        one["Id"] for one in company.objects("Purchase") if one.get("DocNumber", "").startswith("E-")
    ] == [kept]
    for source_id in ("1", "2"):
        with pytest.raises(KeyError):
            company.link("expense", source_id)


def test_what_somebody_deleted_before_is_deleted(company) -> None:
    (row,) = made(company, "1")
    company.hand("delete", entity="Purchase", id=row.quickbooks_id)
    assert company.push(row)["1"].status == "updated"


def test_what_somebody_changed_or_matched_meanwhile_stays(company) -> None:
    changed, matched = made(company, "1", "2")
    company.hand(
        "edit",
        entity="Purchase",
        id=changed.quickbooks_id,
        fields={"PaymentType": "Cash", "DocNumber": "Mine"},
    )
    company.hand("match", entity="Purchase", id=matched.quickbooks_id)
    results = company.push(changed, matched)
    assert {one.source_id: (one.status, one.reason_code) for one in results.values()} == {
        "1": ("failed", "changed_in_quickbooks"),
        "2": ("failed", "matched_to_bank"),
    }
    assert "force" not in (results["1"].how_to_fix or "")
    assert {changed.quickbooks_id, matched.quickbooks_id} <= {
        one["Id"] for one in company.objects("Purchase")
    }


def test_a_closed_period_refuses_a_deletion(company) -> None:
    (row,) = made(company, "1")
    company.hand("close_books", date=DAY.isoformat())
    assert company.push(row)["1"].reason_code == "closed_period"
