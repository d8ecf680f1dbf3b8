"""The mappings: what each word of RentAxis is in QuickBooks, chosen from QuickBooks' own lists.

Here: the page, and the page that says first what a change touches. Not here: the table (``reports.mapping_table``), the form's meaning
(``mapping_form``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from rentaxis_pipelines.ledger.paging import Page, offset_of, page_of
from rentaxis_pipelines.orchestration.names import PUSH_DAYS
from rentaxis_pipelines.reports.mapping_table import SECTIONS, MappingRow, SectionName
from rentaxis_pipelines.web.desk.forms import Form, FormError, action, page
from rentaxis_pipelines.web.desk.setup.mapping_facts import MappingFacts, mapping_facts
from rentaxis_pipelines.web.desk.setup.mapping_form import (
    WORDS_OF_THEIR_OWN,
    MappingChange,
    changes_of,
    chosen,
    name_of,
    touched,
)
from rentaxis_pipelines.web.desk.setup.saving import (
    CHANGE_SETTINGS,
    SettingsFile,
    checked,
    save,
    settings_file,
    show,
    why_of,
)
from rentaxis_pipelines.web.desk.visit import Visit
from rentaxis_pipelines.web.people import Role

MOST_IN_A_LIST = 300  # choices of one field; a longer list is chosen from by typing
_PATH = "/setup/mappings"


@dataclass(frozen=True)
class SectionWords:
    """``word`` and ``target``: the headings of the two sides."""

    title: str
    word: str
    target: str
    hint: str


SECTION_WORDS: Final[dict[SectionName, SectionWords]] = {
    "charges": SectionWords(
        "Charges",
        "Kind of invoice in RentAxis",
        "Product or service",
        "For invoice lines that have no account in RentAxis. Deposits go to a product that posts to a liability account.",
    ),
    "invoice_accounts": SectionWords(
        "Accounts on invoices",
        "Account in RentAxis",
        "Product or service",
        "For invoice lines that have an account in RentAxis.",
    ),
    "expense_accounts": SectionWords(
        "Expense accounts", "Category in RentAxis", "Account", "What an expense is recorded as."
    ),
    "bank_accounts": SectionWords(
        "Bank and card accounts",
        "Account in RentAxis",
        "Account",
        "Where a payment was deposited or an expense was paid from, if RentAxis names the account.",
    ),
    "payment_methods": SectionWords(
        "Payments received",
        "Method in RentAxis",
        "Payment method",
        "The account counts where RentAxis names none. Undeposited Funds lets you group payments into one bank deposit later.",
    ),
    "expense_payment_methods": SectionWords(
        "Expenses paid",
        "Method in RentAxis",
        "Recorded as",
        "The account counts where RentAxis names none. A direct payment is any payment that is no check and no card.",
    ),
    "general": SectionWords(
        "Other",
        "For",
        "In QuickBooks",
        "A charge that is not mapped fails, unless a product is named here for all others. The account for bills is only needed "
        "where QuickBooks has more than one accounts payable account; so is the one that returned payments are charged to.",
    ),
}
_WAYS = {"Check": "Check from", "CreditCard": "Credit card", "Cash": "Direct payment from"}


def routes() -> list[BaseRoute]:
    """The addresses of this page."""
    return [
        page(_PATH, lambda visit: _page(visit, Form({}))),
        action(_PATH, _save, role=Role.approver, what=CHANGE_SETTINGS, again=_page),
        action(f"{_PATH}/lists", _refresh, role=Role.operator, what="read QuickBooks' lists", again=_page),
    ]


def _page(visit: Visit, form: Form, sentence: str = "") -> Response:
    current = settings_file(visit)
    facts = mapping_facts(visit, current)
    section = _section(form["section"] or visit.query.get("section", ""))
    listed = _listed(facts, section, _number(form) if form else visit.number)
    return show(
        visit,
        "setup_mappings.html",
        form,
        sentence,
        current,
        facts=facts,
        section=section,
        rows=listed,
        sections=[(name, SECTION_WORDS[name], *_counts(facts, name)) for name in SECTIONS],
        words_of=SECTION_WORDS,
        new_choices=_new_choices(facts, section),
        takes_words=section in WORDS_OF_THEIR_OWN,
        chosen=chosen,
        name_of=name_of,
        in_words=choice_in_words,
        most_in_a_list=MOST_IN_A_LIST,
    )


def choice_in_words(section: SectionName, choice: str) -> str:
    """A choice as people read it."""
    if section == "expense_payment_methods" and "|" in choice:
        way, _, account = choice.partition("|")
        return f"{_WAYS.get(way, way)} {account}"
    return "No payment method" if section == "payment_methods" and choice == "-" else choice


def _section(name: str) -> SectionName | None:
    return next((section for section in SECTIONS if section == name), None)


def _number(form: Form) -> int:
    number = form["page"]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 8 else 1


def _listed(facts: MappingFacts, section: SectionName | None, number: int) -> Page[MappingRow]:
    """A page of a section's words; without a section, of those that are missing."""
    rows = [row for row in facts.rows if row.section == section] if section else facts.missing
    start = offset_of(number)
    return page_of(rows[start : start + 51], number, len(rows))


def _counts(facts: MappingFacts, section: SectionName) -> tuple[int, int]:
    rows = [row for row in facts.rows if row.section == section]
    return sum(bool(row.value) for row in rows), sum(row.missing for row in rows)


def _new_choices(facts: MappingFacts, section: SectionName | None) -> tuple[Sequence[str], Sequence[str]]:
    """What a word may be that is added: what most words of the section may be."""
    rows = [row for row in facts.rows if row.section == section]
    longest = max(rows, key=lambda row: len(row.choices), default=None)
    return (longest.choices, longest.second_choices) if longest else ((), ())


def _save(visit: Visit, form: Form) -> Response:
    current = settings_file(visit)
    facts = mapping_facts(visit, current)
    changes = changes_of(form, facts.rows, facts.context)
    if not changes:
        raise FormError("The settings say this already, so nothing was saved.")
    why = why_of(form)
    new = checked(
        current,
        {change.key_path: change.value for change in changes if _is_written(change)},
        [change.key_path for change in changes if not _is_written(change)],
        {change.key_path: change.row.label for change in changes},
    )
    if any(change.row.value for change in changes) and form["confirmed"] != "yes":
        return _ask_first(visit, form, current, facts, changes)
    save(visit, form, new, why)
    many = "The mapping is saved." if len(changes) == 1 else f"{len(changes)} mappings are saved."
    section = _section(form["section"])
    return visit.go(
        visit.url("setup", "mappings", section=section),
        f"{many} Records that waited for it go with the next sync of their days.",
    )


def _is_written(change: MappingChange) -> bool:
    """Whether the setting stays in the file; the words of a section are taken out, the others stand there as empty."""
    return change.value is not None or change.row.section == "general"


def _ask_first(
    visit: Visit,
    form: Form,
    current: SettingsFile,
    facts: MappingFacts,
    changes: Sequence[MappingChange],
) -> Response:
    with visit.ledger() as connection:
        existing = touched(connection, visit.realm, changes, facts.rows, facts.context)
    return show(
        visit,
        "setup_mappings_confirm.html",
        form,
        "",
        current,
        touched=existing,
        changes=changes,
        name_of=name_of,
        in_words=choice_in_words,
        words_of=SECTION_WORDS,
    )


def _refresh(visit: Visit, form: Form) -> Response:
    visit.launcher.job(PUSH_DAYS, {})  # without days: it only reads the lists
    return visit.go(
        visit.url("setup", "mappings", section=_section(form["section"])),
        "QuickBooks' lists are being read. What was added there can be chosen here in a minute.",
    )
