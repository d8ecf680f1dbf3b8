"""What a record is called on a page: by its number or name, never by an id where it has either. Pure.

An expense has no number in RentAxis: it is that of its vendor. Not here: labels in results (``mapping``), which hold the id of such a record.
"""

import re

from rentaxis_pipelines.model.record_type import EXPENSE, RETURN_FEE_TYPE, RETURN_TYPE
from rentaxis_pipelines.model.record_types import in_words, whole_of
from rentaxis_pipelines.reports.desk_words import for_the_desk


def record_name(source_type: str, source_id: str, label: str | None) -> str:
    """``Invoice INV-0042``, ``Tenant Ada Byron``, ``Expense of Ace Plumbing``; of what has neither number nor name ``An expense``.

    ``label``: a number, a name, or a label as results hold it (``Expense 17 (Ace Plumbing)``).
    """
    if source_type in (RETURN_TYPE, RETURN_FEE_TYPE) and label:
        return label  # it names its payment
    kind = in_words(whole_of(source_type))
    called = own_name(source_type, source_id, label)
    if called is None:
        return (
            f"{'An' if kind[0] in 'aeio' else 'A'} {kind} without a {'name' if kind in _NAMED else 'number'}"
        )
    return f"{kind.capitalize()}{' of' if kind == EXPENSE else ''} {called}"


_NAMED = ("tenant", "program", "vendor", "expense")


def own_name(source_type: str, source_id: str, label: str | None) -> str | None:
    """The number or name alone; None where the label holds nothing but the id."""
    text = (label or "").strip()
    for kind in (in_words(source_type), in_words(whole_of(source_type))):
        if text.casefold().startswith(f"{kind} "):
            text = text[len(kind) + 1 :].strip()
            break
    if whole_of(source_type) == EXPENSE:
        text = text.removeprefix(source_id).strip()
        text = (
            text.removeprefix("(").removesuffix(")") if text.startswith("(") and text.endswith(")") else text
        )
    return text if text and text != source_id else None


def for_people(text: str, source_id: str = "") -> str:
    """A sentence of a result as a page says it (``desk_words``), without ids of what has a name, and an expense by its vendor.

    ``source_id``: of the record it is about, whose label is its id where it has neither number nor name.
    """
    said = without_expense_ids(for_the_desk(text))
    if source_id:
        said = re.sub(rf"\b([Ee])xpense {re.escape(source_id)}(?!\w)", _the_expense, said)
    return said


def without_expense_ids(text: str) -> str:
    """``Expense 17 (Ace Plumbing) has ...`` becomes ``Expense of Ace Plumbing has ...``."""
    return _LABEL_OF_EXPENSE.sub(lambda found: f"{found[1]}xpense of {found[2]}", text)


def _the_expense(found: re.Match[str]) -> str:
    return "The expense" if found[1] == "E" else "the expense"


_LABEL_OF_EXPENSE = re.compile(r"\b([Ee])xpense \S+ \(([^()]+)\)")
