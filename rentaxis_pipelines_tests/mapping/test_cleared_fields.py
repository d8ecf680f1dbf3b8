"""What an update sends for fields that were pushed and are empty now."""

from typing import Any

import pytest

from rentaxis_pipelines.mapping.cleared_fields import cleared_fields

PUSHED: dict[str, Any] = {
    "DocNumber": "7",
    "TxnDate": "2026-05-01",
    "DueDate": "2026-05-31",
    "VendorRef": {"value": "3"},
    "DepartmentRef": {"value": "9"},
    "PrimaryPhone": {"FreeFormNumber": "555"},
}


@pytest.mark.parametrize(
    ("left_out", "sent"),
    [
        ([], {}),
        (["DepartmentRef"], {"DepartmentRef": {"value": ""}}),
        (["PrimaryPhone"], {"PrimaryPhone": {"FreeFormNumber": ""}}),
        (["DueDate"], {"DueDate": "2026-05-02"}),  # the day of the bill, which may have changed as well
        (["VendorRef", "DocNumber"], {}),  # QuickBooks needs these; they are never empty
    ],
)
def test_what_we_filled_in_and_is_no_longer_there_is_named(left_out: list[str], sent: dict[str, Any]) -> None:
    payload = {name: value for name, value in PUSHED.items() if name not in left_out}
    payload["TxnDate"] = "2026-05-02"
    assert cleared_fields(PUSHED, PUSHED.keys(), payload) == sent


def test_what_the_accountant_filled_in_is_never_touched() -> None:
    """A field of a customer that stood before is not ours, whatever RentAxis says."""
    assert cleared_fields(PUSHED, ["DocNumber"], {"DocNumber": "7", "TxnDate": "2026-05-01"}) == {}
