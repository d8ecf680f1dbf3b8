"""Which BillPayment each payment of an expense is, and how what stands in QuickBooks is found again.

A payment that RentAxis keeps goes by its own id. One that was pushed while RentAxis only marked the expense as paid goes by the expense's, and
stays what it is once RentAxis shows payments: one of those is it, and nothing is pushed again.
Not here: what becomes of any of them (``expense_rows``, ``mapping.bill_payments``).
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rentaxis_pipelines.ledger import links
from rentaxis_pipelines.ledger.links import Key
from rentaxis_pipelines.mapping.expense_payments import PaidPart, parts_paid
from rentaxis_pipelines.mapping.expenses import is_taken_back
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.record_type import BILL_PAYMENT_TYPE, PART_PAYMENT_TYPE
from rentaxis_pipelines.model.record_types import part_id, whole_key
from rentaxis_pipelines.model.source_records import Expense
from rentaxis_pipelines.sync.run import Run


class Placed(NamedTuple):
    """A payment, under the key it goes by. ``paid``: None for one that stands in QuickBooks and that RentAxis has no longer."""

    key: Key
    paid: PaidPart | None
    link: Link | None


def payments_by_expense(run: Run, expense_ids: Sequence[str]) -> dict[str, list[Link]]:
    """The links of all payments of these expenses, by the expense's id."""
    found: dict[str, list[Link]] = {}
    whole = links.links_of(run.connection, run.realm, BILL_PAYMENT_TYPE, expense_ids)
    parts = links.parts_of(run.connection, run.realm, PART_PAYMENT_TYPE, expense_ids)
    for link in [*whole.values(), *parts]:
        found.setdefault(whole_key((link.source_type, link.source_id))[1], []).append(link)
    return found


def placed_payments(expense: Expense, standing: Sequence[Link]) -> list[Placed]:
    """The payments of the expense, and what stands without one. ``standing``: the links of its payments, whatever their state."""
    by_key = {(link.source_type, link.source_id): link for link in standing}
    due = [] if is_taken_back(expense) else parts_paid(expense)
    whole = (BILL_PAYMENT_TYPE, expense.source_id)
    as_whole = _as_whole(expense, due, by_key.get(whole), _live(standing))
    keys = {whole if paid is as_whole else _own_key(expense, paid): paid for paid in due}
    placed = [Placed(key, paid, by_key.get(key)) for key, paid in keys.items()]
    return placed + [Placed(key, None, link) for key, link in by_key.items() if key not in keys]


def booked_on(link: Link | None) -> dt.date | None:
    """The day RentAxis gave what stands, as of the last push."""
    day = link.mapped.get("TxnDate") if link is not None else None
    return link.redated_from or dt.date.fromisoformat(day) if link is not None and day else None


def _as_whole(
    expense: Expense, due: Iterable[PaidPart], whole: Link | None, live: frozenset[Key]
) -> PaidPart | None:
    """The payment that goes by the expense's id: the one RentAxis only marks, or, where such a one stands already, one of those without a
    BillPayment of their own: the one with its day and amount, else the first.
    """
    free = [paid for paid in due if _own_key(expense, paid) not in live]
    if marked := [paid for paid in free if paid.payment_id is None]:
        return marked[0]
    if whole is None or whole.state != "live" or not free:
        return None
    said = (booked_on(whole), whole.total)
    return next((paid for paid in free if (paid.paid_on, paid.amount) == said), free[0])


def _own_key(expense: Expense, paid: PaidPart) -> Key:
    if paid.payment_id is None:
        return "", ""
    return PART_PAYMENT_TYPE, part_id(expense.source_id, paid.payment_id)


def _live(standing: Iterable[Link]) -> frozenset[Key]:
    return frozenset((link.source_type, link.source_id) for link in standing if link.state == "live")
