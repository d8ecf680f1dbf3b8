"""The words RentAxis documents for statuses, methods, types and settings, and how a spelling is compared with them.

Here: the lists and the comparison. Not here: which column holds which words (``contract``), what is said of one that is not known
(``schemas``). Spaces around a word, capitals, and a space or hyphen for an underscore make no difference: "Partially Paid" is
``partially_paid``. A word that still is none of the list is refused by name, not guessed at: a refund taken for a completed payment
would be wrong money.
"""

import re
from collections.abc import Collection
from typing import Any

import pyarrow as pa
import pyarrow.compute

from rentaxis_pipelines.model.record_types import PAYER_TYPES, RECORD_TYPES

pc: Any = pyarrow.compute  # its functions are made while it is imported, out of a type checker's sight

INVOICE_STATUSES = ("draft", "sent", "partially_paid", "paid", "overdue", "void")
INVOICE_TYPES = ("receivable",)
ANY_INVOICE_TYPES = ("receivable", "payable")
PAYMENT_STATUSES = ("completed", "void", "pending", "failed", "refunded")
EXPENSE_STATUSES = ("unpaid", "paid", "void")
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
ACCOUNT_TYPES = ("asset", "liability", "equity", "income", "expense")
LINK_ORIGINS = ("imported", "pushed")
DIRECTIONS = ("to_quickbooks", "from_quickbooks", "both")
ENABLED_TYPES = RECORD_TYPES
USES = ("charge", "deposited", "category", "paid_purchase", "paid_bill", "account", "place")

_BETWEEN_WORDS = r"[\s_-]+"


def folded(text: str, known: Collection[str]) -> str:
    """The word of ``known`` that ``text`` spells, or ``text`` as it is."""
    word = re.sub(_BETWEEN_WORDS, "_", text.strip().lower())
    return word if word in known else text


def folded_array(texts: pa.Array, known: Collection[str]) -> pa.Array:
    """``folded`` for every text of an array; null stays null."""
    words = pc.replace_substring_regex(pc.utf8_lower(pc.utf8_trim_whitespace(texts)), _BETWEEN_WORDS, "_")
    return pc.if_else(pc.is_in(words, pa.array(list(known), pa.string())), words, texts)
