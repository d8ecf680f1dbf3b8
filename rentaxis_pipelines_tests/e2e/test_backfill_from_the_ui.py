"""A range of days launched the way the Dagster UI launches it, through the real webserver, daemon and Postgres.

``launching.launch`` makes the call of the "Materialize" dialog of a job's page: the same mutation, the same parameters.
"""

import datetime as dt
import json
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from rentaxis_pipelines_bench import launching

RESULTS_OF_DAYS = """
query ResultsOfDays($days: [String!]) {
  assetNodeOrError(assetKey: {path: ["demo", "sync_results"]}) {
    ... on AssetNode {
      assetMaterializations(partitions: $days) {
        partition
        runId
        metadataEntries { label ... on IntMetadataEntry { intValue } ... on MarkdownMetadataEntry { mdStr } }
      }
    }
  }
}"""
PERSON = "accountant@example.com"
MAY = [f"2026-05-{day:02d}" for day in range(1, 32)]
ENTITIES = ("Customer", "Vendor", "Invoice", "Payment", "Purchase", "Bill", "BillPayment")


def only_run_once_ended(running, backfill_id: str) -> dict[str, Any]:
    def ended() -> list[dict[str, Any]] | None:
        runs = launching.runs_of(running.ask, backfill_id)
        return runs if runs and all(run["status"] in launching.RUN_ENDED for run in runs) else None

    runs = running.until("the run to end", ended)
    assert len(runs) == 1, "a range of days is one run"
    if runs[0]["status"] != "SUCCESS":
        running.fail(f"The run ended as {json.dumps(runs[0], indent=1)}")
    return runs[0]


def rows_of(running, run_id: str) -> list[dict[str, Any]]:
    """The per-row results of a run, as the command line gives them to a script."""
    said = running.sync("results", "--run", run_id, "--json")
    assert said.returncode in (0, 1), said.stderr
    return json.loads(said.stdout, parse_float=Decimal)


def pushed(rows: list[dict[str, Any]], status: str) -> set[tuple[str, str]]:
    """Invoices, payments and expenses with that status. Customers and vendors brought along are not the range's own."""
    return {
        (row["source_type"], row["source_id"])
        for row in rows
        if row["status"] == status and row["source_type"] in ("invoice", "payment", "expense")
    }


def books(running) -> dict[str, dict[str, dict[str, Any]]]:
    return {entity: running.objects(entity) for entity in ENTITIES}


@pytest.fixture(scope="module")
def launched(running):
    """May launched twice, plain and then forced, with QuickBooks' books before and after.

    The second is clicked as soon as the first has a run, as somebody in a hurry does. The daemon looks for new backfills
    every 30 seconds; most of the time here is spent waiting for that.
    """
    before = books(running)
    plain_backfill = launching.launch(running.ask, "bulk_sync__demo", MAY, PERSON)
    running.until("the run of bulk_sync", lambda: launching.runs_of(running.ask, plain_backfill) or None)
    forced_backfill = launching.launch(running.ask, "bulk_sync_force__demo", MAY, PERSON)
    plain = only_run_once_ended(running, plain_backfill)
    forced = only_run_once_ended(running, forced_backfill)
    return {
        "plain": plain,
        "forced": forced,
        "rows": rows_of(running, plain["id"]),
        "forced_rows": rows_of(running, forced["id"]),
        "before": before,
        "after": books(running),
    }


def test_a_month_is_one_run_that_pushes_every_record_type(launched):
    """31 days are one range run; each type has rows that QuickBooks now holds, and each row has one of the four statuses."""
    tags = {tag["key"]: tag["value"] for tag in launched["plain"]["tags"]}
    assert tags["dagster/asset_partition_range_start"] == MAY[0]
    assert tags["dagster/asset_partition_range_end"] == MAY[-1]
    rows = launched["rows"]
    assert {row["status"] for row in rows} <= {"created", "updated", "skipped", "failed"}
    created = Counter(row["record_type"] for row in rows if row["status"] == "created")
    assert set(created) >= {"customers", "invoices", "payments", "expenses"}, created
    assert len({(row["source_type"], row["source_id"]) for row in rows}) == len(rows), "one result a record"


def test_quickbooks_holds_exactly_what_the_rows_say(launched):
    """Each created row's object is new and carries the row's amount; after both runs nothing new stands there without a row."""
    before, after = launched["before"], launched["after"]
    created = [row for row in launched["rows"] if row["status"] == "created"]
    for row in created:
        found = after[row["quickbooks_type"]].get(row["quickbooks_id"])
        assert found is not None, row
        assert row["quickbooks_id"] not in before[row["quickbooks_type"]], row
        if "TotalAmt" in found:
            assert found["TotalAmt"] == row["amount"], row
    said = Counter(row["quickbooks_type"] for row in created)
    held = {entity: len(after[entity]) - len(before[entity]) for entity in ENTITIES}
    assert held == {entity: said[entity] for entity in ENTITIES}


def test_force_pushes_the_same_rows_again_and_creates_nothing(launched):
    """The preset reaches the run the daemon starts; what was created is updated in place, and no row is created."""
    assert "force: true" in launched["forced"]["runConfigYaml"]
    assert not [row for row in launched["forced_rows"] if row["status"] == "created"]
    assert pushed(launched["rows"], "created") <= pushed(launched["forced_rows"], "updated")
    assert all(row["forced"] for row in launched["forced_rows"] if row["status"] == "updated")


def test_two_clicks_push_one_after_the_other(launched):
    """The forced run, launched while the plain one was on its way, began only when that had ended."""
    assert launched["forced"]["startTime"] >= launched["plain"]["endTime"]


def test_every_row_names_who_asked_for_it(launched):
    """The ``requested_by`` tag typed in the dialog stands in each row result of both runs."""
    assert {row["requested_by"] for row in launched["rows"] + launched["forced_rows"]} == {PERSON}


def test_each_day_shows_its_own_figures(running, launched):
    """A range run writes each day's counts and exceptions on that day of ``sync_results``, not the range's on all of them."""
    found = running.ask(RESULTS_OF_DAYS, {"days": MAY})["assetNodeOrError"]["assetMaterializations"]
    of_run = [one for one in found if one["runId"] == launched["plain"]["id"]]
    assert {one["partition"] for one in of_run} == set(MAY), "every chosen day is there, empty ones too"
    by_day = Counter((dt.date.fromisoformat(row["day"]), row["status"]) for row in launched["rows"])
    for one in of_run:
        entries = {entry["label"]: entry for entry in one["metadataEntries"]}
        day = dt.date.fromisoformat(one["partition"])
        for status in ("created", "updated", "skipped", "failed"):
            shown = entries[status]["intValue"] if status in entries else 0
            assert shown == by_day[day, status], (one["partition"], status)
