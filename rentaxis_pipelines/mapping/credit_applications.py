"""Credits applied to invoices: a QuickBooks Payment of nothing, with a line for each invoice and one for the CreditMemo.

That is how the Payment resource uses a credit memo (Intuit's entity reference of Payment: equal positive amounts, TotalAmt 0). It moves no
money and posts nothing: it says which invoices the credit settles. Not here: the credit itself (``credits``).
"""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import cast

import msgspec

from rentaxis_pipelines.mapping import applying, resolve, rules, text
from rentaxis_pipelines.mapping.outcome import (
    NO_FACTS,
    Context,
    Existing,
    Facts,
    Mapped,
    RecordRefused,
    answers,
    refused,
)
from rentaxis_pipelines.model.marker import marker
from rentaxis_pipelines.model.money import as_read
from rentaxis_pipelines.model.payload import Payload
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.record_type import CREDIT_APPLICATION
from rentaxis_pipelines.model.source_records import CreditApplication
from rentaxis_pipelines.model.statuses import ISSUED, VOID

_ZERO = Decimal("0.00")


def application_label(application: CreditApplication) -> str:
    """The application as a person knows it: by its credit."""
    return f"Application of credit {application.credit_number or application.source_id}"


def application_number(application: CreditApplication) -> str:
    """The PaymentRefNum: always our own, for RentAxis numbers the credit alone."""
    return text.derived_number("A", application.source_id)


def no_lookups(_context: Context, _application: CreditApplication) -> Iterator[resolve.Lookup]:
    """It needs nothing of the company file."""
    yield from ()


@answers
def plan_credit_application(
    application: CreditApplication,
    existing: Existing | None,
    context: Context,
    facts: Facts = NO_FACTS,
) -> Mapped:
    """Create, update or void the Payment that joins the credit to its invoices, or the reason why not.

    Invoices that are not there yet are waited for, as with a payment; without any of them there is nothing to send.
    """
    label = application_label(application)
    rules.refuse_imported(application, label)
    if application.deleted_at is not None or application.status == VOID or not application.allocations:
        return _void(application, existing, context)
    rules.refuse_unreadable(application, label)
    rules.refuse_unknown_status(application.status, frozenset({ISSUED}), label)
    rules.refuse_before_go_live(context, existing, application.application_date, label)
    customer = rules.refuse_without_customer(facts.parent_id, application.payer, label)
    _refuse_more_than_the_credit(application, label)
    applied = applying.apply(application, label, facts)
    if facts.credit_id is None:
        raise _without_its_credit(application, facts, label)
    if hold := applying.held_back(context, label, applied.unapplied):
        raise hold
    if existing is None and not applied.lines:
        part = applied.unapplied[0]
        reason = f"{label} is waiting for {part.what}, which {part.why.reason}."
        raise refused(part.why.code, reason, part.why.remedy or None, part.source_id)
    lines = _with_credit(applied.lines, facts.credit_id)

    try:
        mapped = rules.create_or_update(
            context,
            existing,
            entity="Payment",
            label=label,
            record_date=application.application_date,
            key=application_number(application),
            total=_ZERO,
            build=partial(_payload, application, customer, lines),
        )
    except RecordRefused as error:
        if error.refusal.code == ReasonCode.UNCHANGED and applied.unapplied:
            raise RecordRefused(applying.not_applied_yet(label, applied.unapplied, unchanged=True)) from None
        raise
    remark = (
        applying.not_applied_yet(label, applied.unapplied, unchanged=False) if applied.unapplied else None
    )
    return msgspec.structs.replace(mapped, remark=remark)


def _refuse_more_than_the_credit(application: CreditApplication, label: str) -> None:
    if application.credit_total is None or application.amount is None:
        return
    if application.amount > application.credit_total:
        raise refused(
            ReasonCode.INVALID_VALUE,
            f"{label} comes to {as_read(application.amount)}, but the credit is {as_read(application.credit_total)}.",
            "Correct what the credit is applied to in RentAxis, then run again.",
        )


def _without_its_credit(application: CreditApplication, facts: Facts, label: str) -> RecordRefused:
    credit = application.credit_number or application.source_id
    why = facts.credit_waits
    if why is None:
        why = applying.still_to_come(
            "is not in QuickBooks yet", f"See the result of credit {credit}, then run again."
        )
    return refused(
        why.code, f"{label} is waiting for its credit, which {why.reason}.", why.remedy or None, credit
    )


def _with_credit(lines: list[Payload], credit_id: str) -> list[Payload]:
    """The invoices' lines with the credit's own, in the order of QuickBooks' ids; none at all where no invoice is there."""
    if not lines:
        return []
    used = sum((cast(Decimal, line["Amount"]) for line in lines), _ZERO)
    credit: Payload = {"Amount": used, "LinkedTxn": [{"TxnId": credit_id, "TxnType": "CreditMemo"}]}
    both = [*lines, credit]
    return sorted(both, key=lambda line: str(cast("list[dict[str, str]]", line["LinkedTxn"])[0]["TxnId"]))


def _payload(
    application: CreditApplication,
    customer_id: str,
    lines: list[Payload],
    booked_on: dt.date,
    notes: list[str],
) -> Payload:
    return {
        "CustomerRef": {"value": customer_id},
        "TotalAmt": _ZERO,
        "TxnDate": booked_on.isoformat(),
        "PaymentRefNum": application_number(application),
        "PrivateNote": _note(application, notes),
        "Line": lines,  # also when empty: QuickBooks replaces lines all or none (entity reference)
    }


def _note(application: CreditApplication, notes: list[str]) -> str:
    places = list(dict.fromkeys(text.place(allocation.place) for allocation in application.allocations))
    applies = f"Applies credit {application.credit_number or application.source_id}"
    return text.private_note([*notes, *places, applies], marker(CREDIT_APPLICATION, application.source_id))


def _void(application: CreditApplication, existing: Existing | None, context: Context) -> Mapped:
    return rules.void_record(
        context,
        application,
        existing,
        label=application_label(application),
        record_date=application.application_date,
        key=application_number(application),
        payload={"PrivateNote": _note(application, ["Void in RentAxis"])},
    )
