"""The values RentAxis documents for statuses, methods, types and settings, and how spellings are compared with them.

Here: the lists and the comparison. Not here: which column has which values (``contract``), messages about unknown values
(``schemas``). Surrounding spaces, case, and a space or hyphen instead of an underscore make no difference: "Partially Paid" is
``partially_paid``. A value that is still not on the list is refused by name, not guessed: a refund mistaken for a completed payment
would be wrong money.
"""

import re
from collections.abc import Collection
from typing import Any

import pyarrow as pa
import pyarrow.compute

from rentaxis_pipelines.model.record_types import PAPER_OF, PAYER_TYPES, RECORD_TYPES

pc: Any = pyarrow.compute  # its functions are generated on import, so a type checker cannot see them

INVOICE_STATUSES = ("draft", "sent", "partially_paid", "paid", "overdue", "void")
INVOICE_TYPES = ("receivable",)
ANY_INVOICE_TYPES = ("receivable", "payable")
PAYMENT_STATUSES = ("completed", "void", "pending", "failed", "refunded")
CREDIT_STATUSES = ("draft", "issued", "void")
RETURN_REASONS = ("nsf", "ach_return", "dispute")
REFUND_STATUSES = ("completed", "void", "pending", "failed")
DEPOSIT_KINDS = ("payout", "batch")
DEPOSIT_STATUSES = ("completed", "void", "pending", "failed")
SETTLEMENT_STATUSES = ("draft", "finalized")
EXPENSE_STATUSES = ("unpaid", "partially_paid", "paid", "void")
JOURNAL_STATUSES = ("draft", "posted", "void", "reversed")
# Where an entry comes from, of those that are pushed; what documents and the bank feed post is pushed with them, or booked there.
JOURNAL_ORIGINS = ("manual", "owner_distribution", "management_fee", "correction")
PAYMENT_METHODS = (
    "cash",
    "check",
    "bank_transfer",
    "money_order",
    "zelle",
    "venmo",
    "credit_card",
    "ach",
    "stripe",
    "other",
)
PAYER_KINDS = PAYER_TYPES
PAPER_OWNERS = PAPER_OF
ACCOUNT_TYPES = ("asset", "liability", "equity", "income", "expense")
CONTROL_ACCOUNTS = ("receivable", "payable")
LINK_ORIGINS = ("imported", "pushed")
DIRECTIONS = ("to_quickbooks", "from_quickbooks", "both")
ENABLED_TYPES = RECORD_TYPES
USES = (
    *("charge", "deposited", "category", "paid_purchase", "paid_bill", "journal", "account", "place"),
    *("credit", "refunded", "settled", "banked", "deposit_line", "processor_fee", "return_fee"),
)

_BETWEEN_WORDS = r"[\s_-]+"


def folded(text: str, known: Collection[str]) -> str:
    """The value in ``known`` that ``text`` spells, or ``text`` unchanged."""
    word = re.sub(_BETWEEN_WORDS, "_", text.strip().lower())
    return word if word in known else text


def folded_array(texts: pa.Array, known: Collection[str]) -> pa.Array:
    """``folded`` for every text of an array; null stays null."""
    words = pc.replace_substring_regex(pc.utf8_lower(pc.utf8_trim_whitespace(texts)), _BETWEEN_WORDS, "_")
    return pc.if_else(pc.is_in(words, pa.array(list(known), pa.string())), words, texts)
