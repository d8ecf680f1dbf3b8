"""The proof of the whole books: RentAxis' ledger against QuickBooks' own profit and loss and balance sheet, month by month.

Here: reading the two sides, and saving them where the marts ``statement_*`` find them. What either report shows of a month becomes what each
account moved by in it: of the profit and loss that is the column itself, of the balance sheet the difference of two month ends. Not here:
how they are compared and explained (the marts), the transactions behind a difference (``statement_transactions``), and the words of it
(``statement_words``).
"""

import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

import msgspec
import sqlalchemy as sa

from rentaxis_pipelines.ledger import snapshots
from rentaxis_pipelines.ledger.sql import execute
from rentaxis_pipelines.mapping.outcome import Context
from rentaxis_pipelines.model.source_records import Account
from rentaxis_pipelines.quickbooks.faults import NoAnswer, RecordRejected
from rentaxis_pipelines.quickbooks.financial_reports import FinancialReport, Line, by_month
from rentaxis_pipelines.quickbooks.financial_reports import by_class as report_by_class
from rentaxis_pipelines.rentaxis.contract import LedgerTotal
from rentaxis_pipelines.rentaxis.folder import source_of
from rentaxis_pipelines.rentaxis.ledger_totals import ledger_totals
from rentaxis_pipelines.rentaxis.vocabulary import PAYMENT_METHODS, folded
from rentaxis_pipelines.reports.inputs import replace_table
from rentaxis_pipelines.reports.statement_accounts import (
    BALANCE_SHEET,
    PROFIT_AND_LOSS,
    RETAINED,
    Chart,
    StatementLine,
    Word,
    chart_of,
    line_of,
)
from rentaxis_pipelines.reports.statement_causes import MEANINGS
from rentaxis_pipelines.reports.statement_properties import (
    MonthByClass,
    amounts_of,
    classes_of,
    follows_properties,
    save_classes,
)
from rentaxis_pipelines.settings import Company, Environment
from rentaxis_pipelines.sync.run import Run

MOST_MONTHS = 24  # the latest ones: four requests for each report
BY_HAND = "journal_entry"  # what posts an entry that a person typed
_DOCUMENTS = ("invoice", "payment", "expense")
_USES = {"payment": "deposit_to", "expense": "paid"}
# Where credits are shown as positive, by the group of the outermost section (Intuit's samples); elsewhere the account's own kind tells.
_SIGNS: Mapping[str, int] = {
    "Income": -1, "OtherIncome": -1, "COGS": 1, "Expenses": 1, "OtherExpenses": 1,
    "TotalAssets": 1, "TotalLiabilitiesAndEquity": -1,
}  # fmt: skip
_NET_INCOME = "NetIncome"
Movements = dict[tuple[dt.date, str], Decimal]  # by month and line; debits are positive


class Statements(msgspec.Struct, frozen=True):
    """Both sides of a range of months, before they are compared. ``reason``: why they cannot be, as the end of a sentence; then both are empty."""

    reason: str | None
    first_month: dt.date
    last_month: dt.date
    ledger: Sequence[LedgerTotal] = ()
    reports: Sequence[FinancialReport] = ()
    by_class: Sequence[MonthByClass] = ()  # empty: classes do not follow properties


def months_of(first_day: dt.date, today: dt.date) -> tuple[dt.date, dt.date]:
    """First days of the first and last month that are compared whole: from the first full one, to the current one."""
    first = first_day if first_day.day == 1 else later_month(first_day.replace(day=1), 1)
    last = today.replace(day=1)
    return max(first, later_month(last, 1 - MOST_MONTHS)), last


def later_month(month: dt.date, months: int) -> dt.date:
    """The first day of the month that many months later."""
    count = month.year * 12 + month.month - 1 + months
    return dt.date(count // 12, count % 12 + 1, 1)


def read_statements(run: Run, environment: Environment, company: Company, today: dt.date) -> Statements:
    """Both sides as they are now. QuickBooks is asked only if RentAxis has a ledger to compare with.

    Raises SourceError, and QuickBooksError where QuickBooks cannot be reached; a report that cannot be understood is a ``reason``.
    """
    first, last = months_of(company.first_day, today)
    if first > last:
        return Statements("no whole month has passed since the company's first day", first, last)
    with source_of(environment) as source:
        ledger = ledger_totals(source, first, later_month(last, 1), environment.rentaxis_organization_id)
    if isinstance(ledger, str):
        return Statements(ledger, first, last)
    if not any(total.posted_by in _DOCUMENTS for total in ledger):
        return Statements(
            "RentAxis' ledger holds no entry of an invoice, payment or expense in these months", first, last
        )
    try:
        reports = [
            *by_month(run.client, "ProfitAndLoss", first, last),
            *by_month(run.client, "BalanceSheet", later_month(first, -1), last),
        ]
        by_class = [
            MonthByClass(month, report_by_class(run.client, "ProfitAndLoss", month))
            for month in (_months(first, last) if follows_properties(company) else ())
        ]
    except (NoAnswer, RecordRejected) as error:
        return Statements(f"QuickBooks' reports could not be read ({error})", first, last)
    return Statements(None, first, last, ledger, reports, by_class)


def _months(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    while first <= last:
        yield first
        first = later_month(first, 1)


def movements(reports: Iterable[FinancialReport], chart: Chart) -> tuple[Movements, dict[str, StatementLine]]:
    """What each line moved by in each month of the reports, and the lines by key.

    Retained earnings move by what was posted there: what was earned is on the profit and loss. The balance sheet's first month is only what
    the next one is compared with.
    """
    moved: Movements = defaultdict(Decimal)
    balances: dict[dt.date, defaultdict[str, Decimal]] = {}
    lines: dict[str, StatementLine] = {}
    for report in reports:
        earned = report.name == "ProfitAndLoss"
        for position, column in enumerate(report.columns):
            if column.first_day is None:
                continue
            month = column.first_day.replace(day=1)
            if not earned:
                balances.setdefault(month, defaultdict(Decimal))  # also a month end at which nothing stood
            for line in report.lines:
                at = _line(chart, line, PROFIT_AND_LOSS if earned else BALANCE_SHEET)
                lines[at.key] = at
                amount = _sign(chart, line) * line.amounts[position]
                if earned:
                    moved[month, at.key] += amount
                    moved[month, RETAINED] -= amount
                else:
                    balances[month][at.key] += amount
    months = sorted(balances)
    for before, month in itertools.pairwise(months):
        for key in {**balances[before], **balances[month]}:
            moved[month, key] += balances[month][key] - balances[before][key]
    first = months[0] if months else None
    return {key: amount for key, amount in moved.items() if amount and key[0] != first}, lines


def _line(chart: Chart, line: Line, statement: str) -> StatementLine:
    if line.group == _NET_INCOME:
        return chart.of_title(RETAINED, BALANCE_SHEET)
    if line.account_id is not None and line.account_id in chart.lines:
        return chart.lines[line.account_id]
    return chart.of_title(line.title, statement)


def _sign(chart: Chart, line: Line) -> int:
    """1 if the report shows debits as positive."""
    known = _SIGNS.get(line.sections[0]) if line.sections else None
    if known is not None:
        return known
    return 1 if chart.classes.get(line.account_id or "") in ("Asset", "Expense") else -1


def chart_now(connection: sa.Connection, realm: str) -> Chart:
    """The accounts as the run's snapshot has them, and where the money of deposited payments waited."""
    statement = """select 'Payment:' || quickbooks_id as payment, object #>> '{DepositToAccountRef,value}' as account
                   from ledger.quickbooks_transactions
                   where realm = :realm and entity = 'Payment' and object #>> '{DepositToAccountRef,value}' is not null
                     and quickbooks_id in (
                       select link ->> 'TxnId' from ledger.quickbooks_transactions as deposit
                       cross join lateral jsonb_array_elements(deposit.object -> 'Line') as line
                       cross join lateral jsonb_array_elements(coalesce(line -> 'LinkedTxn', '[]')) as link
                       where deposit.realm = :realm and deposit.entity = 'Deposit')"""
    held: dict[str, str] = {row.payment: row.account for row in execute(connection, statement, realm=realm)}
    accounts, items = (snapshots.objects_of(connection, realm, entity) for entity in ("Account", "Item"))
    return chart_of(accounts, items, held)


def save_statements(run: Run, context: Context, chart: Chart, both: Statements) -> None:
    """Save both sides, and where each word of RentAxis is found on QuickBooks' side."""
    connection = run.connection
    moved, lines = movements(both.reports, chart)
    of_place = classes_of(connection, run.realm, context, (total.place for total in both.ledger))
    parents = save_classes(connection, run.realm, of_place)
    posted: defaultdict[tuple[dt.date, str, str | None, str, str | None], Decimal] = defaultdict(Decimal)
    of_rentaxis: defaultdict[str, set[str]] = defaultdict(set)
    for total in both.ledger:
        at = line_of(context, chart, _word(total), total.control)
        lines[at.key] = at
        of_rentaxis[at.key].add(f"{total.account.number or ''} {total.account.name}".strip())
        place = None if total.place is None else of_place.get(total.place)
        of_class = place if at.statement == PROFIT_AND_LOSS else None
        by = total.posted_by or BY_HAND
        posted[total.month, by, total.posted_record, at.key, of_class] += total.debit - total.credit
    words = _words(connection) if both.reason is None else []
    found = {word: line_of(context, chart, word) for word in words}
    lines |= {at.key: at for at in found.values()}
    _save_words(connection, found)
    _save_classes_moved(connection, chart, both, parents)
    _save_state(connection, both)
    replace_table(
        connection,
        "ledger_movements",
        "month date, posted_by text, record text, account text, class text, amount numeric(20, 2)",
        [
            {
                "month": month,
                "posted_by": posted_by,
                "record": record,
                "account": key,
                "class": of_class,
                "amount": amount,
            }
            for (month, posted_by, record, key, of_class), amount in posted.items()
            if amount
        ],
    )
    replace_table(
        connection,
        "quickbooks_movements",
        "month date, account text, amount numeric(20, 2)",
        [{"month": month, "account": key, "amount": amount} for (month, key), amount in moved.items()],
    )
    _save_names(connection, lines.values(), of_rentaxis)


def _save_state(connection: sa.Connection, both: Statements) -> None:
    replace_table(
        connection,
        "statement_state",
        "reason text, first_month date, last_month date, by_class boolean",
        [
            {
                "reason": both.reason,
                "first_month": both.first_month,
                "last_month": both.last_month,
                "by_class": bool(both.by_class),
            }
        ],
    )
    meanings = [{"cause": cause, "meaning": meaning} for cause, meaning in MEANINGS.items()]
    replace_table(connection, "statement_meanings", "cause text primary key, meaning text", meanings)


def _word(total: LedgerTotal) -> Word:
    """How the total's account is looked up in the company file: by its method where RentAxis names no account."""
    use = _USES.get(total.posted_by or "", "")
    if total.word is not None and use:
        return Word(use, folded(total.word, PAYMENT_METHODS), None)
    return Word(use, None, total.account)


def _save_names(
    connection: sa.Connection, lines: Iterable[StatementLine], of_rentaxis: Mapping[str, set[str]]
) -> None:
    names = [
        {
            "account": at.key,
            "name": at.name,
            "statement": at.statement,
            "rentaxis_accounts": ", ".join(sorted(of_rentaxis.get(at.key, ()))),
        }
        for at in lines
    ]
    columns = "account text primary key, name text, statement text, rentaxis_accounts text"
    replace_table(connection, "statement_names", columns, names)


def _save_classes_moved(
    connection: sa.Connection, chart: Chart, both: Statements, parents: Mapping[str, str]
) -> None:
    moved: defaultdict[tuple[dt.date, str, str | None], Decimal] = defaultdict(Decimal)
    for month, of_class, line, amount in amounts_of(both.by_class, parents):
        moved[month, _line(chart, line, PROFIT_AND_LOSS).key, of_class] += _sign(chart, line) * amount
    rows = [
        {"month": month, "account": key, "class": of_class, "amount": amount}
        for (month, key, of_class), amount in moved.items()
    ]
    columns = "month date, account text, class text, amount numeric(20, 2)"
    replace_table(connection, "quickbooks_class_movements", columns, rows)


def _save_words(connection: sa.Connection, found: Mapping[Word, StatementLine]) -> None:
    rows = [{"use": word.use, "key": _key(word), "account": at.key} for word, at in found.items()]
    replace_table(
        connection, "statement_words", "use text, key text, account text, primary key (use, key)", rows
    )


def _key(word: Word) -> str:
    """As the mart ``statement_lines`` writes it: what is there of word, number, name and type."""
    account = word.account
    parts = [word.word] if account is None else [account.number, account.name, account.type]
    return "|".join(part for part in parts if part is not None)


def _words(connection: sa.Connection) -> list[Word]:
    """Every way in which RentAxis' records name where they are booked."""
    statement = """
      select distinct 'charge' as use, case when line -> 'account' ->> 'source_id' is null then kind end as word,
             line #>> '{account,number}' as number, line #>> '{account,name}' as name, line #>> '{account,type}' as type
      from rentaxis_invoices cross join lateral jsonb_array_elements(lines) as line
      union
      select 'deposit_to', case when account_name is null then method end, account_number, account_name, account_type from rentaxis_payments
      union
      select 'expense', null, account_number, account_name, account_type from rentaxis_expenses where account_name is not null
      union
      select 'paid', case when paid_from_name is null then method end, paid_from_number, paid_from_name, paid_from_type from rentaxis_expenses
      union
      select 'paid', case when payment #>> '{account,name}' is null then payment ->> 'method' end,
             payment #>> '{account,number}', payment #>> '{account,name}', payment #>> '{account,type}'
      from rentaxis_expenses cross join lateral jsonb_array_elements(payments) as payment"""
    words: dict[tuple[str, str], Word] = {}
    for row in execute(connection, statement):
        account = None if row.name is None else Account("", row.number, row.name, row.type or "")
        word = Word(row.use, row.word, account)
        words[word.use, _key(word)] = word
    return list(words.values())
