"""A company is added by a command and a file while another company's run goes on: it is in the UI after a reload, and nothing is restarted."""

import requests

from rentaxis_pipelines.demo.companies import DEMO, DEMO_COMPANY_FILE, organizations_by_name
from rentaxis_pipelines_bench.launching import RUN_ENDED
from rentaxis_pipelines_tests.e2e import dagster_ui
from rentaxis_pipelines_tests.e2e.companies.installation import (
    OBJECTS_OF_A_DAY,
    Installation,
    foreign_objects,
)

SLOW = 20.0  # seconds that QuickBooks takes for a call


def test_a_company_is_added_while_another_ones_run_goes_on(installation: Installation) -> None:
    """Neither the run's process nor its run is another one afterwards; the new company's own run pushes its own records."""
    running, spare = installation.running, installation.spare
    busy = installation.companies[-1]
    installation.control(busy, "faults", {"action": "delay", "seconds": SLOW})
    going_on = installation.launch(busy, "bulk_sync_force")
    running.until("the slow call", lambda: installation.control(busy, "faults", {})[0]["hits"] or None)
    process = dagster_ui.process_of(running.ask, going_on)
    assert f"bulk_sync__{spare.slug}" not in installation.jobs()

    organization = organizations_by_name(running.stack.rentaxis_url)[spare.name]
    added = running.sync(
        "companies", "add", spare.slug, "--organization", organization, "--realm", spare.realm
    )
    assert added.returncode == 0, added.stderr
    settings = DEMO_COMPANY_FILE.read_text().replace(f"slug: {DEMO}\n", f"slug: {spare.slug}\n", 1)
    (installation.folder / spare.slug / "company.yaml").write_text(settings)
    installation.reload()

    assert f"bulk_sync__{spare.slug}" in installation.jobs()
    assert requests.get(f"{running.url}/desk/{spare.slug}/", timeout=60).ok
    run = dagster_ui.run_of(running.ask, going_on)
    assert run["status"] in ("STARTED", "SUCCESS")
    assert dagster_ui.process_of(running.ask, going_on) == process
    run = running.until("the run to end", lambda: _ended(installation, going_on))
    assert run["status"] == "SUCCESS"
    others = [each for each in installation.runs() if each["jobName"] == f"bulk_sync_force__{busy.slug}"]
    assert len(others) == 1

    first = installation.launch(spare)
    run = running.until("the new company's run", lambda: _ended(installation, first))
    assert run["status"] == "SUCCESS", installation.why(first)
    assert len(installation.written(spare.realm)) == OBJECTS_OF_A_DAY
    assert foreign_objects(installation, spare) == []


def _ended(installation: Installation, run_id: str):
    run = dagster_ui.run_of(installation.running.ask, run_id)
    return run if run["status"] in RUN_ENDED else None
