"""What is in the way of a change in QuickBooks, by number: which payment holds the invoice, or which invoice holds the payment's money;
and what a payment that was written is applied to there beside what was asked.

"Automatically apply credits", a preference of QuickBooks, takes unapplied money for whatever invoice comes first; so does a person.
Here: looking that up for all such rows at once, two metered reads a type and one more. Not here: that it was refused (``verdicts``,
``in_doubt``), what goes before what (``planning.unapplying``).
"""

import contextlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, cast

from rentaxis_pipelines.ledger import links, results
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.record_types import NUMBER_FIELD, PAYING_TYPES, in_words
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.quickbooks.faults import QuickBooksError
from rentaxis_pipelines.sync.pushing.first_steps import is_first_step
from rentaxis_pipelines.sync.pushing.settle import Settled
from rentaxis_pipelines.sync.pushing.verdicts import NotWritten, Written
from rentaxis_pipelines.sync.run import Run

Objects = Mapping[str, Mapping[str, Any]]

_EXPLAINED = (ReasonCode.REJECTED, ReasonCode.CHANGED_IN_QUICKBOOKS)
_BY_ITSELF = (
    "If nobody did this, QuickBooks did: switch off 'Automatically apply credits' there (Account and settings, Advanced, "
    "Automation)."
)


# What may be paid, and what pays it.
_PAID_BY = {"Invoice": "Payment", "CreditMemo": "Payment", "Bill": "BillPayment"}


@dataclass(frozen=True, slots=True)
class Holder:
    """A payment that is applied to an invoice or bill in QuickBooks. ``label``: as a person knows it; ``applies_a_credit``: it is one of
    nothing, and would be left with the credit alone where QuickBooks took it off an invoice by itself.
    """

    label: str
    day: str
    amount: Decimal
    is_ours: bool
    applies_a_credit: bool = False


def explained(run: Run, settled: Sequence[Settled]) -> list[Settled]:
    """The same, where refused rows say what is in their way. Where QuickBooks cannot be asked, they stay as they are."""
    settled = _with_own_applications(run, settled)
    asked = [answer for answer in settled if _is_asked(answer)]
    held = [answer for answer in settled if _may_be_held(answer)]
    if not asked and not held:
        return list(settled)
    try:
        payments, invoices = _payments_and_invoices(run, [answer.row for answer in asked])
        holders = {
            entity: holders_of(
                run,
                entity,
                [answer.row.quickbooks_id or "" for answer in held if answer.row.quickbooks_type == entity],
            )
            for entity in _PAID_BY
        }
    except QuickBooksError:
        return list(settled)
    return [
        _explained(answer, payments, invoices)
        if answer in asked
        else _named(
            answer,
            holders[answer.row.quickbooks_type or ""].get(answer.row.quickbooks_id or "", []),
        )
        if answer in held
        else answer
        for answer in settled
    ]


def _with_own_applications(run: Run, settled: Sequence[Settled]) -> list[Settled]:
    """The same, where a written payment says what it is applied to in QuickBooks that RentAxis did not apply it to."""
    taken = [answer for answer in settled if _is_applied_otherwise(answer)]
    if not taken:
        return list(settled)
    wanted = {invoice for answer in taken for invoice in applied(cast(Written, answer.verdict).object)}
    invoices: Objects = {}
    with contextlib.suppress(QuickBooksError):  # then without their numbers
        invoices = _by_id(run, "Invoice", wanted)
    return [_applied_otherwise(answer, invoices) if answer in taken else answer for answer in settled]


def _is_applied_otherwise(answer: Settled) -> bool:
    row, verdict = answer.row, answer.verdict
    return (
        isinstance(verdict, Written)
        and row.quickbooks_type == "Payment"
        and row.action in ("create", "update")
        and not is_first_step(row)
        and "Line" in (row.payload or {})
        and applied(verdict.object) != applied(row.payload or {})
    )


def _applied_otherwise(answer: Settled, invoices: Objects) -> Settled:
    verdict, row = cast(Written, answer.verdict), answer.row
    said, remedy = _money_taken(row, {row.quickbooks_id or "": verdict.object}, invoices)
    said = said or "It is applied differently there than in RentAxis."
    remedy = remedy or "Open the payment in QuickBooks, and apply it as in RentAxis."
    differs = Refusal(
        ReasonCode.CHANGED_IN_QUICKBOOKS,
        f"{row.source_label} is in QuickBooks for its full amount. {said}",
        f"{remedy} {_BY_ITSELF}",
    )
    return replace(answer, verdict=replace(verdict, differs=differs))


def _may_be_held(answer: Settled) -> bool:
    """A change of an invoice or bill that was refused: there may be a payment on it."""
    verdict, row = answer.verdict, answer.row
    return (
        isinstance(verdict, NotWritten)
        and verdict.refusal.code == ReasonCode.REJECTED
        and row.quickbooks_type in _PAID_BY
        and row.action != "create"
    )


def _named(answer: Settled, holders: Sequence[Holder]) -> Settled:
    """The refusal, naming the payments that hold the invoice or bill. QuickBooks' own words stay behind ours."""
    row = answer.row
    left = row.amount if row.action == "update" else Decimal(0)
    if sum((holder.amount for holder in holders), Decimal(0)) <= left:
        return answer  # refused for something else
    verdict = cast(NotWritten, answer.verdict)
    others = [holder for holder in holders if not holder.is_ours]
    ours = not others
    reason, remedy = in_their_words(row, others or holders, ours=ours)
    code = ReasonCode.HELD_BY_PAYMENT if ours else ReasonCode.REJECTED
    return replace(answer, verdict=replace(verdict, refusal=Refusal(code, reason, remedy)))


def in_their_words(row: PlannedRow, holders: Sequence[Holder], *, ours: bool) -> tuple[str, str]:
    """Why the row cannot go while these are applied to it, and what to do. ``ours``: they are payments from RentAxis."""
    listed = " and ".join(f"{holder.label} ({holder.amount:,.2f}, dated {holder.day})" for holder in holders)
    word = "is" if len(holders) == 1 else "are"
    change = "voided" if row.action == "void" else "changed"
    reason = f"{row.source_label} cannot be {change} in QuickBooks while {listed} {word} applied to it there."
    if not ours:
        return f"{reason} RentAxis did not apply it, so it was left unchanged.", (
            f"Unapply {listed} in QuickBooks, then run again."
        )
    which = "its day" if len(holders) == 1 else "their days"
    return reason, (
        f"If RentAxis no longer applies {listed} to it, push {which} too, and this follows automatically. If it does, "
        "correct what is applied in RentAxis."
    )


def holders_of(run: Run, entity: str, ids: Collection[str]) -> dict[str, list[Holder]]:
    """What is applied to each of these invoices or bills in QuickBooks, by id; those that nothing is applied to are absent.

    Two metered reads where anything is. Raises QuickBooksError.
    """
    paid_by = _PAID_BY[entity]
    paid = _by_id(run, entity, set(ids) - {""})
    by_invoice = {key: _linked(entry, paid_by) for key, entry in paid.items()}
    payments = _by_id(run, paid_by, {entry for held_by in by_invoice.values() for entry in held_by})
    owners = links.owners_of(run.connection, run.realm, paid_by, payments)
    labels = {
        (source_type, source_id): result.source_label
        for source_type in PAYING_TYPES
        for source_id, result in results.newest_of(
            run.connection,
            run.realm,
            run.run_id,
            source_type,
            [owner_id for owner_type, owner_id in owners.values() if owner_type == source_type],
        ).items()
    }
    held_by: dict[str, list[Holder]] = {}
    for invoice_id, payment_ids in by_invoice.items():
        for payment_id in sorted(payment_ids & payments.keys()):
            payment = payments[payment_id]
            label = labels.get(owners.get(payment_id, ("", ""))) or _numbered(paid_by, payment)
            amount = applied(payment, entity).get(invoice_id, Decimal(0))
            applies_a_credit = entity == "Invoice" and bool(applied(payment, "CreditMemo"))
            day = str(payment.get("TxnDate"))
            holder = Holder(label, day, amount, payment_id in owners, applies_a_credit)
            held_by.setdefault(invoice_id, []).append(holder)
    return held_by


def _linked(transaction: Mapping[str, Any], entity: str) -> set[str]:
    linked = cast("list[dict[str, Any]]", transaction.get("LinkedTxn") or [])
    # A bill names the kind of its payment ("BillPaymentCheck"), an invoice just "Payment".
    return {str(link["TxnId"]) for link in linked if str(link.get("TxnType")).startswith(entity)}


def _is_asked(answer: Settled) -> bool:
    verdict, row = answer.verdict, answer.row
    return (
        isinstance(verdict, NotWritten)
        and verdict.refusal.code in _EXPLAINED
        and row.quickbooks_type == "Payment"
        and row.action != "void"
    )


def _payments_and_invoices(run: Run, rows: Sequence[PlannedRow]) -> tuple[Objects, Objects]:
    """The payments themselves and those on their invoices; the invoices of both."""
    own = _by_id(run, "Payment", {row.quickbooks_id for row in rows if row.quickbooks_id})
    wanted = {
        invoice
        for transaction in [*own.values(), *(row.payload or {} for row in rows)]
        for invoice in applied(transaction)
    }
    invoices = _by_id(run, "Invoice", wanted)
    holders = {
        str(linked["TxnId"])
        for invoice in invoices.values()
        for linked in cast("list[dict[str, Any]]", invoice.get("LinkedTxn") or [])
        if linked.get("TxnType") == "Payment"
    }
    return {**own, **_by_id(run, "Payment", holders - own.keys())}, invoices


def _by_id(run: Run, entity: str, ids: set[str]) -> Objects:
    return (
        {str(entry["Id"]): entry for entry in run.client.query_in(entity, "Id", sorted(ids))} if ids else {}
    )


def _explained(answer: Settled, payments: Objects, invoices: Objects) -> Settled:
    verdict = cast(NotWritten, answer.verdict)
    if verdict.refusal.code == ReasonCode.REJECTED:
        said, remedy = _balance_taken(answer.row, payments, invoices)
    else:
        said, remedy = _money_taken(answer.row, payments, invoices)
        said = f"{verdict.refusal.reason} {said}" if said else ""
    if not said:
        return answer
    explained = Refusal(verdict.refusal.code, said, f"{remedy} {_BY_ITSELF}")
    return replace(answer, verdict=replace(verdict, refusal=explained))


def _balance_taken(row: PlannedRow, payments: Objects, invoices: Objects) -> tuple[str, str]:
    """Of each invoice that has too little left to pay: how much, and what holds the rest."""
    mine = applied(payments.get(row.quickbooks_id or "", {}))
    said: list[str] = []
    holding: list[str] = []
    for invoice_id, amount in applied(row.payload or {}).items():
        invoice = invoices.get(invoice_id)
        if invoice is None:
            continue
        left = Decimal(invoice.get("Balance") or 0) + mine.get(invoice_id, Decimal(0))
        if amount <= left:
            continue
        number = _numbered("Invoice", invoice)
        others = [
            f"{_numbered('Payment', other)} ({applied(other)[invoice_id]:,.2f})"
            for other_id, other in sorted(payments.items())
            if other_id != row.quickbooks_id and invoice_id in applied(other)
        ]
        holding += others
        by = (
            f", because {' and '.join(others)} {'is' if len(others) == 1 else 'are'} applied to it"
            if others
            else ""
        )
        said.append(f"{number} has {left:,.2f} open in QuickBooks, not {amount:,.2f}{by}")
    remedy = (
        f"Unapply {' and '.join(holding)} there, or correct the allocation in RentAxis, then run again."
        if holding
        else "Open the invoice in QuickBooks, correct the allocation in RentAxis, then run again."
    )
    return (f"{row.source_label} could not be applied: {'; '.join(said)}." if said else ""), remedy


def _money_taken(row: PlannedRow, payments: Objects, invoices: Objects) -> tuple[str, str]:
    """Which invoices the payment is applied to in QuickBooks that we did not apply it to."""
    current = applied(payments.get(row.quickbooks_id or "", {}))
    wanted = applied(row.payload or {})
    others = [
        f"{_numbered('Invoice', invoices[invoice_id])} ({amount:,.2f})"
        for invoice_id, amount in sorted(current.items())
        if invoice_id in invoices and wanted.get(invoice_id) != amount
    ]
    if not others:
        return "", ""
    listed = " and ".join(others)
    remedy = f"Unapply it from {listed} in QuickBooks, or run again with force to put RentAxis' version back."
    return f"It is applied to {listed} there.", remedy


def applied(payment: Mapping[str, Any], entity: str = "Invoice") -> dict[str, Decimal]:
    """What a payment, or the payload of one, is applied to: amounts by QuickBooks id."""
    return {
        str(linked["TxnId"]): Decimal(line["Amount"])
        for line in cast("list[dict[str, Any]]", payment.get("Line") or [])
        for linked in cast("list[dict[str, Any]]", line.get("LinkedTxn") or [])
        if linked.get("TxnType") == entity
    }


def _numbered(entity: str, transaction: Mapping[str, Any]) -> str:
    """By its number; one without is known by day and money."""
    word = in_words(entity)
    if number := transaction.get(NUMBER_FIELD[entity]):
        return f"{word} {number}"
    return f"the {word} of {transaction.get('TxnDate')} for {Decimal(transaction.get('TotalAmt') or 0):,.2f}"
