"""A file that cannot be written is one sentence that names it, not a traceback."""

from collections.abc import Callable
from pathlib import Path

import pytest

from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.reports import export
from rentaxis_pipelines_tests.support.read_results import book_of

WRITERS: list[Callable[[Path], None]] = [
    lambda path: export.write_csv(path, []),
    lambda path: export.write_xlsx(path, book_of("r", None, [])),
]


@pytest.mark.parametrize("write", WRITERS, ids=["csv", "xlsx"])
def test_a_folder_that_does_not_exist_is_said(tmp_path: Path, write: Callable[[Path], None]):
    path = tmp_path / "nowhere" / "results"
    with pytest.raises(CannotLaunch, match=r"nowhere/results could not be written: .*[Nn]o such file"):
        write(path)
