"""Names, numbers and memos that want to do harm are read in the real UI, on every page that shows metadata, and do nothing.

They stand in RentAxis, in QuickBooks and in what people typed; the runs of a whole day's work with them have been made. Then everything
is opened in Chromium: no picture is asked for, no link is there to click, nothing is launched, and each text is read as it was written.
"""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from rentaxis_pipelines.settings.shipped import ROOT
from rentaxis_pipelines_bench import launching
from rentaxis_pipelines_tests.e2e import dagster_ui, hostile, pages, planting, reading
from rentaxis_pipelines_tests.e2e.accountant import browsing, needs_chromium
from rentaxis_pipelines_tests.e2e.conftest import Running

pytestmark = needs_chromium
HEIGHT = 3000  # pixels: a run's log holds no more rows than it shows

LAUNCH_RUN = """
mutation LaunchRun($wanted: ExecutionParams!) {
  launchRun(executionParams: $wanted) {
    __typename ... on LaunchRunSuccess { run { id } } ... on PythonError { message }
  }
}"""
# As a page would be that took a name for more than text.
CAUGHT = """leak => {
  const text = document.createElement('div');
  text.className = 'dagster-markdown';
  text.innerHTML = `<img src="${leak}"><img src="/graphql?query=mutation{setNuxSeen}"><a href="${leak}">Pay</a>`;
  document.body.append(text);
}"""


class Listener(ThreadingHTTPServer):
    """A server that nobody should ask for anything. ``asked``: the paths of those who did."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Listening)
        self.asked: list[str] = []

    @property
    def leak(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/leak"


class _Listening(BaseHTTPRequestHandler):
    server: Listener

    def do_GET(self) -> None:  # as the server calls it
        self.server.asked.append(self.path)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextlib.contextmanager
def listening() -> Iterator[Listener]:
    with Listener() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


@dataclass(frozen=True)
class Story:
    """``asked``: what the listener was asked for while everything was read; ``caught``: a page that does do what a name must not.

    ``logged``: every address that a page had fetched, that one too, by Chromium's own log of the network.
    """

    attacks: list[hostile.Attack]
    seen: reading.Seen
    asked: list[str]
    runs_before: list[dict[str, str]]
    runs_after: list[dict[str, str]]
    caught: reading.Seen
    logged: list[str]


@pytest.fixture(scope="module")
def story(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """A day's work, then everything that can be read of it, then the page that would be caught."""
    log = tmp_path_factory.mktemp("browser") / "network.json"
    with listening() as listener:
        attacks = hostile.attacks(listener.leak)
        runs, backfill = work(running, attacks)
        before = pages.known_runs(running.ask)
        leaves = pages.all_pages(running, runs, backfill, hostile.days(attacks))
        marks = [f"{urlsplit(listener.leak).netloc}/", hostile.STRANGER, "/graphql"]
        with browsing(HEIGHT, log) as context:
            reader = reading.Reader(context, running.url, marks)
            seen = reader.read(leaves)
            asked, after = list(listener.asked), pages.known_runs(running.ask)
            reader.seen = reading.Seen()
            reader.tabs[0].evaluate(CAUGHT, f"{listener.leak}/caught")
            caught = reader.read([reading.Leaf("/runs/scheduled")])
        return Story(attacks, seen, asked, before, after, caught, reading.asked_by_pages(log))


def work(running: Running, attacks: list[hostile.Attack]) -> tuple[list[str], str]:
    """Everything that writes metadata: previewed and pushed, a record by itself, decisions, edits in QuickBooks, reconciled.

    Returns the runs and the backfill. A person's name is an attack like the others.
    """
    planting.plant(running, attacks)
    person, days = attacks[0].text, hostile.days(attacks)
    backfill = launching.launch(running.ask, "bulk_sync_preview__demo", days, person)
    here = subprocess.run(
        [
            sys.executable, "-m", "rentaxis_pipelines_tests.e2e.launches", days[0], days[-1],
            str(hostile.decided(attacks[0])), str(hostile.waiting(attacks[0])), str(hostile.renting(attacks[0])), person,
        ],
        env={**os.environ, **running.stack.environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )  # fmt: skip
    assert here.returncode == 0, here.stderr
    planting.edit_in_quickbooks(running, attacks)
    wanted = {
        "selector": {**launching.REPOSITORY, "jobName": "reconcile__demo"},
        "mode": "default",
        "runConfigData": {},
        "executionMetadata": {"tags": [{"key": "requested_by", "value": person}]},
    }
    launched = running.ask(LAUNCH_RUN, {"wanted": wanted})["launchRun"]
    assert launched["__typename"] == "LaunchRunSuccess", launched

    def done() -> list[str] | None:
        previewed = launching.runs_of(running.ask, backfill)
        return (
            [run["id"] for run in previewed]
            if previewed and not dagster_ui.unfinished_runs(running.ask)
            else None
        )

    previewed = running.until("the preview and the reconciliation to end", done)
    ours = [*json.loads(here.stdout), launched["run"]["id"], *previewed]
    ended = [dagster_ui.run_of(running.ask, run)["status"] for run in ours]
    assert ended == ["SUCCESS", "FAILURE", *["SUCCESS"] * (len(ours) - 2)], ended
    return ours, backfill


def test_each_text_is_read_as_it_was_written(story):
    """Names of tenants, programs, vendors and customers, numbers, categories, memos, what a person typed: nothing was swallowed."""
    there = story.seen.text
    typed = story.attacks[0].text
    expected = [words for one in story.attacks for words in hostile.shown(one)]
    expected += [f"requested_by: {typed}", f"Nothing was decided. QuickBooks has no customer {typed}"]
    missing = [words for words in expected if reading.squashed(words) not in there]
    assert missing == []


def test_no_text_became_a_picture_a_link_or_a_form(story):
    """In no rendered Markdown is any element that the text itself brought, and nowhere does one lead away."""
    assert story.seen.strange == []


def test_no_page_asked_another_host_for_anything(story, running):
    """Neither by what the pages asked for, nor by a server that was waiting to be asked, nor by Chromium's own log of the network.

    Not even the page that tries: the front door's policy stops its picture before it reaches the network.
    """
    assert story.seen.asked == []
    assert story.asked == []
    here = urlsplit(running.url).netloc
    assert len(story.logged) > 500
    assert [url for url in story.logged if urlsplit(url).netloc not in ("", here)] == []


def test_no_page_carried_out_a_mutation_and_nothing_was_launched(story):
    """Reading is reading: no request held one, by GET, POST or WebSocket, and as many runs stand in Dagster as before."""
    assert story.seen.requests > 500
    assert story.seen.mutations == []
    assert story.runs_after == story.runs_before


def test_a_page_that_does_such_a_thing_would_have_been_noticed(story):
    """The same reader on a page with a picture from elsewhere, a mutation by GET and a link finds each of the three."""
    assert len(story.caught.asked) == len(story.caught.mutations) == 1
    assert len(story.caught.strange) == 3 + 3  # each is in rendered Markdown, and leads away
