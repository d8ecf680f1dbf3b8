"""The page of all companies: each with how it stands, those that need somebody first; a company that is broken says why, here and on its pages."""

import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path

import psycopg
import pytest
import requests
from sqlalchemy import event

from rentaxis_pipelines.ledger.database import connect, engine
from rentaxis_pipelines.quickbooks.tokens import Token, encrypt
from rentaxis_pipelines.web.people import Role
from rentaxis_pipelines.web.users import UsersFile, new_user
from rentaxis_pipelines_tests.reports.test_status import pushed_a_night
from rentaxis_pipelines_tests.support.company_folders import (
    BREAKAGES,
    KEY,
    add_company_folder,
    write_company,
)
from rentaxis_pipelines_tests.support.open_rows import leave_open, row
from rentaxis_pipelines_tests.web.conftest import AS_PAGE, Serve, Served
from rentaxis_pipelines_tests.web.desk.conftest import words
from rentaxis_pipelines_tests.web.desk.markup import page_of

NOWHERE = "postgresql://nobody:secret@127.0.0.1:1/nothing"
PEOPLE: dict[str, tuple[str, ...] | None] = {"ann": None, "bert": ("birch", "elm"), "elle": ("elm",)}


@pytest.fixture
def companies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of companies."""
    folder = tmp_path / "companies"
    folder.mkdir()
    monkeypatch.setenv("RENTAXIS_COMPANIES_FOLDER", str(folder))
    return folder


@pytest.fixture(scope="module")
def door(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Ann sees every company, bert two, elle one."""
    users = tmp_path_factory.mktemp("people") / "users.yaml"
    with UsersFile(users).changing() as entries:
        for name, theirs in PEOPLE.items():
            entries[name] = new_user(
                name, Role.approver, companies=None if theirs is None else frozenset(theirs)
            )
    with serve(users, web_sign_in="proxy", web_trusted_proxies="127.0.0.1") as served:
        yield served


@pytest.fixture
def ledger(ledger_database: str) -> Iterator[str]:
    yield ledger_database
    engine(ledger_database).dispose()


def get(door: Served, path: str, who: str = "ann") -> requests.Response:
    headers = {**AS_PAGE, "x-forwarded-email": who}
    return requests.get(door.url + path, headers=headers, timeout=60, allow_redirects=False)


def sign_in_at_intuit(ledger: str, *realms: str) -> None:
    with psycopg.connect(ledger) as connection:
        for realm in realms:
            token = Token("access", "refresh", time.time() + 3600, realm)
            connection.execute(
                "insert into ledger.oauth_tokens (realm, encrypted) values (%s, %s)",
                [realm, encrypt(token, KEY)],
            )


def lines(answer: requests.Response) -> dict[str, str]:
    """What the page says of each company, by its name, in the order of the page."""
    body = answer.text.split("<tbody>")[1].split("</tbody>")[0]
    rows = [" ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split()) for text in body.split("<tr>")[1:]]
    return {text.split()[0]: text.partition(" ")[2] for text in rows}


@pytest.fixture
def several(companies: Path, ledger: str) -> Path:
    """Elm is well since its night of June 19, birch has two records open, oak is not connected, ash has no database, fir has no time zone."""
    for realm, slug in enumerate(("elm", "birch", "oak"), start=1):
        add_company_folder(companies, slug, str(realm), ledger)
    add_company_folder(companies, "ash", "4", NOWHERE)
    BREAKAGES["a time zone that is none"].breaks(add_company_folder(companies, "fir", "5", ledger))
    sign_in_at_intuit(ledger, "1", "2")
    with connect(ledger) as connection:
        pushed_a_night(connection, "1")
        leave_open(connection, "2", row(1), row(2))
        connection.commit()
    return companies


def test_each_company_says_how_it_stands_and_the_broken_ones_come_first(several: Path, door: Served) -> None:
    """A database that is away and a file that is wrong are told by their sentence; the others are read all the same."""
    answer = get(door, "/desk")
    assert answer.status_code == 200
    shown = lines(answer)
    assert list(shown) == ["Ash", "Fir", "Oak", "Birch", "Elm"]
    assert shown["Elm"] == "0 Jun 19, 2026 Connected"
    assert shown["Birch"] == "2 Oct 5, 2026 none yet Connected"
    assert shown["Oak"] == "0 none yet QuickBooks is not connected yet."
    assert "cannot be used The pipelines database" in shown["Ash"]
    assert "expected a time zone" in shown["Fir"]
    assert "secret" not in answer.text
    assert "Nothing can be synced 3 Need attention 1 All is well 1" in words(answer)
    for slug in ("elm", "birch", "oak", "ash", "fir"):
        assert f'href="/desk/{slug}"' in answer.text
    assert 'href="/desk/birch/attention"' in answer.text
    for path in ("/desk", "/desk/fir"):
        page = page_of(get(door, path).text, set())
        assert (page.strange, page.headings) == ([], 1)


def test_a_person_of_some_companies_has_those_on_it_alone(several: Path, door: Served) -> None:
    """Two: a page of the two. One: no page of companies at all."""
    assert list(lines(get(door, "/desk", "bert"))) == ["Birch", "Elm"]
    assert get(door, "/", "bert").headers["location"] == "/desk"
    for path in ("/", "/desk"):
        assert get(door, path, "elle").headers["location"] == "/desk/elm"
    assert "/overview" in get(door, "/desk").text
    assert "/overview" not in get(door, "/desk", "bert").text


@contextmanager
def statements(url: str) -> Iterator[list[str]]:
    """What is asked of the database inside the block."""
    asked: list[str] = []

    def note(_connection, _cursor, statement: str, *_more: object) -> None:
        asked.append(statement)

    event.listen(engine(url), "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine(url), "before_cursor_execute", note)


def test_many_companies_of_one_database_are_read_by_as_many_questions_as_two(
    companies: Path, ledger: str, door: Served
) -> None:
    counts: list[int] = []
    for number in range(1, 51):
        add_company_folder(companies, f"company_{number}", str(number), ledger)
        if number in (2, 50):
            with statements(ledger) as asked:
                assert len(get(door, "/desk").text.split("<tr>")) > number
            counts.append(len(asked))
    assert counts[0] == counts[1] < 20


def test_a_company_that_is_added_is_there_at_the_next_page_and_one_that_is_removed_is_not(
    companies: Path, ledger: str, door: Served
) -> None:
    """No restart of the front door. A viewer of none is told so."""
    assert "No company is set up on this server yet." in get(door, "/desk").text
    first = add_company_folder(companies, "elm", "1", ledger)
    assert get(door, "/desk").headers["location"] == "/desk/elm"
    add_company_folder(companies, "birch", "2", ledger)
    assert list(lines(get(door, "/desk"))) == ["Birch", "Elm"]
    for file in first.iterdir():
        file.unlink()
    first.rmdir()
    assert get(door, "/desk").headers["location"] == "/desk/birch"
    assert get(door, "/desk/elm").status_code == 404


@pytest.mark.parametrize("how", BREAKAGES)
def test_every_page_of_a_broken_company_says_why_and_who_mends_it(
    how: str, companies: Path, ledger: str, door: Served
) -> None:
    """A page of the desk, not an error; the other company is as ever; and once it is mended nothing has to be started again."""
    add_company_folder(companies, "birch", "2", ledger)
    elm = add_company_folder(companies, "elm", "1", ledger)
    kept = {file: (file.read_bytes(), file.stat().st_mode) for file in elm.iterdir()}
    breakage = BREAKAGES[how]
    breakage.breaks(elm)
    for path in ("/desk/elm", "/desk/elm/setup", "/desk/elm/setup/connection", "/desk/elm/runs"):
        answer = get(door, path)
        if "SQL" in how:  # the pages can be shown without it, and say so
            assert answer.status_code == 200
            assert re.search(
                f"Nothing can be synced until this is put right: .*{breakage.said}", words(answer)
            )
            continue
        assert answer.status_code == 503, (path, words(answer))
        assert re.search(breakage.said, words(answer)), words(answer)
        assert "rentaxis-sync --company elm check" in words(answer)
        assert "hush" not in answer.text
    assert get(door, "/desk/birch/runs").status_code == 200
    assert re.search(breakage.said, lines(get(door, "/desk"))["Elm"])
    assert "cannot be used" not in lines(get(door, "/desk"))["Birch"]
    shutil.rmtree(elm / "staging", ignore_errors=True)
    for file, (content, mode) in kept.items():
        file.write_bytes(content)
        file.chmod(mode)
    assert get(door, "/desk/elm/runs").status_code == 200


def test_what_is_wrong_with_two_companies_tells_a_person_of_one_nothing_of_the_other(
    companies: Path, ledger: str, door: Served
) -> None:
    """Both name the same books; whoever sees both is told which two."""
    add_company_folder(companies, "elm", "1", ledger)
    write_company(companies, "oak", realm="1", organization="3")
    told = words(get(door, "/desk/elm"))
    assert "elm and oak both name the QuickBooks company 1." in told
    for path in ("/desk/elm", "/desk/elm/sync"):
        answer = get(door, path, "elle")
        assert answer.status_code == 503
        assert "oak" not in answer.text
        assert "What is wrong concerns another company too" in words(answer)
