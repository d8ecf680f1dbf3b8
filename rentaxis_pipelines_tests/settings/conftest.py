"""A folder of companies, and a process environment without any variable of ours."""

from pathlib import Path

import pytest

from rentaxis_pipelines.settings.companies import COMPANIES_FOLDER
from rentaxis_pipelines_tests.support.company_folders import NAMES


@pytest.fixture
def companies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that RENTAXIS_COMPANIES_FOLDER names; nothing else is set."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "companies"
    folder.mkdir()
    monkeypatch.setenv(COMPANIES_FOLDER, str(folder))
    return folder
