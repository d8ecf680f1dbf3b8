"""Transactions of ours that the ledger does not know, because it was lost or restored from an older copy: found and linked again.

Looked for by the marker in their private note before a run first creates anything, whatever the policy ``adopt`` says: that is
about objects of others. A run costs one read for it (change data capture, for all types): what changed in QuickBooks since the
newest change the ledger knows of. A ledger that knows nothing reads the company's transactions once, a thousand a read.

Here: finding and linking. Not here: what becomes of what was found (``mapping.found_again``), customers and vendors (``resolve_payers``).
"""

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger import decisions, links, requests, results, transactions
from rentaxis_pipelines.ledger.known_until import KnownUntil, known_until, looked, newest_change
from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.mapping.found_again import fields_we_write
from rentaxis_pipelines.mapping.text import derived_number
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.marker import parse_marker
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.record_type import EXPENSE, REPLACED_TYPE
from rentaxis_pipelines.model.registry import REGISTRY
from rentaxis_pipelines.quickbooks.client import QuickBooksClient
from rentaxis_pipelines.quickbooks.entities import is_void
from rentaxis_pipelines.quickbooks.query import literal, select
from rentaxis_pipelines.sync.known_links import link_to, links_of_keys
from rentaxis_pipelines.sync.planning.plan_context import PlanContext
from rentaxis_pipelines.sync.run import Run

log = logging.getLogger(__name__)

ENTITIES: Mapping[str, tuple[str, ...]] = {
    name: record_type.entities
    for record_type in REGISTRY
    if record_type.dated and record_type.entities
    for name in record_type.source_types
}
_ALL = tuple(dict.fromkeys(entity for entities in ENTITIES.values() for entity in entities))
# QuickBooks' servers may differ by seconds; what is read twice is known already.
_OVERLAP = dt.timedelta(seconds=10)
# After a look all is known up to now. Kept a day short of it, so that no two clocks have to agree.
_AFTER_A_LOOK = dt.timedelta(days=1)
# Refusals of records that were never pushed, as far as the ledger knows. A record of ours may stand there all the same.
_MAY_STAND = (ReasonCode.VOID_NEVER_PUSHED, ReasonCode.DRAFT, ReasonCode.WAITING_FOR_PARENT)

Object = Mapping[str, Any]


class Found(msgspec.Struct, frozen=True):
    """A transaction in QuickBooks that carries our marker."""

    entity: str
    object: Object
    key: Key

    @property
    def quickbooks_id(self) -> str:
        return str(self.object["Id"])


def take_back_once(context: PlanContext, rows: Sequence[PlannedRow]) -> bool:
    """Before the run creates anything, a customer included: take back what the ledger does not know; whether there was any. Commits.

    ``rows``: those planned. Nothing of ours is dated before the company's first day. Raises QuickBooksError.
    """
    run = context.run
    known = known_until(run.connection, run.realm)
    if known is not None and known.run_id == run.run_id:
        return False
    if not (any(row.action == "create" for row in rows) or _is_news(run, rows)):
        return False
    transactions: list[Found] = []
    newest = run.now() - _AFTER_A_LOOK
    for entity, current in _read(run.client, known, context.company.first_day):
        newest = max(newest, newest_change([current]) or newest)
        transactions += _ours(entity, current)
    taken = take_back(run, transactions)
    looked(run.connection, run.realm, newest, run.run_id)
    run.connection.commit()
    return taken > 0


def unknown_to_the_ledger(
    connection: sa.Connection, realm: str, client: QuickBooksClient, first_day: dt.date
) -> list[Found]:
    """Transactions of ours in QuickBooks that are nobody's by the ledger; of one that knows nothing, only the newest are looked at.

    Nothing is written. Records of requests that are still open are left out: the next run settles those (``recover``).
    """
    known = known_until(connection, realm)
    if known is None:
        where, newest_first = f"TxnDate >= {literal(first_day.isoformat())}", "MetaData.LastUpdatedTime DESC"
        current = [
            (entity, current)
            for entity in _ALL
            for current in client.query(select(entity, where, order_by=newest_first))
        ]
    else:
        current = _read(client, known, first_day)
    transactions = [ours for entity, transaction in current for ours in _ours(entity, transaction)]
    under_way = {
        (row.source_type, row.source_id)
        for row in requests.rows_in(
            connection, [transaction.request_id for transaction in requests.open_requests(connection, realm)]
        )
    }
    known_keys = (
        under_way | links_of_keys(connection, realm, [transaction.key for transaction in transactions]).keys()
    )
    return [transaction for transaction in transactions if transaction.key not in known_keys]


def take_back(run: Run, found: Iterable[Found]) -> int:
    """Link those that no record has; returns how many. The caller commits.

    Of several with one record's marker the oldest that is not void is the record's: later ones are copies a person made.
    """
    by_type: dict[str, dict[str, list[Found]]] = defaultdict(lambda: defaultdict(list))
    for transaction in found:
        by_type[transaction.key[0]][transaction.key[1]].append(transaction)
    let_go = _let_go(run, by_type.get(EXPENSE, {}))
    taken: list[Found] = []
    for source_type, by_id in by_type.items():
        known = links.links_of(run.connection, run.realm, source_type, by_id)
        decided = decisions.states_of(run.connection, run.realm, source_type, by_id)
        gone = _gone(run, known, by_id)
        owned = _owned(run, [transaction for group in by_id.values() for transaction in group])
        for source_id, group in by_id.items():
            if source_id in known and source_id not in gone:
                continue
            rejected = decided[source_id].rejected if source_id in decided else frozenset[str]()
            free = [
                transaction
                for transaction in group
                if transaction.quickbooks_id not in rejected and transaction not in owned
            ]
            if free:
                taken.append(
                    min(
                        free,
                        key=lambda transaction: (is_void(transaction.object), int(transaction.quickbooks_id)),
                    )
                )
    links.save_links(run.connection, [_link(run, transaction) for transaction in taken])
    for entity in {transaction.entity for transaction in (*taken, *let_go)}:
        objects = [transaction.object for transaction in (*taken, *let_go) if transaction.entity == entity]
        transactions.keep_transactions(run.connection, run.realm, entity, objects, run.now())
    if taken:
        log.warning(
            "%d transactions in QuickBooks carry our marker but were unknown to the ledger; they were linked again. "
            "The ledger was lost or restored from an older copy: see docs/operations.md.",
            len(taken),
        )
    return len(taken) + len(let_go)


def _let_go(run: Run, by_id: dict[str, list[Found]]) -> list[Found]:
    """What expenses stood as before they became the other kind: brought to zero, under a number that says so. Kept as such, and
    taken out of ``by_id``; an older ledger may still take it for the expense itself.
    """
    transactions: list[Found] = []
    for source_id, group in by_id.items():
        number = derived_number("V", source_id)
        transactions += [
            transaction
            for transaction in group
            if is_void(transaction.object) and transaction.object.get("DocNumber") == number
        ]
    known = links.links_of(
        run.connection, run.realm, REPLACED_TYPE, [transaction.key[1] for transaction in transactions]
    )
    new = [transaction for transaction in transactions if transaction.key[1] not in known]
    replaced = [
        msgspec.structs.replace(transaction, key=(REPLACED_TYPE, transaction.key[1])) for transaction in new
    ]
    links.put_under(run.connection, [_link(run, transaction) for transaction in replaced])
    for transaction in transactions:
        by_id[transaction.key[1]].remove(transaction)
    for source_id in [source_id for source_id, group in by_id.items() if not group]:
        del by_id[source_id]
    return replaced


def _ours(entity: str, current: Object) -> list[Found]:
    """The transaction, if it carries the marker of a record that it can be; else nothing."""
    key = parse_marker(str(current.get("PrivateNote") or ""))
    return [Found(entity, current, key)] if key is not None and entity in ENTITIES.get(key[0], ()) else []


def _read(
    client: QuickBooksClient, known: KnownUntil | None, first_day: dt.date
) -> Iterator[tuple[str, dict[str, Any]]]:
    """What changed in QuickBooks since the newest change the ledger knows of, or all since the first day."""
    where = f"TxnDate >= {literal(first_day.isoformat())}"
    if known is not None:
        since = known.changed_at - _OVERLAP
        changes = client.changes_since(_ALL, since)
        if changes.complete:
            yield from ((entity, entry) for entity, objects in changes.objects.items() for entry in objects)
            return
        where = f"MetaData.LastUpdatedTime >= {literal(since.isoformat(timespec='seconds'))}"
    for entity in _ALL:
        yield from ((entity, entry) for entry in client.query_all(entity, where))


def _is_news(run: Run, rows: Sequence[PlannedRow]) -> bool:
    """Whether a record is refused as one that was never pushed, which the ledger never said of it before."""
    for reason in _MAY_STAND:
        refused = [row for row in rows if row.reason_code == reason and row.quickbooks_id is None]
        for source_type in {row.source_type for row in refused}:
            ids = {row.source_id for row in refused if row.source_type == source_type}
            if ids - results.refused_before(run.connection, run.realm, source_type, ids, reason):
                return True
    return False


def _gone(run: Run, known: Mapping[str, Link], by_id: Mapping[str, Sequence[Found]]) -> set[str]:
    """Records whose linked object is no longer there, of those that another object claims to be."""
    claimed = {
        source_id: link
        for source_id, link in known.items()
        if all(
            (transaction.entity, transaction.quickbooks_id) != (link.quickbooks_type, link.quickbooks_id)
            for transaction in by_id[source_id]
        )
    }
    gone = {source_id for source_id, link in known.items() if link.state == "gone"}
    for entity in {link.quickbooks_type for link in claimed.values() if link.state != "gone"}:
        asked = {
            link.quickbooks_id: source_id
            for source_id, link in claimed.items()
            if link.quickbooks_type == entity and link.state != "gone"
        }
        there = {str(transaction["Id"]) for transaction in run.client.query_in(entity, "Id", sorted(asked))}
        gone |= {source_id for quickbooks_id, source_id in asked.items() if quickbooks_id not in there}
    return gone


def _owned(run: Run, transactions: Sequence[Found]) -> list[Found]:
    """Those that another record has."""
    owned: list[Found] = []
    for entity in {transaction.entity for transaction in transactions}:
        these = [transaction for transaction in transactions if transaction.entity == entity]
        owners = links.owners_of(
            run.connection, run.realm, entity, [transaction.quickbooks_id for transaction in these]
        )
        owned += [
            transaction
            for transaction in these
            if owners.get(transaction.quickbooks_id, transaction.key) != transaction.key
        ]
    return owned


def _link(run: Run, transaction: Found) -> Link:
    """The link says how it stands; with no field owned and no hash, the next plan compares it (``planned.is_uncompared``)."""
    state = "void" if is_void(transaction.object) else "live"
    mapped = fields_we_write(transaction.object)
    return link_to(
        run,
        transaction.key,
        transaction.entity,
        transaction.object,
        mapped,
        "created",
        content_hash="",
        state=state,
    )
