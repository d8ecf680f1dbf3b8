"""Plans of invoices, payments and expenses: one planned row a record, with the customers and vendors they need before them.

Here: bringing records, links and parents together for ``mapping`` to decide. Not here: the decisions themselves.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

from rentaxis_pipelines.ledger import decisions, links
from rentaxis_pipelines.mapping.expenses import expense_label
from rentaxis_pipelines.mapping.invoices import invoice_label, invoice_number, plan_invoice
from rentaxis_pipelines.mapping.outcome import Context, Mapped, NotMapped
from rentaxis_pipelines.mapping.payments import check_number, payment_label, payment_number, plan_payment
from rentaxis_pipelines.matching.customers import PayerKey
from rentaxis_pipelines.matching.vendors import vendor_key
from rentaxis_pipelines.model.decisions import DecisionState
from rentaxis_pipelines.model.links import Link
from rentaxis_pipelines.model.plans import PlannedRow
from rentaxis_pipelines.model.source_records import Expense, Invoice, Payer, Payment, Vendor
from rentaxis_pipelines.sync.choice import Choice, gate
from rentaxis_pipelines.sync.planning import deleted_on_both_sides
from rentaxis_pipelines.sync.planning.deleted_at_source import vanished_rows
from rentaxis_pipelines.sync.planning.drafted import Drafted, with_our_own
from rentaxis_pipelines.sync.planning.excluded import left_out
from rentaxis_pipelines.sync.planning.expense_rows import (
    Exchange,
    exchange,
    expense_rows,
    held_with_their_own,
    standing_of,
)
from rentaxis_pipelines.sync.planning.invoices_paid import InvoicesPaid, invoices_paid, own_invoices_only
from rentaxis_pipelines.sync.planning.numbers import NumberWanted, number_wanted, numbered
from rentaxis_pipelines.sync.planning.plan_parties import Parents, needed_customers
from rentaxis_pipelines.sync.planning.plan_places import those_needed, with_places
from rentaxis_pipelines.sync.planning.plan_vendors import needed_vendors
from rentaxis_pipelines.sync.planning.planned import (
    ZERO,
    Subject,
    existing_of,
    gone,
    keep_compared,
    planned_row,
    save,
    waiting,
)
from rentaxis_pipelines.sync.planning.resolve_payers import Matches
from rentaxis_pipelines.sync.planning.unapplying import held_invoices, in_order
from rentaxis_pipelines.sync.run import Run

Record = TypeVar("Record", Invoice, Payment, Expense)
Key = TypeVar("Key")
CENT = Decimal("0.01")


def plan_invoices(
    run: Run,
    context: Context,
    choice: Choice,
    invoices: Sequence[tuple[dt.date, Invoice]],
    matches: Matches,
    vanished: Sequence[Link] = (),
) -> str:
    """The plan of the invoices of a date range; returns its id. ``vanished``: those deleted in RentAxis for good."""
    drafted = with_our_own(run, context, choice, lambda: _invoices(run, context, choice, invoices, matches))
    gone_rows, gone_subjects = vanished_rows(run, context, choice, "invoices", vanished)
    known = _links(run, "invoice", [invoice for _, invoice in invoices])
    rows = held_invoices(run, choice, [*drafted.rows, *gone_rows], known)
    return _save(run, choice, "invoices", drafted, rows, [*drafted.subjects, *gone_subjects])


def _invoices(
    run: Run,
    context: Context,
    choice: Choice,
    invoices: Sequence[tuple[dt.date, Invoice]],
    matches: Matches,
) -> Drafted:
    known = _links(run, "invoice", [invoice for _, invoice in invoices])
    payers = _payers(
        (day, invoice.payer)
        for day, invoice in invoices
        if _wants_customer(invoice.status, invoice.deleted_at)
    )
    whose = [(_payer_key(one.payer), one.source_id) for _, one in invoices if one.payer]
    booked_on = _booked_on(whose, known, ["CustomerRef"])
    parents = _parents(run, context, choice, "invoices", payers, matches, booked_on)
    dated_places = [(day, one.place) for day, one in invoices]
    context, places = with_places(run, context, choice, "invoices", dated_places)
    decided = _decided(run, "invoice", [invoice.source_id for _, invoice in invoices])
    subjects: list[Subject] = []
    numbers_wanted: list[NumberWanted] = []
    for day, invoice in _in_order(invoices):
        link = known.get(invoice.source_id)
        label, amount = invoice_label(invoice), invoice.total_amount
        subject = _subject(day, "invoices", "invoice", invoice.source_id, label, amount)
        stopped = _stopped(choice, subject, decided, link, invoice)
        customer_id = parents.ids.get(_payer_key(invoice.payer)) if invoice.payer else None

        def row(
            number_is_taken: bool,
            invoice: Invoice = invoice,
            subject: Subject = subject,
            link: Link | None = link,
            customer_id: str | None = customer_id,
            outcome: NotMapped | None = stopped,
        ) -> PlannedRow:
            existing = existing_of(link, subject.amount)
            found = outcome or _explain_wait(
                plan_invoice(invoice, existing, context, customer_id, number_is_taken=number_is_taken),
                subject.label,
                invoice.payer,
                parents,
            )
            found = deleted_on_both_sides.agreed(found, link, subject.label)
            return planned_row(subject, found, link, choice=choice, currency=context.company.currency)

        subjects.append(subject)
        numbers_wanted.append(number_wanted(invoice, invoice_number(invoice), decided, row))
    rows = numbered(run, "invoice", numbers_wanted, known)
    return Drafted([*those_needed(places, rows), *parents.rows], rows, subjects)


def plan_payments(
    run: Run,
    context: Context,
    choice: Choice,
    payments: Sequence[tuple[dt.date, Payment]],
    matches: Matches,
    vanished: Sequence[Link] = (),
) -> str:
    """The plan of the payments of a date range; returns its id. ``vanished``: those deleted in RentAxis for good."""
    drafted = with_our_own(run, context, choice, lambda: _payments(run, context, choice, payments, matches))
    gone_rows, gone_subjects = vanished_rows(run, context, choice, "payments", vanished)
    known = _links(run, "payment", [payment for _, payment in payments])
    known |= {link.source_id: link for link in vanished}
    rows = in_order(run, [*drafted.rows, *gone_rows], known)
    return _save(run, choice, "payments", drafted, rows, [*drafted.subjects, *gone_subjects])


def _payments(
    run: Run,
    context: Context,
    choice: Choice,
    payments: Sequence[tuple[dt.date, Payment]],
    matches: Matches,
) -> Drafted:
    known = _links(run, "payment", [payment for _, payment in payments])
    payers = _payers(
        (day, payment.payer)
        for day, payment in payments
        if _wants_customer(payment.status, payment.deleted_at)
    )
    whose = [(_payer_key(one.payer), one.source_id) for _, one in payments if one.payer]
    booked_on = _booked_on(whose, known, ["CustomerRef"])
    parents = _parents(run, context, choice, "payments", payers, matches, booked_on)
    paid = invoices_paid(run, context, choice, [payment for _, payment in payments], known)
    decided = _decided(run, "payment", [payment.source_id for _, payment in payments])
    subjects: list[Subject] = []
    numbers_wanted: list[NumberWanted] = []
    for day, payment in _in_order(payments):
        link = known.get(payment.source_id)
        subject = _subject(
            day, "payments", "payment", payment.source_id, payment_label(payment), payment.amount
        )
        stopped = _stopped(choice, subject, decided, link, payment)
        customer_id = parents.ids.get(_payer_key(payment.payer)) if payment.payer else None

        def row(
            number_is_taken: bool,
            payment: Payment = payment,
            subject: Subject = subject,
            link: Link | None = link,
            customer_id: str | None = customer_id,
            outcome: NotMapped | None = stopped,
        ) -> PlannedRow:
            found = outcome or _payment_outcome(
                context, payment, subject, link, customer_id, parents, paid, number_is_taken=number_is_taken
            )
            found = deleted_on_both_sides.agreed(found, link, subject.label)
            return planned_row(subject, found, link, choice=choice, currency=context.company.currency)

        subjects.append(subject)
        # The number on a check belongs to the bank: it may come twice, and is nobody's to take.
        own = payment_number(payment, context) if check_number(payment, context) is None else None
        numbers_wanted.append(number_wanted(payment, own, decided, row))
    return Drafted(parents.rows, numbered(run, "payment", numbers_wanted, known), subjects)


def _payment_outcome(
    context: Context,
    payment: Payment,
    subject: Subject,
    link: Link | None,
    customer_id: str | None,
    parents: Parents,
    paid: InvoicesPaid,
    *,
    number_is_taken: bool,
) -> Mapped | NotMapped:
    invoice_ids, waits = paid.by(payment, customer_id)
    outcome = plan_payment(
        payment,
        existing_of(link, subject.amount),
        context,
        customer_id,
        invoice_ids,
        number_is_taken=number_is_taken,
        waits=waits,
    )
    outcome = _explain_wait(outcome, subject.label, payment.payer, parents)
    return own_invoices_only(outcome, payment, subject.label, customer_id, paid.customers)


def plan_expenses(
    run: Run,
    context: Context,
    choice: Choice,
    expenses: Sequence[tuple[dt.date, Expense]],
    vanished: Sequence[Link] = (),
    changed_vendors: Sequence[tuple[dt.date, Vendor]] = (),
) -> str:
    """The plan of the expenses of a date range, with the payments of bills that have been paid since; returns its id.

    ``vanished``: those deleted in RentAxis for good. ``changed_vendors``: linked ones to be brought up to date besides.
    """
    drafted = with_our_own(
        run, context, choice, lambda: _expenses(run, context, choice, expenses, changed_vendors)
    )
    if not choice.dry_run:
        exchange(run, drafted.exchanged)
    gone_rows, gone_subjects = vanished_rows(run, context, choice, "expenses", vanished)
    rows = [*held_with_their_own(drafted.rows), *gone_rows]
    return _save(run, choice, "expenses", drafted, rows, [*drafted.subjects, *gone_subjects])


def _expenses(
    run: Run,
    context: Context,
    choice: Choice,
    expenses: Sequence[tuple[dt.date, Expense]],
    changed_vendors: Sequence[tuple[dt.date, Vendor]],
) -> Drafted:
    records = [expense for _, expense in expenses]
    known = _links(run, "expense", records)
    standing = standing_of(run, known, [one.source_id for one in records])
    parents = Parents()
    if choice.allows("expenses"):
        wanted = [(day, one.vendor) for day, one in expenses if one.vendor and _wants_vendor(one, known)]
        whose = [(vendor_key(one.vendor) or "", one.source_id) for one in records if one.vendor]
        booked_on = _booked_on(whose, known, ("VendorRef", "EntityRef"))
        parents = needed_vendors(run, context, choice, [*wanted, *changed_vendors], booked_on)
    context, places = with_places(
        run, context, choice, "expenses", [(day, one.place) for day, one in expenses]
    )
    decided = _decided(run, "expense", [expense.source_id for expense in records])
    rows: list[PlannedRow] = []
    subjects: list[Subject] = []
    exchanged: list[Exchange] = []
    for day, expense in _in_order(expenses):
        there = standing[expense.source_id]
        subject = _subject(
            day, "expenses", "expense", expense.source_id, expense_label(expense), expense.amount
        )
        subjects.append(subject)
        outcome = _stopped(choice, subject, decided, there.link, expense)
        if outcome is not None:
            currency = context.company.currency
            rows.append(planned_row(subject, outcome, there.link, choice=choice, currency=currency))
            continue
        key = (vendor_key(expense.vendor) if expense.vendor else None) or ""
        planned = expense_rows(
            context, choice, subject, expense, there, parents.ids.get(key), parents.waits.get(key)
        )
        rows += planned.rows
        exchanged += planned.exchanged
    return Drafted([*those_needed(places, rows), *parents.rows], rows, subjects, exchanged)


def _save(
    run: Run,
    choice: Choice,
    record_type: str,
    drafted: Drafted,
    rows: Sequence[PlannedRow],
    subjects: Sequence[Subject],
) -> str:
    if not choice.dry_run:
        keep_compared(run, rows)
    return save(run, choice, record_type, [*drafted.parents, *rows], subjects)


def _booked_on(
    records: Iterable[tuple[Key, str]], known: Mapping[str, Link], fields: Sequence[str]
) -> dict[Key, Counter[str]]:
    """How many records of each customer or vendor stand on which one in QuickBooks. ``records``: (whose, source id)."""
    found: dict[Key, Counter[str]] = {}
    for key, source_id in records:
        link = known.get(source_id)
        if link is not None and link.state == "live":
            references: list[Mapping[str, str]] = [link.mapped.get(field) or {} for field in fields]
            found.setdefault(key, Counter()).update(one["value"] for one in references if one.get("value"))
    return found


def _decided(run: Run, source_type: str, source_ids: Sequence[str]) -> Mapping[str, DecisionState]:
    return decisions.standing(run.connection, run.realm, source_type, source_ids)


def _stopped(
    choice: Choice,
    subject: Subject,
    decided: Mapping[str, DecisionState],
    link: Link | None,
    record: Invoice | Payment | Expense,
) -> NotMapped | None:
    """Why the record is not looked at any further: switched off, left out by a person, or gone from QuickBooks."""
    missed = None if deleted_on_both_sides.is_taken_back(record) else link
    return (
        gate(choice, subject.record_type)
        or left_out(decided, subject.source_type, subject.source_id, subject.label)
        or gone(missed, choice, subject.label)
    )


def _in_order(records: Iterable[tuple[dt.date, Record]]) -> list[tuple[dt.date, Record]]:
    """Oldest first, as Intuit advises for invoices and payments; the same order every time."""
    return sorted(records, key=lambda one: (one[0], len(one[1].source_id), one[1].source_id))


def _links(run: Run, source_type: str, records: Sequence[Record]) -> dict[str, Link]:
    twice = [source_id for source_id, times in Counter(one.source_id for one in records).items() if times > 1]
    if twice:
        raise ValueError(
            f"The staging query of {source_type}s returned the same record more than once (id {twice[0]}). "
            "Each record must come once, with its children nested; correct the SELECT in dbt_like_sql/staging."
        )
    return links.links_of(run.connection, run.realm, source_type, [record.source_id for record in records])


def _subject(
    day: dt.date, record_type: str, source_type: str, source_id: str, label: str, amount: Decimal | None
) -> Subject:
    return Subject(day, record_type, source_type, source_id, label, (amount or ZERO).quantize(CENT))


def _payers(found: Iterable[tuple[dt.date, Payer | None]]) -> list[tuple[dt.date, Payer]]:
    return [(day, payer) for day, payer in found if payer is not None]


def _payer_key(payer: Payer) -> PayerKey:
    return payer.kind, payer.source_id


def _wants_customer(status: str | None, deleted_at: dt.datetime | None) -> bool:
    """Whether the record may be made in QuickBooks, so that its customer is needed."""
    return deleted_at is None and status not in ("draft", "void", "pending", "failed", "refunded")


def _wants_vendor(expense: Expense, known: Mapping[str, Link]) -> bool:
    return expense.source_id in known or (expense.deleted_at is None and expense.status != "void")


def _parents(
    run: Run,
    context: Context,
    choice: Choice,
    record_type: str,
    payers: Sequence[tuple[dt.date, Payer]],
    matches: Matches,
    booked_on: Mapping[PayerKey, Mapping[str, int]],
) -> Parents:
    if not choice.allows(record_type):
        return Parents()
    return needed_customers(run, context, choice, payers, matches, booked_on)


def _explain_wait(
    outcome: Mapped | NotMapped, label: str, payer: Payer | None, parents: Parents
) -> Mapped | NotMapped:
    """Where a record waits for its customer, say what the customer waits for."""
    why = parents.waits.get(_payer_key(payer)) if payer is not None else None
    return waiting(outcome, f"{label} waits for its customer", why)
