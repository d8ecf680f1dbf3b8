"""The books that portfolios come to: what an accountant would expect of them, worked out without the program's own rules.

Not here: whether QuickBooks holds them (``books``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from rentaxis_pipelines.model.source_records import Allocation, Expense, Payment, Place
from rentaxis_pipelines_tests.crash.portfolio import FILES, Portfolio

_ZERO = Decimal("0.00")


@dataclass
class Books:
    """What QuickBooks must hold: by entity, readable number -> amounts by field name."""

    names: set[str] = field(default_factory=set)  # DisplayNames of customers and vendors, each exactly once
    below: dict[str, str] = field(
        default_factory=dict
    )  # by a customer's DisplayName: that of the one it is below
    objects: dict[str, dict[str, dict[str, Decimal]]] = field(default_factory=dict)
    houses: dict[str, str] = field(default_factory=dict)  # names by property id: each a class and a location
    papers: dict[str, bytes] = field(default_factory=dict)  # by id: what is attached, exactly once
    units: dict[str, tuple[str, str]] = field(default_factory=dict)  # property id and number: each a class

    def expect(self, entity: str, number: str, **amounts: Decimal) -> None:
        self.objects.setdefault(entity, {})[number] = amounts

    def let_go(self, entity: str, number: str) -> None:
        self.objects.get(entity, {}).pop(number, None)

    def stand_at(self, place: Place) -> None:
        if place.property_id is not None:
            self.houses[place.property_id] = place.property_name or ""
            if place.unit_id is not None:
                self.units[place.unit_id] = (place.property_id, place.unit_number or "")

    def places(self) -> set[str]:
        """Classes and locations there must be, each exactly once, by type and full name."""
        return {
            *(f"{entity} {name}" for entity in ("Class", "Department") for name in self.houses.values()),
            *(f"Class {self.houses[house]}:{number}" for house, number in self.units.values()),
        }


def books_of(before: Portfolio | None, pushed: Portfolio) -> Books:
    """After the one was pushed over the other. A portfolio without invoices changes none."""
    books = Books()
    if before:
        _enter(books, before, None)
    _enter(books, pushed, before)
    if before and not pushed.invoices:
        _settle_balances(books, before, (*before.payments, *pushed.payments))
    else:
        _settle_balances(books, pushed, pushed.payments)
    return books


def books_undone(before: Portfolio | None, undone: Portfolio) -> Books:
    """After the one was pushed over the other, and that was undone."""
    books = Books()
    if before:
        _enter(books, before, None)
        _settle_balances(books, before, before.payments)
    _leave_undone(books, undone, before)
    return books


def _enter(books: Books, portfolio: Portfolio, before: Portfolio | None) -> None:
    _enter_people(books, portfolio)
    for record in (*portfolio.invoices, *portfolio.expenses):
        if record.status != "void":
            books.stand_at(record.place)
    for invoice in portfolio.invoices:
        if invoice.status != "void":
            books.expect("Invoice", f"INV-{invoice.source_id}", TotalAmt=invoice.total_amount or _ZERO)
        elif _stood(before, "invoices", invoice.source_id):
            books.expect("Invoice", f"INV-{invoice.source_id}", TotalAmt=_ZERO)
    for payment in portfolio.payments:
        _enter_payment(books, payment, before)
    for expense in portfolio.expenses:
        _enter_expense(books, expense, before)
    for entry in portfolio.entries:
        if entry.status == "posted":
            books.expect("JournalEntry", f"RX-J-{entry.source_id}", TotalAmt=entry.total_amount or _ZERO)
        elif entry.status == "void" and _stood(before, "entries", entry.source_id):
            books.expect("JournalEntry", f"RX-J-{entry.source_id}", TotalAmt=_ZERO)
    _enter_credits(books, portfolio)
    _enter_refunds(books, portfolio, before)
    _enter_deposits(books, portfolio)
    _enter_papers(books, portfolio)


def _stood(before: Portfolio | None, kind: str, source_id: str) -> bool:
    """Whether the record was pushed before, so that a void of it leaves a voided object."""
    records = getattr(before, kind) if before else ()
    return any(record.source_id == source_id and record.status != "void" for record in records)


def _enter_people(books: Books, portfolio: Portfolio) -> None:
    """A tenant is below the customer of the property it lived at when it became one."""
    for payer in portfolio.payers:
        name = str(payer.name)
        if name not in books.names and payer.home is not None:
            books.below[name] = str(payer.home.property_name)
    books.names |= {str(payer.name) for payer in portfolio.payers}
    books.names |= set(books.below.values())
    books.names |= {str(expense.vendor.name) for expense in portfolio.expenses if expense.vendor}


def _enter_payment(books: Books, payment: Payment, before: Portfolio | None) -> None:
    number, amount = str(payment.reference), payment.amount or _ZERO
    if payment.status == "completed":
        back = sum(
            (refund.amount or _ZERO for refund in payment.refunds if refund.status == "completed"), _ZERO
        )
        free = max(
            amount - _used(payment.allocations) - back, _ZERO
        )  # what paid no invoice was paid back first
        books.expect("Payment", number, TotalAmt=amount, UnappliedAmt=free)
    elif payment.returned_on is not None:
        books.expect("Payment", number, TotalAmt=amount, UnappliedAmt=_ZERO)
        books.expect("Purchase", f"RX-R-{payment.source_id}", TotalAmt=amount)
        if payment.return_fee:
            books.expect("Purchase", f"RX-F-{payment.source_id}", TotalAmt=payment.return_fee)
    elif _stood(before, "payments", payment.source_id):
        books.expect("Payment", number, TotalAmt=_ZERO)


def _used(allocations: Sequence[Allocation]) -> Decimal:
    return sum((allocation.amount or _ZERO for allocation in allocations), _ZERO)


def _enter_credits(books: Books, portfolio: Portfolio) -> None:
    """A credit memo each, and a payment of nothing that joins it to what it is applied to. What is void or deleted was there before."""
    for credit, application in zip(portfolio.credits, portfolio.applications, strict=True):
        gone = credit.status == "void" or credit.deleted_at is not None
        total = _ZERO if gone else credit.total_amount or _ZERO
        number = credit.credit_number or f"RX-C-{credit.source_id}"
        left = total - _used(application.allocations)
        books.expect("CreditMemo", number, TotalAmt=total, RemainingCredit=left)
        books.expect("Payment", f"RX-A-{credit.source_id}", TotalAmt=_ZERO, UnappliedAmt=_ZERO)


def _enter_refunds(books: Books, portfolio: Portfolio, before: Portfolio | None) -> None:
    """Refunds of payments, and of security deposits: a check each, or a refund receipt of what had paid an invoice."""
    for refund in portfolio.refunds:
        free = (refund.payment_amount or _ZERO) > _used(refund.allocations)
        entity = "Purchase" if free else "RefundReceipt"
        if refund.status == "completed":
            books.expect(entity, f"RX-U-{refund.source_id}", TotalAmt=refund.amount or _ZERO)
        elif _stood(before, "refunds", refund.source_id):
            books.expect(entity, f"RX-U-{refund.source_id}", TotalAmt=_ZERO)
    for settlement in portfolio.settlements:
        amount = _ZERO if settlement.deleted_at is not None else settlement.refund_amount or _ZERO
        if amount or _stood(before, "settlements", settlement.source_id):
            books.expect("Purchase", f"RX-S-{settlement.source_id}", TotalAmt=amount)


def _enter_deposits(books: Books, portfolio: Portfolio) -> None:
    """One a day; what is void is deleted."""
    for deposit in portfolio.deposits:
        day = deposit.deposit_date.isoformat()
        if deposit.status == "void":
            books.let_go("Deposit", day)
        else:
            books.expect("Deposit", day, TotalAmt=deposit.total or _ZERO)


def _enter_papers(books: Books, portfolio: Portfolio) -> None:
    """Each file that is not deleted, the same bytes on one record once; what a later portfolio has no row for is deleted too."""
    books.papers.clear()
    attached: set[tuple[tuple[str, str], bytes]] = set()
    for paper in portfolio.papers:
        content = (FILES / (paper.location or "")).read_bytes()
        if paper.deleted_at is None and (paper.belongs_to, content) not in attached:
            attached.add((paper.belongs_to, content))
            books.papers[paper.source_id] = content


def _enter_expense(books: Books, expense: Expense, before: Portfolio | None) -> None:
    number = f"RX-E-{expense.source_id}"
    was = _of(before, expense)
    stood = _stands_as(was, None) if was is not None else None
    paid_before = _parts(was, None) if was is not None and stood == "Bill" else {}
    if expense.status == "void":
        if stood is not None:
            books.expect(stood, number, TotalAmt=_ZERO)
            _pay(books, {}, paid_before)
        return
    entity = _stands_as(expense, stood)
    books.expect(entity, number, TotalAmt=abs(expense.amount or _ZERO))
    if stood is not None and stood != entity:
        books.let_go(stood, number)
        books.expect(stood, f"RX-V-{expense.source_id}", TotalAmt=_ZERO)
    parts = _parts(expense, was) if entity == "Bill" else {}
    _pay(books, parts, paid_before)
    if entity == "Bill":
        books.objects["Bill"][number]["Balance"] = (expense.amount or _ZERO) - sum(parts.values(), _ZERO)


def _of(before: Portfolio | None, expense: Expense) -> Expense | None:
    """The same expense as it was."""
    were = before.expenses if before else ()
    return next((was for was in were if was.source_id == expense.source_id), None)


def _pay(books: Books, parts: dict[str, Decimal], paid_before: dict[str, Decimal]) -> None:
    """A bill payment each; one that is there no longer is void."""
    for number in paid_before.keys() | parts.keys():
        books.expect("BillPayment", number, TotalAmt=parts.get(number, _ZERO))


def _parts(expense: Expense, was: Expense | None) -> dict[str, Decimal]:
    """What pays the bill, by number. What was pushed when it was only marked as paid keeps its number, and is the first of the parts."""
    marked = f"RX-B-{expense.source_id}"
    if not expense.payments:
        return {marked: expense.amount or _ZERO} if expense.status == "paid" else {}
    only_marked = was is not None and was.status == "paid" and not was.payments
    own = [f"RX-BP-{expense.source_id}~{part.source_id}" for part in expense.payments]
    numbers = [marked, *own[1:]] if only_marked else own
    amounts = [part.amount or _ZERO for part in expense.payments]
    return dict(zip(numbers, amounts, strict=True))


def _stands_as(expense: Expense, stood: str | None) -> str:
    """Paid on its day: a purchase, or the bill it was; else a bill, as long as there is a vendor. Below zero: a vendor credit until paid."""
    if (expense.amount or 0) < 0:
        return "Purchase" if expense.status == "paid" else "VendorCredit"
    if expense.payments:
        return "Bill"
    if expense.status == "paid" and (expense.vendor is None or expense.paid_at == expense.expense_date):
        return "Bill" if stood == "Bill" and expense.vendor is not None else "Purchase"
    return "Bill"


def _leave_undone(books: Books, portfolio: Portfolio, before: Portfolio | None) -> None:
    """What the undone run had made is void; its purchases and bills are gone, its customers and vendors inactive under another name."""

    def leave(entity: str, number: str) -> None:
        if number not in books.objects.get(entity, {}):
            books.expect(entity, number, TotalAmt=_ZERO)

    for invoice in portfolio.invoices:
        if invoice.status != "void":
            leave("Invoice", f"INV-{invoice.source_id}")
    for payment in portfolio.payments:
        if payment.status == "completed" or payment.returned_on is not None:
            leave("Payment", str(payment.reference))
    for application in portfolio.applications:
        leave("Payment", f"RX-A-{application.source_id}")
    for expense in portfolio.expenses:
        was = _of(before, expense)
        stood = _stands_as(was, None) if was is not None else None
        if expense.status != "void" and _stands_as(expense, stood) == "Bill":
            for number in _parts(expense, was):
                leave("BillPayment", number)


def _settle_balances(books: Books, portfolio: Portfolio, payments: Sequence[Payment]) -> None:
    for invoice in portfolio.invoices:
        number = f"INV-{invoice.source_id}"
        if number not in books.objects["Invoice"]:
            continue
        paid = _used(
            [
                allocation
                for payment in (*payments, *portfolio.applications)
                if payment.status in ("completed", "issued")
                for allocation in payment.allocations
                if allocation.invoice_id == invoice.source_id
            ]
        )
        amounts = books.objects["Invoice"][number]
        amounts["Balance"] = _ZERO if invoice.status == "void" else amounts["TotalAmt"] - paid
