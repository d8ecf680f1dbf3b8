"""SELECT as QuickBooks reads it: operators, escapes, paging, hidden inactive records, order, faults, change
capture.
"""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quickbooks_emulator.errors import Refusal
from quickbooks_emulator.statement import parse

NAMES = ("Amy's Bird Sanctuary", "Robertson & Associates", "100% Wool", "back\\slash", "Zoë")


@pytest.fixture
def books(demo: Any) -> Any:
    """Five customers with odd names; four invoices of Harbor Street Bakery on four days."""
    for name in NAMES:
        demo.make("Customer", {"DisplayName": name})
    for day, amount in (("2024-01-31", 10), ("2024-02-01", 20), ("2024-02-29", "30.50"), ("2024-03-01", 40)):
        demo.make("Invoice", demo.invoice_body("58", amount, TxnDate=day, DocNumber=f"INV-{day}"))
    return demo


def _numbers(books: Any, where: str) -> list[str]:
    found = books.query(f"SELECT * FROM Invoice WHERE {where} ORDERBY TxnDate").get("Invoice", [])
    return [invoice["TxnDate"] for invoice in found]


@pytest.mark.parametrize(
    ("where", "days"),
    [
        ("TxnDate = '2024-02-01'", ["2024-02-01"]),
        ("TxnDate > '2024-02-01'", ["2024-02-29", "2024-03-01"]),
        ("TxnDate >= '2024-02-01' AND TxnDate < '2024-03-01'", ["2024-02-01", "2024-02-29"]),
        ("TxnDate <= '2024-01-31'", ["2024-01-31"]),
        ("txndate > '2024-02-29' and docnumber LIKE 'inv-%'", ["2024-03-01"]),
        ("DocNumber IN ('INV-2024-01-31', 'inv-2024-03-01', 'none')", ["2024-01-31", "2024-03-01"]),
        ("DocNumber LIKE '%-02-%'", ["2024-02-01", "2024-02-29"]),
        ("Balance > '20'", ["2024-02-29", "2024-03-01"]),
        ("Balance = '30.5'", ["2024-02-29"]),
        ("Balance > 30", ["2024-02-29", "2024-03-01"]),
        ("CustomerRef = '58' AND TxnDate = '2024-03-01'", ["2024-03-01"]),
        ("CustomerRef = '59'", []),
        ("TxnDate > CURRENT_DATE", []),
        ("MetaData.CreateTime > '2099-01-01T00:00:00-08:00'", []),
        ("MetaData.LastUpdatedTime >= '2015-01-01' AND Id IN ('1')", ["2024-01-31"]),
    ],
)  # fmt: skip
def test_conditions_select_what_they_say(books: Any, where: str, days: list[str]) -> None:
    assert _numbers(books, where) == days


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_found_by_its_escaped_spelling_in_any_case(books: Any, name: str) -> None:
    escaped = name.replace("\\", "\\\\").replace("'", "\\'").upper()
    found = books.query(f"select * from customer where displayname = '{escaped}'")["Customer"]
    assert [customer["DisplayName"] for customer in found] == [name]


def test_a_posted_statement_is_a_query_too(books: Any) -> None:
    answer = books.session.post(
        f"{books.root}/query",
        data="SELECT COUNT(*) FROM Invoice",
        headers={"Content-Type": "application/text"},
        timeout=30,
    )
    assert answer.json()["QueryResponse"] == {"totalCount": 4}


def test_inactive_records_are_hidden_until_asked_for(books: Any) -> None:
    assert "Customer" not in books.query(
        "SELECT * FROM Customer WHERE DisplayName = 'Lucille Okafor (deleted)'"
    )
    asked = "SELECT * FROM Customer WHERE Active IN (true, false) AND DisplayName LIKE 'Lucille%'"
    assert books.query(asked)["Customer"][0]["Active"] is False
    live = books.query("SELECT COUNT(*) FROM Customer")["totalCount"]
    assert (
        books.query("SELECT COUNT(*) FROM Customer WHERE Active IN ( true, false )")["totalCount"] == live + 1
    )


def test_pages_are_counted_from_one_in_either_order_and_an_empty_page_is_empty(books: Any) -> None:
    page = books.query("SELECT * FROM Invoice ORDERBY TxnDate MAXRESULTS 3 STARTPOSITION 2 ")
    assert [invoice["TxnDate"] for invoice in page["Invoice"]] == ["2024-02-01", "2024-02-29", "2024-03-01"]
    assert (page["startPosition"], page["maxResults"]) == (2, 3)
    assert set(page) == {"Invoice", "startPosition", "maxResults"}
    assert books.query("SELECT * FROM Invoice STARTPOSITION 5 MAXRESULTS 3") == {}


def test_lists_come_by_name_and_transactions_newest_change_first(books: Any) -> None:
    """Recorded: capitals before small letters; sales receipts by last change, descending."""
    names = [each["FullyQualifiedName"] for each in books.query("SELECT * FROM Customer")["Customer"]]
    assert names == sorted(names)
    books.control("clock", {"advance": 5})
    first = books.query("SELECT * FROM Invoice ORDER BY TxnDate ASC")["Invoice"][0]
    books.make("Invoice", {"Id": first["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "touched"})
    assert books.query("SELECT * FROM Invoice")["Invoice"][0]["Id"] == first["Id"]
    ordered = books.query("SELECT * FROM Invoice ORDERBY Balance DESC")["Invoice"]
    assert [each["Balance"] for each in ordered] == [40, Decimal("30.50"), 20, 10]


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("SELECT FROM Invoice", "4000"),
        ("SELECT * FROM Customer WHERE DisplayName = 'Amy's Bird Sanctuary'", "4000"),
        ("SELECT * FROM Invoice WHERE Id = '1' OR Id = '2'", "4000"),
        ("SELECT * FROM Invoice WHERE Id != '1'", "4000"),
        ("SELECT * FROM Invoice WHERE", "4000"),
        ("", "4000"),
        ("SELECT * FROM Invoice WHERE Id > '1'", "4001"),
        ("SELECT * FROM Invoice WHERE PrivateNote = 'x'", "4001"),
        ("SELECT * FROM Invoice WHERE Balance > 'much'", "4001"),
        ("SELECT * FROM Invoice WHERE TxnDate > 'soon'", "4001"),
        ("SELECT * FROM Invoice ORDERBY PrivateNote", "4001"),
    ],
)
def test_a_statement_that_cannot_be_answered_is_refused(books: Any, statement: str, code: str) -> None:
    assert books.fault("GET", "query", query=statement)["code"] == code


def test_what_nobody_knows_about_queries_is_switched(books: Any) -> None:
    many = "SELECT * FROM Invoice MAXRESULTS 1001"
    assert books.query(many)["maxResults"] == 4
    books.control(
        "switches",
        {
            "maxresults_over_1000": "refuse", "startposition_zero": "refuse", "unquoted_numbers": "refuse",
            "unmarked_name_filter": "refuse", "backslash": "apostrophe", "longest_post_query": 10,
        },
    )  # fmt: skip
    assert books.fault("GET", "query", query=many)["code"] == "4001"
    assert books.fault("GET", "query", query="SELECT * FROM Invoice STARTPOSITION 0")["code"] == "4001"
    assert books.fault("GET", "query", query="SELECT * FROM Invoice WHERE Balance > 30")["code"] == "4000"
    assert (
        books.fault("GET", "query", query="SELECT * FROM Class WHERE Name = 'Residential'")["code"] == "4001"
    )
    assert books.query("SELECT * FROM Customer WHERE DisplayName = 'back\\slash'")["maxResults"] == 1
    assert (
        books.session.post(f"{books.root}/query", data="SELECT * FROM Invoice", timeout=30).status_code == 413
    )


@settings(max_examples=300)
@given(st.text(alphabet="SELECT*FROMinvoiceWHEREand='(),%\\ \n<>0123456789", max_size=60))
def test_any_text_is_parsed_or_refused_with_4000(text: str) -> None:
    try:
        parse(text)
    except Refusal as refusal:
        assert refusal.code == "4000"


# Change data capture


def _captured(books: Any, since: str, entities: str = "invoice,Customer") -> list[Any]:
    return books.good("GET", "cdc", entities=entities, changedSince=since)["CDCResponse"][0]["QueryResponse"]


def test_changes_are_given_by_entity_in_order_of_change_and_the_deleted_last(books: Any) -> None:
    books.control("clock", {"advance": 10})
    since = f"{books.control('clock')['now'][:19]}+00:00"  # stamps have whole seconds
    gone = books.query("SELECT * FROM Invoice WHERE TxnDate = '2024-01-31'")["Invoice"][0]
    kept = books.query("SELECT * FROM Invoice WHERE TxnDate = '2024-03-01'")["Invoice"][0]
    books.make("Invoice", {"Id": gone["Id"], "SyncToken": "0"}, operation="delete")
    books.make("Invoice", {"Id": kept["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"})
    invoices, customers = _captured(books, since)
    assert [each["Id"] for each in invoices["Invoice"]] == [kept["Id"], gone["Id"]]
    assert set(invoices["Invoice"][1]) == {"status", "domain", "Id", "MetaData"}
    assert (invoices["startPosition"], invoices["maxResults"]) == (1, 2)
    assert [each["Id"] for each in customers["Customer"]] == ["58"], "its balance moved"
    assert _captured(books, "2099-01-01T00:00:00Z", "Invoice") == [{}]


def test_how_far_back_changes_are_given_is_switched(books: Any) -> None:
    assert _captured(books, "2011-01-01", "Invoice")[0]["maxResults"] == 4
    books.control("switches", {"cdc_days": 30})
    assert books.call("GET", "cdc", entities="Invoice", changedSince="2011-01-01")[0] == 400
