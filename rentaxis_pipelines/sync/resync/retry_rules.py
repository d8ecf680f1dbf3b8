"""What makes a record worth pushing again without a person asking. Pure: what the ledger and RentAxis say in, what to try out.

Every attempt is compared with what has happened since: the record or its payer or vendor was changed in RentAxis, a person
decided, what it waited for arrived in QuickBooks, the mappings or QuickBooks' lists are others, or its run never got to it.
Nothing is remembered but how often a version was tried, so a lost tick loses nothing and a repeated one repeats nothing.

Not here: reading (``fixed``, ``edited``, ``missed``), and what a run is (``orchestration``).
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import Literal

import msgspec

from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.ledger.open_rows import Attempt, NewestDecision
from rentaxis_pipelines.ledger.tries import Try
from rentaxis_pipelines.matching.vendors import vendor_key
from rentaxis_pipelines.model.reasons import IN_PART, ReasonCode
from rentaxis_pipelines.model.record_type import (
    BILL_PAYMENTS,
    CREDIT,
    CREDIT_APPLICATION,
    DEPOSIT,
    INVOICE,
    PAPER,
    REFUND,
    VENDOR,
)
from rentaxis_pipelines.model.record_types import PAYER_TYPES, PAYING_TYPES, whole_key
from rentaxis_pipelines.model.source_records import Vendor
from rentaxis_pipelines.rentaxis.versions import Version

# RentAxis stamps a change when its transaction begins, by its own clock, and a run reads a while before it plans. A change
# that is so much older than the plan may have been missed by it: at worst a record is tried once in vain.
OVERLAP = dt.timedelta(minutes=10)

# Between tries that led nowhere; three times as long after each.
PAUSE = dt.timedelta(minutes=10)

# Reasons that lie in company.yaml or in QuickBooks' lists and preferences.
IN_THE_SETTINGS = (
    ReasonCode.MISSING_MAPPING,
    ReasonCode.INACTIVE_REFERENCE,
    ReasonCode.OTHER_CURRENCY,
    ReasonCode.CLOSED_PERIOD,
)

# Nothing about the record has to change: its run never got to it, or a file could not be read, such as from a server that was down.
MAY_PASS = (ReasonCode.NOT_REACHED, ReasonCode.PAPER_UNREADABLE)

# Something else, once it is in QuickBooks, may release the row or the rest of it.
WAIT_FOR_OTHERS = (ReasonCode.WAITING_FOR_PARENT, *IN_PART)
# Held back for an invoice that cannot come: it may after all.
OF_PAYMENTS_WAIT_FOR_OTHERS = (ReasonCode.INVALID_VALUE,)


class Known(msgspec.Struct, frozen=True):
    """What may release a record, as it is now. ``settings`` is the present fingerprint (``settings_used``).

    ``applied``: the invoices and refunds a payment is applied to. ``waits_for_all``: whether a payment waits until all of it can be applied.
    ``let_go``: invoices that payments were in the way of, and are no more.
    """

    versions: Mapping[Key, Version]
    decisions: Mapping[Key, NewestDecision] = {}
    links: Mapping[Key, dt.datetime] = {}
    settings: str = ""
    applied: Mapping[Key, Collection[Key]] = {}
    waits_for_all: bool = True
    let_go: Collection[Key] = ()


class Wanted(msgspec.Struct, frozen=True):
    """A record to be pushed again with the day and record type it goes through with; ``tries`` counts this one.

    ``after``: the run that looked at it last. With it, a cause that comes back later (a mapping fixed, broken and fixed again) is
    another one, although its version is the same.
    """

    key: Key
    day: dt.date
    pushed_as: str
    version: str
    tries: int
    after: str = ""


def record_of(row: Attempt) -> Key:
    """The RentAxis record a row is about: the payment of a bill, and what it stood as before, are part of an expense."""
    return whole_key(row.key)


def party_of(version: Version) -> Key | None:
    """The payer or vendor the record needs, as the ledger knows it."""
    if version.party_type is None:
        return None
    if version.party_type != VENDOR:
        return None if version.party_id is None else (version.party_type, version.party_id)
    key = vendor_key(Vendor(version.party_id, version.party_name, None, None, None))
    return None if key is None else (VENDOR, key)


def needed_by(row: Attempt, version: Version) -> set[Key]:
    """What must stand in QuickBooks before the row can go through."""
    if row.source_type in (PAPER, DEPOSIT):
        return {
            (source_type, source_id)
            for source_type, _, source_id in (each.partition("/") for each in version.pays)
        }
    needed: set[Key] = {_paid(name) for name in version.pays}
    party = party_of(version)
    if party is not None:
        needed.add(party)
    if row.source_type in BILL_PAYMENTS:
        needed.add(record_of(row))
    if row.source_type == CREDIT_APPLICATION:
        needed.add((CREDIT, row.source_id))
    return needed


def _paid(name: str) -> Key:
    """What a payment pays: an invoice by its id, or a refund, whose id says so."""
    kind, sign, refund_id = name.partition("/")
    return (REFUND, refund_id) if sign and kind == REFUND else (INVOICE, name)


def released(row: Attempt, known: Known) -> str | None:
    """What has happened since the row was last tried that makes it worth trying, as a text that is another for anything else.

    None where nothing has, or RentAxis has the record no longer.
    """
    version = known.versions.get(record_of(row))
    # What the guard held back waits for a person: day by day it would all slip through.
    if version is None or row.reason_code == ReasonCode.HELD_BACK:
        return None
    changed_at = max(version.changed_at, version.party_changed_at or version.changed_at)
    if row.reason_code in MAY_PASS:
        return f"not reached; changed {changed_at.isoformat()}"
    causes: list[str] = []
    if changed_at > row.read_at - OVERLAP:
        causes.append(f"changed {changed_at.isoformat()}")
    about = (row.key, record_of(row), party_of(version) or row.key)
    decided = [known.decisions[key] for key in about if key in known.decisions]
    if recent := [decision.decision_id for decision in decided if decision.decided_at > row.read_at]:
        causes.append(f"decision {max(recent)}")
    if (arrived := _arrived(row, version, known)) is not None and arrived > row.planned_at:
        causes.append(f"arrived {arrived.isoformat()}")
    if row.key in known.let_go:
        causes.append("let go")
    if settings_may_help(row, known.settings):
        causes.append(f"settings {known.settings}")
    return "; ".join(causes) or None


def waits_for_others(row: Attempt) -> bool:
    """Whether something else, once it is in QuickBooks, may release the row or the rest of it."""
    return row.reason_code in WAIT_FOR_OTHERS or (
        row.source_type in PAYING_TYPES and row.reason_code in OF_PAYMENTS_WAIT_FOR_OTHERS
    )


def _arrived(row: Attempt, version: Version, known: Known) -> dt.datetime | None:
    """When the last came of what the row waits for; None while it waits."""
    if not waits_for_others(row):
        return None
    needed = needed_by(row, version)
    paid = (
        {key for key in needed if key[0] in (INVOICE, REFUND)}
        if row.source_type in PAYING_TYPES
        else set[Key]()
    )
    if row.reason_code in IN_PART:
        # Each invoice, or refund, helps that is there and takes nothing yet.
        new = paid - set(known.applied.get(row.key, ()))
        return max((known.links[key] for key in new if key in known.links), default=None)
    if row.source_type == CREDIT_APPLICATION:
        # It waits for its credit, or for the first of its invoices: there is no money to be booked before.
        return max((known.links[key] for key in needed if key in known.links), default=None)
    # No payment waits for its refunds: they are of what is left of it.
    invoices = {key for key in paid if key[0] == INVOICE}
    needed -= paid - invoices if known.waits_for_all else paid
    # One parent of two helps nothing, and parents that were all there already are not what it waits for.
    there = [known.links[key] for key in needed if key in known.links]
    return max(there) if there and len(there) == len(needed) else None


def settings_may_help(row: Attempt, settings: str) -> bool:
    """Whether the row failed for something that lies in the settings, under others than these."""
    return row.reason_code in IN_THE_SETTINGS and row.settings not in ("", settings)


def next_try(
    version: str, tried: Try | None, attempted_at: dt.datetime | None, now: dt.datetime, most: int
) -> int | Literal["later", "never"]:
    """The number of the try that is due; "later" if it is too soon for another, "never" if a person has to look.

    ``attempted_at``: when the record was last looked at, None where looking came to nothing.
    """
    if tried is None or tried.version != version:
        return 1
    if attempted_at is not None and attempted_at > tried.requested_at:
        return "never"  # tried as it is now, in vain
    if tried.tries >= most:
        return "never"
    return "later" if now < tried.requested_at + PAUSE * 3 ** (tried.tries - 1) else tried.tries + 1


def fixed_records(
    rows: Iterable[Attempt], known: Known, tried: Mapping[Key, Try], now: dt.datetime, most: int
) -> list[Wanted]:
    """The failed and waiting rows that are worth trying now."""
    wanted: list[Wanted] = []
    for row in rows:
        version = released(row, known)
        if version is None:
            continue
        reached = row.reason_code not in MAY_PASS
        if not reached and now < row.planned_at + PAUSE:
            continue
        number = next_try(version, tried.get(row.key), row.planned_at if reached else None, now, most)
        if isinstance(number, int):
            day = day_of(row, known.versions)
            wanted.append(Wanted(row.key, day, row.pushed_as, version, number, row.run_id))
    return wanted


def day_of(row: Attempt, versions: Mapping[Key, Version]) -> dt.date:
    """The day whose run brings the row: a payer goes through with the record that needed it, others by their present date."""
    if row.source_type in PAYER_TYPES or record_of(row) not in versions:
        return row.day
    return versions[record_of(row)].day
