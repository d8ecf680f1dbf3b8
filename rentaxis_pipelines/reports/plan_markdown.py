"""A plan's page as Markdown for Dagster: bounded in length, the largest first; everything is in the Excel file.

Not here: what is on the page (``plan_page``), and its words (``plan_words``).
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from rentaxis_pipelines.model.money import as_read
from rentaxis_pipelines.render.markdown import (
    Markdown,
    blocks,
    bold,
    bullets,
    money,
    paragraph,
    table,
    text,
)
from rentaxis_pipelines.reports.plan_page import PlanPage, PlanRow
from rentaxis_pipelines.reports.plan_words import (
    ACCOUNTS_ABOUT,
    ACCOUNTS_TITLE,
    LOOK_HEADINGS,
    SENT_TITLE,
    brief,
    changes_by_month,
    cost_in_words,
    cut,
    doings_shown,
    groups_that_need_a_look,
    headline,
    how_to_go_on,
    rows_of_groups,
    rows_to_send,
    totals_by_month,
    unknown_accounts_in_words,
)

_MOST_OF_A_LOOK: Final = 15
_MOST_SENT: Final = 40
_MOST_CAUSES: Final = 20
_MOST_ACCOUNTS: Final = 80


def plan_markdown(page: PlanPage) -> Markdown:
    """The whole page: what to look at first, the sums, what it costs, and the first rows."""
    facts = (f"{name}: {said}" for name, said in page.head.facts)
    return blocks(
        paragraph(bold(f"{page.head.title}."), page.head.state, headline(page)),
        bullets(cut(fact) for fact in facts),
        text(how_to_go_on(page) if page.head.state_code == "planned" else ""),
        *_look_first(page),
        bold("What would be done, rows and money by record type"),
        _by_type(page),
        *_not_sent(page),
        *_accounts(page),
        paragraph(bold("Cost."), cost_in_words(page.cost)),
        *_sent(page),
    )


def _look_first(page: PlanPage) -> list[Markdown]:
    parts: list[Markdown] = []
    for look, groups in groups_that_need_a_look(page):
        overwrites = look == "overwrites"
        heads = (
            "record",
            "amount",
            "reason",
            "stands -> will stand" if overwrites else "what to do",
        )
        shown = groups[:_MOST_OF_A_LOOK]
        cells = [
            (
                cut(group.record),
                money(group.amount),
                cut(group.reason),
                _changes(group.rows[0]) if overwrites else cut(group.what_to_do),
            )
            for group in shown
        ]
        heading = paragraph(bold(f"{LOOK_HEADINGS[look]}: {rows_of_groups(groups):,}"))
        parts += [
            heading,
            table(heads, cells, right=("amount",)),
            _more(rows_of_groups(groups) - rows_of_groups(shown)),
        ]
    return parts


def _by_type(page: PlanPage) -> Markdown:
    if not page.by_type:
        return text("No records.")
    doings = doings_shown(page)
    cells = [
        [
            of_type.record_type.replace("_", " "),
            *(
                f"{of_type.rows[doing]:,} ({of_type.money[doing]:,.2f})" if of_type.rows[doing] else "0"
                for doing in doings
            ),
        ]
        for of_type in page.by_type
    ]
    return table(("record type", *doings), cells, right=doings)


def _not_sent(page: PlanPage) -> list[Markdown]:
    if not page.why_not_sent:
        return []
    cells = [(cause.meaning, cause.rows, money(cause.money)) for cause in page.why_not_sent[:_MOST_CAUSES]]
    heads = ("why rows are not sent", "rows", "amount of these rows")
    return [table(heads, cells, right=heads[1:]), _more(len(page.why_not_sent) - _MOST_CAUSES)]


def _accounts(page: PlanPage) -> list[Markdown]:
    left_out = text(unknown_accounts_in_words(page))
    if not page.by_account:
        return [left_out]
    totals = {month: (debits, credits) for month, debits, credits in totals_by_month(page)}
    cells: list[Sequence[object]] = []
    for month, changes in changes_by_month(page):
        cells += [
            (f"{month:%Y-%m}", cut(change.account.name), _side(change.debit), _side(change.credit))
            for change in changes
        ]
        cells.append(tuple(map(bold, (f"{month:%Y-%m}", "total", *map(as_read, totals[month])))))
    return [
        paragraph(bold(f"{ACCOUNTS_TITLE}."), *ACCOUNTS_ABOUT),
        table(("month", "account", "debit", "credit"), cells[:_MOST_ACCOUNTS], right=("debit", "credit")),
        _more(len(cells) - _MOST_ACCOUNTS),
        left_out,
    ]


def _side(amount: Decimal | None) -> Markdown:
    return money(amount) if amount is not None else text("")


def _sent(page: PlanPage) -> list[Markdown]:
    rows = rows_to_send(page)
    if not rows:
        return []
    heads = ("what", "record", "date", "amount", "stands -> will stand")
    return [
        bold(SENT_TITLE),
        table(heads, map(_row, rows[:_MOST_SENT]), right=("amount",)),
        _more(len(rows) - _MOST_SENT),
    ]


def _row(row: PlanRow) -> Sequence[object]:
    return (row.doing, cut(row.record), row.day, money(row.amount), _changes(row))


def _changes(row: PlanRow) -> str:
    return cut("; ".join(brief(row)))


def _more(left: int) -> Markdown:
    return text(f"and {left:,} more: see the Excel file") if left > 0 else text("")
