"""Payments that change while they are in a bank deposit of ours: the deposit lets go of them first and takes them back last.

QuickBooks changes no payment that a deposit gathers (6540). So before anything else is sent the deposit gets a line of the same money out
of Undeposited Funds in the payment's place (``PlannedRow.release``): its total, its day and its bank line stay as they are at every moment,
and so does the balance of Undeposited Funds. After the payments' own rows the link is put back. Where the payment no longer is what
the deposit gathered (another amount or account, void), the other line stays until the deposit's own record says what is in it.

A deposit that a person made, one in closed books and one of a company that pushes no deposits are nobody's to touch: QuickBooks
refuses the payment, and its row says so. Not here: what a deposit gathers (``mapping.deposits``).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

import msgspec

from rentaxis_pipelines.ledger import links, results
from rentaxis_pipelines.mapping.deposits import linked_line, stand_in_line
from rentaxis_pipelines.mapping.outcome import Mapped
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.payload import content_hash
from rentaxis_pipelines.model.phases import DEPENDENTS
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.record_type import DEPOSIT, DEPOSITS
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.sync.planning.plan_context import PlanContext
from rentaxis_pipelines.sync.planning.planned import Subject, planned_row

_CHANGES = ("update", "void", "delete")


class _Held(msgspec.Struct, frozen=True):
    """A payment's row, and what stood of it before."""

    row: PlannedRow
    before: Link


def deposits_letting_go(
    context: PlanContext, rows: Sequence[PlannedRow], known: Mapping[str, Link]
) -> list[PlannedRow]:
    """The rows of our deposits that these payments are in and that have to let go of them. ``known``: the payments' links by source id."""
    deposits, held = _deposits_of(context, rows, known)
    return [_row(context, deposits[source_id], held[source_id]) for source_id in sorted(held)]


def held_in(context: PlanContext, rows: Sequence[PlannedRow], known: Mapping[str, Link]) -> dict[str, str]:
    """By source id of a payment that changes, the QuickBooks id of our deposit that it is in."""
    deposits, held = _deposits_of(context, rows, known)
    return {
        each.row.source_id: deposits[source_id].quickbooks_id
        for source_id, payments in held.items()
        for each in payments
    }


def _deposits_of(
    context: PlanContext, rows: Sequence[PlannedRow], known: Mapping[str, Link]
) -> tuple[dict[str, Link], dict[str, list[_Held]]]:
    """Our deposits by source id, and the payments of each that change."""
    if not context.allows(DEPOSITS) or context.mapping.references.undeposited_id is None:
        return {}, {}
    changing = {
        row.quickbooks_id: _Held(row, known[row.source_id])
        for row in rows
        if row.status is None and row.action in _CHANGES and row.quickbooks_id and row.source_id in known
    }
    run = context.run
    found = links.deposits_of(run.connection, run.realm, changing)
    deposits = {
        source_id: link
        for source_id, link in links.links_of(run.connection, run.realm, DEPOSIT, set(found.values())).items()
        if link.origin == "created" and not _is_closed(context, link)
    }
    held: dict[str, list[_Held]] = defaultdict(list)
    for payment_id, deposit in found.items():
        if deposit in deposits:
            held[deposit].append(changing[payment_id])
    return deposits, held


def _is_closed(context: PlanContext, deposit: Link) -> bool:
    closing_date = context.mapping.references.closing_date
    return closing_date is not None and str(deposit.mapped.get("TxnDate")) <= closing_date.isoformat()


def _row(context: PlanContext, deposit: Link, held: Sequence[_Held]) -> PlannedRow:
    """The update that puts the deposit back, with its first step."""
    by_payment = {each.before.quickbooks_id: each for each in held}
    undeposited = context.mapping.references.undeposited_id or ""
    lines = cast("list[dict[str, Any]]", deposit.mapped.get("Line") or [])
    let_go = [_without(line, by_payment, undeposited, every=True) for line in lines]
    put_back = [_without(line, by_payment, undeposited, every=False) for line in lines]
    whole: dict[str, Any] = {**deposit.mapped, "Line": put_back}
    gone = [each for each in held if not _stays(each)]
    mapped = Mapped(
        "update",
        "Deposit",
        whole,
        deposit.content_hash if not gone else content_hash(whole),
        str(deposit.mapped.get("TxnDate")),
        deposit.total,
        remark=_waits(gone) if gone else None,
        redated_from=deposit.redated_from,
    )
    row = planned_row(context, _subject(context, deposit, held[0].row), mapped, deposit, phase=DEPENDENTS)
    first = {name: deposit.mapped[name] for name in ("DepositToAccountRef",) if name in deposit.mapped}
    return msgspec.structs.replace(row, release={**first, "Line": let_go})


def _without(
    line: dict[str, Any], held: Mapping[str, _Held], undeposited: str, *, every: bool
) -> dict[str, Any]:
    """The line as it stands while the payments are let go (``every``), or in the end."""
    linked = cast("list[dict[str, str]]", line.get("LinkedTxn") or [])
    each = held.get(linked[0]["TxnId"]) if linked else None
    if each is None:
        return line
    amount = Decimal(line["Amount"])
    if not every and _stays(each):
        return linked_line(each.before.quickbooks_id, amount)
    return stand_in_line(undeposited, _value(each.before.mapped, "CustomerRef") or "", amount)


def _stays(each: _Held) -> bool:
    """Whether the payment is, after its change, what the deposit gathered."""
    if each.row.action != "update":
        return False
    after, before = each.row.payload or {}, each.before.mapped
    if "TotalAmt" in after and Decimal(after["TotalAmt"]) != Decimal(before.get("TotalAmt") or 0):
        return False
    moves = "DepositToAccountRef" in after
    return not moves or _value(after, "DepositToAccountRef") == _value(before, "DepositToAccountRef")


def _value(payment: Mapping[str, Any], name: str) -> str | None:
    reference = cast("Mapping[str, str] | None", payment.get(name))
    return reference["value"] if reference else None


def _waits(gone: Sequence[_Held]) -> Refusal:
    named = " and ".join(each.row.source_label for each in gone)
    return Refusal(
        ReasonCode.APPLIED_IN_PART,
        f"It no longer gathers {named}, which changed in RentAxis; the same money is taken out of Undeposited Funds instead, so the "
        "deposit still equals the bank's line.",
        "Correct what is in the deposit in RentAxis, then push its day.",
    )


def _subject(context: PlanContext, deposit: Link, payment: PlannedRow) -> Subject:
    run = context.run
    newest = results.newest_of(run.connection, run.realm, run.run_id, DEPOSIT, [deposit.source_id])
    known = newest.get(deposit.source_id)
    return Subject(
        payment.day if known is None else known.day,
        DEPOSITS,
        DEPOSIT,
        deposit.source_id,
        f"Bank deposit {deposit.source_id}" if known is None else known.source_label,
        (deposit.total if deposit.total is not None else Decimal(0)).quantize(Decimal("0.01")),
    )
