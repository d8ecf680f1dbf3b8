"""What a plan says of accounts and months is what QuickBooks shows once it is pushed, read from QuickBooks' own documents."""

import datetime as dt
from collections import Counter
from decimal import Decimal

from rentaxis_pipelines.reports.plan_reading import page_of
from rentaxis_pipelines_tests.books.general_ledger import in_quickbooks
from rentaxis_pipelines_tests.support.accountant import Accountant
from rentaxis_pipelines_tests.support.chain import FIRST_DAY

EDITS = (
    """update invoice_lines set amount = amount + 10
       where invoice_id in (select id from invoices where invoice_number = 'INV-000010')""",
    "update invoices set total_amount = total_amount + 10, updated_at = now() where invoice_number = 'INV-000010'",
    "update invoices set status = 'void', updated_at = now() where invoice_number = 'INV-000011'",
    "update expenses set status = 'void', updated_at = now() where id = 6",
    "update expenses set amount = amount + 1, updated_at = now() where id = 7",
    """update payments set deposit_account_id = null, method = 'check', updated_at = now()
       where id = (select min(id) from payments where status = 'completed' and method <> 'check')""",
)


def by_month(chain) -> Counter[tuple[str, str]]:
    """Account and month as QuickBooks' documents have them."""
    sums: Counter[tuple[str, str]] = Counter()
    for (account, day), amount in in_quickbooks(Accountant(chain.quickbooks)).items():
        sums[account, day[:7]] += amount  # pyright: ignore[reportArgumentType] - money, counted
    return sums


def said(page) -> dict[tuple[str, str], Decimal]:
    return {(change.account.name, f"{change.month:%Y-%m}"): change.change for change in page.by_account}


def test_the_sums_of_a_plan_by_account_and_month_are_what_quickbooks_shows_after_it(chain):
    """Creations, changes of amount and of the deposit account, and voids, of every record type, in one plan; approved and pushed whole."""
    chain.sync(last_day=dt.date(2026, 8, 31))
    for edit in EDITS:
        chain.rentaxis(edit)
    plan = chain.preview()
    with chain.run() as run:
        page = page_of(run.connection, run.realm, plan)
    doings = {row.doing for row in page.rows}
    assert doings == {"create", "update", "void", "not sent"}
    assert page.unknown_accounts == 0
    before = by_month(chain)
    results = chain.approve(plan)
    written = [row for row in results.values() if row.status in ("created", "updated")]
    assert len(written) == page.sent
    after = by_month(chain)
    changed = {key: after[key] - before[key] for key in {*before, *after} if after[key] != before[key]}
    assert said(page) == changed
    assert {month for _, month in changed} > {f"{FIRST_DAY:%Y-%m}", "2026-10"}, "old months and new ones"
    kinds = {change.account.kind for change in page.by_account}
    assert kinds == {
        "Bank",
        "Accounts Receivable",
        "Other Current Asset",
        "Other Current Liability",
        "Accounts Payable",
        "Credit Card",
        "Income",
        "Expense",
    }
    assert ("Undeposited Funds", f"{FIRST_DAY:%Y-%m}") in changed
