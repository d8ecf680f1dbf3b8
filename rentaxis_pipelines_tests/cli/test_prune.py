"""``prune`` from the command line, on a company that pushed a day long ago."""

import json

import psycopg
import pytest
from click.testing import CliRunner, Result

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.cli.main import main
from rentaxis_pipelines.settings import load_environment

DAYS = ("--from", "2026-05-01", "--to", "2026-05-01", "--types", "expenses")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def make_old(database: str, schema: str) -> None:
    with psycopg.connect(database) as connection:
        for statement in (
            "update ledger.requests set written_at = written_at - interval '500 days'",
            "update ledger.plans set finished_at = finished_at - interval '500 days'",
            f"update {schema}.frame_days set written_at = written_at - interval '500 days'",
        ):
            connection.execute(statement)  # pyright: ignore[reportArgumentType]


def test_old_details_and_extracts_go_and_the_day_is_pushed_again_as_before(
    stack: Emulator, database: str
) -> None:
    """First it is only said; then it is gone, and a second time there is nothing. The next run reads the day anew, and pushes nothing twice."""
    assert run("bulk", *DAYS, "--json").exit_code in (0, 1)
    staging = load_environment().company_key.schema("staging")
    nothing = run("prune", "--older-than", "400d").output
    assert "removed the bodies of 0 requests" in nothing
    assert "0 extracted rows of 0 days" in nothing
    make_old(database, staging)
    said = run("prune", "--older-than", "400d", "--dry-run")
    done = run("prune", "--older-than", "400")
    assert (said.exit_code, done.exit_code) == (0, 0), done.output
    assert said.output.replace("would remove", "removed") == done.output
    assert "of 0 days" not in done.output
    assert "bodies of 0 requests" not in done.output
    with psycopg.connect(database) as connection:
        days = connection.execute(f"select count(*) from {staging}.frame_days").fetchone()  # pyright: ignore[reportArgumentType]
    assert days == (0,)
    assert run("prune", "--older-than", "400d").output == nothing
    run("bulk", *DAYS, "--json")
    rows = json.loads(run("results", "--json").stdout)
    assert rows
    assert not [row for row in rows if row["status"] == "created"]


@pytest.mark.parametrize(
    ("age", "words"), [("soon", "is not a number of days"), ("90d", "at least 370 days")]
)
def test_an_age_that_cannot_be_is_refused(stack: Emulator, age: str, words: str) -> None:
    refused = run("prune", "--older-than", age)
    assert refused.exit_code == 2
    assert words in refused.output


def test_dagsters_runs_are_refused_where_dagster_is_not_known(stack: Emulator) -> None:
    refused = run("prune", "--older-than", "400d", "--dagster-runs")
    assert refused.exit_code == 2
    assert "DAGSTER_HOME is not set" in refused.output
