"""What the sensors do for the record types that not every RentAxis has: what failed goes through once it is mended, an edit follows.

The evaluations of ``fixed_records`` and ``edited_records`` on real databases; the runs that they ask for are carried out by the chain.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.demo import postgres as embedded
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.results import WRITTEN, RowResult
from rentaxis_pipelines.sync.resync import edited, fixed
from rentaxis_pipelines.sync.resync.sensor_context import SensorContext, SensorOutcome, both_databases
from rentaxis_pipelines.sync.run import utc_now
from rentaxis_pipelines_tests.books.all_record_types import CHART
from rentaxis_pipelines_tests.books.whole_books import pushing_everything, ready
from rentaxis_pipelines_tests.support.rentaxis_records import ACCOUNTS, RentAxisRecords
from rentaxis_pipelines_tests.support.running_company import RunningCompany, empty_company

LONG_AGO = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
LATER = dt.date(2026, 5, 20)
MOST_ROUNDS = 5


class Broken(NamedTuple):
    """Records that fail, by source type and id, in the order in which they can go; what mends them, and an edit after that."""

    keys: tuple[tuple[str, str], ...]
    mend: Callable[[], object]
    edit: Callable[[], object]


def credit(rentaxis: RentAxisRecords, _papers: Path) -> Broken:
    """The lines do not add up; its application waits for it."""
    tenant = rentaxis.tenant("Cred It")
    invoice = rentaxis.invoice(tenant, "900.00")
    made = rentaxis.credit(tenant, "30.00", total_amount=Decimal("31.00"))
    rentaxis.apply_credit(made, (invoice, "30.00"))

    def edit() -> None:
        rentaxis.ask("UPDATE credit_lines SET amount = 35, updated_at = now() WHERE credit_id = %s", made)
        rentaxis.change("credits", made, total_amount=Decimal("35.00"))
        rentaxis.apply_credit(made, (invoice, "35.00"))

    return Broken(
        (("credit", f"credit-{made}"), ("credit_application", f"credit-{made}")),
        lambda: rentaxis.change("credits", made, total_amount=Decimal("30.00")),
        edit,
    )


def refund(rentaxis: RentAxisRecords, _papers: Path) -> Broken:
    """More than is left of the payment; only the refund's own row changes."""
    payment = rentaxis.payment(rentaxis.tenant("Re Fund"), "100.00")
    made = rentaxis.refund(payment, "150.00", day=LATER)
    return Broken(
        (("refund", str(made)),),
        lambda: rentaxis.change("payment_refunds", made, amount=Decimal("40.00")),
        lambda: rentaxis.change("payment_refunds", made, amount=Decimal("50.00")),
    )


def deposit(rentaxis: RentAxisRecords, _papers: Path) -> Broken:
    """A fee too low by a cent."""
    tenant = rentaxis.tenant("De Posit")
    payments = [rentaxis.payment(tenant, "100.00", deposit_account_id=None) for _ in range(2)]
    given = [(payment, "100.00") for payment in payments]
    made = rentaxis.deposit("195.00", *given, day=LATER, fee=Decimal("4.99"))

    def edit() -> None:
        rentaxis.change("bank_deposits", made, total=Decimal("194.00"), fee=Decimal("6.00"))

    return Broken(
        (("deposit", str(made)),),
        lambda: rentaxis.change("bank_deposits", made, fee=Decimal("5.00")),
        edit,
    )


def deposit_settlement(rentaxis: RentAxisRecords, _papers: Path) -> Broken:
    """What is kept of a deposit is billed by no invoice; only the row of the deduction changes."""
    tenant, lease = rentaxis.moved_in("Set Tled", "300.00")
    billed = rentaxis.invoice(tenant, ("40.00", "4000"), kind="one_off", lease_id=lease, day=LATER)
    made = rentaxis.settle_deposit(lease, "300.00", "260.00", (None, "40.00"), day=LATER)
    bill_it = "UPDATE deposit_deductions SET invoice_id = %s, updated_at = now() WHERE settlement_id = %s"

    def edit() -> None:
        rentaxis.change("deposit_settlements", made, refunded_on=LATER + dt.timedelta(days=2))

    return Broken(
        (("credit", f"deposit-{made}"), ("credit_application", f"deposit-{made}")),
        lambda: rentaxis.ask(bill_it, billed, made),
        edit,
    )


def journal_entry(rentaxis: RentAxisRecords, _papers: Path) -> Broken:
    """A cent out of balance."""
    made = rentaxis.journal_entry(("3100", "400.00"), ("1000", "-399.99"))
    balance = "UPDATE journal_entry_lines SET credit = 400 WHERE journal_entry_id = %s AND credit > 0"

    def mend() -> None:
        rentaxis.ask(balance, made)
        rentaxis.change("journal_entries", made, status="posted")

    return Broken(
        (("journal_entry", str(made)),),
        mend,
        lambda: rentaxis.change("journal_entries", made, description="Owner distribution, corrected"),
    )


def paper(rentaxis: RentAxisRecords, papers: Path) -> Broken:
    """A name with an ending that QuickBooks does not take."""
    (papers / "scan.png").write_bytes(b"\x89PNG\r\n\x1a\n a scan")
    (papers / "other.png").write_bytes(b"\x89PNG\r\n\x1a\n another")
    made = rentaxis.paper(
        ("expense", rentaxis.expense("44.00")), b"", "scan.png", file_name="scan.exe", sha256=None, size_bytes=None
    )  # fmt: skip
    return Broken(
        (("paper", str(made)),),
        lambda: rentaxis.change("papers", made, file_name="scan.png"),
        lambda: rentaxis.change("papers", made, location="other.png"),
    )


def vendor_credit(rentaxis: RentAxisRecords, _papers: Path) -> Broken:
    """Below zero and owed by nobody."""
    made = rentaxis.expense("-20.00", status="unpaid")
    vendor = rentaxis.vendor("Gives Back")
    return Broken(
        (("expense", str(made)),),
        lambda: rentaxis.change("expenses", made, vendor_id=vendor),
        lambda: rentaxis.change("expenses", made, amount=Decimal("-25.00")),
    )


def part_payment(rentaxis: RentAxisRecords, _papers: Path) -> Broken:
    """A bill that is paid more than is owed; only the row of its payment changes."""
    made = rentaxis.expense("90.00", status="unpaid", vendor_id=rentaxis.vendor("Part Paid"))
    part = rentaxis.pay_expense(made, "95.00", LATER)

    def pay(amount: str) -> None:
        rentaxis.change("expense_payments", part, amount=Decimal(amount))
        rentaxis.keep_expense(made)

    return Broken(
        (("expense", str(made)), ("expense_part_payment", f"{made}~{part}")),
        lambda: pay("50.00"),
        lambda: pay("60.00"),
    )


def payment_return(rentaxis: RentAxisRecords, _papers: Path) -> Broken:
    """It came back before it was received."""
    tenant = rentaxis.tenant("Re Turned")
    invoice = rentaxis.invoice(tenant, "900.00")
    made = rentaxis.payment(tenant, "900.00", (invoice, "900.00"))
    facts: dict[str, Any] = {"status": "failed", "return_reason": "nsf", "returned_on": dt.date(2026, 4, 1)}
    rentaxis.change("payments", made, **facts)
    rentaxis.apply(made)
    return Broken(
        (("payment_return", str(made)),),
        lambda: rentaxis.change("payments", made, returned_on=LATER),
        lambda: rentaxis.change("payments", made, return_fee=Decimal("35.00")),
    )


def refund_lowered(rentaxis: RentAxisRecords, papers: Path) -> Broken:
    """Afterwards it is made smaller than what the payment is applied to."""
    broken = refund(rentaxis, papers)
    (key,) = broken.keys
    edit = partial(rentaxis.change, "payment_refunds", int(key[1]), amount=Decimal("30.00"))
    return broken._replace(edit=edit)


def refund_void(rentaxis: RentAxisRecords, papers: Path) -> Broken:
    """Afterwards it is void, while the payment is applied to it."""
    broken = refund(rentaxis, papers)
    (key,) = broken.keys
    return broken._replace(edit=partial(rentaxis.change, "payment_refunds", int(key[1]), status="void"))


CASES = [refund_lowered, refund_void, credit, refund, deposit, deposit_settlement, journal_entry, paper, vendor_credit, part_payment, payment_return]  # fmt: skip


@pytest.fixture
def company(
    postgres: embedded.Server, ledger_template: str, quickbooks_server: Emulator
) -> Iterator[RunningCompany]:
    """A company for each test: what is counted here is all there is."""
    with empty_company(postgres, ledger_template, quickbooks_server) as running:
        yield running


@pytest.fixture(autouse=True)
def everything_is_pushed(rentaxis, chain, accountant, tmp_path: Path) -> None:
    for number, name, kind, _ in CHART:
        if number not in ACCOUNTS:
            rentaxis.add("accounts", id=int(number), organization_id=1, number=number, name=name, type=kind)
    ready(accountant)
    chain.company = pushing_everything(chain.company, chain.company.first_day, tmp_path)


@pytest.mark.parametrize("first", ["fixed", "edited"])
@pytest.mark.parametrize("case", CASES)
def test_a_record_of_each_type_goes_through_once_it_is_mended_and_an_edit_follows(
    rentaxis, chain, accountant, tmp_path: Path, case: Callable[..., Broken], first: str
) -> None:
    """Whichever sensor looks first. Nothing is asked for while nothing changes, nor once all is done; no run fails, and none is left to do."""
    keys, mend, edit = case(rentaxis, tmp_path)
    sensors = [mended, edits] if first == "fixed" else [edits, mended]
    rentaxis.keep_accounts()
    long_ago(rentaxis)
    chain.sync()  # what they need is there before they are tried the second time
    rows = chain.sync()
    assert rows[keys[0]].status == "failed"
    assert not {key for key, row in rows.items() if row.status in WRITTEN}
    assert followed(chain, sensors) == set()

    mend()
    rentaxis.keep_accounts()
    assert set(keys) <= followed(chain, sensors)
    assert {row.reason_code for row in chain.sync().values()} == {"unchanged"}

    long_ago(rentaxis)
    before = objects(accountant)
    edit()
    rentaxis.keep_accounts()
    assert followed(chain, sensors)
    assert objects(accountant) != before
    assert {row.reason_code for row in chain.sync().values()} == {"unchanged"}


def mended(context: SensorContext) -> SensorOutcome:
    return fixed.evaluate(context, lambda runs: ())


def edits(context: SensorContext) -> SensorOutcome:
    return edited.evaluate(context, context.now - dt.timedelta(hours=1))[0]


def looked(chain: Any, evaluate: Callable[[SensorContext], SensorOutcome]) -> SensorOutcome:
    """One tick."""
    reachable = DateRange(chain.company.first_day, dt.date(2026, 10, 31))
    with both_databases(chain.environment) as (ledger, source):
        return evaluate(SensorContext(ledger, source, chain.environment, chain.company, utc_now(), reachable))


def followed(chain: Any, sensors: list[Callable[[SensorContext], SensorOutcome]]) -> set[tuple[str, str]]:
    """Ticks in turns, whose runs are carried out, until no sensor asks for anything. What was written; nothing is left failed."""
    written: set[tuple[str, str]] = set()
    newest: dict[tuple[str, str], RowResult] = {}
    for _ in range(MOST_ROUNDS):
        asked = 0
        for sensor in sensors:
            for _, days in looked(chain, sensor).runs:
                with chain.engine(days=days, confirm_unusual=True) as engine:
                    engine.sync()
                rows = {(row.source_type, row.source_id): row for row in chain.results_of(engine.run.run_id)}
                written |= {key for key, row in rows.items() if row.status in WRITTEN}
                newest |= rows
                asked += 1
        if not asked:
            assert not [(key, row.reason) for key, row in newest.items() if row.status == "failed"]
            return written
    pytest.fail("the sensors do not come to an end")


def objects(accountant: Any) -> list[Any]:
    """All that stands in QuickBooks."""
    kinds = ("CreditMemo", "Payment", "Purchase", "RefundReceipt", "Deposit", "JournalEntry", "VendorCredit", "BillPayment", "Attachable")  # fmt: skip
    return [accountant.all(kind) for kind in kinds]


def long_ago(rentaxis: RentAxisRecords) -> None:
    """Whatever is in RentAxis was entered and changed before anything was pushed."""
    columns = rentaxis.ask(
        """SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
           WHERE table_schema = 'rentaxis' AND table_type = 'BASE TABLE' AND column_name IN ('created_at', 'updated_at', 'deleted_at')"""
    )
    for column in columns:
        name = column["column_name"]
        rentaxis.ask(f"UPDATE {column['table_name']} SET {name} = %s WHERE {name} > %s", LONG_AGO, LONG_AGO)
