import datetime as dt
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pytest

from rentaxis_pipelines.model.dates import DateRange
from rentaxis_pipelines.model.source_records import (
    Account,
    Expense,
    ImportedLink,
    Invoice,
    InvoiceLine,
    Payer,
    Payment,
    Place,
    Vendor,
)
from rentaxis_pipelines.rentaxis.database import SourceOrganizationUnknown, snapshot
from rentaxis_pipelines.rentaxis.extract import extract, extract_one
from rentaxis_pipelines.rentaxis.frames import (
    RECORD_CLASSES,
    RECORD_TYPES,
    frame_schema,
    records_from_frame,
    to_table,
)

MARCH_1 = dt.date(2026, 3, 1)
UTC = dt.UTC


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize("record_type", RECORD_TYPES)
def test_an_empty_window_has_the_columns_and_types_of_a_full_one(source, extracted, record_type) -> None:
    """What reads a frame need not ask whether there are rows in it."""
    source.insert("programs", id=1, organization_id=1, name="P", created_at="2026-01-01 12:00+00")
    source.invoice(1, [10])
    source.payment(1)
    source.expense(1)
    source.journal_entry(1)
    source.refund(1)
    source.deposit(1)
    source.credit(1)
    source.deposit_settlement(1)
    source.paper(1)
    full = extracted(record_type)
    empty = extracted(record_type, dt.date(2030, 1, 1), dt.date(2030, 1, 2))
    assert len(full) == 1
    assert len(empty) == 0
    assert list(empty.dtypes.items()) == list(full.dtypes.items())
    for frame in (full, empty):
        assert pa.schema([(n, d.pyarrow_dtype) for n, d in frame.dtypes.items()]) == frame_schema(record_type)


def test_an_invoice_travels_whole(source, extracted) -> None:
    """Lines in their order, payer, place, link; the amounts to the cent, the instants in UTC."""
    source.insert("properties", id=7, organization_id=1, street_address="12 Elm St")
    source.insert("units", id=8, property_id=7, unit_number="2B")
    source.insert("leases", id=9, organization_id=1, unit_id=8)
    source.insert("accounts", id=3, organization_id=1, number="4000", name="Rent", type="income")
    source.invoice(
        5, [], total_amount="100.10", lease_id=9, memo="Ünïcode 🏠", updated_at="2026-03-01 10:00+00"
    )
    line = {"invoice_id": 5, "updated_at": "2026-03-02 10:00-05"}
    source.insert("invoice_lines", id=2, position=2, description="Water", amount="10.00", **line)
    source.insert("invoice_lines", id=9, position=1, description="Rent", amount="90.10", account_id=3, **line)
    source.insert(
        "invoice_lines", id=4, position=3, amount="5", deleted_at="2026-03-04 00:00:00.123456+00", **line
    )
    source.insert(
        "quickbooks_links",
        organization_id=1,
        entity_type="invoice",
        entity_id=5,
        qbo_type="Invoice",
        qbo_id="77",
        origin="imported",
    )
    (invoice,) = records_from_frame(extracted("invoices"), Invoice)
    assert invoice.lines == [
        InvoiceLine("9", 1, "Rent", Decimal("90.10"), Account("3", "4000", "Rent", "income")),
        InvoiceLine("2", 2, "Water", Decimal("10.00"), None),
    ]
    assert str(invoice.total_amount) == "100.10"
    assert invoice.place == Place("7", "12 Elm St", "8", "2B")
    assert invoice.imported_link == ImportedLink("Invoice", "77", "imported")
    assert invoice.updated_at == at("2026-03-04T00:00:00.123456")  # the deleted line is the newest of all
    assert invoice.memo == "Ünïcode 🏠"
    assert invoice.payer is not None
    assert (invoice.payer.kind, invoice.payer.source_id, invoice.payer.name) == ("tenant", "1", "Tenant 1")
    assert invoice.problem is None


def test_an_allocation_says_what_its_invoice_is(source, extracted) -> None:
    """Type, day and status; whether it was deleted or came from QuickBooks; and where it is another organization's, nothing."""
    source.invoice(5, [100])
    source.invoice(6, [100], status="void", deleted_at="2026-03-09+00")
    source.invoice(7, [100], organization_id=2)
    link = {"organization_id": 1, "entity_type": "invoice", "qbo_type": "Invoice", "origin": "imported"}
    source.insert("quickbooks_links", entity_id=5, qbo_id="88", **link)
    source.payment(1)
    for number in (5, 6, 7):
        source.insert("payment_allocations", id=number, payment_id=1, invoice_id=number, amount="10.00")
    (payment,) = records_from_frame(extracted("payments"), Payment)
    sent, void, others = payment.allocations
    day = dt.date(2026, 3, 1)
    assert (sent.invoice_type, sent.invoice_date, sent.invoice_status, sent.invoice_deleted) == (
        "receivable", day, "sent", False,
    )  # fmt: skip
    assert sent.invoice_link is not None and sent.invoice_link.quickbooks_id == "88"
    assert (void.invoice_status, void.invoice_deleted, void.invoice_link) == ("void", True, None)
    assert (others.invoice_type, others.invoice_number, others.invoice_date) == (None, None, None)


def test_a_payment_travels_with_its_live_allocations(source, extracted) -> None:
    source.invoice(5, [100])
    source.insert("accounts", id=3, organization_id=1, number="1000", name="Checking", type="asset")
    source.payment(
        1, reference="  ", stripe_payment_id="pi_9", deposit_account_id=3, updated_at="2026-03-02+00"
    )
    allocation = {"payment_id": 1, "invoice_id": 5, "updated_at": "2026-03-02+00"}
    source.insert("payment_allocations", id=1, amount="60.00", **allocation)
    source.insert("payment_allocations", id=2, amount="40.00", deleted_at="2026-03-09+00", **allocation)
    (payment,) = records_from_frame(extracted("payments"), Payment)
    (allocated,) = payment.allocations
    assert (allocated.source_id, allocated.invoice_id, allocated.invoice_number) == ("1", "5", "INV-5")
    assert allocated.amount == Decimal("60.00")
    assert payment.updated_at == at("2026-03-09T00:00:00")
    assert payment.reference == "pi_9"
    assert payment.deposit_account == Account("3", "1000", "Checking", "asset")
    assert payment.amount == Decimal(100)


def test_an_expense_names_its_vendor_place_and_payable_invoice(source, extracted) -> None:
    source.insert("properties", id=7, organization_id=1, street_address="12 Elm St")
    source.insert("vendors", id=4, organization_id=1, name="Ace Plumbing", email=" ")
    source.invoice(6, [50], type="payable", invoice_number="BILL-6")
    source.expense(1, vendor_id=4, property_id=7, payable_invoice_id=6)
    source.expense(2, vendor_name="Joe", custom_property_name="The yard")
    source.expense(
        3, vendor_id=99
    )  # a vendor that is not there keeps its id, so that it is not taken for none
    source.expense(4)
    linked, free, lost, none = records_from_frame(extracted("expenses"), Expense)
    assert linked.vendor == Vendor("4", "Ace Plumbing", None, None, None)
    assert linked.place == Place("7", "12 Elm St", None, None)
    assert (linked.payable_invoice_id, linked.payable_invoice_number) == ("6", "BILL-6")
    assert free.vendor == Vendor(None, "Joe", None, None, None)
    assert (free.place, free.custom_property_name) == (Place(None, None, None, None), "The yard")
    assert lost.vendor == Vendor("99", None, None, None, None)
    assert none.vendor is None
    assert len(extracted("invoices")) == 0  # the payable invoice travels as the expense alone


def test_a_window_is_half_open_in_days(source, extracted) -> None:
    for number, day in enumerate(("2026-02-28", "2026-03-01", "2026-03-31", "2026-04-01"), 1):
        source.invoice(number, [10], invoice_date=day)
        source.payment(number, payment_date=day)
        source.expense(number, expense_date=day)
    for record_type in ("invoices", "payments", "expenses"):
        frame = extracted(record_type, MARCH_1, dt.date(2026, 4, 1))
        assert list(frame["source_id"]) == ["2", "3"]
        assert list(frame["day"]) == [MARCH_1, dt.date(2026, 3, 31)]


@pytest.mark.parametrize(
    ("day", "first_instant", "last_instant"),
    [
        ("2026-03-08", "2026-03-08 05:00:00+00", "2026-03-09 03:59:59.999999+00"),  # 23 hours
        ("2026-11-01", "2026-11-01 04:00:00+00", "2026-11-02 04:59:59.999999+00"),  # 25 hours
        ("2026-06-15", "2026-06-15 04:00:00+00", "2026-06-16 03:59:59.999999+00"),
    ],
)
def test_a_payer_belongs_to_the_local_day_it_was_created_on(
    source, extracted, day, first_instant, last_instant
) -> None:
    """New York's clocks change on the first two: their days are an hour shorter and longer."""
    for kind in ("tenant", "program"):
        for number, (instant, shift) in enumerate(
            [(first_instant, -1), (first_instant, 0), (last_instant, 0), (last_instant, 1)], 10
        ):
            moment = dt.datetime.fromisoformat(instant) + dt.timedelta(microseconds=shift)
            if kind == "tenant":
                source.tenant(number, joined=moment)
            else:
                source.insert("programs", id=number, organization_id=1, name="P", created_at=moment)
    chosen = dt.date.fromisoformat(day)
    for record_type in ("tenants", "programs"):
        frame = extracted(record_type, chosen, chosen + dt.timedelta(days=1))
        assert list(frame["source_id"]) == ["11", "12"]
        assert set(frame["day"]) == {chosen}
        around = extracted(record_type, chosen - dt.timedelta(days=1), chosen + dt.timedelta(days=2))
        assert len(around) == 4
        assert (around["day"] == chosen).sum() == 2


def test_a_tenant_joins_an_organization_on_the_day_it_was_linked(source, extracted) -> None:
    """Tenants are global: the record may be years older than its place in this organization."""
    source.insert("organizations", id=2, name="Other")
    source.tenant(2, organization=2, joined="2020-01-01 12:00+00", created_at="2020-01-01 12:00+00")
    source.insert("organization_tenants", organization_id=1, tenant_id=2, created_at="2026-05-05 12:00+00")
    may = (dt.date(2026, 5, 1), dt.date(2026, 6, 1))
    (tenant,) = records_from_frame(extracted("tenants", *may), Payer)
    assert (tenant.source_id, tenant.created_at) == ("2", at("2026-05-05T12:00:00"))
    assert len(extracted("tenants", *may, organization="2")) == 0


def test_organizations_see_nothing_of_each_other(source, extracted) -> None:
    """Same tables, same ids in both worlds, one tenant in both; each gets its own and counts its own."""
    source.insert("organizations", id=2, name="Other")
    source.tenant(2, email="shared@example.com")
    source.insert("organization_tenants", organization_id=2, tenant_id=2, created_at="2026-02-02 12:00+00")
    source.tenant(3, organization=2, email="SHARED@example.com")
    source.insert("accounts", id=3, organization_id=2, number="1", name="Theirs", type="income")
    source.insert("properties", id=7, organization_id=2, street_address="Theirs")
    source.insert("vendors", id=4, organization_id=2, name="Theirs")
    for organization in (1, 2):
        source.insert(
            "programs",
            id=organization,
            organization_id=organization,
            name="P",
            created_at="2026-02-02 12:00+00",
        )
        number = organization * 10
        source.invoice(number, [10], organization_id=organization, billed_to_id=2, property_id=7)
        source.payment(number, organization_id=organization, payer_id=2, deposit_account_id=3)
        source.expense(number, organization_id=organization, vendor_id=4, property_id=7, account_id=3)
        source.journal_entry(number, organization_id=organization, account_id=3)
        source.refund(number, account_id=3)
        source.deposit(number, organization_id=organization, account_id=3)
        source.credit(number, organization_id=organization, payer_id=2, property_id=7)
        source.deposit_settlement(number, organization, tenant_id=2)
        source.paper(number, organization_id=organization)
        source.insert(
            "quickbooks_links",
            organization_id=organization,
            entity_type="tenant",
            entity_id=2,
            qbo_type="Customer",
            qbo_id=f"of {organization}",
        )
    source.execute("update rentaxis.invoice_lines set account_id = 3")
    frames = {
        (record_type, organization): records_from_frame(
            extracted(record_type, organization=organization), RECORD_CLASSES[record_type]
        )
        for record_type in RECORD_TYPES
        for organization in ("1", "2")
    }
    ids = {key: sorted(record.source_id for record in records) for key, records in frames.items()}
    assert ids == {
        ("tenants", "1"): ["1", "2"],
        ("tenants", "2"): ["2", "3"],
        ("programs", "1"): ["1"],
        ("programs", "2"): ["2"],
        **{
            (each, one): [f"{one}0"]
            for each in RECORD_TYPES
            if each not in ("tenants", "programs", "credits", "credit_applications")
            for one in ("1", "2")
        },
        **{
            (each, one): [f"credit-{one}0"]
            for each in ("credits", "credit_applications")
            for one in ("1", "2")
        },
    }
    for one, same_email in (("1", 1), ("2", 2)):
        (shared,) = [payer for payer in frames["tenants", one] if payer.source_id == "2"]
        assert (shared.payers_with_same_email, shared.imported_link.quickbooks_id) == (
            same_email,
            f"of {one}",
        )
        (invoice,), (payment,), (expense,) = (
            frames[each, one] for each in ("invoices", "payments", "expenses")
        )
        assert invoice.payer == shared
        theirs = one == "2"
        (entry,) = frames["journal_entries", one]
        assert [line.account is not None for line in entry.lines] == [theirs, theirs]
        assert (invoice.lines[0].account is not None) == theirs
        assert (payment.deposit_account is not None) == theirs
        (refund,) = frames["refunds", one]
        assert (refund.payer, refund.paid_from_account is not None) == (shared, theirs)
        assert [back.source_id for back in payment.refunds] == [refund.source_id]
        (deposit,) = frames["deposits", one]
        assert (deposit.bank_account is not None, deposit.payments[0].payment_id) == (theirs, f"{one}0")
        assert (expense.account is not None) == theirs
        assert (expense.vendor.name is not None) == theirs
        assert (expense.place.property_id is not None) == theirs


def test_payers_with_one_email_are_counted_whatever_its_spelling(source, extracted) -> None:
    """Live ones of the organization; a deleted payer counts itself too, so that 1 means nobody else."""
    source.tenant(2, email="Ana@Example.com")
    source.tenant(3, email=" ana@example.COM\n")
    source.tenant(4, email="ana@example.com", deleted_at="2026-02-01+00")
    source.tenant(5, email="   ")
    source.tenant(6, email="gone@example.com", deleted_at="2026-02-01+00")
    source.insert(
        "programs",
        id=2,
        organization_id=1,
        name="P",
        email="ana@example.com",
        created_at="2026-01-01 12:00+00",
    )
    counts = {
        (payer.kind, payer.source_id): payer.payers_with_same_email
        for record_type in ("tenants", "programs")
        for payer in records_from_frame(extracted(record_type), Payer)
    }
    assert counts == {
        ("tenant", "1"): 0,
        ("tenant", "2"): 3,
        ("tenant", "3"): 3,
        ("tenant", "4"): 4,
        ("tenant", "5"): 0,
        ("tenant", "6"): 1,
        ("program", "2"): 3,
    }


def test_payers_share_an_email_where_any_address_of_the_field_is_the_same(source, extracted) -> None:
    """Several addresses in one field, commas or semicolons between them; one written twice counts once."""
    source.tenant(2, email="ana@example.com, Office@Example.com")
    source.tenant(3, email="office@example.com;else@example.com;office@example.com")
    source.tenant(4, email="alone@example.com,, ;")
    counts = {
        one.source_id: one.payers_with_same_email for one in records_from_frame(extracted("tenants"), Payer)
    }
    assert (counts["2"], counts["3"], counts["4"]) == (2, 2, 1)


def test_deleted_records_come_with_the_time_of_their_deletion(source, extracted) -> None:
    gone = {"deleted_at": "2026-04-01 00:00+00", "updated_at": "2026-03-01 00:00+00"}
    source.invoice(1, [10], **gone)
    source.payment(1, **gone)
    source.expense(1, **gone)
    source.insert("programs", id=1, organization_id=1, name="P", created_at="2026-01-01 12:00+00", **gone)
    for record_type in ("invoices", "payments", "expenses", "programs"):
        (record,) = records_from_frame(extracted(record_type), RECORD_CLASSES[record_type])
        assert record.deleted_at == at("2026-04-01T00:00:00")
        assert record.updated_at >= record.deleted_at


def test_a_tenant_taken_out_of_the_organization_counts_as_deleted_there(source, extracted) -> None:
    source.execute("update rentaxis.organization_tenants set deleted_at = '2026-06-01 00:00+00'")
    (tenant,) = records_from_frame(extracted("tenants"), Payer)
    assert tenant.deleted_at == at("2026-06-01T00:00:00")


def test_a_name_match_that_waits_for_a_person_is_no_link(source, extracted) -> None:
    source.insert(
        "quickbooks_links",
        organization_id=1,
        entity_type="tenant",
        entity_id=1,
        qbo_type="Customer",
        qbo_id="7",
        match_state="needs_confirmation",
    )
    (tenant,) = records_from_frame(extracted("tenants"), Payer)
    assert tenant.imported_link is None


def test_one_record_can_be_asked_for_whatever_its_day(source, new_york) -> None:
    """By the same SELECT; an id of another organization, or of no record, gives no row."""
    source.insert("organizations", id=2, name="Other")
    source.invoice(1, [10], invoice_date="2019-05-05")
    source.invoice(2, [10])
    source.invoice(3, [10], organization_id=2)
    with snapshot(source.url) as connection:
        assert list(extract_one(connection, "invoices", "1", "1", new_york)["day"]) == [dt.date(2019, 5, 5)]
        assert list(extract_one(connection, "tenants", "1", "1", new_york)["source_id"]) == ["1"]
        for nobody in ("3", "99", "1 or 1=1", "' or ''='", ""):
            assert len(extract_one(connection, "invoices", nobody, "1", new_york)) == 0


def test_a_hostile_organization_id_is_a_value_like_any_other(source, extracted) -> None:
    source.invoice(1, [10])
    with pytest.raises(SourceOrganizationUnknown):
        extracted("invoices", organization="1' or '1'='1")
    assert len(extracted("invoices")) == 1


def test_ids_may_be_text_instead_of_numbers(source, extracted) -> None:
    """RentAxis does not say what its ids are. Here they become UUIDs, and the staging SQL stays as it is."""
    source.insert("accounts", id=3, organization_id=1, number="4000", name="Rent", type="income")
    source.insert("properties", id=7, organization_id=1, street_address="12 Elm St")
    source.insert("units", id=8, property_id=7, unit_number="2B")
    source.invoice(1, [10], unit_id=8)
    source.execute("update rentaxis.invoice_lines set account_id = 3")
    source.execute(
        """
        do $$ declare each text; begin
            for each in
                select format('alter table rentaxis.%I alter column %I type uuid using md5(%I::text)::uuid',
                              table_name, column_name, column_name)
                from information_schema.columns
                where table_schema = 'rentaxis' and data_type = 'bigint' and column_name ~ '^id$|_id$'
            loop execute each; end loop;
        end $$
        """
    )
    uuid_of_1 = "c4ca4238-a0b9-2382-0dcc-509a6f75849b"  # md5 of "1"
    (invoice,) = records_from_frame(extracted("invoices", organization=uuid_of_1), Invoice)
    assert invoice.source_id == uuid_of_1
    assert invoice.payer is not None
    assert invoice.payer.source_id == uuid_of_1
    assert invoice.lines[0].account is not None
    assert invoice.place.unit_number == "2B"


def test_values_no_type_can_hold_are_told_and_the_record_is_kept(source, extracted) -> None:
    """Postgres knows NaN and infinity and more digits than money has; what can be kept of the row is."""
    source.tenant(2, updated_at="infinity")
    source.invoice(1, ["NaN", 10], total_amount=10, due_date="infinity", billed_to_id=2)
    source.invoice(2, [10])
    source.expense(1, amount="0.123456789", paid_at="-infinity")
    bad, good = records_from_frame(extracted("invoices"), Invoice)
    assert good.problem is None
    assert bad.problem_code == "invalid_value"
    for said in ("due date is 'infinity'", "amount of the lines is 'NaN'"):
        assert said in (bad.problem or "")
    assert (bad.total_amount, bad.due_date) == (Decimal(10), None)
    assert [line.amount for line in bad.lines] == [None, Decimal(10)]
    (expense,) = records_from_frame(extracted("expenses"), Expense)
    assert "The amount is '0.123456789', which is not a valid value." in (expense.problem or "")


def test_many_rows_come_in_several_parts_and_keep_their_problems(source, extracted, monkeypatch) -> None:
    """Rows are read some at a time; a value that cannot be read is laid at the door of its own row."""
    monkeypatch.setattr("rentaxis_pipelines.rentaxis.extract.ROWS_AT_A_TIME", 2)
    for number in range(1, 6):
        source.expense(number, amount="NaN" if number == 4 else number)
    frame = extracted("expenses")
    assert list(frame["source_id"]) == ["1", "2", "3", "4", "5"]
    assert list(frame["problem_code"].isna()) == [True, True, True, False, True]


def test_the_demo_portfolio_is_read_and_only_its_bad_rows_are_refused(rentaxis_database, new_york) -> None:
    """Every record type of the demo has rows, and the refused ones are few and say why."""
    days = DateRange(dt.date(2020, 1, 1), dt.date(2030, 1, 1))
    with snapshot(rentaxis_database) as connection:
        frames = {each: extract(connection, each, days, "1", new_york) for each in RECORD_TYPES}
    for record_type, frame in frames.items():
        assert len(frame) > 0
        refused = frame[frame["problem"].notna()]
        assert len(refused) < max(3, len(frame) / 20)
        assert refused["problem_code"].notna().all()
        assert to_table(frame, frame_schema(record_type)).num_rows == len(
            records_from_frame(frame, RECORD_CLASSES[record_type])
        )
    every_code = pd.concat([frame["problem_code"] for frame in frames.values()]).dropna().unique()
    assert set(every_code) >= {"unknown_source_value", "total_mismatch", "invalid_value", "missing_field"}
