"""Which folder the staging models are read from: this project's, or the one RENTAXIS_SQL_FOLDER names.

A folder of one's own is where the SQL is fitted to a real RentAxis database, so that the checkout is never edited. Not here: what the
files say.
"""

import functools
import os
from importlib import resources
from pathlib import Path

from rentaxis_pipelines.rentaxis.sql_models import SqlModelError, SqlModels

SQL = Path(str(resources.files("dbt_like_sql")))  # a package of data, here and where it is installed
STAGING_FOLDER = SQL / "staging"
VARIABLE = "RENTAXIS_SQL_FOLDER"


def staging_models(source_schema: str = "rentaxis") -> SqlModels:
    """The models in use, reading the tables of ``source_schema``. Raises SqlModelError where they cannot be used."""
    folder = sql_folder()
    stamps = (
        (each.name, each.stat().st_mtime_ns, each.stat().st_size) for each in sorted(folder.glob("*.sql"))
    )
    return _models(folder, source_schema, tuple(stamps))


def sql_folder() -> Path:
    """The folder in use. Raises SqlModelError if the one that was named is none."""
    named = os.environ.get(VARIABLE, "").strip()
    if not named:
        return STAGING_FOLDER
    folder = Path(named).expanduser().absolute()
    if not folder.is_dir():
        raise SqlModelError(
            f"{VARIABLE} names {named}, and there is no such folder. Make one with: rentaxis-sync source new {named}"
        )
    return folder


@functools.lru_cache(maxsize=8)
def _models(folder: Path, source_schema: str, stamps: tuple[tuple[str, int, int], ...]) -> SqlModels:  # noqa: ARG001 - a file that was changed is read again
    return SqlModels(folder, source_schema)
