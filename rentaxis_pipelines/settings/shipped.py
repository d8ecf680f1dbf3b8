"""The files that come with the program but are not code: the example company, Dagster's files, everything to deploy with.

In a checkout they are beside the package, in the wheel inside it (``setup.py`` puts them there). Here: where they are, and where
the demo keeps its data. Not here: the SQL (``dbt_like_sql``), which is beside the package in both.
"""

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_IN_WHEEL = _PACKAGE / "files"
INSTALLED = _IN_WHEEL.is_dir()
ROOT = _IN_WHEEL if INSTALLED else _PACKAGE.parent
CONFIG = ROOT / "config"
DEPLOY = ROOT / "deploy"
DAGSTER_FILE = ROOT / "dagster.yaml"
WORKSPACE_FILE = ROOT / "workspace.yaml"


def state_folder() -> Path:
    """Where the demo keeps its databases: in the checkout, or under the user's home where the package was installed."""
    if not INSTALLED:
        return ROOT / ".state"
    named = os.environ.get("XDG_STATE_HOME", "")
    return (Path(named) if named else Path.home() / ".local" / "state") / "rentaxis_pipelines"
