"""The desk on the running stack, and people at it in Chromium. Whatever they do, what they read and what their browser asks for is judged.

These tests come before the others of the stack, which leave hostile texts and busy sensors behind.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from rentaxis_pipelines_tests.e2e.conftest import Running
from rentaxis_pipelines_tests.e2e.desk import bookkeeper as at_the_desk
from rentaxis_pipelines_tests.e2e.desk.bookkeeper import Bookkeeper


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the tests of a module."""
    with at_the_desk.browser() as browser:
        yield browser


@pytest.fixture(scope="session")
def desk_url(running: Running) -> str:
    """Where the desk is, by the name that QuickBooks' sign-in comes back to: it takes no IP address."""
    return running.url.replace("127.0.0.1", "localhost")


@pytest.fixture
def person(chromium: Browser, desk_url: str, running: Running) -> Iterator[Bookkeeper]:
    """A bookkeeper at the first page. Afterward: nothing unfit was read, no other host was asked, no script was refused or failed."""
    with at_the_desk.bookkeeper(chromium, desk_url) as somebody:
        somebody.opens()
        yield somebody
        judge(somebody, running)


def judge(somebody: Bookkeeper, running: Running) -> None:
    """What must hold whatever a person did."""
    realm = running.stack.environment["QUICKBOOKS_REALM_ID"]
    assert somebody.unfit == []
    assert realm not in somebody.reads()
    assert somebody.hosts == {somebody.url.split("/")[2]}
    assert somebody.complaints == []
