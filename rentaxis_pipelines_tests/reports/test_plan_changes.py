"""A planned row field by field: what stands in QuickBooks and what will stand, in an accountant's words. Pure."""

from decimal import Decimal

from rentaxis_pipelines_tests.support.planned import applied, invoice_of, page, planned, sale, spent


def money(amount: str) -> Decimal:
    return Decimal(amount)


def fields(row) -> list[tuple[str, str, str]]:
    return [(change.field, change.stands, change.will_stand) for change in row.changes]


def only(shown):
    (row,) = shown.rows
    return row


def test_a_creation_shows_every_field_by_name_in_the_order_of_a_form():
    payload = invoice_of("1234.50", PrivateNote="12 Elm Street\nRentAxis invoice 1", DueDate="2026-06-01")
    payload["Line"] = [sale("1234.50", Description="Rent, May")]
    payload["Line"][0]["SalesItemLineDetail"]["ClassRef"] = {"value": "40"}
    assert fields(only(page(planned("invoice", "1", payload=payload)))) == [
        ("amount", "", "1,234.50"),
        ("customer", "", "Jane Doe"),
        ("date", "", "2026-05-14"),
        ("due date", "", "2026-06-01"),
        ("number", "", "INV-1"),
        ("line 1", "", "Rent: Rent, May, class Elm Street, 1,234.50"),
        ("memo", "", "12 Elm Street\nRentAxis invoice 1"),
    ]


def test_an_update_shows_what_stands_and_what_will_stand_of_the_fields_that_differ():
    standing = invoice_of(
        "10.00",
        TotalAmt=money("10.00"),
        DueDate="2026-06-01",
        ClassRef={"value": "40"},
        Id="9",
        SyncToken="3",
    )
    payload = invoice_of(
        "12.00", CustomerRef={"value": "21"}, DueDate="2026-06-01", PrivateNote="", ClassRef={"value": ""}
    )
    assert fields(only(page(planned("invoice", "1", "update", standing=standing, payload=payload)))) == [
        ("amount", "10.00", "12.00"),
        ("customer", "Jane Doe", "John Roe"),
        ("line 1", "Rent, 10.00", "Rent, 12.00"),
        ("class", "Elm Street", ""),
        ("memo", "12 Elm Street", ""),
    ]


def test_lines_that_stay_are_left_out_and_what_goes_stands_beside_what_comes():
    standing = invoice_of("1.00") | {
        "Line": [sale("1.00"), sale("2.00"), sale("3.00", "11"), {"DetailType": "SubTotalLineDetail"}]
    }
    payload = {"Line": [sale("3.00", "11"), sale("1.00"), sale("4.00"), sale("5.00")]}
    shown = only(page(planned("invoice", "1", "update", standing=standing, payload=payload)))
    assert fields(shown)[1:] == [("line 3", "Rent, 2.00", "Rent, 4.00"), ("line 4", "", "Rent, 5.00")]
    fewer = only(page(planned("invoice", "1", "update", standing=standing, payload={"Line": [sale("1.00")]})))
    assert fields(fewer)[1:] == [
        ("line taken off", "Rent, 2.00", ""),
        ("line taken off", "Parking, 3.00", ""),
    ]


def test_what_the_plan_makes_first_is_named_by_its_own_name():
    """A customer, an invoice, a class; one that an earlier plan makes by its kind and id."""
    rows = [
        planned("tenant", "12", payload={"DisplayName": "Maria Lopez"}),
        planned("property_class", "3", payload={"Name": "Oak Avenue"}),
        planned("invoice", "7", payload=invoice_of("5.00", CustomerRef={"value": "pending:tenant/12"}, ClassRef={"value": "pending:property_class/3"})),
        planned("payment", "9", payload={"TotalAmt": money("8.00"), "CustomerRef": {"value": "pending:tenant/13"}, "Line": [applied("5.00", "pending:invoice/7")]}),
    ]  # fmt: skip
    shown = {row.record: fields(row) for row in page(*rows).rows}
    assert ("customer", "", "new customer Maria Lopez") in shown["Invoice 7"]
    assert ("class", "", "new class Oak Avenue") in shown["Invoice 7"]
    assert shown["Payment 9"] == [
        ("amount", "", "8.00"),
        ("customer", "", "new customer 13"),
        ("applied to", "", "new invoice INV-1, 5.00"),
        ("left unapplied", "", "3.00"),
    ]


def test_a_payment_says_what_it_is_taken_off_and_what_is_left():
    standing = {"TotalAmt": money("8.00"), "TxnDate": "2026-05-14", "Line": [applied("8.00")]}
    shown = only(page(planned("payment", "1", "update", standing=standing, payload={"Line": []})))
    assert fields(shown) == [("applied to", "invoice INV-60, 8.00", ""), ("left unapplied", "", "8.00")]


def test_accounts_methods_parents_and_whether_active_are_said_in_words():
    purchase = {
        "AccountRef": {"value": "5"},
        "EntityRef": {"value": "30", "type": "Vendor"},
        "PaymentType": "CreditCard",
        "Line": [spent("1.00")],
    }
    said = fields(only(page(planned("expense", "1", payload=purchase))))
    assert {
        ("account", "", "Corporate Card"),
        ("vendor", "", "Acme Plumbing"),
        ("line 1", "", "Repairs, 1.00"),
    } <= set(said)
    paid = {
        "PayType": "Check",
        "CheckPayment": {"BankAccountRef": {"value": "1"}},
        "TotalAmt": money("1.00"),
        "Line": [applied("1.00", "61", "Bill")],
    }
    said = fields(only(page(planned("expense_payment", "1", payload=paid))))
    assert {("account paid from", "", "Checking"), ("applied to", "", "bill B-61, 1.00")} <= set(said)
    place = {"Name": "Unit 2", "ParentRef": {"value": "40"}}
    assert fields(only(page(planned("unit_class", "1", payload=place)))) == [
        ("name", "", "Unit 2"),
        ("part of", "", "Elm Street"),
    ]
    assert fields(only(page(planned("unit_location", "1", payload=place))))[1] == ("part of", "", "North")
    leaves = planned(
        "tenant",
        "1",
        "update",
        standing={"DisplayName": "Jane Doe", "Active": True},
        payload={"Active": False},
    )
    assert fields(only(page(leaves))) == [("status", "active", "inactive")]


def test_a_void_shows_the_amount_that_goes_and_its_note_and_a_deletion_the_amount():
    standing = invoice_of("10.00", TotalAmt=money("10.00"))
    note = {"PrivateNote": "Void in RentAxis"}
    voided = only(page(planned("invoice", "1", "void", standing=standing, payload=note)))
    assert fields(voided) == [
        ("amount", "10.00", "0.00 (voided)"),
        ("memo", "12 Elm Street", "Void in RentAxis"),
    ]
    deleted = only(page(planned("expense", "1", "delete", standing=standing, payload={})))
    assert fields(deleted) == [("amount", "10.00", "deleted")]
