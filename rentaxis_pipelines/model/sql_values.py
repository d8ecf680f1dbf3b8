"""The rules that SQL shares with Python: a file of ``dbt_like_sql`` writes ``{{ values('waiting') }}`` where a list of them belongs.

They are constants of this program, never anything that was read. Not here: the rules themselves (the other modules of ``model``).
"""

from collections.abc import Iterable, Mapping
from typing import Final

from rentaxis_pipelines.model.phases import RECORDS
from rentaxis_pipelines.model.reasons import IN_PART, LEFT_OUT, OPEN, SWITCHED_OFF, WAITING, ReasonCode
from rentaxis_pipelines.model.record_type import JOURNAL_ENTRY
from rentaxis_pipelines.model.record_types import NUMBER_FIELD, POSTS_NOTHING
from rentaxis_pipelines.model.registry import REGISTRY
from rentaxis_pipelines.model.statuses import (
    COMPLETED,
    DRAFT,
    EXPENSES_POSTED,
    ISSUED,
    PAID,
    REFUNDED,
    TAKEN_BACK,
)

VALUES: Final[Mapping[str, tuple[str | int, ...]]] = {
    "waiting": WAITING,
    "in_part": IN_PART,
    "open": OPEN,
    "switched_off": SWITCHED_OFF,
    "left_out": LEFT_OUT,
    "preview": (ReasonCode.PREVIEW,),
    "waiting_for_parent": (ReasonCode.WAITING_FOR_PARENT,),
    "taken_back": TAKEN_BACK,
    "not_owed": (*TAKEN_BACK, DRAFT),
    "draft": (DRAFT,),
    "paid": (PAID,),
    "completed": (COMPLETED,),
    "issued": (ISSUED,),
    "settling": (COMPLETED, ISSUED),
    "refunded": (REFUNDED,),
    "invoices_posting_nothing": POSTS_NOTHING["invoices"],
    "expenses_posted": EXPENSES_POSTED,
    "records_phase": (RECORDS,),
    "transactions": tuple(NUMBER_FIELD),
    # What a journal entry in RentAxis names as its origin where a record posted it: it is in QuickBooks with that record, or on a list with it.
    "posted_by_records": (
        "payable_invoice",
        *(name for kind in REGISTRY if kind.dated for name in kind.source_types if name != JOURNAL_ENTRY),
    ),
}


def sql_list(values: Iterable[str | int]) -> str:
    """Constants as a list in SQL: ``('a', 'b')``. In a statement of Python's own they are bound instead, save where an index needs them."""
    return f"({', '.join(_literal(value) for value in values)})"


def _literal(value: str | int) -> str:
    return str(value) if isinstance(value, int) else f"'{value.replace(chr(39), 2 * chr(39))}'"
