"""The engine at work: a ledger on real Postgres, an emulated company over real HTTP, a clock both sides share."""

import datetime as dt
import json
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.ledger import links, people, plans, results
from rentaxis_pipelines.ledger.database import engine
from rentaxis_pipelines.ledger.locks import realm_lock
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.marker import marker
from rentaxis_pipelines.model.payload import VOID_HASH, content_hash
from rentaxis_pipelines.model.plans import Plan, PlannedRow
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.quickbooks.auth import FixedToken
from rentaxis_pipelines.quickbooks.client import QuickBooksClient, RealmAddress
from rentaxis_pipelines.quickbooks.limits import UNLIMITED, Limits
from rentaxis_pipelines.sync.pushing.push import push
from rentaxis_pipelines.sync.run import Run

DAY = dt.date(2026, 3, 1)
REALM = Emulator.realm_id


def ask(quickbooks: Emulator, path: str, body: Any = None) -> Any:
    """The emulator's control plane."""
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{quickbooks.control_url}/{path}", data)) as answer:
        return json.load(answer, parse_float=Decimal)


class SharedClock:
    """Time that passes when somebody sleeps, here and in the emulated company."""

    def __init__(self, quickbooks: Emulator) -> None:
        self._quickbooks = quickbooks
        self._skipped = dt.timedelta()
        self.slept = 0.0

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self._skipped

    def seconds(self) -> float:
        return self.now().timestamp()

    def sleep(self, seconds: float) -> None:
        self._skipped += dt.timedelta(seconds=seconds)
        self.slept += seconds
        ask(self._quickbooks, "clock", {"advance": seconds})


class PushedCompany:
    """One company, its ledger, and pushes of hand-made plans."""

    def __init__(self, quickbooks: Emulator, url: str) -> None:
        self.quickbooks, self.url = quickbooks, url
        self.clock = SharedClock(quickbooks)
        self.read_timeout = 10.0
        self.stop_requested: Callable[[], bool] = lambda: False
        self.customer_id = ""
        self._runs = 0

    def ask(self, path: str, body: Any = None) -> Any:
        return ask(self.quickbooks, path, body)

    def fault(self, **rule: Any) -> None:
        self.ask("faults", rule)

    def objects(self, entity: str) -> list[dict[str, Any]]:
        return self.ask(f"objects?entity={entity}")

    def hand(self, deed: str, **what: Any) -> dict[str, Any]:
        return self.ask("hand", {"deed": deed, **what})

    def client(self) -> QuickBooksClient:
        clock = self.clock
        return QuickBooksClient(
            RealmAddress(self.quickbooks.base_url, REALM),
            FixedToken(Emulator.access_token),
            limits=Limits(quota=UNLIMITED, clock=clock.seconds, sleep=clock.sleep),
            timeouts=(5.0, self.read_timeout),
            now=clock.now,
            sleep=clock.sleep,
        )

    @contextmanager
    def run(self, run_id: str | None = None, **changes: Any) -> Iterator[Run]:
        """A run that holds the realm."""
        self._runs += 1
        with realm_lock(self.url, REALM, wait_seconds=changes.pop("wait_seconds", 5)) as connection:
            yield Run(
                realm=REALM,
                run_id=run_id or f"run-{self._runs}",
                requested_by="tests",
                connection=connection,
                client=self.client(),
                workers=changes.pop("workers", 2),
                now=self.clock.now,
                sleep=self.clock.sleep,
                stop_requested=self.stop_requested,
                **changes,
            )

    def plan(self, run: Run, *rows: PlannedRow) -> str:
        """Write the rows down as a plan of the run."""
        plan_id = f"plan-{run.run_id}-{self._runs}-{len(rows)}"
        own = [row for row in rows if row.phase == 1]
        head = Plan(
            plan_id=plan_id,
            realm=REALM,
            run_id=run.run_id,
            record_type="invoices",
            first_day=DAY,
            last_day=DAY,
            forced=False,
            dry_run=False,
            requested_by="tests",
            rows_in=len(own),
            money_in=sum((row.amount for row in own), Decimal(0)),
            created_at=run.now(),
        )
        placed = [
            msgspec.structs.replace(row, plan_id=plan_id, position=position)
            for position, row in enumerate(rows)
        ]
        plans.save_plan(run.connection, head, placed)
        run.connection.commit()
        return plan_id

    def push(self, *rows: PlannedRow, **changes: Any) -> dict[str, RowResult]:
        """One run that pushes these rows; its results by source id."""
        with self.run(**changes) as run:
            push(run, self.plan(run, *rows))
            found = results.results_of(run.connection, REALM, run_id=run.run_id)
        return {one.source_id: one for one in found}

    def link(self, source_type: str, source_id: str) -> Link:
        with engine(self.url).connect() as connection:
            return links.links_of(connection, REALM, source_type, [source_id])[source_id]

    def known_active(self, entity: str, quickbooks_id: str) -> bool:
        """Whether the ledger's copy of a name says it is active."""
        with engine(self.url).connect() as connection:
            return people.objects(connection, REALM, entity, [quickbooks_id])[quickbooks_id].get(
                "Active", True
            )

    # Rows

    def row(
        self, source_type: str, source_id: str, entity: str, payload: dict[str, Any], **changes: Any
    ) -> PlannedRow:
        key = (
            payload.get("DocNumber")
            or payload.get("PaymentRefNum")
            or payload.get("DisplayName")
            or source_id
        )
        base = PlannedRow(
            plan_id="",
            position=0,
            phase=1,
            day=DAY,
            record_type="invoices",
            source_type=source_type,
            source_id=source_id,
            source_label=f"{source_type} {source_id}",
            amount=Decimal("0.00"),
            currency="USD",
            action="create",
            quickbooks_type=entity,
            quickbooks_number=str(key),
            payload=payload,
            content_hash=content_hash(payload),
            readable_key=str(key),
            conflict_keys=[f"{entity}:{key}"],
        )
        return msgspec.structs.replace(base, **changes)

    def customer(self, source_id: str = "1", name: str = "Zoe Zane", **changes: Any) -> PlannedRow:
        return self.row("tenant", source_id, "Customer", {"DisplayName": name}, **changes)

    def a_customer(self, name: str = "Somebody") -> str:
        return self.hand("create", entity="Customer", fields={"DisplayName": name})["Id"]

    def invoice(
        self, source_id: str, amount: str = "100.00", *, customer: str | None = None, **changes: Any
    ) -> PlannedRow:
        item = next(one for one in self.objects("Item") if one["Name"] == "Rent")
        payload = {
            "CustomerRef": {"value": customer or self.customer_id},
            "DocNumber": changes.pop("number", f"N-{source_id}"),
            "TxnDate": "2026-03-01",
            "PrivateNote": marker("invoice", source_id),
            "Line": [
                {
                    "DetailType": "SalesItemLineDetail",
                    "Amount": Decimal(amount),
                    "SalesItemLineDetail": {"ItemRef": {"value": item["Id"]}},
                }
            ],
        }
        return self.row("invoice", source_id, "Invoice", payload, amount=Decimal(amount), **changes)

    def payment(self, source_id: str, amount: str, invoice_id: str, **changes: Any) -> PlannedRow:
        payload = {
            "CustomerRef": {"value": self.customer_id},
            "TotalAmt": Decimal(amount),
            "TxnDate": "2026-03-02",
            "PaymentRefNum": f"P-{source_id}",
            "PrivateNote": marker("payment", source_id),
            "Line": [{"Amount": Decimal(amount), "LinkedTxn": [{"TxnId": invoice_id, "TxnType": "Invoice"}]}],
        }
        return self.row("payment", source_id, "Payment", payload, amount=Decimal(amount), **changes)

    def changed(self, row: PlannedRow, **changes: Any) -> PlannedRow:
        """The row as an update of what it is linked to."""
        link = self.link(row.source_type, row.source_id)
        address = {"quickbooks_id": link.quickbooks_id, "sync_token": link.sync_token}
        return msgspec.structs.replace(
            row, **{"action": "update", "generation": link.generation + 1, **address, **changes}
        )

    def void(self, row: PlannedRow) -> PlannedRow:
        """The row as a void of what it is linked to."""
        note = {"PrivateNote": (row.payload or {})["PrivateNote"]}
        return self.changed(row, action="void", payload=note, mapped=row.payload, content_hash=VOID_HASH)


@pytest.fixture
def company(quickbooks: Emulator, ledger_database: str) -> Iterator[PushedCompany]:
    with ExitStack() as end:
        end.callback(engine(ledger_database).dispose)
        company = PushedCompany(quickbooks, ledger_database)
        company.customer_id = company.a_customer()
        # QuickBooks' own refusal of a number in use would hide a duplicate of ours.
        company.ask("switches", {"warn_duplicate_numbers": False})
        yield company
