"""Mutations of Dagster's UI, and the same written in other ways."""

from typing import Any

from rentaxis_pipelines_tests.web.conftest import REPOSITORY

ERRORS = "... on PythonError { message } ... on UnauthorizedError { message }"
LAUNCH_RUN = (
    "mutation Launch($params: ExecutionParams!) { launchRun(executionParams: $params) { __typename "
    f"... on LaunchRunSuccess {{ run {{ id }} }} {ERRORS} }} }}"
)
SELECTOR = '{repositoryLocationName: "small", repositoryName: "__repository__", jobName: "push"}'
LAUNCH_INLINE = (
    f"mutation {{ launchRun(executionParams: {{selector: {SELECTOR}, executionMetadata: "
    '{tags: [{key: "requested_by", value: "ann"}]}}) { __typename ... on LaunchRunSuccess { run { id } } } }'
)
TWO_WAYS = f"query Look {{ version }} {LAUNCH_INLINE.replace('mutation {', 'mutation Act {')}"
LAUNCH_BACKFILL = (
    "mutation Backfill($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) { __typename "
    f"... on LaunchBackfillSuccess {{ backfillId launchedRunIds }} {ERRORS} }} }}"
)
VERSION = "query Look { version }"
SUBSCRIPTION = "subscription Logs($runId: ID!) { pipelineRunLogs(runId: $runId) { __typename } }"


def run_params(**metadata: Any) -> dict[str, Any]:
    """What the launchpad sends for the job push."""
    return {
        "selector": {**REPOSITORY, "jobName": "push"},
        "runConfigData": "{}",
        "executionMetadata": metadata,
    }


def typed(name: str) -> list[dict[str, str]]:
    """The tags of somebody who types another's name."""
    return [{"key": "requested_by", "value": name}, {"key": "preview", "value": "yes"}]
