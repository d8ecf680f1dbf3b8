"""What a person chose on the page of the mappings, as changes of the settings; and what each would touch of what was pushed before.

Here: from the form to the change. Not here: the page (``mappings``), what is suitable (``reports.mapping_table``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import sqlalchemy as sa

from rentaxis_pipelines.ledger.mapped_uses import Place, Uses, uses_of
from rentaxis_pipelines.mapping.outcome import Context
from rentaxis_pipelines.mapping.references import ListName
from rentaxis_pipelines.reports.mapping_table import (
    DEPOSITS_REFUNDED_FROM,
    NO_METHOD,
    PAYABLE,
    PROCESSOR_FEES,
    RECEIVABLE,
    RETURN_FEES,
    MappingRow,
    SectionName,
    blank_row,
)
from rentaxis_pipelines.settings import Method
from rentaxis_pipelines.settings.yaml_edit import Value
from rentaxis_pipelines.settings.yaml_file import KeyPath
from rentaxis_pipelines.web.desk.forms import Form, FormError

NOT_MAPPED = "not mapped"
_LONGEST_WORD = 200
WORDS_OF_THEIR_OWN: Sequence[SectionName] = (
    "charges",
    "invoice_accounts",
    "expense_accounts",
    "bank_accounts",
    "payment_methods",
    "expense_payment_methods",
)


@dataclass(frozen=True)
class MappingChange:
    """``after`` and ``second_after``: as ``MappingRow.value``. ``before`` is in ``row``."""

    row: MappingRow
    after: str
    second_after: str

    @property
    def key_path(self) -> KeyPath:
        """Where it stands in the settings."""
        section, word = self.row.section, self.row.key
        return ("mappings", word) if section == "general" else ("mappings", section, word)

    @property
    def value(self) -> Value:
        """What is written there; None takes it out."""
        if not self.after:
            return None
        if self.row.section == "payment_methods":
            method = {} if self.after == NO_METHOD else {"payment_method": self.after}
            return {**method, **({"deposit_to": self.second_after} if self.second_after else {})}
        if self.row.section == "expense_payment_methods":
            way, _, account = self.after.partition("|")
            return {"payment_type": way, "pay_from": account}
        return self.after


@dataclass(frozen=True)
class Touched:
    """A change of a mapping that was there before. ``uses``: what was pushed with it; ``also``: other words that are mapped to the same."""

    change: MappingChange
    uses: Uses | None
    also: Sequence[str]


def name_of(row: MappingRow) -> str:
    """The row's name in the form."""
    return f"{row.section}/{row.key}"


def chosen(form: Form, row: MappingRow, part: str = "to") -> str:
    """What the page shows as chosen: what the person changed, else what the settings say now."""
    now = row.value if part == "to" else row.second_value
    typed = form.all(f"{part}/{name_of(row)}")
    was = form[f"{'was' if part == 'to' else 'second_was'}/{name_of(row)}"]
    return typed[0] if typed and typed[0] != was else now


def changes_of(form: Form, rows: Sequence[MappingRow], context: Context) -> list[MappingChange]:
    """What the person changed. Raises FormError for what cannot be chosen."""
    changes = [
        _checked(MappingChange(row, chosen(form, row), chosen(form, row, "second")))
        for row in rows
        if (chosen(form, row), chosen(form, row, "second")) != (row.value, row.second_value)
    ]
    if (new := _new_word(form, rows, context)) is not None:
        changes.append(new)
    return changes


def _checked(change: MappingChange) -> MappingChange:
    row = change.row
    suitable = change.after in ("", *row.choices) or change.after == row.value
    second_suitable = (
        change.second_after in ("", *row.second_choices) or change.second_after == row.second_value
    )
    if not suitable or not second_suitable:
        wrong = change.second_after if suitable else change.after
        raise FormError(f"{row.label}: '{wrong}' cannot be used for it. Choose a name from the list.")
    return change


def _new_word(form: Form, rows: Sequence[MappingRow], context: Context) -> MappingChange | None:
    word, after, section = form["new_word"], form["new_to"], form["section"]
    if not word and not after:
        return None
    known: SectionName | None = next((name for name in WORDS_OF_THEIR_OWN if name == section), None)
    if known is None:
        raise FormError("Choose the kind of mapping first.")
    if not word or not after:
        raise FormError("To add a word, give it as RentAxis has it, and choose what it is in QuickBooks.")
    if len(word) > _LONGEST_WORD or not word.isprintable():
        raise FormError(f"A word has at most {_LONGEST_WORD} characters, on one line.")
    if "methods" in known and word not in get_args(Method):
        raise FormError(f"RentAxis has no method '{word}'. It has: {', '.join(get_args(Method))}.")
    if any(row.section == known and row.key == word for row in rows):
        raise FormError(f"'{word}' is in the list already. Choose there what it is in QuickBooks.")
    return _checked(MappingChange(blank_row(context, known, word), after, form["new_second"]))


def touched(
    connection: sa.Connection,
    realm: str,
    changes: Sequence[MappingChange],
    rows: Sequence[MappingRow],
    context: Context,
) -> list[Touched]:
    """For each change of a mapping that was there: the records pushed with it."""
    return [
        Touched(change, _uses(connection, realm, change.row, context), _also(change.row, rows))
        for change in changes
        if change.row.value
    ]


def _uses(connection: sa.Connection, realm: str, row: MappingRow, context: Context) -> Uses | None:
    """None where a record does not keep by which word it was recorded, and nothing of it stands in QuickBooks."""
    list_name, places, name = _recorded_as(row)
    found = context.references.find(list_name, name) if name else None
    return None if found is None else uses_of(connection, realm, places, found.quickbooks_id)


def _recorded_as(row: MappingRow) -> tuple[ListName, Sequence[Place], str]:
    """In which list the mapping's name stands, and where a pushed record holds it."""
    match row.section:
        case "expense_accounts":
            return "Account", ["expense_account"], row.value
        case "bank_accounts":
            return "Account", ["deposited_to", "paid_from"], row.value
        case "payment_methods" if row.value != NO_METHOD:
            return "PaymentMethod", ["payment_method"], row.value
        case "payment_methods":
            return "Account", ["deposited_to"], row.second_value
        case "expense_payment_methods":
            return "Account", ["paid_from"], row.value.partition("|")[2]
        case "general" if row.key == PAYABLE:
            return "Account", ["payable"], row.value
        case "general" if row.key == DEPOSITS_REFUNDED_FROM:
            return "Account", ["paid_from"], row.value
        case "general" if row.key in (RECEIVABLE, RETURN_FEES, PROCESSOR_FEES):
            return "Account", ["expense_account"], row.value
        case _:
            return "Item", ["item"], row.value


def _also(row: MappingRow, rows: Sequence[MappingRow]) -> list[str]:
    same = _recorded_as(row)
    return [other.label for other in rows if other != row and other.value and _recorded_as(other) == same]
