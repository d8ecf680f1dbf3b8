"""The company as experiments see it: create, change, void, delete, query, batch, each with a request ID, all in the journal.

Here: these operations, the objects that several experiments share, and what experiments look up. Not here: HTTP (``wire``), the lines of
the journal (``journal``), removing objects (``cleanup``).
"""

import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from rentaxis_pipelines.probe import names
from rentaxis_pipelines.probe.experiment import CannotTell
from rentaxis_pipelines.probe.journal import Journal, Made
from rentaxis_pipelines.probe.wire import Reply, Wire
from rentaxis_pipelines.quickbooks.faults import FaultClass, classify
from rentaxis_pipelines.quickbooks.json import encode
from rentaxis_pipelines.quickbooks.query import select

Payload = dict[str, Any]
SHARED = 0  # the experiment that objects for all of them are noted under


class Hand(Protocol):
    """Asks a person to do something in QuickBooks itself, and returns when it is done.

    ``deed``: one word for it; ``facts``: the objects it is about, for programs that do it.
    """

    def __call__(self, deed: str, sentence: str, facts: Mapping[str, str], /) -> None: ...


@dataclass(frozen=True)
class Prepared:
    """A write that can be sent more than once with identical bytes. ``creates``: (entity, key) of each object it creates, by bId or ""."""

    path: str
    body: bytes = field(repr=False)
    request_id: str
    creates: Mapping[str, tuple[str, str]]


class ProbeCompany:
    """One company during one start of the probe. Not thread-safe.

    ``checkpoints``: minutes after which a request ID is repeated. ``wait`` sleeps for that many seconds. Every operation raises
    QuickBooksError if there is no response at all; a refusal is a response.
    """

    def __init__(
        self,
        wire: Wire,
        journal: Journal,
        *,
        wait: Callable[[float], None],
        hand: Hand,
        checkpoints: Sequence[int] = (),
    ) -> None:
        self.wire, self.journal = wire, journal
        self.wait, self.by_hand, self.checkpoints = wait, hand, checkpoints
        self.number = SHARED
        self.facts: dict[str, Any] = {}  # what one experiment found out and others ask too, for this start
        self._counter = 0

    # ---- names ----

    def name(self, what: str) -> str:
        """A unique name: "RentAxis probe 3 k7f2-1 customer"."""
        return f"{names.MARK} {self.number} {self._stamp} {what}"

    def next_number(self) -> str:
        """A unique document number, at most 21 characters."""
        return f"RP{self.number}-{self._stamp}-{self._next()}"

    def request_id(self) -> str:
        """A unique request ID, at most 36 characters."""
        return f"probe-{self.number}-{self._stamp}-{self._next()}"

    @property
    def _stamp(self) -> str:
        return f"{self.journal.tag}{self.journal.attempt}"

    def _next(self) -> int:
        self._counter += 1
        return self._counter

    # ---- writes ----

    def prepare(
        self, entity: str, payload: Payload, *, request_id: str | None = None, query: str = ""
    ) -> Prepared:
        """A create, ready to send, with a number (unless ``payload`` has one, or None) and a note that identifies the probe."""
        body = self._signed(entity, payload)
        key = str(body.get(names.key_field(entity), ""))
        path = entity.lower() + (f"?{query}" if query else "")
        return Prepared(path, encode(body), request_id or self.request_id(), {"": (entity, key)})

    def send(self, prepared: Prepared) -> Reply:
        """Send it, for the first time or again."""
        planned = {
            b_id: self.journal.plan(entity, key, self.number)
            for b_id, (entity, key) in prepared.creates.items()
        }
        reply = self._post(prepared.path, prepared.body, prepared.request_id)
        if prepared.path == "batch":
            for item in items_of(reply):
                if made := planned.pop(str(item.get("bId")), None):
                    self._note(
                        made, item.get(made.entity), refused="Fault" in item and not _may_have_gone(item)
                    )
        elif reply.ok or not (reply.status >= 500 or _is_passing(reply)):
            self._note(planned[""], reply.of(planned[""].entity), refused=not reply.ok)
        return reply

    def make(self, entity: str, payload: Payload, *, request_id: str | None = None, query: str = "") -> Reply:
        """Create an object; the response may be a refusal. ``query``: query parameters, such as "include=..."."""
        return self.send(self.prepare(entity, payload, request_id=request_id, query=query))

    def made(self, entity: str, payload: Payload, *, request_id: str | None = None) -> Payload:
        """Create an object that the experiment needs. Raises CannotTell if that is refused."""
        reply = self.make(entity, payload, request_id=request_id)
        if not reply.ok:
            raise CannotTell(f"The {entity} needed by the experiment was {reply.said}.")
        return reply.of(entity)

    def change(
        self, entity: str, record: Payload, fields: Payload, *, request_id: str | None = None
    ) -> Reply:
        """A sparse update of ``record`` with its token."""
        body = {"Id": record["Id"], "SyncToken": record["SyncToken"], "sparse": True, **fields}
        return self._post(entity.lower(), encode(body), request_id or self.request_id())

    def delete(self, entity: str, record: Payload) -> Reply:
        """Delete a transaction with the token in ``record``."""
        return self.operate(entity, record, "operation=delete")

    def void(self, entity: str, record: Payload) -> Reply:
        """Void an invoice as the reference describes; other types with ``operate``."""
        return self.operate(entity, record, "operation=void")

    def operate(self, entity: str, record: Payload, query: str, **fields: Any) -> Reply:
        """A post of Id and token with query parameters such as "operation=update&include=void"."""
        body = {"Id": record["Id"], "SyncToken": record["SyncToken"], **fields}
        return self._post(f"{entity.lower()}?{query}", encode(body), self.request_id())

    def prepare_batch(self, items: Sequence[Payload], *, request_id: str | None = None) -> Prepared:
        """A batch of items in the API's format; creates are signed as in ``prepare``. Missing bIds are added."""
        creates: dict[str, tuple[str, str]] = {}
        signed: list[Payload] = []
        for place, item in enumerate(items, start=1):
            entity = next(
                (key for key in item if key[0].isupper() and key not in ("Query", "CDCQuery")), None
            )
            whole = {"bId": str(place), **item}
            if entity and item.get("operation") == "create":
                whole[entity] = self._signed(entity, item[entity])
                creates[whole["bId"]] = (entity, str(whole[entity].get(names.key_field(entity), "")))
            signed.append(whole)
        return Prepared(
            "batch", encode({"BatchItemRequest": signed}), request_id or self.request_id(), creates
        )

    def batch(self, items: Sequence[Payload]) -> list[Payload]:
        """Send a batch; returns its items in the order received. Raises CannotTell if it is refused as a whole."""
        reply = self.send(self.prepare_batch(items))
        if not reply.ok:
            raise CannotTell(f"The batch was {reply.said}.")
        return items_of(reply)

    # ---- reads ----

    def ask(self, statement: str, *, quiet: bool = False) -> Reply:
        """Any statement of the query language; the response may be a refusal."""
        return self.wire.call("GET", "query?" + urllib.parse.urlencode({"query": statement}), quiet=quiet)

    def query(self, statement: str, *, quiet: bool = False) -> list[Payload]:
        """The objects that a statement finds. Raises CannotTell if it is refused."""
        reply = self.ask(statement, quiet=quiet)
        if not reply.ok:
            raise CannotTell(f"A query was {reply.said}.")
        return next((value for value in reply.of("QueryResponse").values() if isinstance(value, list)), [])

    def read(self, entity: str, quickbooks_id: str) -> Reply:
        """One object by its id."""
        return self.wire.call("GET", f"{entity.lower()}/{urllib.parse.quote(quickbooks_id, safe='')}")

    def now(self, entity: str, record: Payload) -> Payload:
        """The object as it is now. Raises CannotTell if it cannot be read."""
        reply = self.read(entity, record["Id"])
        if not reply.ok:
            raise CannotTell(f"A {entity} of the probe could not be read: {reply.said}.")
        return reply.of(entity)

    def preference(self, group: str, name: str) -> Any:
        """One of the company's preferences, None if it is not in the response."""
        if "Preferences" not in self.facts:
            self.facts["Preferences"] = self.wire.call("GET", "preferences", quiet=True).of("Preferences")
        return self.facts["Preferences"].get(group, {}).get(name)

    # ---- what experiments stand on ----

    def customer(self) -> Payload:
        """A customer of the probe that experiments share; it is removed only at the very end."""
        return self._shared("Customer", "customer")

    def vendor(self) -> Payload:
        """The same for a vendor."""
        return self._shared("Vendor", "vendor")

    def item(self) -> str:
        """The ID of one of the company's services, for an invoice line; it is only referred to."""
        return self._existing("Item", "Type = 'Service'")

    def account(self, kind: str) -> str:
        """The ID of one of the company's accounts of this AccountType ("Bank", "Expense"); it is only referred to."""
        return self._existing("Account", f"AccountType = '{kind}'")

    def invoice_payload(self, amount: str = "10.00", **fields: Any) -> Payload:
        """One line of the company's service, for the shared customer unless ``fields`` says otherwise."""
        line = {
            "Amount": Decimal(amount),
            "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": {"ItemRef": {"value": self.item()}},
        }
        return {
            "CustomerRef": fields.pop("CustomerRef", None) or {"value": self.customer()["Id"]},
            "Line": [line],
            **fields,
        }

    def invoice(self, amount: str = "10.00", **fields: Any) -> Payload:
        """An invoice. Raises CannotTell if it is refused."""
        return self.made("Invoice", self.invoice_payload(amount, **fields))

    def payment_payload(
        self, invoice: Payload, amount: str = "10.00", customer: str | None = None
    ) -> Payload:
        """A payment of ``amount``, fully applied to the invoice; by the invoice's customer unless another ID is given."""
        link = {"Amount": Decimal(amount), "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}
        payer = customer or invoice["CustomerRef"]["value"]
        return {"CustomerRef": {"value": payer}, "TotalAmt": Decimal(amount), "Line": [link]}

    def expense_lines(self, amount: str = "10.00") -> list[Payload]:
        """The lines of a bill or purchase."""
        detail = {"AccountRef": {"value": self.account("Expense")}}
        kind = "AccountBasedExpenseLineDetail"
        return [{"Amount": Decimal(amount), "DetailType": kind, kind: detail}]

    # ---- within ----

    def _signed(self, entity: str, payload: Payload) -> Payload:
        body = (
            {"PrivateNote": f"{names.MARK} {self.number}", **payload}
            if entity in names.TRANSACTIONS
            else dict(payload)
        )
        if entity in names.TRANSACTIONS and names.key_field(entity) not in body:
            body[names.key_field(entity)] = self.next_number()
        return {name: value for name, value in body.items() if value is not None}

    def _post(self, path: str, body: bytes, request_id: str) -> Reply:
        joined = "&" if "?" in path else "?"
        return self.wire.call("POST", f"{path}{joined}requestid={request_id}", body)

    def _note(self, made: Made, record: Any, *, refused: bool) -> None:
        quickbooks_id = str(record.get("Id", "")) if isinstance(record, dict) else ""
        known = any(
            known_object.entity == made.entity and known_object.quickbooks_id == quickbooks_id
            for known_object in self.journal.made
        )
        if refused or (quickbooks_id and known):
            self.journal.finished(made)  # nothing new was made
        elif quickbooks_id:
            self.journal.found(made, quickbooks_id)

    def _shared(self, entity: str, what: str) -> Payload:
        if entity not in self.facts:
            number, self.number = self.number, SHARED
            try:
                self.facts[entity] = self.made(entity, {"DisplayName": f"{names.MARK} {self._stamp} {what}"})
            finally:
                self.number = number
        return self.facts[entity]

    def _existing(self, entity: str, where: str) -> str:
        fact = f"{entity} {where}"
        if fact not in self.facts:
            records = self.query(select(entity, f"{where} AND Active = true", page=1), quiet=True)
            if not records:
                raise CannotTell(f"The company has no active {entity} with {where}.")
            self.facts[fact] = str(records[0]["Id"])
        return self.facts[fact]


def items_of(reply: Reply) -> list[Payload]:
    """The items of a batch's response, in the order received."""
    listed = reply.content.get("BatchItemResponse") if isinstance(reply.content, dict) else None
    return [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []


def code_of(item: Payload) -> str:
    """The code of the fault in a batch item, "" if there is none."""
    errors = item.get("Fault", {}).get("Error") or [{}]
    return str(errors[0].get("code", ""))


def _may_have_gone(item: Payload) -> bool:
    """6000 means many things, including errors after which a write may have been executed: then it must be looked for."""
    return code_of(item) in ("6000", "10000", "600")


def _is_passing(reply: Reply) -> bool:
    return reply.fault is not None and classify(reply.fault) is FaultClass.RETRY
