"""Security deposits settled at move-out: what is paid back, as a check to the tenant against the liability that the deposit is held in.

The treatment is Intuit's own ("Refund a security deposit in QuickBooks Online"): a check on the liability account for what is refunded; an
invoice for what is kept, and a credit memo on the deposit's item that pays it. Here: the check. Not here: the credit memo (``credits``) and
what it pays (``credit_applications``), the deposit itself and what it is kept for, which are invoices.
"""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from functools import partial

from rentaxis_pipelines.mapping import resolve, rules, text
from rentaxis_pipelines.mapping.deleted_at_source import brought_to_zero
from rentaxis_pipelines.mapping.outcome import NO_FACTS, Context, Existing, Facts, Mapped, answers, refused
from rentaxis_pipelines.model.marker import marker
from rentaxis_pipelines.model.money import as_read
from rentaxis_pipelines.model.payload import VOID_HASH, Payload
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.record_type import DEPOSIT_SETTLEMENT
from rentaxis_pipelines.model.source_records import Account, DepositSettlement
from rentaxis_pipelines.model.statuses import DRAFT, FINALIZED

_ZERO = Decimal("0.00")


def settlement_label(settlement: DepositSettlement) -> str:
    """The settlement as a person knows it."""
    return f"Deposit settlement {settlement.source_id}"


def settlement_number(settlement: DepositSettlement) -> str:
    """The DocNumber: ours, for RentAxis does not number settlements."""
    return text.derived_number("S", settlement.source_id)


def settlement_lookups(context: Context, settlement: DepositSettlement) -> Iterator[resolve.Lookup]:
    """What the refund needs of the company file."""
    if settlement.refund_amount:
        label = settlement_label(settlement)
        yield partial(resolve.held_account_id, context, settlement.account)
        yield partial(refunded_from, context, settlement.method, settlement.paid_from_account, label)
        yield from resolve.lookups_of_place(context, settlement.place)


def refunded_from(
    context: Context, method: str | None, named: Account | None, label: str
) -> resolve.PaidFrom:
    """The account a deposit is refunded from: as RentAxis says, by account or by method, else the company's own for deposits."""
    own = context.company.mappings.deposits_refunded_from
    if method is not None or named is not None:
        return resolve.paid_from(context, method, named, label, resolve.DEPOSIT_TYPES)
    key_path = "mappings.deposits_refunded_from"
    if own is None:
        raise resolve.missing_mapping(
            f"RentAxis does not say what account {label} is refunded from, and none is mapped.", key_path
        )
    account = resolve.account_of_type(context, own, key_path, resolve.DEPOSIT_TYPES)
    return resolve.PaidFrom(account.quickbooks_id, "Check" if account.type in ("Bank", None) else "Cash")


@answers
def plan_deposit_settlement(
    settlement: DepositSettlement, existing: Existing | None, context: Context, facts: Facts = NO_FACTS
) -> Mapped:
    """Create, update or void the check of what is refunded, or the reason why there is none."""
    label = settlement_label(settlement)
    if settlement.deleted_at is not None:
        return _void(settlement, existing, context, label)
    if settlement.status == DRAFT:
        if existing is None or existing.content_hash == VOID_HASH:
            raise refused(ReasonCode.DRAFT, f"{label} is not finalized in RentAxis.")
        raise refused(
            ReasonCode.INVALID_VALUE,
            f"{label} is not finalized any more in RentAxis, but its refund is in QuickBooks.",
            "Finalize it again in RentAxis, or delete it there, then run again.",
        )
    rules.refuse_unreadable(settlement, label)
    rules.refuse_unknown_status(settlement.status, frozenset({FINALIZED}), label)
    rules.refuse_before_go_live(context, existing, settlement.settlement_date, label)
    _refuse_what_does_not_add_up(settlement, label)
    total = resolve.money(settlement.refund_amount, label)
    if not total:
        return _void(settlement, existing, context, label)
    customer = rules.refuse_without_customer(facts.parent_id, settlement.payer, label)
    return rules.create_or_update(
        context,
        existing,
        entity="Purchase",
        label=label,
        record_date=settlement.settlement_date,
        key=settlement_number(settlement),
        total=total,
        build=partial(_payload, settlement, context, customer, total),
    )


def _refuse_what_does_not_add_up(settlement: DepositSettlement, label: str) -> None:
    """What is kept and what is refunded is what was held. Deductions beyond the deposit leave nothing to refund; the tenant owes the rest.

    Interest that is paid with a deposit is no part of it, and RentAxis tells nothing of it: nothing is made up here.
    """
    held, refund = settlement.deposit_held or _ZERO, settlement.refund_amount or _ZERO
    kept = min(settlement.deductions_total or _ZERO, held)
    if kept + refund != held:
        raise refused(
            ReasonCode.TOTAL_MISMATCH,
            f"{label} keeps {as_read(kept)} and refunds {as_read(refund)}, but {as_read(held)} was held:"
            f" a difference of {as_read(abs(held - kept - refund))}.",
            "Correct the deductions or the refund in RentAxis, then run again. Interest belongs in an expense of its own.",
        )


def _payload(
    settlement: DepositSettlement,
    context: Context,
    customer_id: str,
    total: Decimal,
    booked_on: dt.date,
    notes: list[str],
) -> Payload:
    label = settlement_label(settlement)
    source = refunded_from(context, settlement.method, settlement.paid_from_account, label)
    detail: Payload = {"AccountRef": {"value": resolve.held_account_id(context, settlement.account)}}
    if class_id := resolve.class_id(context, settlement.place):
        detail["ClassRef"] = {"value": class_id}
    payload: Payload = {
        "PaymentType": source.payment_type,
        "AccountRef": {"value": source.account_id},
        "EntityRef": {"value": customer_id, "type": "Customer"},
        "DocNumber": settlement_number(settlement),
        "TxnDate": booked_on.isoformat(),
        "PrivateNote": _note(settlement, notes),
        "Line": [
            {
                "DetailType": "AccountBasedExpenseLineDetail",
                "Amount": total,
                "Description": "Security deposit refunded",
                "AccountBasedExpenseLineDetail": detail,
            }
        ],
    }
    if location_id := resolve.location_id(context, settlement.place):
        payload["DepartmentRef"] = {"value": location_id}
    return payload


def _note(settlement: DepositSettlement, notes: list[str]) -> str:
    said = f"Security deposit refunded by settlement {settlement.source_id}"
    return text.private_note(
        [*notes, text.place(settlement.place), said], marker(DEPOSIT_SETTLEMENT, settlement.source_id)
    )


def _void(settlement: DepositSettlement, existing: Existing | None, context: Context, label: str) -> Mapped:
    """Of a settlement that was deleted, or that pays nothing back (any more)."""
    said = "Deleted in RentAxis" if settlement.deleted_at is not None else "Pays nothing back in RentAxis"
    payload = brought_to_zero(existing, said) if existing is not None else {}
    key, day = settlement_number(settlement), settlement.settlement_date
    if settlement.deleted_at is None:
        why = "pays nothing back"
        if existing is None:
            raise refused(ReasonCode.VOID_NEVER_PUSHED, f"{label} {why}: no check is needed.")
        return rules.void(context, existing, label=label, why=why, record_date=day, key=key, payload=payload)
    return rules.void_record(
        context, settlement, existing, label=label, record_date=day, key=key, payload=payload
    )
