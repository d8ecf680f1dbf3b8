"""What a tenant or program owes less as QuickBooks CreditMemos: concessions, waived late fees, debts written off, invoices below zero, and
what is kept of a security deposit.

The treatment is Intuit's own ("Create and apply credit memos or delayed credits in QuickBooks Online"; "Write off bad debt in QuickBooks
Online": a credit memo on an item that posts to the bad debt account; "Refund a security deposit in QuickBooks Online": one on the deposit's
item). Not here: what a credit is applied to (``credit_applications``).
"""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from functools import partial

from rentaxis_pipelines.mapping import resolve, rules, sales_lines, text
from rentaxis_pipelines.mapping.deleted_at_source import brought_to_zero
from rentaxis_pipelines.mapping.outcome import (
    NO_FACTS,
    Context,
    Existing,
    Facts,
    Mapped,
    answers,
    refused,
)
from rentaxis_pipelines.model.marker import marker
from rentaxis_pipelines.model.money import as_read
from rentaxis_pipelines.model.payload import VOID_HASH, Payload
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.record_type import CREDIT
from rentaxis_pipelines.model.source_records import Credit
from rentaxis_pipelines.model.statuses import DRAFT, ISSUED, VOID

KEPT_OF_DEPOSIT = "deposit-"  # begins the id of a credit that a settlement gives (``given_credits.sql``)


def credit_label(credit: Credit) -> str:
    """The credit as a person knows it."""
    if kept_of_a_deposit(credit):
        return f"Deposit kept by settlement {credit.source_id.removeprefix(KEPT_OF_DEPOSIT)}"
    return f"Credit {credit.credit_number or credit.source_id}"


def kept_of_a_deposit(credit: Credit) -> bool:
    """Whether it is what a settlement keeps of a security deposit against what the tenant was billed (``deposit_settlements``)."""
    return credit.source_id.startswith(KEPT_OF_DEPOSIT)


def credit_number(credit: Credit, *, number_is_taken: bool = False) -> str:
    """The DocNumber: RentAxis' number where QuickBooks takes it and no other credit has it, else a stable one."""
    if text.is_legal_number(credit.credit_number) and not number_is_taken:
        return str(credit.credit_number)
    return text.derived_number("C", credit.source_id)


def credit_lookups(context: Context, credit: Credit) -> Iterator[resolve.Lookup]:
    """What the credit needs of the company file."""
    yield from sales_lines.lookups(context, credit)


@answers
def plan_credit(
    credit: Credit,
    existing: Existing | None,
    context: Context,
    facts: Facts = NO_FACTS,
) -> Mapped:
    """Create, update or void the CreditMemo, or the reason why not. What it is applied to is to let go of it before a void."""
    label, number_is_taken = credit_label(credit), facts.number_is_taken
    rules.refuse_imported(credit, label)
    if kept_of_a_deposit(credit) and existing is None and not facts.settlements_are_pushed:
        raise refused(
            ReasonCode.TYPE_NOT_ENABLED,
            f"{label} is what was kept of a security deposit, and deposit settlements are not pushed.",
            "Add deposit_settlements to also_push in company.yaml, or enter the settlement in QuickBooks by hand.",
        )
    if credit.deleted_at is not None or credit.status == VOID:
        return _void(credit, existing, context, number_is_taken)
    if credit.status == DRAFT:
        if existing is None or existing.content_hash == VOID_HASH:
            raise refused(ReasonCode.DRAFT, f"{label} is a draft in RentAxis.")
        raise refused(
            ReasonCode.INVALID_VALUE,
            f"{label} is a draft again in RentAxis, but is still in QuickBooks.",
            "Issue it again in RentAxis, or void it there, then run again.",
        )
    rules.refuse_unreadable(credit, label)
    rules.refuse_unknown_status(credit.status, frozenset({ISSUED}), label)
    rules.refuse_before_go_live(context, existing, credit.credit_date, label)
    customer = rules.refuse_without_customer(facts.parent_id, credit.payer, label)

    return rules.create_or_update(
        context,
        existing,
        entity="CreditMemo",
        label=label,
        record_date=credit.credit_date,
        key=credit_number(credit, number_is_taken=number_is_taken),
        total=credit_total(credit),
        build=partial(_payload, credit, context, customer, number_is_taken),
    )


def credit_total(credit: Credit) -> Decimal:
    """The total in cents. Raises ``RecordRefused`` when it is not above zero or not the sum of the lines."""
    label = credit_label(credit)
    total = sales_lines.total(credit, label)
    if total <= 0:
        raise refused(
            ReasonCode.INVALID_VALUE, f"{label} comes to {as_read(total)}; a credit must be above zero."
        )
    return total


def _payload(
    credit: Credit,
    context: Context,
    customer_id: str,
    number_is_taken: bool,
    booked_on: dt.date,
    notes: list[str],
) -> Payload:
    return {
        "CustomerRef": {"value": customer_id},
        "DocNumber": credit_number(credit, number_is_taken=number_is_taken),
        "TxnDate": booked_on.isoformat(),
        "PrivateNote": _note(credit, notes, number_is_taken),
        **sales_lines.lines_and_place(credit, credit_label(credit), context),
    }


def _note(credit: Credit, notes: list[str], number_is_taken: bool) -> str:
    parts: list[str | None] = [*notes, text.place(credit.place)]
    number = credit.credit_number
    if number and credit_number(credit, number_is_taken=number_is_taken) != number:
        parts.append(f"Number in RentAxis: {number}")
    return text.private_note([*parts, credit.memo], marker(CREDIT, credit.source_id))


def _void(credit: Credit, existing: Existing | None, context: Context, number_is_taken: bool) -> Mapped:
    """QuickBooks' reference describes no void of a credit memo: it is brought to zero, and keeps its number."""
    said = "Deleted in RentAxis" if credit.deleted_at is not None else "Void in RentAxis"
    if credit.void_reason:
        said = f"{said}: {credit.void_reason}"
    return rules.void_record(
        context,
        credit,
        existing,
        label=credit_label(credit),
        record_date=credit.credit_date,
        key=credit_number(credit, number_is_taken=number_is_taken),
        payload=brought_to_zero(existing, said) if existing is not None else {},
    )
