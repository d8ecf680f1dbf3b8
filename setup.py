"""What the wheel holds besides the packages: files that stand beside them in a checkout. Everything else is said in pyproject.toml."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent
FILES = [
    HERE / "dagster.yaml",
    HERE / "workspace.yaml",
    *sorted(each for folder in ("config", "deploy") for each in (HERE / folder).rglob("*") if each.is_file()),
]
FILES = [
    each for each in FILES if each not in (HERE / "deploy" / "environment", HERE / "deploy" / ".env")
]  # somebody's secrets


class WithFiles(build_py):
    """Puts the files into the package, at the same places as in the checkout (``rentaxis_pipelines.settings.shipped``)."""

    def run(self) -> None:
        if self.editable_mode:
            super().run()
            return
        shutil.rmtree(
            self.build_lib, ignore_errors=True
        )  # a file since removed would come along from an earlier build
        super().run()
        for file in FILES:
            place = Path(self.build_lib) / "rentaxis_pipelines" / "files" / file.relative_to(HERE)
            self.mkpath(str(place.parent))
            self.copy_file(str(file), str(place))


setup(cmdclass={"build_py": WithFiles})
