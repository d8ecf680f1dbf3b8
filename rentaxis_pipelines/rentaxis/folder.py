"""The folder the staging models are read from: this project's, or the one set in RENTAXIS_SQL_FOLDER.

A custom folder holds SQL adapted to a real RentAxis database, so that the installed files are never edited. Not here: the contents of
the files.
"""

import functools
import os
from importlib import resources
from pathlib import Path

from rentaxis_pipelines.rentaxis.sql_models import SqlModelError, SqlModels

SQL = Path(str(resources.files("dbt_like_sql")))  # a data package, both in the repository and when installed
STAGING_FOLDER = SQL / "staging"
VARIABLE = "RENTAXIS_SQL_FOLDER"


def staging_models() -> SqlModels:
    """The models in use. Raises SqlModelError if they cannot be used."""
    folder = sql_folder()
    stamps = (
        (file.name, file.stat().st_mtime_ns, file.stat().st_size) for file in sorted(folder.glob("*.sql"))
    )
    return _models(folder, tuple(stamps))


def sql_folder() -> Path:
    """The folder in use. Raises SqlModelError if the configured one does not exist."""
    named = os.environ.get(VARIABLE, "").strip()
    if not named:
        return STAGING_FOLDER
    folder = Path(named).expanduser().absolute()
    if not folder.is_dir():
        raise SqlModelError(
            f"{VARIABLE} is set to {named}, but there is no such folder. Create one with: rentaxis-sync source new {named}"
        )
    return folder


@functools.lru_cache(maxsize=8)
def _models(folder: Path, stamps: tuple[tuple[str, int, int], ...]) -> SqlModels:  # noqa: ARG001 - changed files are read again
    return SqlModels(folder)
