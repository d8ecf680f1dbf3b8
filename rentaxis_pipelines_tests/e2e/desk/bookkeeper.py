"""A bookkeeper at the sync desk, in the system's Chromium: presses what can be read on the screen, and every press is counted.

The browser itself counts: presses of the mouse and of keys, as they reach the page. Opening an address is where a task begins and
counts as nothing, so a task opens one page and is pressed and typed from there on. Not here: what a task is, what a page should say.
"""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

from rentaxis_pipelines_tests.e2e.accountant import ARGUMENTS, CHROMIUM, LONGEST_WAIT

WIDE, NARROW = 1280, 360
_POLICY = "Content Security Policy"
_COUNTED = """
for (const kind of ['pointerdown', 'keydown']) {
  addEventListener(kind, press => { if (press.isTrusted) pressed(kind, press.key || ''); }, true);
}"""
# What no bookkeeper should have to read: ids of runs, words of the machine behind the desk, what programmers read.
_UNFIT = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-|(?i:\bdagster|\bmateriali[sz]|\bbackfill|\blaunchpad|\bpartitions?\b|\bgraphql|\byaml\b|"
    r"\btraceback\b)|\b[A-Za-z]\w*(?:Error|Exception)\b|\bundefined\b|\bNaN\b|\{\{|\}\}|%\}"
)


@dataclass
class Bookkeeper:
    """One person with one page open. ``clicks``: presses of the mouse, and of Enter, Tab and the like; ``typed``: the characters."""

    page: Page
    url: str
    unfit: list[str] = field(default_factory=list)
    clicks: int = 0
    typed: str = ""
    hosts: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    def opens(self, path: str = "/") -> None:
        """A page by its address, where the counting begins anew."""
        self.page.goto(f"{self.url}{path}")
        self.clicks, self.typed = 0, ""
        self.looks()

    def clicks_on(
        self, name: str | re.Pattern[str], role: str = "button", within: Locator | None = None
    ) -> None:
        """One press on what has that role and that name; then the page is there that it leads to."""
        place: Page | Locator = within or self.page
        exact = isinstance(name, str)
        place.get_by_role(role, name=name, exact=exact).first.click()  # pyright: ignore[reportArgumentType] - roles are many
        self.looks()

    def follows(self, name: str | re.Pattern[str], within: Locator | None = None) -> None:
        """One press on a link."""
        self.clicks_on(name, "link", within)

    def types(self, label: str, text: str, within: Locator | None = None) -> None:
        """Type into the field of that label, which one press brought the cursor to unless it was there already."""
        entry = (within or self.page).get_by_label(label).first
        if not entry.evaluate("entry => entry === document.activeElement"):
            entry.click(position={"x": 12, "y": 12})  # of a date the month, where typing it begins
        self.page.keyboard.type(text)

    def presses(self, key: str) -> None:
        """A key such as Enter."""
        self.page.keyboard.press(key)
        self.looks()

    def reads(self) -> str:
        """What the page says, as it is seen."""
        return self.page.inner_text("body")

    def waits_for(self, words: str | re.Pattern[str]) -> None:
        """Until the page says so by itself, without a press."""
        self.page.get_by_text(words).first.wait_for()
        self.looks()

    def looks(self) -> None:
        """The page has come; what no bookkeeper should read on it is noted."""
        self.page.wait_for_load_state()
        text = self.reads()
        self.unfit += [
            f"{self.page.url}: {text[max(at.start() - 40, 0) : at.end() + 40]!r}"
            for at in _UNFIT.finditer(text)
        ]

    def pressed(self, kind: str, key: str) -> None:
        """As the browser reports each press."""
        if kind == "keydown" and len(key) == 1:
            self.typed += key
        else:
            self.clicks += 1


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """The system's Chromium, with nothing in it that calls home."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield chromium
        finally:
            chromium.close()


@contextlib.contextmanager
def bookkeeper(
    chromium: Browser, url: str, *, scripts: bool = True, dark: bool = False, width: int = WIDE
) -> Iterator[Bookkeeper]:
    """Somebody with a window of their own; without ``scripts``, JavaScript is off and nothing is counted."""
    context = chromium.new_context(
        viewport={"width": width, "height": 900},
        reduced_motion="reduce",
        color_scheme="dark" if dark else "light",
        java_script_enabled=scripts,
        accept_downloads=True,
    )
    context.set_default_timeout(LONGEST_WAIT)
    try:
        yield _sitting(context, url)
    finally:
        context.close()


def _sitting(context: BrowserContext, url: str) -> Bookkeeper:
    person = Bookkeeper(context.new_page(), url)
    context.expose_binding("pressed", lambda _, kind, key: person.pressed(kind, key))
    context.add_init_script(_COUNTED)
    context.on("request", lambda request: person.hosts.add(request.url.split("/")[2]))
    context.on("console", lambda line: person.complaints.append(line.text) if _POLICY in line.text else None)
    context.on("weberror", lambda error: person.complaints.append(str(error.error)))
    return person


def picture(person: Bookkeeper, folder: Path, name: str) -> None:
    """The whole page as it is now."""
    folder.mkdir(parents=True, exist_ok=True)
    person.page.screenshot(path=folder / f"{name}.png", full_page=True)
