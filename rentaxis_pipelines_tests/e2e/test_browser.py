"""What an accountant does with the mouse: open a job, pick a range, launch it, force it, open the run, read what did not go through.

In the real UI, in the system's Chromium. Pictures of each step are kept in ``.state/pictures``.
"""

import io
import json
import zipfile
from collections import Counter
from typing import Any

import pytest
import requests

from rentaxis_pipelines.demo.stack import STATE
from rentaxis_pipelines_tests.e2e import dagster_ui
from rentaxis_pipelines_tests.e2e.accountant import Accountant, accountant, needs_chromium

pytestmark = needs_chromium
OF_ANY_DAY = "Records that need attention: "  # the check counts every day there is, also those of other runs
FIRST_DAY, LAST_DAY = "2026-09-01", "2026-09-30"  # a month that no other test of the stack pushes before


@pytest.fixture(scope="module")
def seen(running) -> dict[str, Any]:
    """One sitting at the UI: the plain job and its forced twin over the same range, then the page of a day. No YAML anywhere."""
    with accountant(running.url, STATE / "pictures") as somebody:
        runs = []
        for job in ("bulk_sync__demo", "bulk_sync_force__demo"):
            somebody.opens_job(job)
            somebody.picture(f"1-{job}")
            somebody.chooses_days(FIRST_DAY, LAST_DAY)
            assert "30 partitions" in somebody.page.locator(".bp5-dialog").inner_text()
            somebody.picture(f"2-{job}-range")
            runs.append(somebody.opens_run_of(somebody.launches()))
            somebody.picture(f"3-{job}-run")
        plain, forced = runs
        assert [dagster_ui.run_of(running.ask, run)["status"] for run in runs] == ["SUCCESS"] * 2
        rows = {run: json.loads(running.sync("results", "--run", run, "--json").stdout) for run in runs}
        open_rows = [row for row in rows[forced] if needs_attention(row)]
        assert open_rows, "the demo portfolio holds records of September that cannot go through"
        # A page shows some rows of each cause: of a day with few it shows all.
        ((day, _),) = Counter(row["day"] for row in open_rows).most_common()[:-2:-1]
        somebody.opens_results_of(day)
        somebody.picture("4-day")
        link = somebody.link_to_whole_list()
        shown = " ".join(somebody.opens_exceptions().split())
        somebody.picture("5-exceptions")
        pages = read_everywhere(somebody, forced, counts_said(rows[forced]))
    return {
        "plain": rows[plain],
        "forced": rows[forced],
        "open_that_day": [row for row in open_rows if row["day"] == day],
        "shown": shown,
        "link": link,
        "pages": pages,
        "counts": counts_said(rows[forced]),
    }


def counts_said(rows: list[dict[str, Any]]) -> str:
    """How many failed and wait, as every page says it."""
    failed = sum(row["status"] == "failed" for row in rows)
    return f"{failed} failed, {sum(map(needs_attention, rows)) - failed} waiting"


def read_everywhere(somebody: Accountant, run: str, counts: str) -> dict[str, str]:
    """The pages an accountant opens after a run that left something, each once it says so."""
    paths = {
        "asset": "/assets/demo/sync_results?view=overview",
        "last day": f"/assets/demo/sync_results?view=partitions&partition={LAST_DAY}",
        "check": "/assets/demo/sync_results?view=checks&checkDetail=nothing_needs_attention",
        "run": f"/runs/{run}",
        "list of runs": "/runs",
    }
    pages: dict[str, str] = {}
    for name, path in paths.items():
        pages[name] = somebody.reads(path, OF_ANY_DAY if name == "check" else counts)
        somebody.picture(f"6-{name.replace(' ', '-')}")
    return pages


def needs_attention(row: dict[str, Any]) -> bool:
    return row["status"] == "failed" or (row["reason_code"] or "").startswith("waiting")


def test_two_clicks_and_a_range_push_it_and_the_forced_twin_pushes_it_again_in_place(seen):
    """What the plain run created the forced one updated; it created nothing."""
    created = {(row["source_type"], row["source_id"]) for row in seen["plain"] if row["status"] == "created"}
    updated = {(row["source_type"], row["source_id"]) for row in seen["forced"] if row["status"] == "updated"}
    in_range = {key for key in created if key[0] in ("invoice", "payment", "expense")}
    assert len(in_range) > 100
    assert in_range <= updated
    assert Counter(row["status"] for row in seen["forced"])["created"] == 0


def test_each_record_that_did_not_go_through_stands_on_its_day_with_reason_and_remedy(seen):
    """On the page of sync_results for the day, in the words of its row."""
    assert seen["open_that_day"]
    for row in seen["open_that_day"]:
        for words in (row["source_label"], row["reason"], row["how_to_fix"]):
            assert " ".join(words.split()) in seen["shown"]


def test_every_page_an_accountant_opens_says_that_something_needs_attention(seen):
    """Asset, last day, check, run and list of runs, without a click; a backfill stands in the list with the counts of its run."""
    assert {name for name, text in seen["pages"].items() if seen["counts"] in text} >= set(seen["pages"]) - {
        "check"
    }
    assert OF_ANY_DAY in seen["pages"]["check"]
    assert f"{FIRST_DAY} to {LAST_DAY}: {seen['counts']}" in seen["pages"]["asset"]
    assert "kind: forced" in seen["pages"]["list of runs"]


def test_a_click_on_the_whole_list_brings_every_row_of_the_run(seen):
    """The link on the page leads to the Excel file of that run, with as many rows as the run has, and a heading."""
    answer = requests.get(seen["link"], timeout=30)
    answer.raise_for_status()
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        assert book.read("xl/worksheets/sheet3.xml").count(b"<row ") == len(seen["forced"]) + 1
