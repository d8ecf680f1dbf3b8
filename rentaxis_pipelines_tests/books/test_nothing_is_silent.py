"""Every record that RentAxis holds is either on a day a range holds, or on the one list of what no run pushes: in count and money."""

import datetime as dt
from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from rentaxis_pipelines.rentaxis.database import snapshot
from rentaxis_pipelines.rentaxis.extract import extract
from rentaxis_pipelines.rentaxis.not_pushed import NotPushed, not_pushed, not_pushed_records
from rentaxis_pipelines.reports import markdown
from rentaxis_pipelines.reports.marts import rows_of
from rentaxis_pipelines.reports.not_pushed import as_markdown, describe_rows, one_line, read_groups
from rentaxis_pipelines.reports.reach import reach
from rentaxis_pipelines.reports.reconcile import context_of, reconcile
from rentaxis_pipelines_tests.books.test_books_of_days_and_deletions import one_record
from rentaxis_pipelines_tests.support.reading import read

NOW = dt.datetime(2026, 11, 10, 12, tzinfo=dt.UTC)
WITHIN, BEFORE, AHEAD = dt.date(2026, 6, 10), dt.date(2025, 12, 31), dt.date(2062, 6, 10)
Sum = tuple[int, Decimal]


class Holdings:
    """What a property manager enters, and where each piece is to be found: ``reached``, ``listed``, or told by another record."""

    def __init__(self, rentaxis) -> None:
        self.rentaxis = rentaxis
        self.tenant = rentaxis.tenant("Holds Everything")

    def add(self, kind: str, day: dt.date, amount: Decimal) -> str:
        """Enter one; returns where it belongs."""
        return getattr(self, f"_{kind}")(day, amount)

    def _invoice(self, day: dt.date, amount: Decimal) -> str:
        self.rentaxis.invoice(self.tenant, str(amount), day=day)
        return "reached" if day == WITHIN else "listed"

    def _draft(self, day: dt.date, amount: Decimal) -> str:
        self.rentaxis.invoice(self.tenant, str(amount), day=day, status="draft")
        return "reached" if day == WITHIN else "listed"

    def _payment(self, day: dt.date, amount: Decimal) -> str:
        self.rentaxis.payment(self.tenant, str(amount), day=day)
        return "reached" if day == WITHIN else "listed"

    def _expense(self, day: dt.date, amount: Decimal) -> str:
        self.rentaxis.expense(str(amount), day=day, status="unpaid", vendor_name="Held Vendor")
        return "reached" if day == WITHIN else "listed"

    def _void(self, day: dt.date, amount: Decimal) -> str:
        self.rentaxis.void("invoices", self.rentaxis.invoice(self.tenant, str(amount), day=day))
        return "nothing"

    def _payable(self, day: dt.date, amount: Decimal) -> str:
        self.rentaxis.invoice(self.tenant, str(amount), day=day, type="payable")
        return "listed"

    def _payable_with_expense(self, day: dt.date, amount: Decimal) -> str:
        invoice = self.rentaxis.invoice(self.tenant, str(amount), day=day, type="payable")
        self.rentaxis.expense(
            str(amount), day=day, status="unpaid", vendor_name="Held", payable_invoice_id=invoice
        )
        return "reached" if day == WITHIN else "listed"

    def _payable_with_a_void_expense(self, day: dt.date, amount: Decimal) -> str:
        invoice = self.rentaxis.invoice(self.tenant, str(amount), day=day, type="payable")
        self.rentaxis.expense(
            str(amount), day=day, status="void", vendor_name="Held", payable_invoice_id=invoice
        )
        return "listed"

    def _journal(self, day: dt.date, amount: Decimal, **columns) -> str:
        entry = self._entry(day, amount, **columns)
        return "listed" if entry else "nothing"

    def _posting_of_an_invoice(self, day: dt.date, amount: Decimal) -> str:
        self._entry(day, amount, source_type="invoice")
        return "nothing"

    def _draft_entry(self, day: dt.date, amount: Decimal) -> str:
        self._entry(day, amount, status="draft")
        return "nothing"

    def _entry(self, day: dt.date, amount: Decimal, **columns) -> int:
        values = {
            "organization_id": 1,
            "entry_date": day,
            "description": "Reclass",
            "status": "posted",
        } | columns
        entry = self.rentaxis.add("journal_entries", **values)
        for debit, credit, account in ((amount, 0, 5999), (0, amount, 1000)):
            self.rentaxis.add(
                "journal_entry_lines", journal_entry_id=entry, account_id=account, debit=debit, credit=credit
            )
        return entry

    def _bank(self, day: dt.date, amount: Decimal) -> str:
        entry = self._entry(day, amount, source_type="bank")
        self._line(day, -amount, "categorized", journal_entry_id=entry)
        return "listed"

    def _matched(self, day: dt.date, amount: Decimal) -> str:
        self._line(day, amount, "matched")
        return "nothing"

    def _line(self, day: dt.date, amount: Decimal, status: str, **columns) -> None:
        self.rentaxis.add(
            "bank_transactions", organization_id=1, txn_date=day, amount=amount, status=status, source="file", **columns
        )  # fmt: skip

    def _credit(self, day: dt.date, amount: Decimal) -> str:
        created = dt.datetime.combine(day, dt.time(12), tzinfo=dt.UTC)
        self.rentaxis.add(
            "tenant_credits",
            organization_id=1,
            tenant_id=self.tenant[1],
            amount=amount,
            remaining=amount,
            created_at=created,
        )
        return "listed"

    def _settlement(self, day: dt.date, amount: Decimal) -> str:
        if not self.rentaxis.ask("SELECT 1 FROM lease_types"):
            self.rentaxis.add("lease_types", id=1, organization_id=1, name="Residential")
        lease = self.rentaxis.add(
            "leases",
            organization_id=1,
            unit_id=1,
            lease_type_id=self.rentaxis.ask("SELECT min(id) AS id FROM lease_types")[0]["id"],
            tenant_id=self.tenant[1],
            status="ended",
            start_date=WITHIN,
            rent_amount=1,
        )
        self.rentaxis.add(
            "deposit_settlements",
            lease_id=lease,
            deposit_held=amount,
            refund_amount=amount,
            finalized_at=dt.datetime.combine(day, dt.time(12), tzinfo=dt.UTC),
        )
        return "listed"

    def _waived_fee(self, day: dt.date, amount: Decimal) -> str:
        invoice = self.rentaxis.ask("SELECT min(id) AS id FROM invoices WHERE type = 'receivable'")[0]["id"]
        if invoice is None:
            return "nothing"
        columns = {"organization_id": 1, "source_invoice_id": invoice, "amount": amount, "assessed_on": day}
        self.rentaxis.add("late_fee_assessments", status="waived", **columns)
        return "listed"

    def _another_organizations(self, day: dt.date, amount: Decimal) -> str:
        self.rentaxis.invoice(self.tenant, str(amount), day=day, organization_id=2)
        self._entry(day, amount, organization_id=2)
        return "nothing"


KINDS = sorted(name[1:] for name in vars(Holdings) if name.startswith("_") and not name.startswith("__"))
KINDS = [kind for kind in KINDS if kind not in ("entry", "line")]


def listed(chain) -> list[NotPushed]:
    days = reach(chain.company, NOW)
    with snapshot(chain.environment.rentaxis_database_url.get_secret_value()) as source:
        return not_pushed(source, days, "1", chain.company.zone, set())


def held(chain) -> dict[str, Sum]:
    """Count and money of what a range reaches and of the list."""
    days = reach(chain.company, NOW)
    reached = Counter[str]()
    with snapshot(chain.environment.rentaxis_database_url.get_secret_value()) as source:
        for record_type, column in (
            ("invoices", "total_amount"),
            ("payments", "amount"),
            ("expenses", "amount"),
        ):
            frame = extract(source, record_type, days, "1", chain.company.zone)
            live = frame[frame["deleted_at"].isna() & (frame["status"] != "void")]
            reached["records"] += len(live)
            reached["money"] += sum(live[column], Decimal(0))  # type: ignore[assignment]
    groups = listed(chain)
    money = sum((one.money for one in groups), Decimal(0))
    return {
        "reached": (reached["records"], Decimal(reached["money"])),
        "listed": (sum(one.records for one in groups), money),
    }


@settings(
    max_examples=25,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    entered=st.lists(
        st.tuples(
            st.sampled_from(KINDS),
            st.sampled_from([WITHIN, BEFORE, AHEAD]),
            st.decimals(min_value=1, max_value=999, places=2),
        ),
        max_size=12,
    )
)
def test_every_record_is_reached_or_on_the_list(rentaxis, chain, entered) -> None:
    """Whatever is entered on whatever day: what RentAxis holds is what a range reaches and what the list says, to the cent."""
    holdings, before = Holdings(rentaxis), held(chain)
    wanted = {name: list(value) for name, value in before.items()}
    for kind, day, amount in entered:
        where = holdings.add(kind, day, amount)
        if where in wanted:
            wanted[where][0] += 1
            wanted[where][1] += amount
    assert held(chain) == {name: tuple(value) for name, value in wanted.items()}


def test_the_list_says_what_why_how_much_and_what_to_do(rentaxis, chain, sync) -> None:
    """In the reconciliation's mart, on the terminal and on a run's page: each kind with count, money, days, numbers and remedy."""
    holdings = Holdings(rentaxis)
    for kind in KINDS:
        holdings.add(kind, AHEAD, Decimal("12.50"))
    early = rentaxis.invoice(holdings.tenant, "7777.00", day=BEFORE)
    sync()
    with chain.run() as run:
        found = reconcile(run, chain.environment, context_of(run, chain.company))
        rows = rows_of(run.connection, "not_pushed", order_by="money desc, records desc, kind, reason")
        one_by_one = rows_of(run.connection, "not_pushed_records")
        shown = read(markdown.shown(run.connection, "not_pushed"))
    assert found.failed_tests == []
    assert found.not_pushed == sum(row["records"] for row in rows) == len(one_by_one)
    assert (
        found.not_pushed_money
        == sum(row["money"] for row in rows)
        == sum(one["amount"] for one in one_by_one)
    )
    kinds = {row["kind"] for row in rows}
    assert kinds >= {
        "invoices", "payments", "expenses", "payable_invoices", "journal_entries", "bank_transactions",
        "deposit_settlements", "tenant_credits", "late_fees",
    }  # fmt: skip
    assert {row["reason"] for row in rows if row["kind"] == "invoices"} == {
        "before_first_day", "after_last_day"
    }  # fmt: skip
    assert any(f"INV-{early}" in row["examples"] for row in rows)
    assert all(row["what_to_do"] for row in rows)
    terminal = describe_rows(rows)
    for row in rows:
        assert row["what_to_do"] in terminal
        assert row["why"] in shown
        assert f"{row['money']:,.2f}" in terminal
    assert "2062" in shown


def test_what_was_pushed_by_itself_is_not_on_the_list(rentaxis, chain) -> None:
    """An invoice from before the first day, pushed alone: it stands in QuickBooks, so the list does not name it any more."""
    invoice = rentaxis.invoice(rentaxis.tenant("Pushed Alone"), "321.00", day=BEFORE)

    def money() -> Decimal:
        with chain.run() as run:
            groups = read_groups(run, chain.environment, chain.company)
        assert one_line(groups) in read(as_markdown(groups))
        return sum((one.money for one in groups), Decimal(0))

    before = money()
    one_record(chain, "invoice", invoice)
    assert before - money() == Decimal("321.00")


@pytest.mark.parametrize("table", ["journal_entries", "deposit_settlements", "bank_transactions"])
def test_a_rentaxis_without_such_a_table_has_no_such_records(rentaxis, chain, table) -> None:
    """A database that lacks a table of the list is read all the same."""
    rentaxis.ask(f"ALTER TABLE {table} RENAME TO hidden_{table}")
    try:
        assert table not in {one.kind for one in listed(chain)}
        with snapshot(chain.environment.rentaxis_database_url.get_secret_value()) as source:
            records = not_pushed_records(source, reach(chain.company, NOW), "1", chain.company.zone, set())
        assert table not in {one.kind for one in records}
    finally:
        rentaxis.ask(f"ALTER TABLE hidden_{table} RENAME TO {table}")
