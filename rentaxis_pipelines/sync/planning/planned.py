"""From a mapping decision to a planned row, and from a link to what mapping wants to know of it.

Here: what every record type's plan shares. Not here: any one type (``plan_customers``, ``kinds``), writing it down (``saving``).
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, cast

import msgspec

from rentaxis_pipelines.ledger import links
from rentaxis_pipelines.mapping.cleared_fields import cleared_fields
from rentaxis_pipelines.mapping.outcome import AlreadyWritten, Existing, Mapped
from rentaxis_pipelines.mapping.preflight import SettingsProblem
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.payload import VOID_HASH, VOIDED_BY_OPERATION, Entity
from rentaxis_pipelines.model.phases import RECORDS
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.refusal import Refusal, columns_of, decided_by
from rentaxis_pipelines.sync.known_links import links_of_keys
from rentaxis_pipelines.sync.planning.plan_context import PlanContext
from rentaxis_pipelines.sync.pushing.push import PENDING
from rentaxis_pipelines.sync.run import Run

ZERO = Decimal("0.00")


class PlanMade(msgspec.Struct, frozen=True):
    """A plan in the ledger. ``problems``: each mapping its records need and cannot use, once; those rows fail by themselves."""

    plan_id: str
    record_type: str
    problems: list[SettingsProblem] = []


class Subject(msgspec.Struct, frozen=True):
    """The record a planned row is about."""

    day: dt.date
    record_type: str
    source_type: str
    source_id: str
    label: str
    amount: Decimal = ZERO


def existing_of(link: Link | None, amount: Decimal | None = None) -> Existing | None:
    """What mapping wants to know of a link; None for a record without a live object.

    A total that QuickBooks computed otherwise than ``amount`` counts as changed, so that it is never taken for done.
    """
    if link is None or link.state == "gone":
        return None
    found = is_uncompared(link)
    off = link.state == "live" and amount is not None and link.total is not None and link.total != abs(amount)
    booked_on = link.mapped.get("TxnDate")
    customer = cast("Mapping[str, str]", link.mapped.get("CustomerRef") or {})
    return Existing(
        entity=cast(Entity, link.quickbooks_type),
        quickbooks_id=link.quickbooks_id,
        content_hash=VOID_HASH if found and link.state == "void" else None if off else link.content_hash,
        origin=link.origin,
        txn_date=dt.date.fromisoformat(booked_on) if booked_on else None,
        customer_id=customer.get("value"),
        pushed=link.mapped,
        current=link.mapped if found else None,
        touched=found and link.sync_token != "0",
    )


def is_uncompared(link: Link) -> bool:
    """Whether the link says how the object stands, not what we wrote: it was taken back by its marker (``take_back``)."""
    return link.origin == "created" and not link.owned


def planned_row(
    context: PlanContext,
    subject: Subject,
    outcome: Mapped | Refusal,
    link: Link | None,
    *,
    phase: int = RECORDS,
    payload: dict[str, Any] | None = None,
    shared: Iterable[str] = (),
) -> PlannedRow:
    """The planned row of a decision. Plan id, position and generation are given by ``saving``.

    ``payload``: what is sent, where that is less than what is mapped. ``shared``: further keys that keep rows out of one batch.
    """
    row = _undecided_row(context, subject, link, phase)
    if isinstance(outcome, Refusal):
        return msgspec.structs.replace(row, **decided_by(outcome), **_known(outcome, link))
    if outcome.remark is not None:
        row = msgspec.structs.replace(row, **columns_of(outcome.remark))
    current = link if outcome.action != "create" else None
    mapped = cast("dict[str, Any]", outcome.payload)
    taken_back = outcome.action in ("void", "delete")
    kept = current.mapped if current is not None and taken_back else mapped
    sent = _payload_sent(outcome, current, mapped if payload is None else payload)
    return msgspec.structs.replace(
        row,
        action=outcome.action,
        quickbooks_type=outcome.entity,
        quickbooks_id=current.quickbooks_id if current else None,
        sync_token=current.sync_token if current else None,
        quickbooks_number=outcome.key,
        payload=sent,
        mapped=None if kept == sent else kept,
        content_hash=outcome.content_hash,
        readable_key=outcome.key,
        conflict_keys=[f"{outcome.entity}:{outcome.key.casefold()}", *shared],
        pending=sorted(_pending(sent)),
        redated_from=(current if current is not None and outcome.action == "void" else outcome).redated_from,
    )


def _undecided_row(context: PlanContext, subject: Subject, link: Link | None, phase: int) -> PlannedRow:
    """The row of a record as it is before anything is decided about it."""
    return PlannedRow(
        plan_id="",
        position=0,
        phase=phase,
        day=subject.day,
        record_type=subject.record_type,
        source_type=subject.source_type,
        source_id=subject.source_id,
        source_label=subject.label,
        amount=subject.amount,
        currency=context.company.currency,
        action="none",
        quickbooks_type=link.quickbooks_type if link else None,
        quickbooks_id=link.quickbooks_id if link else None,
        quickbooks_number=link.quickbooks_number if link else None,
        forced=context.request.force,
    )


def _payload_sent(outcome: Mapped, current: Link | None, payload: dict[str, Any]) -> dict[str, Any]:
    """The payload without the fields that stay as they are in QuickBooks, and with those that are to be cleared there."""
    unsent = set(outcome.kept)
    voided = outcome.action == "void" and outcome.entity in VOIDED_BY_OPERATION
    if voided and current is not None and "PrivateNote" not in current.owned:
        unsent.add("PrivateNote")  # the note of an object we did not write is somebody else's: it stays
    sent = {name: value for name, value in payload.items() if name not in unsent}
    if current is not None and outcome.action == "update":
        sent |= cleared_fields(current.mapped, current.owned, outcome.payload)
    return sent


def stopped_row(row: PlannedRow, why: Refusal) -> PlannedRow:
    """The row, decided: nothing of it is sent."""
    return msgspec.structs.replace(
        row,
        action="none",
        **decided_by(why),
        payload=None,
        mapped=None,
        content_hash=None,
        readable_key=None,
        conflict_keys=[],
        pending=[],
    )


def waiting(outcome: Mapped | Refusal, beginning: str, why: Refusal | None) -> Mapped | Refusal:
    """Where a record waits for its customer or vendor, say what that one waits for."""
    if why is None or isinstance(outcome, Mapped) or outcome.code != ReasonCode.WAITING_FOR_PARENT:
        return outcome
    return Refusal(outcome.code, f"{beginning}: {why.reason}", why.remedy, outcome.subject)


def _known(outcome: Refusal, link: Link | None) -> dict[str, Any]:
    """What is now known of an object that the ledger did not know, for ``keep_compared``."""
    if link is None or not isinstance(outcome, AlreadyWritten):
        return {}
    # What a person changed in it is found out when we next write to it (0: the token of the creation).
    token = "0" if outcome.known.edited else link.sync_token
    return {
        "mapped": outcome.known.payload,
        "content_hash": outcome.known.content_hash,
        "sync_token": token,
        "redated_from": outcome.known.redated_from,
    }


def keep_compared(run: Run, rows: Iterable[PlannedRow]) -> None:
    """Keep what these rows found out about objects that were taken back. The caller commits."""
    # A row that is held keeps its payload.
    compared = {
        (row.source_type, row.source_id): row
        for row in rows
        if row.status is not None
        and row.payload is None
        and row.mapped is not None
        and row.content_hash is not None
    }
    known = links_of_keys(run.connection, run.realm, compared)
    links.save_links(
        run.connection,
        [
            msgspec.structs.replace(
                link,
                mapped=row.mapped or {},
                owned=sorted(row.mapped or {}),
                content_hash=row.content_hash or "",
                sync_token=row.sync_token or link.sync_token,
                redated_from=row.redated_from,
            )
            for key, link in known.items()
            if link.quickbooks_id == (row := compared[key]).quickbooks_id
        ],
    )


def _pending(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {key for inner in cast("dict[str, Any]", value).values() for key in _pending(inner)}
    if isinstance(value, list):
        return {key for inner in cast("list[Any]", value) for key in _pending(inner)}
    return {value.removeprefix(PENDING)} if isinstance(value, str) and value.startswith(PENDING) else set()
