"""Records by what people call them, and by amount, as far as the ledger knows them: linked, open, decided about or asked about.

Read-only, each question by an index. Not here: RentAxis' own answers (``rentaxis.lookups``), and which to show (``reports.find_records``).
"""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.ledger.sql import execute, fetch
from rentaxis_pipelines.ledger.unchanged_results import SINGLE, every_of_each
from rentaxis_pipelines.model.results import RowResult

_NUMBER = (
    "coalesce(t.object ->> 'DocNumber', t.object ->> 'PaymentRefNum')"  # as in the index transactions_number
)


class KnownKey(msgspec.Struct, frozen=True):
    """A record the ledger knows. ``by_id``: what was typed is its id, not its number or name. ``number``: in QuickBooks, if linked."""

    source_type: str
    source_id: str
    by_id: bool = False
    number: str | None = None


def called(
    connection: sa.Connection, realm: str, source_types: Sequence[str], text: str, limit: int
) -> list[KnownKey]:
    """Records of these types that have this number or name in QuickBooks, upper and lower case alike, or this id; at most ``limit``."""
    statement = f"""
      select source_type, source_id, bool_and(by_id) as by_id, max(number) as number from (
        select l.source_type, l.source_id, false as by_id, l.quickbooks_number as number from ledger.links l
          where l.realm = :realm and {_folded("l.quickbooks_number")} = {_folded(":text")}
        union all
        select l.source_type, l.source_id, false, l.quickbooks_number
          from ledger.quickbooks_transactions t
          join ledger.links l on l.realm = t.realm and l.quickbooks_type = t.entity and l.quickbooks_id = t.quickbooks_id
          where t.realm = :realm
            and {_folded("coalesce(t.object ->> 'DocNumber', t.object ->> 'PaymentRefNum')")} = {_folded(":text")}
        {_of_person("s.object ->> 'DisplayName'")} {_of_person("s.object #>> '{PrimaryEmailAddr,Address}'")}
        union all
        select o.source_type, o.source_id, false, null from unnest(cast(:labels as text[])) as typed (label)
          join ledger.open_records o on o.realm = :realm and {_folded("o.source_label")} = {_folded("typed.label")}
        {_with_id("links")} {_with_id("open_records")} {_with_id("decisions")} {_with_id("questions")} {_with_id("single_results")}
      ) known
      where source_type = any(:types)
      group by source_type, source_id order by by_id, source_type, source_id limit :limit"""  # noqa: S608 - constants of this module
    return fetch(
        connection,
        KnownKey,
        statement,
        realm=realm,
        types=list(source_types),
        text=text,
        ids=list({text, text.lower(), text.upper()}),
        labels=[text, *(f"{name.replace('_', ' ')} {text}" for name in source_types)],
        limit=limit,
    )


def _folded(text: str) -> str:
    # As in the indexes of migration 0015.
    return f"left(lower({text}), 300)"


def _of_person(field: str) -> str:
    return f"""union all
        select l.source_type, l.source_id, false, l.quickbooks_number
          from ledger.snapshot_objects s
          join ledger.links l on l.realm = s.realm and l.quickbooks_type = s.entity and l.quickbooks_id = s.quickbooks_id
          where s.realm = :realm and s.entity in ('Customer', 'Vendor') and {_folded(field)} = {_folded(":text")}"""  # noqa: S608 - a constant


def _with_id(table: str) -> str:
    # By type and id, as the indexes have them.
    return f"""union all
        select r.source_type, r.source_id, true, null
          from unnest(cast(:types as text[])) as wanted (source_type), unnest(cast(:ids as text[])) as typed (source_id)
          cross join lateral (select k.source_type, k.source_id from ledger.{table} k where k.realm = :realm
            and k.source_type = wanted.source_type and k.source_id = typed.source_id limit 1) r"""  # noqa: S608 - a constant


def of_amount(
    connection: sa.Connection, realm: str, source_types: Sequence[str], amount: Decimal, limit: int
) -> list[KnownKey]:
    """Records of these types with this amount in QuickBooks as last written, or in the result that needs attention."""
    statement = """
      select source_type, source_id, false as by_id, max(number) as number from (
        select source_type, source_id, quickbooks_number as number from ledger.links
          where realm = :realm and total = :amount and source_type = any(:types)
        union all
        select source_type, source_id, null from ledger.open_records
          where realm = :realm and amount = :amount and source_type = any(:types)
      ) known group by source_type, source_id order by source_type, source_id limit :limit"""
    return fetch(
        connection,
        KnownKey,
        statement,
        realm=realm,
        types=list(source_types),
        amount=amount,
        limit=limit,
    )


def first_written(
    connection: sa.Connection, realm: str, source_type: str, source_id: str
) -> dt.datetime | None:
    """When its object was first made in QuickBooks, as far as versions are kept."""
    statement = """select min(at) from ledger.link_versions
                   where realm = :realm and source_type = :source_type and source_id = :source_id and action = 'create'"""
    return execute(
        connection, statement, realm=realm, source_type=source_type, source_id=source_id
    ).scalar_one()


class RecordResult(RowResult, frozen=True, kw_only=True):
    """A result with what its run was: ``previewed``: it only said what it would do; ``undoes``: the run it took back."""

    previewed: bool
    undoes: str | None


def results_of_record(
    connection: sa.Connection,
    realm: str,
    keys: Sequence[Key],
    *,
    offset: int = 0,
    limit: int,
) -> list[RecordResult]:
    """Every result of these records, one and its parts say, in any run, previews too, newest first."""
    statement = f"""select r.*, p.dry_run as previewed, p.undoes
                    from unnest(cast(:types as text[]), cast(:ids as text[])) as w (source_type, source_id)
                    cross join lateral (
                      select {SINGLE} from ledger.single_results r
                      where r.realm = :realm and r.source_type = w.source_type and r.source_id = w.source_id
                      union all {every_of_each()}) r
                    join ledger.plans p on p.plan_id = r.plan_id
                    order by r.finished_at desc, r.source_type offset :offset limit :limit"""  # noqa: S608 - constants of this program
    return fetch(
        connection,
        RecordResult,
        statement,
        realm=realm,
        types=[source_type for source_type, _ in keys],
        ids=[source_id for _, source_id in keys],
        offset=offset,
        limit=limit,
    )


class SeenObject(msgspec.Struct, frozen=True):
    """A transaction as QuickBooks gave it last. ``gone_at``: when it was found deleted."""

    object: dict[str, Any]
    seen_at: dt.datetime
    gone_at: dt.datetime | None = None


def transaction_of(
    connection: sa.Connection, realm: str, entity: str, quickbooks_id: str
) -> SeenObject | None:
    """The transaction with that id as last seen; None for one that was never seen."""
    statement = """select object, seen_at, gone_at from ledger.quickbooks_transactions
                   where realm = :realm and entity = :entity and quickbooks_id = :id"""
    seen = fetch(connection, SeenObject, statement, realm=realm, entity=entity, id=quickbooks_id)
    return seen[0] if seen else None
