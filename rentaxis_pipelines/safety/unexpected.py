"""Unexpected errors, shown in full but without values: enough to find a bug, but no name or amount.

Python, pandas, pydantic and others quote the value they could not read, and a raised error ends up in Dagster's events, with
all its causes, or on a terminal. Here: which texts are kept, and what replaces the others. Not here: errors with
a sentence for people (``orchestration.errors_for_people``). Imports no other package of ours.
"""

import traceback
from pathlib import Path

import psycopg
from sqlalchemy.exc import DBAPIError

from rentaxis_pipelines.safety.database_errors import text_of

_OUR_PACKAGE = __name__.partition(".")[0]
_LEFT_OUT = "its text may contain a name or an amount, and is left out"
_THIRD_PARTY = "site-packages"


class Unexpected(Exception):
    """Replaces a third-party error: its type and the safe part of its text, with its traceback. It indicates a bug."""


def without_values(error: BaseException) -> BaseException:
    """``error``, with causes that quote no value; or ``Unexpected`` with its traceback, if its own text may quote one."""
    return _without_values(error, frozenset())


def _without_values(error: BaseException, above: frozenset[int]) -> BaseException:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    shown = (
        error
        if _quotes_code_only(error)
        else Unexpected(_safe_text(error)).with_traceback(error.__traceback__)
    )
    above |= {id(error)}
    shown.__cause__ = None if cause is None or id(cause) in above else _without_values(cause, above)
    shown.__suppress_context__ = True
    return shown


def _quotes_code_only(error: BaseException) -> bool:
    """Whether the text quotes code, never data: our own errors, and Python's about names and types."""
    kind = type(error)
    if kind.__module__.partition(".")[0] == _OUR_PACKAGE:
        return True
    if kind.__module__ != "builtins" or isinstance(error, ValueError | LookupError | OSError):
        return False
    # pandas and others raise Python's own errors with values in them.
    frames = traceback.extract_tb(error.__traceback__)
    return not frames or _THIRD_PARTY not in Path(frames[-1].filename).parts


def _safe_text(error: BaseException) -> str:
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    if isinstance(error, DBAPIError) and isinstance(error.orig, psycopg.Error):
        return f"{kind}: {text_of(error.orig)}"
    if isinstance(error, psycopg.Error):
        return f"{kind}: {text_of(error)}"
    if type(error).__module__ == "builtins" and isinstance(error, OSError) and error.strerror:
        place = f": {error.filename}" if isinstance(error.filename, str) else ""
        return f"{kind}: {error.strerror}{place}"
    return f"{kind} ({_LEFT_OUT})"
