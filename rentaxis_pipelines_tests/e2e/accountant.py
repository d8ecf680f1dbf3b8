"""An accountant at the Dagster UI, in the system's Chromium: what a person clicks, by the words on the buttons.

For the browser test and for the pictures in the README. Not here: any judgement of what is seen.
"""

import contextlib
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
NO_CHROMIUM = "no Chromium on this machine (on Debian: apt-get install chromium)"
# The mark of a test that needs it. Without one it is skipped; in continuous integration it fails (conftest.py).
needs_chromium = pytest.mark.chromium
# Nothing of the browser's own calls home; root needs --no-sandbox.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Chromium asks after updates and accounts all the same. No name is looked up, so nothing leaves this machine.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
]
LOCATION = "/locations/rentaxis_pipelines"
LONGEST_WAIT = (
    120_000  # milliseconds: the daemon looks for backfills every 30 seconds, and the machine may be busy
)


class Accountant:
    """One person with one page open. Every picture goes to ``folder``."""

    def __init__(self, page: Page, url: str, folder: Path) -> None:
        self.page, self.url, self.folder = page, url, folder

    def picture(self, name: str, left: int = 0, top: int = 0, bottom: int | None = None) -> None:
        """What is on the screen now, from so many pixels on the left and at the top, down to ``bottom``."""
        size = self.page.viewport_size
        assert size is not None
        bottom = bottom or size["height"]
        self.page.screenshot(
            path=self.folder / f"{name}.png",
            animations="disabled",
            clip={"x": left, "y": top, "width": size["width"] - left, "height": bottom - top},
        )

    def opens_job(self, job: str) -> None:
        """Its page. A UI that has just started says for a moment that there is no such job; then the page is loaded again."""
        button = self.page.get_by_role("button", name="Materialize all")
        for _ in range(10):
            self.page.goto(f"{self.url}{LOCATION}/jobs/{job}")
            with contextlib.suppress(PlaywrightTimeout):
                return button.wait_for(timeout=LONGEST_WAIT / 10)
        return button.wait_for()

    def chooses_days(self, first: str, last: str) -> None:
        """The Materialize dialog of the open job, with a range typed in."""
        page = self.page
        page.get_by_role("button", name="Materialize all").click()
        days = page.locator(".bp5-dialog input[type=text]")
        confirm = page.get_by_role("button", name="Confirm")
        days.or_(confirm).first.wait_for()
        if (
            confirm.is_visible()
        ):  # the snapshot of QuickBooks was never refreshed by itself; a run brings its own
            confirm.click()
        days.wait_for()
        everything = page.get_by_role("button", name="Show all partitions")
        if everything.is_visible():  # the dialog begins with the last 90 days
            everything.click()
        days.fill(f"[{first}...{last}]")
        days.press("Enter")
        page.get_by_text(re.compile(r"^[1-9]\d* partitions$")).first.wait_for()

    def launches(self) -> str:
        """Press the button of the dialog; returns the address of the backfill's page."""
        page = self.page
        page.get_by_role("button", name="Launch backfill").click()
        page.get_by_text("Created backfill").wait_for()
        page.get_by_role("button", name="View", exact=True).or_(
            page.get_by_role("link", name="View", exact=True)
        ).click()
        page.wait_for_url(re.compile(r"/runs/b/\w+"))
        return page.url.split("?")[0]

    def opens_run_of(self, backfill: str) -> str:
        """The page of the backfill's run, once it has come to its end; returns the run's id."""
        page = self.page
        page.goto(f"{backfill}?tab=runs")
        page.locator("a[href*='/runs/'][href*='-']").first.click()
        page.wait_for_url(re.compile(r"/runs/[0-9a-f-]{36}"))
        page.get_by_text(re.compile("^(Success|Failure|Canceled)$")).first.wait_for()
        return page.url.split("/runs/")[1][:36]

    def opens_results_of(self, day: str) -> None:
        """The page of ``sync_results`` for the day, with its counts and money."""
        self.page.goto(f"{self.url}/assets/demo/sync_results?view=partitions&partition={day}")
        self.page.get_by_text("needs_attention").wait_for()

    def opens_exceptions(self) -> str:
        """From the day's page: the list of what did not go through, and its text. A short list stands on the page itself."""
        page = self.page
        row = page.locator("tr").filter(has=page.get_by_text("needs_attention", exact=True)).last
        more = row.get_by_text("[Show Markdown]")
        more.or_(row.locator("table")).first.wait_for()
        if not more.is_visible():
            return row.inner_text()
        more.click()
        dialog = page.locator(".bp5-dialog")
        dialog.locator("table").first.wait_for()
        return dialog.inner_text()

    def link_to_whole_list(self) -> str:
        """From the day's page: where its link to every row of the run leads."""
        row = self.page.locator("tr").filter(has=self.page.get_by_text("results_file", exact=True)).last
        return row.locator("a[href$='.xlsx']").first.get_attribute("href") or ""

    def reads(self, path: str, words: str) -> str:
        """The text of a page of the UI, once ``words`` stand on it, as somebody reads it without a click."""
        self.page.goto(f"{self.url}{path}")
        self.page.get_by_text(words).first.wait_for()
        return self.page.inner_text("body")

    def opens_runs(self) -> None:
        """The list of runs, newest first, with who or what launched each."""
        self.page.goto(f"{self.url}/runs")
        self.page.get_by_text("Launched by").wait_for()
        self.page.locator("a[href*='/runs/'][href*='-']").first.wait_for()

    def opens_graph(self) -> None:
        """All assets, every group open, on a screen wide enough to read their names."""
        self.page.set_viewport_size({"width": 1700, "height": 1300})
        self.page.goto(f"{self.url}/asset-groups")
        self.page.get_by_text("4_results").first.wait_for()
        self.page.keyboard.press("Alt+e")
        self.page.get_by_text("customer_matches").first.wait_for()
        self.page.mouse.dblclick(1500, 250)  # on the empty ground: all of the graph comes into view
        self.page.wait_for_timeout(3000)  # it flies to its place; nothing tells when it has landed


@contextlib.contextmanager
def accountant(url: str, folder: Path | None = None, height: int = 900) -> Iterator[Accountant]:
    """Somebody at the UI under ``url``. Needs ``CHROMIUM``."""
    folder = folder or Path(tempfile.mkdtemp(prefix="pictures-"))
    folder.mkdir(parents=True, exist_ok=True)
    with browsing(height) as context:
        yield Accountant(context.new_page(), url, folder)


@contextlib.contextmanager
def browsing(height: int, log: Path | None = None) -> Iterator[BrowserContext]:
    """A browser to open tabs in. Everything it asks the network for is kept in ``log``, complete once the block ends."""
    arguments = ARGUMENTS if log is None else [*ARGUMENTS, f"--log-net-log={log}"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        try:
            context = browser.new_context(viewport={"width": 1280, "height": height}, reduced_motion="reduce")
            context.set_default_timeout(LONGEST_WAIT)
            yield context
        finally:
            browser.close()
