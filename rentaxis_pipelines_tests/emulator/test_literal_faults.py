"""Every fault whose text is recorded or documented, brought about through the API and compared to the letter.

The texts here are typed from recorded traffic and Intuit's error page, not taken from the emulator.
"""

from typing import Any

import pytest

MADE_INACTIVE = (
    "Something you're trying to use has been made inactive. "
    "Check the fields with accounts, customers, items, vendors or employees."
)
_SUBSCRIPTION = (
    "Subscription period has ended or canceled or there was a billing problem : You can't add data "
    "to QuickBooks "
    "Online Plus because your trial or subscription period ended."
)
_CLOSED = (
    "The account period has closed and the account books cannot be updated through the QBO Services "
    "API. Please use "
    "the QBO website to make these changes."
)
_DEPOSITED = (
    "This transaction has been deposited. If you want to change or delete it, you must edit the "
    "deposit it appears on "
    "and remove it first"
)
_MALFORMED = (
    "Operation com.sun.org.apache.xerces.internal.impl.io.MalformedByteSequenceException: Invalid "
    "byte 1 of 1-byte "
    "UTF-8 sequence is not supported."
)
_INVENTORY = (
    "Required parameter is missing in the request. An inventory assetaccount is required if you are "
    "tracking inventory "
    "quantities for this product."
)
_BUSINESS = "A business validation error has occurred while processing your request"
_NAME = "Duplicate Name Exists Error"
_DOCUMENTED_NAME = (
    "The name supplied already exists. : Another customer, vendor or employee is already using this "
    "\nname. Please use "
    "a different name."
)
_MISSING = "Required param missing, need to supply the required value for the API"
_ITEM = {"Name": "Shelf", "Type": "Inventory", "TrackQtyOnHand": True, "IncomeAccountRef": {"value": "8"}}
_ESTIMATE = {"AttachableRef": [{"EntityRef": {"type": "Estimate", "value": "75"}}], "Note": "n"}
_NO_ESTIMATE = "The entity Estimate 75 that you are trying to link does not exist. Estimate 75"
ABSENT = "absent"
ANY = "any"


def _taken(demo: Any) -> Any:
    return demo.fault("POST", "customer", {"DisplayName": "Terrence Boyd"})


def _documented_taken(demo: Any) -> Any:
    demo.control("switches", {"duplicate_name_text": "documented"})
    return _taken(demo)


def _inactive_customer(demo: Any) -> Any:
    found = demo.query("SELECT * FROM Customer WHERE Active = false")["Customer"][0]
    return demo.fault("POST", "invoice", demo.invoice_body(found["Id"]))


def _stale(demo: Any) -> Any:
    made = demo.make("Invoice", demo.invoice_body("58"))
    demo.make("Invoice", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "first"})
    return demo.fault(
        "POST", "invoice", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "second"}
    )


def _deleted(demo: Any) -> Any:
    made = demo.make("Invoice", demo.invoice_body("58"))
    demo.make("Invoice", {"Id": made["Id"], "SyncToken": "0"}, operation="delete")
    return demo.fault(
        "POST", "invoice", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "late"}
    )


def _twice_numbered(demo: Any) -> Any:
    demo.make("Invoice", demo.invoice_body("58", DocNumber="X"))
    return demo.fault("POST", "invoice", demo.invoice_body("58", DocNumber="X"))


def _ended(demo: Any) -> Any:
    demo.control("hand", {"deed": "subscription", "ended": True})
    assert demo.read("Customer", "58")["Id"] == "58", "reads still work"
    return demo.fault("POST", "invoice", demo.invoice_body("58"))


def _in_closed_books(demo: Any) -> Any:
    demo.control("hand", {"deed": "close_books", "date": "2024-12-31"})
    return demo.fault("POST", "invoice", demo.invoice_body("58", TxnDate="2024-12-31"))


def _in_a_deposit(demo: Any) -> Any:
    paid = demo.make("Payment", demo.payment_body("58", 10))
    demo.control("hand", {"deed": "deposit", "payments": [paid["Id"]]})
    token = demo.read("Payment", paid["Id"])["SyncToken"]
    return demo.fault("POST", "payment", {"Id": paid["Id"], "SyncToken": token}, operation="delete")


def _too_deep(demo: Any) -> Any:
    parent = "58"
    for level in range(4):
        body = {"DisplayName": f"Level {level}", "Job": True, "ParentRef": {"value": parent}}
        parent = demo.make("Customer", body)["Id"]
    return demo.fault(
        "POST", "customer", {"DisplayName": "Level 5", "Job": True, "ParentRef": {"value": parent}}
    )


def _journal(demo: Any) -> Any:
    lines = [
        {
            "Amount": amount, "DetailType": "JournalEntryLineDetail",
            "JournalEntryLineDetail": {"PostingType": side, "AccountRef": {"value": account}},
        }
        for side, amount, account in (("Debit", 10, "1"), ("Credit", 9, "8"))
    ]  # fmt: skip
    return demo.fault("POST", "journalentry", {"Line": lines})


def _repeated_with_another_body(demo: Any) -> Any:
    demo.control("switches", {"requestid_other_body": "error_600"})
    demo.make("Invoice", demo.invoice_body("58"), requestid="same")
    return demo.fault("POST", "invoice", demo.invoice_body("58", 7), requestid="same")


def _taxed(code: str) -> Any:
    def act(demo: Any) -> Any:
        body = demo.invoice_body("58")
        body["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"] = {"value": code}
        return demo.fault("POST", "invoice", body)

    return act


def _purchase_from(account: str) -> Any:
    def act(demo: Any) -> Any:
        body = {"PaymentType": "Check", "AccountRef": {"value": account}, "Line": demo.expense_lines(5)}
        return demo.fault("POST", "purchase", body)

    return act


def _post(entity: str, body: Any) -> Any:
    return lambda demo: demo.fault("POST", entity, body)


def _get(path: str, **params: str) -> Any:
    return lambda demo: demo.fault("GET", path, **params)


def _from_zero(demo: Any) -> Any:
    demo.control("switches", {"startposition_zero": "refuse"})
    return demo.fault("GET", "query", query="SELECT * FROM Invoice STARTPOSITION 0")


def _billable(demo: Any) -> Any:
    lines = demo.expense_lines(5)
    lines[0]["AccountBasedExpenseLineDetail"]["BillableStatus"] = "HAS_BEEN_BILLED"
    return demo.fault("POST", "bill", {"VendorRef": {"value": "1"}, "Line": lines})


def _uploaded(demo: Any) -> Any:
    parts = (
        b'--b\r\nContent-Disposition: form-data; name="file_metadata_0"\r\n'
        b"Content-Type: application/json\r\n\r\n"
        b'{"AttachableRef":[{"EntityRef":{"type":"Estimate","value":"75"}}]}\r\n--b--\r\n'
    )  # fmt: skip
    answer = demo.session.post(
        f"{demo.root}/upload",
        data=parts,
        headers={"Content-Type": "multipart/form-data; boundary=b"},
        timeout=30,
    )
    assert answer.status_code == 200
    return answer.json()["AttachableResponse"][0]["Fault"]["Error"][0]


# code, how, Message, Detail, element
FAULTS: list[tuple[str, Any, str, str, str]] = [
    ("500", _get("report/1"), "Unsupported Operation", ANY, ABSENT),
    ("500", _post("invoice", b"\xff\xfe"), "Unsupported Operation", _MALFORMED, ABSENT),
    ("600", _repeated_with_another_body, "Duplicate Request ID", ANY, ANY),
    ("610", _get("invoice/99999"), "Object Not Found", f"Object Not Found : {MADE_INACTIVE}", ""),
    ("610", _deleted, "Object Not Found", "Object Not Found : Another user has deleted this transaction.",
    ""),
    ("900", lambda demo: demo.fault("POST", "customer", {
        "Id": "58", "SyncToken": "0", "sparse": True, "ParentRef": {"value": "58"}, "Job": True,
    }), "Parent cannot be child", ANY, ABSENT),
    ("1040", _post("batch", {"BatchItemRequest": [{"bId": str(n), "Query": "x"} for n in range(31)]}),
     "Batch size exceeds allowed limit", ANY, ABSENT),
    ("2000", _get("cdc", entities="Nothing", changedSince="2024-01-01"),
    "Invalid or unsupported object name", ANY, ABSENT),
    ("2020", _post("item", _ITEM), _MISSING, _INVENTORY, ANY),
    ("2020", _post("invoice", {"CustomerRef": {"value": "58"}}), _MISSING,
     "Required parameter Line is missing in the request", "Line"),
    ("2020", _post("purchase", {"PaymentType": "Cash", "Line": []}), _MISSING,
     "Required parameter AccountRef is missing in the request", "AccountRef"),
    ("2030", _get("customer/1.5"), "Invalid ID", "Id should be a valid number. Supplied value:1.5", "Id"),
    ("2040", _post("customer", {"DisplayName": "a:b"}), "Invalid String", ANY, ANY),
    ("2050", _post("customer", {"DisplayName": "n", "Notes": "x" * 2001}),
     "String length is either shorter or longer than supported by specification",
     "String length specified does not match the supported length. Min:0 Max:2,000 supported. "
     "Supplied length:2,001", ANY),
    ("2050", lambda demo: demo.fault("POST", "invoice", demo.invoice_body("58",
    CustomerMemo={"value": "x" * 1016})),
     "String length is either shorter or longer than supported by specification",
     "String length specified does not match the supported length. Min:0 Max:1,000 supported. "
     "Supplied length:1,016",
     "Customer Memo"),
    ("2090", _post("term", {"Name": "t", "DueDays": "soon"}), "Invalid Number", ANY, ANY),
    ("2110", _post("payment", {"CustomerRef": {"value": "58"}, "TotalAmt": "much"}), "Invalid Decimal", ANY,
    ANY),
    ("2170", _billable, "Invalid Enumeration", "Invalid Enumeration : HAS_BEEN_BILLED", ANY),
    ("2210", _post("customer", {"DisplayName": "n", "PrimaryEmailAddr": {"Address": "nobody"}}),
     "Invalid Email Address Format", "Email Address does not conform to the syntax rules of RFC 822.", ANY),
    ("2300", _journal, "Amount on debits not equal to credits", ANY, ANY),
    ("2500", lambda demo: demo.fault("POST", "invoice", demo.invoice_body("583")), "Invalid Reference Id",
     "Invalid Reference Id : Names element id 583 not found", "Reference Id"),
    ("2500", _inactive_customer, "Invalid Reference Id", f"Invalid Reference Id : {MADE_INACTIVE}",
    "Reference Id"),
    ("4000", _get("query", query="SELECT * FROM Invoice TxnDate"), "Error parsing query",
     'QueryParserError: Encountered " <IDENTIFIER> "TxnDate "" at line 1, column 23.', ABSENT),
    ("4001", _get("query", query="SELECT * FROM Custmoer"), "Invalid query",
     "QueryValidationError: invalid context declaration: Custmoer", ABSENT),
    ("4001", _get("query", query="SELECT * FROM Purchase WHERE NoSuchField = '1'"), "Invalid query",
     "QueryValidationError: Property NoSuchField not found for Entity Purchase", ABSENT),
    ("4001", _get("query", query="SELECT * FROM Invoice WHERE DepartmentRef = '1'"), "Invalid query",
     "QueryValidationError: property 'DepartmentRef' is not queryable", ABSENT),
    ("4001", _from_zero, "Invalid query",
     "QueryValidationError: value 0 is too small. Min allowed value is 1", ABSENT),
    ("5010", _stale, "Stale Object Error",
     "Stale Object Error : You and Demo User were working on this at the same time. Demo User "
     "finished before you did, "
     "so your work was not saved.", ""),
    ("6000", _post("payment", {"CustomerRef": {"value": "58"}}), _BUSINESS,
     "Business Validation Error: You must set a transaction amount.", ""),
    ("6000", _post("billpayment", {"VendorRef": {"value": "1"}}), _BUSINESS,
     "Business Validation Error: You must set a transaction amount.", ""),
    ("6000", _post("attachable", _ESTIMATE), _BUSINESS,
     f"Business Validation Error: {_NO_ESTIMATE}", ""),
    ("6000", _uploaded, _BUSINESS,
     f"Business Validation Error: {_NO_ESTIMATE}", ""),
    ("6070", lambda demo: demo.fault("POST", "invoice", {"CustomerRef": {"value": "58"}, "Line": [{
        "Amount": 1000, "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": "1"}, "Qty": 3, "UnitPrice": 33.33},
    }]}), "Amount calculation incorrect in the request.",
    "Amount is not equal to UnitPrice * Qty. Supplied value:1,000",
     "Line.Amount"),
    ("6100", _taxed("VAT"), "Invalid Line TaxCode in the request", ANY, ANY),
    ("6140", _twice_numbered, "Duplicate Document Number Error",
     "Duplicate Document Number Error : You must specify a different number. This number has already "
     "been used. "
     "DocNumber=X is assigned to TxnType=Invoice with TxnId=1", ""),
    ("6180", _too_deep, "Sub Level Limit", ANY, ANY),
    ("6190", _ended, "Invalid Company Status", _SUBSCRIPTION, ANY),
    ("6210", _in_closed_books, "Account Period Closed, Cannot Update Through Services API", _CLOSED, ANY),
    ("6240", _taken, _NAME, "The name supplied already exists. : null", ABSENT),
    ("6240", _documented_taken, _NAME, _DOCUMENTED_NAME, ABSENT),
    ("6430", _purchase_from("6"), "Invalid account type used", "Invalid account type used : Credit Card",
    ANY),
    ("6540", _in_a_deposit, "Deposited Transaction cannot be changed", _DEPOSITED, ANY),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "act", "message", "detail", "element"),
    FAULTS,
    ids=[f"{n}-{each[0]}" for n, each in enumerate(FAULTS)],
)
def test_a_refused_call_carries_the_known_texts(
    demo: Any, code: str, act: Any, message: str, detail: str, element: str
) -> None:
    """Code as a string, Message and Detail to the letter, the element as known."""
    error = act(demo)
    assert (error["code"], error["Message"]) == (code, message)
    assert detail in (ANY, error["Detail"])
    assert element in (ANY, error.get("element", ABSENT))


def test_an_unknown_property_is_refused_with_the_list_of_known_ones(demo: Any) -> None:
    """As recorded for an invoice: the list is cut, the message stays whole."""
    error = demo.fault("POST", "invoice", {"BadJson": True})
    assert error["code"] == "2010"
    unread = 'Property Name:Unrecognized field "BadJson" (class com.intuit.schema.finance.v3.Invoice)'
    listed = ', not marked as ignorable (83 known properties: "DocNumber", "HomeTotalAmt"'
    assert error["Detail"].startswith(unread + listed)
    assert error["Detail"].endswith(" [truncated]])\n specified is unsupported or invalid")
    nested = demo.fault("POST", "invoice", {**demo.invoice_body("58"), "BillAddr": {"Street": "x"}})
    assert nested["Detail"].endswith(
        "failed to parse json object; a property specified is unsupported or invalid"
    )


def test_several_missing_fields_are_several_errors_of_one_fault(demo: Any) -> None:
    _, content = demo.call("POST", "purchase", {"Line": []})
    assert [error["element"] for error in content["Fault"]["Error"]] == ["PaymentType", "AccountRef", "Line"]


def test_in_a_batch_every_error_has_an_element_and_the_answer_is_200(demo: Any) -> None:
    """Recorded: 200 with two of four items failed, in the order of the request."""
    items = [
        {"bId": "1", "operation": "create", "Vendor": {"DisplayName": "Fresh"}},
        {"bId": "2", "operation": "delete", "Invoice": {"Id": "129", "SyncToken": "0"}},
        {"bId": "3", "operation": "create", "Customer": {"DisplayName": "Terrence Boyd"}},
        {"bId": "4", "Query": "SELECT * FROM Vendor MAXRESULTS 1"},
    ]
    answers = demo.batch(items)
    assert [answer["bId"] for answer in answers] == ["1", "2", "3", "4"]
    assert answers[0]["Vendor"]["SyncToken"] == "0"
    gone, taken = answers[1]["Fault"], answers[2]["Fault"]
    assert gone["type"] == "ValidationFault"
    assert (gone["Error"][0]["code"], gone["Error"][0]["element"]) == ("610", "")
    assert gone["Error"][0]["Detail"] == f"Object Not Found : {MADE_INACTIVE}"
    assert (taken["Error"][0]["code"], taken["Error"][0]["element"]) == ("6240", "")
    assert len(answers[3]["QueryResponse"]["Vendor"]) == 1


def test_a_dead_token_is_answered_by_the_gateway(demo: Any) -> None:
    """Recorded: the lower-case envelope, epoch milliseconds, www-authenticate."""
    answer = demo.session.get(
        f"{demo.root}/customer/58", headers={"Authorization": "Bearer AB01"}, timeout=30
    )
    content = answer.json()
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="Intuit", error="invalid_token"'
    assert content["fault"] == {
        "error": [
            {
                "message": "message=AuthenticationFailed; errorCode=003200; statusCode=401",
                "detail": "Token expired: AB01", "code": "3200", "element": None,
            }
        ],
        "type": "AUTHENTICATION",
    }  # fmt: skip
    assert set(content) == {
        "warnings", "intuitObject", "fault", "report", "queryResponse", "batchItemResponse",
        "attachableResponse",
        "syncErrorResponse", "requestId", "time", "status", "cdcresponse",
    }  # fmt: skip
    assert content["time"] > 1_600_000_000_000


def test_another_company_is_refused_with_403(demo: Any) -> None:
    answer = demo.session.get(f"{demo.emulator.base_url}/v3/company/1/customer/58", timeout=30)
    error = answer.json()["fault"]["error"][0]
    assert (answer.status_code, error["code"], error["detail"]) == (403, "3100", None)
    assert error["message"] == "message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403"


@pytest.mark.parametrize(
    ("code", "status", "kind", "message", "detail"),
    [
        ("100", 401, "AuthenticationFault", "General Authentication Error", None),
        ("110", 401, "AuthenticationFault", "Authentication OAuth Error", None),
        ("120", 401, "AuthorizationFault", "Authorization Failure",
         ": -11014-You do not have access to use QuickBooks Online Plus."),
        ("130", 401, "AuthenticationFault", "Accessing Wrong Cluster", None),
        ("140", 401, "AuthenticationFault", "Company Locked Out", None),
        ("150", 401, "AuthenticationFault", "Company Under Maintenance", None),
        ("6480", 400, "ValidationFault", "Matched Transaction Delete Error", None),
        ("10000", 500, "SystemFault", "An application error has occurred while processing your request",
        None),
        ("10100", 400, "ValidationFault", "Result Set Big", None),
        ("10200", 400, "ValidationFault", "Company Reset", None),
    ],
)  # fmt: skip
def test_a_fault_no_rule_of_the_books_brings_about_comes_on_demand(
    demo: Any, code: str, status: int, kind: str, message: str, detail: str | None
) -> None:
    demo.control("faults", {"action": "answer", "operation": "read", "code": code})
    answered, content = demo.call("GET", "customer/58")
    error = content["Fault"]["Error"][0]
    assert (answered, content["Fault"]["type"], error["code"], error["Message"]) == (
        status,
        kind,
        code,
        message,
    )
    assert detail in (None, error["Detail"])


def test_texts_can_speak_french_and_only_codes_stay(demo: Any) -> None:
    demo.control("switches", {"language": "fr"})
    error = _twice_numbered(demo)
    assert error["code"] == "6140"
    assert error["Detail"] == (
        "Numéro de document en double : Vous devez indiquer un nombre différent. Ce numéro a déjà "
        "été utilisé. "
        "DocNumber=X is assigned to TxnType=Facture with TxnId=1"
    )
