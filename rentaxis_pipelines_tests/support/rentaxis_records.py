"""What a property manager enters in RentAxis: rows written into its database, as RentAxis would leave them there.

Here: writing. Balances and statuses that RentAxis derives are derived in ``keep_accounts``. Not here: what becomes of it.
"""

import datetime as dt
import hashlib
import itertools
from decimal import Decimal
from typing import Any, LiteralString, cast

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from quickbooks_emulator.seeds import REALM
from rentaxis_pipelines.demo.portfolio import SCHEMA

DAY = dt.date(2026, 5, 1)
JOINED = dt.datetime(2026, 4, 1, 12, tzinfo=dt.UTC)
ACCOUNTS = {
    "1000": ("Checking", "asset"),
    "1010": ("Corporate Card", "liability"),
    "1050": ("Stripe Clearing", "asset"),
    "2100": ("Security Deposits Held", "liability"),
    "4000": ("Rental Income", "income"),
    "4010": ("Subsidy Income", "income"),
    "4100": ("Late Fees", "income"),
    "4200": ("Parking", "income"),
    "5000": ("Repairs", "expense"),
    "5100": ("Utilities", "expense"),
    "5200": ("Insurance", "expense"),
    "5999": ("Old Repairs", "expense"),
    "5950": ("Bad Debt", "expense"),
}
Payer = tuple[str, int]  # tenant or program, and its id
Part = tuple[int, str]  # an invoice's id, and how much of the payment it gets


class RentAxisRecords:
    """One organization's RentAxis, empty at first but for a house of two units and a chart of accounts."""

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(
            url, autocommit=True, row_factory=dict_row, options="-c search_path=rentaxis"
        )
        self._ids = itertools.count(1)
        if not self.ask("SELECT to_regclass('rentaxis.invoices') IS NOT NULL AS there")[0]["there"]:
            self._found()

    def _found(self) -> None:
        self.connection.execute(cast(LiteralString, SCHEMA.read_text()))
        for number, name in ((1, "Maple Court"), (2, "Another Landlord")):
            self.add("organizations", id=number, name=name)
            realm = REALM if number == 1 else f"{REALM}2"
            self.add("quickbooks_connections", organization_id=number, realm_id=realm, id=number)
        for number, (name, kind) in ACCOUNTS.items():
            self.add("accounts", id=int(number), organization_id=1, number=number, name=name, type=kind)
        self.add("properties", id=1, organization_id=1, street_address="12 Elm Street")
        for unit in (1, 2):
            self.add("units", id=unit, property_id=1, unit_number=str(unit))

    def ask(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        """Rows of a statement."""
        cursor = self.connection.execute(cast(LiteralString, statement), values)
        return cursor.fetchall() if cursor.description else []

    def add(self, table: str, **columns: Any) -> int:
        """A row; returns its id, a new one unless it is given."""
        if table not in ("organization_tenants", "quickbooks_links"):
            columns.setdefault("id", next(self._ids))
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.SQL(", ").join([sql.Placeholder()] * len(columns)),
        )
        self.connection.execute(statement, list(columns.values()))
        return int(columns.get("id", 0))

    def change(self, table: str, row_id: int, **columns: Any) -> None:
        """What an edit leaves behind."""
        statement = sql.SQL("UPDATE {} SET {}, updated_at = now() WHERE id = %s").format(
            sql.Identifier(table),
            sql.SQL(", ").join(
                sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder()) for name in columns
            ),
        )
        self.connection.execute(statement, [*columns.values(), row_id])

    # People

    def tenant(self, name: str, email: str | None = "", organizations: tuple[int, ...] = (1,)) -> Payer:
        """A tenant; an e-mail of their own unless one is given."""
        number = next(self._ids)
        address = f"tenant{number}@example.com" if email == "" else email
        self.add("tenants", id=number, name=name, email=address, phone="(555) 010-0100", created_at=JOINED)
        for organization in organizations:
            self.add(
                "organization_tenants", organization_id=organization, tenant_id=number, created_at=JOINED
            )
        return "tenant", number

    def program(self, name: str, **columns: Any) -> Payer:
        """A housing program."""
        return "program", self.add("programs", organization_id=1, name=name, created_at=JOINED, **columns)

    # RentAxis' own ledger

    def journal_entry(
        self, *lines: tuple[str, str], day: dt.date = DAY, property_id: int | None = None, **columns: Any
    ) -> int:
        """A posted entry; a line is the number of its account and an amount, a credit below zero."""
        values = {
            "organization_id": 1,
            "entry_date": day,
            "description": "Owner distribution",
            "status": "posted",
        }
        entry = self.add("journal_entries", **(values | columns))
        for number, text in lines:
            amount = Decimal(text)
            sides = {"debit": max(amount, Decimal(0)), "credit": max(-amount, Decimal(0))}
            self.add(
                "journal_entry_lines",
                journal_entry_id=entry,
                account_id=int(number),
                property_id=property_id,
                **sides,
            )
        return entry

    # Money owed to the landlord

    def invoice(
        self, payer: Payer, *lines: tuple[str, str | None] | str, day: dt.date = DAY, **columns: Any
    ) -> int:
        """An invoice; a line is an amount and the number of its account, or an amount alone (rent)."""
        pairs = [(line, "4000") if isinstance(line, str) else line for line in lines]
        total = sum((Decimal(amount) for amount, _ in pairs), Decimal(0))
        number = next(self._ids)
        values: dict[str, Any] = {
            "id": number,
            "organization_id": 1,
            "invoice_number": f"INV-{number}",
            "billed_to_type": payer[0],
            "billed_to_id": payer[1],
            "invoice_date": day,
            "due_date": day + dt.timedelta(days=5),
            "status": "sent",
            "total_amount": total,
            "balance_due": total,
            "unit_id": 1,
        }
        self.add("invoices", **(values | columns))
        self._lines(number, pairs)
        return number

    def payer_of(self, invoice: int) -> Payer:
        """Whom the invoice is billed to."""
        (row,) = self.ask("SELECT billed_to_type, billed_to_id FROM invoices WHERE id = %s", invoice)
        return row["billed_to_type"], row["billed_to_id"]

    def bill_again(self, invoice: int, *lines: tuple[str, str | None] | str) -> None:
        """Other lines on the same invoice."""
        pairs = [(line, "4000") if isinstance(line, str) else line for line in lines]
        self.ask("UPDATE invoice_lines SET deleted_at = now() WHERE invoice_id = %s", invoice)
        self._lines(invoice, pairs)
        self.change("invoices", invoice, total_amount=sum(Decimal(amount) for amount, _ in pairs))

    def _lines(self, invoice: int, pairs: list[tuple[str, str | None]]) -> None:
        for position, (amount, account) in enumerate(pairs, start=1):
            self.add(
                "invoice_lines",
                invoice_id=invoice,
                position=position,
                description=f"Line {position}",
                amount=Decimal(amount),
                account_id=int(account) if account else None,
            )

    def void(self, table: str, row_id: int, why: str = "Entered twice") -> None:
        """Void an invoice, or a payment, whose amounts are released."""
        self.change(table, row_id, status="void", void_reason=why, voided_at=dt.datetime.now(dt.UTC))
        if table == "payments":
            self.apply(row_id)

    def payment(
        self,
        payer: Payer,
        amount: str,
        *parts: Part,
        day: dt.date = DAY + dt.timedelta(days=2),
        **columns: Any,
    ) -> int:
        """A payment received, and the invoices it is applied to."""
        number = next(self._ids)
        values: dict[str, Any] = {
            "id": number,
            "organization_id": 1,
            "payment_number": f"PAY-{number}",
            "payer_type": payer[0],
            "payer_id": payer[1],
            "amount": Decimal(amount),
            "payment_date": day,
            "method": "check",
        }
        self.add("payments", **(values | columns))
        self.apply(number, *parts)
        return number

    def apply(self, payment: int, *parts: Part) -> None:
        """These allocations instead of those there are."""
        self.ask(
            "UPDATE payment_allocations SET deleted_at = now(), updated_at = now()"
            " WHERE payment_id = %s AND deleted_at IS NULL",
            payment,
        )
        for invoice, amount in parts:
            self.add("payment_allocations", payment_id=payment, invoice_id=invoice, amount=Decimal(amount))

    def credit(
        self, payer: Payer, *lines: tuple[str, str | None] | str, day: dt.date = DAY, **columns: Any
    ) -> int:
        """A credit; a line is an amount and the number of its account, or an amount alone (by the credit's kind)."""
        pairs = [(line, None) if isinstance(line, str) else line for line in lines]
        number = next(self._ids)
        values: dict[str, Any] = {
            "id": number,
            "organization_id": 1,
            "credit_number": f"CR-{number}",
            "kind": "concession",
            "payer_type": payer[0],
            "payer_id": payer[1],
            "credit_date": day,
            "total_amount": sum((Decimal(amount) for amount, _ in pairs), Decimal(0)),
            "unit_id": 1,
        }
        self.add("credits", **(values | columns))
        for position, (amount, account) in enumerate(pairs, start=1):
            self.add(
                "credit_lines",
                credit_id=number,
                position=position,
                description=f"Line {position}",
                amount=Decimal(amount),
                account_id=int(account) if account else None,
            )
        return number

    def apply_credit(self, credit: int, *parts: Part, of: str = "credit_id") -> None:
        """These applications of the credit (or, ``of`` "credit_invoice_id", of an invoice below zero) instead of those there are."""
        self.ask(
            f"UPDATE credit_allocations SET deleted_at = now(), updated_at = now() WHERE {of} = %s AND deleted_at IS NULL",
            credit,
        )
        for invoice, amount in parts:
            self.add("credit_allocations", invoice_id=invoice, amount=Decimal(amount), **{of: credit})

    def refund(self, payment: int, amount: str, *, day: dt.date = DAY, **columns: Any) -> int:
        """Money of the payment that was paid back, by check unless said otherwise."""
        values = {"payment_id": payment, "amount": Decimal(amount), "refund_date": day, "method": "check"}
        self.ask("UPDATE payments SET updated_at = now() WHERE id = %s", payment)
        return self.add("payment_refunds", **(values | columns))

    def deposit(
        self,
        total: str,
        *payments: Part,
        others: tuple[tuple[str, str], ...] = (),
        day: dt.date = DAY,
        **columns: Any,
    ) -> int:
        """A payout, or a batch of checks, as the bank shows it; ``others``: number of the account and amount of what else is in it."""
        values = {
            "organization_id": 1,
            "kind": "payout",
            "deposit_date": day,
            "account_id": 1000,
            "total": Decimal(total),
        }
        deposit = self.add("bank_deposits", **(values | columns))
        for payment, amount in payments:
            self.add("bank_deposit_payments", deposit_id=deposit, payment_id=payment, amount=Decimal(amount))
        for account, amount in others:
            self.add(
                "bank_deposit_lines",
                deposit_id=deposit,
                description="Dispute",
                amount=Decimal(amount),
                account_id=int(account),
            )
        return deposit

    def lease(self, payer: Payer, deposit: str, unit: int = 1) -> int:
        """A lease that ended, with its security deposit."""
        values = {"organization_id": 1, "unit_id": unit, "tenant_id": payer[1], "status": "ended"}
        start, rent = dt.date(2025, 5, 1), Decimal("900.00")
        return self.add(
            "leases", **values, start_date=start, rent_amount=rent, security_deposit=Decimal(deposit)
        )

    def moved_in(self, name: str, deposit: str) -> tuple[Payer, int]:
        """A tenant who paid a deposit, and the lease."""
        tenant = self.tenant(name)
        lease = self.lease(tenant, deposit)
        billed = self.invoice(tenant, (deposit, "2100"), kind="deposit", lease_id=lease)
        self.payment(tenant, deposit, (billed, deposit))
        return tenant, lease

    def settle_deposit(
        self,
        lease: int,
        held: str,
        refund: str,
        *kept: tuple[int | None, str],
        day: dt.date = DAY,
        **columns: Any,
    ) -> int:
        """A finalized settlement; ``kept``: invoices that bill what of the deposit is kept, and how much of it pays each."""
        values: dict[str, Any] = {
            "lease_id": lease,
            "deposit_held": Decimal(held),
            "deductions_total": sum((Decimal(amount) for _, amount in kept), Decimal(0)),
            "refund_amount": Decimal(refund),
            "finalized_at": dt.datetime.combine(day, dt.time(16), dt.UTC),
        }
        settlement = self.add("deposit_settlements", **(values | columns))
        for invoice, amount in kept:
            self.add(
                "deposit_deductions", settlement_id=settlement, invoice_id=invoice, amount=Decimal(amount)
            )
        return settlement

    # Money the landlord owes

    def vendor(self, name: str, **columns: Any) -> int:
        return self.add("vendors", organization_id=1, name=name, **columns)

    def expense(self, amount: str, account: str = "5000", *, day: dt.date = DAY, **columns: Any) -> int:
        """An expense, paid by check unless said otherwise."""
        values: dict[str, Any] = {
            "organization_id": 1,
            "expense_date": day,
            "amount": Decimal(amount),
            "description": "Kitchen tap",
            "account_id": int(account),
            "property_id": 1,
            "status": "paid",
        }
        values |= columns
        if values["status"] == "paid":
            values = {"payment_method": "check", "paid_at": day, **values}
        return self.add("expenses", **values)

    def pay_expense(self, expense: int, amount: str, day: dt.date, **columns: Any) -> int:
        """A part payment of an expense, by check unless said otherwise; the status of the expense follows."""
        columns = {"method": "check", **columns}
        number = self.add(
            "expense_payments", expense_id=expense, amount=Decimal(amount), paid_on=day, **columns
        )
        self.keep_expense(expense)
        return number

    def keep_expense(self, expense: int) -> None:
        """The status of an expense by its payments, as RentAxis keeps it."""
        self.ask(
            """UPDATE expenses e SET updated_at = now(), status = CASE WHEN e.status = 'void' THEN 'void' WHEN paid.amount = 0 THEN 'unpaid'
                 WHEN paid.amount >= e.amount THEN 'paid' ELSE 'partially_paid' END
               FROM (SELECT coalesce(sum(amount), 0) AS amount FROM expense_payments
                     WHERE expense_id = %s AND deleted_at IS NULL) paid WHERE e.id = %s""",
            expense,
            expense,
        )

    # Files

    def paper(self, owner: tuple[str, int], content: bytes, location: str, **columns: Any) -> int:
        """A file kept with a record; its size and SHA-256 are known unless said otherwise."""
        values: dict[str, Any] = {
            "organization_id": 1,
            "entity_type": owner[0],
            "entity_id": owner[1],
            "file_name": location.rpartition("/")[2],
            "location": location,
            "size_bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        return self.add("papers", **(values | columns))

    def erase(self, table: str, row_id: int) -> None:
        """Delete for good, with what hangs on it."""
        children = {
            "invoices": (("invoice_lines", "invoice_id"), ("payment_allocations", "invoice_id")),
            "payments": (("payment_allocations", "payment_id"),),
            "expenses": (("expense_payments", "expense_id"),),
            "bank_deposits": (("bank_deposit_payments", "deposit_id"), ("bank_deposit_lines", "deposit_id")),
        }
        for child, column in (*children.get(table, ()), (table, "id")):
            self.connection.execute(
                sql.SQL("DELETE FROM {} WHERE {} = %s").format(sql.Identifier(child), sql.Identifier(column)),
                [row_id],
            )

    def keep_accounts(self) -> None:
        """Paid amounts, balances and statuses of the invoices, as RentAxis keeps them."""
        self.ask(
            """WITH paid AS (
                 SELECT i.id, coalesce(sum(a.amount), 0) AS amount FROM invoices i
                 LEFT JOIN (SELECT invoice_id, amount FROM payment_allocations WHERE deleted_at IS NULL
                            UNION ALL SELECT invoice_id, amount FROM credit_allocations WHERE deleted_at IS NULL
                            UNION ALL SELECT d.invoice_id, d.amount FROM deposit_deductions d
                            JOIN deposit_settlements s ON s.id = d.settlement_id
                            WHERE d.deleted_at IS NULL AND s.deleted_at IS NULL AND s.finalized_at IS NOT NULL
                 ) a ON a.invoice_id = i.id GROUP BY i.id)
               UPDATE invoices i SET amount_paid = paid.amount, balance_due = i.total_amount - paid.amount,
                 status = CASE WHEN i.status IN ('draft', 'void') THEN i.status WHEN paid.amount = 0 THEN i.status
                               WHEN paid.amount >= i.total_amount THEN 'paid' ELSE 'partially_paid' END
               FROM paid WHERE paid.id = i.id AND paid.amount <> i.amount_paid"""
        )
