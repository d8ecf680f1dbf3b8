"""What a database error may say: its code, and the names of tables, columns and constraints. Never a value of a row.

Postgres quotes the row that failed ("Failing row contains (...)", "Key (name)=(...)", "COPY t, line 3, column name: ...") and the
value it could not read; SQLAlchemy adds parameters, and at debug level the rows it fetched. All of it would end up in Dagster's
events and in logs. So every engine of ours goes through ``without_values``, every psycopg error of our own connections through
``leave_values_out``. Not here: what an error means to people (each room's own tree). Imports no room.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, cast

import psycopg
import sqlalchemy as sa
from sqlalchemy import event

# Classes of SQLSTATE (PostgreSQL manual, appendix A) whose first line quotes names of things, never a value of a row.
_SPEAKS_OF_NAMES = ("08", "0A", "25", "28", "3D", "3F", "40", "42", "53", "55", "57")
# A text with a zero byte, as a parameter, in a COPY or escaped in a JSON text: nothing Postgres could keep.
_UNKEEPABLE = ("22021", "22P05")


def text_of(error: BaseException) -> str:
    """What happened, in words that hold no value of a row. ``error`` is psycopg's, or psycopg2's (Dagster's own storage)."""
    state = sqlstate_of(error)
    if not state:
        # Raised by the driver. Where the connection is the matter it speaks of host and user; else it may quote a parameter.
        kinds = {kind.__name__ for kind in type(error).__mro__}
        about_connection = kinds & {"OperationalError", "InterfaceError"}
        return str(error) if about_connection else "the driver could not carry out the statement"
    diagnosis: Any = getattr(error, "diag", None)
    said = str(diagnosis.message_primary or "") if state.startswith(_SPEAKS_OF_NAMES) else ""
    parts = [f"SQLSTATE {state} ({said or type(error).__name__})"]
    for name in ("schema", "table", "column", "constraint"):
        if found := getattr(diagnosis, f"{name}_name", None):
            parts.append(f"{name} {found}")
    return ", ".join(parts)


def sqlstate_of(error: BaseException | None) -> str:
    """Postgres' code of the error, empty where there is none."""
    return getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or ""


def leave_values_out(error: psycopg.Error) -> None:
    """Make ``text_of`` the error's own text, wherever it is shown from now on."""
    error.args = (text_of(error),)


def is_unkeepable(error: BaseException | None, parameters: Any = None) -> bool:
    """Whether a text was refused because it holds a zero byte or half a character, which no text in Postgres can."""
    if isinstance(error, UnicodeEncodeError) or sqlstate_of(error) in _UNKEEPABLE:
        return True
    return isinstance(error, psycopg.DataError) and _holds_zero_byte(parameters)


def _holds_zero_byte(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, Mapping):
        return any(map(_holds_zero_byte, cast("Mapping[Any, Any]", value).values()))
    return isinstance(value, Sequence) and not isinstance(value, bytes) and any(map(_holds_zero_byte, value))


def without_values(engine: sa.Engine) -> sa.Engine:
    """The engine, whose errors and debug log hold no value of a row. It must have been made with ``hide_parameters``."""
    event.listen(engine, "handle_error", _clean)
    logging.getLogger("sqlalchemy.engine.Engine").addFilter(_no_rows)
    logging.getLogger("psycopg").addFilter(_no_values)
    return engine


def _clean(context: sa.ExceptionContext) -> None:
    original, wrapped = context.original_exception, context.sqlalchemy_exception
    if not isinstance(original, context.dialect.loaded_dbapi.Error):
        return
    text = text_of(original)
    original.args = (text,)
    if wrapped is not None:
        wrapped.args = (f"({type(original).__name__}) {text}",)


def _no_rows(record: logging.LogRecord) -> bool:
    """At debug level SQLAlchemy logs every row it fetches ("Row %r"), parameters hidden or not."""
    return not str(record.msg).startswith("Row ")


def _no_values(record: logging.LogRecord) -> bool:
    """psycopg logs errors that it passes over while it deals with another one, some with their trace."""
    if isinstance(record.args, tuple):
        record.args = tuple(text_of(one) if isinstance(one, psycopg.Error) else one for one in record.args)
    if record.exc_info:
        record.exc_info = None
    return True
