"""The public client node-quickbooks, unmodified, queries, batches and captures changes against the
emulator.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines_tests.support.quickbooks import started

NODE = shutil.which("node")
_FOLDERS = [os.environ.get("NODE_PATH", ""), str(Path.cwd() / "node_modules")]


def _installed() -> str | None:
    return next(
        (folder for folder in _FOLDERS if folder and (Path(folder) / "node-quickbooks").is_dir()), None
    )


pytestmark = [
    pytest.mark.skipif(NODE is None, reason="node is not installed"),
    pytest.mark.skipif(
        _installed() is None, reason="node-quickbooks is neither in NODE_PATH nor in ./node_modules"
    ),
]

# Calls one method after the other and prints [error, answer] of each as JSON.
_SCRIPT = """
const QuickBooks = require('node-quickbooks');
const [root, auth, realm, id, secret, access, refresh, calls] = JSON.parse(process.argv[1]);
QuickBooks.V3_ENDPOINT_BASE_URL = root + '/v3/company/';
QuickBooks.TOKEN_URL = auth + '/oauth2/v1/tokens/bearer';
const client = new QuickBooks(id, secret, access, false, realm, true, false, null, '2.0', refresh);
const results = [];
const next = (position) => {
  if (position === calls.length) { console.log(JSON.stringify(results)); return; }
  const [method, ...given] = calls[position];
  const known = given.map((each) => each && each.$ !== undefined ? results[each.$][1] : each);
  client[method](...known, (error, answer) => {
    const failed = error && (error.response ? error.response.data : error.Fault ? error : String(error));
    results.push([failed || null, answer]);
    next(position + 1);
  });
};
next(0);
"""


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with started(seed="recorded") as running:
        yield running


def _run(emulator: Emulator, *calls: list[Any]) -> list[tuple[Any, Any]]:
    given = [
        emulator.base_url, emulator.auth_base_url, emulator.realm_id, emulator.client_id,
        emulator.client_secret,
        emulator.access_token, emulator.refresh_token, calls,
    ]  # fmt: skip
    assert NODE is not None
    done = subprocess.run(
        [NODE, "-e", _SCRIPT, json.dumps(given)], capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "NODE_PATH": str(_installed())},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [tuple(each) for each in json.loads(done.stdout.splitlines()[-1])]


def test_queries_answer_as_the_clients_own_suite_expects(emulator: Emulator) -> None:
    everything, expenses, travel, counted, wrong = _run(
        emulator,
        ["findAccounts"],
        ["findAccounts", {"AccountType": "Expense"}],
        ["findAccounts", {"Name": "Travel"}],
        ["findCustomers", {"count": True}],
        ["findCustomers", {"Nothing": "1"}],
    )
    assert len(everything[1]["QueryResponse"]["Account"]) > 20
    assert {each["AccountType"] for each in expenses[1]["QueryResponse"]["Account"]} == {"Expense"}
    assert len(travel[1]["QueryResponse"]["Account"]) == 1
    assert counted[1]["QueryResponse"]["totalCount"] == 40
    assert wrong[0]["Fault"]["Error"][0]["code"] == "4001"


@pytest.mark.parametrize(
    "entity",
    [
        "Attachables", "Bills", "BillPayments", "Budgets", "Classes", "CompanyInfos", "CreditMemos",
        "Departments",
        "Deposits", "Employees", "Estimates", "Invoices", "Items", "JournalEntries", "Payments",
        "PaymentMethods",
        "Preferenceses", "Purchases", "PurchaseOrders", "RefundReceipts", "SalesReceipts", "TaxAgencies",
        "TaxCodes",
        "TaxRates", "Terms", "TimeActivities", "Vendors", "VendorCredits",
    ],
)  # fmt: skip
def test_every_entity_the_client_finds_can_be_asked_for(emulator: Emulator, entity: str) -> None:
    ((error, answer),) = _run(emulator, [f"find{entity}"])
    assert error is None
    assert isinstance(answer["QueryResponse"], dict)


def test_a_batch_of_25_attachments_without_bid_or_operation(emulator: Emulator) -> None:
    items = [{"Attachable": {"Note": f"Test {number}", "Tag": "Testing"}} for number in range(25)]
    batch, found, captured = _run(
        emulator,
        ["batch", items],
        ["findAttachables", {"Tag": "Testing"}],
        ["changeDataCapture", ["Attachable"], "2020-01-01"],
    )
    answers = batch[1]["BatchItemResponse"]
    assert [each["Attachable"]["Tag"] for each in answers] == ["Testing"] * 25
    assert len(found[1]["QueryResponse"]["Attachable"]) == 25
    assert len(captured[1]["CDCResponse"][0]["QueryResponse"][0]["Attachable"]) == 25


def test_objects_are_created_read_changed_and_deleted(emulator: Emulator) -> None:
    line = {
        "Amount": 14, "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"UnitPrice": 14, "Qty": 1, "TaxCodeRef": {"value": "TAX"}},
    }  # fmt: skip
    discount = {"Amount": 0.28, "DetailType": "DiscountLineDetail"}
    discount["DiscountLineDetail"] = {"PercentBased": True, "DiscountPercent": 2}
    receipt = {
        "DocNumber": "1044",
        "TxnDate": "2014-08-04",
        "CustomerMemo": {"value": "m"},
        "Line": [line, discount],
    }
    made, updated, deleted, refused = _run(
        emulator,
        ["createSalesReceipt", receipt],
        ["updateSalesReceipt", {"$": 0}],
        ["deleteSalesReceipt", {"$": 1}],
        ["createCustomer", {"DisplayName": "Araborn"}],
    )
    assert made[1]["DocNumber"] == "1044"
    assert updated[1]["SyncToken"] == "1"
    assert deleted[1]["SalesReceipt"]["status"] == "Deleted"
    assert refused[0]["Fault"]["Error"][0]["code"] == "6240"
