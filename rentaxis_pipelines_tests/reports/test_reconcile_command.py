"""``rentaxis-sync reconcile``: the whole proof, and with ``--select`` chosen marts again from what was read last."""

import json

import pytest
from click.testing import CliRunner

from rentaxis_pipelines.cli.main import main


@pytest.fixture
def command(pushed, monkeypatch):
    """Runs ``rentaxis-sync reconcile`` with these arguments."""
    for name, value in pushed.environment.model_dump(exclude_none=True).items():
        text = value.get_secret_value() if hasattr(value, "get_secret_value") else str(value)
        monkeypatch.setenv(name.upper(), text)
    return lambda *arguments: CliRunner().invoke(main, ["reconcile", *arguments])


def test_select_makes_a_mart_again_in_order_with_what_it_is_built_on_and_tests_it(command, pushed):
    """Only the chosen marts are made, neither side is asked; a test that does not hold is named, and the exit code says so."""
    before = pushed.control("counts")
    outcome = command("--select", "+duplicates", "--json")
    assert outcome.exit_code == 0, outcome.output
    made = json.loads(outcome.stdout)["made"]
    assert made[-1] == "duplicates"
    assert made.index("pairs") < made.index("transactions")
    assert "records" not in made
    assert pushed.control("counts") == before

    pushed.sql_do("delete from ledger.single_results where source_type = 'payment'")
    broken = command("--select", "run_proof")
    assert broken.exit_code == 1
    assert "run_proof: the test 'rows in equal rows out, in count and money' fails" in " ".join(
        broken.output.split()
    )


def test_a_name_that_is_no_mart_is_refused_by_name(command):
    """A slip of the pen is named; nothing is run."""
    outcome = command("--select", "recnciliation")
    assert outcome.exit_code == 2
    assert "recnciliation" in outcome.output


def test_a_mart_that_is_not_what_it_says_fails_the_whole_proof(command, pushed):
    """The marts' tests run after each reconciliation: the broken one is named, and the books are not proved."""
    pushed.sql_do("delete from ledger.single_results where source_type = 'payment'")
    outcome = command("--json")
    assert outcome.exit_code == 1
    said = json.loads(outcome.stdout)
    assert not said["proved"]
    assert any("rows in equal rows out" in sentence for sentence in said["failed_tests"])
