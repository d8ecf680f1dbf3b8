"""Numbers: without case, by who stands in QuickBooks, and given back as soon as they are free."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from rentaxis_pipelines_tests.support.running_company import RunningCompany

MAY, LATER = dt.date(2026, 5, 1), dt.date(2026, 5, 20)
FIELD = {"invoices": "DocNumber", "payments": "PaymentRefNum"}
COLUMN = {"invoices": "invoice_number", "payments": "payment_number"}


def on(day: dt.date) -> dict[str, dt.date]:
    return {"first_day": day, "last_day": day}


def made(rentaxis, table: str, payer, number: str | None, day: dt.date = MAY, **columns) -> int:
    """An invoice, or a payment by transfer, of that number."""
    if table == "invoices":
        return rentaxis.invoice(payer, "10.00", day=day, invoice_number=number, **columns)
    return rentaxis.payment(payer, "10.00", day=day, payment_number=number, method="ach", **columns)


def number_of(accountant, table: str, record: int) -> str:
    return accountant.of(table.removesuffix("s"), record)[FIELD[table]]


def derived(table: str, record: int) -> str:
    return f"RX-{table[0].upper()}-{record}"


both = pytest.mark.parametrize("table", ["invoices", "payments"])


@both
def test_two_numbers_that_differ_in_case_pushed_on_two_nights(rentaxis, sync, accountant, table) -> None:
    tenant = rentaxis.tenant(f"Case {table}")
    first = made(rentaxis, table, tenant, f"Case-{table}-a")
    second = made(rentaxis, table, tenant, f"case-{table}-A", LATER)
    for day in (MAY, LATER, MAY):
        assert not [row.reason for row in sync(**on(day)).values() if row.status == "failed"]
    assert number_of(accountant, table, first) == f"Case-{table}-a"
    assert number_of(accountant, table, second) == derived(table, second)


@both
@pytest.mark.parametrize("ranges", ["one run", "two nights"])
@pytest.mark.parametrize("what", ["void", "draft", "unmapped", "excluded"])
def test_a_record_that_does_not_stand_holds_no_number(
    rentaxis, chain, sync, accountant, table, ranges, what
) -> None:
    """An invoice voided before its first push, and the like: its reissue has the number."""
    if (table, what) == ("payments", "draft"):
        what = "pending"
    number = f"Re-{table[0]}-{what}-{ranges[:3]}"
    tenant = rentaxis.tenant(number)
    columns = {
        "void": {"status": "void", "void_reason": "Wrong", "voided_at": dt.datetime.now(dt.UTC)},
        "draft": {"status": "draft"},
        "pending": {"status": "pending"},
        "unmapped": {"status": "of no kind"},
        "excluded": {},
    }[what]
    nowhere = made(rentaxis, table, tenant, number, **columns)
    if what == "excluded":
        chain.decide("exclude", table.removesuffix("s"), str(nowhere))
    if ranges == "two nights":
        sync(**on(MAY))
    again = made(rentaxis, table, tenant, number, LATER)
    sync()
    assert number_of(accountant, table, again) == number
    assert not accountant.all_of(table.removesuffix("s"), nowhere)
    rentaxis.change(table, nowhere, deleted_at=dt.datetime.now(dt.UTC))


@both
@pytest.mark.parametrize("ranges", ["one run", "several"])
def test_a_number_given_up_is_taken_back(rentaxis, sync, accountant, table, ranges) -> None:
    """By the record that lost it, within the run that frees it where both are in it."""
    number = f"Back-{table[0]}-{ranges[:3]}"
    tenant = rentaxis.tenant(number)
    first, second = made(rentaxis, table, tenant, number), made(rentaxis, table, tenant, number, LATER)
    sync()
    assert number_of(accountant, table, second) == derived(table, second)
    rentaxis.change(table, first, **{COLUMN[table]: f"{number}-new"})
    if ranges == "one run":
        sync()
    else:
        sync(**on(LATER))
        assert number_of(accountant, table, second) == derived(table, second)
        sync(**on(MAY))
        sync(**on(LATER))
    assert number_of(accountant, table, first) == f"{number}-new"
    assert number_of(accountant, table, second) == number
    assert number not in accountant.of(table.removesuffix("s"), second)["PrivateNote"]
    assert not {row.status for row in sync().values()} & {"created", "updated"}


@both
def test_numbers_that_were_exchanged(rentaxis, sync, accountant, table) -> None:
    """Three in a circle, in one run."""
    tenant = rentaxis.tenant(f"Circle {table}")
    numbers = [f"Circle-{table[0]}-{number}" for number in range(3)]
    records = [made(rentaxis, table, tenant, number) for number in numbers]
    sync()
    for record, number in zip(records, numbers[1:] + numbers[:1], strict=True):
        rentaxis.change(table, record, **{COLUMN[table]: number})
    assert not [row.reason for row in sync().values() if row.status == "failed"]
    assert [number_of(accountant, table, record) for record in records] == numbers[1:] + numbers[:1]
    assert not {row.status for row in sync().values()} & {"created", "updated"}


def test_a_number_of_the_accountants_is_not_taken(rentaxis, chain, sync, accountant) -> None:
    """An invoice made by hand has the number that one of ours is to get: ours keeps a number of ours, and nothing fails."""
    tenant = rentaxis.tenant("Hand Number")
    ours = rentaxis.invoice(tenant, "10.00", invoice_number="Mine-1")
    sync()
    item = accountant.of("invoice", ours)["Line"][0]["SalesItemLineDetail"]["ItemRef"]
    line = {"DetailType": "SalesItemLineDetail", "Amount": 5, "SalesItemLineDetail": {"ItemRef": item}}
    customer = accountant.of("invoice", ours)["CustomerRef"]
    chain.write("Invoice", {"CustomerRef": customer, "DocNumber": "Theirs-1", "Line": [line]})
    rentaxis.change("invoices", ours, invoice_number="THEIRS-1")
    rows = sync()
    assert rows["invoice", str(ours)].status == "updated"
    assert accountant.of("invoice", ours)["DocNumber"] == f"RX-I-{ours}"
    assert "Number in RentAxis: THEIRS-1" in accountant.of("invoice", ours)["PrivateNote"]
    assert sync()["invoice", str(ours)].reason_code == "unchanged"


NUMBERS = ["N", "n", "M", " N", "N ", "N" * 21, "n" * 21, "N" * 22, "", None]
moves = st.one_of(
    st.tuples(st.just("make"), st.sampled_from(NUMBERS), st.booleans()),
    st.tuples(st.just("renumber"), st.integers(0, 5), st.sampled_from(NUMBERS)),
    st.tuples(st.just("void"), st.integers(0, 5)),
    st.tuples(st.just("send"), st.integers(0, 5)),
    st.tuples(st.just("night"), st.sampled_from([MAY, LATER])),
)


@settings(
    max_examples=12,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(happened=st.lists(moves, min_size=2, max_size=10))
def test_whatever_the_numbers_and_the_nights(company: RunningCompany, happened: list[tuple]) -> None:
    """Each object's number is its own, without case; RentAxis' own wherever no other object has it; then nothing is left to write."""
    rentaxis, chain, accountant = company.rentaxis, company.chain, company.accountant
    prefix = f"{rentaxis.tenant('Who Ever')[1]}-"
    tenant = ("tenant", int(prefix[:-1]))
    records: list[int] = []

    def given_number(number: str | None) -> str | None:
        return number if not number or len(number.strip()) > 20 else number.replace("N", f"{prefix}N")

    for move in happened:
        if move[0] == "make":
            day = MAY if move[2] else LATER
            status = "draft" if len(records) % 4 == 3 else "sent"
            records.append(made(rentaxis, "invoices", tenant, given_number(move[1]), day, status=status))
        elif move[0] == "night":
            chain.sync("customers", "invoices", **on(move[1]))
        elif records:
            record = records[move[1] % len(records)]
            if move[0] == "renumber":
                rentaxis.change("invoices", record, invoice_number=given_number(move[2]))
            elif move[0] == "void":
                rentaxis.void("invoices", record)
            else:
                rentaxis.ask("UPDATE invoices SET status = 'sent' WHERE id = %s AND status = 'draft'", record)
    rows = chain.sync("customers", "invoices")
    assert not [row.reason for row in rows.values() if row.status == "failed"]
    numbers: dict[int, str] = {}
    for record in records:
        for found in accountant.all_of("invoice", record):
            numbers[record] = found["DocNumber"]
    folded = [one["DocNumber"].casefold() for one in accountant.all("Invoice") if "DocNumber" in one]
    assert len(set(folded)) == len(folded)
    for record, number in numbers.items():
        (row,) = rentaxis.ask("SELECT invoice_number, status FROM invoices WHERE id = %s", record)
        wanted = (row["invoice_number"] or "").strip()
        legal = 0 < len(wanted) <= 21
        if row["status"] == "void":
            continue
        if legal and number != wanted:
            assert folded.count(wanted.casefold()) == 1
        elif not legal:
            assert number == f"RX-I-{record}"
    assert {row.status for row in chain.sync("customers", "invoices").values()} <= {"skipped"}
