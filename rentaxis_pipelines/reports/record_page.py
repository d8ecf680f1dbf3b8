"""All that a page about one record shows: how it stands, both sides, what was decided, what each run made of it, what was done to it.

Reads RentAxis and the ledger; asks QuickBooks nothing and writes nothing. Not here: the rules of each part (``record_state``,
``both_sides``, ``history``), and what may be done about it (``web.desk.record``).
"""

import datetime as dt
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger import decisions, find, people, results, snapshots
from rentaxis_pipelines.ledger.find import RecordResult
from rentaxis_pipelines.ledger.paging import ROWS_A_PAGE, Page, offset_of, page_of
from rentaxis_pipelines.mapping.registry import MAPPINGS
from rentaxis_pipelines.model.decisions import NOTHING_DECIDED, Decision
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.record_types import (
    BY_SOURCE_TYPE,
    DECIDABLE,
    PARTY_ENTITIES,
    PARTY_TYPES,
    SOURCE_TYPES,
    in_words,
)
from rentaxis_pipelines.quickbooks.entities import web_url
from rentaxis_pipelines.reports.both_sides import (
    SideBySide,
    beside_plain_fields,
    both_sides,
    status_of,
    without_marker,
)
from rentaxis_pipelines.reports.history import RecordHistory
from rentaxis_pipelines.reports.history_reading import history_of
from rentaxis_pipelines.reports.plan_changes import FieldChange
from rentaxis_pipelines.reports.record_names import for_people, own_name, record_name
from rentaxis_pipelines.reports.record_source import SourceSide, source_side
from rentaxis_pipelines.reports.record_state import RecordFacts, RecordState, state_of
from rentaxis_pipelines.reports.words_reading import words_of
from rentaxis_pipelines.reports.would_stand import WouldStand, is_left_as_it_is, would_stand
from rentaxis_pipelines.settings import Scope
from rentaxis_pipelines.sync.companies import refuse_another_company
from rentaxis_pipelines.sync.known_links import keys_with_parts, links_of_keys


class RecordUnknown(Exception):
    """Neither RentAxis' organization nor the ledger has the record; the text is for people and holds nothing of it."""


class QuickBooksSide(msgspec.Struct, frozen=True, kw_only=True):
    """The object a record is linked to, as last seen, None for one that is gone. ``as_of``: then it was read or answered."""

    object: Mapping[str, Any] | None = None
    as_of: dt.datetime | None = None
    url: str = ""
    remark: str = ""


class RecordPage(msgspec.Struct, frozen=True, kw_only=True):
    """``party``: its customer or vendor by name; ``remarks``: what has to be said about the two sides.

    ``may_be_pushed``: by itself; ``is_excluded``: by a person, or since its run was undone; ``asks``: it waits for a match. ``seen``: the newest decision of the company.
    """

    source_type: str
    source_id: str
    name: str
    amount: Decimal | None
    day: dt.date | None
    party: tuple[str, str] | None
    status: str
    state: RecordState
    sides: list[SideBySide]
    remarks: list[str]
    as_of: dt.datetime | None
    quickbooks_url: str
    history: RecordHistory
    decisions: list[Decision]
    results: Page[RecordResult]
    may_be_pushed: bool
    was_pushed: bool
    is_excluded: bool
    asks: bool
    rentaxis_url: str
    seen: int


def record_page(
    scope: Scope,
    connection: sa.Connection,
    source_type: str,
    source_id: str,
    *,
    page: int = 1,
    called: str = "",
) -> RecordPage:
    """The page. ``page``: which of its results; ``called``: the name of a vendor that has no id.

    Raises RecordUnknown; SourceError where RentAxis cannot be asked and the ledger knows nothing; CompanyChanged.
    """
    if source_type not in DECIDABLE or any(unicodedata.category(letter) == "Cc" for letter in source_id):
        raise RecordUnknown(_UNKNOWN)
    environment, key = scope.environment, (source_type, source_id)
    realm = environment.quickbooks_realm_id
    refuse_another_company(connection, environment.company_key)
    made = decisions.history(connection, realm, *key)
    facts = _facts(connection, realm, key, made)
    labels = [
        facts.result.source_label if facts.result else None,
        facts.link.quickbooks_number if facts.link else None,
        called,
    ]
    names = [name for name in (own_name(*key, label) for label in labels) if name]
    source = source_side(scope, source_type, source_id, names)
    if source.record is None and facts == RecordFacts() and not made:
        raise RecordUnknown(f"{_UNKNOWN} {source.away}".strip())
    theirs = _quickbooks_side(connection, realm, facts.link)
    ours = _ours(connection, scope, source_type, source, facts.link)
    label = _label(source_type, source.record) or next(iter(names), None)
    sides, remarks = _sides(connection, realm, source, ours, theirs, facts.link, scope)
    name = record_name(source_type, source_id, label)
    return RecordPage(
        source_type=source_type,
        source_id=source_id,
        name=name,
        amount=_amount(source_type, source, facts),
        day=source.day or (facts.result.day if facts.result else None),
        party=next(
            (
                (row.field, row.rentaxis or row.quickbooks)
                for row in sides
                if row.field in ("customer", "vendor")
            ),
            None,
        ),
        status=status_of(source.record),
        state=state_of(facts, scope.company.zone),
        sides=sides,
        remarks=remarks,
        as_of=theirs.as_of,
        quickbooks_url=theirs.url,
        history=_history(connection, scope, key, name),
        decisions=made[::-1],
        results=_results(connection, realm, key, page),
        may_be_pushed=source_type in SOURCE_TYPES,
        was_pushed=facts.link is not None,
        is_excluded=facts.decided.excluded is not None,
        asks=facts.question is not None,
        rentaxis_url=scope.company.record_url(source_type, source_id) or "",
        seen=decisions.newest(connection, realm),
    )


_UNKNOWN = "There is no such record of this company."


def _facts(
    connection: sa.Connection, realm: str, key: tuple[str, str], made: Sequence[Decision]
) -> RecordFacts:
    source_type, source_id = key
    return RecordFacts(
        link=links_of_keys(connection, realm, [key]).get(key),
        written=find.first_written(connection, realm, source_type, source_id),
        result=results.newest_of(connection, realm, "", source_type, [source_id]).get(source_id),
        decided=decisions.amount_to(made).get(key, NOTHING_DECIDED),
        question=decisions.questions_of(connection, realm, [key]).get(key),
    )


def _quickbooks_side(connection: sa.Connection, realm: str, link: Link | None) -> QuickBooksSide:
    if link is None:
        return QuickBooksSide()
    entity, quickbooks_id = link.quickbooks_type, link.quickbooks_id
    if link.state == "gone":
        return QuickBooksSide(remark="QuickBooks no longer has it.")
    url = web_url(entity, quickbooks_id)
    if entity in PARTY_ENTITIES:
        person = people.objects(connection, realm, entity, [quickbooks_id]).get(quickbooks_id)
        state = snapshots.state_of(connection, realm)
        if person is not None:
            return QuickBooksSide(object=person, as_of=state[0] if state else None, url=url)
    seen = find.transaction_of(connection, realm, entity, quickbooks_id)
    if seen is None:
        return QuickBooksSide(object=link.mapped or None, as_of=link.updated_at, url=url, remark=_AS_WRITTEN)
    if seen.gone_at is not None:
        return QuickBooksSide(as_of=seen.gone_at, remark="QuickBooks no longer has it.")
    payment_type = str(seen.object.get("PaymentType") or "")
    return QuickBooksSide(
        object=seen.object,
        as_of=seen.seen_at,
        url=web_url(entity, quickbooks_id, payment_type=payment_type),
    )


_LISTS_UNREAD = "QuickBooks' lists have not been read yet, so RentAxis' side is as RentAxis says it, not as a push would write it."
_AS_WRITTEN = "QuickBooks' side is as it was written last: it has not been read since."


def _ours(
    connection: sa.Connection, scope: Scope, source_type: str, source: SourceSide, link: Link | None
) -> WouldStand | None:
    if source.record is None:
        return None
    realm = scope.environment.quickbooks_realm_id
    return would_stand(connection, realm, scope.company, source_type, source.record, link, source.pushed)


def _sides(
    connection: sa.Connection,
    realm: str,
    source: SourceSide,
    ours: WouldStand | None,
    theirs: QuickBooksSide,
    link: Link | None,
    scope: Scope,
) -> tuple[list[SideBySide], list[str]]:
    """The rows, and what has to be said about them."""
    objects = [side for side in (ours.payload if ours else None, theirs.object) if side is not None]
    words = words_of(connection, realm, objects, ours.made_first if ours else None)
    remarks = [theirs.remark]
    if ours is None:
        remarks.insert(
            0,
            f"RentAxis' side is not shown. {source.away}"
            if source.away
            else "RentAxis no longer has this record.",
        )
        entity = link.quickbooks_type if link is not None else ""
        rows = both_sides(entity, {}, theirs.object, words) if theirs.object is not None else []
    elif ours.payload is None:
        rows = beside_plain_fields(source.record, ours.entity, theirs.object, words)
        if ours.why_not is None:
            remarks.append(_LISTS_UNREAD)
        else:
            remarks.append(
                f"A push would not write it as it is: {for_people(ours.why_not.reason, source.record.source_id)}"
            )
    else:
        rows = both_sides(ours.entity, ours.payload, theirs.object, words, voided=ours.voided)
        if is_left_as_it_is(scope.company, link):
            remarks.append(
                "It was in QuickBooks before this sync and is left as it is there, whatever differs."
            )
    if (
        ours is not None
        and link is not None
        and theirs.object is not None
        and ours.entity != link.quickbooks_type
    ):
        rows.insert(0, SideBySide("kind", in_words(ours.entity), in_words(link.quickbooks_type), True))
    return rows, list(filter(None, remarks))


def _label(source_type: str, record: Any) -> str | None:
    """The number or name that RentAxis gives it."""
    if record is None:
        return None
    if source_type in PARTY_TYPES:
        return record.name
    return MAPPINGS[BY_SOURCE_TYPE[source_type].name].label(record)


def _amount(source_type: str, source: SourceSide, facts: RecordFacts) -> Decimal | None:
    if source_type in PARTY_TYPES:
        return None
    if source.record is not None:
        return MAPPINGS[BY_SOURCE_TYPE[source_type].name].amount(source.record)
    if facts.link is not None and facts.link.total is not None:
        return facts.link.total
    return facts.result.amount if facts.result is not None else None


def _history(connection: sa.Connection, scope: Scope, key: tuple[str, str], name: str) -> RecordHistory:
    realm, zone = scope.environment.quickbooks_realm_id, scope.company.zone
    told = history_of(connection, realm, key, name, zone)
    entries = [
        msgspec.structs.replace(entry, changes=list(filter(_says_something, map(_for_people, entry.changes))))
        for entry in told.entries
    ]
    return msgspec.structs.replace(told, entries=entries)


def _for_people(change: FieldChange) -> FieldChange:
    return FieldChange(change.field, without_marker(change.stands), without_marker(change.will_stand))


def _says_something(change: FieldChange) -> bool:
    return change.stands != change.will_stand


def _results(connection: sa.Connection, realm: str, key: tuple[str, str], number: int) -> Page[RecordResult]:
    keys = keys_with_parts(connection, realm, key)
    rows = find.results_of_record(connection, realm, keys, offset=offset_of(number), limit=ROWS_A_PAGE + 1)
    said = [msgspec.structs.replace(row, reason=for_people(row.reason or "", key[1])) for row in rows]
    return page_of(said, number)
