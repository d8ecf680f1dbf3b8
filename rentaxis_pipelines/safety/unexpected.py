"""Errors that nobody foresaw, shown whole but for values: a fault of ours must be found, and no name or amount be read, in its text.

Python, pandas, pydantic and others quote the value they could not read, and whatever is raised ends up in Dagster's events, with
all its causes, or on a terminal. Here: which texts are kept, and what stands in place of the others. Not here: errors with
a sentence for people (``orchestration.errors_for_people``). Imports no room.
"""

import traceback
from pathlib import Path

import psycopg
from sqlalchemy.exc import DBAPIError

from rentaxis_pipelines.safety.database_errors import text_of

_OUR_PACKAGE = __name__.partition(".")[0]
_LEFT_OUT = "its own words may hold a name or an amount, and are left out"
_BESIDE_US = "site-packages"


class Unexpected(Exception):
    """Stands for an error of others: its kind and what may be said of it, on its trace. A fault of ours."""


def without_values(error: BaseException) -> BaseException:
    """``error`` with causes that quote no value; ``Unexpected`` with its trace, in its place, where its own text may."""
    return _without_values(error, frozenset())


def _without_values(error: BaseException, above: frozenset[int]) -> BaseException:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    shown = error if _speaks_of_code(error) else Unexpected(_said(error)).with_traceback(error.__traceback__)
    above |= {id(error)}
    shown.__cause__ = None if cause is None or id(cause) in above else _without_values(cause, above)
    shown.__suppress_context__ = True
    return shown


def _speaks_of_code(error: BaseException) -> bool:
    """Whether the text is of those that quote code, never data: our own, and Python's about names and types."""
    kind = type(error)
    if kind.__module__.partition(".")[0] == _OUR_PACKAGE:
        return True
    if kind.__module__ != "builtins" or isinstance(error, ValueError | LookupError | OSError):
        return False
    # pandas and others raise Python's own errors with the value in them.
    frames = traceback.extract_tb(error.__traceback__)
    return not frames or _BESIDE_US not in Path(frames[-1].filename).parts


def _said(error: BaseException) -> str:
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    if isinstance(error, DBAPIError) and isinstance(error.orig, psycopg.Error):
        return f"{kind}: {text_of(error.orig)}"
    if isinstance(error, psycopg.Error):
        return f"{kind}: {text_of(error)}"
    if type(error).__module__ == "builtins" and isinstance(error, OSError) and error.strerror:
        place = f": {error.filename}" if isinstance(error.filename, str) else ""
        return f"{kind}: {error.strerror}{place}"
    return f"{kind} ({_LEFT_OUT})"
