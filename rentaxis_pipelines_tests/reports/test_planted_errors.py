"""What people do behind the sync's back is found, named and priced, and nothing else is."""

from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def explained(books) -> dict[str, str]:
    return {row["record"]: row["explanation"] for row in books.sql("select * from reports.differences")}


class Planted:
    """What was planted: the explanation each record must get, and the difference it must be priced at."""

    def __init__(self, books) -> None:
        self.books = books
        self.expected: dict[str, tuple[str, Decimal]] = {}
        self.invoices = books.sql(
            """select r.record, r.quickbooks_id, r.quickbooks_total as total, k.object #>> '{CustomerRef,value}' as customer,
                      k.object ->> 'TxnDate' as day, k.object -> 'Line' as lines, l.source_id, t.number
               from reports.records r join reports.transactions t using (record) join ledger.quickbooks_transactions k
                 on k.entity = t.entity and k.quickbooks_id = t.quickbooks_id join ledger.links l
                 on l.source_type || '/' || l.source_id = r.record
               where r.entity = 'Invoice' and r.explanation = 'agrees' and t.total > 0
                 and not exists (select from reports.postings p where p.account = 'Invoice:' || r.quickbooks_id)
               order by l.source_id"""
        )
        self.payments = books.sql(
            """select r.record, r.quickbooks_id, r.quickbooks_total as total, k.object #>> '{CustomerRef,value}' as customer,
                      k.object ->> 'TxnDate' as day, l.source_id
               from reports.records r join reports.transactions t using (record) join ledger.quickbooks_transactions k
                 on k.entity = t.entity and k.quickbooks_id = t.quickbooks_id join ledger.links l
                 on l.source_type || '/' || l.source_id = r.record
               where r.entity = 'Payment' and r.explanation = 'agrees' and t.total > 0 order by l.source_id"""
        )

    def note(self, record: str, explanation: str, difference: Decimal) -> None:
        self.expected[record] = (explanation, difference)

    def take(self, kind: str, number: int) -> dict[str, Any]:
        """A record nobody has touched yet."""
        rows = self.invoices if kind == "invoice" else self.payments
        return rows.pop(number % len(rows))


def typed_payment(planted, number, cents):
    """A payment typed by hand, for nobody's invoice in particular."""
    customer = planted.payments[number % len(planted.payments)]["customer"]
    amount = Decimal(900_000_00 + cents) / 100  # like none of ours
    made = planted.books.by_hand(
        "create",
        entity="Payment",
        fields={"CustomerRef": {"value": customer}, "TotalAmt": float(amount), "TxnDate": "2026-09-09"},
    )
    planted.note(f"Payment:{made['Id']}", "not_ours", -amount)


def copied_payment(planted, number, cents):
    """One of our payments entered a second time."""
    payment = planted.payments[number % len(planted.payments)]
    made = planted.books.by_hand(
        "create",
        entity="Payment",
        fields={
            "CustomerRef": {"value": payment["customer"]},
            "TotalAmt": float(payment["total"]),
            "TxnDate": payment["day"],
        },
    )
    planted.note(f"Payment:{made['Id']}", "duplicate", -payment["total"])


def edited_invoice(planted, number, cents):
    """Somebody raised the first line."""
    invoice = planted.take("invoice", number)
    more = Decimal(cents) / 100
    lines = [line for line in invoice["lines"] if line["DetailType"] == "SalesItemLineDetail"]
    lines[0]["Amount"] = float(Decimal(str(lines[0]["Amount"])) + more)
    lines[0].get("SalesItemLineDetail", {}).pop("UnitPrice", None)
    lines[0].get("SalesItemLineDetail", {}).pop("Qty", None)
    planted.books.by_hand("edit", entity="Invoice", id=invoice["quickbooks_id"], fields={"Line": lines})
    planted.note(invoice["record"], "edited_in_quickbooks", -more)


def deleted_invoice(planted, number, cents):
    invoice = planted.take("invoice", number)
    planted.books.by_hand("delete", entity="Invoice", id=invoice["quickbooks_id"])
    planted.note(invoice["record"], "deleted_in_quickbooks", invoice["total"])


def voided_payment(planted, number, cents):
    payment = planted.take("payment", number)
    planted.books.by_hand("void", entity="Payment", id=payment["quickbooks_id"])
    planted.note(payment["record"], "voided_in_quickbooks", payment["total"])


def redated_payment(planted, number, cents):
    """Moved into another month: nothing is missing, but not where it was."""
    payment = planted.take("payment", number)
    planted.books.by_hand(
        "edit", entity="Payment", id=payment["quickbooks_id"], fields={"TxnDate": "2026-12-30"}
    )
    planted.note(payment["record"], "edited_in_quickbooks", Decimal(0))


def raised_in_rentaxis(planted, number, cents):
    """Changed in RentAxis after the push."""
    invoice = planted.take("invoice", number)
    more = Decimal(cents) / 100
    planted.books.rentaxis(
        """with line as (update rentaxis.invoice_lines set amount = amount + %s, updated_at = now()
             where id = (select min(id) from rentaxis.invoice_lines where invoice_id = %s::bigint and deleted_at is null))
           update rentaxis.invoices set total_amount = total_amount + %s, balance_due = balance_due + %s, updated_at = now()
           where id = %s::bigint""",
        more, invoice["source_id"], more, more, invoice["source_id"],
    )  # fmt: skip
    planted.note(invoice["record"], "changed_since_push", more)


PLANTS = (
    typed_payment, copied_payment, edited_invoice, deleted_invoice, voided_payment, redated_payment, raised_in_rentaxis,
)  # fmt: skip


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    plants=st.lists(
        st.tuples(st.sampled_from(PLANTS), st.integers(0, 500), st.integers(1, 50_000)),
        min_size=1,
        max_size=8,
    )
)
def test_found_is_planted_no_more_and_no_less(pushed_once, plants):
    """For any handful of plants: each is found, rightly named and priced to the cent; no other record is accused."""
    books = pushed_once.again()
    planted = Planted(books)
    for plant, number, cents in plants:
        plant(planted, number, cents)

    summary = books.reconcile()

    found = {
        row["record"]: (row["explanation"], row["difference"])
        for row in books.sql("select * from reports.differences")
        if row["record"] not in pushed_once.baseline
    }
    assert found == planted.expected
    assert summary.unexplained == 0
    assert summary.failed_tests == []


def test_an_edit_is_shown_field_by_field_with_both_values(pushed_once):
    """Ours, theirs and the remedy stand in the drift report; a field nobody touched does not."""
    books = pushed_once.again()
    planted = Planted(books)
    payment = planted.take("payment", 3)
    books.by_hand("edit", entity="Payment", id=payment["quickbooks_id"], fields={"TxnDate": "2026-12-30"})

    books.reconcile()

    (row,) = books.sql("select * from reports.drift")
    assert (row["record"], row["what"], row["field"]) == (payment["record"], "edited", "TxnDate")
    assert (row["ours"], row["theirs"]) == (payment["day"], "2026-12-30")
    assert row["amount"] == payment["total"]
    assert row["remedy"]


def test_a_deposit_clears_its_payments_and_accuses_nobody(pushed_once):
    """A payment in a bank deposit leaves the list of undeposited ones; the books still agree."""
    books = pushed_once.again()
    before = books.sql(
        "select * from reports.undeposited where account = 'Undeposited Funds' order by record"
    )
    chosen = before[0]
    quickbooks_id = books.sql(
        "select quickbooks_id from reports.records where record = :it", it=chosen["record"]
    )

    books.by_hand("deposit", payments=[quickbooks_id[0]["quickbooks_id"]])
    books.reconcile()

    after = books.sql("select * from reports.undeposited where account = 'Undeposited Funds' order by record")
    assert [row["record"] for row in after] == [row["record"] for row in before[1:]]
    assert explained(books) == pushed_once.baseline


def test_a_quiet_day_costs_one_metered_read(pushed_once):
    """Nothing changed in QuickBooks: one change-data-capture call, and the preferences of the snapshot."""
    books = pushed_once.again()
    books.later(days=1)
    books.reconcile()
    before = books.control("counts")

    summary = books.reconcile()

    assert summary.metered_reads == 1, before
