"""``rentaxis-sync probe``: what it refuses, and what it leaves behind."""

import json

import pytest
from click.testing import CliRunner

from rentaxis_pipelines.cli.main import main
from rentaxis_pipelines_tests.cli.conftest import COMPANY_FILE
from rentaxis_pipelines_tests.support.connected import connect_environment

NAME = "Maple Court Property Management"


@pytest.fixture
def connected(monkeypatch, rentaxis_database, database, probe_emulator):
    """An environment with a connected company."""
    monkeypatch.setenv("RENTAXIS_COMPANY_FILE", str(COMPANY_FILE))
    connect_environment(monkeypatch, rentaxis_database, database, probe_emulator)
    return database


def probe(*arguments):
    return CliRunner().invoke(main, ["probe", *map(str, arguments)])


def test_one_experiment_is_run_and_written_down(connected, tmp_path):
    done = probe("--company-name", NAME, "--folder", tmp_path / "out", "--only", 1, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["experiments"][0]["number"] == 1
