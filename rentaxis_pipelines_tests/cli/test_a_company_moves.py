"""A company goes to another pipelines database by the commands: a run there goes on where it was, and one here is refused."""

import json
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rentaxis_pipelines.cli.main import main
from rentaxis_pipelines.demo.postgres import Server
from rentaxis_pipelines.ledger.database import engine

COULD_NOT_RUN = 2
DAYS = ("--from", "2026-05-01", "--to", "2026-05-03")


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert "Traceback" not in result.output
    return result


def pushed() -> Counter[str]:
    """How many records of the days have which result, after pushing them."""
    done = run("--company", "elm", "bulk", *DAYS, "--json")
    assert done.exit_code in (0, 1), done.output
    (summary,) = json.loads(done.stdout)["runs"]
    total: Counter[str] = Counter()
    for statuses in summary["results"].values():
        total.update({status: rows for status, rows in statuses.items() if status != "amount"})
    return total


def test_a_run_there_goes_on_with_nothing_created_and_one_here_is_refused(
    elm: Path, postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pushed()["created"] > 0
    before = pushed()
    assert before["created"] == 0
    file = tmp_path / "elm.zip"
    unsaid = run("companies", "export", "elm", str(file), "--leave")
    assert (unsaid.exit_code, "must be used together" in unsaid.output) == (COULD_NOT_RUN, True)
    left = run("companies", "export", "elm", str(file), "--leave", "--why", "a database of its own")
    assert left.exit_code == 0, left.output
    for command in (
        ("bulk", *DAYS), ("preview", *DAYS), ("record", "tenant", "1"), ("connect",), ("exclude", "tenant", "1", "--why", "no"), ("reconcile",),
    ):  # fmt: skip
        refused = run("--company", "elm", *command)
        assert refused.exit_code == COULD_NOT_RUN, command
        assert "has left this pipelines database" in refused.output, (command, refused.output)

    name = f"moved_{tmp_path.name}".lower().replace("-", "_")[:60]
    there = postgres.create_database(name, template="template0")
    try:
        monkeypatch.setenv("PIPELINES_DATABASE_URL", there)
        imported = run("companies", "import", str(file))
        assert imported.exit_code == 0, imported.output
        assert "connection to QuickBooks came with it" in imported.output
        assert pushed() == before
        refused = run("companies", "import", str(file))
        assert (refused.exit_code, "never overwritten" in refused.output) == (COULD_NOT_RUN, True)
        assert run("companies", "remove", "elm", "--yes").exit_code == 0
        refused = run("companies", "import", str(file))
        assert "Add it first: rentaxis-sync companies add SLUG --organization" in refused.output
    finally:
        engine(there).dispose()
        postgres.drop_database(name)
