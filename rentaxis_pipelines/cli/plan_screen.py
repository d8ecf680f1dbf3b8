"""A stored plan on the terminal, and the list of plans. Words and columns only, no decisions."""

from collections.abc import Sequence
from decimal import Decimal

from rentaxis_pipelines.model.money import as_read
from rentaxis_pipelines.render.terminal import Column, Console, say, table, text
from rentaxis_pipelines.reports.plan_page import PlanPage, PlanRow
from rentaxis_pipelines.reports.plan_reading import ListedPlan
from rentaxis_pipelines.reports.plan_words import (
    ACCOUNTS_ABOUT,
    ACCOUNTS_TITLE,
    LOOK_HEADINGS,
    SENT_TITLE,
    brief,
    changes_by_month,
    cost_in_words,
    doings_shown,
    groups_that_need_a_look,
    headline,
    rows_of_groups,
    rows_to_send,
    totals_by_month,
    unknown_accounts_in_words,
)

# Lines on the screen; the files contain all rows. A reason with many rows must not crowd out the others.
_MOST_OF_A_LOOK = 8
_MOST_SENT = 12
_MOST_FIELDS = 8


def print_plan(page: PlanPage, out: Console) -> None:
    """What became of it, what to look at first, the sums, what it costs, the largest rows field by field."""
    say(out, text(page.head.title, "bold"), f": {page.head.state}")
    for name, said in page.head.facts:
        say(out, f"{name}: {said}")
    say(out, headline(page), style="bold")
    _print_looks(page, out)
    _print_by_type(page, out)
    _print_not_sent(page, out)
    _print_accounts(page, out)
    say(out, cost_in_words(page.cost))
    _print_rows(page, out)


def _print_looks(page: PlanPage, out: Console) -> None:
    for look, groups in groups_that_need_a_look(page):
        overwrites = look == "overwrites"
        shown = groups[:_MOST_OF_A_LOOK]
        cells: list[Sequence[object] | None] = []
        for group in shown:
            said = _fields(group.rows[0]) if overwrites else group.what_to_do
            cells.append((group.record, as_read(group.amount), group.reason, said))
        if left := rows_of_groups(groups) - rows_of_groups(shown):
            cells.append((f"... and {left:,} more", "", "", ""))
        columns = [
            Column("record", widest=32), Column("amount", right=True), Column("reason", share=3),
            Column("stands -> will stand" if overwrites else "what to do", share=3 if overwrites else 2),
        ]  # fmt: skip
        say(
            out, table(f"{LOOK_HEADINGS[look]}: {rows_of_groups(groups):,}", columns, cells, ruled=overwrites)
        )


def _print_by_type(page: PlanPage, out: Console) -> None:
    """Rows above, their amount below."""
    doings = doings_shown(page)
    cells: list[Sequence[object] | None] = []
    for of_type in page.by_type:
        figures = [
            f"{of_type.rows[doing]:,}"
            + (f"\n{as_read(of_type.money[doing])}" if of_type.money[doing] else "")
            for doing in doings
        ]
        cells.append((of_type.record_type.replace("_", " "), *figures))
    columns = [Column("record type"), *(Column(doing, right=True) for doing in doings)]
    say(out, table("What would be done: rows and their amount", columns, cells))


def _print_not_sent(page: PlanPage, out: Console) -> None:
    if page.why_not_sent:
        cells = [(cause.meaning, f"{cause.rows:,}", as_read(cause.money)) for cause in page.why_not_sent]
        columns = [Column("reason"), Column("rows", right=True), Column("amount of these rows", right=True)]
        say(out, table("Why rows are not sent", columns, cells))


def _print_accounts(page: PlanPage, out: Console) -> None:
    left_out = unknown_accounts_in_words(page)
    if page.by_account:
        totals = {month: (debits, credits) for month, debits, credits in totals_by_month(page)}
        cells: list[Sequence[object] | None] = []
        for month, changes in changes_by_month(page):
            for change in changes:
                cells.append(
                    (f"{month:%Y-%m}", change.account.name, _side(change.debit), _side(change.credit))
                )
            total = (f"{month:%Y-%m}", "total", *map(as_read, totals[month]))
            cells += [[text(value, "bold") for value in total], None]
        columns = [
            Column("month"),
            Column("account"),
            Column("debit", right=True),
            Column("credit", right=True),
        ]
        say(out, table(ACCOUNTS_TITLE, columns, cells))
        for sentence in ACCOUNTS_ABOUT:
            say(out, sentence)
    if left_out:
        say(out, left_out)


def _side(amount: Decimal | None) -> str:
    return as_read(amount) if amount is not None else ""


def _print_rows(page: PlanPage, out: Console) -> None:
    rows = rows_to_send(page)
    if not rows:
        return
    cells = [
        (row.doing, row.record, f"{row.day}", as_read(row.amount), _fields(row)) for row in rows[:_MOST_SENT]
    ]
    columns = [
        Column("what"), Column("record", widest=32), Column("date"), Column("amount", right=True),
        Column("stands -> will stand", share=1),
    ]  # fmt: skip
    say(out, table(SENT_TITLE, columns, cells, ruled=True))
    if len(rows) > _MOST_SENT:
        more = f"{_MOST_SENT:,} of {len(rows):,} rows are shown; rentaxis-sync plans {page.head.short_id} --xlsx FILE writes them all."
        say(out, more)


def _fields(row: PlanRow) -> str:
    lines = brief(row)
    left = len(lines) - _MOST_FIELDS
    return "\n".join([*lines[:_MOST_FIELDS], *([f"... and {left:,} more"] if left > 0 else [])])


def print_plans(plans: Sequence[ListedPlan], out: Console) -> None:
    """One line a plan, newest first."""
    if not plans:
        say(out, "No plan is stored yet; rentaxis-sync preview makes one.")
        return
    cells = [
        (
            plan.preview.short_id,
            plan.days.replace(" to ", "\nto "),
            f"{plan.preview.requested_by}\n{plan.preview.created_at:%Y-%m-%d %H:%M}",
            plan.state,
            f"{plan.to_send:,} of {plan.rows:,}",
            as_read(plan.money),
        )
        for plan in plans
    ]
    columns = [
        Column("plan"), Column("days"), Column("requested by\nwhen (UTC)"), Column("state", share=1),
        Column("rows\nto send", right=True), Column("amount", right=True),
    ]  # fmt: skip
    say(out, table("Plans, newest first", columns, cells))
    say(out, "To see one: rentaxis-sync plans PLAN")
