"""The calls behind the buttons of the Dagster UI 1.13: the same queries and parameters, without a browser.

Each function takes ``ask``: a GraphQL query and its variables in, the answer's ``data`` out. Not here: launching a range of days
(``rentaxis_pipelines_bench.launching``, which is measured as well).
"""

from typing import Any

from rentaxis_pipelines_bench.launching import Ask, NotAccepted

RUN = """
query Run($runId: ID!) {
  runOrError(runId: $runId) { ... on Run { id status creationTime startTime endTime tags { key value } } }
}"""
TERMINATE = """
mutation Terminate($runIds: [String!]!, $terminatePolicy: TerminateRunPolicy) {
  terminateRuns(runIds: $runIds, terminatePolicy: $terminatePolicy) {
    __typename
    ... on TerminateRunsResult {
      terminateRunResults {
        __typename
        ... on TerminateRunFailure { message }
        ... on RunNotFoundError { message }
        ... on PythonError { message }
      }
    }
    ... on PythonError { message }
  }
}"""

EVENTS = """
query Events($runId: ID!) {
  logsForRun(runId: $runId) {
    ... on EventConnection {
      events { ... on EngineEvent { message metadataEntries { label ... on TextMetadataEntry { text } } } }
    }
  }
}"""
UNFINISHED_RUNS = """
query UnfinishedRuns {
  runsOrError(filter: {statuses: [QUEUED, NOT_STARTED, STARTING, STARTED, CANCELING]}) {
    ... on Runs { results { id status pipelineName } }
  }
}"""

RUNS_TAGGED = """
query RunsTagged($tags: [ExecutionTag!]) {
  runsOrError(filter: {tags: $tags}) { ... on Runs { results { id status } } }
}"""


def run_of(ask: Ask, run_id: str) -> dict[str, Any]:
    """A run's status and times."""
    return ask(RUN, {"runId": run_id})["runOrError"]


def runs_tagged(ask: Ask, key: str, value: str) -> list[dict[str, Any]]:
    """Runs with that tag: what the list of runs shows when it is filtered."""
    return ask(RUNS_TAGGED, {"tags": [{"key": key, "value": value}]})["runsOrError"]["results"]


def terminate(ask: Ask, run_id: str) -> None:
    """Press "Terminate" on the run's page, without "Force termination immediately"."""
    answer = ask(TERMINATE, {"runIds": [run_id], "terminatePolicy": "SAFE_TERMINATE"})["terminateRuns"]
    results = answer.get("terminateRunResults") or [answer]
    if any(result["__typename"] != "TerminateRunSuccess" for result in results):
        raise NotAccepted(f"The run was not terminated: {answer}")


def process_of(ask: Ask, run_id: str) -> int | None:
    """The process that carries out the run, as the run's page names it; None before it has started."""
    events = ask(EVENTS, {"runId": run_id})["logsForRun"].get("events", [])
    for event in events:
        for entry in event.get("metadataEntries") or []:
            if entry["label"] == "pid":
                return int(entry["text"])
    return None


def unfinished_runs(ask: Ask) -> list[dict[str, Any]]:
    """Runs that have not come to an end: what the list "Queued" and "In progress" shows."""
    return ask(UNFINISHED_RUNS, {})["runsOrError"]["results"]
