"""Two companies on one pipelines database: the same ids, numbers and days on both sides, other names and other money.

Here: the two and what each holds. Each has a RentAxis database, an emulated QuickBooks company and a Dagster instance of its own,
as two deployments have; only PIPELINES_DATABASE_URL is the same.
"""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import dagster as dg
import msgspec
import psycopg
import pytest
import requests
from click.testing import CliRunner
from psycopg.rows import dict_row

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.cli.main import main
from rentaxis_pipelines.orchestration.failures import Stopped
from rentaxis_pipelines.settings import load_scope
from rentaxis_pipelines_tests.orchestration.assets.conftest import Ended
from rentaxis_pipelines_tests.orchestration.assets.interrupted import At, interrupted
from rentaxis_pipelines_tests.support import company_jobs
from rentaxis_pipelines_tests.support.connected import encrypt_token

RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
MONEY = {
    "invoice": ("invoices", "total_amount", "invoice_date"),
    "payment": ("payments", "amount", "payment_date"),
    "expense": ("expenses", "amount", "expense_date"),
}
WRITTEN = ("Customer", "Vendor", "Invoice", "Payment", "Purchase", "Bill", "BillPayment")

# The second company's books: another organization id, every name with a mark, all money doubled.
_SECOND = """
    set session_replication_role = replica;
    update rentaxis.organizations set id = 7, name = 'Second Company' where id = 1;
    update rentaxis.tenants set name = name || ' Second';
    update rentaxis.programs set name = name || ' Second';
    update rentaxis.vendors set name = name || ' Second';
    update rentaxis.invoices set total_amount = total_amount * 2, amount_paid = amount_paid * 2, balance_due = balance_due * 2;
    update rentaxis.invoice_lines set amount = amount * 2;
    update rentaxis.payments set amount = amount * 2;
    update rentaxis.payment_allocations set amount = amount * 2;
    update rentaxis.expenses set amount = amount * 2;
"""


def make_second(url: str, realm: str) -> None:
    """Turn a copy of the demo's RentAxis database into the second company's."""
    with psycopg.connect(url, autocommit=True) as connection:
        tables = connection.execute(
            "select table_name from information_schema.columns where table_schema = 'rentaxis' and column_name = 'organization_id'"
        ).fetchall()
        connection.execute(_SECOND)
        for (table,) in tables:
            connection.execute(
                f"update rentaxis.{table} set organization_id = 7 where organization_id = 1".encode()
            )
        connection.execute("update rentaxis.quickbooks_connections set realm_id = %s", [realm])


@dataclass
class Company:
    """One deployment."""

    variables: Mapping[str, str]
    quickbooks: Emulator
    instance: dg.DagsterInstance
    monkeypatch: pytest.MonkeyPatch
    is_second: bool
    seeded: frozenset[tuple[str, str]] = frozenset()

    @property
    def realm(self) -> str:
        return self.quickbooks.realm_id

    def start_over(self) -> None:
        """The QuickBooks company as it was in the beginning, and signed in to."""
        requests.post(f"{self.quickbooks.control_url}/reset", timeout=60).raise_for_status()
        self.seeded = frozenset(self.objects())
        encrypt_token(
            self.variables["PIPELINES_DATABASE_URL"], self.variables["PIPELINES_SECRET_KEY"], self.quickbooks
        )

    def use(self, **changed: str) -> None:
        """This process works for the company, with these variables changed."""
        for name, value in {**self.variables, **changed}.items():
            self.monkeypatch.setenv(name, value)

    def materialize(
        self, assets: str, first_day: str, last_day: str, at: At | None = None, **changed: str
    ) -> Ended:
        """These assets over the days, in a run of their own, on the company's environment (with variables changed).

        ``at`` is called at every step of it.
        """
        self.use(**changed)
        tags = {RANGE_START: first_day, RANGE_END: last_day, "requested_by": "a test"}
        return self._run(assets, tags, at)

    def job(
        self,
        name: str,
        ops: Mapping[str, Mapping[str, str]],
        tags: Mapping[str, str] | None = None,
        **changed: str,
    ) -> str:
        """Run a job with these ops' forms filled in; what it says when it fails, else "success"."""
        self.use(**changed)
        config = {"ops": {op: {"config": form} for op, form in ops.items()}}
        ended = self._execute(company_jobs.job(name), config, tags or {})
        return "success" if ended.success else ended.why

    def command(self, words: Sequence[str], **changed: str) -> str:
        """What ``rentaxis-sync`` prints. Fails the test unless it could not run."""
        self.use(**changed)
        result = CliRunner().invoke(main, list(words))
        assert result.exit_code == 2, result.output
        return result.output

    def tick(self, sensor: str, **changed: str) -> str:
        """What a tick of the sensor, which is switched on, fails with. Fails the test if it does not."""
        self.use(**changed)
        ticked = company_jobs.shared_sensor(sensor)
        on = json.dumps({"on": [load_scope().slug]})
        with pytest.raises(Stopped) as refused:
            ticked(dg.build_sensor_context(instance=self.instance, cursor=on))
        return str(refused.value)

    def reconcile(self) -> Ended:
        self.use()
        return self._run("key:reports/*", {})

    def _run(self, assets: str, tags: Mapping[str, str], at: At | None = None) -> Ended:
        return self._execute(company_jobs.chosen(assets, interrupted(at) if at else None), {}, tags)

    def _execute(self, job: dg.JobDefinition, config: Mapping[str, Any], tags: Mapping[str, str]) -> Ended:
        return Ended(
            job.execute_in_process(
                run_config={**config, "loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                instance=self.instance,
                tags=dict(tags),
                raise_on_error=False,
            )
        )

    def objects(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Everything in QuickBooks that a sync may write, by entity and id, as it is stored."""
        return {
            (entity, one["Id"]): one
            for entity in WRITTEN
            for one in msgspec.json.Decoder(float_hook=Decimal).decode(
                requests.get(f"{self.quickbooks.control_url}/objects", {"entity": entity}, timeout=30).content
            )
        }

    def writes(self) -> int:
        counts = requests.get(f"{self.quickbooks.control_url}/counts", timeout=60).json()
        return counts["writes"] + counts["batches"]

    def ledger(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        return _ask(self.variables["PIPELINES_DATABASE_URL"], statement, values)

    def rentaxis(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        return _ask(self.variables["RENTAXIS_DATABASE_URL"], statement, values)

    def check_object_by_object(self, first_day: str, last_day: str) -> int:
        """Every object made in QuickBooks is one of our own records, with its name and to the cent; returns how many there are.

        Asked of QuickBooks and RentAxis; the ledger only says which belong together.
        """
        made = {key: one for key, one in self.objects().items() if key not in self.seeded}
        links = self.ledger("select * from ledger.links where realm = %s and origin = 'created'", self.realm)
        assert sorted(made) == sorted((one["quickbooks_type"], one["quickbooks_id"]) for one in links)
        mine = {
            (source_type, str(row["id"])): row
            for source_type, (table, amount, day) in MONEY.items()
            for row in self.rentaxis(f"select id, {amount} as money, {day} as day from rentaxis.{table}")
        }
        for link in links:
            thing = made[link["quickbooks_type"], link["quickbooks_id"]]
            if "DisplayName" in thing:
                assert ("Second" in thing["DisplayName"]) == self.is_second, thing["DisplayName"]
            else:
                # A bill's payment is the same expense once more.
                row = mine[link["source_type"].replace("expense_payment", "expense"), link["source_id"]]
                assert Decimal(thing["TotalAmt"]) == row["money"], (link, thing)
                assert first_day <= str(row["day"]) <= last_day
        return len(made)


class Turns:
    """Lets several runs go on in turns, one step each, in one process: whose turn it is has the process's environment."""

    def __init__(self, companies: Sequence[Company]) -> None:
        self._companies = companies
        self._order = threading.Condition()
        self._going = list(range(len(companies)))
        self._turn = 0
        self.steps: list[tuple[int, str]] = []

    def run(self, launch: Callable[[Company, At], Ended]) -> list[Ended]:
        """Launch one for each company, the first one first. Fails the test if one does not come to its end."""
        ended: dict[int, Ended] = {}

        def go(number: int) -> None:
            try:
                self._wait(number)
                ended[number] = launch(self._companies[number], lambda point: self._next(number, point))
            finally:
                with self._order:
                    self._pass_on(number)
                    self._going.remove(number)

        threads = [threading.Thread(target=go, args=[number]) for number in self._going]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(300)
        return [ended[number] for number in range(len(self._companies))]

    def _next(self, number: int, point: str) -> None:
        self.steps.append((number, point))
        with self._order:
            self._pass_on(number)
        self._wait(number)

    def _pass_on(self, number: int) -> None:
        after = [other for other in self._going if other > number] or self._going
        self._turn = after[0]
        self._order.notify_all()

    def _wait(self, number: int) -> None:
        with self._order:
            assert self._order.wait_for(lambda: self._turn == number, 120), "the other run does not go on"
        self._companies[number].use()


def _ask(url: str, statement: str, values: tuple[Any, ...]) -> list[dict[str, Any]]:
    with psycopg.connect(url, row_factory=dict_row) as connection:
        cursor = connection.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []
