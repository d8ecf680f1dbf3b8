"""``include``: one record, or all that the undo of a run holds; never both, and nothing without saying which."""

import pytest
from click.testing import CliRunner

from rentaxis_pipelines.cli.links import include


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "Name a record, such as 'invoice INV-0042', or a run that was undone with --run."),
        (["invoice"], "Name a record, such as 'invoice INV-0042', or a run that was undone with --run."),
        (["invoice", "INV-1", "--run", "abcd1234"], "Name either a record or a run, not both."),
        (["--run", "abcd1234"], "Missing option '--why'."),
    ],
)
def test_what_is_not_said_is_asked_for(words: list[str], sentence: str) -> None:
    ended = CliRunner().invoke(include, words)
    assert ended.exit_code == 2
    assert sentence in ended.output
