"""The pictures of the README, made from a running demo stack with empty books.

    .venv/bin/rentaxis-sync up --fresh
    .venv/bin/python -m scripts.pictures [http://127.0.0.1:3000]

Launches ``bulk_sync`` for the demo's six months through the UI, as a person does, and takes a picture at each step.
"""

import sys
from pathlib import Path

import requests

from rentaxis_pipelines_tests.e2e.accountant import CHROMIUM, NO_CHROMIUM, Accountant, accountant

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
FIRST_DAY, LAST_DAY = "2026-05-01", "2026-10-31"
FAILED_BY_DAY = """{ assetNodeOrError(assetKey: {path: ["sync_results"]}) { ... on AssetNode {
  assetMaterializations(limit: 400) { partition metadataEntries { label ... on IntMetadataEntry { intValue } } } } } }"""


def take_all(person: Accountant) -> None:
    person.opens_job("bulk_sync")
    person.chooses_days(FIRST_DAY, LAST_DAY)
    person.picture("launch")
    person.opens_run_of(person.launches())
    person.opens_results_of(day_with_most_failures(person.url))
    person.picture("results")
    person.opens_exceptions()
    person.picture("exceptions")
    person.opens_graph()
    person.picture("assets", left=540, top=110)


def day_with_most_failures(url: str) -> str:
    answer = requests.post(f"{url}/graphql", json={"query": FAILED_BY_DAY}, timeout=60).json()
    days = answer["data"]["assetNodeOrError"]["assetMaterializations"]

    def failed(day: dict) -> int:
        return sum(one["intValue"] for one in day["metadataEntries"] if one["label"] == "failed")

    return max(days, key=failed)["partition"]


if __name__ == "__main__":
    if not CHROMIUM:
        sys.exit(f"No pictures: {NO_CHROMIUM}.")
    with accountant(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:3000", PICTURES) as somebody:
        take_all(somebody)
    sys.stdout.write(f"Pictures are in {PICTURES}.\n")
