"""Signing in with a password on the real server: guesses are slowed down, a session ends when it should, a form must be ours."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests

from rentaxis_pipelines.web import passwords
from rentaxis_pipelines.web.passwords import LONGEST_WAIT, SlowedDown, hashed, is_right
from rentaxis_pipelines.web.people import RequestRefused, Role
from rentaxis_pipelines.web.users import UsersFile, new_user
from rentaxis_pipelines_tests.web.conftest import PASSWORD, Dagster, Served
from rentaxis_pipelines_tests.web.graphql_calls import LAUNCH_RUN, VERSION, run_params

WRONG = "That name and password do not belong together. Nothing was done."


def is_signed_in(served: Served, browser: requests.Session) -> bool:
    answer = served.ask(browser, VERSION)
    assert answer.status_code in (200, 401)
    return answer.status_code == 200


def test_signing_in_and_out(with_passwords: Served, changed_users: Path):
    """The cookie is for this site's own pages and no script; a copy of it is worth nothing after signing out."""
    browser = requests.Session()
    answer = with_passwords.sign_in(browser, "VERA", PASSWORD, next="/runs")
    assert (answer.status_code, answer.headers["location"]) == (303, "/runs")
    cookie = next(value for key, value in answer.raw.headers.items() if key == "set-cookie")
    for part in ("rentaxis_session=", "HttpOnly", "SameSite=strict", "Max-Age=43200", "Path=/"):
        assert part in cookie
    copy = requests.Session()
    copy.cookies.update(browser.cookies)
    assert is_signed_in(with_passwords, copy)
    shown = browser.get(f"{with_passwords.url}/sign-out", timeout=30).text
    assert "signed in as vera (viewer)" in shown
    token = shown.split('name="form_token" value="')[1].split('"')[0]
    out = browser.post(f"{with_passwords.url}/sign-out", {"form_token": token}, timeout=30)
    assert "You are signed out." in out.text
    assert not is_signed_in(with_passwords, browser)
    assert not is_signed_in(with_passwords, copy)


@pytest.mark.parametrize(
    "next_page", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x", "/a\nb"]
)
def test_signing_in_leads_to_no_other_site(next_page, with_passwords: Served, changed_users: Path):
    """Whatever the link said."""
    answer = with_passwords.sign_in(requests.Session(), "vera", PASSWORD, next=next_page)
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize(
    ("name", "password"), [("vera", "wrong password!"), ("nobody", PASSWORD), ("", ""), ("vera", "x" * 5000)]
)
def test_a_wrong_password_and_an_unknown_user_read_alike(
    name, password, with_passwords: Served, changed_users: Path
):
    """One sentence that does not tell which it was, and no session. What was typed as a name is escaped."""
    browser = requests.Session()
    answer = with_passwords.sign_in(browser, name, password)
    assert answer.status_code == 403
    assert WRONG in answer.text
    assert not is_signed_in(with_passwords, browser)


def test_a_guess_is_slowed_down(with_passwords: Served, changed_users: Path):
    """After three wrong passwords the right one has to wait too; when the time is over it is taken."""
    browser = requests.Session()
    for _ in range(3):
        assert with_passwords.sign_in(browser, "oscar", "wrong password!").status_code == 403
    refused = with_passwords.sign_in(browser, "oscar", PASSWORD)
    assert refused.status_code == 429
    assert "Wait 2 seconds" in refused.text
    assert refused.headers["retry-after"] == "2"
    with_passwords.clock.at += 2.1
    assert with_passwords.sign_in(browser, "oscar", PASSWORD).status_code == 303


@pytest.mark.parametrize("form", [{"form_token": ""}, {"form_token": "forged"}, {"other": "field"}])
def test_a_form_of_another_site_signs_nobody_in(form, with_passwords: Served, changed_users: Path):
    """The right password in a form that this browser was not given."""
    values = {"user": "vera", "password": PASSWORD, **form}
    answer = requests.post(f"{with_passwords.url}/sign-in", values, allow_redirects=False, timeout=30)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers or "rentaxis_session" not in answer.headers["set-cookie"]
    signed_in = with_passwords.signed_in("vera")
    assert signed_in.post(f"{with_passwords.url}/sign-out", form, timeout=30).status_code == 403
    assert is_signed_in(with_passwords, signed_in)


@pytest.mark.parametrize("change", ["removed", "another role", "another password", "removed and added again"])
def test_a_session_ends_at_once_when_its_user_changes(
    change, with_passwords: Served, changed_users: Path, dagster: Dagster
):
    """The very next request of a browser that was signed in is refused, and nothing is launched; the others stay."""
    browser, other = with_passwords.signed_in("oscar"), with_passwords.signed_in("vera")
    assert is_signed_in(with_passwords, browser)
    file = UsersFile(changed_users)
    with file.changing() as entries:
        oscar = entries.pop("oscar")
        if change == "another role":
            entries["oscar"] = new_user("oscar", Role.approver, oscar.password)
        elif change == "another password":
            entries["oscar"] = new_user("oscar", oscar.role, hashed("another good password"))
        elif change == "removed and added again":
            entries["oscar"] = new_user("oscar", oscar.role, oscar.password)
    before = dagster.counts()
    answer = with_passwords.ask(browser, LAUNCH_RUN, {"params": run_params(tags=[])})
    assert answer.status_code == 401
    assert answer.json()["errors"] == [{"message": "You are not signed in, or no longer. Open /sign-in."}]
    assert dagster.counts() == before
    assert is_signed_in(with_passwords, other)


def test_a_session_ends_by_itself(with_passwords: Served, changed_users: Path):
    """After the hours of WEB_SESSION_HOURS, whatever the browser still sends."""
    browser = with_passwords.signed_in("vera")
    with_passwords.clock.at += 12 * 3600 - 1
    assert is_signed_in(with_passwords, browser)
    with_passwords.clock.at += 1
    assert not is_signed_in(with_passwords, browser)


def test_a_users_file_with_a_typo_lets_nobody_in(
    with_passwords: Served, changed_users: Path, dagster: Dagster, caplog
):
    """While it runs: one sentence for the person, file and line for the log, nothing launched; mended, it goes on."""
    browser = with_passwords.signed_in("oscar")
    text = changed_users.read_text()
    changed_users.write_text(text.replace("operator", "oprator"))
    before = dagster.counts()
    answer = with_passwords.ask(browser, LAUNCH_RUN, {"params": run_params(tags=[])})
    assert answer.status_code == 503
    assert answer.json()["errors"][0]["message"].startswith(
        "Nobody can sign in: the users file cannot be read."
    )
    assert str(changed_users) not in answer.text
    assert "users.oscar.role expected a role" in caplog.text
    assert dagster.counts() == before
    changed_users.write_text(text)
    os.utime(changed_users)
    assert is_signed_in(with_passwords, browser)


class TestSlowedDown:
    """The rule itself, with a clock that is moved by hand."""

    def slowed(self) -> tuple[SlowedDown, list[float]]:
        clock = [1_000.0]
        return SlowedDown(lambda: clock[0]), clock

    def guess(self, slowed: SlowedDown, clock: list[float], user: str, address: str, tries: int) -> float:
        """Guesses as fast as it may; the seconds it took."""
        began = clock[0]
        for _ in range(tries):
            while True:
                try:
                    slowed.begin(user, address)
                except RequestRefused as refused:
                    clock[0] += float(refused.headers["retry-after"])
                else:
                    break
        return clock[0] - began

    def test_a_thousand_guesses_at_a_user_from_anywhere_take_most_of_a_day(self):
        """A new address for each guess: the user's own wait holds, and never grows beyond a minute for the user."""
        slowed, clock = self.slowed()
        seconds = sum(self.guess(slowed, clock, "ann", f"10.0.0.{index}", 1) for index in range(1_000))
        assert seconds > 900 * LONGEST_WAIT["user"]
        clock[0] += LONGEST_WAIT["user"]
        slowed.begin("ann", "192.0.2.1")

    def test_names_guessed_from_one_address_are_slowed_down_more(self):
        """A new name for each guess: a quarter of an hour each, in the end. Signing in with an account of one's own does not help."""
        slowed, clock = self.slowed()
        for index in range(20):
            self.guess(slowed, clock, f"user{index}", "10.0.0.1", 1)
            slowed.begin("mallory", "10.0.0.2")
            slowed.went_well("mallory", "10.0.0.2")
        with pytest.raises(RequestRefused) as refused:
            slowed.begin("somebody", "10.0.0.1")
        assert float(refused.value.headers["retry-after"]) == LONGEST_WAIT["address"]
        slowed.begin("somebody", "10.0.0.2")

    def test_capitals_make_no_other_user(self):
        slowed, clock = self.slowed()
        for name in ("ann", "Ann", "ANN"):
            self.guess(slowed, clock, name, f"10.0.0.{name.count('N')}", 1)
        with pytest.raises(RequestRefused):
            slowed.begin("aNN", "10.0.0.9")

    def test_memory_is_bounded(self):
        slowed, _ = self.slowed()
        for index in range(30_000):
            slowed.begin(f"user{index}", f"address{index}")
        assert len(slowed._tries) <= 10_000


def test_an_unknown_user_costs_a_hash_as_well(monkeypatch: pytest.MonkeyPatch):
    """The time does not tell who exists: the same work is done for nobody, for a user without a password, and for a wrong one."""
    known = new_user("ann", Role.viewer, hashed(PASSWORD))
    hashes = []
    monkeypatch.setattr(
        passwords, "_HASHER", SimpleNamespace(verify=lambda kept, _: hashes.append(kept) or False)
    )
    for user in (None, new_user("bob", Role.viewer), known):
        assert not is_right(user, "a wrong password")
    costs = [kept.split("$")[3] for kept in hashes]
    assert costs == ["m=65536,t=3,p=4"] * 3


def test_nobody_has_no_password():
    """Not even the one whose hash stands in for unknown users."""
    assert is_right(new_user("ann", Role.viewer, hashed(PASSWORD)), PASSWORD)
    for user in (None, new_user("bob", Role.viewer)):
        assert not is_right(user, "nobody has this password")
