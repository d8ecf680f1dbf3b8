"""The users file and the commands that keep it: what is written, who may read it, and what a typo says."""

import os
import stat
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.cli.main import main
from rentaxis_pipelines.web.passwords import is_right
from rentaxis_pipelines.web.people import Person, Role
from rentaxis_pipelines.web.users import UsersFile, UsersFileError, new_user
from rentaxis_pipelines_tests.support.company_folders import write_company
from rentaxis_pipelines_tests.web.conftest import PASSWORD

HASH = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$aGFzaA"


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "secrets" / "users.yaml"
    monkeypatch.setenv("WEB_USERS_FILE", str(path))
    return path


def run(*words: str, typed: str = "") -> tuple[int, str]:
    """The exit code, and all that was said."""
    result = CliRunner().invoke(main, ["users", *words], input=typed)
    return result.exit_code, " ".join(result.output.split())


def written(path: Path, text: str) -> UsersFile:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o600)
    return UsersFile(path)


def test_users_are_added_changed_listed_and_removed(path: Path):
    """The password comes from the input, never from the command; only its hash is kept, and only the owner reads the file."""
    assert run("add", "Ann@example.com", "--role", "operator", typed=f"{PASSWORD}\n") == (
        0,
        "Ann@example.com can now sign in as operator.",
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert PASSWORD not in path.read_text()
    first = UsersFile(path).find("ann@EXAMPLE.com")
    assert first is not None
    assert is_right(first, PASSWORD)
    assert run("password", "ann@example.com", typed="another good one\n")[0] == 0
    assert run("role", "ann@example.com", "approver")[0] == 0
    assert run("add", "bob", "--role", "viewer", "--no-password")[0] == 0
    second = UsersFile(path).find("ann@example.com")
    assert second is not None
    assert second.role is Role.approver
    assert is_right(second, "another good one")
    assert not is_right(UsersFile(path).find("bob"), "")
    code, listed = run("list")
    assert code == 0
    for words in ("Ann@example.com", "approver", "bob", "viewer"):
        assert words in listed
    assert run("remove", "bob") == (0, "bob was removed and signed out.")
    assert set(UsersFile(path).users()) == {"ann@example.com"}


def test_a_user_sees_the_companies_that_were_named_or_all_of_them(path: Path, monkeypatch, tmp_path):
    """A company that is not there yet may be named, and that is said; what is changed counts at once."""
    monkeypatch.setenv("RENTAXIS_COMPANIES_FOLDER", str(tmp_path / "companies"))
    write_company(tmp_path / "companies", "elm_street")
    add = ("add", "ann", "--role", "operator", "--no-password")
    assert run(*add, "--company", "elm_street", "--company", "brich") == (
        0,
        "ann can now sign in as operator, for brich, elm_street alone. There is no company brich here yet.",
    )
    users = UsersFile(path)
    assert users.users()["ann"].companies == {"elm_street", "brich"}
    assert run("companies", "ann", "elm_stret") == (
        0,
        "ann now sees elm_stret alone. There is no company elm_stret here yet. Did you mean 'elm_street'?",
    )
    assert users.users()["ann"].companies == {"elm_stret"}
    assert "elm_stret" in run("list")[1]
    assert run("role", "ann", "viewer")[0] == 0
    assert users.users()["ann"].companies == {"elm_stret"}, "another role changes nothing of that"
    assert run("companies", "ann", "--all") == (0, "ann now sees every company.")
    assert users.users()["ann"].companies is None
    before = path.read_bytes()
    for words in (["companies", "ann"], ["companies", "ann", "elm_street", "--all"]):
        code, said = run(*words)
        assert code == 2
        assert "Name the companies that the user sees, or give --all for every company." in said
    assert run("companies", "nobody", "elm_street") == (2, "nobody is not a user. Nothing was changed.")
    assert path.read_bytes() == before


@given(
    st.one_of(
        st.none(),
        st.frozensets(st.from_regex(r"[a-z0-9]+(_[a-z0-9]+)*", fullmatch=True).map(lambda slug: slug[:20])),
    )
)
def test_whatever_companies_are_written_are_read_again(companies):
    """Short names that YAML would take for numbers, dates or no, too; and nobody sees one more than was written."""
    with tempfile.TemporaryDirectory() as folder:
        file = UsersFile(Path(folder) / "users" / "users.yaml")
        with file.changing() as entries:
            entries["ann"] = new_user("ann", Role.viewer, companies=companies)
        kept = UsersFile(file.path).users()["ann"].companies
    assert kept == companies
    person = Person("ann", Role.viewer, kept)
    assert person.sees_every_company is (companies is None)
    assert not person.sees("another company") or companies is None
    assert all(person.sees(company) for company in companies or ())


@pytest.mark.parametrize(
    ("words", "typed", "sentence"),
    [
        (["add", "ann", "--role", "viewer"], "too short\n", "A password must have at least 12 and at most 1000 characters. Nothing was changed."),
        (["add", "ann", "--role", "viewer"], "", "A password must have at least 12 and at most 1000 characters. Nothing was changed."),
        (["add", "a b", "--role", "viewer"], f"{PASSWORD}\n", "'a b' is not a valid user name: use up to 100 letters, digits and . _ @ + -."),
        (["add", "\x1b[31m", "--role", "viewer"], f"{PASSWORD}\n", "is not a valid user name"),
        (["add", "Vera", "--role", "viewer"], f"{PASSWORD}\n", "Vera is already a user. Nothing was changed."),
        (["password", "nobody"], f"{PASSWORD}\n", "nobody is not a user. Nothing was changed."),
        (["role", "nobody", "viewer"], "", "nobody is not a user. Nothing was changed."),
        (["remove", "nobody"], "", "nobody is not a user. Nothing was changed."),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_a_sentence_and_changes_nothing(words, typed, sentence, path: Path):
    """Exit code 2; the file is as it was."""
    run("add", "vera", "--role", "viewer", "--no-password")
    before = path.read_bytes()
    code, said = run(*words, typed=typed)
    assert code == 2
    assert sentence in said
    assert path.read_bytes() == before


def test_a_place_where_nothing_can_be_written_is_a_sentence(path: Path, monkeypatch: pytest.MonkeyPatch):
    """A folder that is a file, for instance."""
    path.parent.write_text("no folder")
    code, said = run("add", "ann", "--role", "viewer", "--no-password")
    assert code == 2
    assert "the users file cannot be written (" in said


def test_without_the_variable_the_commands_name_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("WEB_USERS_FILE", raising=False)
    assert run("list") == (
        2,
        "The environment variable WEB_USERS_FILE is not set: the file that lists users and their roles.",
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("users:\n  ann: {role: oprator}\n", "line 2: users.ann.role expected a role: viewer, operator or approver. Did you mean 'operator'?"),
        ("users:\n  ann: {rule: viewer}\n", "line 2: users.ann.rule is not a setting of a user. Did you mean 'role'?"),
        ("users:\n  ann: {}\n", "line 2: users.ann expected a role: viewer, operator or approver."),
        ("users:\n  ann: viewer\n", "line 2: users.ann needs a role: viewer, operator or approver."),
        ("users:\n  ann: {role: viewer, password: hunter2}\n", "line 2: users.ann.password is not a hash. Set it with `rentaxis-sync users password ann`."),
        ("users:\n  ann: {role: viewer, companies: }\n", "line 2: users.ann.companies expected a list of companies' short names, such as [elm_street, birch]"),
        ("users:\n  ann: {role: viewer, companies: elm_street}\n", "line 2: users.ann.companies expected a list of companies' short names"),
        ("users:\n  ann: {role: viewer, companies: [17]}\n", "line 2: users.ann.companies expected a list of companies' short names"),
        ("users:\n  ann: {role: viewer, company: [elm]}\n", "line 2: users.ann.company is not a setting of a user. Did you mean 'companies'?"),
        ("users:\n  ann: {role: viewer, password: [1]}\n", "line 2: users.ann.password is not a hash."),
        ("users:\n  ann: {role: viewer}\n  ann: {role: approver}\n", "line 3: users.ann is given twice"),
        ("users:\n  ann: {role: viewer}\n  Ann: {role: approver}\n", "line 3: users.Ann is listed twice (upper and lower case count as the same)."),
        ("users:\n  'a b': {role: viewer}\n", "line 2: users.a b is not a valid user name"),
        ("user:\n  ann: {role: viewer}\n", "expected a single key, users, with one name per line."),
        ("users: [ann]\n", "expected a single key, users, with one name per line."),
        ("users:\n  ann: {role: viewer\n", "this is not valid YAML"),
        ("- ann\n", "the file has none"),
    ],
)  # fmt: skip
def test_a_typo_in_the_file_is_one_sentence_with_its_line(text, sentence, path: Path):
    """Said when the file is read, before anybody is let in; a password that was typed in is not shown."""
    with pytest.raises(Exception) as raised:
        written(path, text).users()
    said = str(raised.value)
    assert said.startswith(str(path))
    assert sentence in said
    assert "\n" not in said
    assert "hunter2" not in said


@pytest.mark.parametrize(
    ("mode", "good"),
    [(0o600, True), (0o400, True), (0o640, True), (0o644, False), (0o660, False), (0o606, False)],
)
def test_a_file_that_others_can_read_or_change_is_not_used(mode, good, path: Path):
    """Its hashes could be guessed, its roles given away; a group may read it, as mounted secrets are."""
    file = written(path, "users:\n  ann: {role: viewer}\n")
    path.chmod(mode)
    if good:
        assert set(file.users()) == {"ann"}
    else:
        with pytest.raises(
            UsersFileError, match=r"other users can read or change the users file\. Run: chmod 600"
        ):
            file.users()


def test_an_empty_file_lets_nobody_in_and_a_missing_one_says_so(path: Path):
    assert written(path, "\n").users() == {}
    path.unlink()
    with pytest.raises(UsersFileError, match=r"the users file does not exist\. Add the first user"):
        UsersFile(path).users()


def test_a_change_that_fails_leaves_the_file(path: Path):
    """Whatever goes wrong between reading and writing."""
    file = written(path, "users:\n  ann: {role: viewer}\n")
    with pytest.raises(RuntimeError), file.changing() as entries:
        entries.clear()
        raise RuntimeError
    assert set(UsersFile(path).users()) == {"ann"}


@pytest.mark.parametrize(
    ("variables", "words", "sentence"),
    [
        ({}, ["--host", "0.0.0.0"], "0.0.0.0 can be reached from other machines, but sign-in is off: set WEB_SIGN_IN to passwords, openid or proxy"),
        ({}, ["--host", "::"], ":: can be reached from other machines, but sign-in is off"),
        ({}, ["--host", "192.0.2.1"], "192.0.2.1 can be reached from other machines, but sign-in is off"),
        ({"WEB_PUBLIC_URL": "https://books.example.com"}, [], "https://books.example.com can be reached from other machines, but sign-in is off"),
        ({"WEB_SIGN_IN": "passwords"}, [], "WEB_SIGN_IN=passwords needs WEB_USERS_FILE."),
        ({"WEB_SIGN_IN": "openid", "WEB_USERS_FILE": "u"}, [], "WEB_SIGN_IN=openid needs WEB_OPENID_ISSUER and WEB_OPENID_CLIENT_ID and WEB_OPENID_CLIENT_SECRET."),
        ({"WEB_SIGN_IN": "proxy", "WEB_USERS_FILE": "u"}, [], "WEB_SIGN_IN=proxy needs WEB_TRUSTED_PROXIES."),
        ({"WEB_SIGN_IN": "password"}, [], "The environment variable WEB_SIGN_IN (how people sign in: none, passwords, openid or proxy) "),
        ({"WEB_PUBLIC_URL": "http://books.example.com"}, [], "must begin with https://: a secret is sent there, and http:// is taken only for this machine"),
        ({"WEB_PUBLIC_URL": "https://example.com/books"}, [], "must have no path: the UI needs a host name of its own."),
        ({"WEB_TRUSTED_PROXIES": "the proxy"}, [], "must list addresses or networks such as 10.0.0.5 or 10.0.0.0/24."),
        ({"WEB_SESSION_HOURS": "0"}, [], "The environment variable WEB_SESSION_HOURS"),
        ({"WEB_SIGN_IN": "passwords", "WEB_USERS_FILE": "{path}"}, ["--host", "0.0.0.0"], "Set WEB_PUBLIC_URL to the https address at which people reach 0.0.0.0"),
        ({"WEB_SIGN_IN": "passwords", "WEB_USERS_FILE": "{path}"}, [], "users.ann.role expected a role"),
        ({}, ["--port", "0", "--workspace", "nowhere.yaml"], "There is no workspace file nowhere.yaml: name it with --workspace."),
    ],
)  # fmt: skip
def test_what_must_not_be_served_is_a_sentence(
    variables, words, sentence, path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Exit code 2 before anything listens."""
    written(path, "users:\n  ann: {role: oprator}\n")
    for name in [name for name in os.environ if name.startswith("WEB_")]:
        monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value.format(path=path))
    result = CliRunner().invoke(main, ["serve", "--port", "0", *words])
    said = " ".join(result.output.split())
    assert result.exit_code == 2, said
    assert sentence in said
    assert "Traceback" not in said


def test_a_password_given_as_an_argument_is_not_taken(path: Path):
    """It would stand in the shell's history and in the list of processes."""
    assert run("add", "ann", PASSWORD, "--role", "viewer")[0] == 2
    assert not path.exists()
