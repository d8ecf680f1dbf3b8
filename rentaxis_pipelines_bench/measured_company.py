"""One company to measure on: a durable embedded Postgres, an emulated QuickBooks, the environment that joins them.

Here: what every measurement needs. Not here: any measurement.
"""

import contextlib
import datetime as dt
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import requests
from cryptography.fernet import Fernet

from quickbooks_emulator import server as emulator
from rentaxis_pipelines.demo import portfolio, postgres
from rentaxis_pipelines.demo.stack import COMPANY_FILE, connections, sign_in
from rentaxis_pipelines.ledger import plans, results
from rentaxis_pipelines.ledger.database import engine as database_engine
from rentaxis_pipelines.ledger.database import migrate
from rentaxis_pipelines.model.marker import marker
from rentaxis_pipelines.model.payload import content_hash
from rentaxis_pipelines.model.plans import Plan, PlannedRow
from rentaxis_pipelines.model.sync_request import SyncRequest
from rentaxis_pipelines.settings import Environment, load_company
from rentaxis_pipelines.sync.engine import Engine, open_engine
from rentaxis_pipelines.sync.planning.planned import PlanMade
from rentaxis_pipelines.sync.run import Run

DAY = dt.date(2026, 3, 1)


class Worked(NamedTuple):
    """Seconds of processor time. A server process of Postgres that has ended counts no more: measure while its connection is open."""

    client: float
    postgres: float
    quickbooks: float


@dataclass(frozen=True)
class MeasuredCompany:
    """The running parts. ``customers`` and ``item``: QuickBooks ids to bill. ``postmaster``: the process of Postgres."""

    quickbooks: emulator.Emulator
    environment: Environment
    customers: list[str]
    item: str
    postmaster: int

    def worked(self) -> Worked:
        """Seconds of processor time so far: of this process, of Postgres and all it started, of the emulator."""
        servers = psutil.Process(self.postmaster)
        return Worked(
            _worked([psutil.Process()]),
            _worked([servers, *servers.children(recursive=True)]),
            _worked([psutil.Process(self.quickbooks.process.pid)]),
        )

    @contextmanager
    def engine(self, run_id: str, *, asked: Mapping[str, Any] = {}, **options: Any) -> Iterator[Engine]:
        """The open company, for what was ``asked`` (fields of SyncRequest); ``options`` of ``open_engine``."""
        request = SyncRequest(**{"requested_by": "benchmark", "confirm_unusual": True, **asked})
        company = load_company(COMPANY_FILE)
        with open_engine(self.environment, company, request, run_id=run_id, **options) as engine:
            yield engine

    def control(self, path: str, body: Any = None) -> Any:
        """The emulator's control plane."""
        url = f"{self.quickbooks.control_url}/{path}"
        answer = (
            requests.post(url, json=body, timeout=60) if body is not None else requests.get(url, timeout=60)
        )
        answer.raise_for_status()
        return answer.json()

    def invoices_in_quickbooks(self) -> int:
        """How many invoices stand there, by the server's own count."""
        return self.control("counts").get("Invoice", {"count": 0})["count"]


@contextmanager
def opened(units: int = 60) -> Iterator[MeasuredCompany]:
    """A company; its RentAxis database holds a made-up portfolio of ``units`` homes and six months."""
    folder = Path(tempfile.mkdtemp(prefix="rentaxis-bench-"))
    database = postgres.start(folder / "postgres", durable=True)
    try:
        pipelines = database.create_database("pipelines")
        rentaxis = portfolio.create_demo_database(database, units=units)
        migrate(pipelines)
        with emulator.start(seed="demo", switches={"log_bodies": False}) as quickbooks:
            key = Fernet.generate_key().decode()
            variables = connections(rentaxis, pipelines, quickbooks, key)
            environment = Environment.model_validate(
                {
                    "rentaxis_company_file": COMPANY_FILE,
                    **{name.lower(): value for name, value in variables.items()},
                }
            )
            sign_in(environment, quickbooks)
            objects = f"{quickbooks.control_url}/objects?entity="
            customers = requests.get(f"{objects}Customer", timeout=60).json()
            items = requests.get(f"{objects}Item", timeout=60).json()
            yield MeasuredCompany(
                quickbooks,
                environment,
                [one["Id"] for one in customers if one.get("Active", True)],
                next(one["Id"] for one in items if one["Name"] == "Rent"),
                _postmaster(folder / "postgres"),
            )
        database_engine(pipelines).dispose()
    finally:
        database.stop()
        shutil.rmtree(folder)


def _postmaster(data_folder: Path) -> int:
    return int((data_folder / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def _worked(processes: Sequence[psutil.Process]) -> float:
    spent = 0.0
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            spent += times.user + times.system
    return spent


def invoice(measured: MeasuredCompany, name: str, number: int) -> dict[str, Any]:
    """What is sent of one invoice, ours and others' alike: two lines, a customer, dates, a memo."""
    source_id = f"{name}-{number}"
    amount = Decimal(1000 + number % 500)
    return {
        "CustomerRef": {"value": measured.customers[number % len(measured.customers)]},
        "DocNumber": source_id,
        "TxnDate": DAY.isoformat(),
        "DueDate": (DAY + dt.timedelta(days=30)).isoformat(),
        "PrivateNote": marker("invoice", source_id),
        "Line": [
            _line(measured.item, amount, f"Rent March 2026, unit {number % 500}"),
            _line(measured.item, Decimal("25.50"), "Parking"),
        ],
    }


def _line(item: str, amount: Decimal, description: str) -> dict[str, Any]:
    return {
        "DetailType": "SalesItemLineDetail",
        "Amount": amount.quantize(Decimal("0.01")),
        "Description": description,
        "SalesItemLineDetail": {"ItemRef": {"value": item}},
    }


def planned(measured: MeasuredCompany, name: str, count: int) -> Iterator[PlannedRow]:
    """Planned rows of ``count`` invoices, as the planner makes them, one at a time; ``name``: that of the run."""
    for number in range(count):
        payload = invoice(measured, name, number)
        yield PlannedRow(
            plan_id=name,
            position=number,
            phase=1,
            day=DAY,
            record_type="invoices",
            source_type="invoice",
            source_id=payload["DocNumber"],
            source_label=f"Invoice {payload['DocNumber']}",
            amount=sum((line["Amount"] for line in payload["Line"]), Decimal(0)),
            currency="USD",
            action="create",
            quickbooks_type="Invoice",
            quickbooks_number=payload["DocNumber"],
            payload=payload,
            content_hash=content_hash(payload),
            readable_key=payload["DocNumber"],
            conflict_keys=[f"Invoice:{payload['DocNumber']}"],
        )


def write_and_push(engine: Engine, rows: Iterator[PlannedRow] | list[PlannedRow], count: int) -> None:
    """The real thing: the plan into the ledger under the run's own name, then the push with all its commits."""
    run = engine.run
    plan = Plan(
        plan_id=run.run_id,
        realm=run.realm,
        run_id=run.run_id,
        record_type="invoices",
        first_day=DAY,
        last_day=DAY,
        forced=False,
        dry_run=False,
        requested_by="benchmark",
        rows_in=count,
        money_in=Decimal(0),
        created_at=run.now(),
    )
    plans.save_plan(run.connection, plan, rows)
    run.connection.commit()
    engine.push(PlanMade(plan.plan_id, plan.record_type))


def must_be_whole(measured: MeasuredCompany, run: Run, before: int, count: int) -> None:
    """Raises RuntimeError unless the ledger and QuickBooks both say that every row was created."""
    sums = {group.status: group.rows for group in results.sums_of_run(run.connection, run.realm, run.run_id)}
    in_quickbooks = measured.invoices_in_quickbooks() - before
    if sums != {"created": count} or in_quickbooks != count:
        raise RuntimeError(
            f"{count} invoices were pushed; the ledger says {sums}, QuickBooks {in_quickbooks}."
        )


def seconds(act: Callable[[], object]) -> float:
    """How long it takes."""
    started = time.perf_counter()
    act()
    return time.perf_counter() - started
