"""Fingerprints of source rows: whatever a record is made of changes its own, and nothing else does."""

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import NamedTuple

import pytest

from rentaxis_pipelines.mapping.registry import MAPPINGS
from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.rentaxis.database import SourceShapeChanged, snapshot
from rentaxis_pipelines.rentaxis.fingerprints import fingerprint_blocks, refuse_repeated
from rentaxis_pipelines.rentaxis.frames import RECORD_CLASSES, records_from_frame

YEAR = DateRange(dt.date(2026, 1, 1), dt.date(2027, 1, 1))


class Row(NamedTuple):
    day: str
    number: str | None
    amount: Decimal
    fingerprint: str | None


@pytest.fixture
def printed(source, new_york) -> Callable[..., dict[str, Row]]:
    """The rows of a model by id."""

    def run(model: str, organization: str = "1") -> dict[str, Row]:
        with snapshot(source.url) as connection:
            text = b"".join(fingerprint_blocks(connection, model, YEAR, organization, new_york)).decode()
        rows: dict[str, Row] = {}
        for line in text.splitlines():
            source_id, day, number, amount, fingerprint = (
                None if value == r"\N" else value for value in line.split("\t")
            )
            rows[source_id] = Row(day, number, Decimal(amount), fingerprint)
        return rows

    return run


@pytest.fixture
def portfolio(source) -> None:
    """A record of each type that says everything, and one of each that nothing below touches."""
    source.insert("properties", id=7, organization_id=1, street_address="12 Elm St")
    source.insert("units", id=8, property_id=7, unit_number="2B")
    source.insert("accounts", id=3, organization_id=1, number="4000", name="Rent", type="income")
    source.insert("vendors", id=5, organization_id=1, name="Acme")
    source.tenant(2)
    source.invoice(1, [10, 20], unit_id=8, memo="m", invoice_number="A-1")
    source.execute("update rentaxis.invoice_lines set account_id = 3 where id = 101")
    source.invoice(2, [10], billed_to_id=2)
    source.payment(1, payment_number="P-1", deposit_account_id=3)
    source.insert("payment_allocations", id=1, payment_id=1, invoice_id=1, amount=5)
    source.payment(2, payer_id=2)
    source.expense(1, unit_id=8, vendor_id=5, account_id=3)
    source.expense(2)


# What is changed, and of which models the fingerprint of record 1 is another by it.
CHANGES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "memo": ("update rentaxis.invoices set memo = 'n' where id = 1", ("invoices",)),
    "null for an empty text": ("update rentaxis.invoices set memo = null where id = 1", ("invoices",)),
    "line": ("update rentaxis.invoice_lines set amount = 9 where id = 101", ("invoices",)),
    "line deleted for good": ("delete from rentaxis.invoice_lines where id = 102", ("invoices",)),
    "line deleted": ("update rentaxis.invoice_lines set deleted_at = now() where id = 102", ("invoices",)),
    "order of lines": ("update rentaxis.invoice_lines set position = 5 where id = 101", ("invoices",)),
    "account": (
        "update rentaxis.accounts set name = 'Rents' where id = 3",
        ("invoices", "payments", "expenses"),
    ),
    "unit": (
        "update rentaxis.units set unit_number = '2C' where id = 8",
        ("invoices", "payments", "expenses"),
    ),
    "property": (
        "update rentaxis.properties set street_address = '13 Elm St' where id = 7",
        ("invoices", "payments", "expenses"),
    ),
    "payer": ("update rentaxis.tenants set name = 'Other' where id = 1", ("invoices", "payments")),
    "vendor": ("update rentaxis.vendors set name = 'Acme Inc' where id = 5", ("expenses",)),
    "invoice paid": ("update rentaxis.invoices set status = 'void' where id = 1", ("invoices", "payments")),
    "allocation": ("update rentaxis.payment_allocations set amount = 6 where id = 1", ("payments",)),
    "allocation gone": ("delete from rentaxis.payment_allocations where id = 1", ("payments",)),
    "imported link": (
        "insert into rentaxis.quickbooks_links (organization_id, entity_type, entity_id, qbo_type, qbo_id, origin)"
        " values (1, 'invoice', 1, 'Invoice', '9', 'imported')",
        ("invoices", "payments"),
    ),
    "amount": ("update rentaxis.expenses set amount = 11 where id = 1", ("expenses",)),
    "nothing": ("update rentaxis.organizations set name = name", ()),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_a_record_is_made_of_changes_its_fingerprint_and_no_other(
    source, portfolio, printed, change
) -> None:
    statement, changed = CHANGES[change]
    before = {model: printed(model) for model in ("invoices", "payments", "expenses")}
    source.execute(statement)
    after = {model: printed(model) for model in before}
    assert (
        tuple(model for model in before if before[model]["1"].fingerprint != after[model]["1"].fingerprint)
        == changed
    )
    assert all(before[model]["2"] == after[model]["2"] for model in before)


@pytest.mark.parametrize("model", ["invoices", "payments", "expenses"])
def test_day_number_and_amount_are_those_of_the_record(source, portfolio, extracted, printed, model) -> None:
    source.invoice(3, [], total_amount="10.125", invoice_number="x\ty\\z")
    source.payment(3, amount="0.135", payment_date="2026-12-31")
    for number, amount in enumerate((None, "NaN", "-2.345", "1.23456", "99999999999999999", "10.005"), 3):
        source.expense(number, amount=amount)
    frame = extracted(model)
    records = records_from_frame(frame, RECORD_CLASSES[model])
    rows = printed(model)
    assert {record.source_id: MAPPINGS[model].amount(record) for record in records} == {
        source_id: row.amount for source_id, row in rows.items()
    }
    assert dict(zip(frame["source_id"], map(str, frame["day"]), strict=True)) == {
        source_id: row.day for source_id, row in rows.items()
    }
    if model == "invoices":
        assert rows["3"].number == r"x\ty\\z"  # as COPY writes it
    assert rows["1"].number == {"invoices": "A-1", "payments": "P-1", "expenses": None}[model]


def test_a_row_that_is_not_fit_to_be_known_again_has_no_fingerprint(
    source, portfolio, printed, monkeypatch
) -> None:
    """Rows of another organization, or of another day than their own: reading them refuses them."""
    assert all(row.fingerprint for row in printed("invoices").values())
    assert printed("invoices", "2") == {}


def test_a_record_that_comes_twice_is_refused_as_reading_refuses_it(source, portfolio, new_york) -> None:
    source.execute("alter table rentaxis.vendors drop constraint vendors_pkey cascade")
    source.insert("vendors", id=5, organization_id=1, name="Again")
    with (
        pytest.raises(SourceShapeChanged, match=r"occurs more than once.*vendors\.sql returns the same id"),
        snapshot(source.url) as connection,
    ):
        refuse_repeated(connection, "expenses", YEAR, "1", new_york)


def test_an_error_of_the_source_is_said_as_for_any_other_read(source, portfolio, new_york) -> None:
    source.execute("alter table rentaxis.invoices alter column memo type bytea using null")
    with pytest.raises(SourceShapeChanged), snapshot(source.url) as connection:
        list(fingerprint_blocks(connection, "invoices", YEAR, "1", new_york))
