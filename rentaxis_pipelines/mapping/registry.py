"""How the records of each type are mapped: one line a type, all with the same face. The types themselves are ``model.record_types``.

Not here: customers and vendors (``parties``), classes and locations (``places``) and payments of bills (``bill_payments``): they are
made for the records that need them, and are decided otherwise.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from rentaxis_pipelines.mapping.credit_applications import (
    application_label,
    no_lookups,
    plan_credit_application,
)
from rentaxis_pipelines.mapping.credits import credit_label, credit_lookups, credit_number, plan_credit
from rentaxis_pipelines.mapping.deposit_settlements import (
    plan_deposit_settlement,
    settlement_label,
    settlement_lookups,
)
from rentaxis_pipelines.mapping.deposits import deposit_label, deposit_lookups, plan_deposit
from rentaxis_pipelines.mapping.expenses import expense_label, expense_lookups, plan_expense
from rentaxis_pipelines.mapping.invoices import (
    invoice_label,
    invoice_lookups,
    invoice_number,
    plan_invoice,
)
from rentaxis_pipelines.mapping.journal_entries import entry_label, entry_lookups, plan_journal_entry
from rentaxis_pipelines.mapping.outcome import Context, Existing, Facts, Mapped
from rentaxis_pipelines.mapping.papers import paper_label, plan_paper
from rentaxis_pipelines.mapping.payments import (
    payment_label,
    payment_lookups,
    payment_own_number,
    plan_payment,
)
from rentaxis_pipelines.mapping.refunds import plan_refund, refund_label, refund_lookups
from rentaxis_pipelines.mapping.resolve import Lookup
from rentaxis_pipelines.model.record_type import (
    CREDIT_APPLICATIONS,
    CREDITS,
    DEPOSIT_SETTLEMENTS,
    DEPOSITS,
    EXPENSES,
    INVOICES,
    JOURNAL_ENTRIES,
    PAPERS,
    PAYMENTS,
    REFUNDS,
)
from rentaxis_pipelines.model.record_types import BY_NAME
from rentaxis_pipelines.model.refusal import Refusal
from rentaxis_pipelines.model.source_records import Transaction


class RecordMapping(msgspec.Struct, frozen=True):
    """The face of a mapping module. ``amount_field``: what the record comes to, in the company's currency; None where it moves no money.

    ``number``: the number that the record alone may have in QuickBooks; None where it is nobody's to take, or always our own.
    ``lookups``: what it needs of the company file, so that a gap is told before the run.
    """

    label: Callable[[Any], str]
    amount_field: str | None
    number: Callable[[Any, Context], str | None]
    plan: Callable[[Any, Existing | None, Context, Facts], Mapped | Refusal]
    lookups: Callable[[Context, Any], Iterator[Lookup]]

    def amount(self, record: Any) -> Decimal:
        """The record's amount in cents; zero where RentAxis has none."""
        amount = None if self.amount_field is None else getattr(record, self.amount_field)
        return (amount or Decimal(0)).quantize(Decimal("0.01"))


MAPPINGS: Mapping[str, RecordMapping] = {
    INVOICES: RecordMapping(
        invoice_label,
        "total_amount",
        lambda invoice, _: invoice_number(invoice),
        plan_invoice,
        invoice_lookups,
    ),
    CREDITS: RecordMapping(
        credit_label, "total_amount", lambda credit, _: credit_number(credit), plan_credit, credit_lookups
    ),
    PAYMENTS: RecordMapping(payment_label, "amount", payment_own_number, plan_payment, payment_lookups),
    CREDIT_APPLICATIONS: RecordMapping(
        application_label,
        None,
        lambda _application, _context: None,
        plan_credit_application,
        no_lookups,
    ),
    DEPOSITS: RecordMapping(
        deposit_label, "total", lambda _deposit, _context: None, plan_deposit, deposit_lookups
    ),
    EXPENSES: RecordMapping(
        expense_label, "amount", lambda _expense, _context: None, plan_expense, expense_lookups
    ),
    REFUNDS: RecordMapping(
        refund_label, "amount", lambda _refund, _context: None, plan_refund, refund_lookups
    ),
    DEPOSIT_SETTLEMENTS: RecordMapping(
        settlement_label,
        "refund_amount",
        lambda _settlement, _context: None,
        plan_deposit_settlement,
        settlement_lookups,
    ),
    JOURNAL_ENTRIES: RecordMapping(
        entry_label, "total_amount", lambda _entry, _context: None, plan_journal_entry, entry_lookups
    ),
    PAPERS: RecordMapping(
        paper_label, None, lambda _paper, _context: None, plan_paper, lambda _context, _paper: iter(())
    ),
}
_BY_CLASS = {
    source.record_class: mapping for name, mapping in MAPPINGS.items() for source in BY_NAME[name].sources
}


def mapping_of(record: Transaction) -> RecordMapping:
    """That of the record's own type."""
    return _BY_CLASS[type(record)]
