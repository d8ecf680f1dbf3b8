"""What a plan's page says in words, the same in Dagster, on the terminal and in files. Plain text; each medium escapes it. Pure."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import msgspec

from rentaxis_pipelines.model.money import as_read
from rentaxis_pipelines.reports.plan_accounts import AccountChange
from rentaxis_pipelines.reports.plan_changes import FieldChange
from rentaxis_pipelines.reports.plan_cost import Cost
from rentaxis_pipelines.reports.plan_page import DOINGS, Doing, Look, PlanPage, PlanRow

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
    "As QuickBooks will show it once the whole plan is pushed. Debits equal credits in every month.",
    "A debit raises assets and expenses; a credit raises income and liabilities.",
)
NOTHING_LEFT: Final = "nothing"
NOTHING_DIFFERS: Final = "QuickBooks says the same already; it is written again because of force"
SENT_TITLE: Final = "What would be sent: voids and changes first, then what is new, the largest first"
_LONGEST: Final = 240
_LONGEST_VALUE: Final = 120


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
    looks = ", ".join(
        f"{page.looks[look]:,} {one if page.looks[look] == 1 else several}"
        for look, (one, several) in _COUNTED.items()
        if page.looks[look]
    )
    return f"{sent} Look first at: {looks}." if looks else sent


_COUNTED: Final[dict[Look, tuple[str, str]]] = {  # of one row, of several
    "overwrites": (
        "that overwrites a person's change in QuickBooks",
        "that overwrite a person's change in QuickBooks",
    ),
    "failed": ("that cannot be pushed", "that cannot be pushed"),
    "waiting": ("that waits", "that wait"),
    "to_apply": ("with money to apply by hand", "with money to apply by hand"),
}


def cost_in_words(cost: Cost) -> str:
    """The calls and minutes in a sentence."""
    if not cost.batches:
        return "Nothing to send: no write calls to QuickBooks."
    first = (
        f" ({cost.first_steps:,} of them for notes and releases that go first)" if cost.first_steps else ""
    )
    batches = f"{cost.batches:,} {'batch' if cost.batches == 1 else 'batches'} of up to 30 records{first}"
    minutes = f"{cost.minutes:,} {'minute' if cost.minutes == 1 else 'minutes'}"
    return (
        f"About {cost.calls:,} calls to QuickBooks: {batches} and {cost.reads:,} reads. "
        f"About {minutes}, at QuickBooks' limit of 40 batches a minute."
    )


def how_to_go_on(page: PlanPage) -> str:
    """The next step with a plan that nobody has approved yet."""
    if not page.sent:
        return "There is nothing to push."
    return f"To push exactly this: rentaxis-sync approve {page.head.short_id}"


def unknown_accounts_in_words(page: PlanPage) -> str:
    """What the sums by account leave out; empty for nothing."""
    left = page.unknown_accounts
    if not left:
        return ""
    changes = "1 change is" if left == 1 else f"{left:,} changes are"
    return f"{changes} not in these sums: what stands in QuickBooks was not read for this plan."


def brief(row: PlanRow) -> list[str]:
    """The changes, each like ``amount: 1,200.00 -> 1,300.00``, without what the row's own columns say already: of a creation its amount,
    day and number.
    """
    if row.doing == "update" and not row.changes:
        return [NOTHING_DIFFERS]
    told = {"amount": as_read(row.amount), "date": row.day.isoformat(), "name": row.record.partition(" ")[2]}
    number = row.record.rpartition(" ")[2]
    told |= {"number": number, "reference number": number}
    untold = [
        change
        for change in row.changes
        if row.doing != "create" or told.get(change.field) != change.will_stand
    ]
    return [_change(change) for change in untold or row.changes]


def _change(change: FieldChange) -> str:
    stands, will_stand = (
        cut(one_line(value), _LONGEST_VALUE) for value in (change.stands, change.will_stand)
    )
    if not stands:
        return f"{change.field}: {will_stand}"
    return f"{change.field}: {stands} -> {will_stand or NOTHING_LEFT}"


def one_line(value: str) -> str:
    """Lines of a memo or an address, one after the other."""
    return " / ".join(value.splitlines())


def cut(text: str, longest: int = _LONGEST) -> str:
    """The text, or its beginning and three dots."""
    return text if len(text) <= longest else f"{text[: longest - 4]} ..."


def totals_by_month(page: PlanPage) -> list[tuple[dt.date, Decimal, Decimal]]:
    """Debits and credits of each month; they are equal."""
    return [
        (
            month,
            sum((change.debit or Decimal(0) for change in of_month), Decimal(0)),
            sum((change.credit or Decimal(0) for change in of_month), Decimal(0)),
        )
        for month, of_month in changes_by_month(page)
    ]


def changes_by_month(page: PlanPage) -> list[tuple[dt.date, list[AccountChange]]]:
    """The changes of each month, oldest first."""
    by_month: dict[dt.date, list[AccountChange]] = {}
    for change in page.by_account:
        by_month.setdefault(change.month, []).append(change)
    return list(by_month.items())


class Group(msgspec.Struct, frozen=True):
    """Rows that the same fix clears; the largest amount is named. ``rows`` is never empty."""

    rows: list[PlanRow]

    @property
    def record(self) -> str:
        more = f" and {len(self.rows) - 1:,} more" if len(self.rows) > 1 else ""
        return f"{self.rows[0].record}{more}"

    @property
    def amount(self) -> Decimal:
        return sum((row.amount for row in self.rows), Decimal(0))

    @property
    def reason(self) -> str:
        return self.rows[0].reason

    @property
    def what_to_do(self) -> str:
        return self.rows[0].what_to_do


def groups_that_need_a_look(page: PlanPage) -> list[tuple[Look, list[Group]]]:
    """Those rows by reason, the most pressing first; within it by what to do, the most money first. What would be overwritten stands
    row by row.
    """
    by_look: dict[Look, dict[object, list[PlanRow]]] = {}
    for number, row in enumerate(page.rows):
        if row.look:
            fix = number if row.look == "overwrites" else (row.row.reason_code, row.what_to_do)
            by_look.setdefault(row.look, {}).setdefault(fix, []).append(row)
    return [
        (
            look,
            sorted(
                map(Group, groups.values()), key=lambda group: -sum(abs(row.amount) for row in group.rows)
            ),
        )
        for look, groups in by_look.items()
    ]


def rows_of_groups(groups: Sequence[Group]) -> int:
    """How many rows they hold."""
    return sum(len(group.rows) for group in groups)


def doings_shown(page: PlanPage) -> list[Doing]:
    """The columns of the sums by record type: voids and deletions only where there are any."""
    used = {doing for of_type in page.by_type for doing in DOINGS if of_type.rows[doing]}
    return [doing for doing in DOINGS if doing in used or doing not in ("void", "delete")]


def rows_to_send(page: PlanPage) -> Sequence[PlanRow]:
    """The rows that would be sent and were not listed as overwriting something, in their order."""
    return [row for row in page.rows if row.doing != "not sent" and row.look != "overwrites"]
