"""What a record of the proof is called on a page: by its number or name, never by an id where it has either. Pure.

Not here: what records are called elsewhere (``record_names``), and the marts' own labels, which hold ids.
"""

from rentaxis_pipelines.model.record_types import BILL_PAYMENT_TYPE, BY_SOURCE_TYPE, EXPENSE, in_words
from rentaxis_pipelines.reports.record_names import record_name

_THERE = " in QuickBooks"  # what a label ends with where only QuickBooks has the record
_BEFORE_PAYMENT = "Payment of "


def title_of(record: str, label: str, entity: str | None, number: str | None) -> str:
    """``Invoice INV-0042``, ``Expense of Ace Plumbing``, ``Payment of expense of Ace Plumbing``, ``Bill 77 in QuickBooks``.

    ``record``: as the marts name it. ``entity`` and ``number``: what it is in QuickBooks and the number it has there, of a record that is
    only there.
    """
    source_type, _, source_id = record.partition("/")
    if entity is not None and (source_type not in BY_SOURCE_TYPE or label.endswith(_THERE)):
        return f"{in_words(entity).capitalize()} {number or 'without a number'}{_THERE}"
    if source_type == BILL_PAYMENT_TYPE:
        name = record_name(EXPENSE, source_id, label.removeprefix(_BEFORE_PAYMENT))
        return f"{_BEFORE_PAYMENT}{name[0].lower()}{name[1:]}"
    return record_name(source_type, source_id, label) if source_type in BY_SOURCE_TYPE else label
