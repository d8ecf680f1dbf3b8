"""Launching a range of days as the Dagster UI 1.13 does: the same queries and parameters, without a browser.

Each function takes ``ask``: a GraphQL query and its variables in, the answer's ``data`` out.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Ask = Callable[[str, Mapping[str, Any]], dict[str, Any]]

REPOSITORY = {"repositoryLocationName": "rentaxis_pipelines", "repositoryName": "__repository__"}
RUN_ENDED = ("SUCCESS", "FAILURE", "CANCELED")

LAUNCH = """
mutation LaunchPartitionBackfill($backfillParams: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $backfillParams) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message stack }
    ... on PartitionSetNotFoundError { message }
    ... on UnauthorizedError { message }
    ... on InvalidStepError { invalidStepKey }
    ... on InvalidOutputError { stepKey invalidOutputName }
    ... on RunConflict { message }
    ... on PartitionKeysNotFoundError { message }
  }
}"""
ASSETS_OF_JOB = """
query AssetsOfJob($selector: PipelineSelector!) {
  assetNodes(pipeline: $selector) { assetKey { path } }
}"""
BACKFILL = """
query RunsOfBackfill($backfillId: String!) {
  partitionBackfillOrError(backfillId: $backfillId) {
    __typename
    ... on PartitionBackfill {
      status
      error { message }
      runs(limit: 50) { id status creationTime startTime endTime runConfigYaml tags { key value } }
    }
  }
}"""


class NotAccepted(Exception):
    """The UI would show an error now."""


def launch(ask: Ask, job: str, days: Sequence[str], requested_by: str, **tags: str) -> str:
    """Press "Launch backfill" in the job's dialog, with these tags typed in; returns the backfill's id."""
    assets = ask(ASSETS_OF_JOB, {"selector": {"pipelineName": job, **REPOSITORY}})["assetNodes"]
    answer = ask(
        LAUNCH,
        {
            "backfillParams": {
                "tags": [
                    {"key": key, "value": value}
                    for key, value in {"requested_by": requested_by, **tags}.items()
                ],
                "assetSelection": [{"path": asset["assetKey"]["path"]} for asset in assets],
                "partitionNames": list(days),
                "fromFailure": False,
                "selector": {"partitionSetName": f"{job}_partition_set", "repositorySelector": REPOSITORY},
            }
        },
    )["launchPartitionBackfill"]
    if answer["__typename"] != "LaunchBackfillSuccess":
        raise NotAccepted(f"{job} was not launched: {answer}")
    return answer["backfillId"]


def runs_of(ask: Ask, backfill_id: str) -> list[dict[str, Any]]:
    """The backfill's runs so far. Raises NotAccepted if the backfill itself has failed."""
    backfill = ask(BACKFILL, {"backfillId": backfill_id})["partitionBackfillOrError"]
    if backfill["__typename"] != "PartitionBackfill" or (backfill["error"] and not backfill["runs"]):
        raise NotAccepted(f"The backfill failed: {backfill}")
    return backfill["runs"]
