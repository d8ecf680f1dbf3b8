"""A project of Dagster's ``dg`` that keeps companies among its definitions."""

import importlib
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from rentaxis_pipelines.orchestration.definitions import build_defs
from rentaxis_pipelines.settings import scopes_from_environment
from rentaxis_pipelines.settings.company_folder import COMPONENT
from rentaxis_pipelines_tests.support.company_folders import write_company

PYPROJECT = """
[tool.dg]
directory_type = "project"
[tool.dg.project]
root_module = "firm"
defs_module = "firm_companies"
code_location_name = "firm"
"""


@pytest.fixture
def project(companies: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project whose folder of definitions is the folder of companies: elm, oak and a broken one, pine."""
    root = companies.parent
    (root / "pyproject.toml").write_text(PYPROJECT)
    (root / "firm").mkdir()
    (root / "firm" / "__init__.py").touch()
    (root / "firm_companies").symlink_to(companies)
    (companies / "__init__.py").touch()
    for number, slug in enumerate(("elm", "oak", "pine")):
        write_company(companies, slug, realm=f"93{number}", more="colour: green\n" if slug == "pine" else "")
    monkeypatch.syspath_prepend(str(root))
    yield root
    for name in [name for name in sys.modules if name.split(".")[0] in ("firm", "firm_companies")]:
        del sys.modules[name]


def names(definitions: dg.Definitions) -> dict[str, set[str]]:
    repository = definitions.get_repository_def()
    return {
        "assets": {key.to_user_string() for key in repository.asset_graph.get_all_asset_keys()},
        "jobs": {job.name for job in repository.get_all_jobs()},
        "schedules": {schedule.name for schedule in repository.schedule_defs},
        "sensors": {sensor.name for sensor in repository.sensor_defs},
        "resources": set(repository.get_top_level_resources()),
    }


@pytest.mark.filterwarnings(
    "ignore::dagster_shared.utils.warnings.BetaWarning"
)  # dg itself makes assets anew
def test_its_definitions_are_those_of_the_program_for_the_same_folder(project: Path) -> None:
    """Also of the broken company; what all companies share is there once."""
    loaded = dg.load_from_defs_folder(path_within_project=project)
    ours = names(build_defs(scopes_from_environment()))
    assert names(loaded) == ours
    assert ours["schedules"] == {"nightly__elm", "nightly__oak", "nightly__pine"}


def test_dg_finds_the_component_by_the_entry_point_of_the_package() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    (module,) = tomllib.loads(text)["project"]["entry-points"]["dagster_dg_cli.registry_modules"].values()
    component: Any = importlib.import_module(module).Company
    assert f"{component.__module__}.{component.__name__}" == COMPONENT
    assert set(component.model_fields) == {"organization", "realm", "prefix"}
    assert issubclass(component, dg.Component)
