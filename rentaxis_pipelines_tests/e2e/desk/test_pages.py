"""Every page of the desk in Chromium: for a screen reader, light and dark, on a telephone, without JavaScript, and what it asks for.

The pages come from the table of routes. Not here: what each says, and what is done on it.
"""

import datetime as dt

import pytest

from rentaxis_pipelines_tests.e2e.conftest import Running
from rentaxis_pipelines_tests.e2e.desk import axe
from rentaxis_pipelines_tests.e2e.desk.bookkeeper import NARROW, WIDE, Bookkeeper, bookkeeper
from rentaxis_pipelines_tests.e2e.desk.conftest import judge
from rentaxis_pipelines_tests.e2e.desk.entered import Entered, enter, last_month
from rentaxis_pipelines_tests.support.desk_addresses import addresses, desk_routes

pytestmark = [pytest.mark.chromium]
OF_EACH = 2  # addresses of a page that is about a run, a plan, a record and so on
# Files to keep, and what a script puts into a page: nothing to look at.
FILES = (".xlsx", ".csv", ".pdf", ".svg", ".png", ".yaml", "/progress")


@pytest.fixture(scope="module")
def month(running: Running) -> Entered:
    """Last month, pushed and previewed again, one record left out, and proved: every page has something to show."""
    entered = enter(running, last_month(), 995_000, ("Whitcombe", "Abernathy"))
    days = ["--from", entered.first_day.isoformat(), "--to", entered.last_day.isoformat()]
    for words in (["bulk", *days], ["preview", *days, "--force"], ["reconcile"]):
        said = running.sync(*words)
        assert said.returncode in (0, 1), said.stdout + said.stderr
    return entered


@pytest.fixture(scope="module")
def paths(running: Running, month: Entered) -> list[str]:
    """The addresses of pages to look at."""
    assert month.first_day < dt.datetime.now(dt.UTC).date()
    realm = running.stack.environment["QUICKBOOKS_REALM_ID"]
    every = addresses(running.stack.pipelines_url, realm, "demo", OF_EACH)
    found = [path for path in every if not path.endswith(FILES)]
    assert len(found) >= len([route for route in desk_routes("GET") if not route.path.endswith(FILES)])
    return found


@axe.needs_axe
def test_no_page_has_a_serious_violation_for_a_screen_reader(person: Bookkeeper, paths: list[str]) -> None:
    """Light on a desk, dark on a telephone; critical ones count too."""
    found: dict[str, list[str]] = {}
    for scheme, width in (("light", WIDE), ("dark", NARROW)):
        person.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        person.page.set_viewport_size({"width": width, "height": 900})
        for path in paths:
            person.opens(path)
            if wrong := axe.violations(person.page):
                found[f"{scheme} {path}"] = wrong
    assert found == {}


def test_every_page_fits_a_telephone(person: Bookkeeper, paths: list[str]) -> None:
    """360 pixels wide: a table scrolls within itself, the page does not."""
    person.page.set_viewport_size({"width": NARROW, "height": 800})
    widths: dict[str, int] = {}
    for path in paths:
        person.opens(path)
        widths[path] = person.page.evaluate("() => document.documentElement.scrollWidth")
    assert {path: width for path, width in widths.items() if width > NARROW} == {}


def test_every_page_says_the_same_without_javascript(
    chromium, desk_url: str, running: Running, paths: list[str]
) -> None:
    """Its heading, its links and the buttons of its forms are all there. A button that only prints needs a script and is not."""
    there = """() => [document.querySelector('h1').textContent.trim(), document.querySelectorAll('h1').length,
      [...document.querySelectorAll('main a')].map(one => one.textContent.trim()),
      [...document.querySelectorAll('main button:not([data-print])')].filter(one => !one.hidden).map(one => one.textContent.trim())]"""
    with (
        bookkeeper(chromium, desk_url) as with_scripts,
        bookkeeper(chromium, desk_url, scripts=False) as without,
    ):
        for path in paths:
            with_scripts.opens(path)
            without.opens(path)
            seen, plain = (somebody.page.evaluate(there) for somebody in (with_scripts, without))
            assert plain == seen, path
            assert plain[1] == 1, path
        judge(without, running)


def test_no_page_says_what_only_a_programmer_reads(
    person: Bookkeeper, paths: list[str], running: Running
) -> None:
    """No id of a run or of a company, no word of the machine, no trace of an error; nor in a page's title."""
    realm = running.stack.environment["QUICKBOOKS_REALM_ID"]
    titles: set[str] = set()
    for path in paths:
        person.opens(path)
        assert realm not in person.reads(), path
        assert person.page.title().strip(), path
        titles.add(person.page.title())
    assert len(titles) > len(desk_routes("GET")) // 3, "a page is known by its title among many tabs"


def test_the_first_page_leads_to_every_page_of_the_menu(person: Bookkeeper) -> None:
    """By the keyboard alone: past the link that skips the menu, each of its links in order, and Enter opens it."""
    menu = person.page.get_by_role("navigation", name="Pages").get_by_role("link").all_inner_texts()
    assert menu[0] == "Home"
    for position, name in enumerate(menu):
        person.opens()
        for _ in range(position + 3):  # the link that skips, the company's name, then the menu
            person.page.keyboard.press("Tab")
        assert person.page.evaluate("() => document.activeElement.textContent.trim()") == name
        person.presses("Enter")
        assert person.page.get_by_role("heading", level=1).count() == 1
