"""Every shape and code a fault is known to come in, read and classed, in QuickBooks' own words."""

import json

import pytest

from rentaxis_pipelines.quickbooks.answers import read_answer, retry_after_seconds
from rentaxis_pipelines.quickbooks.faults import (
    AuthenticationFailed,
    CompanyUnavailable,
    Fault,
    FaultClass,
    NoAnswer,
    OutcomeUnknown,
    RecordRejected,
    Throttled,
    Transient,
    classify,
    error_for,
    fault_of_body,
    parse_fault,
)


def service(
    code: str, message: str = "Message", detail: str = "Detail", kind: str = "ValidationFault"
) -> bytes:
    error = {"Message": message, "Detail": detail, "code": code, "element": ""}
    return json.dumps(
        {"Fault": {"Error": [error], "type": kind}, "time": "2026-08-04T01:02:03.004-07:00"}
    ).encode()


def gateway(code: str, name: str, status: int, detail: str | None = None) -> bytes:
    message = f"message={name}; errorCode={int(code):06}; statusCode={status}"
    error = {"message": message, "detail": detail, "code": code, "element": None}
    return json.dumps(
        {
            "warnings": None,
            "fault": {"error": [error], "type": "SERVICE"},
            "batchItemResponse": [],
            "time": 1601391072830,
        }
    ).encode()


WAIT_A_FEW_MINUTES = (
    "Business Validation Error: An unexpected error occurred while accessing or saving your data. Please "
    "wait a few minutes and try again.  If the problem persists, contact customer support."
)
IN_USE_6140 = (
    "Duplicate Document Number Error : You must specify a different number. This number has already been "
    "used. DocNumber=X is assigned to TxnType=Invoice with TxnId=17984"
)
HTML = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"

# HTTP status, body, code read, class, exception raised for a write
THROTTLED_XML = b"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<IntuitResponse time="2017-07-30T22:45:22.933-07:00" xmlns="http://schema.intuit.com/finance/v3">
    <Fault type="SERVICE">
        <Error code="3001">
            <Message>message=ThrottleExceeded; errorCode=003001; statusCode=%s</Message>
            <Detail>The request limit was reached.  Try again later</Detail>
        </Error>
    </Fault>
</IntuitResponse>"""
CASES = {
    "100 general authentication error": (
        401,
        service("100"),
        "100",
        FaultClass.REFRESH_TOKEN,
        AuthenticationFailed,
    ),
    "110 OAuth error": (401, service("110"), "110", FaultClass.REFRESH_TOKEN, AuthenticationFailed),
    "120 authorization failure": (401, service("120"), "120", FaultClass.STOP, CompanyUnavailable),
    "130 wrong cluster": (400, service("130"), "130", FaultClass.STOP, CompanyUnavailable),
    "140 company locked out": (400, service("140"), "140", FaultClass.STOP, CompanyUnavailable),
    "150 company under maintenance": (400, service("150"), "150", FaultClass.STOP, CompanyUnavailable),
    "500 is a code for an unsupported operation, not the status": (
        400,
        service("500", "Unsupported Operation"),
        "500",
        FaultClass.REFUSED,
        RecordRejected,
    ),
    "600 this request id has been seen": (400, service("600"), "600", FaultClass.RETRY, Transient),
    "610 gone or inactive": (400, service("610", "Object Not Found"), "610", FaultClass.GONE, RecordRejected),
    "620 cannot be linked": (400, service("620"), "620", FaultClass.INVALID_REFERENCE, RecordRejected),
    "630 duplicate object": (400, service("630"), "630", FaultClass.REFUSED, RecordRejected),
    "700 parent invalid": (400, service("700"), "700", FaultClass.INVALID_REFERENCE, RecordRejected),
    "1040 batch too large": (400, service("1040"), "1040", FaultClass.REFUSED, RecordRejected),
    "2010 unknown property": (400, service("2010"), "2010", FaultClass.REFUSED, RecordRejected),
    "2020 parameter missing": (400, service("2020"), "2020", FaultClass.REFUSED, RecordRejected),
    "2050 text too long": (400, service("2050"), "2050", FaultClass.REFUSED, RecordRejected),
    "2130 bad request id": (400, service("2130"), "2130", FaultClass.REFUSED, RecordRejected),
    "2500 invalid reference": (400, service("2500"), "2500", FaultClass.INVALID_REFERENCE, RecordRejected),
    "3001 throttled, 429": (
        429,
        gateway("3001", "ThrottleExceeded", 429, "The request limit was reached.  Try again later"),
        "3001",
        FaultClass.THROTTLE,
        Throttled,
    ),
    "3001 throttled, the older 403": (
        403,
        gateway("3001", "ThrottleExceeded", 403),
        "3001",
        FaultClass.THROTTLE,
        Throttled,
    ),
    "3001 throttled in the service's shape": (
        429,
        service("3001", "message=ThrottleExceeded; errorCode=003001; statusCode=429", kind="SERVICE"),
        "3001",
        FaultClass.THROTTLE,
        Throttled,
    ),
    # XML though JSON was asked for: python-quickbooks issues 83 (2017), 43 (2016) and 120 (2018).
    "3001 throttled in XML": (429, THROTTLED_XML % b"429", "3001", FaultClass.THROTTLE, Throttled),
    "3001 throttled in XML, the older 403": (
        403,
        THROTTLED_XML % b"403",
        "3001",
        FaultClass.THROTTLE,
        Throttled,
    ),
    "100 in XML": (
        401,
        b'<IntuitResponse><Fault type="AuthenticationFault"><Error code="100"><Message>General Authentication Error</Message>'
        b"<Detail>AuthenticationErrorGeneral: SRV-110-Authentication Failure , statusCode: 401</Detail></Error></Fault>"
        b"</IntuitResponse>",
        "100",
        FaultClass.REFRESH_TOKEN,
        AuthenticationFailed,
    ),
    "429 with nothing in it": (429, b"", "", FaultClass.THROTTLE, Throttled),
    "429 with HTML": (429, HTML, "", FaultClass.THROTTLE, Throttled),
    "3100 application not authorized": (
        403,
        gateway("3100", "ApplicationAuthorizationFailed", 403),
        "3100",
        FaultClass.STOP,
        CompanyUnavailable,
    ),
    "403 with nothing in it": (403, b"", "", FaultClass.STOP, CompanyUnavailable),
    "3200 token expired": (
        401,
        gateway("3200", "AuthenticationFailed", 401, "Token expired: AB016"),
        "3200",
        FaultClass.REFRESH_TOKEN,
        AuthenticationFailed,
    ),
    "401 with nothing in it": (401, b"", "", FaultClass.REFRESH_TOKEN, AuthenticationFailed),
    "4000 error parsing query": (400, service("4000"), "4000", FaultClass.REFUSED, RecordRejected),
    "4001 invalid query": (400, service("4001", "Invalid query"), "4001", FaultClass.REFUSED, RecordRejected),
    "5010 stale object": (
        400,
        service("5010", "Stale Object Error"),
        "5010",
        FaultClass.STALE,
        RecordRejected,
    ),
    "5020 permission denied": (400, service("5020"), "5020", FaultClass.REFUSED, RecordRejected),
    "6000 of the record's own": (
        400,
        service("6000", detail="Business Validation Error: You must set a transaction amount."),
        "6000",
        FaultClass.REFUSED,
        RecordRejected,
    ),
    "6000 passing, please wait": (
        400,
        service("6000", detail=WAIT_A_FEW_MINUTES),
        "6000",
        FaultClass.RETRY,
        Transient,
    ),
    "6000 passing, -30000": (
        400,
        service("6000", detail="Business Validation Error: Unexpected Internal Error. (-30000)"),
        "6000",
        FaultClass.RETRY,
        Transient,
    ),
    "6070 amount is not quantity times price": (
        400,
        service("6070"),
        "6070",
        FaultClass.REFUSED,
        RecordRejected,
    ),
    "6140 number taken": (
        400,
        service("6140", detail=IN_USE_6140),
        "6140",
        FaultClass.DUPLICATE_NUMBER,
        RecordRejected,
    ),
    "6140 in French": (
        400,
        service("6140", "Numéro de document en double", "DocNumber=INV-0002 is assigned to TxnType=Facture"),
        "6140",
        FaultClass.DUPLICATE_NUMBER,
        RecordRejected,
    ),
    "6480 matched to the bank feed": (
        400,
        service("6480", "Matched Transaction Delete Error"),
        "6480",
        FaultClass.MATCHED_TO_BANK,
        RecordRejected,
    ),
    "6190 subscription ended": (400, service("6190"), "6190", FaultClass.STOP, CompanyUnavailable),
    "6200 period closed": (400, service("6200"), "6200", FaultClass.PERIOD_CLOSED, RecordRejected),
    "6210 period closed": (400, service("6210"), "6210", FaultClass.PERIOD_CLOSED, RecordRejected),
    "6240 name taken": (400, service("6240"), "6240", FaultClass.DUPLICATE_NAME, RecordRejected),
    "6250 customer inactive": (400, service("6250"), "6250", FaultClass.INVALID_REFERENCE, RecordRejected),
    "6540 deposited": (400, service("6540"), "6540", FaultClass.DEPOSITED, RecordRejected),
    "10000 with HTTP 500": (
        500,
        service("10000", kind="SystemFault"),
        "10000",
        FaultClass.RETRY,
        OutcomeUnknown,
    ),
    "10000 with HTTP 400": (400, service("10000", kind="SystemFault"), "10000", FaultClass.RETRY, Transient),
    "10200 company reset": (400, service("10200"), "10200", FaultClass.STOP, CompanyUnavailable),
    "a code nobody has heard of": (400, service("98765"), "98765", FaultClass.REFUSED, RecordRejected),
    "404 of a proxy": (404, HTML, "", FaultClass.STOP, CompanyUnavailable),
    "413 of a proxy": (413, HTML, "", FaultClass.REFUSED, RecordRejected),
    "302 of a portal": (302, b"", "", FaultClass.STOP, CompanyUnavailable),
    "408 of a proxy": (408, HTML, "", FaultClass.RETRY, OutcomeUnknown),
    "500 with HTML": (500, HTML, "", FaultClass.RETRY, OutcomeUnknown),
    "502 with HTML": (502, HTML, "", FaultClass.RETRY, OutcomeUnknown),
    "503 with nothing in it": (503, b"", "", FaultClass.RETRY, OutcomeUnknown),
    "504 with broken JSON": (504, b'{"Fault":', "", FaultClass.RETRY, OutcomeUnknown),
    "200 with a fault inside": (200, service("6240"), "6240", FaultClass.DUPLICATE_NAME, RecordRejected),
    "200 with the gateway's fault inside": (
        200,
        gateway("3001", "ThrottleExceeded", 429),
        "3001",
        FaultClass.THROTTLE,
        Throttled,
    ),
}


@pytest.mark.parametrize(("status", "body", "code", "meaning", "error"), CASES.values(), ids=CASES.keys())
def test_each_fault_is_read_classed_and_raised_by_its_code(status, body, code, meaning, error):
    """Code, class and exact exception type; the fault and its intuit_tid travel with the error."""
    fault = fault_of_body(body, http_status=status, intuit_tid="1-5f73")
    assert (fault.code, classify(fault)) == (code, meaning)

    with pytest.raises(error) as raised:
        read_answer(status, body, intuit_tid="1-5f73", is_write=True)
    assert type(raised.value) is error
    assert raised.value.fault == fault
    assert raised.value.intuit_tid == "1-5f73"
    assert "1-5f73" in str(raised.value)


@pytest.mark.parametrize(
    "body", [b"", HTML, b"[]", b'"text"', b"null", b'{"Invoice":', b"[" * 5000, b"\xff\xfe"]
)
def test_a_success_that_cannot_be_read_leaves_a_write_unknown(body):
    """HTTP 200 with an unreadable body: perhaps executed, so a write is never called refused or done."""
    with pytest.raises(OutcomeUnknown):
        read_answer(200, body, is_write=True)
    with pytest.raises(NoAnswer):
        read_answer(200, body, is_write=False)


def test_the_recorded_token_fault_is_read_from_the_gateways_shape():
    """Body recorded from a real 401: lower-case keys, time in milliseconds, empty lists beside the fault."""
    recorded = (
        b'{"warnings":null,"intuitObject":null,"fault":{"error":[{"message":"message=AuthenticationFailed; '
        b'errorCode=003200; statusCode=401","detail":"Token expired: AB01601390262kxz","code":"3200",'
        b'"element":null}],"type":"AUTHENTICATION"},"report":null,"queryResponse":null,"batchItemResponse":[],"time":1601391072830}'
    )
    fault = fault_of_body(recorded, http_status=401)
    assert (fault.code, fault.type, fault.element) == ("3200", "AUTHENTICATION", "")
    assert fault.detail == "Token expired: AB01601390262kxz"


def test_a_gateway_fault_without_a_code_is_read_from_its_machine_text():
    content = {
        "fault": {"error": [{"message": "message=ThrottleExceeded; errorCode=003001; statusCode=429"}]}
    }
    fault = parse_fault(content, http_status=403)
    assert fault is not None
    assert (fault.code, classify(fault)) == ("3001", FaultClass.THROTTLE)


def test_of_several_errors_in_one_fault_the_most_urgent_decides_and_none_is_lost():
    """A field note: 6140 beside several 2020. Behind the duplicate our own record may stand."""
    errors = [
        {"Message": "m", "code": code, "element": element}
        for code, element in [("2020", "Line"), ("6140", ""), ("2020", "CustomerRef")]
    ]
    fault = parse_fault({"Fault": {"Error": errors, "type": "ValidationFault"}}, http_status=400)
    assert fault is not None
    assert fault.code == "6140"
    assert sorted((other.code, other.element) for other in fault.others) == [
        ("2020", "CustomerRef"),
        ("2020", "Line"),
    ]


def test_a_permanent_error_outweighs_a_passing_one():
    """Waiting cannot help a record that is refused anyway."""
    errors = [
        {"Message": "m", "Detail": WAIT_A_FEW_MINUTES, "code": "6000"},
        {"Message": "m", "code": "2050"},
    ]
    fault = parse_fault({"Fault": {"Error": errors}}, http_status=400)
    assert fault is not None
    assert classify(fault) is FaultClass.REFUSED


@pytest.mark.parametrize(
    "content", [None, [], "Fault", {}, {"Fault": None}, {"Fault": "x"}, {"Invoice": {"Id": "1"}}]
)
def test_what_holds_no_fault_is_no_fault(content):
    assert parse_fault(content) is None


@pytest.mark.parametrize(
    "envelope", [{}, {"Error": []}, {"Error": None}, {"Error": ["text"]}, {"type": "SERVICE"}]
)
def test_a_fault_without_a_readable_error_is_still_a_fault(envelope):
    """An answer that says "Fault" is never taken for a success."""
    fault = parse_fault({"Fault": {"type": "SystemFault", **envelope}}, http_status=400)
    assert fault is not None
    assert fault.code == ""


def test_what_quickbooks_quotes_never_reaches_a_log_through_an_exception():
    """Details quote names, amounts and tokens; str and repr of errors and faults end up in logs."""
    secret = "Token expired: AB0160139 of Christian Pelczarski, 1,016.00"
    for code in ("3200", "5010", "6000", "6140", "3001", "10000", "6190"):
        fault = Fault(
            code, message=secret, detail=secret, http_status=400, others=(Fault("1", secret, secret),)
        )
        error = error_for(fault)
        for text in (str(error), repr(error), repr(fault), f"{error.args}"):
            assert "Pelczarski" not in text
            assert "AB0160139" not in text
        assert error.fault is fault


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("17", 17.0),
        (" 17 ", 17.0),
        ("Wed, 21 Oct 2026 07:28:30 GMT", 30.0),
        ("Wednesday, 21-Oct-26 07:28:30 GMT", 30.0),
        ("Wed, 21 Oct 2026 07:27:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("Wed, 99 Oct 2026 07:28:30 GMT", None),
        ("٣", None),
    ],
)
def test_retry_after_is_understood_in_seconds_and_as_a_date(value, seconds):
    """The two forms of RFC 9110; a date gone by means now; nonsense means it was not said."""
    assert retry_after_seconds({"Retry-After": value}, now=1792567680.0) == seconds


def test_no_retry_after_is_none():
    assert retry_after_seconds({}) is None
