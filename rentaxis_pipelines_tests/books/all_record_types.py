"""A landlord's dealings of every kind, added to a portfolio of rent, payments and expenses: as many as there are homes, the same for a seed.

Here: rows in RentAxis, as it would leave them. Not here: what becomes of them, and what they come to (``accrual_ledger``).
"""

import datetime as dt
import itertools
import random
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from rentaxis_pipelines.demo.records import add_months
from rentaxis_pipelines_tests.support.rentaxis_records import JOINED, Payer, RentAxisRecords

CENT = Decimal("0.01")
_ACCOUNTS = ("account_id", "deposit_account_id", "paid_from_account_id", "refund_account_id")
# What the new dealings need besides the portfolio's own chart: number, name, type, subtype.
CHART = (
    ("1060", "Undeposited Funds", "asset", "other_current_asset"),
    ("1200", "Accounts Receivable", "asset", "accounts_receivable"),
    ("2000", "Accounts Payable", "liability", "accounts_payable"),
    ("3000", "Owner Equity", "equity", "equity"),
    ("3100", "Owner Distributions", "equity", "equity"),
    ("4900", "Other Income", "income", None),
    ("5900", "Other Expenses", "expense", None),
    ("5950", "Bad Debt", "expense", None),
)


class Landlord(RentAxisRecords):
    """The first organization of a RentAxis that may have rows already, with accounts under ids of its own."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._ids = itertools.count(1_000_001)
        self._read_accounts()
        for number, name, kind, subtype in CHART:
            if number not in self.accounts:
                self.add("accounts", organization_id=1, number=number, name=name, type=kind, subtype=subtype)
        self._read_accounts()

    def _read_accounts(self) -> None:
        rows = self.ask("SELECT number, id FROM accounts WHERE organization_id = 1")
        self.accounts = {row["number"]: row["id"] for row in rows}

    def post_nothing(self) -> None:
        """Documents post to the ledger by themselves no more: whoever adds up their books writes it."""
        rows = self.ask(
            """SELECT DISTINCT event_object_table AS name FROM information_schema.triggers
               WHERE trigger_schema = 'rentaxis' AND trigger_name = 'post_by_itself'"""
        )
        for row in rows:
            self.ask(f"DROP TRIGGER post_by_itself ON {row['name']}")

    def add(self, table: str, **columns: Any) -> int:
        for name in _ACCOUNTS:
            if columns.get(name) is not None:
                columns[name] = self.accounts[str(columns[name])]
        return super().add(table, **columns)


class Dealings:
    """What happens month by month besides rent; ``homes``: how many the landlord has. No case of the demo is touched."""

    def __init__(self, landlord: Landlord, seed: int, homes: int, months: Sequence[dt.date]) -> None:
        self.landlord, self.months = landlord, months
        self.chance = random.Random(f"{seed}:dealings")
        self.turns = itertools.count()  # so that every kind has its turn, however few there are in a month
        self.some = max(1, homes // 50)
        self.last_day = add_months(months[-1], 1) - dt.timedelta(days=1)
        has_cases = landlord.ask("SELECT to_regclass('demo_cases') IS NOT NULL AS there")[0]["there"]
        cases = landlord.ask("SELECT entity_type, entity_id FROM demo_cases") if has_cases else []
        self.cases = {(row["entity_type"], int(row["entity_id"])) for row in cases}
        self.payers: list[Payer] = [
            ("tenant", row["tenant_id"])
            for row in landlord.ask(
                """SELECT DISTINCT tenant_id FROM leases WHERE organization_id = 1 AND status = 'active' ORDER BY 1"""
            )
            if ("tenant", row["tenant_id"]) not in self.cases
        ]
        self.vendors = [
            row["id"] for row in landlord.ask("SELECT id FROM vendors WHERE organization_id = 1 ORDER BY 1")
        ]

    def happen(self) -> None:
        """All of it, then what the bank saw of the money."""
        self.landlord.ask(
            "UPDATE payments SET deposit_account_id = NULL WHERE organization_id = 1 AND method IN ('cash', 'check', 'money_order')"
        )
        for month in self.months:
            self._credits(month)
            self._refunds(month)
            self._returns(month)
            self._part_payments(month)
            self._vendor_credits(month)
            self._entries(month)
            self._move_out(month)
        self._bank()
        self.landlord.keep_accounts()

    def _day(self, month: dt.date, first: int = 1, last: int = 28) -> dt.date:
        return month.replace(day=self.chance.randint(first, last))

    def _later(self, day: dt.date, least: int, most: int) -> dt.date:
        return min(day + dt.timedelta(days=self.chance.randint(least, most)), self.last_day)

    def _amount(self, least: int, most: int) -> Decimal:
        return Decimal(self.chance.randint(least * 100, most * 100)) / 100

    def _chosen(self, kind: str, rows: list[dict[str, Any]], number: int) -> list[dict[str, Any]]:
        rows = [row for row in rows if (kind, row["id"]) not in self.cases]
        return self.chance.sample(rows, min(number, len(rows)))

    def _charge(
        self, payer: Payer, day: dt.date, amount: Decimal, account: str = "4900", **columns: Any
    ) -> int:
        columns = {"kind": "one_off", **columns}
        return self.landlord.invoice(payer, (str(amount), account), day=day, **columns)

    def _paid(self, payer: Payer, day: dt.date, amount: Decimal, *parts: tuple[int, Decimal]) -> int:
        given = [(invoice, str(part)) for invoice, part in parts]
        method = self.chance.choice(("check", "check", "stripe", "ach", "cash"))
        account = {"stripe": 1050, "ach": 1000}.get(method)
        return self.landlord.payment(
            payer, str(amount), *given, day=day, method=method, deposit_account_id=account
        )

    def _credits(self, month: dt.date) -> None:
        """Concessions and debts written off, applied or not; an invoice below zero; a late fee waived although its invoice stands."""
        landlord = self.landlord
        for _ in range(2 * self.some):
            number = next(self.turns)
            payer, day = self.chance.choice(self.payers), self._day(month, 1, 20)
            owed, off = self._amount(80, 400), self._amount(10, 75)
            invoice = self._charge(payer, day, owed)
            later = self._later(day, 0, 40)
            match number % 4:
                case 0:
                    credit = landlord.credit(payer, str(off), day=later)
                    landlord.apply_credit(credit, (invoice, str(off)))
                    self._paid(payer, self._later(later, 0, 9), owed - off, (invoice, owed - off))
                case 1:
                    credit = landlord.credit(payer, (str(owed), "5950"), day=later, kind="write_off")
                    landlord.apply_credit(credit, (invoice, str(owed)))
                case 2:
                    below = landlord.invoice(payer, (str(-off), "4000"), day=later)
                    landlord.apply_credit(below, (invoice, str(off)), of="credit_invoice_id")
                case _:
                    landlord.credit(payer, str(off), day=later)  # for whatever is billed next
            if number % 3 == 0:
                fee = self._charge(payer, later, Decimal(50), "4100", kind="late_fee")
                landlord.add(
                    "late_fee_assessments", organization_id=1, source_invoice_id=invoice, fee_invoice_id=fee, amount=Decimal(50),
                    assessed_on=later, status="waived", waiver_reason="First time", waived_on=self._later(later, 0, 12),
                )  # fmt: skip

    def _refunds(self, month: dt.date) -> None:
        """Money that was too much, and money that had paid an invoice; by check, out of the bank."""
        for _ in range(self.some):
            number = next(self.turns)
            payer, day = self.chance.choice(self.payers), self._day(month)
            owed, more = self._amount(60, 300), self._amount(5, 60)
            invoice = self._charge(payer, day, owed)
            applied = number % 2
            payment = self._paid(
                payer, self._later(day, 0, 5), owed + (0 if applied else more), (invoice, owed)
            )
            back = min(more, owed) if applied else more
            self.landlord.refund(payment, str(back), day=self._later(day, 9, 60), account_id=1000)

    def _returns(self, month: dt.date) -> None:
        """Checks and transfers of the month that came back, some with a fee, some paid again."""
        rows = self.landlord.ask(
            """SELECT p.* FROM payments p WHERE organization_id = 1 AND status = 'completed' AND deleted_at IS NULL AND payer_type = 'tenant'
                 AND date_trunc('month', payment_date) = %s AND method IN ('check', 'ach', 'stripe', 'zelle')
                 AND NOT EXISTS (SELECT FROM payment_refunds r WHERE r.payment_id = p.id)
                 AND (SELECT count(*) FROM payment_allocations a WHERE a.payment_id = p.id AND a.deleted_at IS NULL) = 1 ORDER BY id""",
            month,
        )
        for row in self._chosen("payment", rows, self.some):
            [part] = self.landlord.ask(
                "SELECT invoice_id FROM payment_allocations WHERE payment_id = %s AND deleted_at IS NULL",
                row["id"],
            )
            if {("invoice", part["invoice_id"]), (row["payer_type"], row["payer_id"])} & self.cases:
                continue
            reason = {"check": "nsf", "stripe": "dispute"}.get(row["method"], "ach_return")
            back = self._later(row["payment_date"], 9, 20)
            fee = self.chance.choice((None, Decimal(15), Decimal(35)))
            self.landlord.change(
                "payments", row["id"], status="failed", returned_on=back, return_reason=reason, return_fee=fee
            )
            self.landlord.apply(row["id"])
            if self.chance.random() < 0.7:
                again = (part["invoice_id"], row["amount"])
                self._paid(
                    (row["payer_type"], row["payer_id"]), self._later(back, 1, 9), row["amount"], again
                )

    def _part_payments(self, month: dt.date) -> None:
        """Bills of the month that were paid in two or three parts; of some the rest is still owed."""
        rows = self.landlord.ask(
            """SELECT * FROM expenses WHERE organization_id = 1 AND status IN ('paid', 'unpaid') AND deleted_at IS NULL AND amount > 90
                 AND vendor_id IS NOT NULL AND payable_invoice_id IS NULL AND date_trunc('month', expense_date) = %s ORDER BY id""",
            month,
        )
        for row in self._chosen("expense", rows, 2 * self.some):
            self.landlord.change(
                "expenses",
                row["id"],
                status="unpaid",
                paid_at=None,
                payment_method=None,
                paid_from_account_id=None,
            )
            first = (row["amount"] * self.chance.randint(20, 60) / 100).quantize(CENT)
            rest = row["amount"] - first if self.chance.random() < 0.6 else (row["amount"] - first) / 3
            for part, after in ((first, 5), (rest.quantize(CENT), 35)):
                day = self._later(row["expense_date"], after, after + 20)
                self.landlord.pay_expense(row["id"], str(part), day, paid_from_account_id=1000)

    def _vendor_credits(self, month: dt.date) -> None:
        """A vendor owes for what was returned to it, or has put it back on the card."""
        for _ in range(self.some):
            facts: dict[str, Any] = {"status": "unpaid"}
            if next(self.turns) % 2:
                facts = {"payment_method": "credit_card", "paid_from_account_id": 1010}
            amount, vendor = self._amount(10, 90), self.chance.choice(self.vendors)
            self.landlord.expense(str(-amount), day=self._day(month), vendor_id=vendor, **facts)

    def _entries(self, month: dt.date) -> None:
        """What the owner took and put in, the manager's fee, a correction, and one that was reversed the day after."""
        end = add_months(month, 1) - dt.timedelta(days=1)
        for kind, debit, credit, property_id in (
            ("owner_distribution", "3100", "1000", None),
            ("management_fee", "5900", "1000", 1),
            ("manual", "1000", "3000", None),
            ("correction", "5100", "5000", 1),
        ):
            amount = self._amount(50, 900)
            self._entry(((debit, amount), (credit, -amount)), end, kind, property_id)
        amount = self._amount(5, 50)
        self._entry((("5200", amount), ("1000", -amount)), end, "manual", 1, status="reversed")
        self._entry((("1000", amount), ("5200", -amount)), end, "manual", 1)

    def _entry(
        self,
        lines: Sequence[tuple[str, Decimal]],
        day: dt.date,
        kind: str,
        property_id: int | None,
        status: str = "posted",
    ) -> None:
        landlord = self.landlord
        entry = landlord.add(
            "journal_entries", organization_id=1, entry_date=day, description=kind, source_type=kind, status=status
        )  # fmt: skip
        for account, amount in lines:
            sides = {"debit": max(amount, Decimal(0)), "credit": max(-amount, Decimal(0))}
            landlord.add(
                "journal_entry_lines", journal_entry_id=entry, account_id=account, property_id=property_id, **sides
            )  # fmt: skip

    def _move_out(self, month: dt.date) -> None:
        """Tenants who paid a deposit this month, and what became of it when they left: damages, a refund, both, or more damage than deposit."""
        landlord = self.landlord
        for number in range(self.some):
            day = self._day(month)
            tenant = landlord.tenant(f"Mover {month:%y%m} {number}")
            landlord.ask(
                "UPDATE organization_tenants SET created_at = %s WHERE tenant_id = %s", JOINED, tenant[1]
            )
            held = self._amount(400, 1500)
            lease = landlord.lease(tenant, str(held))
            billed = self._charge(tenant, day, held, "2100", kind="deposit", lease_id=lease)
            self._paid(tenant, self._later(day, 0, 3), held, (billed, held))
            left = self._later(day, 30, 150)
            if left == self.last_day:
                continue  # still there
            kept = self.chance.choice((Decimal(0), self._amount(40, 300), held))
            parts: list[tuple[int | None, str]] = []
            if kept:
                bill = self._charge(tenant, left, kept + (Decimal(75) if kept == held else 0), lease_id=lease)
                parts = [(bill, str(kept))]
            landlord.settle_deposit(
                lease, str(held), str(held - kept), *parts, day=left, refund_account_id=1000, refunded_on=self._later(left, 0, 20)
            )  # fmt: skip

    def _bank(self) -> None:
        """Each week the checks and cash of the week before are brought to the bank, and the processor pays out what it collected, less its fees."""
        taken = {
            row["payment_id"] for row in self.landlord.ask("SELECT payment_id FROM bank_deposit_payments")
        }
        rows = self.landlord.ask(
            """SELECT id, amount, payment_date, method, payer_type, payer_id FROM payments WHERE organization_id = 1 AND deleted_at IS NULL
                 AND (status = 'completed' OR returned_on IS NOT NULL AND status = 'failed')
                 AND method IN ('cash', 'check', 'money_order', 'stripe') ORDER BY id"""
        )
        free = [
            row for row in rows if ("payment", row["id"]) not in self.cases and row["id"] not in taken
            and (row["payer_type"], row["payer_id"]) not in self.cases
        ]  # fmt: skip
        for monday in _mondays(self.months[0], self.last_day):
            week = [row for row in free if monday - dt.timedelta(days=7) <= row["payment_date"] < monday]
            cash = [(row["id"], row["amount"]) for row in week if row["method"] != "stripe"]
            online = [(row["id"], row["amount"]) for row in week if row["method"] == "stripe"]
            if cash:
                self._bring(monday, cash, Decimal(0), "batch")
            if online:
                fee = sum(
                    (amount * 29 / 1000 + Decimal("0.30") for _, amount in online), Decimal(0)
                ).quantize(CENT)
                self._bring(monday, online, fee, "payout")

    def _bring(self, day: dt.date, payments: list[tuple[int, Decimal]], fee: Decimal, kind: str) -> None:
        total = sum((amount for _, amount in payments), Decimal(0)) - fee
        given = [(payment, str(amount)) for payment, amount in payments]
        self.landlord.deposit(str(total), *given, day=day, fee=fee, kind=kind, reference=f"{kind} {day}")


def _mondays(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    day = first + dt.timedelta(days=7 - first.weekday())
    while day <= last:
        yield day
        day += dt.timedelta(days=7)
