"""Whatever is launched for a company carries its QuickBooks company, so that Dagster's queue lets one run a company through.

Launched on Dagster's real web application: chosen assets have no job whose tags they could have.
"""

from typing import Any

import pytest

from rentaxis_pipelines_tests.web.conftest import REPOSITORY, Dagster
from rentaxis_pipelines_tests.web.graphql_calls import LAUNCH_BACKFILL, LAUNCH_RUN

# Dagster itself uses what it will rename one day, when it is asked for a backfill of assets.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
REALM = "quickbooks/realm"
DAYS = ["2026-10-02", "2026-10-03"]
WRONG = [{"key": REALM, "value": "999"}]


def run_tags(
    dagster: Dagster, browsers, who: str, job: str, assets: list[list[str]], tags: Any
) -> dict[str, str]:
    served, browser = browsers[who]
    selector: dict[str, Any] = {**REPOSITORY, "jobName": job}
    if assets:
        selector["assetSelection"] = [{"path": path} for path in assets]
    params = {"selector": selector, "runConfigData": "{}", "executionMetadata": {"tags": tags}}
    answer = served.ask(browser, LAUNCH_RUN, {"params": params}).json()
    assert answer["data"]["launchRun"]["__typename"] == "LaunchRunSuccess", answer
    return dagster.newest_tags()


@pytest.mark.parametrize("who", ["operator", "here"])
@pytest.mark.parametrize("typed", [[], WRONG])
def test_a_run_of_a_company_carries_its_realm(browsers, dagster: Dagster, who: str, typed):
    """Of chosen assets and of a job, whoever launches it, also where nobody signs in, and whatever was typed."""
    day = [{"key": "dagster/partition", "value": DAYS[0]}, *typed]
    of_assets = run_tags(dagster, browsers, who, "__ASSET_JOB", [["birch", "sync_results"]], day)
    assert of_assets[REALM] == "222"
    assert run_tags(dagster, browsers, who, "bulk_sync__elm", [], day)[REALM] == "111"


def test_a_run_of_no_company_or_of_two_carries_none(browsers, dagster: Dagster):
    """The first is nobody's; the second is refused by its first step."""
    assert REALM not in run_tags(dagster, browsers, "operator", "push", [], [])
    day = [{"key": "dagster/partition", "value": DAYS[0]}]
    both = [["elm", "sync_results"], ["birch", "sync_results"]]
    assert REALM not in run_tags(dagster, browsers, "operator", "__ASSET_JOB", both, day)


@pytest.mark.parametrize(
    ("chosen", "realm"),
    [
        ({"assetSelection": [{"path": ["birch", "sync_results"]}]}, "222"),
        ({"selector": {"partitionSetName": "bulk_sync__elm_partition_set", "repositorySelector": REPOSITORY}}, "111"),
        ({"selector": {"partitionSetName": "days_partition_set", "repositorySelector": REPOSITORY}}, None),
    ],
)  # fmt: skip
def test_so_does_a_backfill(browsers, dagster: Dagster, chosen: dict[str, Any], realm: str | None):
    """Of assets and of a job; the daemon gives its tags to every run of it."""
    served, browser = browsers["operator"]
    params = {**chosen, "partitionNames": DAYS, "tags": []}
    answer = served.ask(browser, LAUNCH_BACKFILL, {"params": params}).json()
    launched = answer["data"]["launchPartitionBackfill"]
    assert launched["__typename"] == "LaunchBackfillSuccess", answer
    backfill = dagster.instance.get_backfill(launched["backfillId"])
    assert backfill is not None
    assert backfill.tags.get(REALM) == realm
