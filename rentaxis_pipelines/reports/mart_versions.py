"""Which marts stand as they are: those whose SQL and everything it reads are what they were when they were made.

A mart's version is made of its own SQL and the versions of its inputs, and is kept with the table (its comment), so it can never be that of
other rows. Inputs have versions in three ways: a table of the reports has one as its comment, changed by whoever changes a row of it; a
table of the ledger is known by which rows it has, and a row that is written anew is another row; of the request, only the columns count that
the SQL names. Where an input has none, the mart is made anew, and so is whatever reads it.
Here: the versions. Not here: making the marts (``marts``), and where they stand meanwhile (``aside``).
"""

import hashlib
import re
import uuid
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import execute
from rentaxis_pipelines.rentaxis.sql_models import SqlModel

PARAMETERS = "reports.parameters"
ASKED = re.compile(r"\basked\.(\w+)")  # what the marts call the request

# The tables of the ledger a source stands for. Every change to QuickBooks' transactions is one of the documents read.
_LEDGER = {
    "ledger.links": ("links",),
    "ledger.plans": ("plans",),
    "ledger.snapshot_objects": ("snapshot_objects",),
    "ledger.row_results": ("single_results", "unchanged_results"),
}
_SAME_AS = {"ledger.quickbooks_transactions": "reports.read_documents"}


class MartVersions:
    """The versions of the marts of one proof, each worked out once. ``own``: the schema in which the marts of the last proof stand."""

    def __init__(self, connection: sa.Connection, realm: str, own: str) -> None:
        self.connection = connection
        self.realm = realm
        self.own = own
        self._marts: dict[str, str] = {}
        self._sources: dict[str, str] = {}

    def version(self, model: SqlModel, indexes: Sequence[str]) -> str:
        """The version the mart has now. To be asked in the order in which marts are made."""
        inputs = [self._of_source(name, model) for name in sorted(model.sources)]
        inputs += [
            self._marts[name] if name in self._marts else _unknown() for name in sorted(model.references)
        ]
        version = _digest(model.sql, *indexes, *inputs)
        self._marts[model.name] = version
        return version

    def stands(self, name: str, version: str) -> bool:
        """Whether the mart of the last proof is of that version."""
        return self._comment_of(f"{self.own}.{name}") == version

    def _of_source(self, name: str, model: SqlModel) -> str:
        if name == PARAMETERS:
            asked = self._asked()
            return _digest(
                *(f"{column}={asked.get(column)}" for column in sorted(set(ASKED.findall(model.sql))))
            )
        name = _SAME_AS.get(name, name)
        if name not in self._sources:
            schema, _, table = name.partition(".")
            if schema == "reports":
                self._sources[name] = (
                    self._comment_of(f"{self.own}.{table}") or self._comment_of(table) or _unknown()
                )
            elif name in _LEDGER:
                self._sources[name] = _digest(*map(self._of_rows, _LEDGER[name]))
            else:
                self._sources[name] = _unknown()
        return self._sources[name]

    def _asked(self) -> Mapping[str, object]:
        row = execute(self.connection, "select * from parameters").one()
        return dict(row._mapping)

    def _of_rows(self, table: str) -> str:
        statement = f"""select count(*) || ' ' || coalesce(sum(hashtidextended(ctid, xmin::text::bigint)), 0)
                        from ledger.{table} where realm = :realm"""  # noqa: S608 - a constant of this module
        return execute(self.connection, statement, realm=self.realm).scalar_one()

    def _comment_of(self, table: str) -> str | None:
        return execute(
            self.connection, "select obj_description(to_regclass(:table))", table=table
        ).scalar_one()


def note_change(connection: sa.Connection, table: str, beginning: str = "") -> None:
    """Give the table a version it never had, with that beginning."""
    execute(connection, f"comment on table {table} is '{beginning} {_unknown()}'")


def note_content(connection: sa.Connection, table: str, content: str) -> None:
    """Give the table, which was made anew, the version that its content is."""
    execute(connection, f"comment on table {table} is '{_digest(content)}'")


def _unknown() -> str:
    return uuid.uuid4().hex


def _digest(*texts: str) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:32]
