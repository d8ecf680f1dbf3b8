"""What a record of the proof is called on a page: by its number or name, never by an id where it has either. Pure.

Not here: what records are called elsewhere (``record_names``), and the marts' own labels, which hold ids.
"""

import re

from rentaxis_pipelines.model.record_type import BILL_PAYMENTS, EXPENSE
from rentaxis_pipelines.model.record_types import BY_SOURCE_TYPE, in_words, whole_key
from rentaxis_pipelines.reports.record_names import record_name

_THERE = " in QuickBooks"  # what a label ends with where only QuickBooks has the record
_BEFORE_PAYMENT = re.compile(r"Payment (?:on [0-9-]+ )?of ")


def title_of(record: str, label: str, entity: str | None, number: str | None) -> str:
    """``Invoice INV-0042``, ``Expense of Ace Plumbing``, ``Payment of expense of Ace Plumbing``, ``Bill 77 in QuickBooks``.

    ``record``: as the marts name it. ``entity`` and ``number``: what it is in QuickBooks and the number it has there, of a record that is
    only there.
    """
    source_type, _, source_id = record.partition("/")
    if entity is not None and (source_type not in BY_SOURCE_TYPE or label.endswith(_THERE)):
        return f"{in_words(entity).capitalize()} {number or 'without a number'}{_THERE}"
    if source_type in BILL_PAYMENTS and (match := _BEFORE_PAYMENT.match(label)):
        name = record_name(EXPENSE, whole_key((source_type, source_id))[1], label[match.end() :])
        return f"{match[0]}{name[0].lower()}{name[1:]}"
    return record_name(source_type, source_id, label) if source_type in BY_SOURCE_TYPE else label
