"""Runs a folder of SQL files the way dbt would: one SELECT a file, tied together by ``source()`` and
``ref()``.

Here: loading, the order of dependence, rendering to a SQLAlchemy statement with bound parameters. Not here:
what the models say (``dbt_like_sql/``), and who runs them. A model is rendered by Jinja with two functions
and nothing else: ``source('invoices')`` names a table of the source schema, ``ref('payers')`` another model
of the folder, which comes in as a common table expression. Values are never part of the text: they are bound
as ``:name``. A folder may also be kept as tables (``kept_in``): then ``ref`` names the table of that schema,
and ``source('ledger', 'links')`` says the schema too; ``schemas`` tells which one is meant by a name in the files.
"""

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import jinja2
from sqlalchemy import ARRAY, TIMESTAMP, Date, String, bindparam, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.elements import TextClause
from sqlalchemy.types import TypeEngine

# Types are given because a parameter may be null, and Postgres cannot guess the type of a null.
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
    """A file of the folder cannot be used as it stands; the message names the file and says why."""


@dataclass(frozen=True)
class SqlModel:
    """One file, read: its SELECT with sources and references filled in, and the names of both."""

    name: str
    sql: str
    references: frozenset[str]
    sources: frozenset[str]


class SqlModels:
    """All models of one folder. ``parameters`` are the names a model may bind, with their types.

    ``kept_in``: the schema in which every model is kept as a table of its name; None: models come in as expressions.
    ``values``: our own constants that a file writes as a list, by name.
    ``schemas``: the schema behind a name that the files use for one; other names are schemas themselves.
    """

    def __init__(
        self,
        folder: Path,
        source_schema: str = "rentaxis",
        parameters: Mapping[str, TypeEngine[Any]] = STAGING_PARAMETERS,
        *,
        kept_in: str | None = None,
        schemas: Mapping[str, str] | None = None,
        values: Mapping[str, Sequence[str | int]] | None = None,
    ) -> None:
        self._values = values or {}
        self.schemas = schemas or {}
        self.kept_in = kept_in
        self.folder = folder
        self.source_schema = source_schema
        self.parameters = parameters
        files = sorted(folder.glob("*.sql"))
        if not files:
            raise SqlModelError(f"{folder} holds no .sql file; it should hold one SELECT per model.")
        self.models = {file.stem: self._read(file) for file in files}
        for model in self.models.values():
            for reference in sorted(model.references - self.models.keys()):
                raise SqlModelError(
                    f"{model.name}.sql refers to '{reference}', and {folder} has no {reference}.sql."
                )
        self.names = self._in_order(self.models)
        for name in self.names:
            self.render(name)

    def dependencies(self, name: str) -> tuple[str, ...]:
        """The models ``name`` is built on, directly or not, each after the ones it needs itself."""
        needed: set[str] = set()
        waiting = [name]
        while waiting:
            references = self._model(waiting.pop()).references
            waiting += references - needed
            needed |= references
        return tuple(other for other in self.names if other in needed)

    def chosen(self, select: Iterable[str]) -> tuple[str, ...]:
        """The models named, in the order to run them; ``+name`` brings what it is built on, nothing at all means all.

        Raises SqlModelError for a name that is no model.
        """
        wanted: set[str] = set()
        for each in select:
            name = each.removeprefix("+")
            wanted |= {self._model(name).name, *(self.dependencies(name) if each.startswith("+") else ())}
        return tuple(name for name in self.names if name in wanted) if wanted else self.names

    def render(self, name: str, before: str = "") -> TextClause:
        """The model as a statement, its parameters bound by name. Raises SqlModelError if there is none.

        ``before``: words put before it, such as ``explain``.
        """
        self._model(name)
        statement = text(before + (self.models[name].sql if self.kept_in else self._with_expressions(name)))
        bound = statement.compile().params.keys()
        for parameter in sorted(bound - self.parameters.keys()):
            known = ", ".join(self.parameters)
            raise SqlModelError(f"{name}.sql binds :{parameter}, which is not one of: {known}.")
        return statement.bindparams(*(bindparam(each, type_=self.parameters[each]) for each in sorted(bound)))

    def _with_expressions(self, name: str) -> str:
        expressions = ",\n".join(
            f"{_quoted(each)} as (\n{self.models[each].sql}\n)" for each in (*self.dependencies(name), name)
        )
        return f"with {expressions}\nselect * from {_quoted(name)}"

    def place(self, name: str) -> str:
        """The file of a model as it is named to people: its folder and name."""
        return "/".join((*self.folder.parts[-2:], f"{name}.sql"))

    def line_of(self, name: str, text: str) -> str:
        """File and line of ``text``, a line of the statement that ``render`` gives; the model's own file if it stands nowhere."""
        for each in (name, *reversed(self.dependencies(name))):
            lines = (self.folder / f"{each}.sql").read_text(encoding="utf-8").splitlines()
            # Parameters and sources look different in the file; what stands around them does not.
            pieces = [
                piece
                for piece in re.split(r"%\(\w+\)s(?:::\S+)?|\"[^\"]*\"(?:\.\"[^\"]*\")?", text.strip())
                if piece.strip()
            ]
            for number, line in enumerate(lines, 1):
                if pieces and all(piece.strip() in line for piece in pieces):
                    return f"{self.place(each)}, line {number}"
        return self.place(name)

    def _model(self, name: str) -> SqlModel:
        if name not in self.models:
            more = "" if self.kept_in else " A folder of your own holds every file of dbt_like_sql/staging."
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

        def values(name: str) -> str:
            if name not in self._values:
                raise SqlModelError(f"{file} asks for the values '{name}', and there are none of that name.")
            return f"({', '.join(_literal(each) for each in self._values[name])})"

        environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)
        try:
            template = environment.from_string(file.read_text(encoding="utf-8"))
            sql = template.render(ref=ref, source=source, values=values).strip()
        except (jinja2.TemplateError, UnicodeDecodeError) as error:
            raise SqlModelError(f"{file} cannot be rendered: {error}") from error
        if not sql:
            raise SqlModelError(f"{file} is empty; it should hold one SELECT.")
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


def _literal(value: str | int) -> str:
    return str(value) if isinstance(value, int) else f"'{value.replace(chr(39), 2 * chr(39))}'"


@contextlib.contextmanager
def in_file(models: SqlModels, name: str) -> Iterator[None]:
    """A database error inside says which file and line it is about (its ``detail``)."""
    try:
        yield
    except DBAPIError as error:
        error.add_detail(models.line_of(name, _line_at_fault(error)))
        raise


def _line_at_fault(error: DBAPIError) -> str:
    """The line of the statement that Postgres points at; empty where it points nowhere."""
    position = getattr(getattr(error.orig, "diag", None), "statement_position", None)
    if not position or not error.statement:
        return ""
    numbers: dict[str, int] = {}
    # Postgres counts in what the driver sent: $1 where SQLAlchemy has %(name)s.
    sent = re.sub(
        r"%\((\w+)\)s", lambda found: f"${numbers.setdefault(found[1], len(numbers) + 1)}", error.statement
    )
    at = int(position) - 1
    start, end = sent.rfind("\n", 0, at) + 1, sent.find("\n", at)
    names = {number: name for name, number in numbers.items()}
    line = sent[start : end if end >= 0 else len(sent)]
    return re.sub(r"\$(\d+)", lambda found: f"%({names[int(found[1])]})s", line)


def _quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'
