"""A year of 200 homes with every record type: the trial balance of both books is equal at each month end, to the cent.

RentAxis' side is an accountant's own reckoning over its tables (``accrual_ledger``; the sources of each treatment are in
``docs/how-records-arrive.md``), QuickBooks' side its objects, each with its double entry, and its own reports. A record that rightly did not go
is left out by name. The program's own proof is asked last, and has to say the same.
"""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rentaxis_pipelines.demo import papers, portfolio
from rentaxis_pipelines.demo import postgres as embedded
from rentaxis_pipelines.demo.records import add_months
from rentaxis_pipelines.model.results import RowResult
from rentaxis_pipelines.reports.marts import rows_of
from rentaxis_pipelines.reports.reconcile import Summary, context_of, reconcile
from rentaxis_pipelines_tests.books import general_ledger
from rentaxis_pipelines_tests.books.accrual_ledger import Posted, by_month, posted
from rentaxis_pipelines_tests.books.all_record_types import Dealings, Landlord
from rentaxis_pipelines_tests.books.quickbooks_ledger import by_object, reported
from rentaxis_pipelines_tests.books.whole_books import Names, pushing_everything, ready, write_ledger
from rentaxis_pipelines_tests.support.accountant import Accountant
from rentaxis_pipelines_tests.support.chain import Chain, connected
from rentaxis_pipelines_tests.support.quickbooks import started

UNITS, SEED = 200, 21
MONTHS = [add_months(portfolio.LAST_MONTH, -back) for back in reversed(range(12))]
FIRST_DAY, LAST_DAY = MONTHS[0], add_months(MONTHS[-1], 1) - dt.timedelta(days=1)
# How many of each there must be at least, or it is no year of everything.
AT_LEAST = {
    "invoice": 2_500, "payment": 2_300, "expense": 1_500, "expense_payment": 400, "expense_part_payment": 100, "credit": 120,
    "credit_application": 100, "refund": 40, "payment_return": 40, "payment_return_fee": 20, "deposit": 90, "deposit_settlement": 40,
    "journal_entry": 80, "paper": 3, "vendor": 10, "tenant": 200,
}  # fmt: skip
# QuickBooks' own lines for what was earned until then: it is on the profit and loss account by account.
EARNED = ("Retained Earnings", "Net Income")


@dataclass
class Year:
    """What was pushed and what came of it. ``listed``: what the program says that no run pushes, with its reason."""

    landlord: Landlord
    chain: Chain
    accountant: Accountant
    names: Names
    lines: list[Posted]
    result: dict[tuple[str, str], RowResult]
    summary: Summary
    listed: dict[tuple[str, str], str]
    totals: list[dict[str, Any]]
    causes: list[dict[str, Any]]

    def went(self, line: Posted) -> bool:
        row = self.result.get(line.key)
        return row is not None and row.status in ("created", "updated")

    def trial_balance(self) -> dict[tuple[dt.date, str], Decimal]:
        """QuickBooks' books from its objects: account and month, what it stands at."""
        return by_month(movement for lines in by_object(self.accountant).values() for movement in lines)


@pytest.fixture(scope="module")
def year(postgres: embedded.Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Year]:
    """The demo's portfolio and dealings of every kind besides, pushed at once to an empty company, and the program's own proof."""
    source, pipelines = f"everything_{uuid.uuid4().hex}", f"pipelines_{uuid.uuid4().hex}"
    source_url = portfolio.create_demo_database(postgres, units=UNITS, months=len(MONTHS), database=source)
    url = postgres.create_database(pipelines, template="template0")
    files: Path = tmp_path_factory.mktemp("files")
    papers.write_files(files)
    landlord = Landlord(source_url)
    landlord.post_nothing()
    Dealings(landlord, SEED, UNITS, MONTHS).happen()
    with (
        started(switches={"log_bodies": False}) as quickbooks,
        connected(source_url, url, quickbooks) as chain,
    ):
        accountant = Accountant(quickbooks)
        ready(accountant)
        chain.company = pushing_everything(chain.company, FIRST_DAY, files)
        names, lines = Names(chain.company, accountant), posted(landlord.ask)
        write_ledger(landlord, lines, names)
        result = chain.sync(first_day=FIRST_DAY, last_day=LAST_DAY)
        with chain.run() as run:
            summary = reconcile(run, chain.environment, context_of(run, chain.company))
            listed = {
                (row["record"].split("/")[0], row["record"].split("/")[1]): row["reason"]
                for row in rows_of(run.connection, "not_pushed_records")
            }
            totals, causes = (
                list(rows_of(run.connection, f"statement_{name}")) for name in ("totals", "causes")
            )
        yield Year(landlord, chain, accountant, names, lines, result, summary, listed, totals, causes)
    landlord.connection.close()
    postgres.drop_database(source)
    postgres.drop_database(pipelines)


def test_there_is_enough_of_every_record_type(year: Year) -> None:
    pushed = Counter(key[0] for key, row in year.result.items() if row.status == "created")
    assert {kind: pushed[kind] for kind, least in AT_LEAST.items() if pushed[kind] < least} == {}
    entities = {entity for entity, _ in by_object(year.accountant)}
    assert len(entities) == 10, entities


def test_the_trial_balance_is_equal_at_every_month_end(year: Year) -> None:
    """Each account, each month end. On either side debits are credits."""
    theirs = year.trial_balance()
    ours = by_month(
        (line.booked, year.names[line.account], line.amount) for line in year.lines if year.went(line)
    )
    differing = {
        key: (ours.get(key), theirs.get(key)) for key in {*ours, *theirs} if ours.get(key) != theirs.get(key)
    }
    assert differing == {}, f"seed {SEED}"
    months = {month for month, _ in theirs}
    assert months == set(MONTHS)
    for month in months:
        assert sum(amount for (at, _), amount in theirs.items() if at == month) == 0
    assert len(theirs) > 250


def test_quickbooks_own_reports_say_what_its_objects_post(year: Year) -> None:
    """Balance sheet and profit and loss, month by month, over HTTP."""
    balance = reported(year.accountant, "BalanceSheet", FIRST_DAY, LAST_DAY)
    moved = reported(year.accountant, "ProfitAndLoss", FIRST_DAY, LAST_DAY)
    earned = by_month((month, account, amount) for (month, account), amount in moved.items())
    held = {key: amount for key, amount in balance.items() if key[1] not in EARNED}
    assert held | earned == year.trial_balance()
    for month in MONTHS:
        until = sum(amount for (at, _), amount in earned.items() if at == month)
        assert sum(balance.get((month, name), Decimal(0)) for name in EARNED) == until


def test_whatever_did_not_go_says_why_and_is_a_case_of_the_demo(year: Year) -> None:
    """No record is silent; what stayed is a special case of the demo, of a payer who is one, or a deposit kept without a bill for it."""
    silent = {
        line.key for line in year.lines if line.key not in year.result and _listed(line) not in year.listed
    }
    assert silent == set(), f"seed {SEED}"
    stayed = {line.key for line in year.lines if not year.went(line)}
    assert all(year.result[key].reason for key in stayed if key in year.result)
    unbilled = year.landlord.ask(
        "SELECT id FROM deposit_settlements s WHERE NOT EXISTS (SELECT FROM deposit_deductions d WHERE d.settlement_id = s.id)"
    )
    allowed = {("credit", f"deposit-{row['id']}") for row in unbilled} | _of_cases(year.landlord)
    unlisted = {key for key in stayed if _as_listed(*key) not in year.listed}
    assert {key: year.result[key].reason for key in unlisted - allowed} == {}
    assert len(stayed) < len(year.result) / 50


def _listed(line: Posted) -> tuple[str, str]:
    return _as_listed(*line.key)


def _as_listed(source_type: str, source_id: str) -> tuple[str, str]:
    return source_type.removeprefix("payable_"), source_id


def _of_cases(landlord: Landlord) -> set[tuple[str, str]]:
    """The demo's special cases, and what is billed to, or paid by, a payer who is one."""
    rows = landlord.ask(
        """SELECT entity_type AS source_type, entity_id AS source_id FROM demo_cases
           UNION SELECT 'invoice', i.id::text FROM invoices i
                 JOIN demo_cases c ON c.entity_type = i.billed_to_type AND c.entity_id = i.billed_to_id::text
           UNION SELECT 'payment', p.id::text FROM payments p
                 JOIN demo_cases c ON c.entity_type = p.payer_type AND c.entity_id = p.payer_id::text"""
    )
    return {(row["source_type"], row["source_id"]) for row in rows}


def test_the_programs_own_proof_says_the_same(year: Year) -> None:
    """Nothing unexplained, of records, deposits held, receivables and statements; each side of the statements is what this test added up."""
    summary = year.summary
    assert (summary.statements_reason, summary.failed_tests) == (None, [])
    assert (summary.unexplained, summary.unexplained_money, summary.statements_unexplained) == (0, 0, 0)
    assert summary.proved
    assert (summary.drifted, summary.duplicates) == (0, 0)
    quickbooks = [movement for lines in by_object(year.accountant).values() for movement in lines]
    rentaxis = [(line.day, year.names[line.account], line.amount) for line in year.lines]
    assert _column(year, "quickbooks") == _moved(quickbooks)
    assert _column(year, "rentaxis") == _moved(rentaxis)


def _column(year: Year, side: str) -> dict[tuple[dt.date, str], Decimal]:
    return {
        (row["month"], _word(row["name"])): row[side]
        for row in year.totals
        if row[side] and row["name"] != "Retained earnings"
    }


def _word(account: str) -> str:
    """What no mapping names goes by its number in RentAxis."""
    return account.split(maxsplit=1)[0] if account.endswith("not mapped)") else account


def _moved(movements: list[tuple[dt.date, str, Decimal]]) -> dict[tuple[dt.date, str], Decimal]:
    """By month and account, what moved, in the words of the statements."""
    words = {general_ledger.RECEIVABLE: "Accounts receivable", general_ledger.PAYABLE: "Accounts payable"}
    found: Counter[tuple[dt.date, str]] = Counter()
    for day, account, amount in movements:
        found[day.replace(day=1), words.get(account, _word(account))] += amount  # pyright: ignore[reportArgumentType] - money, counted
    return {
        key: Decimal(amount) for key, amount in found.items() if amount and FIRST_DAY <= key[0] <= LAST_DAY
    }


def test_a_second_run_changes_nothing(year: Year) -> None:
    """This test comes last. Nothing is created again, and nothing is put right that was wrong."""
    before = {entity: year.accountant.all(entity) for entity in ("Invoice", "Payment", "Purchase", "Deposit")}
    result = year.chain.sync(first_day=FIRST_DAY, last_day=LAST_DAY)
    assert {key: row.reason for key, row in result.items() if row.status in ("created", "updated")} == {}
    assert {entity: year.accountant.all(entity) for entity in before} == before
