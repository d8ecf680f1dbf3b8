"""How the UI leads from a day's short list to every row of the run, for each way a company may keep the files."""

from pathlib import Path

import dagster as dg
import pytest

from rentaxis_pipelines.orchestration.assets.kept_files import results_file
from rentaxis_pipelines.orchestration.partitions import daily
from rentaxis_pipelines.settings import Environment, load_scope
from rentaxis_pipelines_tests.support.read_results import book_of

RUN = "1a2b3c4d-0000"
NAME = "2026-05-01, run 1a2b3c4d.xlsx"
COMMAND = "rentaxis-sync results --run 1a2b3c4d-0000 --xlsx results.xlsx"


def shown(folder: Path | None, url: str | None) -> dg.MetadataValue:
    """What stands on the day's page, with these settings."""
    found: list[dg.MetadataValue] = []

    @dg.asset(partitions_def=daily(load_scope()))
    def results(context: dg.AssetExecutionContext) -> None:
        environment = Environment.model_construct(pipelines_results_folder=folder, pipelines_results_url=url)
        found.append(
            results_file(context, environment, RUN, context.partition_keys, lambda: book_of(RUN, None, []))
        )

    assert dg.materialize([results], partition_key="2026-05-01").success
    return found[0]


def test_without_a_folder_the_command_that_writes_the_list_is_named():
    assert shown(None, None).value == COMMAND


def test_a_folder_that_browsers_open_is_linked(tmp_path: Path):
    """The address is one that a browser takes: the blanks and the comma of the file's name are quoted."""
    link = shown(tmp_path / "made" / "anew", "https://files.example.com/sync")
    assert isinstance(link, dg.UrlMetadataValue)
    assert link.value == "https://files.example.com/sync/2026-05-01%2C%20run%201a2b3c4d.xlsx"
    assert (tmp_path / "made" / "anew" / NAME).is_file()


def test_a_folder_without_an_address_is_named(tmp_path: Path):
    assert shown(tmp_path, None).value == str(tmp_path / NAME)


@pytest.mark.parametrize("url", [None, "https://files.example.com"])
def test_a_folder_that_cannot_be_written_fails_no_run(tmp_path: Path, url: str | None):
    """What was pushed is pushed: the rows are in the ledger, and the command that writes them is named instead."""
    (tmp_path / "a file").touch()
    assert shown(tmp_path / "a file" / "folder", url).value == COMMAND
