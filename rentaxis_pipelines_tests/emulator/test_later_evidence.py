"""What live notes, recordings and public suites showed later than the reference; each test names its source in one line."""

from collections.abc import Iterator
from typing import Any

import pytest

SALES = ("SalesReceipt", "Invoice", "CreditMemo", "RefundReceipt", "Estimate")
ELEMENT_DELETED = "Business Validation Error: You cannot modify a list element that has been deleted."


def _form(demo: Any, entity: str, amount: int) -> dict[str, Any]:
    body = demo.invoice_body("58", amount)
    return body | ({"DepositToAccountRef": {"value": "1"}} if entity == "RefundReceipt" else {})


# Queries


@pytest.mark.parametrize("entity", SALES)
def test_sales_forms_are_found_by_their_total(demo: Any, entity: str) -> None:
    """Recorded: select * from SalesReceipt where TotalAmt > '300.00'; Intuit's PHP kit has one of Invoice."""
    for amount in (300, 301):
        demo.make(entity, _form(demo, entity, amount))
    found = demo.query(f"select * from {entity} where TotalAmt > '300.00'")[entity]
    assert [each["TotalAmt"] for each in found] == [301]
    demo.control("switches", {"unmarked_total_filter": "refuse"})
    status = demo.call("GET", "query", query=f"select * from {entity} where TotalAmt > '300.00'")[0]
    assert status == (200 if entity in ("SalesReceipt", "Invoice") else 400)


def test_deposits_are_not_found_by_their_total(demo: Any) -> None:
    """A field note: refused on Deposit."""
    refused = demo.fault("GET", "query", query="select * from Deposit where TotalAmt > '1'")
    assert (refused["code"], refused["Detail"]) == (
        "4001",
        "QueryValidationError: property 'TotalAmt' is not queryable",
    )


def test_paging_may_begin_at_position_0(demo: Any) -> None:
    """A maintained commercial client begins all paging there; the fault that named 1 as the least is of 2013."""
    first = demo.query("SELECT * FROM Term ORDERBY Id STARTPOSITION 0 MAXRESULTS 2")
    assert (first["startPosition"], first["maxResults"]) == (1, 2)
    assert first == demo.query("SELECT * FROM Term ORDERBY Id STARTPOSITION 1 MAXRESULTS 2")
    assert demo.fault("GET", "query", query="SELECT * FROM Term STARTPOSITION -1")["code"] == "4001"


@pytest.fixture
def sandbox(demo: Any) -> Iterator[Any]:
    """The recorded sandbox company, in the process of the demo company."""
    demo.control("reset", {"seed": "recorded"})
    yield demo
    demo.control("reset", {"seed": "demo"})


def test_the_pseudo_tax_codes_come_on_top_of_a_page(sandbox: Any) -> None:
    """python-quickbooks, tests/integration/test_taxcode.py: asked for one, a sandbox gives four."""
    found = sandbox.query("SELECT * FROM TaxCode MAXRESULTS 1")
    assert [each["Id"] for each in found["TaxCode"]] == ["TAX", "NON", "CustomSalesTax", "2"]
    assert found["maxResults"] == 4
    sandbox.control("switches", {"tax_code_page": "counted"})
    assert sandbox.query("SELECT * FROM TaxCode MAXRESULTS 1")["maxResults"] == 1


# List elements that were let go


@pytest.mark.parametrize("entity", ["Customer", "Vendor", "Item", "Account", "Class"])
def test_an_inactive_list_element_takes_no_sparse_update_but_one_that_makes_it_active(
    demo: Any, entity: str
) -> None:
    """Four field notes, one a whole body of 2026-08-28; that a repeated deactivation goes is recorded."""
    made = demo.query(f"SELECT * FROM {entity} MAXRESULTS 1")[entity][0]
    gone = demo.control("hand", {"deed": "deactivate", "entity": entity, "id": made["Id"]})
    name = "DisplayName" if "DisplayName" in gone else "Name"
    address = {"Id": gone["Id"], "SyncToken": gone["SyncToken"], "sparse": True}
    for change in ({name: "Another"}, {name: "Another", "Active": False}):
        refused = demo.fault("POST", entity.lower(), address | change)
        assert (refused["code"], refused["Detail"], refused["element"]) == ("6000", ELEMENT_DELETED, "")
    assert demo.read(entity, gone["Id"]) == gone
    same = demo.make(entity, {**address, "Active": False, name: gone[name]})
    assert same["SyncToken"] == gone["SyncToken"]
    back = demo.make(entity, {**address, "Active": True, name: "Another"})
    assert (back["Active"], back[name]) == (True, "Another")


@pytest.mark.parametrize("entity", ["Customer", "Vendor"])
def test_a_name_merged_away_still_reads_as_inactive(demo: Any, entity: str) -> None:
    """Field notes: what answered 6000 after a merge was still there to be read."""
    winner, loser = (demo.make(entity, {"DisplayName": name})["Id"] for name in ("Kept", "Twin"))
    demo.control("hand", {"deed": "merge", "entity": entity, "id": loser, "into": winner})
    merged = demo.read(entity, loser)
    assert merged["Active"] is False
    change = {"Id": loser, "SyncToken": merged["SyncToken"], "sparse": True, "PrintOnCheckName": "x"}
    assert demo.fault("POST", entity.lower(), change)["Detail"] == ELEMENT_DELETED
    demo.control("switches", {"merged_away": "gone"})
    other = demo.make(entity, {"DisplayName": "Second twin"})["Id"]
    demo.control("hand", {"deed": "merge", "entity": entity, "id": other, "into": winner})
    assert demo.fault("GET", f"{entity.lower()}/{other}")["code"] == "610"
