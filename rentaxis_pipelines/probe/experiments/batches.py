"""Batches: the order of the responses, and whether items of a batch see each other."""

from typing import Any

from rentaxis_pipelines.probe.company import ProbeCompany, code_of
from rentaxis_pipelines.probe.experiment import CannotTell, Seen, different, expected
from rentaxis_pipelines.quickbooks.query import count, literal, select

_ITEMS = 6


def order(company: ProbeCompany) -> Seen:
    """Two batches of mixed reads and writes: in what order are they answered?"""
    asked = [str(place) for place in range(1, _ITEMS + 1)]
    orders = [[str(item.get("bId")) for item in company.batch(_mixed(company))] for _ in range(2)]
    if any(sorted(b_ids) != asked for b_ids in orders):
        return different("The response does not contain each item once.")
    order_seen = (
        "request"
        if all(b_ids == asked for b_ids in orders)
        else "reversed"
        if all(b_ids == asked[::-1] for b_ids in orders)
        else "shuffled"
    )
    said = {
        "request": "in the order of the request",
        "reversed": "from the last item to the first",
        "shuffled": "in another order",
    }
    return Seen(f"Both batches were answered {said[order_seen]}." if order_seen != "shuffled" else "The answers came in another order.",
                as_expected=order_seen == "request", switches={"batch_order": order_seen})  # fmt: skip


def collisions(company: ProbeCompany) -> Seen:
    """Two customers with the same name in one batch."""
    payload = {"DisplayName": company.name("one name")}
    items = company.batch([{"operation": "create", "Customer": payload} for _ in range(2)])
    made = sum("Customer" in item for item in items)
    codes = [code_of(item) for item in items if "Fault" in item]
    if made == 2:
        return different("Both were created with the same name.", batch_collisions="unseen")
    if made == 1 and codes == ["6240"]:
        return expected("One was created, the other refused with code 6240.", batch_collisions="seen")
    return different(f"{made} were created; codes of the others: {', '.join(codes) or 'none'}.")


def query_of_own(company: ProbeCompany) -> Seen:
    """A create, followed by a query for what it creates."""
    name = company.name("in the batch")
    asked = select("Customer", f"DisplayName = {literal(name)}")
    items = company.batch([{"operation": "create", "Customer": {"DisplayName": name}}, {"Query": asked}])
    if not any("Customer" in item for item in items):
        raise CannotTell("The customer in the batch was refused.")
    is_found = any(item.get("QueryResponse", {}).get("Customer") for item in items)
    return Seen(f"The query {'found' if is_found else 'did not find'} what the item before it created.")


def _mixed(company: ProbeCompany) -> list[dict[str, Any]]:
    writes = {2, 5}
    return [
        {"bId": str(place), "operation": "create", "Invoice": company.invoice_payload()}
        if place in writes
        else {"bId": str(place), "Query": count("Invoice")}
        for place in range(1, _ITEMS + 1)
    ]
