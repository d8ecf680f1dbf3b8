"""One emulator process for the tests that leave nothing behind, and a small client that adds nothing of its
own.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest
import requests

from quickbooks_emulator.server import Emulator

_DECODER = msgspec.json.Decoder(float_hook=Decimal)


class Caller:
    """Raw calls against one company of an emulator (its first). Decoded numbers are exact: int or Decimal."""

    def __init__(self, emulator: Emulator, realm: str | None = None) -> None:
        self.emulator = emulator
        door = emulator.company(realm) if realm else None
        self.root = f"{emulator.base_url}/v3/company/{realm or emulator.realm_id}"
        self.control_params = door.control_params if door else {}
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {(door or emulator).access_token}"
        self.session.headers["Accept"] = "application/json"

    def raw(self, method: str, path: str, body: Any = None, **params: str) -> requests.Response:
        data = body if isinstance(body, bytes | str) else None if body is None else msgspec.json.encode(body)
        headers = {"Content-Type": "application/json"} if body is not None else {}
        return self.session.request(
            method, f"{self.root}/{path}", data=data, params=params, headers=headers, timeout=30
        )

    def call(self, method: str, path: str, body: Any = None, **params: str) -> tuple[int, Any]:
        answer = self.raw(method, path, body, **params)
        return answer.status_code, _DECODER.decode(answer.content)

    def good(self, method: str, path: str, body: Any = None, **params: str) -> Any:
        status, content = self.call(method, path, body, **params)
        assert status == 200, content
        return content

    def make(self, entity: str, body: Any, **params: str) -> Any:
        return self.good("POST", entity.lower(), body, **params)[entity]

    def read(self, entity: str, identifier: str) -> Any:
        return self.good("GET", f"{entity.lower()}/{identifier}")[entity]

    def query(self, statement: str) -> Any:
        return self.good("GET", "query", query=statement)["QueryResponse"]

    def fault(self, method: str, path: str, body: Any = None, **params: str) -> Any:
        """The first error of a refused call."""
        status, content = self.call(method, path, body, **params)
        assert status == 400, content
        return content["Fault"]["Error"][0]

    def batch(self, items: list[Any], **params: str) -> list[Any]:
        return self.good("POST", "batch", {"BatchItemRequest": items}, **params)["BatchItemResponse"]

    def control(self, what: str, body: Any = None, **params: str) -> Any:
        url = f"{self.emulator.control_url}/{what}"
        if body is None:
            answer = self.session.get(url, params={**self.control_params, **params}, timeout=30)
        else:
            answer = self.session.post(
                url, data=msgspec.json.encode(body), params=self.control_params, timeout=30
            )
        assert answer.status_code == 200, answer.text
        return _DECODER.decode(answer.content)

    @staticmethod
    def invoice_body(customer: str, amount: str | int = 100, **more: Any) -> dict[str, Any]:
        """One line of the seed's first item."""
        detail = {"ItemRef": {"value": "1"}}
        line = {"Amount": float(amount), "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
        return {"CustomerRef": {"value": customer}, "Line": [line], **more}

    @staticmethod
    def payment_body(
        customer: str, total: str | int, *applied: tuple[str, str | int], **more: Any
    ) -> dict[str, Any]:
        """A payment with (invoice Id, amount) lines."""
        lines = [
            {"Amount": float(amount), "LinkedTxn": [{"TxnId": identifier, "TxnType": "Invoice"}]}
            for identifier, amount in applied
        ]
        return {"CustomerRef": {"value": customer}, "TotalAmt": float(total), "Line": lines, **more}

    @staticmethod
    def expense_lines(amount: str | int, account: str = "15") -> list[dict[str, Any]]:
        kind = "AccountBasedExpenseLineDetail"
        return [{"Amount": float(amount), "DetailType": kind, kind: {"AccountRef": {"value": account}}}]


@pytest.fixture
def call() -> Callable[[Emulator], Caller]:
    """Makes a caller for an emulator that a test started itself."""
    return Caller


@pytest.fixture
def demo(quickbooks: Emulator) -> Iterator[Caller]:
    """The demo company as new, every switch at its default."""
    caller = Caller(quickbooks)
    with caller.session:
        yield caller
