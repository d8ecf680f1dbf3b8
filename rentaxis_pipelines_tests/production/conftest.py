"""The wheel that production installs, built and installed once for the tests that look at it.

It is built and installed without a network: the packages it needs are those these tests run with.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from rentaxis_pipelines.settings.shipped import ROOT

BUILD = "import sys, setuptools.build_meta as backend; print(backend.build_wheel(sys.argv[1]))"


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of the checkout, so that nothing is left in this one."""
    copy, place = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("wheel")
    for name in (
        "rentaxis_pipelines",
        "quickbooks_emulator",
        "dbt_like_sql",
        "config",
        "deploy",
        "rentaxis_pipelines_bench",
        "scripts",
    ):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in (
        "setup.py",
        "pyproject.toml",
        "MANIFEST.in",
        "README.md",
        "LICENSE",
        "dagster.yaml",
        "workspace.yaml",
    ):
        shutil.copyfile(ROOT / name, copy / name)
    (copy / "rentaxis_pipelines_tests").mkdir()
    shutil.copyfile(ROOT / "rentaxis_pipelines_tests" / "conftest.py", copy / "rentaxis_pipelines_tests" / "conftest.py")  # fmt: skip
    earlier = copy / "build" / "lib" / "rentaxis_pipelines"
    earlier.mkdir(parents=True)
    (earlier / "removed_since.py").touch()
    run([sys.executable, "-W", "ignore", "-c", BUILD, place], copy)
    (found,) = place.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel, installed by pip; the packages it needs are lent by the one of these tests."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    run([sys.executable, "-m", "venv", folder], folder.parent)
    pip = [folder / "bin" / "python", "-m", "pip", "--isolated", "--disable-pip-version-check"]
    run([*pip, "install", "-q", "--no-deps", "--no-index", wheel], folder.parent)
    (packages,) = folder.glob("lib/*/site-packages")
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib"))
    for name in ("dagster", "dagster-daemon"):
        (program,) = entry_points(group="console_scripts", name=name)
        script = folder / "bin" / name
        script.write_text(
            f"#!{folder}/bin/python\nimport sys\nfrom {program.module} import {program.attr}\nsys.exit({program.attr}())\n"
        )
        script.chmod(0o755)
    return folder / "bin"


def run(
    words: list[str | Path], folder: Path, *, fails: bool = False, **environment: str
) -> subprocess.CompletedProcess[str]:
    """In a folder that is no checkout, with nothing set but what is given."""
    done = subprocess.run(
        [str(word) for word in words],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": os.environ.get("HOME", "/"), "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert fails or done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    return done
