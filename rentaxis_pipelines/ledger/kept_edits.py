"""Edits in QuickBooks that a person decided to keep, with who and when. Append-only: the newest of a record counts. The caller commits.

A decision is about the very values that the person saw: once QuickBooks or RentAxis says something else, it is another edit, and nobody
has decided about that one. Not here: which edits there are (``reports.edits_in_quickbooks``).
"""

import datetime as dt

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.sql import execute


class EditedField(msgspec.Struct, frozen=True):
    """A field of QuickBooks, as we wrote it and as it stands there; None for nothing."""

    field: str
    ours: str | None
    theirs: str | None


def append(
    connection: sa.Connection,
    realm: str,
    key: tuple[str, str],
    label: str,
    fields: list[EditedField],
    *,
    who: str,
    at: dt.datetime,
) -> None:
    """Keep the edit of these fields; without fields, what was kept of the record counts no more."""
    statement = """insert into ledger.kept_edits (realm, source_type, source_id, label, fields, who, at)
                   values (:realm, :source_type, :source_id, :label, cast(:fields as json), :who, :at)"""
    execute(
        connection,
        statement,
        realm=realm,
        source_type=key[0],
        source_id=key[1],
        label=label,
        fields=msgspec.json.encode(fields).decode(),
        who=who,
        at=at,
    )
