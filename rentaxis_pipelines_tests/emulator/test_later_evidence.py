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
    for nonsense in ("STARTPOSITION -1", "MAXRESULTS -1"):
        assert demo.fault("GET", "query", query=f"SELECT * FROM Term {nonsense}")["code"] == "4001"


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


# What single fields do


def _purchase(demo: Any, amount: int, **more: Any) -> dict[str, Any]:
    lines = demo.expense_lines(amount)
    return {"PaymentType": "Cash", "AccountRef": {"value": "1"}, "Line": lines, **more}


@pytest.mark.parametrize("entity", ["Employee", "Vendor", "Customer"])
def test_a_purchase_names_its_payee_without_a_type(demo: Any, entity: str) -> None:
    """A field note: production payloads name an employee so, and are accepted."""
    payee = demo.make(entity, {"DisplayName": "Pat Payee"})
    made = demo.make("Purchase", _purchase(demo, 5, EntityRef={"value": payee["Id"]}))
    assert made["EntityRef"] == {"value": payee["Id"], "name": "Pat Payee", "type": entity}
    refused = demo.fault("POST", "purchase", _purchase(demo, 5, EntityRef={"value": "98765"}))
    assert refused["Detail"] == "Invalid Reference Id : Names element id 98765 not found"


@pytest.mark.parametrize(("amount", "status"), [(-5, 400), (0, 200)])
def test_a_purchase_below_nothing_is_refused(demo: Any, amount: int, status: int) -> None:
    """A field note of a program that had it answered: 6000, with this text."""
    answered, content = demo.call("POST", "purchase", _purchase(demo, amount))
    assert answered == status
    if status == 400:
        error = content["Fault"]["Error"][0]
        said = "Business Validation Error: You must specify a transaction amount that is 0 or greater."
        assert (error["code"], error["Detail"], error["element"]) == ("6000", said, "")


def _uploaded(demo: Any, *parts: bytes) -> Any:
    body = b"".join(b"--b\r\nContent-Disposition: form-data; name=" + part + b"\r\n" for part in parts)
    answer = demo.session.post(
        f"{demo.root}/upload",
        data=body + b"--b--\r\n",
        headers={"Content-Type": "multipart/form-data; boundary=b"},
        timeout=30,
    )
    return answer.json()["AttachableResponse"][0]


def test_an_attachment_has_a_note_or_a_file(demo: Any) -> None:
    """A live suite of 2026-08-16: refused with file name and content type alone, taken with a note."""
    empty = {"FileName": "lease.txt", "ContentType": "text/plain"}
    refused = demo.fault("POST", "attachable", empty)
    said = "Business Validation Error: You must have at least a note string or file attachment"
    assert (refused["code"], refused["Detail"], refused["element"]) == ("6000", said, "")
    described = b'"file_metadata_01"\r\nContent-Type: application/json\r\n\r\n{"FileName":"lease.txt"}'
    assert _uploaded(demo, described)["Fault"]["Error"][0]["Detail"] == said
    file = b'"file_content_01"; filename="lease.txt"\r\nContent-Type: text/plain\r\n\r\ntwelve months'
    made = _uploaded(demo, described, file)["Attachable"]
    assert made["Size"] == 13
    changed = demo.make(
        "Attachable", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Category": "Other"}
    )
    assert changed["Category"] == "Other", "the file is there already"
    assert demo.make("Attachable", {**empty, "Note": "signed"})["Note"] == "signed"


def test_what_an_attachment_is_attached_to_says_whether_it_is_sent_along(demo: Any) -> None:
    """Recorded, and in Intuit's sample: IncludeOnSend false stands there though it was not sent."""
    ref = {"EntityRef": {"type": "Customer", "value": "58"}}
    made = demo.make("Attachable", {"Note": "n", "AttachableRef": [ref, {**ref, "IncludeOnSend": True}]})
    assert [each["IncludeOnSend"] for each in made["AttachableRef"]] == [False, True]


@pytest.mark.parametrize("lacking", ["nothing", "BillEmail", "AllowOnlineCreditCardPayment", "include"])
def test_the_link_an_invoice_is_paid_by_is_given_where_asked_for(demo: Any, lacking: str) -> None:
    """Entity reference: with online payment and an e-mail address; python-quickbooks' invoice test reads one."""
    online = {"AllowOnlineCreditCardPayment": True, "BillEmail": {"Address": "a@example.com"}}
    online.pop(lacking, None)
    asked = {} if lacking == "include" else {"include": "invoiceLink"}
    made = demo.make("Invoice", demo.invoice_body("58", **online), **asked)
    read = demo.good("GET", f"invoice/{made['Id']}", **asked)["Invoice"]
    statement = f"SELECT * FROM Invoice WHERE Id = '{made['Id']}'"
    queried = demo.good("GET", "query", query=statement, **asked)["QueryResponse"]["Invoice"][0]
    assert made == read == queried
    assert made.get("InvoiceLink", "").startswith("https://") == (lacking == "nothing")
    assert "InvoiceLink" not in demo.control("objects", entity="Invoice", id=made["Id"])


@pytest.mark.parametrize("agency", [1, "1"])
def test_the_tax_service_takes_the_agency_as_a_number(demo: Any, agency: int | str) -> None:
    """python-quickbooks, tests/integration/test_taxservice.py: sends 1, reads '1'."""
    rate = {"TaxRateName": "City", "RateValue": 10, "TaxAgencyId": agency, "TaxApplicableOn": "Sales"}
    made = demo.good("POST", "taxservice/taxcode", {"TaxCode": "City tax", "TaxRateDetails": [rate]})
    assert made["TaxRateDetails"][0]["TaxAgencyId"] == "1"
    known = {"TaxRateId": int(made["TaxRateDetails"][0]["TaxRateId"])}
    again = demo.good("POST", "taxservice/taxcode", {"TaxCode": "Both", "TaxRateDetails": [known]})
    assert again["TaxRateDetails"][0]["TaxRateName"] == "City"


# Voids


def _bill(demo: Any) -> Any:
    return demo.make("Bill", {"VendorRef": {"value": "1"}, "Line": demo.expense_lines(80)})


def _bill_payment(demo: Any) -> Any:
    line = {"Amount": 80, "LinkedTxn": [{"TxnId": _bill(demo)["Id"], "TxnType": "Bill"}]}
    paid = {"VendorRef": {"value": "1"}, "TotalAmt": 80, "PayType": "Check", "Line": [line]}
    return demo.make("BillPayment", {**paid, "CheckPayment": {"BankAccountRef": {"value": "1"}}})


def _journal(demo: Any) -> Any:
    kind = "JournalEntryLineDetail"
    lines = [
        {"Amount": 9, "DetailType": kind, kind: {"PostingType": side, "AccountRef": {"value": account}}}
        for side, account in (("Debit", "1"), ("Credit", "8"))
    ]
    return demo.make("JournalEntry", {"Line": lines})


NOT_SUPPORTED = {
    "Message": "Unsupported Operation", "Detail": "Operation void is not supported.", "code": "500",
    "element": "Operation",
}  # fmt: skip
LEAKED = {
    "Message": "An application error has occurred while processing your request",
    "Detail": "System Failure Error: java.lang.UnsupportedOperationException", "code": "10000",
    "element": "SystemFailureError",
}  # fmt: skip
UNVOIDABLE: dict[str, tuple[Any, int, Any]] = {
    "Purchase": (lambda demo: demo.make("Purchase", _purchase(demo, 80)), 400, {
        "Fault": {"Error": [NOT_SUPPORTED], "type": "ValidationFault"}}),
    "BillPayment": (_bill_payment, 400, {"Fault": {"Error": [NOT_SUPPORTED], "type": "ValidationFault"}}),
    "Bill": (_bill, 200, {"Fault": {"Error": [LEAKED], "type": "SystemFault"}}),
    "JournalEntry": (_journal, 200, {"BatchItemResponse": []}),
}  # fmt: skip


@pytest.mark.parametrize("entity", UNVOIDABLE)
def test_the_operation_void_is_not_known_to_every_transaction(demo: Any, entity: str) -> None:
    """Verbatim of a live suite of 2026-08-16: each answers in its own way, and none is voided."""
    make, status, content = UNVOIDABLE[entity]
    made = make(demo)
    address = {"Id": made["Id"], "SyncToken": made["SyncToken"]}
    answered, said = demo.call("POST", entity.lower(), address, operation="void")
    assert said.pop("time")
    assert (answered, said) == (status, content)
    assert demo.read(entity, made["Id"]) == made
    answers = demo.batch([{"bId": "1", "operation": "void", entity: address}])
    assert answers == [{**(content if "Fault" in content else UNVOIDABLE["Purchase"][2]), "bId": "1"}]
    assert demo.read(entity, made["Id"]) == made


def test_a_void_that_says_nothing_may_be_left_out_of_a_batch(demo: Any) -> None:
    """Inferred from the empty answer to it alone; so a switch."""
    demo.control("switches", {"silent_void_in_batch": "left_out"})
    address = {"Id": _journal(demo)["Id"], "SyncToken": "0"}
    items = [
        {"bId": "1", "operation": "void", "JournalEntry": address},
        {"bId": "2", "Query": "SELECT * FROM Term MAXRESULTS 1"},
    ]
    assert [each["bId"] for each in demo.batch(items)] == ["2"]


def test_other_operations_that_are_not_known_are_refused_alike(demo: Any) -> None:
    """By analogy with the void of a purchase: lists cannot be deleted, and there is no operation of that name."""
    for entity, operation in (("customer", "delete"), ("customer", "void"), ("invoice", "revert")):
        status, said = demo.call("POST", entity, {"Id": "58", "SyncToken": "0"}, operation=operation)
        detail = f"Operation {operation} is not supported."
        assert (status, said["Fault"]["Error"]) == (400, [{**NOT_SUPPORTED, "Detail": detail}])


def test_a_bill_payment_is_voided_by_the_other_spelling(demo: Any) -> None:
    """Entity reference: a sparse update with include=void."""
    made = _bill_payment(demo)
    address = {"Id": made["Id"], "SyncToken": "0", "sparse": True}
    voided = demo.make("BillPayment", address, operation="update", include="void")
    assert (voided["TotalAmt"], voided["PrivateNote"]) == (0, "Voided")


def test_a_purchase_voided_by_a_person_says_so_by_its_status(demo: Any) -> None:
    """A live suite of 2026-08-17: status Voided on no other purchase, the note marked, total and lines zero."""
    none = demo.make("Purchase", _purchase(demo, 0, PrivateNote="nothing spent"))
    made = demo.make("Purchase", _purchase(demo, 80, PrivateNote="ladder", DocNumber="77"))
    voided = demo.control("hand", {"deed": "void", "entity": "Purchase", "id": made["Id"]})
    assert demo.read("Purchase", made["Id"]) == voided
    assert (voided["status"], voided["PrivateNote"]) == ("Voided", "Voided - ladder")
    assert (voided["TotalAmt"], [line["Amount"] for line in voided["Line"]]) == (0, [0])
    assert (voided["SyncToken"], voided["DocNumber"]) == ("1", "77")
    assert "status" not in demo.read("Purchase", none["Id"])
    echoed = {name: value for name, value in voided.items() if name != "PurchaseEx"}
    noted = demo.make("Purchase", {**echoed, "PrivateNote": "Voided - ladder, twice"})
    assert noted["status"] == "Voided"
    address = {"Id": made["Id"], "SyncToken": noted["SyncToken"], "sparse": True, "PaymentType": "Cash"}
    assert "status" not in demo.make("Purchase", {**address, "Line": demo.expense_lines(80)})


# Links and numbers


def test_a_sales_receipt_does_not_show_that_nothing_is_linked_to_it(demo: Any) -> None:
    """Recorded: no LinkedTxn in the answer to its write."""
    made = demo.make("SalesReceipt", demo.invoice_body("58"))
    again = demo.make("SalesReceipt", {**made, "PrivateNote": "again"})
    held = {"TxnId": made["Id"], "TxnType": "SalesReceipt", "TxnLineId": "0"}
    line = {"Amount": 100, "LinkedTxn": [held]}
    deposit = demo.make("Deposit", {"DepositToAccountRef": {"value": "1"}, "Line": [line]})
    shown = demo.read("SalesReceipt", made["Id"])
    assert shown["LinkedTxn"] == [{"TxnId": deposit["Id"], "TxnType": "Deposit"}]
    demo.make("Deposit", {"Id": deposit["Id"], "SyncToken": "0"}, operation="delete")
    free = demo.read("SalesReceipt", made["Id"])
    assert not any("LinkedTxn" in one for one in (made, again, free))


OWN_NUMBERS = "VendorAndPurchasesPrefs.UseCustomTxnNumbers"


def _own_numbers(demo: Any) -> str:
    listed = demo.query("SELECT * FROM Preferences")["Preferences"][0]["OtherPrefs"]["NameValue"]
    return next(each["Value"] for each in listed if each["Name"] == OWN_NUMBERS)


@pytest.mark.parametrize("given", ["left_out", "given"])
@pytest.mark.parametrize("own", [True, False])
def test_what_is_bought_is_numbered_by_a_preference_of_its_own(demo: Any, given: str, own: bool) -> None:
    """Entity reference (under OtherPrefs); a live suite of 2026-08-16: not that of the sales forms, a number in use refused."""
    demo.control("switches", {"vendor_side_numbers": given})
    demo.control("hand", {"deed": "prefer", "group": "OtherPrefs", "name": OWN_NUMBERS, "value": own})
    assert _own_numbers(demo) == ("true" if own else "false")
    bill = {"VendorRef": {"value": "1"}, "Line": demo.expense_lines(5)}
    for made in (demo.make("Bill", bill), demo.make("Purchase", _purchase(demo, 5))):
        assert ("DocNumber" in made) == (given == "given" and not own)
    assert "DocNumber" not in demo.make("Invoice", demo.invoice_body("58")), "sales forms keep their own"
    numbered = _purchase(demo, 5, DocNumber="E-7")
    assert demo.make("Purchase", numbered)["DocNumber"] == "E-7"
    assert demo.fault("POST", "purchase", numbered)["code"] == "6140"
