"""In whatever order the records of every type are pushed, the books end as one bulk push makes them, to the cent and day.

Nights one by one, ranges, single records, force, undoing a run and pushing it again, in an order that a seed decides. RentAxis does not
change meanwhile. What the books have to be is worked out from RentAxis' rows alone (``accrual_ledger``), so both ends are held to that.
"""

import datetime as dt
import os
import random
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from quickbooks_emulator.server import Emulator
from rentaxis_pipelines.demo import postgres as embedded
from rentaxis_pipelines.demo.records import add_months
from rentaxis_pipelines.ledger.database import connect
from rentaxis_pipelines.model.marker import parse_marker
from rentaxis_pipelines.model.record_type import PAPER
from rentaxis_pipelines.model.record_types import DECIDABLE, RECORD_TYPES
from rentaxis_pipelines.reports.record_page import record_page
from rentaxis_pipelines.settings import Scope
from rentaxis_pipelines_tests.books.accrual_ledger import Posted, posted
from rentaxis_pipelines_tests.books.all_record_types import Dealings, Landlord
from rentaxis_pipelines_tests.books.quickbooks_ledger import ENTITIES, by_object
from rentaxis_pipelines_tests.books.test_any_portfolio import start_anew
from rentaxis_pipelines_tests.books.undoing import include, run_of, undo
from rentaxis_pipelines_tests.books.whole_books import Names, pushing_everything, ready
from rentaxis_pipelines_tests.support.accountant import Accountant
from rentaxis_pipelines_tests.support.chain import Chain, connected
from rentaxis_pipelines_tests.support.quickbooks import as_new
from rentaxis_pipelines_tests.support.rentaxis_records import JOINED

HOMES, SEED = 8, 5
MONTHS = [dt.date(2026, 5, 1), dt.date(2026, 6, 1)]
FIRST_DAY, LAST_DAY = MONTHS[0], add_months(MONTHS[-1], 1) - dt.timedelta(days=1)
DAYS = [FIRST_DAY + dt.timedelta(days=number) for number in range((LAST_DAY - FIRST_DAY).days + 1)]
SCHEDULES = int(os.environ.get("ORDER_EXAMPLES", "2"))  # more for others
Balance = dict[tuple[str, str], Decimal]


@dataclass
class Company:
    """RentAxis as it is, and a QuickBooks company that can be had as new."""

    landlord: Landlord
    chain: Chain
    accountant: Accountant
    lines: list[Posted] = field(default_factory=list)

    def anew(self) -> None:
        start_anew(self.chain, self.accountant)
        ready(self.accountant)

    def books(self) -> Balance:
        """What each account moved by on each day, and what each customer and vendor is left with."""
        found: Counter[tuple[str, str]] = Counter()
        for lines in by_object(self.accountant).values():
            for day, account, amount in lines:
                found[account, str(day)] += amount  # pyright: ignore[reportArgumentType] - money, counted
        for entity in ("Customer", "Vendor"):
            for each in self.accountant.all(entity):
                found[each["DisplayName"], entity] += each["Balance"]
        return {key: Decimal(amount) for key, amount in found.items() if amount}

    def twice(self) -> dict[tuple[str, str], int]:
        """Records of which more than one transaction stands."""
        marks = Counter(
            (parse_marker(each.get("PrivateNote")), entity)
            for entity in ENTITIES
            for each in self.accountant.all(entity)
            if entity == "Deposit" or each.get("TotalAmt") or (entity == "Payment" and each["Line"])
        )
        return {str(mark): count for mark, count in marks.items() if count > 1}  # pyright: ignore[reportReturnType]


@pytest.fixture(scope="module")
def everything(
    postgres: embedded.Server,
    ledger_template: str,
    quickbooks_server: Emulator,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Company]:
    """Eight homes for two months, with dealings of every kind."""
    source, pipelines = f"orders_{uuid.uuid4().hex}", f"pipelines_{uuid.uuid4().hex}"
    source_url = postgres.create_database(source, template="template0")
    url = postgres.create_database(pipelines, template=ledger_template)
    landlord, files = Landlord(source_url), tmp_path_factory.mktemp("files")
    rent_and_spend(landlord, random.Random(f"{SEED}:rent"))
    Dealings(landlord, SEED, HOMES, MONTHS).happen()
    move_out(landlord)
    keep_files(landlord, files)
    with connected(source_url, url, as_new(quickbooks_server)) as chain:
        landlord.ask(
            "UPDATE quickbooks_connections SET realm_id = %s WHERE id = 1", chain.quickbooks.realm_id
        )
        chain.company = pushing_everything(chain.company, FIRST_DAY, files)
        yield Company(landlord, chain, Accountant(quickbooks_server), posted(landlord.ask))
    landlord.connection.close()
    postgres.drop_database(source)
    postgres.drop_database(pipelines)


def rent_and_spend(landlord: Landlord, chance: random.Random) -> None:
    """Rent of every home, most of it paid, one in parts; expenses that are paid, owed and paid later."""
    vendors = [landlord.vendor(f"Vendor {number}", email=f"v{number}@example.com") for number in range(3)]
    for home in range(HOMES):
        tenant = landlord.tenant(f"Tenant {home}")
        landlord.add(
            "leases", organization_id=1, unit_id=1, tenant_id=tenant[1], status="active", start_date=dt.date(2025, 5, 1),
            rent_amount=Decimal(900),
        )  # fmt: skip
        for month in MONTHS:
            rent = Decimal(chance.randint(80_000, 120_000)) / 100
            invoice = landlord.invoice(tenant, str(rent), day=month)
            method, account = chance.choice(
                (("check", None), ("stripe", 1050), ("ach", 1000), ("cash", None))
            )
            paid = month.replace(day=chance.randint(1, 27))
            if home % 4:
                part = rent if home % 3 else rent - 100
                landlord.payment(
                    tenant,
                    str(rent),
                    (invoice, str(part)),
                    day=paid,
                    method=method,
                    deposit_account_id=account,
                )
    for month in MONTHS:
        for number in range(8):
            day, vendor = month.replace(day=chance.randint(1, 28)), vendors[number % 3]
            facts: dict[str, Any] = {"status": "unpaid"}
            if number % 2:
                facts = {"paid_at": day + dt.timedelta(days=(number % 4) * 5), "paid_from_account_id": 1000}
            landlord.expense(
                str(Decimal(chance.randint(9_100, 60_000)) / 100), day=day, vendor_id=vendor, **facts
            )


def move_out(landlord: Landlord) -> None:
    """Two tenants left in June: one's deposit pays for damages and the rest goes back, the other's goes back whole."""
    left, back = dt.date(2026, 6, 12), dt.date(2026, 6, 20)
    for name, kept in (("Leaves Damage", "185.00"), ("Leaves Nothing", None)):
        tenant, lease = landlord.moved_in(name, "800.00")
        damages = [
            (landlord.invoice(tenant, (kept, "4000"), kind="one_off", lease_id=lease, day=left), kept)
        ] if kept else []  # fmt: skip
        refund = str(Decimal("800.00") - Decimal(kept or 0))
        landlord.settle_deposit(
            lease, "800.00", refund, *damages, day=left, refund_account_id=1000, refunded_on=back
        )
    landlord.keep_accounts()


def keep_files(landlord: Landlord, folder: Path) -> None:
    for number, row in enumerate(landlord.ask("SELECT id FROM expenses ORDER BY id LIMIT 3")):
        content = f"Receipt {number}".encode()
        (folder / f"receipt-{number}.txt").write_bytes(content)
        landlord.paper(("expense", row["id"]), content, f"receipt-{number}.txt", created_at=JOINED)


@pytest.fixture(scope="module")
def in_bulk(everything: Company) -> Balance:
    """The books of one push of everything, which are those of RentAxis."""
    everything.anew()
    result = everything.chain.sync(first_day=FIRST_DAY, last_day=LAST_DAY)
    failed = {key: row.reason for key, row in result.items() if row.status == "failed"}
    assert failed == {}
    books = everything.books()
    names = Names(everything.chain.company, everything.accountant)
    ours: Counter[tuple[str, str]] = Counter()
    for line in everything.lines:
        ours[names[line.account], str(line.booked)] += line.amount  # pyright: ignore[reportArgumentType] - money, counted
    assert {key: amount for key, amount in books.items() if key[1] not in ("Customer", "Vendor")} == {
        key: amount for key, amount in ours.items() if amount
    }
    types = {key[0] for key, row in result.items() if row.status == "created"}
    assert types >= {line.source_type for line in everything.lines} | {"credit_application", "vendor", PAPER}
    return books


def test_night_by_night_ends_as_one_bulk_push(everything: Company, in_bulk: Balance) -> None:
    """A month day by day, then the next week by week, and nothing after: what waited for a later day has been taken along by itself."""
    everything.anew()
    for day in DAYS[:31]:
        everything.chain.sync(first_day=day, last_day=day)
    for week in range(31, len(DAYS), 7):
        everything.chain.sync(first_day=DAYS[week], last_day=DAYS[week : week + 7][-1])
    assert differing(in_bulk, everything.books()) == {}
    assert everything.twice() == {}


def test_after_a_push_the_page_of_every_record_shows_both_sides_alike(everything: Company) -> None:
    """What the page says a push would write is what a push has written: of every type, nothing is marked, and nothing is said to go."""
    everything.anew()
    chain = everything.chain
    rows = chain.sync(first_day=FIRST_DAY, last_day=LAST_DAY)
    assert {kind for kind, _ in rows} >= {line.source_type for line in everything.lines}
    scope = Scope(chain.company, connections=chain.environment)
    marked: dict[tuple[str, str], list[object]] = {}
    with connect(chain.environment.pipelines_database_url.get_secret_value()) as connection:
        for key in sorted(key for key in rows if key[0] in DECIDABLE):
            page = record_page(scope, connection, *key)
            differs = [side for side in page.sides if side.differs]
            said = [
                remark
                for remark in map(str, page.remarks)
                if "would" in remark and "stays as it is" not in remark
            ]
            if differs or said:
                marked[key] = [*differs, *said]
    assert marked == {}


class Schedule:
    """Pushes in an order that chance decides. ``said`` tells what was done, for whoever has to find out why."""

    def __init__(self, company: Company, seed: int) -> None:
        self.company, self.chain = company, company.chain
        self.chance = random.Random(f"{seed}:order")
        self.runs: list[str] = []
        self.said: list[str] = []

    def carry_out(self, steps: int) -> None:
        deeds: tuple[Callable[[], None], ...] = (
            self.nights,
            self.range,
            self.types,
            self.single,
            self.single,
            self.force,
            self.undone,
        )
        for _ in range(steps):
            self.chance.choice(deeds)()
        self.undone()
        self.push("everything", FIRST_DAY, LAST_DAY)

    def push(self, said: str, first: dt.date, last: dt.date, *types: str, **asked: Any) -> None:
        self.said.append(f"{said} {first} to {last} {' '.join(types)}")
        result = self.chain.sync(*types, first_day=first, last_day=last, **asked)
        if any(row.status in ("created", "updated") for row in result.values()):
            self.runs.append(run_of(result))

    def _days(self, most: int) -> tuple[dt.date, dt.date]:
        at = self.chance.randrange(len(DAYS))
        return DAYS[at], DAYS[min(at + self.chance.randrange(most), len(DAYS) - 1)]

    def nights(self) -> None:
        first, last = self._days(6)
        for number in range((last - first).days + 1):
            day = first + dt.timedelta(days=number)
            self.push("night", day, day)

    def range(self) -> None:
        self.push("range", *self._days(40))

    def types(self) -> None:
        chosen = self.chance.sample(RECORD_TYPES, 3)
        self.push("types", *self._days(61), *(name for name in RECORD_TYPES if name in chosen))

    def force(self) -> None:
        self.push("force", *self._days(10), force=True)

    def single(self) -> None:
        kinds = (
            "invoice",
            "payment",
            "expense",
            "credit",
            "refund",
            "deposit",
            "deposit_settlement",
            "journal_entry",
        )
        kind = self.chance.choice(kinds)
        key = self.chance.choice(
            sorted({line.key for line in self.company.lines if line.source_type == kind})
        )
        self.said.append(f"single {key}")
        self.chain.push_record(*key)

    def undone(self) -> None:
        """One of the last three runs is taken back, included again, and some of its days are pushed."""
        if self.runs:
            run_id = self.chance.choice(self.runs[-3:])
            self.said.append(f"undo {run_id}")
            undo(self.chain, run_id, confirm_unusual=True)
            include(self.chain, run_id)
            self.push("again", *self._days(30))


@pytest.mark.parametrize("seed", range(SCHEDULES))
def test_any_order_ends_as_one_bulk_push(everything: Company, in_bulk: Balance, seed: int) -> None:
    """Nights, ranges, chosen types, single records, force and undoing, then one run of everything: the same books, nothing twice."""
    everything.anew()
    schedule = Schedule(everything, seed)
    schedule.carry_out(steps=7)
    assert differing(in_bulk, everything.books()) == {}, f"seed {seed}: {schedule.said}"
    assert everything.twice() == {}, f"seed {seed}: {schedule.said}"


def differing(bulk: Balance, other: Balance) -> dict[tuple[str, str], tuple[Decimal | None, Decimal | None]]:
    return {
        key: (bulk.get(key), other.get(key)) for key in {*bulk, *other} if bulk.get(key) != other.get(key)
    }
