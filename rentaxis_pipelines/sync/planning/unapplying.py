"""What has to let go goes before what needs it: the one place where that is known, for every change and whatever the ranges.

QuickBooks refuses to apply more to an invoice than is open, to make one smaller than what is applied to it, and may refuse to void
one that is paid; a paid one that changed hands would take its payments with it. So

- payments that let go of an invoice go before those that take it, in one plan (``in_order``);
- of payments that exchange invoices in a circle, one is taken off first and applied anew afterwards (``PlannedRow.release``);
- a change of an invoice that its payments stand in the way of follows them in the same run (``in_order``); where they are not in
  this run its row names them, and it is pushed again once they have let go (``resync.retry_rules``);
- what an accountant applied by hand is nobody's to take off: the row names it and nothing is touched (``held_invoices``).

A credit is let go of in the same way: by the Payment of nothing that applies it, before the CreditMemo is voided, moved or made smaller.
So is a refund, by the payment whose credit pays it (which refunds are held: ``refunds_sold``).

Not here: what is applied to what (``mapping``), a bill's own payment (``expense_rows``), what QuickBooks answers (``pushing``).
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence, Set
from decimal import Decimal
from typing import Any, Self

import msgspec

from rentaxis_pipelines.ledger import links, plans, results
from rentaxis_pipelines.mapping.applying import RETURN_TXN_TYPE
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.payload import VOIDED_BY_OPERATION
from rentaxis_pipelines.model.phases import DEPENDENTS, PARENTS
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.reasons import ReasonCode
from rentaxis_pipelines.model.record_type import INVOICE
from rentaxis_pipelines.model.record_types import HELD_TYPES
from rentaxis_pipelines.model.refusal import UNDECIDED, Refusal, decided_by
from rentaxis_pipelines.sync.known_links import links_of_keys
from rentaxis_pipelines.sync.planning.deposits_held import deposits_letting_go
from rentaxis_pipelines.sync.planning.plan_context import PlanContext
from rentaxis_pipelines.sync.pushing.in_the_way import Holder, applied, holders_of, in_their_words
from rentaxis_pipelines.sync.pushing.push import PENDING, parent_key
from rentaxis_pipelines.sync.run import Run

_ZERO = Decimal("0.00")
Amounts = Mapping[str, Decimal]  # by the QuickBooks id of an invoice or credit memo
_HELD_ENTITIES = ("Invoice", "CreditMemo")


def held_invoices(
    context: PlanContext, rows: Sequence[PlannedRow], known: Mapping[str, Link], entity: str = "Invoice"
) -> list[PlannedRow]:
    """The rows, without those that payments stand in the way of as far as can be known before: a paid invoice that changes hands,
    and the void of one that somebody else's payment is applied to; of a CreditMemo any void, for QuickBooks voids none, and we bring it to
    zero. One metered read where there are any; ``known``: links by source id.

    A held row keeps what it would write, so that it can follow its payments in this run.
    """
    asked = [row for row in rows if row.status is None and (row.action == "void" or _moves(row, known))]
    if context.request.force:  # a person's word: what stands there may go
        asked = [row for row in asked if row.action != "void"]
    holders = holders_of(context.run, entity, [row.quickbooks_id or "" for row in asked])
    held = {row.source_id: _held(row, holders.get(row.quickbooks_id or "", [])) for row in asked}
    return [held.get(row.source_id, row) for row in rows]


def _held(row: PlannedRow, holders: Sequence[Holder]) -> PlannedRow:
    others = [holder for holder in holders if not holder.is_ours]
    by_operation = row.action == "void" and row.quickbooks_type in VOIDED_BY_OPERATION
    unties_itself = by_operation and not any(holder.applies_a_credit for holder in holders)
    if not holders or (unties_itself and not others):
        return row
    ours = not others
    reason, remedy = in_their_words(row, others or holders, ours=ours)
    code = ReasonCode.HELD_BY_PAYMENT if ours else ReasonCode.CHANGED_IN_QUICKBOOKS
    return msgspec.structs.replace(row, **decided_by(Refusal(code, reason, remedy)))


def _moves(row: PlannedRow, known: Mapping[str, Link]) -> bool:
    """Whether it is an invoice or credit that goes to another customer."""
    link = known.get(row.source_id)
    if link is None or row.action != "update" or row.quickbooks_type not in _HELD_ENTITIES:
        return False
    return _customer(row.payload) not in (None, _customer(link.mapped))


def _customer(payload: Mapping[str, Any] | None) -> str | None:
    reference = (payload or {}).get("CustomerRef")
    return str(reference["value"]) if reference else None


def moving_invoices(
    run: Run,
    invoices: Mapping[str, Link],
    in_plan: Callable[[Collection[str]], Set[str]],
    source_type: str,
) -> dict[str, str | None]:
    """Those of these invoices that were held on their way to another customer: whose they will be once the payments of this plan
    (``source_type``; ``in_plan``: which of these are) have let go; None where others have to as well, or where the invoice is not in this run.
    """
    newest = results.newest_of(run.connection, run.realm, run.run_id, INVOICE, invoices)
    held = {
        source_id
        for source_id, row in newest.items()
        if row.reason_code == ReasonCode.HELD_BY_PAYMENT and row.action == "update"
    }
    if not held:
        return {}
    waiting = plans.waiting_changes(run.connection, run.realm, run.run_id, INVOICE)
    ids = [invoices[source_id].quickbooks_id for source_id in held]
    holders = links.payments_on(run.connection, run.realm, ids)
    moving: dict[str, str | None] = dict.fromkeys(held)
    for row in waiting:
        link = invoices.get(row.source_id)
        if link is not None and row.source_id in held and _moves(row, invoices):
            mine = holders.get(link.quickbooks_id, {})
            ours = {source_id for held_by, source_id in mine if held_by == source_type}
            all_let_go = len(ours) == len(mine) and ours <= in_plan(ours)
            moving[row.source_id] = _made_since(run, row) if all_let_go else None
    return moving


def _made_since(run: Run, row: PlannedRow) -> str | None:
    """The customer the row names; one that was to be made with it stands by now, unless nothing is sent yet."""
    named = _customer(row.payload)
    for parent in row.pending:
        made = links_of_keys(run.connection, run.realm, [parent_key(parent)])
        if named == PENDING + parent and made:
            return made[parent_key(parent)].quickbooks_id
    return named


def in_order(
    context: PlanContext, rows: Sequence[PlannedRow], known: Mapping[str, Link], source_type: str
) -> list[PlannedRow]:
    """The payments' rows in the order they can go, the invoices and credits of this run that can follow them, and the bank deposits of ours
    that have to let go of them. ``known``: links by
    source id; ``source_type``: of the payments.

    Rows that touch the same invoice are kept out of one batch.
    """
    order = Order.of(rows, known)
    kept = {source_id: order.what_stays(source_id) for source_id in order.circles}
    follow = _following(context.run, order, kept, source_type)
    ordered = [_with_release(row, known, kept) for row in order.ordered.values()]
    return [*ordered, *follow, *deposits_letting_go(context, ordered, known)]


def _with_release(
    row: PlannedRow, known: Mapping[str, Link], kept: Mapping[str, Mapping[str, Decimal]]
) -> PlannedRow:
    """The row, which is taken off all but what is ``kept`` of it before anything else is written."""
    if row.source_id not in kept:
        return row
    current = known[row.source_id].mapped
    stays = dict(kept[row.source_id])
    types = dict.fromkeys(stays, "Invoice") | dict.fromkeys(
        applied(current, RETURN_TXN_TYPE), RETURN_TXN_TYPE
    )
    for credit in applied(current, "CreditMemo"):  # as much of it is used as invoices are left
        types[credit], stays[credit] = (
            "CreditMemo",
            sum((amount for other, amount in kept[row.source_id].items() if other != credit), _ZERO),
        )
    lines = [
        {"Amount": amount, "LinkedTxn": [{"TxnId": held, "TxnType": types[held]}]}
        for held, amount in sorted(stays.items())
        if amount
    ]
    whole = {name: current[name] for name in ("CustomerRef", "TotalAmt") if name in current}
    return msgspec.structs.replace(row, release={**whole, "Line": lines})


def applied_key(invoice: str) -> str:
    """The conflict key of rows that touch that QuickBooks invoice."""
    return f"applied/{invoice}"


def _holds(payment: Mapping[str, Any]) -> dict[str, Decimal]:
    """What it has applied of invoices, of the credit it uses, and of refunds and returns. QuickBooks' transactions share their ids."""
    return applied(payment) | applied(payment, "CreditMemo") | applied(payment, RETURN_TXN_TYPE)


class Order:
    """Payments being put behind those they need. ``before``, ``after``: what each has applied, and will have, by invoice there."""

    def __init__(self, before: Mapping[str, Amounts], after: Mapping[str, Amounts]) -> None:
        self.before, self.after = before, after
        self.releasing: dict[str, list[PlannedRow]] = defaultdict(list)  # by QuickBooks invoice id
        self.ordered: dict[str, PlannedRow] = {}
        self.circles: set[str] = set()

    @classmethod
    def of(cls, rows: Sequence[PlannedRow], known: Mapping[str, Link]) -> Self:
        """``after`` holds only rows that are sent."""
        order = cls(
            {row.source_id: _holds(known[row.source_id].mapped) for row in rows if row.source_id in known},
            {row.source_id: _holds(row.payload or {}) for row in rows if row.status is None},
        )
        for row in rows:
            for invoice, amount in order.before.get(row.source_id, {}).items():
                if row.status is None and order.after[row.source_id].get(invoice, 0) < amount:
                    order.releasing[invoice].append(row)
        for row in rows:
            order._put(row, frozenset())
        return order

    def _put(self, row: PlannedRow, waiting: frozenset[str]) -> None:
        """``waiting``: those that need this one. One of them that it needs itself is taken off first, and so the circle ends."""
        if row.source_id in self.ordered:
            return
        then, now = self.before.get(row.source_id, {}), self.after.get(row.source_id, {})
        for invoice, amount in now.items():
            if amount <= then.get(invoice, 0):
                continue
            for other in self.releasing.get(invoice, ()):
                if other.source_id in waiting:
                    self.circles.add(other.source_id)
                elif other.source_id != row.source_id:
                    self._put(other, waiting | {row.source_id})
        touched = map(applied_key, sorted(then.keys() | now.keys()))
        keys = [*dict.fromkeys((*row.conflict_keys, *touched))] if row.status is None else row.conflict_keys
        self.ordered.setdefault(row.source_id, msgspec.structs.replace(row, conflict_keys=keys))

    def what_stays(self, source_id: str) -> dict[str, Decimal]:
        """What the payment has applied now and will have afterwards."""
        after = self.after[source_id]
        return {
            invoice: min(amount, after[invoice])
            for invoice, amount in self.before[source_id].items()
            if invoice in after
        }

    def left_on(self, invoice: str, holders: Amounts, *, released: bool) -> Decimal:
        """What these payments (by source id) still have applied to it once those of this plan have gone, or been ``released``."""
        return sum(
            (
                amount
                if holder not in self.after
                else _ZERO
                if released
                else min(amount, self.after[holder].get(invoice, _ZERO))
                for holder, amount in holders.items()
            ),
            _ZERO,
        )


def _following(
    run: Run, order: Order, kept: dict[str, dict[str, Decimal]], source_type: str
) -> list[PlannedRow]:
    """Changes of invoices and credits that were held or refused earlier in this run, of which these payments let go, as they are sent now.

    They go last; but one that changes hands goes before the payments of its new customer, and its payments are taken off first
    (``kept`` learns of that). A second refusal leaves the first one's result as it is.
    """
    return [
        row for held_type in HELD_TYPES for row in _following_of(run, order, kept, source_type, held_type)
    ]


def _following_of(
    run: Run, order: Order, kept: dict[str, dict[str, Decimal]], source_type: str, held_type: str
) -> list[PlannedRow]:
    waiting = plans.waiting_changes(run.connection, run.realm, run.run_id, held_type)
    known = links.links_of(run.connection, run.realm, held_type, [row.source_id for row in waiting])
    ids = [link.quickbooks_id for link in known.values()]
    holders = {
        # Payments of the other kind are in no row of this plan: whatever they hold, they keep.
        held: {
            source_id if holder == source_type else f"{holder}/{source_id}": amount
            for (holder, source_id), amount in by_key.items()
        }
        for held, by_key in links.payments_on(run.connection, run.realm, ids).items()
    }
    followers: list[PlannedRow] = []
    for row in waiting:
        link = known.get(row.source_id)
        if link is None:
            continue
        invoice, mine = link.quickbooks_id, holders.get(link.quickbooks_id, {})
        moves = _moves(row, known)
        if (not mine or not mine.keys() <= order.before.keys()) if moves else invoice not in order.releasing:
            continue
        room = _ZERO if row.action == "void" or moves else row.amount
        if order.left_on(invoice, mine, released=moves) > room:
            continue
        if moves:
            for holder in mine:
                stays = kept.get(holder, dict(order.before[holder]))
                kept[holder] = {
                    other_invoice: amount
                    for other_invoice, amount in stays.items()
                    if other_invoice != invoice
                }
        followers.append(
            msgspec.structs.replace(
                row,
                phase=PARENTS if moves else DEPENDENTS,
                **UNDECIDED,
                sync_token=link.sync_token,
                mapped=link.mapped if row.action == "void" else row.mapped,
            )
        )
    return followers
