"""A run writes what RentAxis says now, never what it said before another run wrote: interrupted at every step, by real runs."""

import itertools
import json
from typing import Any

import dagster as dg
import pytest

from rentaxis_pipelines.ledger.database import LedgerLocked
from rentaxis_pipelines.ledger.locks import realm_lock
from rentaxis_pipelines.orchestration.run_tags import RANGE_END, RANGE_START
from rentaxis_pipelines.settings import load_environment
from rentaxis_pipelines_tests.orchestration.assets.conftest import Ended, RunningCompany
from rentaxis_pipelines_tests.orchestration.assets.interrupted import At, interrupted
from rentaxis_pipelines_tests.support import company_jobs

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning", "ignore::DeprecationWarning")
RANGE = ("2026-05-01", "2026-05-31")
POINTS = 13  # between reading and pushing, those named in ``interrupted``

ORDINARY = """
    select i.id from rentaxis.invoices i
    where i.organization_id = 1 and i.invoice_date between '2026-05-01' and '2026-05-31' and i.type is distinct from 'payable'
      and i.status <> 'void' and i.deleted_at is null
      and not exists (select from rentaxis.demo_cases c where c.entity_type::text = 'invoice' and c.entity_id = i.id::text) order by i.id"""


class World:
    """Invoices that were pushed, edited, deleted; what other runs wrote meanwhile."""

    def __init__(self, running_company: RunningCompany) -> None:
        self.running_company = running_company
        self.versions = itertools.count(1)
        self.newest: dict[str, int] = {}  # in RentAxis
        self.pushed: dict[str, int] = {}  # by another run
        self.gone: set[str] = set()  # voided by another run

    def edit(self, invoice: str) -> None:
        self.newest[invoice] = next(self.versions)
        self.running_company.rentaxis(
            "update rentaxis.invoices set memo = %s, updated_at = clock_timestamp() where id = %s",
            f"version {self.newest[invoice]}.",
            int(invoice),
        )

    def delete(self, invoice: str) -> None:
        self.running_company.rentaxis(
            "update rentaxis.invoices set deleted_at = clock_timestamp() where id = %s", int(invoice)
        )

    def other_run(self, *invoices: str) -> bool:
        """Another process pushes these, if the company is free; whether it was."""
        environment = load_environment()
        try:
            with realm_lock(
                environment.pipelines_database_url.get_secret_value(),
                self.running_company.quickbooks.realm_id,
                wait_seconds=0,
            ):
                pass
        except LedgerLocked:
            return False
        for invoice in invoices:
            form = {"record_type": "invoice", "source_id": invoice}
            ended = self.running_company.execute(
                "push_record", {"ops": {"push_one_record": {"config": form}}}
            )
            assert ended.success, ended.why
            if self.is_void(invoice):
                self.gone.add(invoice)
            else:
                self.pushed[invoice] = self.version_of(invoice)
        return True

    def is_void(self, invoice: str) -> bool:
        return float(self._object(invoice)["TotalAmt"]) == 0

    def version_of(self, invoice: str) -> int:
        said = json.dumps(self._object(invoice))
        return int(said.split("version ")[1].split(".")[0]) if "version " in said else 0

    def _object(self, invoice: str) -> dict[str, Any]:
        (link,) = self.running_company.sql(
            "select quickbooks_id from ledger.links where source_type = 'invoice' and source_id = %s", invoice
        )
        return next(
            one for one in self.running_company.objects("Invoice") if one["Id"] == link["quickbooks_id"]
        )

    def holds(self) -> None:
        """Nothing older than what another run wrote stands in QuickBooks."""
        for invoice, version in self.pushed.items():
            assert self.version_of(invoice) >= version, invoice
        for invoice in self.gone:
            assert self.is_void(invoice), invoice


def launch(running_company: RunningCompany, at: At) -> Ended:
    """The invoices of the range, interrupted."""
    job = company_jobs.job("bulk_sync", interrupted(at))
    tags = {RANGE_START: RANGE[0], RANGE_END: RANGE[1], "requested_by": "a test"}
    config = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    with dg.DagsterInstance.ephemeral() as instance:
        return Ended(
            job.execute_in_process(
                run_config=config,
                instance=instance,
                tags=tags,
                asset_selection=company_jobs.keys("invoices"),
                raise_on_error=False,
            )
        )


def selected(running_company: RunningCompany, assets: str) -> Ended:
    """These assets alone, as they are chosen in the UI."""
    tags = {RANGE_START: RANGE[0], RANGE_END: RANGE[1]}
    config = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    return Ended(
        company_jobs.chosen(assets).execute_in_process(
            run_config=config, instance=running_company.instance, tags=tags, raise_on_error=False
        )
    )


@pytest.fixture
def world(running_company: RunningCompany) -> World:
    """The range's invoices pushed once."""
    ended = running_company.launch("bulk_sync", *RANGE, types=["invoices"])
    assert ended.success, ended.why
    return World(running_company)


def ordinary(running_company: RunningCompany) -> list[str]:
    pushed = {
        row["source_id"]
        for row in running_company.sql("select source_id from ledger.links where source_type = 'invoice'")
    }
    return [one for row in running_company.rentaxis(ORDINARY) if (one := str(row["id"])) in pushed]


def test_a_run_held_up_before_its_lock_writes_no_older_version_and_makes_nothing_live_again(world):
    """Two invoices were edited and a run starts; before it has the company, another run pushes a newer version of the one and voids
    the other. The first run then has nothing to write.
    """
    edited, voided, *_ = ordinary(world.running_company)
    world.edit(edited)
    world.edit(voided)

    def meanwhile(point: str) -> None:
        if point == "before the lock":
            world.edit(edited)
            world.delete(voided)
            assert world.other_run(edited, voided)

    ended = launch(world.running_company, meanwhile)
    assert ended.success, ended.why
    assert world.gone == {voided}
    assert world.pushed == {edited: world.newest[edited]}
    world.holds()


def test_whatever_happens_at_whatever_step_nothing_older_is_written(world):
    """At every step of one run: an edit and a deletion that another run tries to push, each of an invoice that the run is to push too. Others get in only before the lock; afterwards one more run brings everything up to date."""
    invoices = iter(ordinary(world.running_company))
    points: dict[str, bool] = {}
    mine = [(next(invoices), next(invoices)) for _ in range(POINTS)]
    for one in itertools.chain.from_iterable(mine):
        world.edit(one)
    left = iter(mine)

    def meanwhile(point: str) -> None:
        if point in points:
            return
        pushed, deleted = next(left)
        world.edit(pushed)
        world.delete(deleted)
        points[point] = world.other_run(pushed, deleted)

    ended = launch(world.running_company, meanwhile)
    assert ended.success, ended.why
    assert len(points) == POINTS, points
    assert [point for point, was_free in points.items() if was_free] == ["before the lock"]
    world.holds()

    again = launch(world.running_company, lambda _: None)
    assert again.success, again.why
    deleted = {one for _, one in mine}
    for one in itertools.chain.from_iterable(mine):
        assert world.is_void(one) == (one in deleted), one
        assert one in deleted or world.version_of(one) == world.newest[one], one


@pytest.mark.parametrize(
    "assets", ["key:sync/invoices", "key:matching/customer_matches or key:sync/invoices"]
)
def test_frames_of_another_run_are_refused_with_what_to_launch(world, assets):
    """Somebody materializes the push alone in the UI, from frames that were extracted before another run pushed."""
    (invoice, *_) = ordinary(world.running_company)
    world.edit(invoice)
    assert selected(world.running_company, "key:rentaxis/*").success
    world.edit(invoice)
    assert world.other_run(invoice)
    writes = world.running_company.writes()
    ended = selected(world.running_company, assets)
    assert not ended.success
    assert (
        "were read by another run, and newer rows may have been pushed since. Nothing was sent. Launch a job"
        in ended.why
    )
    assert world.running_company.writes() == writes
    world.holds()


def test_an_extraction_by_itself_needs_neither_the_company_nor_quickbooks(running_company):
    """Another run may hold the company; nothing is asked of QuickBooks. No run is given what it read."""
    environment = load_environment()
    url = environment.pipelines_database_url.get_secret_value()
    with realm_lock(url, running_company.quickbooks.realm_id, wait_seconds=0):
        assert selected(running_company, "key:rentaxis/*").success


def test_an_extraction_while_a_run_is_under_way_stops_that_run_rather_than_change_what_it_writes(world):
    """It may have read before the run took the company, so the run takes neither its rows nor half of each."""
    (invoice, *_) = ordinary(world.running_company)
    world.edit(invoice)
    writes = world.running_company.writes()

    def meanwhile(point: str) -> None:
        if point == "after rentaxis/invoices is kept":
            assert selected(world.running_company, "key:rentaxis/invoices").success

    ended = launch(world.running_company, meanwhile)
    assert not ended.success
    assert (
        "demo/rentaxis/invoices for 31 of the days asked for, the first of them 2026-05-01, were read by another run"
        in ended.why
    )
    assert world.running_company.writes() == writes
    again = launch(world.running_company, lambda _: None)
    assert again.success, again.why
    assert world.version_of(invoice) == world.newest[invoice]
