"""What a plan's page says in words, the same in Dagster, on the terminal and in files. Plain text; each medium escapes it. Pure."""

from collections.abc import Sequence
from typing import Final

from rentaxis_pipelines.reports.plan_changes import FieldChange
from rentaxis_pipelines.reports.plan_cost import Cost
from rentaxis_pipelines.reports.plan_page import Look, PlanPage, PlanRow

LOOK_WORDS: Final[dict[Look, str]] = {
    "overwrites": "overwrites a change",
    "failed": "cannot be pushed",
    "waiting": "waiting",
    "to_apply": "to apply by hand",
    "": "",
}
LOOK_HEADINGS: Final[dict[Look, str]] = {
    "overwrites": "Overwrites what a person changed in QuickBooks",
    "failed": "Cannot be pushed",
    "waiting": "Waiting for a person or another record",
    "to_apply": "Money a person has to apply by hand",
    "": "Everything else",
}
ACCOUNTS_TITLE: Final = "Net change by account and month"
ACCOUNTS_ABOUT: Final = (
    "As QuickBooks will show it once the plan is pushed. A debit raises assets and expenses; a credit raises income and liabilities. "
    "Debits equal credits in every month."
)
NOTHING_LEFT: Final = "nothing"
_LONGEST: Final = 240


def headline(page: PlanPage) -> str:
    """``343 of 1,198 rows would be sent: 342 to create, 1 to update. First look at 3 that overwrite a change.``"""
    doings = {
        doing: sum(of_type.rows[doing] for of_type in page.by_type)
        for doing in ("create", "update", "void", "delete")
    }
    counted = ", ".join(f"{number:,} to {doing}" for doing, number in doings.items() if number)
    rows = len(page.rows)
    if not rows:
        return "There are no records to plan."
    sent = f"{page.sent:,} of {rows:,} {'row' if rows == 1 else 'rows'} would be sent" + (
        f": {counted}." if counted else "."
    )
    looks = ", ".join(f"{page.looks[look]:,} {words}" for look, words in _COUNTED.items() if page.looks[look])
    return f"{sent} Look first at: {looks}." if looks else sent


_COUNTED: Final[dict[Look, str]] = {
    "overwrites": "that overwrite a person's change in QuickBooks",
    "failed": "that cannot be pushed",
    "waiting": "that wait",
    "to_apply": "with money to apply by hand",
}


def cost_in_words(cost: Cost) -> str:
    """The calls and minutes in a sentence."""
    if not cost.batches:
        return "Nothing to send: no write calls to QuickBooks."
    first = f", {cost.first_steps:,} of them for notes and releases that go first" if cost.first_steps else ""
    batches = f"{cost.batches:,} {'batch' if cost.batches == 1 else 'batches'} of up to 30 records"
    minutes = f"{cost.minutes:,} {'minute' if cost.minutes == 1 else 'minutes'}"
    return (
        f"About {cost.calls:,} calls to QuickBooks ({batches}{first}; {cost.reads:,} metered reads) and {minutes}, "
        "at QuickBooks' limit of 40 batches a minute."
    )


def unknown_accounts_in_words(page: PlanPage) -> str:
    """What the sums by account leave out; empty for nothing."""
    left = page.unknown_accounts
    if not left:
        return ""
    changes = "1 change is" if left == 1 else f"{left:,} changes are"
    return f"{changes} not in these sums: what stands in QuickBooks was not read for this plan."


def changes_in_words(row: PlanRow) -> str:
    """The changes on one line, cut where they are many: ``amount: 1,200.00 -> 1,300.00; due date: 2026-10-05``."""
    return cut("; ".join(_change(change) for change in row.changes))


def _change(change: FieldChange) -> str:
    if not change.stands:
        return f"{change.field}: {change.will_stand}"
    return f"{change.field}: {change.stands} -> {change.will_stand or NOTHING_LEFT}"


def cut(text: str, longest: int = _LONGEST) -> str:
    """The text, or its beginning and three dots."""
    return text if len(text) <= longest else f"{text[: longest - 4]} ..."


def rows_that_need_a_look(page: PlanPage) -> list[tuple[Look, list[PlanRow]]]:
    """Those rows by reason, the most pressing first."""
    by_look: dict[Look, list[PlanRow]] = {}
    for row in page.rows:
        if row.look:
            by_look.setdefault(row.look, []).append(row)
    return list(by_look.items())


def rows_to_send(page: PlanPage) -> Sequence[PlanRow]:
    """The rows that would be sent and were not listed as needing a look, in their order."""
    return [row for row in page.rows if row.doing != "not sent" and not row.look]
