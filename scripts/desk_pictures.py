"""The pictures of the sync desk in the documents, made from a demo stack of their own: a bookkeeper's morning, page by page.

    .venv/bin/python -m scripts.desk_pictures

Takes about three minutes. Needs Chromium. Not here: the pictures of Dagster's own UI (``pictures``).
"""

import re
import sys
import tempfile
from pathlib import Path

from rentaxis_pipelines.demo import services
from rentaxis_pipelines.demo import stack as demo_stack
from rentaxis_pipelines_tests.e2e.accountant import CHROMIUM, NO_CHROMIUM
from rentaxis_pipelines_tests.e2e.desk.bookkeeper import WIDE, Bookkeeper, bookkeeper, browser
from scripts.pictures import PICTURES, make_small

HEIGHT = 900
ENDED = re.compile("^Ended$")
MONTH, FIRST_DAY, LAST_DAY = "October 2026", "10012026", "10312026"  # the demo portfolio's last one


def take_all(person: Bookkeeper, folder: Path) -> None:
    """A month is synced, what failed is looked at, the books are proved, and the month before is looked at before it is pushed."""
    person.page.set_viewport_size({"width": WIDE, "height": HEIGHT})
    person.opens()
    person.follows("Sync")
    picture(person, folder, "desk_sync", "Sync to QuickBooks")
    syncs(person, FIRST_DAY, LAST_DAY, "Start sync")
    picture(person, folder, "desk_run", "Sync of")
    person.follows(re.compile("^Needs attention"))
    picture(person, folder, "desk_attention", "Needs attention")
    person.follows("Proof")
    person.clicks_on(re.compile("^Prove "))
    person.waits_for(ENDED)
    person.follows("Proof")
    person.follows(MONTH)
    picture(person, folder, "desk_month", MONTH)
    person.follows("Sync")
    syncs(person, "09012026", "09302026", "Preview")
    person.follows("Look at the plan")
    picture(person, folder, "desk_plan", "September 2026")
    person.follows("Find")
    person.types("Number, name, e-mail or amount", "Consuelo Barrientos")
    person.presses("Enter")
    picture(person, folder, "desk_record", "Tenant Consuelo Barrientos")
    person.follows("Set-up")
    person.follows("Mappings")
    picture(person, folder, "desk_mappings", "Mappings")
    person.follows("Home")
    picture(person, folder, "desk_home", "Demo")


def syncs(person: Bookkeeper, first_day: str, last_day: str, button: str) -> None:
    person.types("First day", first_day)
    person.types("Last day, included", last_day)
    person.clicks_on(button)
    person.waits_for(ENDED)


def picture(person: Bookkeeper, folder: Path, name: str, heading: str) -> None:
    """The page of that heading as it begins, as wide as the screen; no higher than the page."""
    person.page.get_by_role("heading", level=1, name=heading).wait_for()
    person.page.wait_for_load_state()
    height = person.page.evaluate(
        "() => document.querySelector('footer').getBoundingClientRect().top + scrollY"
    )
    person.page.screenshot(
        path=folder / f"{name}.png",
        full_page=True,
        clip={"x": 0, "y": 0, "width": WIDE, "height": min(HEIGHT, height)},
    )


if __name__ == "__main__":
    if not CHROMIUM:
        sys.exit(f"No pictures: {NO_CHROMIUM}.")
    with (
        tempfile.TemporaryDirectory(prefix="pictures-") as place,
        demo_stack.running(folder=Path(place)),
        services.dagster_services(Path(place) / "logs") as url,
        browser() as chromium,
        bookkeeper(chromium, url) as somebody,
    ):
        take_all(somebody, PICTURES)
    make_small(PICTURES, "desk_*.png")
