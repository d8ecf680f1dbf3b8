"""Every page of the Dagster UI that shows metadata, by its path, for a few runs and days.

What there is comes from the UI's own GraphQL: a new asset, check, job or sensor is read without a line here. Not here: how a page is
read (``reading``).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rentaxis_pipelines_bench.launching import Ask
from rentaxis_pipelines_tests.e2e.accountant import LOCATION
from rentaxis_pipelines_tests.e2e.conftest import Running
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
EVENTS_OF_RUN = """
query EventsOfRun($run: ID!) {
  logsForRun(runId: $run) {
    ... on EventConnection {
      hasMore
      events {
        __typename
        ... on MaterializationEvent { assetKey { path } partition metadataEntries { ...M } }
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
    events = {run: _events_of(running.ask, run) for run in runs}
    written = {
        (_name(event), event["partition"]): pieces
        for of_run in events.values()
        for event in of_run
        if event["__typename"] == "MaterializationEvent" and (pieces := _pieces(event))
    }
    return [
        *(leaf for run, of_run in events.items() for leaf in _of_run(run, of_run)),
        *(Leaf(f"/runs/b/{backfill}{tab}") for tab in ("", "?tab=runs")),
        *(leaf for asset in there["assetNodes"] for leaf in _of_asset(asset, days, written)),
        *(Leaf(f"{LOCATION}/{kind}/{name}") for kind, name in places),
        *(Leaf(path) for path in PAGES_OF_ALL),
    ]


def _of_asset(
    asset: Mapping[str, Any], days: Sequence[str], written: Mapping[tuple[str, str | None], int]
) -> Iterator[Leaf]:
    """Each day of an asset that writes Markdown a day; of any other, whose days hold a number or two, the first."""
    name = _name(asset)
    for view in ("overview", "events"):
        yield Leaf(f"/assets/{name}?view={view}", written.get((name, None), 0))
    for day in days if asset["isPartitioned"] else ():
        if (name, day) in written or day == days[0]:
            yield Leaf(f"/assets/{name}?view=partitions&partition={day}", min(1, written.get((name, day), 0)))
    for check in asset["assetChecksOrError"].get("checks", []):
        yield Leaf(f"/assets/{name}?view=checks&checkDetail={check['name']}")


def _of_run(run: str, events: Sequence[Mapping[str, Any]]) -> Iterator[Leaf]:
    """Its log as it opens, what went wrong, and the kinds of events with metadata: the log holds no more than fits on the screen."""
    yield Leaf(f"/runs/{run}", opened="View full message")
    if any(event["__typename"] == "ExecutionStepFailureEvent" for event in events):
        yield Leaf(f"/runs/{run}?logs=type:STEP_FAILURE", opened="View full message")
    for typename, kind in KINDS.items():
        if pieces := sum(_pieces(event) for event in events if event["__typename"] == typename):
            yield Leaf(f"/runs/{run}?logs=type:{kind}", pieces)


def _events_of(ask: Ask, run: str) -> list[dict[str, Any]]:
    found = ask(EVENTS_OF_RUN, {"run": run})["logsForRun"]
    assert not found["hasMore"]
    return found["events"]


def _pieces(event: Mapping[str, Any]) -> int:
    """How many pieces of Markdown the event holds."""
    entries = (event.get("evaluation") or event).get("metadataEntries", [])
    return sum("mdStr" in entry for entry in entries)


def _name(of_asset: Mapping[str, Any]) -> str:
    return "/".join(of_asset["assetKey"]["path"])


def known_runs(ask: Ask) -> list[dict[str, str]]:
    """Id and job of every run of the instance, newest first."""
    return ask(RUNS, {})["runsOrError"]["results"]
