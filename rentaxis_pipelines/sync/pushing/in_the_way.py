"""Why QuickBooks refused a payment: which payment holds the invoice's balance, or which invoice holds the payment's money, by number.

"Automatically apply credits", a preference of QuickBooks, takes unapplied money for whatever invoice comes first; so does a person.
Here: looking that up for all refused payments at once, three metered reads at most. Not here: that it was refused (``verdicts``,
``doubts``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, cast

from rentaxis_pipelines.ledger.reasons import ReasonCode
from rentaxis_pipelines.ledger.rows import PlannedRow
from rentaxis_pipelines.quickbooks.faults import QuickBooksError
from rentaxis_pipelines.sync.pushing.settle import Settled
from rentaxis_pipelines.sync.pushing.verdicts import Refused
from rentaxis_pipelines.sync.run import Run

Objects = Mapping[str, Mapping[str, Any]]

_EXPLAINED = (ReasonCode.REJECTED, ReasonCode.CHANGED_IN_QUICKBOOKS)
_BY_ITSELF = (
    "If nobody did that, QuickBooks did: switch off 'Automatically apply credits' there (Account and settings, Advanced, "
    "Automation)."
)


def explained(run: Run, settled: Sequence[Settled]) -> list[Settled]:
    """The same, where refused payments say what is in their way. Where QuickBooks cannot be asked, they stay as they are."""
    asked = [one for one in settled if _is_asked(one)]
    if not asked:
        return list(settled)
    try:
        payments, invoices = _look(run, [one.row for one in asked])
    except QuickBooksError:
        return list(settled)
    return [_explained(one, payments, invoices) if one in asked else one for one in settled]


def _is_asked(one: Settled) -> bool:
    verdict, row = one.verdict, one.row
    return (
        isinstance(verdict, Refused)
        and verdict.reason_code in _EXPLAINED
        and row.quickbooks_type == "Payment"
        and row.action != "void"
    )


def _look(run: Run, rows: Sequence[PlannedRow]) -> tuple[Objects, Objects]:
    """The payments themselves and those on their invoices; the invoices of both."""
    own = _by_id(run, "Payment", {row.quickbooks_id for row in rows if row.quickbooks_id})
    wanted = {
        invoice for one in [*own.values(), *(row.payload or {} for row in rows)] for invoice in _applied(one)
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
    return {str(one["Id"]): one for one in run.client.query_in(entity, "Id", sorted(ids))} if ids else {}


def _explained(one: Settled, payments: Objects, invoices: Objects) -> Settled:
    verdict = cast(Refused, one.verdict)
    if verdict.reason_code == ReasonCode.REJECTED:
        said, remedy = _balance_taken(one.row, payments, invoices)
    else:
        said, remedy = _money_taken(one.row, payments, invoices)
        said = f"{verdict.reason} {said}" if said else ""
    if not said:
        return one
    return replace(one, verdict=replace(verdict, reason=said, how_to_fix=f"{remedy} {_BY_ITSELF}"))


def _balance_taken(row: PlannedRow, payments: Objects, invoices: Objects) -> tuple[str, str]:
    """Of each invoice that has too little left to pay: how much, and what holds the rest."""
    mine = _applied(payments.get(row.quickbooks_id or "", {}))
    said: list[str] = []
    holding: list[str] = []
    for invoice_id, amount in _applied(row.payload or {}).items():
        invoice = invoices.get(invoice_id)
        if invoice is None:
            continue
        left = Decimal(invoice.get("Balance") or 0) + mine.get(invoice_id, Decimal(0))
        if amount <= left:
            continue
        number = _numbered("invoice", invoice, "DocNumber")
        others = [
            f"{_numbered('payment', other, 'PaymentRefNum')} ({_applied(other)[invoice_id]:,.2f})"
            for other_id, other in sorted(payments.items())
            if other_id != row.quickbooks_id and invoice_id in _applied(other)
        ]
        holding += others
        by = (
            f", because {' and '.join(others)} {'is' if len(others) == 1 else 'are'} applied to it"
            if others
            else ""
        )
        said.append(f"{number} has {left:,.2f} left to pay in QuickBooks, not {amount:,.2f}{by}")
    remedy = (
        f"Unapply {' and '.join(holding)} there, or correct the allocation in RentAxis, then run again."
        if holding
        else "Look at the invoice in QuickBooks, and correct the allocation in RentAxis, then run again."
    )
    return (f"{row.source_label} could not be applied: {'; '.join(said)}." if said else ""), remedy


def _money_taken(row: PlannedRow, payments: Objects, invoices: Objects) -> tuple[str, str]:
    """Which invoices the payment is applied to in QuickBooks that we did not apply it to."""
    standing = _applied(payments.get(row.quickbooks_id or "", {}))
    wanted = _applied(row.payload or {})
    others = [
        f"{_numbered('invoice', invoices[invoice_id], 'DocNumber')} ({amount:,.2f})"
        for invoice_id, amount in sorted(standing.items())
        if invoice_id in invoices and wanted.get(invoice_id) != amount
    ]
    if not others:
        return "", ""
    listed = " and ".join(others)
    remedy = f"Unapply it from {listed} in QuickBooks, or run again with force to put RentAxis' version back."
    return f"It is applied to {listed} there.", remedy


def _applied(payment: Mapping[str, Any]) -> dict[str, Decimal]:
    """Amounts by QuickBooks invoice id."""
    return {
        str(linked["TxnId"]): Decimal(line["Amount"])
        for line in cast("list[dict[str, Any]]", payment.get("Line") or [])
        for linked in cast("list[dict[str, Any]]", line.get("LinkedTxn") or [])
        if linked.get("TxnType") == "Invoice"
    }


def _numbered(word: str, found: Mapping[str, Any], field: str) -> str:
    """By its number; one without is known by day and money."""
    if number := found.get(field):
        return f"{word} {number}"
    return f"the {word} of {found.get('TxnDate')} over {Decimal(found.get('TotalAmt') or 0):,.2f}"
