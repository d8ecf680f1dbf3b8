"""``companies add``, ``list``, ``check`` and ``remove``, and ``--company`` before any command."""

import json
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from rentaxis_pipelines.cli.main import main
from rentaxis_pipelines.ledger.locks import realm_lock
from rentaxis_pipelines.settings.companies import COMPANIES_FOLDER
from rentaxis_pipelines_tests.support.company_folders import write_company

COULD_NOT_RUN = 2


def run(*arguments: str, said: str | None = None) -> Result:
    result = CliRunner().invoke(main, arguments, input=said, catch_exceptions=False)
    assert "Traceback" not in result.output
    assert "hush" not in result.output
    return result


def test_a_company_is_added_by_one_command_and_listed(companies: Path) -> None:
    empty = run("companies", "list")
    assert (empty.exit_code, "Add one with: rentaxis-sync companies add" in empty.output) == (0, True)
    added = run(
        "companies", "add", "elm_street", "--organization", "17", "--realm", "9341", "--time-zone", "UTC"
    )
    assert added.exit_code == 0, added.output
    assert "rentaxis-sync --company elm_street check" in added.output
    doubled = run("companies", "add", "elm", "--organization", "18", "--realm", "9341")
    assert doubled.exit_code == COULD_NOT_RUN
    assert "both name the QuickBooks company 9341" in doubled.output
    listed = run("companies", "list", "--json")
    (company,) = json.loads(listed.stdout)["companies"]
    assert company["problem"].startswith(
        "The environment variable RENTAXIS_DATABASE_URL is not set, and not in"
    )
    del company["problem"]
    assert company == {
        "slug": "elm_street", "folder": str(companies / "elm_street"), "organization": "17", "realm": "9341",
    }  # fmt: skip
    assert listed.exit_code == COULD_NOT_RUN


def test_adding_needs_a_folder_for_companies(companies: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(COMPANIES_FOLDER)
    refused = run("companies", "add", "elm", "--organization", "1", "--realm", "1")
    assert refused.exit_code == COULD_NOT_RUN
    assert "RENTAXIS_COMPANIES_FOLDER is not set" in refused.output


def test_each_company_is_checked_for_itself(elm: Path) -> None:
    """The one of the demo as by ``check``; a broken one and one without a database say so, and the worst exit code counts."""
    alone = run("--company", "elm", "check", "--json")
    write_company(elm, "oak", realm="2", more="colour: green\n")
    pine = write_company(elm, "pine", realm="3")
    (pine / "environment").write_text("PIPELINES_DATABASE_URL=postgresql://me:hush@127.0.0.1:1/gone\n")
    (pine / "environment").chmod(0o600)
    checked = run("companies", "check", "--json")
    found = json.loads(checked.stdout)
    assert {one["company"] for one in found} == {"elm", "oak", "pine"}
    assert [{**one, "company": "elm"} for one in json.loads(alone.stdout)] == [
        one for one in found if one["company"] == "elm"
    ]
    said = {slug: [one["text"] for one in found if one["company"] == slug] for slug in ("oak", "pine")}
    assert any("colour is not a setting" in text for text in said["oak"])
    assert any("gone" in text and "PIPELINES_DATABASE_URL" in text for text in said["pine"])
    assert (alone.exit_code, checked.exit_code) == (1, COULD_NOT_RUN)
    table = run("companies", "check")
    assert "some rows would fail" in table.stdout
    assert table.stdout.count("cannot run") == 2
    assert "oak: " in table.stdout
    only = run("--company", "elm", "companies", "check", "--json")
    assert (only.exit_code, {one["company"] for one in json.loads(only.stdout)}) == (1, {"elm"})


def test_what_is_wrong_with_two_of_the_same_books_is_a_finding_of_each(elm: Path) -> None:
    """Though everything else of them is good."""
    realm = json.loads(run("companies", "list", "--json").stdout)["companies"][0]["realm"]
    write_company(elm, "oak", realm=realm)
    for slug in ("elm", "oak"):
        checked = run("--company", slug, "check", "--json")
        assert checked.exit_code == COULD_NOT_RUN
        (stops, *_) = [one for one in json.loads(checked.stdout) if one["severity"] == "stops"]
        assert "both name the QuickBooks company" in stops["text"]


def test_removing_asks_first_keeps_the_ledger_and_can_drop_what_was_extracted(
    elm: Path, database: str
) -> None:
    days = ("--from", "2026-05-01", "--to", "2026-05-01")
    assert run("--company", "elm", "bulk", *days).exit_code in (0, 1)

    def counts() -> tuple[int, int]:
        with psycopg.connect(database) as connection:
            schemas = "select count(*) from pg_namespace where nspname like 'staging\\_%' or nspname like 'reports\\_%'"
            return tuple(
                connection.execute(query).fetchone()[0]  # pyright: ignore[reportOptionalSubscript]
                for query in ("select count(*) from ledger.row_results", schemas)
            )  # pyright: ignore[reportReturnType]

    results, schemas = counts()
    assert results > 0
    assert schemas > 0
    refused = run("companies", "remove", "elm", said="n\n")
    assert refused.exit_code == COULD_NOT_RUN
    assert (elm / "elm").is_dir()
    removed = run("companies", "remove", "elm", "--extracted", said="y\n")
    assert removed.exit_code == 0, removed.output
    assert "Its ledger stays" in removed.output
    assert removed.output.count("Dropped: the schema") == schemas
    assert counts() == (results, 0)
    assert not (elm / "elm").exists()
    (kept,) = (elm / ".removed").iterdir()
    assert (kept / "company.yaml").is_file()
    assert json.loads(run("companies", "list", "--json").stdout)["companies"] == []


def test_nothing_is_removed_while_a_run_holds_the_company(elm: Path, database: str) -> None:
    realm = json.loads(run("companies", "list", "--json").stdout)["companies"][0]["realm"]
    with realm_lock(database, realm, wait_seconds=1):
        refused = run("companies", "remove", "elm", "--yes")
        assert refused.exit_code == COULD_NOT_RUN
        assert "Another run is pushing" in refused.output
    assert (elm / "elm").is_dir()
    assert run("companies", "remove", "elm", "--yes", "--delete").exit_code == 0
    assert list(elm.iterdir()) == []


def test_a_company_whose_database_is_gone_is_removed_if_a_person_says_so(companies: Path) -> None:
    folder = write_company(companies, "oak")
    (folder / "environment").write_text(
        "\n".join(
            (
                "PIPELINES_DATABASE_URL=postgresql://me:hush@127.0.0.1:1/gone",
                "RENTAXIS_DATABASE_URL=postgresql://me:hush@127.0.0.1:1/gone",
                "QUICKBOOKS_BASE_URL=http://127.0.0.1:1",
                "QUICKBOOKS_AUTH_BASE_URL=http://127.0.0.1:1",
                "QUICKBOOKS_CLIENT_ID=client",
                "QUICKBOOKS_CLIENT_SECRET=hush",
                "PIPELINES_SECRET_KEY=hush",
            )
        )
    )
    (folder / "environment").chmod(0o600)
    refused = run("companies", "remove", "oak", "--yes")
    assert (refused.exit_code, "add --database-gone" in refused.output) == (COULD_NOT_RUN, True)
    assert folder.is_dir()
    assert run("companies", "remove", "oak", "--yes", "--database-gone").exit_code == 0
    broken = write_company(companies, "pine", more="colour: green\n")
    assert run("companies", "remove", "pine", "--yes").exit_code == 0
    assert not broken.exists()
    missing = run("companies", "remove", "pine", "--yes")
    assert (missing.exit_code, "There is no company pine" in missing.output) == (COULD_NOT_RUN, True)


@pytest.mark.parametrize(
    "command",
    [
        "bulk", "preview", "approve 1", "undo 1", "plans", "history invoice 1", "record invoice 1", "results", "check", "reconcile", "connect",
        "rotate-key", "links list", "exclude invoice 1 --why no", "include invoice 1 --why yes", "companies move --why moved",
        "source check",
    ],
)  # fmt: skip
def test_a_command_about_one_company_asks_which_and_refuses_one_that_is_none(
    companies: Path, command: str
) -> None:
    """Also when the variable names it; never the first of them."""
    for number, slug in enumerate(("elm", "oak")):
        write_company(companies, slug, realm=str(number))
    for arguments, said in (
        ([], "There are several companies: elm, oak."),
        (["--company", "pine"], "There is no company pine."),
    ):
        refused = run(*arguments, *command.split())
        assert refused.exit_code == COULD_NOT_RUN, refused.output
        assert said in refused.output
    named = CliRunner().invoke(main, command.split(), env={"RENTAXIS_COMPANY": "pine"})
    assert "There is no company pine." in named.output
