"""Which folder the staging models are read from: this project's, or the one RENTAXIS_SQL_FOLDER names.

A folder of one's own is where the SQL is fitted to a real RentAxis database, so that the checkout is never edited. Not here: what the
files say.
"""

import functools
import os
from pathlib import Path

from rentaxis_pipelines.rentaxis.sql_models import SqlModelError, SqlModels

STAGING_FOLDER = Path(__file__).parents[2] / "dbt_like_sql" / "staging"
VARIABLE = "RENTAXIS_SQL_FOLDER"


def staging_models(source_schema: str = "rentaxis") -> SqlModels:
    """The models in use, reading the tables of ``source_schema``. Raises SqlModelError where they cannot be used."""
    return _models(sql_folder(), source_schema)


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


@functools.cache
def _models(folder: Path, source_schema: str) -> SqlModels:
    return SqlModels(folder, source_schema)
