"""The requirements for pushing a RentAxis row, as pandera schemas, and the messages when they are not met.

Here: the rules of each record type and of its nested children, registered in ``_RULES``. Not here: reading (``extract``),
running the rules over a table (``refusals``), QuickBooks' own requirements (``mapping``). Every rule is a
pandera check with its reason code as ``title`` and its sentence for an accountant as ``description``. Braces
in a sentence name columns of the row; ``{value}`` is the value that failed. A required column has its
name in plain words as ``title``.

A row that would post nothing (draft, void, deleted, a payment that was not received) is only checked for its
identity: id, day, type and status. A void invoice whose lines are gone must still be voided in
QuickBooks.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa

from rentaxis_pipelines.model.record_type import PART_SIGN, Source
from rentaxis_pipelines.model.record_types import SOURCES
from rentaxis_pipelines.model.source_records import (
    Allocation,
    DepositedPayment,
    ExpensePayment,
    InvoiceLine,
    JournalLine,
    Payer,
)
from rentaxis_pipelines.rentaxis.frames import RecordType, frame_schema, struct_schema
from rentaxis_pipelines.rentaxis.vocabulary import (
    ACCOUNT_TYPES,
    CREDIT_STATUSES,
    DEPOSIT_KINDS,
    DEPOSIT_STATUSES,
    EXPENSE_STATUSES,
    INVOICE_STATUSES,
    INVOICE_TYPES,
    JOURNAL_ORIGINS,
    JOURNAL_STATUSES,
    PAPER_OWNERS,
    PAYER_KINDS,
    PAYMENT_METHODS,
    PAYMENT_STATUSES,
    REFUND_STATUSES,
    RETURN_REASONS,
    SETTLEMENT_STATUSES,
)

UNREADABLE = "unreadable"  # the column that lists the values of a row that could not be read; empty if none

FIRST_YEAR, LAST_YEAR = 1900, 2100
LARGEST_AMOUNT = Decimal("9999999999999.99")  # 15 digits


def _rule(code: str, sentence: str, holds: Any) -> pandera.Check:
    return pandera.Check(holds, title=code, description=sentence)


def _known(what: str, values: tuple[str, ...]) -> pandera.Check:
    return pandera.Check.isin(
        values,
        title="unknown_source_value",
        description=f"The {what} '{{value}}' is not one that RentAxis uses ({', '.join(values)}).",
    )


def _plausible_day(what: str) -> pandera.Check:
    first, after_last = dt.date(FIRST_YEAR, 1, 1), dt.date(LAST_YEAR + 1, 1, 1)
    return _rule(
        "invalid_value",
        f"The {what} {{value}} is not between the years {FIRST_YEAR} and {LAST_YEAR}.",
        lambda days: (days >= first) & (days < after_last),
    )


def _money(what: str) -> list[pandera.Check]:
    return [
        _rule(
            "invalid_value",
            f"The {what} {{value}} has fractions of a cent.",
            lambda amounts: amounts.round(2) == amounts,
        ),
        _rule(
            "invalid_value",
            f"The {what} {{value}} has more than 15 digits.",
            lambda amounts: amounts.abs() <= LARGEST_AMOUNT,
        ),
    ]


def _positive(what: str) -> pandera.Check:
    return _rule(
        "invalid_value",
        f"The {what} {{value}} must be greater than zero.",
        lambda amounts: amounts > Decimal(0),
    )


def _not_zero(what: str) -> pandera.Check:
    """What is below zero may be a credit: ``mapping`` decides that."""
    return _rule(
        "invalid_value",
        f"The {what} {{value}} must be greater than zero.",
        lambda amounts: amounts != Decimal(0),
    )


def _not_negative(what: str) -> pandera.Check:
    return _rule(
        "invalid_value",
        f"The {what} {{value}} must not be less than zero.",
        lambda amounts: amounts >= Decimal(0),
    )


@dataclass(frozen=True)
class Field:
    """The rules of one column. ``needed`` is its name in plain words if it is required."""

    checks: list[pandera.Check]
    needed: str | None = None
    unique: bool = False


_ID = Field([], needed="RentAxis id", unique=True)
_CREATED = Field([], needed="time it was created")
_CHANGED = Field([], needed="time it was last changed")
_READABLE = Field([_rule("invalid_value", "{value}", lambda texts: texts == "")])


def _payer_known(kind: str, source_id: str) -> Field:
    return Field(
        [
            _rule(
                "invalid_value",
                f"The {{{kind}}} it names (RentAxis id {{{source_id}}}) does not belong to this "
                "organization.",
                lambda known: known,
            )
        ]
    )


_PAYER: Mapping[str, Field] = {
    UNREADABLE: _READABLE,
    "source_id": Field([], needed="RentAxis id"),  # a nested payer occurs once for every record it pays
    "kind": Field([_known("kind of payer", PAYER_KINDS)], needed="kind of payer"),
    "name": Field([], needed="name"),
    "created_at": _CREATED,
    "updated_at": _CHANGED,
}

_INVOICE: Mapping[str, Field] = {
    "source_id": _ID,
    "invoice_date": Field([_plausible_day("invoice date")], needed="invoice date"),
    "status": Field([_known("status", INVOICE_STATUSES)], needed="status"),
    "type": Field([_known("invoice type", INVOICE_TYPES)], needed="invoice type"),
    "updated_at": _CHANGED,
    UNREADABLE: _READABLE,
    "due_date": Field([_plausible_day("due date")]),
    "billed_to_type": Field([_known("kind of payer", PAYER_KINDS)], needed="kind of payer it is billed to"),
    "billed_to_id": Field([], needed="payer it is billed to"),
    "payer_is_known": _payer_known("billed_to_type", "billed_to_id"),
    "total_amount": Field(_money("total"), needed="total"),
    "amount_paid": Field(_money("amount paid")),
    "balance_due": Field(_money("balance due")),
    "line_count": Field([_rule("missing_field", "The invoice has no lines.", lambda counts: counts > 0)]),
    "lines_difference": Field(
        [
            _rule(
                "total_mismatch",
                "The total is {total_amount}, but the lines add up to {lines_total}.",
                lambda differences: differences == Decimal(0),
            )
        ]
    ),
}

_LINE: Mapping[str, Field] = {
    "amount": Field(_money("amount of line {number},"), needed="amount of line {number}"),
    "account_type": Field([_known("account type of line {number},", ACCOUNT_TYPES)]),
}

_PAYMENT: Mapping[str, Field] = {
    "source_id": _ID,
    "payment_date": Field([_plausible_day("payment date")], needed="payment date"),
    "status": Field([_known("status", PAYMENT_STATUSES)], needed="status"),
    "updated_at": _CHANGED,
    UNREADABLE: _READABLE,
    "payer_type": Field([_known("kind of payer", PAYER_KINDS)], needed="kind of payer"),
    "payer_id": Field([], needed="payer"),
    "payer_is_known": _payer_known("payer_type", "payer_id"),
    "amount": Field([*_money("amount"), _positive("amount")], needed="amount"),
    "method": Field([_known("payment method", PAYMENT_METHODS)], needed="payment method"),
    "returned_on": Field([_plausible_day("day it was returned")]),
    "return_reason": Field([_known("reason for the return", RETURN_REASONS)]),
    "return_fee": Field([*_money("fee for the return"), _not_negative("fee for the return")]),
    "refunded_amount": Field([*_money("amount refunded"), _not_negative("amount refunded")]),
    "unallocated": Field(
        [
            _rule(
                "invalid_value",
                "Its amount is {amount}, but {allocated} of it is applied to invoices.",
                lambda rest: rest >= Decimal(0),
            )
        ]
    ),
}

_ALLOCATION: Mapping[str, Field] = {
    "invoice_id": Field([], needed="invoice of allocation {number}"),
    "amount": Field(
        [
            *_money("amount applied to invoice {invoice},"),
            _positive("amount applied to invoice {invoice},"),
        ],
        needed="amount applied to invoice {invoice}",
    ),
}

_CREDIT: Mapping[str, Field] = {
    "source_id": _ID,
    "credit_date": Field([_plausible_day("credit date")], needed="credit date"),
    "status": Field([_known("status", CREDIT_STATUSES)], needed="status"),
    "updated_at": _CHANGED,
    UNREADABLE: _READABLE,
    "payer_type": Field([_known("kind of payer", PAYER_KINDS)], needed="kind of payer"),
    "payer_id": Field([], needed="payer"),
    "payer_is_known": _payer_known("payer_type", "payer_id"),
    "total_amount": Field([*_money("total"), _positive("total")], needed="total"),
    "line_count": Field(
        [
            _rule(
                "missing_field",
                "The credit has no lines (of a deposit: no deduction that names the invoice it pays).",
                lambda counts: counts > 0,
            )
        ]
    ),
    "lines_difference": _INVOICE["lines_difference"],
}

_CREDIT_APPLICATION: Mapping[str, Field] = {
    "source_id": _ID,
    "application_date": Field([_plausible_day("date")], needed="date"),
    "status": Field([_known("status", CREDIT_STATUSES)], needed="status"),
    "updated_at": _CHANGED,
    UNREADABLE: _READABLE,
    "payer_type": Field([_known("kind of payer", PAYER_KINDS)], needed="kind of payer"),
    "payer_id": Field([], needed="payer"),
    "payer_is_known": _payer_known("payer_type", "payer_id"),
    "credit_total": Field(_money("total of the credit")),
    "amount": Field(_money("amount"), needed="amount"),
    "left_of_credit": Field(
        [
            _rule(
                "invalid_value",
                "The credit is {credit_total}, but {allocated} of it is applied to invoices.",
                lambda rest: rest >= Decimal(0),
            )
        ]
    ),
}

_REFUND: Mapping[str, Field] = {
    "source_id": _ID,
    "refund_date": Field([_plausible_day("refund date")], needed="refund date"),
    "status": Field([_known("status", REFUND_STATUSES)], needed="status"),
    "updated_at": _CHANGED,
    UNREADABLE: _READABLE,
    "payer_type": Field([_known("kind of payer", PAYER_KINDS)], needed="kind of payer"),
    "payer_id": Field([], needed="payer"),
    "payer_is_known": _payer_known("payer_type", "payer_id"),
    "amount": Field([*_money("amount"), _positive("amount")], needed="amount"),
    "payment_amount": Field(_money("amount of the payment"), needed="amount of the payment"),
    "refunded_before": Field(_money("amount refunded before"), needed="amount refunded before"),
    "method": Field([_known("payment method", PAYMENT_METHODS)]),
}

_DEPOSIT: Mapping[str, Field] = {
    "source_id": _ID,
    "deposit_date": Field([_plausible_day("deposit date")], needed="deposit date"),
    "kind": Field([_known("kind of deposit", DEPOSIT_KINDS)], needed="kind of deposit"),
    "status": Field([_known("status", DEPOSIT_STATUSES)], needed="status"),
    "updated_at": _CHANGED,
    UNREADABLE: _READABLE,
    "total": Field([*_money("total"), _positive("total")], needed="total"),
    "fee": Field([*_money("fee"), _not_negative("fee")]),
}

_DEPOSITED_PAYMENT: Mapping[str, Field] = {
    "payment_id": Field([], needed="payment {number} of the deposit"),
    "amount": Field(
        [*_money("amount of payment {number},"), _positive("amount of payment {number},")],
        needed="amount of payment {number}",
    ),
}

_DEPOSIT_SETTLEMENT: Mapping[str, Field] = {
    "source_id": _ID,
    "settlement_date": Field([_plausible_day("settlement date")], needed="settlement date"),
    "status": Field([_known("status", SETTLEMENT_STATUSES)], needed="status"),
    "updated_at": _CHANGED,
    UNREADABLE: _READABLE,
    "payer_type": Field([_known("kind of payer", PAYER_KINDS)], needed="kind of payer"),
    "payer_id": Field([], needed="payer"),
    "payer_is_known": _payer_known("payer_type", "payer_id"),
    "deposit_held": Field([*_money("deposit held"), _not_negative("deposit held")], needed="deposit held"),
    "deductions_total": Field(
        [*_money("total of the deductions"), _not_negative("total of the deductions")],
        needed="total of the deductions",
    ),
    "refund_amount": Field(
        [*_money("amount refunded"), _not_negative("amount refunded")], needed="amount refunded"
    ),
    "method": Field([_known("payment method", PAYMENT_METHODS)]),
}

_EXPENSE: Mapping[str, Field] = {
    "source_id": _ID,
    "expense_date": Field([_plausible_day("expense date")], needed="expense date"),
    "status": Field([_known("status", EXPENSE_STATUSES)], needed="status"),
    "updated_at": _CHANGED,
    UNREADABLE: _READABLE,
    "due_date": Field([_plausible_day("due date")]),
    "paid_at": Field([_plausible_day("date paid")]),
    "amount": Field([*_money("amount"), _not_zero("amount")], needed="amount"),
    "payment_method": Field([_known("payment method", PAYMENT_METHODS)]),
    "unpaid": Field(
        [
            _rule(
                "invalid_value",
                "Its amount is {amount}, but its payments come to {paid}.",
                lambda rest: rest >= Decimal(0),
            )
        ]
    ),
}

_EXPENSE_PAYMENT: Mapping[str, Field] = {
    "source_id": Field(
        [
            _rule(
                "invalid_value",
                f"The RentAxis id of payment {{number}}, {{value}}, holds a '{PART_SIGN}'.",
                lambda ids: ~ids.str.contains(PART_SIGN, regex=False),
            )
        ],
        needed="RentAxis id of payment {number}",
    ),
    "paid_on": Field([_plausible_day("day of payment {number},")], needed="day of payment {number}"),
    "amount": Field(
        [*_money("amount of payment {number},"), _positive("amount of payment {number},")],
        needed="amount of payment {number}",
    ),
    "method": Field([_known("method of payment {number},", PAYMENT_METHODS)]),
}


def _side(what: str) -> list[pandera.Check]:
    return [
        *_money(f"{what} of line {{number}},"),
        _rule(
            "invalid_value",
            f"The {what} of line {{number}}, {{value}}, must not be below zero: enter it on the other side.",
            lambda amounts: amounts >= Decimal(0),
        ),
    ]


_JOURNAL_ENTRY: Mapping[str, Field] = {
    "source_id": _ID,
    "entry_date": Field([_plausible_day("entry date")], needed="entry date"),
    "status": Field([_known("status", JOURNAL_STATUSES)], needed="status"),
    "updated_at": _CHANGED,
    UNREADABLE: _READABLE,
    "origin": Field([_known("origin", JOURNAL_ORIGINS)], needed="origin"),
    "total_amount": Field([*_money("total"), _positive("total")], needed="total"),
    "line_count": Field([_rule("missing_field", "The entry has no lines.", lambda counts: counts > 0)]),
    "imbalance": Field(
        [
            _rule(
                "total_mismatch",
                "Its debits come to {debits}, its credits to {credits}.",
                lambda differences: differences == Decimal(0),
            )
        ]
    ),
}

_JOURNAL_LINE: Mapping[str, Field] = {
    "debit": Field(_side("debit"), needed="debit of line {number}"),
    "credit": Field(_side("credit"), needed="credit of line {number}"),
    "sides": Field(
        [
            _rule(
                "invalid_value",
                "Line {number} has both a debit and a credit, or neither.",
                lambda sides: sides == 1,
            )
        ]
    ),
    "account_name": Field([], needed="account of line {number}"),
    "account_type": Field([_known("account type of line {number},", ACCOUNT_TYPES)]),
}

_PAPER: Mapping[str, Field] = {
    "source_id": _ID,
    "record_date": Field([_plausible_day("date of its record")], needed="date of its record"),
    "updated_at": _CHANGED,
    UNREADABLE: _READABLE,
    "belongs_to_type": Field(
        [_known("kind of record", PAPER_OWNERS)], needed="kind of the record it is kept with"
    ),
    "belongs_to_id": Field([], needed="record it is kept with"),
    "file_name": Field([], needed="file name"),
    "location": Field([], needed="location of the file"),
}

_RULES: Mapping[RecordType, Mapping[str, Field]] = {
    "tenants": _PAYER,
    "programs": _PAYER,
    "invoices": _INVOICE,
    "credits": _CREDIT,
    "payments": _PAYMENT,
    "credit_applications": _CREDIT_APPLICATION,
    "refunds": _REFUND,
    "deposits": _DEPOSIT,
    "deposit_settlements": _DEPOSIT_SETTLEMENT,
    "expenses": _EXPENSE,
    "journal_entries": _JOURNAL_ENTRY,
    "papers": _PAPER,
}

# What is checked in a row that would post nothing: this, and its day.
_IDENTITY = ("source_id", "type", "status", "updated_at")


def _schema(name: str, types: pa.Schema, rules: Mapping[str, Field]) -> pandera.DataFrameSchema:
    """Every column of ``types`` with its exact type, and the rules, in their order; other columns are ignored.

    A rule may be about a column that is not in ``types``: a fact computed from other columns (``refusals``).
    """
    names = [*rules, *(name for name in types.names if name not in rules)]
    return pandera.DataFrameSchema(
        {
            column_name: _column(column_name, types, rules.get(column_name, Field([])))
            for column_name in names
        },
        name=name,
    )


def _column(name: str, types: pa.Schema, rules: Field) -> pandera.Column:
    return pandera.Column(
        pd.ArrowDtype(types.field(name).type) if name in types.names else None,
        rules.checks,
        nullable=rules.needed is None,
        unique=rules.unique,
        title=rules.needed,
    )


def _identity(source: Source) -> Mapping[str, Field]:
    rules = _RULES[source.model]
    # Tenants and programs have no status, so that all of theirs is checked.
    names = (*_IDENTITY, source.day_is) if source.day_is else rules
    return {name: rule for name, rule in rules.items() if name in names}


SCHEMAS: Mapping[RecordType, pandera.DataFrameSchema] = {
    name: _schema(name, frame_schema(name), rules) for name, rules in _RULES.items()
}
IDENTITY_SCHEMAS: Mapping[RecordType, pandera.DataFrameSchema] = {
    source.model: _schema(source.model, frame_schema(source.model), _identity(source)) for source in SOURCES
}
CHILD_SCHEMAS: Mapping[RecordType, pandera.DataFrameSchema] = {
    "invoices": _schema("lines", struct_schema(InvoiceLine), _LINE),
    "credits": _schema("lines", struct_schema(InvoiceLine), _LINE),
    "payments": _schema("allocations", struct_schema(Allocation), _ALLOCATION),
    "credit_applications": _schema("allocations", struct_schema(Allocation), _ALLOCATION),
    "deposits": _schema("payments", struct_schema(DepositedPayment), _DEPOSITED_PAYMENT),
    "expenses": _schema("payments", struct_schema(ExpensePayment), _EXPENSE_PAYMENT),
    "journal_entries": _schema("lines", struct_schema(JournalLine), _JOURNAL_LINE),
}
NESTED_PAYER_SCHEMA = _schema("payer", struct_schema(Payer), _PAYER)
