"""Every rule a RentAxis row is held to, with the very sentence an accountant reads. No database here."""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rentaxis_pipelines.model.arrow_json import Unreadable
from rentaxis_pipelines.model.source_records import (
    Account,
    Allocation,
    Expense,
    Invoice,
    InvoiceLine,
    Payer,
    Payment,
    Place,
)
from rentaxis_pipelines.rentaxis.database import SourceShapeChanged
from rentaxis_pipelines.rentaxis.frames import (
    RECORD_CLASSES,
    RecordType,
    frame_schema,
    records_from_frame,
    to_frame,
)
from rentaxis_pipelines.rentaxis.refusals import broken_rules, with_problems
from rentaxis_pipelines.rentaxis.schemas import SCHEMAS

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
DAY = dt.date(2026, 3, 1)
NOWHERE = Place(None, None, None, None)
PAYER = Payer("tenant", "1", "Ana Ruiz", None, None, None, 0, NOW, NOW, None, None)
LINE = InvoiceLine("1", 1, "Rent", Decimal("100.00"), None)
ALLOCATION = Allocation("1", "9", "INV-9", Decimal("40.00"))
INVOICE = Invoice(
    source_id="1",
    invoice_number="INV-1",
    kind="rent",
    billed_to_type="tenant",
    billed_to_id="1",
    payer=PAYER,
    invoice_date=DAY,
    due_date=DAY,
    status="sent",
    total_amount=Decimal("100.00"),
    amount_paid=Decimal(0),
    balance_due=Decimal("100.00"),
    memo=None,
    void_reason=None,
    place=NOWHERE,
    lines=[LINE],
    updated_at=NOW,
    deleted_at=None,
    imported_link=None,
)
PAYMENT = Payment(
    source_id="1",
    payment_number=None,
    payer_type="tenant",
    payer_id="1",
    payer=PAYER,
    amount=Decimal("100.00"),
    payment_date=DAY,
    method="check",
    status="completed",
    void_reason=None,
    reference=None,
    deposit_account=None,
    allocations=[ALLOCATION],
    updated_at=NOW,
    deleted_at=None,
    imported_link=None,
)
EXPENSE = Expense(
    source_id="1",
    expense_date=DAY,
    due_date=None,
    amount=Decimal("12.30"),
    vendor=None,
    description=None,
    account=None,
    place=NOWHERE,
    custom_property_name=None,
    status="unpaid",
    payment_method=None,
    paid_at=None,
    paid_from_account=None,
    payable_invoice_id=None,
    payable_invoice_number=None,
    updated_at=NOW,
    deleted_at=None,
    imported_link=None,
)
SOUND: dict[RecordType, msgspec.Struct] = {
    "tenants": PAYER,
    "programs": msgspec.structs.replace(PAYER, kind="program"),
    "invoices": INVOICE,
    "payments": PAYMENT,
    "expenses": EXPENSE,
}


def table_of(record_type: RecordType, records: list[Any]) -> pa.Table:
    """The records as they come out of the database, before they are checked."""
    rows = [
        {"day": DAY, **msgspec.to_builtins(record, builtin_types=(Decimal, dt.date, dt.datetime))}
        for record in records
    ]
    return pa.Table.from_pylist(rows, frame_schema(record_type))


def checked(
    record_type: RecordType, records: list[Any], unreadable: tuple[Unreadable, ...] = ()
) -> list[Any]:
    table = with_problems(record_type, table_of(record_type, records), unreadable)
    return records_from_frame(to_frame(table), RECORD_CLASSES[record_type])


def problem_of(record_type: RecordType, **changes: Any) -> tuple[str | None, str | None]:
    """What is said of a sound record with these fields changed."""
    (record,) = checked(record_type, [msgspec.structs.replace(SOUND[record_type], **changes)])
    return record.problem_code, record.problem


def line(**changes: Any) -> InvoiceLine:
    return msgspec.structs.replace(LINE, **changes)


def allocation(**changes: Any) -> Allocation:
    return msgspec.structs.replace(ALLOCATION, **changes)


TENS = Decimal("10000000000000.00")
METHODS = "cash, check, bank_transfer, money_order, zelle, venmo, credit_card, ach, stripe, other"
BAD: list[tuple[RecordType, dict[str, Any], str, str]] = [
    ("tenants", {"name": None}, "missing_field", "The name is missing."),
    ("programs", {"name": None}, "missing_field", "The name is missing."),
    (
        "invoices",
        {"status": "settled"},
        "unknown_source_value",
        "The status 'settled' is not one that RentAxis uses "
        "(draft, sent, partially_paid, paid, overdue, void).",
    ),
    ("invoices", {"status": None}, "missing_field", "The status is missing."),
    (
        "invoices",
        {"type": "credit_memo"},
        "unknown_source_value",
        "The invoice type 'credit_memo' is not one that RentAxis uses (receivable).",
    ),
    ("invoices", {"type": None}, "missing_field", "The invoice type is missing."),
    (
        "invoices",
        {"invoice_date": dt.date(1899, 12, 31)},
        "invalid_value",
        "The invoice date 1899-12-31 is not between the years 1900 and 2100.",
    ),
    (
        "invoices",
        {"due_date": dt.date(2101, 1, 1)},
        "invalid_value",
        "The due date 2101-01-01 is not between the years 1900 and 2100.",
    ),
    ("invoices", {"invoice_date": None}, "missing_field", "The invoice date is missing."),
    ("invoices", {"updated_at": None}, "missing_field", "The time it was last changed is missing."),
    (
        "invoices",
        {"billed_to_type": None, "payer": None},
        "missing_field",
        "The kind of payer it is billed to is missing.",
    ),
    (
        "invoices",
        {"billed_to_id": None, "payer": None},
        "missing_field",
        "The payer it is billed to is missing.",
    ),
    (
        "invoices",
        {"billed_to_type": "owner", "payer": None},
        "unknown_source_value",
        "The kind of payer 'owner' is not one that RentAxis uses (tenant, program).",
    ),
    (
        "invoices",
        {"billed_to_type": "program", "billed_to_id": "7", "payer": None},
        "invalid_value",
        "The program it names (RentAxis id 7) does not belong to this organization.",
    ),
    ("invoices", {"total_amount": None}, "missing_field", "The total is missing."),
    (
        "invoices",
        {"total_amount": Decimal("100.005"), "lines": [line(amount=Decimal("100.005"))]},
        "invalid_value",
        "The total 100.005 has fractions of a cent. The amount of line 1, 100.005 has fractions of a cent.",
    ),
    (
        "invoices",
        {"total_amount": TENS, "lines": [line(amount=TENS - 1), line(amount=Decimal(1))]},
        "invalid_value",
        "The total 10,000,000,000,000.00 has more than 15 digits.",
    ),
    (
        "invoices",
        {"balance_due": Decimal("0.001")},
        "invalid_value",
        "The balance due 0.001 has fractions of a cent.",
    ),
    (
        "invoices",
        {"amount_paid": Decimal("-0.009")},
        "invalid_value",
        "The amount paid -0.009 has fractions of a cent.",
    ),
    ("invoices", {"lines": []}, "missing_field", "The invoice has no lines."),
    ("invoices", {"lines": [], "total_amount": Decimal(0)}, "missing_field", "The invoice has no lines."),
    (
        "invoices",
        {"lines": [LINE, line(amount=Decimal("0.01"))]},
        "total_mismatch",
        "The total is 100.00, but the lines add up to 100.01.",
    ),
    ("invoices", {"lines": [LINE, line(amount=None)]}, "missing_field", "The amount of line 2 is missing."),
    (
        "invoices",
        {"lines": [line(account=Account("3", "4000", "Rent", "revenue"))]},
        "unknown_source_value",
        "The account type of line 1, 'revenue' is not one that RentAxis uses "
        "(asset, liability, equity, income, expense).",
    ),
    (
        "payments",
        {"status": "settling"},
        "unknown_source_value",
        "The status 'settling' is not one that RentAxis uses (completed, void, pending, failed, refunded).",
    ),
    (
        "payments",
        {"method": "crypto"},
        "unknown_source_value",
        f"The payment method 'crypto' is not one that RentAxis uses ({METHODS}).",
    ),
    ("payments", {"method": None}, "missing_field", "The payment method is missing."),
    ("payments", {"payer_type": None, "payer": None}, "missing_field", "The kind of payer is missing."),
    ("payments", {"payer_id": None, "payer": None}, "missing_field", "The payer is missing."),
    (
        "payments",
        {"payer": None},
        "invalid_value",
        "The tenant it names (RentAxis id 1) does not belong to this organization.",
    ),
    ("payments", {"amount": None}, "missing_field", "The amount is missing."),
    (
        "payments",
        {"amount": Decimal(0), "allocations": []},
        "invalid_value",
        "The amount 0.00 must be greater than zero.",
    ),
    (
        "payments",
        {"amount": Decimal("-1.50"), "allocations": []},
        "invalid_value",
        "The amount -1.50 must be greater than zero.",
    ),
    (
        "payments",
        {"amount": Decimal("99.999")},
        "invalid_value",
        "The amount 99.999 has fractions of a cent.",
    ),
    (
        "payments",
        {"allocations": [ALLOCATION, allocation(amount=Decimal("60.01"))]},
        "invalid_value",
        "Its amount is 100.00, but 100.01 of it is applied to invoices.",
    ),
    (
        "payments",
        {"allocations": [allocation(amount=Decimal("-5"))]},
        "invalid_value",
        "The amount applied to invoice INV-9, -5.00 must be greater than zero.",
    ),
    (
        "payments",
        {"allocations": [allocation(amount=None, invoice_number=None)]},
        "missing_field",
        "The amount applied to invoice 9 is missing.",
    ),
    (
        "payments",
        {"payment_date": dt.date(2999, 1, 1)},
        "invalid_value",
        "The payment date 2999-01-01 is not between the years 1900 and 2100.",
    ),
    (
        "expenses",
        {"status": "disputed"},
        "unknown_source_value",
        "The status 'disputed' is not one that RentAxis uses (unpaid, partially_paid, paid, void).",
    ),
    (
        "expenses",
        {"payment_method": "barter"},
        "unknown_source_value",
        f"The payment method 'barter' is not one that RentAxis uses ({METHODS}).",
    ),
    ("expenses", {"amount": None}, "missing_field", "The amount is missing."),
    ("expenses", {"amount": Decimal(0)}, "invalid_value", "The amount 0.00 must be greater than zero."),
    ("expenses", {"amount": Decimal("1.001")}, "invalid_value", "The amount 1.001 has fractions of a cent."),
    (
        "expenses",
        {"paid_at": dt.date(26, 3, 1)},
        "invalid_value",
        "The date paid 0026-03-01 is not between the years 1900 and 2100.",
    ),
    ("expenses", {"expense_date": None}, "missing_field", "The expense date is missing."),
]


@pytest.mark.parametrize("record_type", list(SOUND))
def test_a_sound_record_is_left_as_it_is(record_type: RecordType) -> None:
    assert checked(record_type, [SOUND[record_type]]) == [SOUND[record_type]]


@pytest.mark.parametrize(
    ("record_type", "changes", "code", "sentence"), BAD, ids=[f"{each[0]}: {each[3]}" for each in BAD]
)
def test_a_broken_rule_is_told_to_an_accountant(
    record_type: RecordType, changes: dict[str, Any], code: str, sentence: str
) -> None:
    """The sentence names the field and the value; the code is one of the row contract."""
    assert problem_of(record_type, **changes) == (code, sentence)


def test_a_bad_row_costs_its_neighbours_nothing_and_keeps_what_it_has() -> None:
    """All bad invoices at once, a good one after each: each is told its own, the good ones nothing."""
    cases = [case for case in BAD if case[0] == "invoices"]
    records = []
    for number, (_, changes, _, _) in enumerate(cases):
        records.append(msgspec.structs.replace(INVOICE, **changes, source_id=f"bad {number}"))
        records.append(msgspec.structs.replace(INVOICE, source_id=f"good {number}"))
    result = checked("invoices", records)
    assert [(each.problem_code, each.problem) for each in result[::2]] == [case[2:] for case in cases]
    assert result[1::2] == records[1::2]
    kept = [(each.total_amount, each.status, len(each.lines)) for each in result]
    assert kept == [(each.total_amount, each.status, len(each.lines)) for each in records]


@pytest.mark.parametrize(
    ("record_type", "idle"),
    [
        ("invoices", {"status": "void"}),
        ("invoices", {"status": "draft"}),
        ("invoices", {"deleted_at": NOW}),
        ("payments", {"status": "void"}),
        ("payments", {"status": "pending"}),
        ("payments", {"status": "failed"}),
        ("payments", {"deleted_at": NOW}),
        ("expenses", {"status": "void"}),
        ("expenses", {"deleted_at": NOW}),
    ],
)
def test_a_row_nothing_is_posted_for_is_not_refused_for_its_content(
    record_type: RecordType, idle: dict[str, Any]
) -> None:
    """A void has to reach QuickBooks even if its lines, its amount or its payer are gone."""
    content: dict[RecordType, dict[str, Any]] = {
        "invoices": {"lines": [line(amount=None)], "total_amount": None, "payer": None, "billed_to_id": None},
        "payments": {"amount": Decimal("0.001"), "method": "crypto", "payer": None},
        "expenses": {"amount": Decimal(-1), "payment_method": "barter"},
    }
    assert problem_of(record_type, **content[record_type]) != (None, None)
    assert problem_of(record_type, **content[record_type], **idle) == (None, None)


def test_a_row_nothing_is_posted_for_must_still_be_known_for_what_it_is() -> None:
    code, sentence = problem_of("invoices", deleted_at=NOW, status="settled", lines=[])
    assert code == "unknown_source_value"
    assert sentence is not None
    assert "lines" not in sentence


def test_a_refunded_payment_is_known_but_held_to_every_rule() -> None:
    assert problem_of("payments", status="refunded") == (None, None)
    assert problem_of("payments", status="refunded", amount=None)[0] == "missing_field"


def test_several_broken_rules_are_told_together_under_the_code_of_the_first() -> None:
    code, sentence = problem_of("invoices", status=None, total_amount=None, lines=[])
    assert code == "missing_field"
    assert sentence == "The status is missing. The total is missing. The invoice has no lines."


def test_a_hundred_bad_lines_do_not_make_a_hundred_sentences() -> None:
    _, sentence = problem_of("invoices", lines=[line(amount=None)] * 100)
    assert sentence is not None
    assert sentence.startswith("The amount of line 1 is missing. The amount of line 2 is missing.")
    assert sentence.endswith("The amount of line 5 is missing. 95 more problems of this kind.")


def test_a_long_value_is_cut_in_the_sentence_only() -> None:
    (record,) = checked("expenses", [msgspec.structs.replace(EXPENSE, status="x" * 500)])
    assert record.status == "x" * 500
    assert "x" * 81 not in record.problem


def test_braces_and_quotes_in_a_value_stay_what_they_are() -> None:
    _, sentence = problem_of("expenses", status="{status} {0} '%s'")
    assert sentence is not None
    assert sentence.startswith("The status '{status} {0} '%s'' is not one")


def test_a_value_that_could_not_be_read_is_said_in_its_own_words() -> None:
    unreadable = (Unreadable(1, "total_amount", "NaN"), Unreadable(1, "lines.amount", "12.34567"))
    records = [msgspec.structs.replace(INVOICE, source_id=str(number)) for number in range(3)]
    good, bad, also_good = checked("invoices", records, unreadable)
    assert good.problem is None
    assert also_good.problem is None
    assert (bad.problem_code, bad.problem) == (
        "invalid_value",
        "The total amount is 'NaN', which is not a valid value. "
        "The amount of the lines is '12.34567', which is not a valid value.",
    )


def test_a_payer_nested_in_a_record_is_told_its_own_problem() -> None:
    """The invoice itself is fine and waits for its customer; the customer is what is refused."""
    nameless = msgspec.structs.replace(PAYER, name=None)
    other = msgspec.structs.replace(INVOICE, source_id="2")
    bad, good = checked("invoices", [msgspec.structs.replace(INVOICE, payer=nameless), other])
    assert bad.problem is None
    assert (bad.payer.problem_code, bad.payer.problem) == ("missing_field", "The name is missing.")
    assert good.payer.problem is None


def test_a_record_that_comes_twice_stops_the_run() -> None:
    """One row a record: a join in the staging SQL that doubles rows would double money."""
    with pytest.raises(SourceShapeChanged, match="more than once"):
        with_problems("expenses", table_of("expenses", [EXPENSE, EXPENSE]), ())


@pytest.mark.parametrize("record_type", list(SOUND))
def test_a_column_that_is_missing_or_of_another_type_stops_the_run(record_type: RecordType) -> None:
    table = table_of(record_type, [SOUND[record_type]])
    extra = table.append_column("unreadable", pa.array([""]))
    for fact in ("payer_is_known", "line_count", "lines_difference", "unallocated", "unpaid"):
        extra = extra.append_column(fact, pa.array([1]))
    with pytest.raises(SourceShapeChanged, match="source_id is missing"):
        broken_rules(SCHEMAS[record_type], extra.drop_columns(["source_id"]), [0])
    place = extra.column_names.index("updated_at")
    retyped = extra.set_column(place, "updated_at", pa.array(["yesterday"]))
    with pytest.raises(SourceShapeChanged, match=r"updated_at is not of type timestamp\[us, tz=UTC\]"):
        broken_rules(SCHEMAS[record_type], retyped, [0])


CENTS = st.integers(-(10**14), 10**14).map(lambda cents: Decimal(cents) / 100)


@given(st.lists(CENTS, min_size=1, max_size=20), st.integers(-2, 2))
def test_an_invoice_is_refused_exactly_if_its_lines_do_not_add_up_to_the_cent(
    amounts: list[Decimal], cents_off: int
) -> None:
    """In integer cents, beside the engine's own sum; amounts are of any size that 15 digits allow."""
    total = sum(amounts) + Decimal(cents_off) / 100
    if abs(total) > Decimal("9999999999999.99") or any(
        abs(each) > Decimal("9999999999999.99") for each in amounts
    ):
        return
    code, _ = problem_of("invoices", total_amount=total, lines=[line(amount=each) for each in amounts])
    assert code == (None if cents_off == 0 else "total_mismatch")


@given(st.lists(st.integers(1, 10**10), max_size=8), st.integers(1, 10**11))
def test_a_payment_is_refused_exactly_if_more_is_applied_than_was_paid(applied: list[int], paid: int) -> None:
    allocations = [allocation(amount=Decimal(each) / 100) for each in applied]
    code, _ = problem_of("payments", amount=Decimal(paid) / 100, allocations=allocations)
    assert code == ("invalid_value" if sum(applied) > paid else None)
