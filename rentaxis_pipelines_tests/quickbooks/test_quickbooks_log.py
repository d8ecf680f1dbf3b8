"""What the log says of a call, and what it never says, at any level and of any library."""

import logging

import pytest

from rentaxis_pipelines.quickbooks.client import WriteRequest
from rentaxis_pipelines.quickbooks.faults import QuickBooksError
from rentaxis_pipelines.quickbooks.query import literal

SECRETS = ["Jane", "Tenant", "1234.56", "jane@example.com", "secret-access-token", "rent for May"]
PAYLOAD = b'{"DisplayName":"Jane Tenant","Amount":1234.56,"PrivateNote":"rent for May"}'
RECORD = {"Customer": {"Id": "7", "DisplayName": "Jane Tenant", "Balance": 1234.56}}


def test_each_call_leaves_one_line_with_method_path_status_time_and_tid(server, client, behaviours, caplog):
    caplog.set_level(logging.INFO)
    server.does(behaviours.answer(200, RECORD, intuit_tid="1-5f732f5f-abc"))
    client.write(WriteRequest("r-1", "customer", PAYLOAD))
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith("POST /v3/company/9130/customer -> 200 in ")
    assert line.endswith(" ms intuit_tid=1-5f732f5f-abc")


@pytest.mark.parametrize("behaviour", ["success", "fault", "html", "reset", "silence", "throttled"])
def test_no_name_amount_memo_or_token_reaches_the_log_or_an_exception(
    server, client, behaviours, caplog, behaviour
):
    """Everything at debug level of every library, and the text and repr of what is raised, in good and bad
    calls.
    """
    caplog.set_level(logging.DEBUG)
    quoting = {
        "Message": "Jane Tenant",
        "Detail": "Token expired: secret-access-token 1234.56",
        "code": "6240",
    }
    server.does(
        {
            "success": behaviours.answer(200, RECORD | {"QueryResponse": {"Customer": [RECORD]}}),
            "fault": behaviours.answer(400, {"Fault": {"Error": [quoting]}}),
            "html": behaviours.answer(502, "<html>Jane Tenant 1234.56</html>"),
            "reset": behaviours.reset,
            "silence": behaviours.silence,
            "throttled": behaviours.answer(429, {"fault": {"error": [quoting | {"code": "3001"}]}}),
        }[behaviour]
    )
    where = f"PrimaryEmailAddr = {literal('jane@example.com')} AND DisplayName = {literal('Jane Tenant')}"
    said = []
    for call in (
        lambda: client.query_in("Customer", "DisplayName", ["Jane Tenant"], where),
        lambda: client.write(WriteRequest("r-1", "customer", PAYLOAD)),
    ):
        try:
            said.append(repr(call))
            call()
        except QuickBooksError as error:
            said.append(
                f"{error} {error!r} {error.__cause__!r} {error.__suppress_context__ or error.__context__!r}"
            )
    text = caplog.text + "".join(said)
    assert "/v3/company/9130/query" in text
    assert [secret for secret in SECRETS if secret in text] == []


def test_an_exception_printed_with_its_whole_chain_quotes_nothing(server, client, behaviours, caplog):
    """Tracebacks are logged with what caused them; urllib3's own errors quote the whole address."""
    server.does(behaviours.reset)
    statement = f"SELECT * FROM Customer WHERE DisplayName = {literal(SECRETS[0])}"
    with pytest.raises(QuickBooksError) as raised:
        client.query(statement)
    caplog.clear()
    logging.getLogger("somebody").error("failed", exc_info=raised.value)
    assert "Traceback" in caplog.text
    assert SECRETS[0] not in caplog.text
