"""The list of runs: each by day, time and what it was, newest first, with those that planned nothing."""

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from rentaxis_pipelines_tests.web.desk.conftest import HOME, NOW, Office, words
from rentaxis_pipelines_tests.web.desk.run_cases import (
    dagster_run,
    failed,
    failed_run,
    row,
    save_run,
    stopped,
)


def lines(text: str) -> dict[str, str]:
    """What each line says, by the run it leads to, in order."""
    found = re.findall(rf'<tr><th scope="row"><a href="{HOME}/runs/([^"]+)">(.*?)</tr>', text, re.DOTALL)
    return {run_id: " ".join(re.sub(r"<[^>]+>", " ", html).split()) for run_id, html in found}


def minutes(number: int) -> dt.datetime:
    return NOW + dt.timedelta(minutes=number)


def test_each_run_says_who_when_what_and_how_much(office: Office):
    """Newest first; a nightly run and a retry by what they are, nobody's run as automatic."""
    plain = save_run(
        office, [row(1), failed(2), failed(3, "waiting_for_parent")], created_at=minutes(1), forced=True
    )
    nightly = save_run(
        office,
        [row(4)],
        created_at=minutes(2),
        requested_by="nightly schedule",
        last_day=dt.date(2026, 10, 1),
    )
    retry = save_run(office, [], created_at=minutes(3), requested_by="sensor: records fixed")
    undo = save_run(
        office, [row(1, status="updated")], created_at=minutes(4), requested_by="bob", undoes=plain
    )
    single = save_run(office, [row(9)], created_at=minutes(5), one_record=True, finished_at=None)
    shown = office.get("/runs")
    said = lines(shown.text)
    ours = [run_id for run_id in said if run_id in (plain, nightly, retry, undo, single)]
    assert ours == [single, undo, retry, nightly, plain]
    assert said[plain].startswith(
        "Sync of Nov 3, 2026, 12:01 PM Nov 3, 2026, 12:01 PM ann October 2026 invoices, forced done"
    )
    assert "1 failed, 1 waiting 3 invoices, 6.00: 1 created, 1 failed, 1 skipped" in said[plain]
    assert "Nightly run" in said[nightly]
    assert "Automatic Oct 1, 2026 invoices done" in said[nightly]
    assert said[retry].startswith("Retry")
    assert "no records" in said[retry]
    assert "bob done" in said[undo]
    assert said[undo].startswith("Undo")
    assert "not finished" in said[single]
    assert plain not in words(shown)


def test_runs_that_planned_nothing_are_listed_too(office: Office):
    """One that waits for its turn, and one that could not run, with the sentence that says why; each once."""
    started = office.post("/sync", mark="listed", days="last_month", type="payments", do="sync")
    waiting = office.launched().run_id
    assert started.status_code == 303
    broken = failed_run(office, stopped("RentAxis does not answer. Nothing was sent."))
    planned = save_run(office, [row(1)], dagster_run(office, dg.DagsterRunStatus.STARTED))
    said = lines(office.get("/runs").text)
    assert "ann October 2026 payments waiting for its turn" in said[waiting]
    assert "stopped early RentAxis does not answer. Nothing was sent." in said[broken]
    assert "running" in said[planned]
    assert list(said).count(planned) == 1
    run = office.instance.get_run_by_id(planned)
    assert run is not None
    office.instance.report_run_canceled(run)


def test_older_runs_are_on_the_next_page(office: Office):
    """Sixty runs are two pages; each run is on one of them."""
    ids = [save_run(office, [], created_at=minutes(number)) for number in range(60)]
    first = office.get("/runs")
    older = re.findall(r'<a href="/desk/demo(/runs\?before=[^"]+)" rel="next">', first.text)
    second = office.get(older[0])
    pages = [[run_id for run_id in lines(page.text) if run_id in ids] for page in (first, second)]
    assert pages == [ids[::-1][:50], ids[::-1][50:]]
    assert 'rel="next"' not in second.text
    assert office.get("/runs", before="no instant").status_code == 200


@contextmanager
def without_dagsters_runs(office: Office) -> Iterator[None]:
    """Dagster's record of runs is away for as long."""
    kept = Path(office.instance.root_directory) / "history" / "runs.db"
    aside = kept.with_suffix(".aside")
    kept.rename(aside)
    kept.mkdir()
    try:
        yield
    finally:
        kept.rmdir()
        aside.rename(kept)


def test_dagster_away_is_a_sentence_and_what_the_ledger_knows_is_still_shown(office: Office):
    """On the list and on a run's own page."""
    run_id = save_run(office, [row(1), failed(2)])
    with without_dagsters_runs(office):
        runs, run = office.get("/runs"), office.get(f"/runs/{run_id}")
        unknown = office.get("/runs/not-a-run")
    for shown in (runs, run):
        assert shown.status_code == 200
        assert "Dagster, which does the work, does not answer" in words(shown)
    assert "1 failed" in lines(runs.text)[run_id]
    assert "Map Parking." in words(run)
    assert unknown.status_code == 503
    assert "Dagster, which does the work, does not answer" in words(unknown)
