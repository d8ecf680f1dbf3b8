"""Dagster's real UI behind the door, in the system's Chromium: signing in, launching, a live page; and what a viewer can do there."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Page

from rentaxis_pipelines.orchestration.launchpad import address
from rentaxis_pipelines_tests.e2e.accountant import browsing, needs_chromium
from rentaxis_pipelines_tests.web.conftest import PASSWORD, Dagster, Served

pytestmark = needs_chromium
JOB = "/locations/small/jobs/push"
LAUNCHPAD = f"{JOB}/playground"
POLICY = "Content Security Policy"


@dataclass
class Window:
    """A browser with one page, and what it did behind the person's back."""

    page: Page
    hosts: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)


@pytest.fixture
def window() -> Iterator[Window]:
    with browsing(height=900) as browser:
        page = browser.new_page()
        seen = Window(page)
        page.on("request", lambda request: seen.hosts.add(request.url.split("/")[2]))
        page.on("console", lambda line: seen.complaints.append(line.text) if POLICY in line.text else None)
        page.on(
            "websocket",
            lambda socket: socket.on("framereceived", lambda frame: seen.frames.append(str(frame))),
        )
        yield seen


def signs_in(window: Window, served: Served, name: str, path: str) -> None:
    """Opens a page, is asked who it is, and is led to the page."""
    page = window.page
    page.goto(served.url + path)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(served.url + path)


def test_an_operator_signs_in_launches_and_watches(window: Window, with_passwords: Served, dagster: Dagster):
    """The run carries the name; its page is live over the WebSocket; no other host is asked, and the policy is in nobody's way."""
    page = window.page
    before = dagster.instance.get_runs_count()
    signs_in(window, with_passwords, "oscar", LAUNCHPAD)
    page.get_by_role("button", name="Launch Run").click()
    page.wait_for_url("**/runs/**")
    assert dagster.instance.get_runs_count() == before + 1
    assert dagster.newest_tags()["requested_by"] == "oscar"
    page.get_by_text("This run is queued").wait_for()
    dagster.instance.report_run_canceled(dagster.instance.get_runs(limit=1)[0])
    page.get_by_text("Canceled", exact=True).first.wait_for()  # without a click: the page is live
    assert any("pipelineRunLogs" in frame for frame in window.frames)
    page.goto(f"{with_passwords.url}/runs")
    page.get_by_text("oscar").first.wait_for()
    page.goto(f"{with_passwords.url}/assets/results_of_day")
    page.get_by_role("button", name="Materialize").first.wait_for()
    assert window.hosts == {with_passwords.url.split("/")[2]}
    assert window.complaints == []


def test_a_link_brings_the_tags_of_a_launch_along_and_starts_nothing_by_itself(
    window: Window, with_passwords: Served, dagster: Dagster
):
    """A plan is approved in two clicks, without a line of YAML: the link on its page, then Launch Run."""
    page = window.page
    before = dagster.instance.get_runs_count()
    tags = {"plan": "1a2b3c4d", "only": "invoices, INV-0042 & co"}
    signs_in(window, with_passwords, "oscar", JOB)
    page.goto(with_passwords.url + address("small", "push", tags))
    page.get_by_text("1a2b3c4d").first.wait_for()
    assert dagster.instance.get_runs_count() == before
    page.get_by_role("button", name="Launch Run").click()
    page.wait_for_url("**/runs/**")
    launched = dagster.newest_tags()
    assert {name: launched[name] for name in tags} == tags
    assert launched["requested_by"] == "oscar"


def test_a_viewer_finds_no_launchpad_and_the_button_greyed_out(
    window: Window, with_passwords: Served, dagster: Dagster
):
    """And a session that ends meanwhile leads back to the sign-in page at the next step."""
    page = window.page
    before = dagster.counts()
    signs_in(window, with_passwords, "vera", JOB)
    page.get_by_role("link", name="Runs").first.wait_for()
    page.goto(with_passwords.url + LAUNCHPAD)
    page.wait_for_url(with_passwords.url + JOB)
    page.goto(f"{with_passwords.url}/assets/results_of_day")
    button = page.get_by_role("button", name="Materialize").first
    button.wait_for()
    assert button.is_disabled()
    assert dagster.counts() == before
    page.context.clear_cookies()
    page.goto(f"{with_passwords.url}/runs")
    page.get_by_label("Password").wait_for()
    assert page.url == f"{with_passwords.url}/sign-in?next=/runs"
