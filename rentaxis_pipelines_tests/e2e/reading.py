"""Reading the Dagster UI page by page in Chromium: what each page says, what it holds that text should not, and what it asked for.

Several tabs are turned to their pages at once, the way the UI's own links do it, so a hundred pages take half a minute. Not here:
which pages there are (``pages``), and any judgement of what was found.
"""

import json
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import BrowserContext, Page, Request
from playwright.sync_api import TimeoutError as PlaywrightTimeout

TABS = 2  # as many as the machine has processors
QUIET = 0.3  # seconds without an answer under way, after which a page is taken to have come
LONGEST = 600.0  # the machine may be busy

# Turned to as by a link of the UI: nothing is loaded anew but what the page needs.
TURN = """path => {
  history.pushState({}, '', path);
  dispatchEvent(new PopStateEvent('popstate', {state: {}}));
}"""
# Short Markdown stands on the page itself, longer behind a click; that of a definition's own description is none of this.
BLOCKS = (
    "words => [...document.querySelectorAll('a, button')].filter(one => one.textContent.trim() === words)"
)
OPEN = (
    f"words => {{ const found = ({BLOCKS})(words); found.forEach(one => one.click()); return found.length; }}"
)
METADATA = f"""() => ({BLOCKS})('[Show Markdown]').length
  + [...document.querySelectorAll('.dagster-markdown')].filter(one => !one.closest('.bp5-dialog')).length"""
DIALOGS = "() => document.querySelectorAll('.bp5-dialog').length"

# In rendered Markdown: every picture that is not drawn there and then, every link, frame and form. Anywhere: what leads to another
# host than the UI's own, other than the menu's help and the files of results, and what leads to the UI's GraphQL or is no address.
STRANGE = """([marks, allowed]) => {
  const found = [];
  const say = (why, one) => found.push(why + ': ' + one.outerHTML.slice(0, 200));
  for (const text of document.querySelectorAll('.dagster-markdown')) {
    for (const one of text.querySelectorAll('*')) {
      const name = one.tagName.toLowerCase();
      if (name === 'img' && one.src.startsWith('data:image/')) continue;
      if (!allowed.includes(name)) say('in rendered Markdown', one);
    }
  }
  const attributes = ['href', 'src', 'srcset', 'action', 'formaction', 'ping', 'poster', 'data', 'style', 'content', 'xlink:href'];
  for (const one of document.querySelectorAll('*')) {
    for (const name of attributes) {
      const value = one.getAttribute(name);
      if (!value) continue;
      let leads = value;
      try { leads = decodeURI(new URL(value, location.href).href); } catch { /* as it stands */ }
      const within = leads.startsWith(location.origin) && !leads.startsWith(location.origin + '/graphql');
      if (!within && marks.some(mark => leads.includes(mark))) say(name, one);
    }
  }
  return found;
}"""
# What our own Markdown is made of. Bold, lists and headings of a name show in the text that they swallow.
OURS = [
    "p",
    "strong",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "ul",
    "li",
    "br",
    "em",
    "code",
    "h1",
    "h2",
    "h3",
    "h4",
]


@dataclass(frozen=True)
class Leaf:
    """A page to open: its path, how many pieces of Markdown it has at least once it has come, and the words of what is clicked there."""

    path: str
    pieces: int = 0
    opened: str = "[Show Markdown]"


@dataclass
class Seen:
    """What was found on all pages. ``texts``: what each said, by path; ``strange``: elements that text was made into."""

    texts: dict[str, str] = field(default_factory=dict)
    pieces: dict[str, int] = field(default_factory=dict)
    strange: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)  # requests to another host
    mutations: list[str] = field(default_factory=list)
    requests: int = 0

    @property
    def text(self) -> str:
        """Everything that was said, without blanks."""
        return squashed(" ".join(self.texts.values()))


def squashed(text: str) -> str:
    """Without blanks and line ends, which a page shows as it likes."""
    return "".join(text.split())


class Reader:
    """Some tabs of one browser on the UI under ``url``. ``marks``: what the address of a leak has in it."""

    def __init__(self, context: BrowserContext, url: str, marks: Iterable[str]) -> None:
        self.url, self.marks = url, list(marks)
        self.seen = Seen()
        self._under_way: dict[Page, int] = {}
        self._changed: dict[Page, float] = {}
        context.on("request", self._note)
        self.tabs = [self._tab(context) for _ in range(TABS)]

    def read(self, leaves: Iterable[Leaf]) -> Seen:
        """Open each page and what is to be opened on it."""
        left = list(leaves)
        while left:
            turned = list(zip(self.tabs, left, strict=False))
            left = left[len(turned) :]
            for tab, leaf in turned:
                tab.evaluate(TURN, leaf.path)
                self._changed[tab] = time.monotonic()
            for tab, leaf in turned:
                self._take(tab, leaf)
        return self.seen

    def _tab(self, context: BrowserContext) -> Page:
        tab = context.new_page()
        self._under_way[tab], self._changed[tab] = 0, time.monotonic()
        tab.on("request", lambda _: self._moved(tab, 1))
        tab.on("requestfinished", lambda _: self._moved(tab, -1))
        tab.on("requestfailed", lambda _: self._moved(tab, -1))
        tab.on("websocket", lambda socket: socket.on("framesent", self._note_frame))
        tab.goto(f"{self.url}/runs/scheduled")
        self._come(tab)
        return tab

    def _take(self, tab: Page, leaf: Leaf) -> None:
        self._come(tab)
        try:
            tab.wait_for_function(
                f"least => ({METADATA})() >= least", arg=leaf.pieces, timeout=LONGEST * 1000
            )
        except PlaywrightTimeout:
            raise AssertionError(
                f"{leaf.path} shows {tab.evaluate(METADATA)} pieces of Markdown, not {leaf.pieces}."
            ) from None
        opened = tab.evaluate(OPEN, leaf.opened)
        tab.wait_for_function(f"number => ({DIALOGS})() >= number", arg=opened, timeout=LONGEST * 1000)
        self._come(tab)
        self.seen.pieces[leaf.path] = tab.evaluate(METADATA)
        self.seen.texts[leaf.path] = tab.evaluate("() => document.body.innerText")
        self.seen.strange += [f"{leaf.path} {one}" for one in tab.evaluate(STRANGE, [self.marks, OURS])]

    def _come(self, tab: Page) -> None:
        """Wait until nothing is under way for the tab, and its script has nothing left to do."""
        deadline = time.monotonic() + LONGEST
        while True:
            tab.evaluate("() => new Promise(done => requestIdleCallback(done))")
            if self._under_way[tab] <= 0 and time.monotonic() - self._changed[tab] > QUIET:
                return
            if time.monotonic() > deadline:
                raise AssertionError(f"{tab.url} has not come within {LONGEST:.0f} seconds.")
            tab.wait_for_timeout(50)

    def _moved(self, tab: Page, by: int) -> None:
        self._under_way[tab] += by
        self._changed[tab] = time.monotonic()

    def _note(self, request: Request) -> None:
        self.seen.requests += 1
        if request.url.startswith(("data:", "blob:")):
            return
        where = f"{request.method} {request.url[:200]} on {request.frame.url if request.frame else 'no page'}"
        if urlsplit(request.url).netloc != urlsplit(self.url).netloc:
            self.seen.asked.append(where)
        if any(map(is_mutation, _queries(request))):
            self.seen.mutations.append(where)

    def _note_frame(self, frame: str | bytes) -> None:
        payload = json.loads(frame).get("payload") or {}
        if is_mutation(payload.get("query", "")):
            self.seen.mutations.append(f"WebSocket {payload['query'][:200]}")


def is_mutation(query: str) -> bool:
    """Whether a GraphQL document holds one, whatever stands around it."""
    return re.search(r"\bmutation\b", query) is not None


def _queries(request: Request) -> Iterator[str]:
    yield from parse_qs(urlsplit(request.url).query).get("query", [])
    if request.method == "POST":
        body = request.post_data or ""
        try:
            content: Any = json.loads(body)
        except ValueError:
            yield body
            return
        for one in content if isinstance(content, list) else [content]:
            yield str(one.get("query", "")) if isinstance(one, dict) else str(one)


def asked_by_pages(log: Path) -> list[str]:
    """Every address a page had the browser ask for, by Chromium's own network log; what the browser does for itself has no origin."""
    content = json.loads(log.read_text())
    kinds = content["constants"]["logEventTypes"]
    started = [
        event.get("params", {})
        for event in content["events"]
        if event["type"] == kinds["URL_REQUEST_START_JOB"]
    ]
    return [one["url"] for one in started if one.get("initiator", "not an origin") != "not an origin"]
