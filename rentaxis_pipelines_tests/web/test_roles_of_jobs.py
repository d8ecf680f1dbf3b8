"""Approving a plan and undoing a run ask for an approver in Dagster's own UI too, however the launch is written."""

import pytest

from rentaxis_pipelines.orchestration.names import PUSH_APPROVED, UNDO_RUN
from rentaxis_pipelines.web.people import ROLE_OF_JOB, WHAT_JOB_DOES, Role
from rentaxis_pipelines_tests.web.conftest import Dagster
from rentaxis_pipelines_tests.web.graphql_calls import ERRORS, LAUNCH_RUN, run_params

JOBS = {"push_approved__elm": "approve a plan", "undo_run__elm": "undo a run"}
AGAIN = (
    "mutation Again($p: ReexecutionParams!) { launchRunReexecution(reexecutionParams: $p) { __typename "
    f"... on LaunchRunSuccess {{ run {{ id }} }} {ERRORS} }} }}"
)
SEVERAL = (
    "mutation Several($list: [ExecutionParams!]!) { launchMultipleRuns(executionParamsList: $list) { __typename "
    f"... on LaunchMultipleRunsResult {{ launchMultipleRunsResult {{ __typename {ERRORS} }} }} }} }}"
)


def params(job: str) -> dict:
    """What the launchpad sends for the job, somebody else's name typed in."""
    written = run_params(tags=[{"key": "requested_by", "value": "ann"}])
    return written | {"selector": written["selector"] | {"jobName": job}}


def test_the_rule_is_about_the_jobs_as_they_are_named() -> None:
    assert set(ROLE_OF_JOB) == set(WHAT_JOB_DOES) == {PUSH_APPROVED, UNDO_RUN}
    assert set(ROLE_OF_JOB.values()) == {Role.approver}


@pytest.mark.parametrize("job", JOBS)
def test_an_operator_is_refused_with_a_sentence_and_nothing_is_left(job: str, browsers, dagster: Dagster):
    """Also for a run of an approver that is launched again, and among several at once."""
    before = dagster.instance.get_runs_count()
    served, browser = browsers["operator"]
    refusal = {
        "__typename": "UnauthorizedError",
        "message": f"oscar is signed in as operator and may not {JOBS[job]}: this needs the role approver. Nothing was done.",
    }
    answer = served.ask(browser, LAUNCH_RUN, {"params": params(job)}).json()
    assert answer["data"]["launchRun"] == refusal
    several = served.ask(browser, SEVERAL, {"list": [params(job)]}).json()
    assert several["data"]["launchMultipleRuns"]["launchMultipleRunsResult"] == [refusal]
    assert dagster.instance.get_runs_count() == before, "a refused run is not left behind"
    served, browser = browsers["approver"]
    launched = served.ask(browser, LAUNCH_RUN, {"params": params(job)}).json()["data"]["launchRun"]
    assert launched["__typename"] == "LaunchRunSuccess"
    parent = {"parentRunId": launched["run"]["id"], "strategy": "ALL_STEPS", "useParentRunTags": True}
    served, browser = browsers["operator"]
    again = served.ask(browser, AGAIN, {"p": parent}).json()
    assert again["data"]["launchRunReexecution"] == refusal
    assert dagster.instance.get_runs_count() == before + 1


def test_where_nobody_signs_in_the_one_at_this_machine_may(browsers, dagster: Dagster):
    served, browser = browsers["here"]
    answer = served.ask(browser, LAUNCH_RUN, {"params": params("undo_run__elm")}).json()
    assert answer["data"]["launchRun"]["__typename"] == "LaunchRunSuccess"
