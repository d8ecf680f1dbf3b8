"""A company that pushes every record type.

Here: its company file and accounts, the names of both sides' accounts, RentAxis' general ledger written from ``accrual_ledger``.
"""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from rentaxis_pipelines.model.record_types import OPTIONAL_TYPES
from rentaxis_pipelines.settings import Company
from rentaxis_pipelines.settings.company import Guard
from rentaxis_pipelines_tests.books import general_ledger
from rentaxis_pipelines_tests.books.accrual_ledger import PAYABLE, RECEIVABLE, Posted
from rentaxis_pipelines_tests.books.all_record_types import Landlord
from rentaxis_pipelines_tests.books.quickbooks_ledger import UNDEPOSITED
from rentaxis_pipelines_tests.support.accountant import Accountant


def ready(accountant: Accountant) -> None:
    """What a company needs in QuickBooks, beside what the demo's has, before it pushes everything."""
    fields = {"Name": "Owner Equity", "AccountType": "Equity", "AccountSubType": "OwnersEquity"}
    accountant.control("hand", {"deed": "create", "entity": "Account", "fields": fields})


def pushing_everything(company: Company, first_day: dt.date, papers: Path) -> Company:
    """The demo's company file, for all that RentAxis may have."""
    own = company.mappings
    mappings = own.model_copy(
        update={
            "charges": {**own.charges, "concession": "Concession", "write_off": "Bad Debt"},
            "invoice_accounts": {**own.invoice_accounts, "5950": "Bad Debt"},
            "bank_accounts": {**own.bank_accounts, "1060": UNDEPOSITED},
            "ledger_accounts": {"3000": "Owner Equity", "3100": "Owner Distributions"},
            "deposits_refunded_from": "Checking",
        }
    )
    policies = company.policies.model_copy(
        update={"vendor_credits": "push", "returned_payments": "on_their_day", "guard": Guard(voids=None)}
    )
    return company.model_copy(
        update={
            "first_day": first_day,
            "also_push": OPTIONAL_TYPES,
            "mappings": mappings,
            "policies": policies,
            "papers_folder": str(papers),
        }
    )


class Names:
    """Where the company file says that RentAxis' accounts and methods are found in QuickBooks, by name."""

    def __init__(self, company: Company, accountant: Accountant) -> None:
        own = company.mappings
        sold = {number: accountant.posts_to(item) for number, item in own.invoice_accounts.items()}
        received = {
            f"received {name}": to.deposit_to or UNDEPOSITED for name, to in own.payment_methods.items()
        }
        spent = {f"spent {name}": to.pay_from for name, to in own.expense_payment_methods.items()}
        control = {RECEIVABLE: general_ledger.RECEIVABLE, PAYABLE: general_ledger.PAYABLE}
        self._known: dict[str, str] = {
            **own.ledger_accounts, **own.bank_accounts, **own.expense_accounts, **sold, **received, **spent, **control,
        }  # fmt: skip

    def __getitem__(self, account: str) -> str:
        return self._known.get(account, f"{account} (not mapped)")


def write_ledger(landlord: Landlord, lines: Iterable[Posted], names: Names) -> None:
    """RentAxis' own ledger: an entry for each document and day, as it posts them by itself. Those that a person entered are there."""
    numbers = {names[number]: number for number in ("1000", "1050", "1060", "1010")}
    control = {RECEIVABLE: "1200", PAYABLE: "2000"}
    own = {"expense_payment": "expense", "expense_part_payment": "expense"}
    entries: dict[tuple[str, int, dt.date], int] = {}
    with landlord.connection.cursor() as cursor, landlord.connection.transaction():
        cursor.execute("DELETE FROM journal_entry_lines WHERE journal_entry_id < 0")
        cursor.execute("DELETE FROM journal_entries WHERE id < 0")
        made: list[tuple[int, dt.date, str, int]] = []
        rows: list[tuple[int, int, int, Decimal, Decimal]] = []
        for line in lines:
            if line.source_type in ("journal_entry", "bank_transaction"):
                continue
            number = control.get(line.account) or line.account
            if " " in number:
                number = numbers[names[number]]
            kind = own.get(line.source_type, line.source_type)
            # An invoice below zero, a late fee that was waived, what a settlement keeps of a deposit.
            of_origin = {"invoice": "invoice", "late-fee": "late_fee", "deposit": "deposit_settlement"}
            kind = of_origin.get(line.source_id.rpartition("-")[0], kind)
            source_id = int(line.source_id.split("~")[0].rpartition("-")[2])
            key = (f"{line.source_type}/{line.source_id}", source_id, line.day)
            if key not in entries:
                entries[key] = -len(entries) - 1
                made.append((entries[key], line.day, kind, source_id))
            debit, credit = max(line.amount, Decimal(0)), max(-line.amount, Decimal(0))
            rows.append((-len(rows) - 1, entries[key], landlord.accounts[number], debit, credit))
        with cursor.copy(
            "COPY journal_entries (id, organization_id, entry_date, description, status, source_type, source_id) FROM STDIN"
        ) as copy:
            for entry, day, kind, source_id in made:
                copy.write_row((entry, 1, day, kind, "posted", kind, source_id))
        with cursor.copy(
            "COPY journal_entry_lines (id, journal_entry_id, account_id, debit, credit) FROM STDIN"
        ) as copy:
            for row in rows:
                copy.write_row(row)
