"""The decisions every transaction shares: imported, deleted, too early, unchanged, closed period, void.

Each ``refuse_...`` raises ``RecordRefused`` where it applies and does nothing else. Not here: what is particular
to a record type.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import cast

import msgspec

from rentaxis_pipelines.mapping import found_again
from rentaxis_pipelines.mapping.outcome import Action, Context, Existing, Mapped, RecordRefused, refused
from rentaxis_pipelines.model.payload import VOID_HASH, Entity, Payload, content_hash
from rentaxis_pipelines.model.reasons import ALREADY_VOID, NOT_CHANGED, ReasonCode
from rentaxis_pipelines.model.source_records import Payer, Payment, Transaction
from rentaxis_pipelines.model.statuses import FAILED, NEVER_CREATED, REFUNDED, TAKEN_BACK
from rentaxis_pipelines.settings import Company

_BESIDE_THE_ACCOUNTS = ("PrivateNote", "ClassRef", "DepartmentRef")

# Builds the payload for a date, with extra lines for the memo.
Build = Callable[[dt.date, list[str]], Payload]


def may_be_created(record: Transaction, company: Company) -> bool:
    """Whether the record may be made in QuickBooks, so that what it needs has to be there."""
    if record.deleted_at is not None:
        return False
    if isinstance(record, Payment) and is_returned(record):
        return company.policies.returned_payments != "void"
    refunded = isinstance(record, Payment) and record.status == REFUNDED and bool(record.refunds)
    return refunded or record.status not in NEVER_CREATED


def is_returned(payment: Payment) -> bool:
    """Whether the bank or the processor took the payment's money back, on a day that RentAxis tells."""
    return payment.returned_on is not None and payment.status in TAKEN_BACK and payment.deleted_at is None


def refuse_imported(record: Transaction | Payer, label: str) -> None:
    """Records born in QuickBooks are never echoed back."""
    link = record.imported_link
    if link is not None and link.origin == "imported":
        raise refused(
            ReasonCode.FROM_QUICKBOOKS,
            f"{label} was imported from QuickBooks ({link.quickbooks_type} there).",
        )


def refuse_unreadable(record: Transaction | Payer, label: str) -> None:
    """What the reading of the row found wrong with it."""
    if record.problem_code is not None:
        code = ReasonCode(record.problem_code)
        raise refused(code, record.problem or f"{label} cannot be read as it is.")


def refuse_unknown_status(status: str | None, known: frozenset[str], label: str) -> None:
    """A status this program was never told about is never taken for a good one."""
    if status not in known:
        raise refused(
            ReasonCode.UNKNOWN_SOURCE_VALUE,
            f"{label} has the status '{status or ''}' in RentAxis, which this sync does not recognize.",
        )


def refuse_before_go_live(
    context: Context, existing: Existing | None, record_date: dt.date, label: str
) -> None:
    """Records dated before go-live belong to books kept by other means, unless they were pushed already."""
    go_live = context.company.go_live
    if existing is None and go_live is not None and record_date < go_live:
        raise refused(
            ReasonCode.BEFORE_GO_LIVE, f"{label} is dated {record_date}, before the go-live date {go_live}."
        )


def refuse_without_customer(customer_id: str | None, payer: Payer | None, label: str) -> str:
    """The customer's id; a record whose payer is no customer yet waits."""
    if customer_id is None:
        who = f" {payer.name}" if payer is not None and payer.name else ""
        raise refused(
            ReasonCode.WAITING_FOR_PARENT,
            f"{label} is waiting for its payer{who}, who is not yet a QuickBooks customer.",
            "See the result of the payer's own row, then run again.",
        )
    return customer_id


def refuse_to_void_deleted(context: Context, existing: Existing | None, label: str) -> None:
    """Where the company's policy is to report: a record deleted in RentAxis stands on, and a person is told."""
    stands = existing is not None and existing.content_hash != VOID_HASH
    if stands and context.company.policies.deleted == "report":
        raise refused(
            ReasonCode.INVALID_VALUE,
            f"{label} was deleted in RentAxis but is still in QuickBooks.",
            "Void it in QuickBooks and exclude it here, or set policies.deleted to void in company.yaml.",
        )


def void(
    context: Context,
    existing: Existing | None,
    *,
    label: str,
    why: str,
    record_date: dt.date,
    key: str,
    payload: Payload,
) -> Mapped:
    """Void what stands in QuickBooks. RecordRefused where nothing stands, it is void already, or its period is closed."""
    if existing is None:
        raise refused(ReasonCode.VOID_NEVER_PUSHED, f"{label} {why} before it was ever pushed.")
    if existing.content_hash == VOID_HASH:
        raise refused(ReasonCode.UNCHANGED, f"{label}{ALREADY_VOID}")
    current_day = existing.txn_date or record_date
    if not context.request.force:
        found_again.refuse_to_void_anothers(existing, label, key, record_date.isoformat())
    if is_closed(context, current_day):
        raise closed_period(context, current_day, f"{label} {why} in RentAxis, but")
    return Mapped("void", existing.entity, payload, VOID_HASH, key, Decimal("0.00"))


def void_record(
    context: Context,
    record: Transaction,
    existing: Existing | None,
    *,
    label: str,
    record_date: dt.date,
    key: str,
    payload: Payload,
) -> Mapped:
    """``void`` for a record that RentAxis has voided or deleted, or whose money never came; it says which."""
    why = "failed" if record.status == FAILED else "was voided"
    if record.deleted_at is not None:
        refuse_to_void_deleted(context, existing, label)
        why = "was deleted"
    return void(context, existing, label=label, why=why, record_date=record_date, key=key, payload=payload)


def create_or_update(
    context: Context,
    existing: Existing | None,
    *,
    entity: Entity,
    label: str,
    record_date: dt.date,
    key: str,
    total: Decimal,
    build: Build,
) -> Mapped:
    """Create, update in place, or leave alone what has not changed; closed periods by the company's policy.

    The content hash is that of the record at its own date, so a closing date that moves on changes no hash.
    """
    build = _in_the_home_currency(context, build)
    payload = build(record_date, [])
    digest = content_hash(payload)
    if existing is not None and existing.current is not None and not context.request.force:
        booked_on = existing.txn_date or record_date
        existing = found_again.compared(
            existing,
            payload,
            label,
            total,
            record_date,
            lambda: _redated(record_date, booked_on, build),
        )
    if existing is not None:
        existing = _as_of_its_own_date(existing, record_date, digest, build)
        refuse_unchanged(context, existing, digest, label)
        current_day = existing.txn_date or record_date
        if is_closed(context, current_day):
            raise _closed_as_it_is(context, existing, current_day, digest, build, label)
    redated_from = None
    if is_closed(context, record_date):
        if context.company.policies.closed_period == "block":
            raise closed_period(context, record_date, f"{label} cannot be booked:")
        booked_on = (existing.txn_date if existing else None) or _first_open_day(context)
        payload, redated_from = _redated(record_date, booked_on, build), record_date
    action: Action = "create" if existing is None else "update"
    return Mapped(action, entity, payload, digest, key, total, redated_from=redated_from)


def _closed_as_it_is(
    context: Context, existing: Existing, current_day: dt.date, digest: str, build: Build, label: str
) -> RecordRefused:
    """Why a record whose object stands in a closed period stays as it is: nothing has changed, nothing of weight, or it cannot."""
    if existing.content_hash == digest:
        return refused(
            ReasonCode.UNCHANGED, f"{label} has not changed, and its period is closed in QuickBooks."
        )
    if _only_the_memo_differs(existing, build(current_day, [])):
        return refused(
            ReasonCode.UNCHANGED,
            f"{label} has changed only in memo, class or location, and its period is closed in QuickBooks.",
        )
    return closed_period(context, current_day, f"{label} was changed in RentAxis, but")


def _in_the_home_currency(context: Context, build: Build) -> Build:
    """A company that keeps several currencies has to be told that of each transaction (entity reference)."""
    home = context.references.home_currency
    if home is None or not context.references.several_currencies:
        return build
    return lambda booked_on, notes: {**build(booked_on, notes), "CurrencyRef": {"value": home}}


def _only_the_memo_differs(existing: Existing, payload: Payload) -> bool:
    """Whether the accounts would be the same: the name of a house, say, stands in the memo of all its invoices."""
    if existing.content_hash in (None, VOID_HASH) or not existing.pushed:
        return False
    return content_hash(_without_memo(existing.pushed)) == content_hash(_without_memo(payload))


def _without_memo(payload: Mapping[str, object]) -> dict[str, object]:
    return {name: _part(value) for name, value in payload.items() if name not in _BESIDE_THE_ACCOUNTS}


def _part(value: object) -> object:
    if isinstance(value, Mapping):
        return _without_memo(cast("Mapping[str, object]", value))
    return [_part(element) for element in cast("list[object]", value)] if isinstance(value, list) else value


def _redated(record_date: dt.date, booked_on: dt.date, build: Build) -> Payload:
    note = f"Dated {record_date} in RentAxis; the books were closed, so it is booked on {booked_on}."
    return build(booked_on, [note])


def _as_of_its_own_date(existing: Existing, record_date: dt.date, digest: str, build: Build) -> Existing:
    """A record that was redated in the run that also made its customer is known by the hash of what was sent.

    Where that is what would be sent again, nothing has changed.
    """
    current_day = existing.txn_date
    if current_day in (None, record_date) or existing.content_hash in (None, digest, VOID_HASH):
        return existing
    if existing.content_hash != content_hash(_redated(record_date, current_day, build)):
        return existing
    return msgspec.structs.replace(existing, content_hash=digest)


def refuse_unchanged(context: Context, existing: Existing, digest: str, label: str) -> None:
    """What QuickBooks already holds exactly so is left alone, unless the person forces."""
    if existing.content_hash == digest and not context.request.force:
        raise refused(ReasonCode.UNCHANGED, f"{label}{NOT_CHANGED}")


def is_closed(context: Context, day: dt.date) -> bool:
    """Whether the books are closed for that day (the closing date itself is closed)."""
    closing_date = context.references.closing_date
    return closing_date is not None and day <= closing_date


def closed_period(context: Context, day: dt.date, beginning: str) -> RecordRefused:
    """The refusal that names the date and the closing date."""
    closing_date = context.references.closing_date
    return refused(
        ReasonCode.CLOSED_PERIOD,
        f"{beginning} QuickBooks' books are closed through {closing_date}, and it is dated {day}.",
    )


def _first_open_day(context: Context) -> dt.date:
    assert context.references.closing_date is not None
    return context.references.closing_date + dt.timedelta(days=1)
