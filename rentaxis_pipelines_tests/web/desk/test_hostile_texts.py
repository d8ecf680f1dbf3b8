"""Names, numbers and memos that want to do harm are data on every page of the desk, never markup.

They stand in RentAxis, in QuickBooks and in what people typed; a ledger full of them was made by the engine. Every page is read, from the
table of routes, so that a new page cannot be forgotten. No browser: what the desk answers is judged.
"""

import io
import zipfile
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from rentaxis_pipelines_tests.e2e import hostile
from rentaxis_pipelines_tests.e2e.reading import squashed
from rentaxis_pipelines_tests.support.desk_addresses import addresses, desk_routes, further
from rentaxis_pipelines_tests.web.desk.conftest import HOME, SLUG, Office
from rentaxis_pipelines_tests.web.desk.hostile_company import fill
from rentaxis_pipelines_tests.web.desk.markup import Page, page_of

LEAK = "http://127.0.0.1:9/leak"
OF_EACH_KIND = 3  # links with the same things after the question mark
QUICKBOOKS = "qbo.intuit.com"  # where links to QuickBooks' own pages lead


@dataclass(frozen=True)
class Read:
    """Every page, by its address."""

    pages: dict[str, Page]
    files: dict[str, bytes]

    @property
    def text(self) -> str:
        """Everything that was said, without blanks."""
        return "".join(page.squashed for page in self.pages.values())


@pytest.fixture
def read(office: Office) -> Read:
    """All that the desk says of the hostile company."""
    environment = office.chain.environment
    fill(office.chain, hostile.attacks(LEAK))
    database = environment.pipelines_database_url.get_secret_value()
    searched = [f"{HOME}/find?q={hostile.renting(attack)}" for attack in hostile.attacks(LEAK)]
    seen = Read({}, {})
    for address in [*addresses(database, environment.quickbooks_realm_id, SLUG), *searched]:
        _look(office, address, seen)
    linked = [link for page in seen.pages.values() for link in page.links]
    for address in further(linked, SLUG, OF_EACH_KIND):
        _look(office, address, seen)
    return seen


def _look(office: Office, address: str, seen: Read) -> None:
    """Read the page and note it. One that leads on is read where it leads to; one that asks for more than its address says so."""
    answer = office.get(address.removeprefix(HOME)) if address.startswith(HOME) else None
    if answer is None or answer.status_code == 303:
        return
    assert answer.status_code in (200, 400), (address, answer.status_code, answer.text)
    if "text/html" in answer.headers["content-type"]:
        seen.pages[address] = page_of(
            answer.text, {f"app.{QUICKBOOKS}", f"app.sandbox.{QUICKBOOKS}", _quickbooks(office)}
        )
    else:
        seen.files[address] = answer.content


def _quickbooks(office: Office) -> str:
    return urlsplit(office.chain.quickbooks.base_url).netloc


def test_every_hostile_text_is_read_as_it_was_written_and_became_no_markup(read: Read) -> None:
    """No page has an element, an attribute or an address that a text brought; each text is there letter by letter, in pages and in files."""
    assert len(read.pages) > len(desk_routes("GET"))
    assert {address: page.strange for address, page in read.pages.items() if page.strange} == {}
    assert {
        address
        for address, page in read.pages.items()
        if page.headings != 1 and not address.endswith("/progress")
    } == set()
    there = read.text
    missing = [attack.text for attack in hostile.attacks(LEAK) if squashed(attack.text) not in there]
    assert missing == []
    (book, *_) = [content for address, content in read.files.items() if address.endswith("results.xlsx")]
    with zipfile.ZipFile(io.BytesIO(book)) as sheets:
        assert not [name for name in sheets.namelist() if "externalLink" in name or "hyperlink" in name]
    for address, content in read.files.items():
        if address.endswith(".csv"):
            starts = {line[:1] for line in content.decode("utf-8-sig").replace('"', "").splitlines()}
            assert not starts & set("=+@"), address
