"""One tick for several companies on real databases: one that works, and others with whatever can be wrong with a company."""

import dataclasses
import datetime as dt
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.remote_origin import RemoteInstigatorOrigin, RemoteRepositoryOrigin
from dagster._core.scheduler.instigation import (  # what Dagster remembers of a sensor has no public names
    InstigatorState,
    InstigatorStatus,
    InstigatorType,
    SensorInstigatorData,
)
from dagster._core.test_utils import create_run_for_test

from rentaxis_pipelines.ledger.automation_switches import AutomationSwitch, newest, save
from rentaxis_pipelines.ledger.database import connect
from rentaxis_pipelines.orchestration.company_ticks import Memory, remembered
from rentaxis_pipelines.orchestration.definitions import build_defs
from rentaxis_pipelines.orchestration.failures import Stopped
from rentaxis_pipelines.orchestration.names import named
from rentaxis_pipelines.orchestration.switches import former_cursor, former_states, is_on
from rentaxis_pipelines.settings import Automation, Company, Scope, load_scope
from rentaxis_pipelines_tests.orchestration.sensors.conftest import (
    FIRST,
    HERE,
    LAST,
    SENSORS,
    CompanySensors,
    location_origin,
)
from rentaxis_pipelines_tests.orchestration.sensors.test_fixed_records import TOUCH, failing_invoice

AWAY = "postgresql://nobody@127.0.0.1:1/nowhere"
OTHER_REALMS = {"ASH": "111", "BIRCH": "222", "CEDAR": "333", "FIR": "555"}
COMPANY_FILE = (
    "slug: {slug}\ntime_zone: America/New_York\nfirst_day: 2026-01-01\nautomation: {{switched_on: {on}}}\n"
)


@pytest.fixture
def scopes(company_sensors: CompanySensors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Scope]:
    """Ash's RentAxis is away, Birch's ledger is, Cedar is switched off, Fir's file broke after it was loaded; the demo works."""
    for slug, realm in OTHER_REALMS.items():
        file = tmp_path / f"{slug.lower()}.yaml"
        file.write_text(COMPANY_FILE.format(slug=slug.lower(), on=str(slug != "CEDAR").lower()))
        variables = company_sensors.chain.environment.model_dump(exclude_none=True) | {
            "rentaxis_company_file": file, "quickbooks_realm_id": realm, "rentaxis_organization_id": realm,
            **({"rentaxis_database_url": AWAY} if slug == "ASH" else {}),
            **({"pipelines_database_url": AWAY} if slug == "BIRCH" else {}),
        }  # fmt: skip
        for name, value in variables.items():
            text = value.get_secret_value() if hasattr(value, "get_secret_value") else str(value)
            monkeypatch.setenv(f"{slug}_{name.upper()}", text)
    made = [load_scope(f"{slug}_") for slug in OTHER_REALMS]
    (tmp_path / "fir.yaml").write_text("time_zone: nowhere\n")
    return [*made, load_scope()]


def ticked(
    company_sensors: CompanySensors, scopes: list[Scope], name: str, cursor: str | None = None
) -> dg.SensorResult:
    sensor = next(each for each in build_defs(scopes).sensors or () if each.name == name)
    result = sensor(dg.build_sensor_context(instance=company_sensors.instance, cursor=cursor))
    assert isinstance(result, dg.SensorResult)
    return result


@pytest.mark.parametrize("name", SENSORS)
def test_what_is_wrong_with_one_company_stops_no_other(company_sensors, scopes, name: str) -> None:
    """Each says what is the matter with it, and is remembered as failing; one that is switched off is skipped."""
    result = ticked(company_sensors, scopes, name)
    said = result.skip_reason.skip_message
    assert "ash could not be looked at: The RentAxis database" in said
    assert "birch could not be looked at: The pipelines database 'nowhere'" in said
    assert "fir could not be looked at:" in said
    assert "fir.yaml, line 1: time_zone" in said
    assert "cedar: Switched off." in said
    assert "demo: No" in said
    memory = remembered(result.cursor, [scope.slug for scope in scopes])
    assert memory.failing == ["ash", "birch", "fir"]
    assert memory.on == ["ash", "birch", "demo", "fir"]
    assert memory.cursors.keys() == ({"demo"} if name == "edited_records" else set())


def test_where_nobody_can_be_looked_at_the_tick_fails_with_every_sentence(company_sensors, scopes) -> None:
    company_sensors.switch(False, *SENSORS)
    with pytest.raises(Stopped) as failed:
        ticked(company_sensors, scopes, "fixed_records")
    assert [line.partition(":")[0] for line in str(failed.value).splitlines()] == ["ash", "birch", "fir"]


def test_the_run_of_a_company_is_its_own_and_others_runs_take_none_of_its_room(
    company_sensors, scopes
) -> None:
    """Its own job, a key of its own; five runs of another company's sensors, and its runs on the same day, change nothing."""
    row = failing_invoice(company_sensors)
    company_sensors.chain.rentaxis(
        f"update invoices set status = 'sent', {TOUCH} where id = %s", int(row.source_id)
    )
    tags = {FIRST: str(row.day), LAST: str(row.day), "requested_by": "sensor: records fixed"}
    for _ in range(5):
        create_run_for_test(
            company_sensors.instance,
            job_name="bulk_sync__ash",
            status=dg.DagsterRunStatus.NOT_STARTED,
            tags=tags,
        )
    (request,) = ticked(company_sensors, scopes, "fixed_records").run_requests
    assert request.job_name == "bulk_sync__demo"
    assert request.run_key.startswith("demo:fixed_records:")
    assert request.tags["dagster/priority"] == "-1"
    company_sensors.run_of(request, dg.DagsterRunStatus.NOT_STARTED)
    company_sensors.ledger("delete from ledger.tries")
    assert ticked(company_sensors, scopes, "fixed_records").run_requests == []


def test_a_switch_counts_from_the_next_tick_on(company_sensors) -> None:
    """Every version of it is kept; the other sensors stay as they are."""
    company_sensors.switch(False, "fixed_records")
    assert company_sensors.tick("fixed_records").skip_reason.skip_message == "Switched off."
    assert company_sensors.tick("missed_nights").skip_reason.skip_message != "Switched off."
    company_sensors.switch(True, "fixed_records")
    assert company_sensors.tick("fixed_records").skip_reason.skip_message.startswith("Nothing")
    versions = company_sensors.ledger("select running from ledger.automation_switches where sensor = 'fixed_records' order by switch_id")  # fmt: skip
    assert [row.running for row in versions] == [True, False, True]


def test_a_ledger_of_an_earlier_version_has_no_switches(company_sensors) -> None:
    """Then the company file says whether a sensor is on; nothing is changed in the ledger."""
    company_sensors.ledger("drop table ledger.automation_switches")
    assert company_sensors.tick("fixed_records").skip_reason.skip_message == "Switched off."


def test_another_companys_switch_is_not_this_ones(ledger_database: str) -> None:
    now = dt.datetime.now(dt.UTC)
    with connect(ledger_database) as connection:
        for realm, running in (("1", True), ("2", False)):
            save(connection, AutomationSwitch(realm=realm, sensor="s", running=running, who="ann", at=now))
        assert {realm: newest(connection, realm)["s"].running for realm in "12"} == {"1": True, "2": False}
        assert newest(connection, "3") == {}


def test_what_was_switched_in_an_earlier_version_stays_so_until_somebody_switches_it(tmp_path: Path) -> None:
    """Each company had sensors of its own then, switched in Dagster. One that was stopped there must not begin to push by itself."""
    first_day = dt.date(2026, 1, 1)
    elm = Scope(Company(slug="elm", time_zone="UTC", first_day=first_day, automation=Automation(switched_on=True)))  # fmt: skip
    now = dt.datetime.now(dt.UTC)
    with dg.instance_for_test(temp_dir=str(tmp_path)) as instance:
        for name, status in (
            ("missed_nights", InstigatorStatus.STOPPED),
            ("fixed_records", InstigatorStatus.RUNNING),
            ("edited_records", InstigatorStatus.DECLARED_IN_CODE),
        ):
            origin = _origin(named(elm, name))
            data = SensorInstigatorData(cursor=f"of {name}")
            instance.add_instigator_state(InstigatorState(origin, InstigatorType.SENSOR, status, data))
        former = former_states(instance)
    off = dataclasses.replace(elm, company=elm.company.model_copy(update={"automation": Automation()}))
    asked = {name: (is_on(name, elm, {}, former), is_on(name, off, {}, former)) for name in SENSORS}
    assert asked == {
        "missed_nights": (False, False),
        "fixed_records": (True, True),
        "edited_records": (True, False),
    }
    switch = AutomationSwitch(realm="1", sensor="missed_nights", running=True, who="ann", at=now)
    assert is_on("missed_nights", elm, {"missed_nights": switch}, former)
    assert former_cursor("edited_records", elm, former) == "of edited_records"
    assert (
        former_cursor("edited_records", Scope(off.company.model_copy(update={"slug": "oak"})), former) is None
    )
    assert remembered(None, ["elm"]) == Memory()


def _origin(sensor: str) -> RemoteInstigatorOrigin:
    return RemoteInstigatorOrigin(RemoteRepositoryOrigin(location_origin(HERE), "__repository__"), sensor)
