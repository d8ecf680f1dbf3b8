"""Dagster's own home and database, checked before Dagster opens them: its own answer to a missing folder is a page of traceback.

Here: the folder of DAGSTER_HOME, its dagster.yaml, the variables that one reads, and the Postgres they lead to. Not here: who asks: the
command line before a run, the front door, ``rentaxis-sync check``.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast

import psycopg
import yaml
from dagster import DagsterError
from dagster._core.instance.ref import InstanceRef  # pinned exactly; the tests see it go
from dagster_shared.check import CheckError

from rentaxis_pipelines.model.errors import CannotLaunch
from rentaxis_pipelines.safety.database_errors import text_of

HOME = "DAGSTER_HOME"
CONNECT_SECONDS = 10


class HomeProblem(NamedTuple):
    """One thing that is wrong with Dagster's home. ``stops``: Dagster does not start because of it."""

    text: str
    how_to_fix: str
    stops: bool = True


def home() -> str:
    """What DAGSTER_HOME says, or an empty text."""
    return os.environ.get(HOME, "").strip()


def refuse_unusable_home() -> None:
    """Raises CannotLaunch, with what to do, where DAGSTER_HOME is set and Dagster would not start with it."""
    for problem in home_problems():
        if problem.stops:
            raise CannotLaunch(f"{problem.text} {problem.how_to_fix} Nothing was started.")


def home_problems() -> Iterator[HomeProblem]:
    """What keeps Dagster from starting, or from running as it should. Nothing where it is not set."""
    if not home():
        return
    folder = Path(home()).expanduser()
    unusable = _folder_problem(folder)
    if unusable is not None:
        yield unusable
        return
    settings = folder / "dagster.yaml"
    if not settings.is_file():
        yield from _writable_problem(folder)
        yield HomeProblem(
            f"{folder} (DAGSTER_HOME) has no dagster.yaml, so Dagster keeps its runs in files there, one process at a time.",
            f"Copy the dagster.yaml of this package there: cp dagster.yaml {folder}/",
            stops=False,
        )
        return
    try:
        content: Any = yaml.safe_load(settings.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        yield HomeProblem(
            f"{settings} cannot be read as YAML.", "Copy the dagster.yaml of this package there."
        )
        return
    if _keeps_output_in_home(content):
        yield from _writable_problem(folder)
    missing = sorted({name for name in _variables(content) if name not in os.environ})
    for name in missing:
        yield HomeProblem(
            f"The environment variable {name} is not set, but {settings} reads it.",
            "Set it with the others: it is one of the variables for Dagster's own database.",
        )
    if missing:
        return
    if not _takes(folder):
        yield HomeProblem(
            f"{settings} has a setting that Dagster does not accept.",
            "Put the dagster.yaml of this package there and change that, or see what `dagster instance info` says.",
        )
    else:
        yield from _unwatched_problem(settings, content)
        for storage in _sections_with(content, "postgres_db"):
            if "auth_provider" not in storage:  # signs in with a token that only Dagster gets
                yield from _database_problems(storage["postgres_db"])


def _folder_problem(folder: Path) -> HomeProblem | None:
    if not folder.is_absolute():
        return HomeProblem(
            f"DAGSTER_HOME is {folder}, which is not an absolute path.", f"Set it to {folder.absolute()}."
        )
    if not folder.is_dir():
        return HomeProblem(
            f"DAGSTER_HOME is set to {folder}, but there is no such folder.",
            f"Create it, readable only by its owner, with this package's dagster.yaml in it: install -d -m 0700 {folder} && "
            f"cp dagster.yaml {folder}/",
        )
    if not os.access(folder, os.R_OK | os.X_OK):
        return HomeProblem(
            f"{folder} (DAGSTER_HOME) is not readable by this user.",
            "Make this user its owner, or name another folder.",
        )
    return None


def _writable_problem(folder: Path) -> Iterator[HomeProblem]:
    if not os.access(folder, os.W_OK):
        yield HomeProblem(
            f"{folder} (DAGSTER_HOME) is not writable by this user.",
            "Make this user its owner, or name another folder.",
        )


def _keeps_output_in_home(content: Any) -> bool:
    """Whether what steps print goes into a folder there, as it does where nothing is said; in a container it is the container's log."""
    compute_logs = cast("dict[str, Any]", content or {}).get("compute_logs") or {}
    return compute_logs.get("class", "LocalComputeLogManager") == "LocalComputeLogManager"


def _unwatched_problem(path: Path, content: Any) -> Iterator[HomeProblem]:
    """Dagster's own launcher, which is the default, never notices that a run's process is gone."""
    settings = cast("dict[Any, Any]", content) if isinstance(content, dict) else {}
    named, monitoring = settings.get("run_launcher"), settings.get("run_monitoring")
    launcher = cast("dict[Any, Any]", named).get("class") if isinstance(named, dict) else None
    enabled = isinstance(monitoring, dict) and cast("dict[Any, Any]", monitoring).get("enabled") is True
    if not enabled or launcher in (None, "DefaultRunLauncher"):
        yield HomeProblem(
            f"{path} does not make Dagster end a run whose process is gone, so such a run holds its company up until a person ends it.",
            "Take the sections run_launcher, run_coordinator and run_monitoring from the dagster.yaml of this package.",
            stops=False,
        )


def _takes(folder: Path) -> bool:
    """Whether Dagster reads its settings. Nothing is connected to."""
    try:
        InstanceRef.from_dir(str(folder))
    except (DagsterError, CheckError):
        return False
    return True


def _database_problems(database: Mapping[str, Any]) -> Iterator[HomeProblem]:
    values = {
        name: _value(database.get(name)) for name in ("hostname", "port", "username", "password", "db_name")
    }
    place = f"Dagster's database {values['db_name']!r} at {values['hostname']}:{values['port'] or 5432}"
    try:
        with psycopg.connect(
            host=values["hostname"],
            port=values["port"] or 5432,
            user=values["username"],
            password=values["password"],
            dbname=values["db_name"],
            connect_timeout=CONNECT_SECONDS,
        ) as connection:
            row = connection.execute(_ASKED).fetchone()
    except psycopg.Error as error:
        lines = text_of(error).strip().splitlines() or ["nothing"]
        yield HomeProblem(
            f"{place} cannot be reached or refused the connection. Postgres says: {lines[-1].strip()}",
            "Make sure it is running, and check DAGSTER_PG_HOST, DAGSTER_PG_PORT, DAGSTER_PG_USERNAME, DAGSTER_PG_PASSWORD and DAGSTER_PG_DB.",
        )
        return
    assert row is not None  # one row, always
    user, name, encoding, may_make = row
    if encoding != "UTF8":
        yield HomeProblem(
            f"{place} is in the encoding {encoding}, which cannot store every name.",
            f"Create it again: create database {name} encoding 'UTF8' template template0;",
        )
    if not may_make:
        yield HomeProblem(
            f"{place}: the user {user!r} may not create tables there.",
            f"grant usage, create on schema public to {user}; or make {user} the owner of the database.",
        )


# Tables that are there already need nobody to make them; since Postgres 15 only the owner of a database may by itself.
_ASKED = """
select current_user, current_database(), current_setting('server_encoding'),
       to_regclass('runs') is not null or coalesce(has_schema_privilege(current_schema(), 'create'), false)
"""


def _value(said: Any) -> str | None:
    """What a setting of dagster.yaml says, itself or by a variable."""
    if isinstance(said, dict):
        return os.environ.get(str(cast("dict[str, Any]", said).get("env", "")))
    return None if said is None else str(said)


def _variables(content: Any) -> Iterator[str]:
    """Every name given as ``{env: NAME}``."""
    for section in _sections_with(content, "env"):
        if isinstance(section["env"], str):
            yield section["env"]


def _sections_with(content: Any, key: str) -> Iterator[dict[Any, Any]]:
    """Every mapping in the file, however deep, that has the key."""
    if isinstance(content, dict):
        section = cast("dict[Any, Any]", content)
        if key in section:
            yield section
        for value in section.values():
            yield from _sections_with(value, key)
    elif isinstance(content, list):
        for value in cast("list[Any]", content):
            yield from _sections_with(value, key)
