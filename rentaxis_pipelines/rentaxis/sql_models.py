"""Runs a folder of SQL files the way dbt would: one SELECT per file, connected by ``source()`` and
``ref()``.

Here: loading, dependency order, rendering to a SQLAlchemy statement with bound parameters. Not here: the contents
of the models (``dbt_like_sql/``), and who runs them. A model is rendered by Jinja with four functions only:
``source('invoices')`` names a table of the source schema, ``has('credits')`` says whether there is such a table, ``ref('payers')`` another model of the folder, which is
included as a common table expression; ``values('open')`` writes constants (``model.sql_values``). Values are never part of the text: they are bound as ``:name``. A folder may
also be stored as tables (``kept_in``): then ``ref`` names the table in that schema, and ``source('ledger', 'links')``
includes the schema; ``schemas`` maps schema names in the files to actual ones.
"""

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import jinja2
from sqlalchemy import ARRAY, TIMESTAMP, Date, String, bindparam, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.elements import TextClause
from sqlalchemy.types import TypeEngine

from rentaxis_pipelines.model.sql_values import VALUES, sql_list

# Types are explicit because a parameter may be null, and Postgres cannot infer the type of a null.
STAGING_PARAMETERS: Mapping[str, TypeEngine[Any]] = {
    "organization_id": String(),
    "source_id": String(),
    "source_type": String(),
    "known_by": String(),
    "timezone": String(),
    "first_day": Date(),
    "day_after_last": Date(),
    "window_start": TIMESTAMP(timezone=True),
    "window_end": TIMESTAMP(timezone=True),
    "ids": ARRAY(String()),
    "parties": ARRAY(String()),
    "changed_since": TIMESTAMP(timezone=True),
}


class SqlModelError(Exception):
    """A file of the folder cannot be used as it is; the message names the file and says why."""


@dataclass(frozen=True)
class SqlModel:
    """One parsed file: its SELECT with sources and references filled in, and the names of both."""

    name: str
    sql: str
    references: frozenset[str]
    sources: frozenset[str]


class SqlModels:
    """All models of one folder. ``parameters`` are the names a model may bind, with their types.

    ``kept_in``: the schema in which every model is kept as a table of its name; None: models come in as expressions.
    ``schemas``: the schema behind a name that the files use for one; other names are schemas themselves.
    ``stand_ins``: the SELECT of a model that the folder may have no file for. ``lacking``: by model, the expressions of columns that its
    file does not return. ``missing``: source tables that the database does not have, of those that the files ask about (``has``).
    """

    def __init__(
        self,
        folder: Path,
        source_schema: str = "rentaxis",
        parameters: Mapping[str, TypeEngine[Any]] = STAGING_PARAMETERS,
        *,
        kept_in: str | None = None,
        schemas: Mapping[str, str] | None = None,
        stand_ins: Mapping[str, str] | None = None,
        lacking: Mapping[str, Mapping[str, str]] | None = None,
        missing: frozenset[str] = frozenset(),
    ) -> None:
        self.missing = missing
        self.asked_about: set[str] = set()
        self.schemas = schemas or {}
        self.stand_ins = stand_ins or {}
        self.lacking = lacking or {}
        self.kept_in = kept_in
        self.folder = folder
        self.source_schema = source_schema
        self.parameters = parameters
        files = sorted(folder.glob("*.sql"))
        if not files:
            raise SqlModelError(
                f"{folder} has no .sql file; it should have one file with a SELECT per model."
            )
        absent = {name: SqlModel(name, sql, frozenset(), frozenset()) for name, sql in self.stand_ins.items()}
        self.models = absent | {file.stem: self._read(file) for file in files}
        for model in self.models.values():
            for reference in sorted(model.references - self.models.keys()):
                raise SqlModelError(
                    f"{model.name}.sql refers to '{reference}', but {folder} has no {reference}.sql."
                )
        self.names = self._in_order(self.models)
        for name in self.names:
            self.render(name)

    def dependencies(self, name: str) -> tuple[str, ...]:
        """The models ``name`` depends on, directly or indirectly, each after the ones it depends on itself."""
        needed: set[str] = set()
        waiting = [name]
        while waiting:
            references = self._model(waiting.pop()).references
            waiting += references - needed
            needed |= references
        return tuple(other for other in self.names if other in needed)

    def chosen(self, select: Iterable[str]) -> tuple[str, ...]:
        """The selected models, in the order to run them; ``+name`` includes its dependencies; an empty selection means all.

        Raises SqlModelError for a name that is not a model.
        """
        wanted: set[str] = set()
        for selected in select:
            name = selected.removeprefix("+")
            wanted |= {self._model(name).name, *(self.dependencies(name) if selected.startswith("+") else ())}
        return tuple(name for name in self.names if name in wanted) if wanted else self.names

    def render(self, name: str, before: str = "") -> TextClause:
        """The model as a statement, with its parameters bound by name. Raises SqlModelError if there is no such model.

        ``before``: text to put in front of it, such as ``explain``.
        """
        self._model(name)
        statement = text(before + (self.models[name].sql if self.kept_in else self._with_expressions(name)))
        bound = statement.compile().params.keys()
        for parameter in sorted(bound - self.parameters.keys()):
            known = ", ".join(self.parameters)
            raise SqlModelError(f"{name}.sql binds :{parameter}, which is not one of: {known}.")
        return statement.bindparams(
            *(
                bindparam(parameter_name, type_=self.parameters[parameter_name])
                for parameter_name in sorted(bound)
            )
        )

    def _with_expressions(self, name: str) -> str:
        expressions = ",\n".join(
            f"{_quoted(model)} as (\n{self.models[model].sql}\n)"
            for model in (*self.dependencies(name), name)
        )
        lacking = self.lacking.get(name, {})
        columns = ", ".join(("*", *(f"{sql} as {_quoted(column)}" for column, sql in lacking.items())))
        return f"with {expressions}\nselect {columns} from {_quoted(name)}"

    def place(self, name: str) -> str:
        """The file of a model as shown to people: its folder and name."""
        return "/".join((*self.folder.parts[-2:], f"{name}.sql"))

    def line_of(self, name: str, text: str) -> str:
        """File and line of ``text``, a line of the statement from ``render``; only the model's file if it is not found."""
        for model in (name, *reversed(self.dependencies(name))):
            file = self.folder / f"{model}.sql"
            lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
            # Parameters and sources look different in the file; the text around them does not.
            pieces = [
                piece
                for piece in re.split(r"%\(\w+\)s(?:::\S+)?|\"[^\"]*\"(?:\.\"[^\"]*\")?", text.strip())
                if piece.strip()
            ]
            for number, line in enumerate(lines, 1):
                if pieces and all(piece.strip() in line for piece in pieces):
                    return f"{self.place(model)}, line {number}"
        return self.place(name)

    def _model(self, name: str) -> SqlModel:
        if name not in self.models:
            more = "" if self.kept_in else " Your own folder must have every file of dbt_like_sql/staging."
            raise SqlModelError(f"{self.folder} has no {name}.sql.{more}")
        return self.models[name]

    def _read(self, file: Path) -> SqlModel:
        references: set[str] = set()
        sources: set[str] = set()

        def ref(name: str) -> str:
            references.add(name)
            return f"{_quoted(self.kept_in)}.{_quoted(name)}" if self.kept_in else _quoted(name)

        def source(name: str, table: str | None = None) -> str:
            schema, table = (self.source_schema, name) if table is None else (name, table)
            sources.add(table if schema == self.source_schema else f"{schema}.{table}")
            return f"{_quoted(self.schemas.get(schema, schema))}.{_quoted(table)}"

        def has(name: str) -> bool:
            self.asked_about.add(name)
            return name not in self.missing

        def values(name: str) -> str:
            if name not in VALUES:
                raise SqlModelError(f"{file} asks for the values '{name}', and there are none of that name.")
            return sql_list(VALUES[name])

        environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)
        try:
            template = environment.from_string(file.read_text(encoding="utf-8"))
            sql = template.render(ref=ref, source=source, has=has, values=values).strip()
        except (jinja2.TemplateError, UnicodeDecodeError) as error:
            raise SqlModelError(f"{file} cannot be rendered: {error}") from error
        if not sql:
            raise SqlModelError(f"{file} is empty; it should contain one SELECT.")
        return SqlModel(file.stem, sql, frozenset(references), frozenset(sources))

    def _in_order(self, models: Mapping[str, SqlModel]) -> tuple[str, ...]:
        try:
            return tuple(
                TopologicalSorter({name: sorted(models[name].references) for name in models}).static_order()
            )
        except CycleError as error:
            circle = " -> ".join(f"{name}.sql" for name in error.args[1])
            raise SqlModelError(
                f"Models of {self.folder} refer to each other in a circle: {circle}."
            ) from error


@contextlib.contextmanager
def in_file(models: SqlModels, name: str) -> Iterator[None]:
    """A database error inside the block names the file and line it is about (its ``detail``)."""
    try:
        yield
    except DBAPIError as error:
        error.add_detail(models.line_of(name, _line_at_fault(error)))
        raise


def _line_at_fault(error: DBAPIError) -> str:
    """The line of the statement that Postgres points to; empty if there is none."""
    position = getattr(getattr(error.orig, "diag", None), "statement_position", None)
    if not position or not error.statement:
        return ""
    numbers: dict[str, int] = {}
    # Postgres counts characters in the text the driver sent: $1 where SQLAlchemy has %(name)s.
    sent = re.sub(
        r"%\((\w+)\)s", lambda match: f"${numbers.setdefault(match[1], len(numbers) + 1)}", error.statement
    )
    offset = int(position) - 1
    start, end = sent.rfind("\n", 0, offset) + 1, sent.find("\n", offset)
    names = {number: name for name, number in numbers.items()}
    line = sent[start : end if end >= 0 else len(sent)]
    return re.sub(r"\$(\d+)", lambda match: f"%({names[int(match[1])]})s", line)


def _quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'
