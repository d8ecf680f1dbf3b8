"""What needs attention, as a person works through it: by cause, with what can be done about it here, and the records one by one.

Here: composition for people. Not here: the reads (``ledger.open_records``), the words (``desk_words``), carrying anything out (``sync``).
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger import decisions, open_records, previews
from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.ledger.open_records import OpenCause, OpenRecord, OpenTotal
from rentaxis_pipelines.ledger.paging import Page
from rentaxis_pipelines.ledger.parties import names_of_parties
from rentaxis_pipelines.model.decisions import Candidate
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.record_types import DECIDABLE, ENTITY_LINKED_BY_HAND, SOURCE_TYPES, whole_of
from rentaxis_pipelines.reports.desk_words import MATCHES, for_the_desk, is_match, meaning_of, remedy_of
from rentaxis_pipelines.reports.record_names import for_people
from rentaxis_pipelines.settings import Company
from rentaxis_pipelines.sync.decision_rules import Labels
from rentaxis_pipelines.sync.decisions import standing_of_keys
from rentaxis_pipelines.sync.known_links import links_of_keys
from rentaxis_pipelines.sync.undo_decision import WayBack, way_back

# Where the desk clears a cause, besides its own buttons.
Place = Literal["plans", "mappings", "drift"]
_PLACES: Mapping[str, Place] = {
    ReasonCode.HELD_BACK: "plans",
    ReasonCode.NEEDS_APPROVAL: "plans",
    ReasonCode.CHANGED_SINCE_PREVIEW: "plans",
    ReasonCode.MISSING_MAPPING: "mappings",
    ReasonCode.INACTIVE_REFERENCE: "mappings",
    ReasonCode.CHANGED_IN_QUICKBOOKS: "drift",
    ReasonCode.GONE_IN_QUICKBOOKS: "drift",
}
_PLAN = re.compile(r"rentaxis-sync (?:plans|approve) ([0-9a-f-]{6,})")
_NAME_ALONE = "name:"  # begins the id of a vendor that RentAxis knows by name only


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A record and what can be done about it. ``suggested``: the QuickBooks objects it may be; ``linking``: the decision that links it to one."""

    record: OpenRecord
    party: str = ""
    reason: str = ""
    remedy: str = ""
    suggested: Sequence[Candidate] = ()
    asked: bool = False  # it waits for a person to say what it is
    linking: Literal["confirm", "relink"] = "confirm"
    may_be_new: bool = False
    may_exclude: bool = False
    may_retry: bool = False
    rentaxis_url: str | None = None


class AskedRecord(msgspec.Struct, frozen=True):
    """A record that has no open result of its own."""

    source_type: str
    source_id: str
    source_label: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The same of a record that others wait for: a person says what it is in QuickBooks."""

    record: AskedRecord
    reason: str
    suggested: Sequence[Candidate]
    linking: Literal["confirm", "relink"]
    may_be_new: bool
    asked: bool = True


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """What one remedy clears. ``place``: where on the desk, if that is elsewhere; ``plan``: the stored plan to be approved."""

    cause: str
    title: str
    remedy: str
    count: int
    amount: Decimal
    oldest_day: dt.date
    matches: bool
    place: Place | None
    plan: str | None
    rows: Sequence[Row] = ()


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """A record that was decided about since its last try: it goes with the next sync. ``back``: how to undo that decision."""

    record: OpenRecord
    decision_id: int | None
    back: WayBack


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """All that needs attention. ``causes``: those that a person answers come before all others; ``done``: the newest few decided."""

    total: OpenTotal
    causes: Page[Cause]
    done_count: int
    done: Sequence[Done]
    seen: int


def overview(
    connection: sa.Connection,
    realm: str,
    company: Company,
    number: int,
    record_type: str | None,
    *,
    size: int,
    shown: int,
) -> Overview:
    """``number``: the page of causes, ``size`` a page; ``shown``: how many records of each cause, and of those decided."""
    causes = open_records.page_of_causes(
        connection, realm, number, record_type=record_type, first=MATCHES, size=size
    )
    first = open_records.first_rows(
        connection, realm, [cause.cause for cause in causes.rows], record_type=record_type, size=shown
    )
    rows = rows_of(connection, realm, company, [record for group in first.values() for record in group])
    made = [_cause(connection, realm, cause, first.get(cause.cause, []), rows) for cause in causes.rows]
    done = open_records.decided_rows(connection, realm, 1, size=shown)
    return Overview(
        total=open_records.total(connection, realm, record_type=record_type),
        causes=Page(rows=made, number=causes.number, has_more=causes.has_more),
        done_count=open_records.decided_count(connection, realm),
        done=done_of(connection, realm, done.rows),
        seen=decisions.newest(connection, realm),
    )


def asked_besides(connection: sa.Connection, realm: str, most: int) -> list[Asked]:
    """Customers and vendors that nobody has pushed by themselves, but that something else waits for; at most so many."""
    questions = decisions.questions_besides(connection, realm, most)
    linked = links_of_keys(connection, realm, [(each.source_type, each.source_id) for each in questions])
    return [
        Asked(
            record=AskedRecord(each.source_type, each.source_id, each.label),
            reason=for_the_desk(each.reason),
            suggested=each.candidates,
            linking="relink" if (each.source_type, each.source_id) in linked else "confirm",
            may_be_new=(each.source_type, each.source_id) not in linked,
        )
        for each in questions
        if each.source_type in ENTITY_LINKED_BY_HAND
    ]


def cause_of(connection: sa.Connection, realm: str, cause: str, record_type: str | None) -> Cause | None:
    """The cause with its sums; None where no open record has it."""
    found = open_records.cause(connection, realm, cause, record_type=record_type)
    return None if found is None else _cause(connection, realm, found, [], {})


def rows_of(
    connection: sa.Connection, realm: str, company: Company, records: Sequence[OpenRecord]
) -> dict[Key, Row]:
    """What can be done about each of these records, by its key."""
    keys = [(record.source_type, record.source_id) for record in records]
    questions = decisions.questions_of(connection, realm, keys)
    linked = links_of_keys(connection, realm, questions)
    parties = names_of_parties(connection, realm, records)
    rows: dict[Key, Row] = {}
    for key, record in zip(keys, records, strict=True):
        question = questions.get(key)
        by_hand = key[0] in ENTITY_LINKED_BY_HAND
        rows[key] = Row(
            record=record,
            party=parties.get(key, ""),
            reason=for_people(record.reason or "", record.source_id),
            remedy=remedy_of(record.reason_code, record.how_to_fix),
            suggested=question.candidates if question is not None and by_hand else (),
            asked=question is not None,
            linking="relink" if key in linked else "confirm",
            may_be_new=question is not None and key not in linked,
            may_exclude=key[0] in DECIDABLE,
            may_retry=pushable(key[0]),
            rentaxis_url=None if key[1].startswith(_NAME_ALONE) else company.record_url(*key),
        )
    return rows


def pushable(source_type: str) -> bool:
    """Whether a record of the type can be pushed by itself, or with the one that it is a part of."""
    return whole_of(source_type) in SOURCE_TYPES


def done_of(connection: sa.Connection, realm: str, records: Sequence[OpenRecord]) -> list[Done]:
    """How what was decided about each can be undone."""
    keys = [(record.source_type, record.source_id) for record in records]
    standing = standing_of_keys(connection, realm, keys)
    done: list[Done] = []
    for key, record in zip(keys, records, strict=True):
        here = standing[key]
        newest = here.in_force[-1] if here.in_force else None
        back = WayBack() if newest is None else way_back(newest, here, Labels(record=record.source_label))
        done.append(Done(record=record, decision_id=newest.decision_id if newest else None, back=back))
    return done


def _cause(
    connection: sa.Connection,
    realm: str,
    found: OpenCause,
    records: Sequence[OpenRecord],
    rows: Mapping[Key, Row],
) -> Cause:
    place = _PLACES.get(found.reason_code)
    return Cause(
        cause=found.cause,
        title=meaning_of(found.reason_code),
        remedy=remedy_of(found.reason_code, found.how_to_fix),
        count=found.rows,
        amount=found.amount,
        oldest_day=found.oldest_day,
        matches=is_match(found.reason_code),
        place=place,
        plan=_plan_in(connection, realm, found.how_to_fix) if place == "plans" else None,
        rows=[rows[record.source_type, record.source_id] for record in records],
    )


def _plan_in(connection: sa.Connection, realm: str, how_to_fix: str | None) -> str | None:
    """The id of the plan that a remedy speaks of, where it still waits for an approval."""
    found = _PLAN.search(how_to_fix or "")
    meant = previews.meant(connection, realm, found[1]) if found else []
    waiting = [preview.preview_id for preview in meant if preview.state == "planned"]
    return waiting[0] if len(waiting) == 1 else None
