"""Who is signed in is ``requested_by`` of whatever is launched, however the launch is written and whatever name is typed.

Launched on Dagster's real web application; the tags are read from its storage, where the runs take them from.
"""

import json

import dagster as dg
import pytest
from dagster._core.execution.backfill import BulkActionStatus

from rentaxis_pipelines_tests.web.conftest import JSON, REPOSITORY, Dagster
from rentaxis_pipelines_tests.web.graphql_calls import (
    LAUNCH_BACKFILL,
    LAUNCH_INLINE,
    LAUNCH_RUN,
    SELECTOR,
    run_params,
    typed,
)

RESULT = "{ __typename ... on LaunchRunSuccess { run { id } } ... on PythonError { message } }"
INLINE_PARAMS = (
    f'{{selector: {SELECTOR}, executionMetadata: {{tags: [{{key: "requested_by", value: "ann"}}]}}}}'
)
TYPED_TWICE = [*typed("ann"), *typed("oscar"), *typed("ann")]

LAUNCHES = {
    "the UI's variables": (LAUNCH_RUN, {"params": run_params(tags=typed("ann"))}, 1),
    "no tag typed": (LAUNCH_RUN, {"params": run_params(tags=[])}, 1),
    "no metadata at all": (LAUNCH_RUN, {"params": {"selector": {**REPOSITORY, "jobName": "push"}}}, 1),
    "the tag typed three times": (LAUNCH_RUN, {"params": run_params(tags=TYPED_TWICE)}, 1),
    "written out": (LAUNCH_INLINE, None, 1),
    "two at once, under other names": (
        f"mutation {{ a: launchRun(executionParams: {INLINE_PARAMS}) {RESULT} b: launchRun(executionParams: {INLINE_PARAMS}) {RESULT} }}",
        None,
        2,
    ),
    "in a fragment": (
        f"mutation {{ ...Launch }} fragment Launch on Mutation {{ launchRun(executionParams: {INLINE_PARAMS}) {RESULT} }}",
        None,
        1,
    ),
    "the value a variable": (
        "mutation M($who: String!) { launchRun(executionParams: {selector: "
        + SELECTOR
        + ', executionMetadata: {tags: [{key: "requested_by", value: $who}]}}) '
        + RESULT
        + " }",
        {"who": "ann"},
        1,
    ),
    "the variable's default": (
        f"mutation M($params: ExecutionParams! = {INLINE_PARAMS}) {{ launchRun(executionParams: $params) {RESULT} }}",
        {},
        1,
    ),
    "the older name": (
        f"mutation M($params: ExecutionParams!) {{ launchPipelineExecution(executionParams: $params) {RESULT} }}",
        {"params": run_params(tags=typed("ann"))},
        1,
    ),
    "several runs": (
        "mutation M($list: [ExecutionParams!]!) { launchMultipleRuns(executionParamsList: $list) { __typename } }",
        {"list": [run_params(tags=typed("ann")), run_params(tags=[])]},
        2,
    ),
}


def launched(dagster: Dagster, browsers, who: str, query: str, variables) -> list[dict[str, str]]:
    """The tags of the runs that the request launched."""
    before = dagster.instance.get_runs_count()
    served, browser = browsers[who]
    answer = served.ask(browser, query, variables)
    assert answer.status_code == 200, answer.text
    count = dagster.instance.get_runs_count() - before
    assert count, answer.text
    return [dict(run.tags) for run in dagster.instance.get_runs(limit=count)]


@pytest.mark.parametrize("way", LAUNCHES)
def test_the_run_carries_whoever_is_signed_in(way, browsers, dagster: Dagster):
    """An operator types the approver's name, in every way a launch can be written."""
    query, variables, count = LAUNCHES[way]
    tags = launched(dagster, browsers, "operator", query, variables)
    assert [one["requested_by"] for one in tags] == ["oscar"] * count


def test_other_tags_stay_as_typed(browsers, dagster: Dagster):
    """Only the name is ours to write."""
    (tags,) = launched(dagster, browsers, "operator", LAUNCH_RUN, {"params": run_params(tags=typed("ann"))})
    assert tags["preview"] == "yes"


@pytest.mark.parametrize(
    "parameters",
    [
        {"strategy": "ALL_STEPS"},
        {"strategy": "ALL_STEPS", "useParentRunTags": True},
        {"strategy": "ALL_STEPS", "extraTags": typed("ann"), "useParentRunTags": False},
    ],
    ids=str,
)
def test_a_run_launched_again_is_of_whoever_launches_it_again(parameters, browsers, dagster: Dagster):
    """Dagster takes the parent's tags along, the name among them."""
    launched(dagster, browsers, "approver", LAUNCH_RUN, {"params": run_params(tags=[])})
    parent = dagster.instance.get_runs(limit=1)[0]
    assert parent.tags["requested_by"] == "ann"
    query = f"mutation M($p: ReexecutionParams!) {{ launchRunReexecution(reexecutionParams: $p) {RESULT} }}"
    (tags,) = launched(
        dagster, browsers, "operator", query, {"p": {"parentRunId": parent.run_id, **parameters}}
    )
    assert tags["requested_by"] == "oscar"
    again = dagster.instance.get_run_by_id(parent.run_id)
    assert again is not None
    assert again.tags["requested_by"] == "ann"


def test_a_run_launched_again_from_the_launchpad_too(browsers, dagster: Dagster):
    """The UI's other way: parameters of a run, with the parent named among the metadata."""
    launched(dagster, browsers, "approver", LAUNCH_RUN, {"params": run_params(tags=[])})
    parent = dagster.instance.get_runs(limit=1)[0].run_id
    query = f"mutation M($p: ExecutionParams!) {{ launchPipelineReexecution(executionParams: $p) {RESULT} }}"
    params = run_params(tags=typed("ann"), rootRunId=parent, parentRunId=parent)
    (tags,) = launched(dagster, browsers, "operator", query, {"p": params})
    assert tags["requested_by"] == "oscar"


def backfill(dagster: Dagster, browsers, who: str, **more):
    """A backfill of two days, as the dialog of a job launches it."""
    params = {
        "selector": {"partitionSetName": "days_partition_set", "repositorySelector": REPOSITORY},
        "partitionNames": ["2026-10-02", "2026-10-03"],
        "tags": typed("ann"),
        **more,
    }
    served, browser = browsers[who]
    answer = served.ask(browser, LAUNCH_BACKFILL, {"params": params}).json()
    found = dagster.instance.get_backfill(answer["data"]["launchPartitionBackfill"]["backfillId"])
    return found, answer["data"]["launchPartitionBackfill"]["launchedRunIds"]


def test_a_backfill_carries_whoever_is_signed_in(browsers, dagster: Dagster):
    """The daemon gives its tags to every run of it."""
    found, _ = backfill(dagster, browsers, "operator")
    assert found.tags["requested_by"] == "oscar"
    assert found.tags["preview"] == "yes"


def test_so_do_the_runs_of_one_submitted_at_once(browsers, dagster: Dagster):
    """A switch of Dagster's API lets the web application launch a backfill's runs itself."""
    _, runs = backfill(dagster, browsers, "operator", forceSynchronousSubmission=True)
    assert len(runs) == 2
    for run_id in runs:
        run = dagster.instance.get_run_by_id(run_id)
        assert run is not None
        assert run.tags["requested_by"] == "oscar"


def test_a_backfill_resumed_or_launched_again_is_of_whoever_does_it(browsers, dagster: Dagster):
    """Neither takes tags; Dagster would keep the first person's. Canceling one launches nothing, so the name stays."""
    served, browser = browsers["operator"]
    found, _ = backfill(dagster, browsers, "approver")

    def act(mutation: str, success: str) -> str:
        fields = f"__typename ... on PythonError {{ message }} ... on {success} {{ backfillId }}"
        (result,) = served.ask(browser, f"mutation {{ {mutation} {{ {fields} }} }}").json()["data"].values()
        assert result["__typename"] == success, result
        return result["backfillId"]

    act(f'cancelPartitionBackfill(backfillId: "{found.backfill_id}")', "CancelBackfillSuccess")
    assert dagster.instance.get_backfill(found.backfill_id).tags["requested_by"] == "ann"
    dagster.instance.update_backfill(found.with_status(BulkActionStatus.COMPLETED_FAILED))
    again = act(
        f'reexecutePartitionBackfill(reexecutionParams: {{parentRunId: "{found.backfill_id}", strategy: ALL_STEPS}})',
        "LaunchBackfillSuccess",
    )
    assert dagster.instance.get_backfill(again).tags["requested_by"] == "oscar"
    assert dagster.instance.get_backfill(found.backfill_id).tags["requested_by"] == "ann"
    act(f'resumePartitionBackfill(backfillId: "{found.backfill_id}")', "ResumeBackfillSuccess")
    assert dagster.instance.get_backfill(found.backfill_id).tags["requested_by"] == "oscar"


def test_what_is_reported_without_a_run_names_the_person(browsers, dagster: Dagster):
    """A materialization that somebody only claims is no machine's."""
    served, browser = browsers["operator"]
    answer = browser.post(
        f"{served.url}/report_asset_materialization/results_of_day",
        json.dumps({"partition": "2026-10-04"}),
        headers=JSON,
        timeout=30,
    )
    assert answer.status_code == 200
    (found,) = dagster.instance.fetch_materializations(dg.AssetKey("results_of_day"), limit=1).records
    assert found.asset_materialization is not None
    assert found.asset_materialization.tags["requested_by"] == "oscar"


def test_where_nobody_signs_in_the_typed_name_stands(browsers, dagster: Dagster):
    """On this machine alone the door knows nobody, so it writes nothing."""
    (tags,) = launched(dagster, browsers, "here", LAUNCH_RUN, {"params": run_params(tags=typed("carol"))})
    assert tags["requested_by"] == "carol"
