"""What an accountant does with the mouse: open a job, pick a range, launch, open the run, read what did not go through.

In the real UI, in the system's Chromium. Pictures of each step are kept in the test's temporary folder.
"""

import json

import pytest

from rentaxis_pipelines_tests.e2e.accountant import CHROMIUM, NO_CHROMIUM, accountant

pytestmark = pytest.mark.skipif(not CHROMIUM, reason=NO_CHROMIUM)
FIRST_DAY, LAST_DAY = "2026-10-01", "2026-10-31"


def is_open(row: dict) -> bool:
    return row["status"] == "failed" or (row["reason_code"] or "").startswith("waiting")


def test_an_accountant_picks_a_range_launches_it_and_reads_the_exceptions(running, tmp_path):
    """No YAML anywhere: two clicks and a range launch it, and each record that did not go through stands with its reason and
    remedy on its day of sync_results."""
    with accountant(running.url, tmp_path) as somebody:
        somebody.opens_job("bulk_sync")
        somebody.picture("1-job")
        somebody.chooses_days(FIRST_DAY, LAST_DAY)
        assert "31 partitions" in somebody.page.locator(".bp5-dialog").inner_text()
        somebody.picture("2-range")
        run_id = somebody.launches()
        somebody.picture("3-run")
        rows = json.loads(running.sync("results", "--run", run_id, "--json").stdout)
        open_rows = [row for row in rows if is_open(row)]
        assert open_rows, "the demo portfolio holds records of October that cannot go through"
        day = open_rows[0]["day"]
        somebody.opens_results_of(day)
        somebody.picture("4-day")
        shown = " ".join(somebody.opens_exceptions().split())
        somebody.picture("5-exceptions")
        for row in open_rows:
            if row["day"] == day:
                assert " ".join(row["source_label"].split()) in shown
                assert " ".join(row["reason"].split()) in shown
