"""A batch deletes as a single request does, item by item: what is linked, deposited or a name stays (Batch page; recorded traffic)."""

from typing import Any


def _deleted(demo: Any, entity: str, record: Any) -> Any:
    item = {"bId": "1", "operation": "delete", entity: {"Id": record["Id"], "SyncToken": record["SyncToken"]}}
    status, answer = demo.call("POST", "batch", {"BatchItemRequest": [item]})
    assert status == 200
    return answer["BatchItemResponse"][0]


def test_a_purchase_and_a_bill_go_and_a_second_time_says_so(demo: Any) -> None:
    """The short answer of a deletion, and 610 for what is no longer there."""
    bill = demo.make(
        "Bill",
        {
            "VendorRef": {"value": demo.make("Vendor", {"DisplayName": "Ace Plumbing"})["Id"]},
            "Line": demo.expense_lines(5),
        },
    )
    body = {"PaymentType": "Cash", "AccountRef": {"value": "1"}, "Line": demo.expense_lines(5)}
    for entity, made in (("Bill", bill), ("Purchase", demo.make("Purchase", body))):
        assert _deleted(demo, entity, made) == {
            entity: {"domain": "QBO", "status": "Deleted", "Id": made["Id"]},
            "bId": "1",
        }
        assert _deleted(demo, entity, made)["Fault"]["Error"][0]["code"] == "610"


def test_what_is_paid_deposited_or_a_name_is_refused(demo: Any) -> None:
    """A bill with a payment (switch delete_linked), a payment in a deposit (6540), a customer (500); made inactive it is renamed."""
    demo.control("switches", {"delete_linked": "refuse"})
    vendor = demo.make("Vendor", {"DisplayName": "Ace Plumbing"})["Id"]
    bill = demo.make("Bill", {"VendorRef": {"value": vendor}, "Line": demo.expense_lines(5)})
    paid = {
        "VendorRef": {"value": vendor},
        "TotalAmt": 5,
        "PayType": "Check",
        "CheckPayment": {"BankAccountRef": {"value": "1"}},
    }
    demo.make(
        "BillPayment",
        {**paid, "Line": [{"Amount": 5, "LinkedTxn": [{"TxnId": bill["Id"], "TxnType": "Bill"}]}]},
    )
    payment = demo.make("Payment", demo.payment_body("58", 10))
    demo.control("hand", {"deed": "deposit", "payments": [payment["Id"]]})
    customer = demo.make("Customer", {"DisplayName": "Somebody New"})
    refused = [
        _deleted(demo, "Bill", demo.read("Bill", bill["Id"])),
        _deleted(demo, "Payment", demo.read("Payment", payment["Id"])),
    ]
    refused.append(_deleted(demo, "Customer", customer))
    assert [answer["Fault"]["Error"][0]["code"] for answer in refused] == ["6000", "6540", "500"]
    item = {
        "bId": "1",
        "operation": "update",
        "Customer": {"Id": customer["Id"], "SyncToken": "0", "sparse": True, "Active": False},
    }
    _, answer = demo.call("POST", "batch", {"BatchItemRequest": [item]})
    assert answer["BatchItemResponse"][0]["Customer"]["DisplayName"] == "Somebody New (deleted)"
