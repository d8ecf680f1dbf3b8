"""Every page of the Dagster UI that shows metadata, by its path, for a few runs and days.

What there is comes from the UI's own GraphQL: a new asset, check, job or sensor is read without a line here. Not here: how a page is
read (``reading``).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rentaxis_pipelines_tests.e2e.accountant import LOCATION
from rentaxis_pipelines_tests.e2e.conftest import Running
from rentaxis_pipelines_tests.e2e.dagster_ui import Ask
from rentaxis_pipelines_tests.e2e.reading import Leaf

DEFINITIONS = """
query Definitions {
  assetNodes {
    assetKey { path } isPartitioned
    assetChecksOrError { ... on AssetChecks { checks { name } } }
  }
  repositoriesOrError {
    ... on RepositoryConnection { nodes { jobs { name } sensors { name } schedules { name } } }
  }
}"""
MARKDOWN_OF_RUN = """
query MarkdownOfRun($run: ID!) {
  logsForRun(runId: $run) {
    ... on EventConnection {
      hasMore
      events {
        __typename
        ... on MaterializationEvent { metadataEntries { ...M } }
        ... on ObservationEvent { metadataEntries { ...M } }
        ... on ExecutionStepOutputEvent { metadataEntries { ...M } }
        ... on AssetCheckEvaluationEvent { evaluation { metadataEntries { ...M } } }
      }
    }
  }
}
fragment M on MetadataEntry { ... on MarkdownMetadataEntry { label mdStr } }"""
# How the filter of a run's log calls each kind of event that can hold metadata.
KINDS = {
    "MaterializationEvent": "ASSET_MATERIALIZATION",
    "ObservationEvent": "ASSET_OBSERVATION",
    "ExecutionStepOutputEvent": "STEP_OUTPUT",
    "AssetCheckEvaluationEvent": "ASSET_CHECK_EVALUATION",
}
RUNS = "query Runs { runsOrError { ... on Runs { results { id pipelineName } } } }"
PAGES_OF_ALL = (
    "/overview/activity/timeline", "/assets", "/asset-groups", "/runs", "/runs/scheduled", "/jobs", "/automation", "/deployment/daemons",
)  # fmt: skip


def all_pages(running: Running, runs: Sequence[str], backfill: str, days: Sequence[str]) -> list[Leaf]:
    """Of these runs, their backfill, days and jobs; of every asset, check, sensor and schedule there is."""
    there = running.ask(DEFINITIONS, {})
    nodes = there["repositoriesOrError"]["nodes"]
    jobs = {run["pipelineName"] for run in known_runs(running.ask) if run["id"] in runs}
    places = [("jobs", job) for job in sorted(jobs)] + [
        (kind, one["name"]) for kind in ("sensors", "schedules") for node in nodes for one in node[kind]
    ]
    return [
        *(leaf for run in runs for leaf in _of_run(running.ask, run)),
        *(Leaf(f"/runs/b/{backfill}{tab}") for tab in ("", "?tab=runs")),
        *(leaf for asset in there["assetNodes"] for leaf in _of_asset(asset, days)),
        *(Leaf(f"{LOCATION}/{kind}/{name}") for kind, name in places),
        *(Leaf(path) for path in PAGES_OF_ALL),
    ]


def _of_asset(asset: Mapping[str, Any], days: Sequence[str]) -> Iterator[Leaf]:
    path = f"/assets/{'/'.join(asset['assetKey']['path'])}"
    yield from (Leaf(f"{path}?view={view}") for view in ("overview", "events"))
    if asset["isPartitioned"]:
        yield from (Leaf(f"{path}?view=partitions&partition={day}") for day in days)
    checks = asset["assetChecksOrError"].get("checks", [])
    yield from (Leaf(f"{path}?view=checks&checkDetail={check['name']}") for check in checks)


def _of_run(ask: Ask, run: str) -> Iterator[Leaf]:
    """Its log as it opens, what went wrong, and the kinds of events with metadata: the log holds no more than fits on the screen."""
    found = ask(MARKDOWN_OF_RUN, {"run": run})["logsForRun"]
    assert not found["hasMore"]
    blocks = Counter(
        KINDS[event["__typename"]]
        for event in found["events"]
        for entry in event.get("metadataEntries")
        or (event.get("evaluation") or {}).get("metadataEntries")
        or []
        if "mdStr" in entry
    )
    yield Leaf(f"/runs/{run}", opened="View full message")
    if any(event["__typename"] == "ExecutionStepFailureEvent" for event in found["events"]):
        yield Leaf(f"/runs/{run}?logs=type:STEP_FAILURE", opened="View full message")
    yield from (Leaf(f"/runs/{run}?logs=type:{kind}", number) for kind, number in blocks.items())


def known_runs(ask: Ask) -> list[dict[str, str]]:
    """Id and job of every run of the instance, newest first."""
    return ask(RUNS, {})["runsOrError"]["results"]
