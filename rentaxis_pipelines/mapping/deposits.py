"""Payouts of a processor and batches of checks and cash as QuickBooks bank deposits, each equal to its line at the bank.

A payment that waits in Undeposited Funds is gathered by a link (Intuit's help, "Record and make bank deposits"); one that went to an account
of its own, such as a processor's clearing account, cannot be linked (entity reference of Deposit: a linked line names what sits in
Undeposited Funds), so its gross amount is taken out of that account, in the customer's name. What the processor kept is a line below
zero on the fees' account (Intuit's help, "Account for merchant fees on bank deposits").

Not here: the payments themselves (``payments``), a deposit that lets go of one (``sync.planning.deposits_held``).
"""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from functools import partial

from rentaxis_pipelines.mapping import resolve, rules, text
from rentaxis_pipelines.mapping.outcome import (
    NO_FACTS,
    Context,
    Existing,
    Facts,
    Mapped,
    Received,
    answers,
    refused,
)
from rentaxis_pipelines.model.marker import marker
from rentaxis_pipelines.model.money import as_read
from rentaxis_pipelines.model.payload import VOID_HASH, Payload
from rentaxis_pipelines.model.reasons import ALREADY_VOID, ReasonCode
from rentaxis_pipelines.model.record_type import DEPOSIT
from rentaxis_pipelines.model.source_records import Deposit, DepositedPayment
from rentaxis_pipelines.model.statuses import COMPLETED, PENDING, TAKEN_BACK

_ZERO = Decimal("0.00")
_WORDS = {"payout": "Payout", "batch": "Bank deposit"}


def deposit_label(deposit: Deposit) -> str:
    """The deposit as a person knows it."""
    return f"{_WORDS.get(deposit.kind or '', 'Bank deposit')} {deposit.reference or deposit.source_id}"


def deposit_lookups(context: Context, deposit: Deposit) -> Iterator[resolve.Lookup]:
    """What the deposit needs of the company file."""
    yield partial(_bank_id, context, deposit)
    if deposit.fee:
        yield partial(resolve.processor_fees_id, context)
    for line in deposit.other_lines:
        yield partial(resolve.journal_account_id, context, line.account, deposit_label(deposit))


@answers
def plan_deposit(
    deposit: Deposit, existing: Existing | None, context: Context, facts: Facts = NO_FACTS
) -> Mapped:
    """Create, update or delete the QuickBooks Deposit, or the reason why not. It waits until all its payments stand."""
    label = deposit_label(deposit)
    rules.refuse_imported(deposit, label)
    if deposit.deleted_at is not None:
        rules.refuse_to_void_deleted(context, existing, label)
        return taken_back(existing, context, label, "was deleted")
    if deposit.status in TAKEN_BACK:
        return taken_back(existing, context, label, "was voided")
    rules.refuse_unreadable(deposit, label)
    if deposit.status == PENDING:
        if existing is None or existing.content_hash == VOID_HASH:
            raise refused(ReasonCode.DRAFT, f"{label} has not reached the bank yet.")
        raise refused(
            ReasonCode.INVALID_VALUE,
            f"{label} was pushed as completed and is pending again in RentAxis.",
            "Find out whether the money reached the bank; complete or void the deposit in RentAxis, then run again.",
        )
    rules.refuse_unknown_status(deposit.status, frozenset({COMPLETED}), label)
    rules.refuse_before_go_live(context, existing, deposit.deposit_date, label)
    total = resolve.money(deposit.total, label)
    _refuse_unequal(deposit, total, label)
    lines = _lines(deposit, context, facts, label)
    standing = None if existing is not None and existing.content_hash == VOID_HASH else existing

    mapped = rules.create_or_update(
        context,
        standing,
        entity="Deposit",
        label=label,
        record_date=deposit.deposit_date,
        key=deposit.deposit_date.isoformat(),
        total=total,
        build=partial(_payload, deposit, context, lines),
    )
    # QuickBooks is asked for a deposit by its day: the one it is booked on, where the books were closed for its own.
    return Mapped(
        mapped.action,
        mapped.entity,
        mapped.payload,
        mapped.content_hash,
        str(mapped.payload["TxnDate"]),
        mapped.total,
        redated_from=mapped.redated_from,
    )


def taken_back(existing: Existing | None, context: Context, label: str, why: str) -> Mapped:
    """Delete the Deposit, which lets go of its payments: QuickBooks knows no void of one (entity reference), and a linked line has no zero."""
    if existing is None:
        raise refused(ReasonCode.VOID_NEVER_PUSHED, f"{label} {why} before it was ever pushed.")
    if existing.content_hash == VOID_HASH:
        raise refused(ReasonCode.UNCHANGED, f"{label}{ALREADY_VOID}")
    day = existing.txn_date
    if day is not None and rules.is_closed(context, day):
        raise rules.closed_period(context, day, f"{label} {why} in RentAxis, but")
    return Mapped("delete", "Deposit", {}, VOID_HASH, day.isoformat() if day is not None else label, _ZERO)


def _refuse_unequal(deposit: Deposit, total: Decimal, label: str) -> None:
    """What is in it comes to what the bank shows, to the cent."""
    gathered = sum((resolve.money(each.amount, _named(each)) for each in deposit.payments), _ZERO)
    others = sum((resolve.money(line.amount, f"a line of {label}") for line in deposit.other_lines), _ZERO)
    fee = resolve.money(deposit.fee or _ZERO, f"the fee of {label}")
    if gathered + others - fee != total:
        raise refused(
            ReasonCode.TOTAL_MISMATCH,
            f"{label} is {as_read(total)} at the bank, but its payments come to {as_read(gathered)}, "
            f"its other lines to {as_read(others)} and its fees to {as_read(fee)}: {as_read(gathered + others - fee)}.",
            "Correct what is in it in RentAxis, then run again.",
        )
    if not deposit.payments and not deposit.other_lines:
        raise refused(ReasonCode.MISSING_FIELD, f"{label} has nothing in it.")


def _lines(deposit: Deposit, context: Context, facts: Facts, label: str) -> list[Payload]:
    bank = _bank_id(context, deposit)
    lines = [_line_of(each, context, facts, label, bank) for each in deposit.payments]
    for line in deposit.other_lines:
        account = resolve.journal_account_id(context, line.account, label)
        amount = resolve.money(line.amount, f"a line of {label}")
        lines.append(_direct(account, amount, text.description(line.description)))
    if deposit.fee:
        fee = resolve.money(deposit.fee, f"the fee of {label}")
        lines.append(_direct(resolve.processor_fees_id(context), -fee, "Processing fees"))
    return lines


def _line_of(gathered: DepositedPayment, context: Context, facts: Facts, label: str, bank: str) -> Payload:
    """The line of a payment: linked where it waits in Undeposited Funds, otherwise out of the account it went to."""
    received, named = facts.received.get(gathered.payment_id), _named(gathered)
    if received is None:
        raise _waits_for(gathered, facts, label)
    amount = resolve.money(gathered.amount, named)
    if received.amount != amount:
        raise refused(
            ReasonCode.TOTAL_MISMATCH,
            f"{label} gathers {as_read(amount)} of {named}, which is {as_read(received.amount)} in QuickBooks.",
            f"See the result of {named}, correct it or the deposit in RentAxis, then run again.",
            gathered.payment_id,
        )
    if received.account_id == bank:
        raise refused(
            ReasonCode.INVALID_VALUE,
            f"{named} went straight to the bank account of {label} in QuickBooks; gathering it would count its money twice.",
            "Map the payment's method to Undeposited Funds or a clearing account in company.yaml, push the payment, then run again.",
            gathered.payment_id,
        )
    if received.account_id in (None, context.references.undeposited_id):
        return linked_line(received.quickbooks_id, amount)
    return _direct(received.account_id or "", amount, named, received)


def linked_line(payment_id: str, amount: Decimal) -> Payload:
    """The line of a payment that waits in Undeposited Funds. ``payment_id``: QuickBooks'."""
    linked = {"TxnId": payment_id, "TxnType": "Payment", "TxnLineId": "0"}
    return {"Amount": amount, "LinkedTxn": [linked]}


def stand_in_line(account_id: str, customer_id: str, amount: Decimal) -> Payload:
    """In place of a payment that has to be let go: the same money out of Undeposited Funds itself."""
    return _direct(account_id, amount, None, Received("", account_id, customer_id, amount))


def _direct(account_id: str, amount: Decimal, said: str | None, received: Received | None = None) -> Payload:
    detail: Payload = {"AccountRef": {"value": account_id}}
    if received is not None:
        detail["Entity"] = {"value": received.customer_id, "type": "CUSTOMER"}
    line: Payload = {"DetailType": "DepositLineDetail", "Amount": amount, "DepositLineDetail": detail}
    return {**line, "Description": said} if said else line


def _waits_for(gathered: DepositedPayment, facts: Facts, label: str) -> Exception:
    why, named = facts.waits.get(gathered.payment_id), _named(gathered)
    if why is None:
        return refused(
            ReasonCode.WAITING_FOR_PARENT,
            f"{label} is waiting for {named}, which is not in QuickBooks yet.",
            f"See the result of {named}, then run again.",
            gathered.payment_id,
        )
    return refused(
        why.code,
        f"{label} is waiting for {named}, which {why.reason}.",
        why.remedy or None,
        gathered.payment_id,
    )


def _payload(
    deposit: Deposit, context: Context, lines: list[Payload], booked_on: dt.date, notes: list[str]
) -> Payload:
    """The Deposit payload, lines whole: an update replaces all (entity reference)."""
    return {
        "DepositToAccountRef": {"value": _bank_id(context, deposit)},
        "TxnDate": booked_on.isoformat(),
        "PrivateNote": _note(deposit, notes),
        "Line": lines,
    }


def _bank_id(context: Context, deposit: Deposit) -> str:
    bank = resolve.deposit_account_id(context, None, deposit.bank_account)
    if bank is None:
        raise refused(ReasonCode.MISSING_FIELD, f"{deposit_label(deposit)} names no bank account.")
    return bank


def _note(deposit: Deposit, notes: list[str]) -> str:
    return text.private_note([*notes, deposit_label(deposit)], marker(DEPOSIT, deposit.source_id))


def _named(gathered: DepositedPayment) -> str:
    return f"payment {gathered.payment_number or gathered.payment_id}"
